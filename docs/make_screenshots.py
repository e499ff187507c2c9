"""Draws docs/screenshots from the demonstration data: a server of its own, headless Chromium, two widths."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browsers import ARGUMENTS, PHONE, WIDE, serve, sign_in, stop  # noqa: E402

PASSWORD = "Yanshi@2026"
# name, user (None: visitor), path | what to click on from there | …
PAGES = (
    ("home", None, "/"), ("needs", None, "/needs"),
    ("need", "shequ", "/needs?q=老年食堂&state=open|main table a"),
    ("matches", "xiaochang", "/desk/needs?state=published&q=村集体账|main table a|main a[href$='/matches']"),
    ("approvals", "province", "/desk/approvals"), ("dashboard", "province", "/desk/dashboard"),
    ("mine", "xiaochang", "/mine"), ("edit", "xiaochang", "/desk/needs/new"),
    ("vetting", "province", "/desk/vetting|main table a"),
    ("pairing", "xiaochang", "/desk/pairings?state=active|main table a"),
)


def draw(only: list[str]) -> None:
    """Every page at both widths, into docs/screenshots/NAME-WIDTH.png."""
    target = ROOT / "docs" / "screenshots"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/screenshots.db"
        environment = {**os.environ, "DATABASE_URL": url, "MATCH_INDEX_FOLDER": f"{folder}/index",
                       "FILES_FOLDER": f"{folder}/files"}
        for command in (["db", "upgrade"], ["demo"]):
            subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", *command], cwd=ROOT, env=environment,
                           check=True, stdout=subprocess.DEVNULL)
        process, address = serve(url, ROOT, MATCH_INDEX_FOLDER=f"{folder}/index", FILES_FOLDER=f"{folder}/files")
        try:
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
                for size in (WIDE, PHONE):
                    pages = {}
                    for name, user, steps in PAGES:
                        if only and name not in only:
                            continue
                        if user not in pages:
                            pages[user] = browser.new_context(base_url=address, viewport=size, locale="zh-CN",
                                                              timezone_id="Asia/Shanghai").new_page()
                            if user:
                                sign_in(pages[user], user, PASSWORD)
                        page = pages[user]
                        first, *clicks = steps.split("|")
                        page.goto(first)
                        for selector in clicks:
                            page.locator(selector).locator("visible=true").first.click()
                            page.wait_for_load_state("networkidle")
                        page.wait_for_load_state("networkidle")
                        page.wait_for_timeout(400)  # charts draw after the load
                        page.screenshot(path=target / f"{name}-{size['width']}.png", full_page=False)
                        print(name, size["width"])
                browser.close()
        finally:
            stop(process)


if __name__ == "__main__":
    draw(sys.argv[1:])
