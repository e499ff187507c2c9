"""What stands in an export: everything that the filter selects, in its order, whatever the page on the screen."""

import datetime as dt
import html
import re
from urllib.parse import unquote

import pytest

from matchplatform.columns import keeping
from matchplatform.core.clock import local, today
from matchplatform.exports import rules
from matchplatform.extensions import db
from matchplatform.matching.finding import find_needs
from matchplatform.needs.filters import NeedFilter
from matchplatform.needs.models import NeedLine
from tests import factories
from tests.exports.shelf import book, export, many_needs, rows
from tests.web.pages import parsed, statements, words

pytestmark = pytest.mark.once


def test_three_thousand_are_all_there_in_both_formats(as_visitor, people):
    total = many_needs(3_000)
    factories.make_need(status="draft")
    db.session.commit()
    wanted = "page=7&sort=gap"
    assert find_needs(NeedFilter()).total == total
    listed = rows(export(as_visitor, "needs", query=wanted))
    assert len(listed) == len({row["编号"] for row in listed}) == total
    sheet = book(export(as_visitor, "needs", "xlsx", wanted))["清单"]
    assert sheet.max_row == total + 1
    assert sheet.auto_filter.ref.endswith(str(total + 1))


def test_the_order_and_the_filter_are_those_of_the_page(as_visitor, people):
    for n, gap in enumerate((5, 9, 7)):
        factories.make_need(title=f"缺口{gap}", funds_gap_fen=gap * 1_000_000, beneficiaries=n)
    factories.make_need(title="别的领域", category_code="education")
    db.session.commit()
    query = "category=elderly_care&sort=gap&page=3&view=cards"
    assert [row["项目名称"] for row in rows(export(as_visitor, "needs", query=query))] == ["缺口9", "缺口7", "缺口5"]
    assert [row["资金缺口（万元）"] for row in rows(export(as_visitor, "needs", query=query))] == ["9", "7", "5"]


@pytest.mark.parametrize("library", ["needs", "desk-needs", "offerings", "desk-offerings", "organizations",
                                     "desk-organizations", "pairings", "desk-pairings", "publications"])
@pytest.mark.parametrize("wanted", ["csv", "xlsx", "ledger"])
def test_the_statements_do_not_grow_with_the_rows(as_province_officer, people, library, wanted):
    def more(count):
        for _ in range(count):
            factories.make_pairing(status="active", offering=factories.make_offering(factories.make_organization()))
            factories.make_publication()
        db.session.commit()
        keeping.forget()

    def take():
        query = "state=all" if library == "desk-organizations" else ""
        assert export(as_province_officer, library, wanted, query).status_code == 200

    more(2)
    take()
    few = statements(take)
    more(6)
    take()
    assert statements(take) == few


def test_the_lines_of_needs_stand_on_a_sheet_of_their_own(as_county_officer, people):
    need = factories.make_need(lines=False)
    need.lines = [NeedLine(position=1, item="=灶台", quantity=17, unit="套", unit_price_fen=60_050, committed=9,
                           delivered=4),
                  NeedLine(position=2, item="桌椅", quantity=3, unit="张", unit_price_fen=0)]
    db.session.commit()
    found = book(export(as_county_officer, "desk-needs", "xlsx"))
    assert found.sheetnames == ["清单", "说明", "项目内容"]
    head, *lines = found["项目内容"].iter_rows(values_only=True)
    assert head[3:] == ("序号", "事项", "一共要", "已认下", "已办到", "还差", "单位", "单价（元）", "小计（元）")
    assert [line[3:] for line in lines] == [(1, "'=灶台", 17, 9, 4, 8, "套", 600.5, 10208.5),
                                            (2, "桌椅", 3, 0, 0, 3, "张", 0, 0)]
    assert lines[0][0] == need.code
    said = dict(found["说明"].iter_rows(values_only=True))
    assert said["导出单位"] == "孝昌县农业农村局"
    assert said["导出人"] == "刘敏"


