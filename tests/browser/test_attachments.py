"""Attachments in a real browser: sent, seen, downloaded, taken off and put back; also where scripts are off."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from matchplatform.extensions import db
from tests import factories
from tests.browser.steps import press, said
from tests.browsers import PHONE, WIDE, sign_in
from tests.files import makers

pytestmark = pytest.mark.once

PHOTO = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": makers.telephone_picture()}
PLAN = {"name": "他说\"好\"的方案.pdf", "mimeType": "text/html", "buffer": makers.pdf(b"%" + b"x" * 2_500_000)}
VIRUS = {"name": "照片.png", "mimeType": "image/png", "buffer": makers.EICAR}


@pytest.fixture
def without_script(chromium, server):
    context = chromium.new_context(base_url=server, viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def code(people):
    made = factories.make_need()
    db.session.commit()
    return made.code


def send(page, *files):
    if not page.locator("#attachment-caption").is_visible():  # folded away until somebody wants it
        page.locator("summary:has-text('传附件')").click()
    page.set_input_files("#attachment-files", list(files))
    page.fill("#attachment-caption", "腾出来的房子")
    page.click("button:has-text('上传附件')")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_files_are_sent_seen_downloaded_removed_and_restored(code, server, window, size):
    page = window(server, size)
    sign_in(page, "county_officer")
    page.goto(f"/desk/needs/{code}")
    send(page, PHOTO, PLAN, VIRUS)
    said(page, "已上传 2 个附件")
    said(page, "“现场.jpg”里的拍摄地点已经去掉")
    said(page, "“照片.png”里发现病毒")
    picture = page.locator("#attachments img").first
    picture.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert picture.evaluate("one => one.naturalWidth") == 40  # upright
    press(page, "再传附件")
    press(page, "移除")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    with page.expect_download() as started:
        page.click("#attachments a:has-text('方案.pdf')")
    assert started.value.suggested_filename == "他说”好”的方案.pdf"
    assert started.value.failure() is None
    press(page, "移除这个附件")
    said(page, "已移除“现场.jpg”。今天之内可以恢复。")
    press(page, "恢复")
    said(page, "已恢复“现场.jpg”。")


def test_without_script_the_form_works_and_the_public_sees_the_file_once_a_colleague_opened_it(
        code, server, without_script, window):
    page = without_script
    sign_in(page, "county_officer")
    page.goto(f"/desk/needs/{code}/preview")
    send(page, PHOTO)
    said(page, "已上传 1 个附件")
    assert page.url.endswith(f"/desk/needs/{code}/preview#attachments")
    said(page, "待同事放开")
    visitor, colleague = window(server), window(server, PHONE)
    visitor.goto(f"/needs/{code}")
    assert visitor.locator("#attachments").count() == 0
    sign_in(colleague, "second_county_officer")
    colleague.goto(f"/desk/needs/{code}/preview")
    colleague.locator("#attachments summary:has-text('放开')").click()
    found = Axe().run(colleague).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert colleague.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    colleague.click("button:has-text('看过了，放开这个附件')")
    said(colleague, "已放开“现场.jpg”，谁能看：向社会公开。")
    visitor.reload()
    said(visitor, "现场.jpg")
    assert visitor.locator("#attachments form").count() == 0
