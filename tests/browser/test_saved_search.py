"""Saved search to digest, and what the export menu does in a browser."""

import datetime as dt
import os
import subprocess
import sys

import pytest

from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from tests import factories
from tests.browser.steps import press, release_need, said, write_need
from tests.browsers import PHONE, WIDE, sign_in

pytestmark = pytest.mark.once


def send_digest(template, repository, day):
    """The command that a scheduler runs."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "searches", "digest", "--date", f"{day:%Y-%m-%d}"],
        cwd=repository, capture_output=True, text=True, timeout=120,
        env={**os.environ, "DATABASE_URL": template.url, "MATCH_INDEX_FOLDER": "", "MATCH_ENCODER": "off"})


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_saved_search_tells_of_a_need_that_is_released_later(server, window, template, repository, size):
    member = window(server, size)
    sign_in(member, "organization_member")
    member.goto("/needs?category=elderly_care&state=open")
    press(member, "保存搜索")
    member.fill("[name=name]", "等人接的养老需求")
    member.select_option("[name=rhythm]", "daily")
    press(member, "保存这个搜索")
    said(member, "已保存为“等人接的养老需求”")
    said(member, "已保存")

    officer, colleague = window(server), window(server)
    sign_in(officer, "county_officer")
    code = write_need(officer)
    sign_in(colleague, "second_county_officer")
    release_need(colleague, code)

    sent = send_digest(template, repository, today())
    assert sent.returncode == 0, sent.stderr
    assert "告诉了 1 人，共 1 条" in sent.stdout
    assert "没有要告诉的新内容" in send_digest(template, repository, today()).stdout

    member.goto("/notices")
    said(member, "“等人接的养老需求”新增 1 条：老人一天只做一顿饭，吃剩菜。")
    member.get_by_role("link", name="您保存的搜索“等人接的养老需求”有 1 条新的").click()
    member.wait_for_url(lambda url: url.endswith("sort=newest"))
    assert member.locator(f"main a[href$='{code}']").count() == 1
    assert len(member.get_by_text("养老服务").all()) > 0

    member.goto("/searches")
    press(member, "修改")
    member.locator("details[open] [name=name]").fill("养老")
    member.locator("details[open] [name=rhythm]").select_option("weekly")
    member.locator("details[open] button").click()
    said(member, "“养老”已改好")
    press(member, "删除")
    said(member, "已删除搜索“养老”")
    said(member, "还没有保存的搜索")
    press(member, "恢复")
    said(member, "已恢复搜索“养老”")
    assert member.get_by_role("link", name="养老", exact=True).count() == 1


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_list_is_taken_out_from_the_menu(server, window, size):
    for n in range(25):
        factories.make_need(title=f"第{n}条", closing_at=None if n else now() + dt.timedelta(days=9))
    db.session.commit()
    page = window(server, size)
    page.goto("/needs?state=open&page=2")
    press(page, "导出")
    with page.expect_download() as download:
        press(page, "CSV 文本")
    assert download.value.suggested_filename == f"需求项目库-{today():%Y%m%d}.csv"
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 26
    # the page stays where it is and the menu can be used again
    page.locator("button[value=xlsx]:not([disabled])").wait_for()
    press(page, "微信群文字")
    said(page, "发到微信群的文字")
    page.locator("[data-copy]").first.click()
    page.get_by_text("已复制").or_(page.get_by_text("已选中，请按复制")).first.wait_for()
    assert "等人接的需求 25 条" in page.locator("#message-1").input_value()
    page.get_by_role("link", name="回列表").click()
    page.wait_for_url(lambda url: url.endswith("/needs?state=open&page=2"))
    press(page, "导出")
    press(page, "台账，看了再打印")
    said(page, "社会组织助力乡村振兴需求项目库台账")
    assert page.locator("main tbody tr").count() == 26
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.keyboard.press("Escape")
