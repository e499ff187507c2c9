"""Writing, publishing and moving an offering over HTTP."""

import datetime as dt
import re

import pytest

from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.offerings import operations
from matchplatform.offerings.models import Offering
from tests import factories
from tests.needs.test_pages import faults_of
from tests.pairings.test_pages import text_of

BODY = "设备包含双头灶、蒸饭柜、四门冰箱，开餐第一年按人次给予运营补贴。"


def typed(**changes):
    """Everything that going up wants, as somebody types it."""
    return {"save": "whole", "title": "老年食堂设备包", "category_code": "elderly_care", "body": BODY,
            "audience": "65 岁以上老人", "capacity": "3个", "funds_fen": "3.84", "in_kind_fen": "6万元",
            "person_days": "", "cost_model": "free", "areas": ["420900", "422801"], "starts_on": "",
            "ends_on": f"{today() + dt.timedelta(days=300):%Y.%m.%d}", "conditions": "", "past_cases": "",
            "contact_name": "陈晓岚", "contact_phone": "0712-4712306", **changes}


def only():
    return db.session.scalars(db.select(Offering)).one()


def make(**changes):
    made = factories.make_offering(factories.first_organization(), **changes)
    db.session.commit()
    return made


def test_the_way_to_the_library(as_organization_member, people):
    answer = as_organization_member.post("/desk/offerings/new", data=typed())
    offering = only()
    assert answer.headers["Location"] == f"/desk/offerings/{offering.code}"
    assert (offering.capacity, offering.funds_fen, offering.in_kind_fen, offering.person_days) == (
        3, 3_840_000, 6_000_000, 0)
    assert offering.area_codes == ["420900", "422801"]
    page = as_organization_member.get(answer.headers["Location"])
    assert f"/desk/offerings/{offering.code}/publish" in page.get_data(as_text=True)
    up = as_organization_member.post(f"/desk/offerings/{offering.code}/publish", data={"version": offering.version})
    assert up.headers["Location"] == f"/desk/offerings/{offering.code}/matches"
    assert only().status == "published"


def test_a_draft_wants_title_category_and_text_only(as_organization_member, people):
    as_organization_member.post("/desk/offerings/new", data={
        "save": "draft", "title": "写到一半", "category_code": "health", "body": "短", "cost_model": "free"})
    offering = only()
    page = as_organization_member.get(f"/desk/offerings/{offering.code}")
    assert "还差 4 处" in text_of(page)
    assert f"/desk/offerings/{offering.code}/publish" not in page.get_data(as_text=True)
    whole = as_organization_member.post(f"/desk/offerings/{offering.code}/edit", data=typed(
        areas=[], contact_phone="", contact_name="", body="短", version=offering.version))
    for word in ("可服务区域还没有填", "联系人还没有填", "联系电话还没有填", "至少写 20 个字"):
        assert word in text_of(whole), word


@pytest.mark.parametrize(("field", "value", "said"), [
    ("title", "<i>设备</i>", "不能有 < 或 >"), ("title", "+设备", "当成公式"), ("title", "长" * 61, "最多 60 字"),
    ("body", "长" * 40_000, "最多 5000 字，现在是 40000 字"), ("capacity", "0", "容量不能小于 1"),
    ("capacity", "三", "请写成 3"), ("capacity", "99999999", "不能大于"), ("funds_fen", "十万", "请写成 10"),
    ("funds_fen", "1e309", "要填数字"), ("in_kind_fen", "-1", "不能是负数"), ("person_days", "-3", "不能小于 0"),
    ("cost_model", "gift", "三种"), ("areas", ["110000"], "不认识的地方"), ("areas", [], "可服务区域还没有填"),
    ("ends_on", "2020-01-01", "结束日期已经过去"), ("starts_on", "2099-01-01", "结束日期要晚于开始日期"),
    ("contact_phone", "123", "11 位"), ("category_code", "x", "没有这个帮扶领域"), ("audience", "@老人", "当成公式")])
def test_bad_input_gets_a_sentence_and_stays(as_organization_member, people, field, value, said):
    answer = as_organization_member.post("/desk/offerings/new", data=typed(**{field: value}))
    assert answer.status_code == 422
    assert said in text_of(answer).replace("&lt;", "<").replace("&gt;", ">")
    page = answer.get_data(as_text=True)
    assert BODY in page or field == "body"
    if isinstance(value, str) and field not in ("cost_model", "category_code"):
        assert value.replace("<", "&lt;").replace(">", "&gt;") in page
    assert re.search(r'value="420900"\s+checked', page) or field == "areas"
    assert faults_of(answer) == []
    assert db.session.scalars(db.select(Offering)).all() == []


def test_a_second_click_makes_no_second_offering(as_organization_member, people):
    as_organization_member.post("/desk/offerings/new", data=typed())
    again = as_organization_member.post("/desk/offerings/new", data=typed())
    assert "没有重复建" in text_of(as_organization_member.get(again.headers["Location"]))
    assert only().title == "老年食堂设备包"


def test_before_vetting_one_may_write_but_not_put_up(as_organization_member, people):
    organization = factories.first_organization()
    organization.status = "suspended"
    offering = make(status="draft")
    shown = text_of(as_organization_member.get(f"/desk/offerings/{offering.code}"))
    assert "还没有入库" in shown
    assert "入库以后才能上架" in text_of(as_organization_member.get("/desk/offerings"))
    answer = as_organization_member.post(f"/desk/offerings/{offering.code}/publish", data={
        "back": f"/desk/offerings/{offering.code}"}, follow_redirects=True)
    assert "申请恢复" in text_of(answer)
    assert only().status == "draft"
    assert as_organization_member.get("/desk/offerings/new").status_code == 200


