"""The main pages in a real browser at both widths: axe finds nothing of weight, and nothing sticks out."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from matchplatform.demo.cast import PASSWORD
from tests.browsers import PHONE, WIDE, serve, sign_in, stop

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.browser, pytest.mark.once, pytest.mark.skipif(
    shutil.which("chromium") is None and "CI" not in os.environ,
    reason="Chromium is not installed: apt-get install chromium")]

# user, path, and what to click on from there
PAGES = [
    (None, "/", ()), (None, "/needs", ()), (None, "/needs?view=cards&q=老人", ()), (None, "/needs?view=map", ()),
    (None, "/needs?state=open", ("main table a",)), (None, "/offerings", ()), (None, "/offerings", ("main table a",)),
    (None, "/organizations", ()), (None, "/pairings", ()), (None, "/count", ()), (None, "/sign-in", ()),
    (None, "/register", ()), (None, "/help", ()), (None, "/no-such-page", ()),
    ("xiaochang", "/mine", ()), ("xiaochang", "/desk/needs", ()), ("xiaochang", "/desk/needs/new", ()),
    ("xiaochang", "/desk/needs?state=published", ("main table a", "main a[href$='/matches']")),
    ("xiaochang", "/desk/pairings", ()), ("xiaochang", "/desk/pairings", ("main table a",)),
    ("xiaochang", "/desk/plans", ()), ("xiaochang", "/desk/plans", ("main table a.btn",)),
    ("xiaochang", "/desk/mergers/1", ()),
    ("xiaochang", "/desk/needs?state=draft", ("main table a", "main a[href$='/merge']")),
    ("xiaochang", "/desk/needs?state=draft", ("main table a", "main a[href$='/edit']")),
    ("province", "/desk/need-templates", ()), ("province", "/desk/need-templates", ("main table a.t",)),
    ("province", "/desk/plans", ()),
    ("xiaochang", "/desk/needs?state=published", ("main table a", "main a[href$='/changes/new']")),
    ("xiaochang", "/desk/needs?state=published", ("main table a", "main a[href$='/history']")),
    ("shequ", "/desk/organization", ("main a[href$='/history']",)),
    ("xiaochang", "/notices", ()), ("xiaochang", "/searches", ()), ("xiaochang", "/desk/exports", ()),
    ("xiaochang", "/desk/imports", ()), ("shequ", "/desk/imports", ()), ("province", "/desk/imports", ()),
    ("shequ", "/desk/offerings", ()), ("shequ", "/desk/offerings/new", ()), ("shequ", "/desk/organization", ()),
    ("province", "/desk/approvals", ()), ("province", "/desk/dashboard", ()), ("province", "/desk/vetting", ()),
    ("province", "/desk/matching/words", ()), ("province", "/desk/matching/words/new", ()),
    ("province", "/desk/matching/words", ("main table a", "main button[formaction]")),
    ("province", "/desk/matching/weights", ()),
    ("province", "/desk/campaigns", ()), ("sysadmin", "/desk/users", ()), ("auditor", "/desk/audit", ()),
    ("auditor", "/desk/audit?kind=need", ("main td a",)), (None, "/exports/needs/ledger", ()),
    (None, "/exports/needs/ledger", ("main form button",)),
]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture(scope="module")
def demo_server(demo_app: Any, repository: Any) -> Iterator[str]:
    """A server on the demonstration."""
    process, address = serve(demo_app.database_url, repository)
    yield address
    stop(process)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_main_pages_are_accessible_and_fit(demo_server: str, window: Any, size: dict[str, int]) -> None:
    pages: dict[str | None, Any] = {}
    faults = []
    for user, path, clicks in PAGES:
        if user not in pages:
            pages[user] = window(demo_server, size)
            if user:
                sign_in(pages[user], user, PASSWORD)
        page = pages[user]
        page.goto(path)
        for selector in clicks:
            page.locator(selector).locator("visible=true").first.click()
            page.wait_for_load_state("networkidle")
        page.wait_for_load_state("networkidle")
        found = Axe().run(page, options=RULES).response["violations"]
        faults += [f"{page.url} {one['id']} ({one['impact']}): {one['nodes'][0]['html'][:140]}"
                   for one in found if one["impact"] in ("serious", "critical")]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            faults.append(f"{page.url} is {width} px wide")
    assert faults == []