def test_how_many_things_are_still_wanted_stands_in_a_column(as_visitor, people):
    need = factories.make_need(lines=False)
    need.lines = [NeedLine(position=n, item=item, quantity=2, unit="台", committed=taken, unit_price_fen=0)
                  for n, (item, taken) in enumerate((("冰箱", 2), ("灶台", 1), ("蒸柜", 0)), 1)]
    db.session.commit()
    assert rows(export(as_visitor, "needs"))[0]["还差事项"] == "2/3 项"
    sheets = book(export(as_visitor, "needs", "xlsx")), book(export(as_visitor, "needs", "ledger-xlsx"))
    for one in sheets:
        assert "2/3 项" in {cell for row in one.worksheets[0].iter_rows(values_only=True) for cell in row}


def test_a_file_says_what_it_is_and_when(as_visitor, people):
    factories.make_need()
    db.session.commit()
    for wanted, name in (("csv", f"需求项目库-{today():%Y%m%d}.csv"), ("xlsx", f"需求项目库-{today():%Y%m%d}.xlsx"),
                         ("ledger-xlsx", f"需求项目库台账-{today():%Y%m%d}.xlsx")):
        answer = export(as_visitor, "needs", wanted)
        assert unquote(answer.headers["Content-Disposition"]) == f"attachment; filename*=UTF-8''{name}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert export(as_visitor, "needs").mimetype == "text/csv"


def test_the_page_that_is_printed_has_titles_sums_and_signatures(as_county_officer, people):
    for gap in (10_100_000, 5_000_000):
        factories.make_need(funds_gap_fen=gap, funds_secured_fen=0, households=3, title="<b>粗体</b>")
    db.session.commit()
    answer = export(as_county_officer, "desk-needs", "ledger", "state=published")
    tree = parsed(answer)
    text = words(answer)
    for said in ("社会组织助力乡村振兴需求台账", "填报单位：孝昌县农业农村局", "单位：万元", "条件：状态：可接单",
                 "单位负责人：", "合计 6 136 15.10 0.00 15.10"):
        assert said in text, said
    assert "<b>粗体" not in answer.get_data(as_text=True)
    assert len(tree.findall(".//{*}tbody/{*}tr")) == 3
    assert tree.find(".//{*}thead") is not None


def test_the_ledger_workbook_adds_up(as_visitor, people):
    many_needs(7, funds_gap_fen=1_010_000)
    sheet = book(export(as_visitor, "needs", "ledger-xlsx"))["台账"]
    assert sheet["A2"].value.startswith("制表单位：")  # the needs are other units' reports
    assert "制表单位：" in words(export(as_visitor, "needs", "ledger"))
    sums = [cell.value for cell in sheet[3 + 7 + 1]]
    assert sums[0] == "合计"
    assert round(sums[9], 4) == 7.07
    assert sheet["A10"].value == 7


def test_the_lines_for_a_chat_name_open_public_needs_only(as_county_officer, people):
    closing = local(dt.datetime(today().year + 1, 1, 15, 4, tzinfo=dt.UTC))
    need = factories.make_need(closing_at=closing)
    factories.make_need(title="已经结对的", status="matched")
    factories.make_need(title="只给登录的人看", publicity="signed_in")
    db.session.commit()
    for library in ("needs", "desk-needs"):
        answer = export(as_county_officer, library, "wechat")
        parsed(answer)
        page = answer.get_data(as_text=True)
        message = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[1]
        assert message.splitlines() == [
            f"【{'孝昌县，' if library == 'desk-needs' else ''}等人接的需求 1 条】{today().month}月{today().day}日", "",
            "1. 孝昌县万冲村：老人一天只做一顿饭，吃剩菜",
            f"缺餐桌椅 17 套，资金 10.1 万元；帮到 68 人；{closing.year}年1月15日截止",
            f"http://localhost/needs/{need.code}", "", "能办的请点链接看详情、接单。"]
        assert "readonly" in page
        assert 'data-copy="message-1"' in page