def test_editing_what_is_up_shows_what_was_kept_and_never_below_the_taken(as_organization_member, people):
    offering = make(capacity=3, capacity_taken=2)
    page = as_organization_member.get(f"/desk/offerings/{offering.code}/edit")
    assert "已经公开" in text_of(page)
    assert re.search(r'value="420000"\s+checked', page.get_data(as_text=True))
    answer = as_organization_member.post(f"/desk/offerings/{offering.code}/edit", data=typed(
        capacity="1", version=offering.version))
    assert answer.status_code == 422
    assert "不能小于已排上的 2 个" in text_of(answer)
    assert only().capacity == 3
    draft = as_organization_member.post(f"/desk/offerings/{offering.code}/edit", data=typed(
        save="draft", areas=[], version=offering.version))
    assert draft.status_code == 422
    fine = as_organization_member.post(f"/desk/offerings/{offering.code}/edit", data=typed(
        capacity="2", version=offering.version))
    assert fine.status_code == 303
    assert "公开页上已经是新内容" in text_of(as_organization_member.get(fine.headers["Location"]))


def test_a_stale_edit_keeps_what_was_typed_and_says_who(as_organization_member, people):
    offering = make(status="draft")
    seen = offering.version
    mate = factories.make_user("organization_member", username="mate", name="同事甲",
                               organization_id=offering.organization_id)
    operations.edit_offering(mate, offering, {"audience": "同事写的"})
    db.session.commit()
    answer = as_organization_member.post(f"/desk/offerings/{offering.code}/edit",
                                         data=typed(audience="我写的", version=seen))
    assert answer.status_code == 422
    assert re.search(r"同事甲 \d\d:\d\d 已经办了“修改供给”。", text_of(answer))
    assert "我写的" in answer.get_data(as_text=True)
    assert only().audience == "同事写的"


@pytest.mark.parametrize(("client", "status"), [
    ("as_organization_member", 200), ("as_other_organization_member", 404), ("as_province_officer", 404),
    ("as_county_officer", 403), ("as_city_officer", 403), ("as_auditor", 403)])
def test_a_draft_is_seen_by_its_organization_only(request, people, client, status):
    offering = make(status="draft")
    browser = request.getfixturevalue(client)
    assert browser.get(f"/desk/offerings/{offering.code}").status_code == status
    if status != 200:
        assert browser.post(f"/desk/offerings/{offering.code}/publish").status_code == status
        assert browser.post(f"/desk/offerings/{offering.code}/edit", data=typed()).status_code in (403, 404)


def test_a_published_offering_of_others_is_on_its_public_page(as_other_organization_member, people):
    offering = make()
    answer = as_other_organization_member.get(f"/desk/offerings/{offering.code}")
    assert answer.headers["Location"] == f"/offerings/{offering.code}"
    assert as_other_organization_member.post(f"/desk/offerings/{offering.code}/pause").status_code == 404


def test_the_province_takes_down_with_a_reason(as_province_officer, as_organization_member, people):
    offering = make()
    path = f"/desk/offerings/{offering.code}"
    shown = as_province_officer.get(path).get_data(as_text=True)
    assert f"{path}/take_down" in shown
    assert f"{path}/pause" not in shown
    silent = as_province_officer.post(f"{path}/take_down", data={"reason": " ", "back": path}, follow_redirects=True)
    assert "要写明理由" in text_of(silent)
    as_province_officer.post(f"{path}/take_down", data={"reason": "内容不实"})
    assert only().status == "withdrawn"
    assert "内容不实" in text_of(as_organization_member.get(path))


def test_a_second_click_is_told_so(as_organization_member, people):
    offering = make()
    form = {"version": str(offering.version), "back": f"/desk/offerings/{offering.code}"}
    for _ in range(2):
        answer = as_organization_member.post(f"/desk/offerings/{offering.code}/pause", data=form)
    told = text_of(as_organization_member.get(answer.headers["Location"]))
    assert re.search(r"您 \d\d:\d\d 已经办了“暂停接单”。", told)
    assert only().status == "paused"


@pytest.mark.parametrize("status", ["draft", "published", "paused", "withdrawn"])
def test_every_page_parses_in_every_state(as_organization_member, as_province_officer, people, status):
    offering = make(status=status, areas=("420900", "422801", "429004"), past_cases="做过两个村", person_days=30)
    for browser, path in ((as_organization_member, ""), (as_organization_member, "/edit"), (as_province_officer, "")):
        answer = browser.get(f"/desk/offerings/{offering.code}{path}")
        if answer.status_code in (302, 404):
            continue
        assert answer.status_code == 200
        assert faults_of(answer) == [], path
    for browser in (as_organization_member, as_province_officer):
        assert faults_of(browser.get("/desk/offerings")) == []


def test_the_lists_filters_stand_in_the_url_and_empty_states_lead_on(as_organization_member, people):
    assert "写一项供给" in text_of(as_organization_member.get("/desk/offerings"))
    offering = make()
    shown = text_of(as_organization_member.get(
        "/desk/offerings?state=published&category=elderly_care&county=420921&sort=ending"))
    assert offering.code in shown
    assert "能服务孝昌县" in shown
    assert "没有符合这些条件的供给" in text_of(as_organization_member.get("/desk/offerings?q=没有这样的"))
    assert as_organization_member.get("/desk/offerings?page=abc&county=x&state=%00&sort=%27").status_code == 200
