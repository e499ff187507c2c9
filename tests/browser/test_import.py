"""Other people's lists, brought in as they come: what is wrong is mended on the page, or in the sheet."""

import re

import pytest

from matchplatform.extensions import db
from matchplatform.imports.reading import open_sheet
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from tests.browser.steps import press, said
from tests.browsers import PHONE, serve, sign_in, stop
from tests.imports import messy
from tests.imports.sheets_made import needs_sheet

pytestmark = pytest.mark.once


def hand_in(page, data, name):
    """Choose the file and agree on the columns as they were understood."""
    page.goto("/desk/imports")
    page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": data})
    press(page, "上传这份表格")
    said(page, "核对每一列是什么")
    press(page, "检查这")
    page.wait_for_url("**/rows")


def card(page, title):
    """The card of a row that must be changed."""
    return page.locator("section.card[id^=row-]").filter(has_text=title)


def mend(page, title, **texts):
    """Type into the cells with these labels; a proposal that is filled in already stays."""
    found = card(page, title)
    for label, text in texts.items():
        found.get_by_label(label, exact=False).first.fill(text)
    found.get_by_role("button", name="改好了").click()
    page.wait_for_load_state("networkidle")


def of(model):
    """All records; the database is given back, for the server has something to write."""
    db.session.rollback()
    found = db.session.scalars(db.select(model).order_by(model.id)).all()
    db.session.expunge_all()
    db.session.rollback()
    return found


def test_a_county_list_with_two_header_rows_and_merged_cells(server, window):
    page = window(server)
    sign_in(page, "county_officer")
    page.goto("/desk/needs")
    page.get_by_role("link", name="导入").first.click()
    said(page, "从表格导入需求")
    hand_in(page, messy.county_list(), "需求清单.xlsx")
    said(page, "3 行要改，6 行可以导入")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载要改的 3 行").click()
    assert download.value.suggested_filename == "需求清单-要改的3行.xlsx"
    sheet = open_sheet(download.value.path().read_bytes(), "要改的.xlsx").sheets[0]
    texts = " ".join(text for row in sheet.rows for text in row)
    for one in ("原因", "孝昌县没有“周港镇”", "要办的事还没有填", "公式"):
        assert one in texts
    mend(page, "养老院路上缺太阳能路灯")  # 周巷镇 stands in the box already
    said(page, "改好了：可导入")
    mend(page, "邹岗镇请人调解矛盾", 建设内容及规模="村里邻里矛盾多，希望有社工和律师每月来一次，帮助调解、讲法。")
    mend(page, "小河镇危房户过冬救助", 总投资="3")
    said(page, "9 行都可以导入")
    press(page, "导入可以导入的 9 行")
    said(page, "导入了 9 条需求")
    needs = of(Need)
    assert len(needs) == 9
    first = next(one for one in needs if one.title == "白沙镇老年食堂缺炊事设备")
    assert [one.item for one in first.lines][:2] == ["炉灶", "冰箱"]
    assert (first.funds_secured_fen, first.funds_gap_fen) == (3_000_000, 5_500_000)
    page.get_by_role("link", name="白沙镇老年食堂缺炊事设备").click()
    said(page, first.code)


def test_an_association_list_on_a_phone(server, window):
    page = window(server, PHONE)
    sign_in(page, "organization_member")
    hand_in(page, messy.association_list(), "服务项目.xlsx")
    said(page, "2 行要改，3 行可以导入")
    press(page, "导入可以导入的 3 行")
    said(page, "导入了 3 项供给")
    said(page, "还有 2 行没有导入")
    page.get_by_role("link", name="去改这些行").click()
    mend(page, "留守儿童周末陪伴", 负责人="赵刚，13871230003")
    said(page, "改好了：可导入")
    page.locator(".chip", has_text="要改").click()
    mend(page, "护理员技能培训", 收费情况="收费")
    press(page, "导入可以导入的 2 行")
    said(page, "导入了 5 项供给")
    assert {(one.status, one.title) for one in of(Offering)} == {("draft", one) for one in (
        "乡村老年食堂开办辅导", "居家适老化改造", "留守儿童周末陪伴", "护理员技能培训", "农村老人免费体检")}
    page.get_by_role("link", name=re.compile("一起上架")).click()
    press(page, "上架这 5 项")
    said(page, "上架了 5 项")
    assert {one.status for one in of(Offering)} == {"published"}


def test_a_text_file_of_a_township_brought_in_twice_and_taken_back(server, window):
    page = window(server)
    sign_in(page, "township_officer")
    data = messy.township_text()
    hand_in(page, data, "汇总.txt")
    said(page, "2 行要改，2 行可以导入")
    double = card(page, "程家河村老年食堂缺炊事设备")
    said(page, "重复" if double.get_by_text("重复").count() else "同一件事")
    double.get_by_role("button", name="这行不导入").click()
    page.wait_for_load_state("networkidle")
    mend(page, "村小图书室缺图书", 完成时间="2028-03-01")
    press(page, "导入可以导入的 3 行")
    said(page, "导入了 3 条需求")
    page.goto("/desk/imports")
    page.set_input_files("#file", {"name": "另存.txt", "mimeType": "text/plain", "buffer": data})
    press(page, "上传这份表格")
    said(page, "已经上传过，没有重复导入")
    assert len(of(Need)) == 3
    page.get_by_role("link", name="撤销整次导入").click()
    press(page, "撤销这 3 条")
    said(page, "整次导入已撤销")
    assert of(Need) == []


@pytest.fixture
def working_server(app, people, template, repository):
    """A server with its own consumer of background work."""
    db.session.commit()
    db.session.remove()
    process, address = serve(template.url, repository, JOBS="embedded")
    yield address
    stop(process)


def test_a_long_list_shows_how_far_it_is_and_the_page_moves_on_by_itself(working_server, window):
    page = window(working_server)
    sign_in(page, "county_officer")
    hand_in(page, needs_sheet(450), "很长的清单.xlsx")
    press(page, "导入可以导入的 450 行")
    page.wait_for_url("**/progress")
    page.wait_for_url("**/result", timeout=90_000)
    said(page, "导入了 450 条需求")
    assert len(of(Need)) == 450
    page.goto("/notices")
    said(page, "导入完成：很长的清单.xlsx")
    page.get_by_role("link", name=re.compile("很长的清单")).first.click()
    page.wait_for_url("**/result")
