"""A policy's way on a telephone: drafted, looked through by a second person, released, cited by a county's need,
revised."""

import datetime as dt

import pytest

from matchplatform.core.clock import today
from tests.browser.steps import NEED, code_in, fill, press, release_need, said
from tests.browsers import PHONE, sign_in

pytestmark = pytest.mark.once

POLICY = {
    "title": "农村老年助餐服务办法（演示）", "issuer": "湖北省民政厅", "document_number": "演示发〔2026〕1号",
    "issued_on": f"{today() - dt.timedelta(days=3)}",
    "body": "第一条 为了让村里的老人每天吃上一顿热饭，定这份办法。\n第二条 场地由村集体出，设备可以请社会组织帮。\n"
            "第三条 每月张榜公布收支。"}
NEW_CLAUSE = POLICY["body"] + "\n第四条 炊事员每年体检。"


def code_of(page):
    return page.url.split("/publications/")[1].split("/")[0].split("#")[0]


def reviewed(page, code):
    """The second person opens it from his own page, ticks the boxes one by one and releases it."""
    page.goto("/mine")
    page.get_by_role("link", name="去审核").first.click()
    page.wait_for_url(f"**/desk/publications/{code}/review")
    press(page, "审核通过，发布")
    said(page, "还有 4 项没有勾")
    for box in page.locator("[name=checks]").all():
        box.check()
    press(page, "审核通过，发布")
    said(page, "已发布，所有人都能看到了")


def test_a_policy_is_drafted_reviewed_released_cited_and_revised(server, window):
    writer, reviewer, county, colleague, reader = (window(server, PHONE) for _ in range(5))

    # a wrong document number is answered with the right one, and nothing typed is lost
    sign_in(writer, "province_officer")
    writer.goto("/desk/publications/new")
    fill(writer, {**POLICY, "document_number": "演示发[2026]01号"})
    writer.select_option("[name=topic]", "elderly")
    writer.locator(".sticky-act button:has-text('保存，去核对')").click()
    said(writer, "演示发〔2026〕1号")
    assert writer.input_value("[name=body]") == POLICY["body"]
    fill(writer, POLICY)
    writer.locator(".sticky-act button:has-text('保存，去核对')").click()
    said(writer, "草稿已存")
    first = code_of(writer)
    press(writer, "提交审核")
    said(writer, "已提交，等省民政厅的何平审核")
    assert writer.locator("main a:has-text('去审核')").count() == 0

    sign_in(reviewer, "second_province_officer")
    reviewed(reviewer, first)
    reader.goto("/publications?q=热饭")
    reader.locator("main ol h2 a").first.click()
    reader.locator("article #tiao-2").wait_for()

    # the county looks for words of a clause and picks it; what is picked stays picked while it goes on typing
    sign_in(county, "county_officer")
    county.goto("/desk/needs/new")
    fill(county, {**NEED, "starts_on": f"{today() + dt.timedelta(days=40)}",
                  "ends_on": f"{today() + dt.timedelta(days=400)}",
                  "closing_at": f"{today() + dt.timedelta(days=30):%Y年%m月%d日}", "basis_q": "村集体"})
    county.select_option("[name=category_code]", "elderly_care")
    county.locator("#picked details[open]").wait_for()
    county.locator(f"[value='{first}#tiao-2']").check()
    with county.expect_response("**/desk/publications/pick**"):
        county.fill("[name=basis_q]", "没有的字")
    said(county, "没有查到别的有“没有的字”的文件")
    assert county.locator("#picked input:checked").get_attribute("value") == f"{first}#tiao-2"
    county.locator(".sticky-act button:has-text('保存并预览')").click()
    said(county, "下面就是发布以后群众和社会组织看到的内容")
    need = code_in(county)
    press(county, "提交审核")
    said(county, "已提交")
    sign_in(colleague, "second_county_officer")
    release_need(colleague, need)

    # both pages lead to each other
    reader.goto(f"/needs/{need}")
    reader.get_by_role("link", name=POLICY["title"]).click()
    reader.wait_for_url(f"**/publications/{first}#tiao-2")
    reader.locator("#cited a", has_text=NEED["title"]).click()
    said(reader, "依据")

    # a new version: the need keeps the one that it cites and names the new one
    writer.goto(f"/desk/publications/{first}")
    press(writer, "写修订版")
    said(writer, "这是修订版")
    second = code_of(writer)
    fill(writer, {"body": NEW_CLAUSE, "document_number": "演示发〔2026〕2号", "issued_on": f"{today()}"})
    writer.locator(".sticky-act button:has-text('保存，去核对')").click()
    said(writer, "草稿已存")
    press(writer, "提交审核")
    said(writer, "已提交")
    reviewed(reviewer, second)
    reader.reload()
    said(reader, "引用的一版已有修订版")
    reader.get_by_role("link", name="演示发〔2026〕2号").click()
    reader.locator("article #tiao-4").wait_for()
    reader.goto(f"/publications/{first}")
    said(reader, "这一版已修订")
    assert reader.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_two_who_write_at_once_lose_no_word(server, window):
    """The second who saves is told who was first; his own words stay in the form, and saving again is his decision."""
    first, second = window(server, PHONE), window(server)
    sign_in(first, "province_officer")
    first.goto("/desk/publications/new")
    fill(first, POLICY)
    first.locator(".sticky-act button:has-text('只存草稿')").click()
    said(first, "草稿已存")
    code = code_of(first)
    sign_in(second, "second_province_officer")
    for page in (first, second):
        page.goto(f"/desk/publications/{code}/edit")
    second.fill("[name=title]", "何平改的标题（演示）")
    press(second, "只存草稿")
    said(second, "草稿已存")
    first.fill("[name=title]", "周正改的标题（演示）")
    first.locator(".sticky-act button:has-text('只存草稿')").click()
    said(first, "何平")
    said(first, "您填的都还在")
    assert first.input_value("[name=title]") == "周正改的标题（演示）"
    first.locator(".sticky-act button:has-text('只存草稿')").click()
    said(first, "草稿已存")
    said(first, "周正改的标题（演示）")
