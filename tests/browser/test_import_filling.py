"""A list that leaves out what handing in asks for: brought in on a telephone, completed once for all, released."""

import datetime as dt

import pytest

from matchplatform.core.clock import today
from matchplatform.needs.models import Need
from tests.browser.steps import press, said
from tests.browser.test_import import hand_in, of
from tests.browsers import PHONE, sign_in
from tests.imports.sheets_made import HEADER, need_row, workbook

pytestmark = pytest.mark.once

ABSENT = ("接单截止", "怎样算办成", "联系人", "联系电话")


def messy_list(count):
    """A title above the headings, labels of its own, and columns that nobody thought of."""
    labels = [one for one in HEADER if one not in ABSENT]
    rows = [[str(value) for label, value in zip(HEADER, need_row(n), strict=True) if label in labels]
            for n in range(1, count + 1)]
    named = ["项目" if one == "项目名称" else one for one in labels]
    return workbook(["孝昌县2027年需求清单（各乡镇汇总）"], [named, *rows])


def test_what_the_list_leaves_out_is_filled_in_for_all_handed_in_and_released_by_a_colleague(server, window):
    page = window(server, PHONE)
    sign_in(page, "county_officer")
    hand_in(page, messy_list(4), "各乡镇汇总.xlsx")
    press(page, "导入可以导入的 4 行")
    said(page, "导入了 4 条需求")
    page.get_by_role("link", name="一起提交审核").click()
    said(page, "给这 4 条一起填")
    page.get_by_label("接单截止").fill("2020-01-01")
    page.get_by_label("怎样算办成").fill("每天 60 位老人吃上热饭")
    page.get_by_label("联系人").fill("李明")
    page.get_by_label("联系电话").fill("13871230001")
    press(page, "先看会填到哪些")
    said(page, "接单截止已经过去")
    assert page.get_by_label("怎样算办成").input_value() == "每天 60 位老人吃上热饭"
    page.get_by_label("接单截止").fill(f"{today() + dt.timedelta(days=60):%Y年%m月%d日}")
    press(page, "先看会填到哪些")
    said(page, "要改 4 条草稿")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    press(page, "回去再改")
    page.get_by_label("联系人").fill("王芳")
    press(page, "先看会填到哪些")
    press(page, "填到这 4 条")
    said(page, "填好了：接单截止 4 条、联系人 4 条、联系电话 4 条、怎样算办成 4 条")
    assert page.locator(".draft-note").count() == 0
    press(page, "提交审核这 4 条")
    said(page, "提交审核了 4 条")
    found = of(Need)
    assert {(one.status, one.contact_name, one.contact_phone) for one in found} == {
        ("submitted", "王芳", "13871230001")}
    colleague = window(server)
    sign_in(colleague, "second_county_officer")
    colleague.goto(f"/desk/needs/{found[0].code}")
    press(colleague, "放行发布")
    colleague.wait_for_url("**/matches**")
    assert of(Need)[0].status == "published"