def test_a_long_list_for_a_chat_is_told_in_pieces_and_says_where_it_was_cut(as_visitor, people):
    many_needs(120)
    page = export(as_visitor, "needs", "wechat").get_data(as_text=True)
    messages = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)
    assert len(messages) > 1
    assert all(len(one) <= 2_000 for one in messages)
    assert "正在等人接的需求一共 120 个，这里只列前 100 个" in page
    assert f"\n\n{rules.MOST_TOLD}. " in messages[-1]


def messages_of(page):
    return [html.unescape(one) for one in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)]


def test_exactly_so_many_as_are_told_are_not_said_to_be_cut(as_visitor, people):
    many_needs(100)
    page = export(as_visitor, "needs", "wechat").get_data(as_text=True)
    assert "100. " in messages_of(page)[-1]
    assert "这里只列前" not in page


def test_offerings_that_can_be_ordered_go_into_a_chat(as_visitor, as_organization_member, as_province_officer, people):
    organization = factories.first_organization()
    ends = today() + dt.timedelta(days=400)
    free = factories.make_offering(organization, title="老年食堂设备", areas=("420921", "420922", "422801", "420102"),
                                   capacity=3, funds_fen=12_000_000, in_kind_fen=3_000_000, ends_on=ends)
    factories.make_offering(organization, title="停了的", status="paused")
    factories.make_offering(organization, title="过期的", ends_on=today() - dt.timedelta(days=1))
    full = factories.make_offering(organization, title="满了的", capacity=1)
    full.capacity_taken = 1
    db.session.commit()
    for browser, library in ((as_visitor, "offerings"), (as_organization_member, "desk-offerings"),
                             (as_province_officer, "desk-offerings")):
        answer = export(browser, library, "wechat")
        parsed(answer)
        page = answer.get_data(as_text=True)
        message, = messages_of(page)
        assert message.splitlines()[0] == f"【现在可以点单的供给 1 项】{today().month}月{today().day}日"
        assert message.splitlines()[2:] == [
            f"1. {organization.name}：老年食堂设备",
            f"服务江岸区、孝昌县、大悟县等 4 地；还能做 3 个；资金 12 万元，物资折价 3 万元；公益；"
            f"到 {ends.year}年{ends.month}月{ends.day}日",
            f"http://localhost/offerings/{free.code}", "", "用得上的请点链接看详情、点单。"]
        assert free.contact_phone not in page
    head = messages_of(export(as_visitor, "offerings", "wechat", "county=420921").get_data(as_text=True))[0]
    assert head.startswith("【能服务孝昌县、现在可以点单的供给 1 项】")
    assert export(as_visitor, "offerings", "wechat", "state=full").status_code == 303


def test_vetted_organizations_go_into_a_chat(as_visitor, people):
    good = factories.make_organization(name="孝感暖灶服务中心", kind="52", level="city", authority="420900")
    factories.make_organization(name="孝感旧灶协会", kind="51", level="city", authority="420900", rating="4A",
                                rating_ends_on=today() - dt.timedelta(days=1))
    factories.make_organization(name="孝感没入库", level="city", authority="420900", vetted=False)
    db.session.commit()
    answer = export(as_visitor, "organizations", "wechat", "city=420900")
    parsed(answer)
    lines = messages_of(answer.get_data(as_text=True))[0].splitlines()
    assert lines[0] == f"【在孝感市登记的入库社会组织 2 家】{today().month}月{today().day}日"
    assert lines[2:4] == ["1. 孝感旧灶协会", "社会团体，市级"]
    assert lines[6:] == ["2. 孝感暖灶服务中心", "社会服务机构（民办非企业单位），市级；评估等级 4A",
                         f"http://localhost/organizations/{good.id}", "", "点链接看每家的档案和供给。"]


def test_nothing_open_is_told_with_a_way_on(as_visitor, people):
    factories.make_need(status="matched")
    factories.make_need(publicity="signed_in")
    db.session.commit()
    answer = export(as_visitor, "needs", "wechat", "state=matched")
    assert answer.status_code == 303
    assert "没有可以导出的内容" in words(as_visitor.get("/needs"))
