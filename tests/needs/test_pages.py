"""Writing, previewing and moving a need over HTTP."""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest

from matchplatform.catalog.queries import townships
from matchplatform.core.clock import local, now, today
from matchplatform.extensions import db
from matchplatform.needs import operations
from matchplatform.needs.models import Need
from tests import factories
from tests.pairings.test_pages import text_of

BODY = "村里75岁以上老人68个，大多是早上煮一锅吃一天，就差灶台和桌椅板凳。"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr", "rect", "path"}


def typed(**changes):
    """Everything that handing in wants, as somebody types it."""
    return {"save": "preview", "title": "老人一天只做一顿饭", "category_code": "elderly_care", "aid_mode": "both",
            "urgency": "soon", "township_code": "", "village": "万冲村", "body": BODY, "goal": "春节前开餐",
            "conditions": "", "basis": "", "funds_secured_fen": "2.4", "funds_gap_fen": "10.1万",
            "beneficiaries": "68", "old_and_young": "60", "households": "40", "lifted_households": "19",
            "monitored_households": "4", "starts_on": f"{today() + dt.timedelta(days=30):%Y年%m月%d日}",
            "ends_on": f"{today() + dt.timedelta(days=300)}", "closing_at": f"{today() + dt.timedelta(days=20)} 9:30",
            "unit": "孝昌县农业农村局", "contact_name": "万主任", "contact_phone": "138 7123 6021",
            "lines-0-item": "餐桌椅", "lines-0-quantity": "１７", "lines-0-unit": "套", "lines-0-unit_price": "600",
            "lines-1-item": "", "lines-1-quantity": "", "lines-1-unit": "", "lines-1-unit_price": "",
            "lines-7-item": "培训", "lines-7-quantity": "4", "lines-7-unit": "人次", "lines-7-unit_price": "",
            **changes}


def only():
    return db.session.scalars(db.select(Need)).one()


