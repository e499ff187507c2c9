"""The main pages in a real browser at both widths: axe finds nothing of weight, and nothing sticks out."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from matchplatform.demo.cast import PASSWORD
from tests.browsers import PHONE, WIDE, serving, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.skipif(
    shutil.which("chromium") is None and "CI" not in os.environ,
    reason="Chromium is not installed: apt-get install chromium")]

# user, path, and what to click on from there
PAGES = [
    (None, "/", ()), (None, "/needs", ()), (None, "/needs?view=cards&q=老人", ()), (None, "/needs?view=map", ()),
    (None, "/needs?state=open", ("main table a",)), (None, "/offerings", ()), (None, "/offerings", ("main table a",)),
    (None, "/publications", ()), (None, "/publications?q=食堂&channel=policy", ("main ol h2 a",)),
    (None, "/publications?validity=revised", ("main ol h2 a",)), (None, "/publications?validity=abolished", ()),
    ("province", "/desk/publications", ()), ("province", "/desk/publications/new", ()),
    ("province", "/desk/publications?state=released", ("main table a.t",)),
    ("province2", "/desk/publications?state=submitted", ("main table a.t", "main a[href$='/review']")),
    ("xiaogan", "/desk/publications", ()),
    (None, "/organizations", ()), (None, "/pairings", ()), (None, "/count", ()), (None, "/sign-in", ()),
    (None, "/order", ()), (None, "/order?county=420921&township=420921100", ()), (None, "/order/follow", ()),
    (None, "/order/about", ()),
    ("xiaochang-xiang", "/desk/orders", ()), ("xiaochang-xiang", "/desk/orders/new", ()),
    ("xiaochang-xiang", "/desk/orders?state=delivered", ("main table a",)),
    ("xiaochang-xiang", "/desk/orders?state=submitted", ("main table a",)),
    ("xiaochang-xiang", "/desk/orders/poster", ()), ("xiaochang-xiang", "/desk/orders/office", ()),
    ("xiaochang-xiang", "/desk/villages", ()), ("xiaochang", "/desk/orders", ()),
    (None, "/register", ()), (None, "/help", ()), (None, "/no-such-page", ()),
    ("xiaochang", "/mine", ()), ("xiaochang", "/desk/needs", ()), ("xiaochang", "/desk/needs/new", ()),
    ("xiaochang", "/desk/needs?state=published", ("main table a", "main a[href$='/matches']")),
    ("xiaochang", "/desk/pairings", ()), ("xiaochang", "/desk/pairings", ("main table a",)),
    ("province", "/desk/tracking", ()), ("shequ", "/desk/tracking?trouble=all", ()),
    ("xiaochang", "/desk/tracking?trouble=all", ("main table a.t", "main a[href$='/plan']")),
    ("shequ", "/desk/tracking?trouble=late", ("main table a.t", "main a[href$='/progress/new']")),
    ("province", "/desk/tracking?trouble=stalled", ("main table a.t", "main a[href$='/progress']")),
    ("province", "/desk/tracking?trouble=stalled", ("main table a.t", "main #course ul a.strong")),
    ("province", "/desk/tracking?trouble=visit", ("main table a.t", "aside a[href$='/visits']")),
    ("province", "/desk/tracking?trouble=complaint", ("main table a.t", "aside a[href$='/complaints']")),
    ("xiaochang", "/desk/tracking?trouble=all", ("main table a.t", "main a[href$='/relay']")),
    ("province", "/desk/pairings?state=completed", ("main table a",)),
    (None, "/pairings", ("main a[href*='/pairings/JD']",)),
    ("shequ", "/desk/tracking?trouble=all", ("main table a.t", "main a[href$='/closing']")),
    (None, "/verify", ()), (None, "/verify/7K3M9QXT20BC", ()),
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
    ("province", "/desk/approvals", ()), ("province", "/desk/approvals/delegation", ()),
    ("xiaogan", "/desk/approvals?step=recommend", ()),
    ("province", "/desk/dashboard", ()), ("province", "/desk/vetting", ()),
    ("province", "/desk/matching/words", ()), ("province", "/desk/matching/words/new", ()),
    ("province", "/desk/matching/words", ("main table a", "main button[formaction]")),
    ("province", "/desk/matching/weights", ()),
    ("province", "/desk/vetting", ("main table a.t",)), ("shequ", "/desk/organization/passport", ()),
    ("shequ", "/desk/organization/members", ()), ("shequ", "/desk/organization/members/new", ()),
    ("shequ2", "/desk/organization", ()), ("shequ3", "/desk/organization/members", ()),
    ("province", "/desk/organizations/radar?state=all", ()), ("province", "/desk/rosters", ()),
    ("province", "/desk/rosters/1", ()), ("province", "/desk/rosters/1?state=unknown", ()),
    ("province", "/desk/vetting?state=returned", ("main table a.t",)),
    ("province", "/desk/campaigns", ()), ("sysadmin", "/desk/users", ()), ("auditor", "/desk/audit", ()),
    ("auditor", "/desk/audit?kind=need", ("main td a",)), (None, "/exports/needs/ledger", ()),
    (None, "/exports/needs/ledger", ("main form button",)),
]
# Only faults are described, and no style sheet is fetched a second time (that would be for an experimental rule).
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
         "resultTypes": ["violations"], "preload": False}


@pytest.fixture(scope="module")
def demo_server(demo_app: Any, repository: Any) -> Iterator[str]:
    """A server on the demonstration."""
    with serving(demo_app.database_url, repository, MATCH_ENCODER="default") as address:
        yield address


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
            page.wait_for_load_state()
        found = Axe().run(page, options=RULES).response["violations"]
        faults += [f"{page.url} {one['id']} ({one['impact']}): {one['nodes'][0]['html'][:140]}"
                   for one in found if one["impact"] in ("serious", "critical")]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            faults.append(f"{page.url} is {width} px wide")
    assert faults == []