class Strict(HTMLParser):
    """Every tag that opens closes in its place; ids stand once."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.faults = [], set(), []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        number = dict(attrs).get("id")
        if number in self.ids:
            self.faults.append(f"id {number} twice")
        self.ids.add(number) if number else None
        if "style" in dict(attrs) or any(name.startswith("on") for name, _ in attrs):
            self.faults.append(f"inline {tag}")

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


def faults_of(answer):
    parser = Strict()
    parser.feed(answer.get_data(as_text=True))
    return parser.faults + parser.open


def test_a_whole_need_is_kept_as_typed_and_previewed(as_county_officer, people):
    answer = as_county_officer.post("/desk/needs/new", data=typed())
    need = only()
    assert answer.headers["Location"] == f"/desk/needs/{need.code}/preview"
    assert (need.funds_secured_fen, need.funds_gap_fen, need.contact_phone) == (2_400_000, 10_100_000, "13871236021")
    assert (need.county_code, need.township_code) == (factories.COUNTY, None)
    assert (need.aid_mode, need.urgency) == ("both", "soon")
    assert [(one.item, one.quantity, one.unit_price_fen) for one in need.lines] == [
        ("餐桌椅", 17, 60_000), ("培训", 4, 0)]
    assert f"{local(need.closing_at):%H:%M}" == "09:30"
    shown = text_of(as_county_officer.get(answer.headers["Location"]))
    for word in ("群众会看到", "1. 餐桌椅", "春节前开餐", "138****6021", "10.1 万元", "提交审核"):
        assert word in shown, word
    assert "13871236021" not in shown


def test_a_draft_wants_title_category_and_text_only(as_county_officer, people):
    answer = as_county_officer.post("/desk/needs/new", data={
        "save": "draft", "title": "写到一半", "category_code": "health", "body": "短", "aid_mode": "relief",
        "urgency": "normal"})
    need = only()
    assert answer.headers["Location"] == f"/desk/needs/{need.code}"
    page = as_county_officer.get(answer.headers["Location"])
    shown = text_of(page)
    assert "还差 9 处" in shown
    assert f"/desk/needs/{need.code}/submit" not in page.get_data(as_text=True)
    assert "还没有填全" in text_of(as_county_officer.post(f"/desk/needs/{need.code}/submit", data={
        "version": need.version}, follow_redirects=True))
    for missing in ("title", "category_code", "body"):
        wrong = as_county_officer.post("/desk/needs/new", data={**typed(save="draft"), missing: " "})
        assert wrong.status_code == 422
        assert "还没有填" in text_of(wrong)


def test_only_the_preview_asks_for_the_rest(as_county_officer, people):
    empty = {name: "" for name in typed() if name not in ("save", "title", "category_code", "aid_mode", "urgency")}
    answer = as_county_officer.post("/desk/needs/new", data=typed(**{**empty, "body": "太短"}))
    shown = text_of(answer)
    assert answer.status_code == 422
    assert "至少写 20 个字" in shown
    for name in ("已落实资金", "资金缺口", "受益人数", "开始日期", "结束日期", "接单截止", "怎样算办成", "责任单位",
                 "联系人", "联系电话"):
        assert f"{name}还没有填" in shown, name
    assert db.session.scalars(db.select(Need)).all() == []


@pytest.mark.parametrize(("field", "value", "said"), [
    ("title", "<b>老人</b>", "不能有 < 或 >"), ("title", "=1+1", "当成公式"), ("title", "＝1+1", "当成公式"),
    ("title", "长" * 61, "最多 60 字，现在是 61 字"), ("title", " ", "项目名称还没有填"),
    ("funds_gap_fen", "十万", "请写成 10"), ("funds_gap_fen", "1e309", "要填数字"),
    ("funds_gap_fen", "-1", "不能是负数"),
    ("funds_gap_fen", "NaN", "要填数字"), ("funds_secured_fen", "99999999999", "太大了"),
    ("closing_at", "2020-01-01", "接单截止已经过去"), ("closing_at", "2099-01-01", "两年以后"),
    ("closing_at", "下周", "日期"),
    ("body", "长" * 40_000, "最多 5000 字，现在是 40000 字"), ("body", "短", "至少写 20 个字"),
    ("beneficiaries", "0", "要大于 0"), ("beneficiaries", "六十八", "请写成 68"),
    ("old_and_young", "69", "不能多于受益人数"),
    ("lifted_households", "41", "不能多于受益户数"), ("monitored_households", "41", "不能多于受益户数"),
    ("ends_on", "2020-01-01", "结束日期要晚于开始日期"), ("starts_on", "2026-02-30", "不是日历上有的日子"),
    ("contact_phone", "4712306", "区号"), ("contact_phone", "138712360211", "11 位"),
    ("township_code", "422801001", "不在本县"), ("category_code", "nonsense", "没有这个帮扶领域"),
    ("aid_mode", "x", "三种"), ("urgency", "x", "三档"), ("village", "@村", "当成公式"),
    ("lines-0-item", "", "第 1 项没有写事项"), ("lines-0-quantity", "0", "第 1 项的数量要大于 0"),
    ("lines-0-quantity", "十七", "请写成 17"), ("lines-0-quantity", "1.5", "大于 0 的整数"),
    ("lines-0-quantity", "", "没有填"),
    ("lines-0-unit", "", "第 1 项没有写单位"), ("lines-0-unit_price", "六百", "请写成 600"),
    ("lines-0-unit_price", "-1", "不能是负数"), ("lines-7-quantity", "x", "第 3 项的数量"),
    ("lines-0-item", "=cmd", "当成公式"),
])
def test_bad_input_gets_a_sentence_and_stays(as_county_officer, people, field, value, said):
    answer = as_county_officer.post("/desk/needs/new", data=typed(**{field: value}))
    assert answer.status_code == 422
    assert said in text_of(answer).replace("&lt;", "<").replace("&gt;", ">")
    page = answer.get_data(as_text=True)
    assert BODY in page or field == "body"
    kept = value.replace("<", "&lt;").replace(">", "&gt;") if field != "contact_phone" else value
    assert kept.strip() in page or field in ("township_code", "category_code", "aid_mode", "urgency")
    assert 'aria-invalid="true"' in page or field in ("aid_mode", "urgency")
    assert faults_of(answer) == []
    assert db.session.scalars(db.select(Need)).all() == []


@pytest.mark.parametrize("value", ["12.5", "12.5万", "１２．５", "12.5 万元", "12.50"])
def test_money_is_understood_as_people_write_it(as_county_officer, people, value):
    as_county_officer.post("/desk/needs/new", data=typed(funds_gap_fen=value))
    assert only().funds_gap_fen == 12_500_000


def test_at_most_thirty_lines(as_county_officer, people):
    rows = {f"lines-{n}-{name}": value for n in range(31)
            for name, value in (("item", f"事项{n}"), ("quantity", "1"), ("unit", "个"), ("unit_price", ""))}
    answer = as_county_officer.post("/desk/needs/new", data=typed(**rows))
    assert answer.status_code == 422
    assert "最多填 30 项，现在有 31 项" in text_of(answer)
    rows = {key: value for key, value in rows.items() if not key.startswith("lines-30-")}
    assert as_county_officer.post("/desk/needs/new", data=typed(**rows)).status_code == 303
    assert len(only().lines) == 30


def test_a_second_click_makes_no_second_need(as_county_officer, people):
    first = as_county_officer.post("/desk/needs/new", data=typed())
    again = as_county_officer.post("/desk/needs/new", data=typed())
    need = only()
    assert first.status_code == again.status_code == 303
    assert again.headers["Location"] == f"/desk/needs/{need.code}"
    assert "没有重复建" in text_of(as_county_officer.get(again.headers["Location"]))


def test_a_township_is_fixed_to_its_own(as_township_officer, people):
    page = as_township_officer.get("/desk/needs/new")
    assert 'name="township_code"' not in page.get_data(as_text=True)
    foreign = townships(factories.OTHER_COUNTY)[0].code
    as_township_officer.post("/desk/needs/new", data=typed(township_code=foreign))
    need = only()
    assert (need.county_code, need.township_code) == (factories.COUNTY, people.township_officer.township_code)


def test_the_whole_way_to_the_library(as_county_officer, as_second_county_officer, people):
    as_county_officer.post("/desk/needs/new", data=typed())
    code = only().code
    handed_in = as_county_officer.post(f"/desk/needs/{code}/submit", data={"version": only().version})
    assert handed_in.headers["Location"] == f"/desk/needs/{code}"
    shown = text_of(as_county_officer.get(handed_in.headers["Location"]))
    assert "已提交，等陈思放行" in shown
    assert "谁提交，谁就不能自己放行" in shown
    refused = as_county_officer.post(f"/desk/needs/{code}/publish", data={"version": only().version})
    assert refused.status_code == 303
    assert only().status == "submitted"
    seen = only().version
    assert f"/desk/needs/{code}/publish" in as_second_county_officer.get(f"/desk/needs/{code}").get_data(as_text=True)
    released = as_second_county_officer.post(f"/desk/needs/{code}/publish", data={"version": seen})
    assert released.headers["Location"] == f"/desk/needs/{code}/matches"
    assert only().status == "published"
    late = as_second_county_officer.post(f"/desk/needs/{code}/return", data={
        "version": seen, "reason": "再看看", "back": f"/desk/needs/{code}"})
    told = text_of(as_second_county_officer.get(late.headers["Location"]))
    assert re.search(r"您 \d\d:\d\d 已经办了“放行发布”。", told)
    assert only().status == "published"


def test_a_return_leads_back_to_the_list_and_shows_the_reason_to_the_author(
        as_county_officer, as_province_officer, people):
    need = factories.make_need(status="submitted")
    db.session.commit()
    answer = as_province_officer.post(f"/desk/needs/{need.code}/return", data={"reason": "请写清灶台要几口"})
    assert answer.headers["Location"] == "/desk/needs?state=submitted"
    assert as_province_officer.get(f"/desk/needs/{need.code}").status_code == 404
    assert "请写清灶台要几口" in text_of(as_county_officer.get(f"/desk/needs/{need.code}/edit"))


def test_a_stale_edit_keeps_what_was_typed_and_says_who(as_county_officer, people):
    need = factories.make_need(status="draft")
    db.session.commit()
    seen = need.version
    operations.edit_need(people.second_county_officer, need, {"goal": "同事写的目标"})
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{need.code}/edit", data=typed(goal="我写的目标", version=seen))
    assert answer.status_code == 422
    assert re.search(r"陈思 \d\d:\d\d 已经办了“修改需求”。", text_of(answer))
    page = answer.get_data(as_text=True)
    assert "我写的目标" in page
    again = re.search(r'name="version" value="(\d+)"', page)[1]
    assert as_county_officer.post(f"/desk/needs/{need.code}/edit",
                                  data=typed(goal="我写的目标", version=again)).status_code == 303
    assert only().goal == "我写的目标"


def test_what_cannot_be_edited_says_so_on_its_page(as_county_officer, people):
    need = factories.make_need(status="fulfilled")
    db.session.commit()
    answer = as_county_officer.get(f"/desk/needs/{need.code}/edit")
    assert answer.status_code == 302
    assert "提出改动" in text_of(as_county_officer.get(answer.headers["Location"]))
    assert as_county_officer.post(f"/desk/needs/{need.code}/edit", data=typed()).status_code == 422


@pytest.mark.parametrize(("client", "status"), [
    ("as_county_officer", 200), ("as_second_county_officer", 200), ("as_other_county_officer", 404),
    ("as_township_officer", 404), ("as_city_officer", 404), ("as_province_officer", 404),
    ("as_organization_member", 403), ("as_auditor", 403)])
def test_a_draft_is_seen_by_its_county_only(request, people, client, status):
    need = factories.make_need(status="draft")
    db.session.commit()
    browser = request.getfixturevalue(client)
    assert browser.get(f"/desk/needs/{need.code}").status_code == status
    assert browser.get(f"/desk/needs/{need.code}/preview").status_code == status
    if status != 200:
        assert browser.post(f"/desk/needs/{need.code}/submit").status_code == status
        assert browser.post(f"/desk/needs/{need.code}/edit", data=typed()).status_code in (403, 404)


def test_a_released_need_of_another_county_is_on_its_public_page(as_other_county_officer, people):
    need = factories.make_need()
    db.session.commit()
    answer = as_other_county_officer.get(f"/desk/needs/{need.code}")
    assert answer.headers["Location"] == f"/needs/{need.code}"
    assert as_other_county_officer.post(f"/desk/needs/{need.code}/close", data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize("verb", ["match", "fulfil", "nonsense"])
def test_nobody_clicks_the_pairing_desks_moves(as_county_officer, people, verb):
    need = factories.make_need()
    db.session.commit()
    as_county_officer.post(f"/desk/needs/{need.code}/{verb}", data={"reason": "x"})
    assert only().status == "published"


def test_reopening_takes_a_new_closing_time(as_county_officer, people):
    need = factories.make_need(status="closed")
    db.session.commit()
    page = as_county_officer.get(f"/desk/needs/{need.code}").get_data(as_text=True)
    assert 'name="closing_at"' in page
    wrong = as_county_officer.post(f"/desk/needs/{need.code}/reopen", data={
        "reason": "还差几样", "closing_at": "下周", "back": f"/desk/needs/{need.code}"}, follow_redirects=True)
    assert "接单截止没有看懂" in text_of(wrong)
    fresh = now() + dt.timedelta(days=60)
    as_county_officer.post(f"/desk/needs/{need.code}/reopen", data={
        "reason": "还差几样", "closing_at": f"{local(fresh):%Y-%m-%d}"})
    assert only().status == "published"
    assert f"{local(only().closing_at):%Y-%m-%d %H:%M}" == f"{local(fresh):%Y-%m-%d} 17:00"


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "published", "matched", "fulfilled", "closed",
                                    "withdrawn"])
def test_every_page_parses_in_every_state(as_county_officer, people, status):
    need = factories.make_need(status=status, households=30, conditions="水电已通", township_code=people.
                               township_officer.township_code)
    db.session.commit()
    for path in ("", "/preview", "/edit"):
        answer = as_county_officer.get(f"/desk/needs/{need.code}{path}")
        if answer.status_code == 302:
            continue
        assert answer.status_code == 200
        assert faults_of(answer) == [], path
    assert faults_of(as_county_officer.get("/desk/needs")) == []


def test_the_lists_filters_stand_in_the_url_and_empty_states_lead_on(as_county_officer, people):
    assert "写一条需求" in text_of(as_county_officer.get("/desk/needs"))
    need = factories.make_need(title="<script>alert(1)</script>"[:60])
    db.session.commit()
    shown = as_county_officer.get("/desk/needs?state=published&category=elderly_care&sort=gap")
    assert need.code in text_of(shown)
    assert "<script>alert" not in shown.get_data(as_text=True)
    nothing = text_of(as_county_officer.get("/desk/needs?state=draft&q=没有这样的"))
    assert "没有符合这些条件的需求" in nothing
    assert as_county_officer.get("/desk/needs?page=abc&state=%00&sort=%27&category=" + "x" * 500).status_code == 200
