"""我的待办: what waits for whom, with the verbs in the row."""

import datetime as dt
import re

import pytest
from flask import g

from matchplatform.audit.operations import record
from matchplatform.core.clock import frozen, local, now, today
from matchplatform.extensions import db
from matchplatform.needs.change_operations import propose_change
from matchplatform.needs.models import Need
from matchplatform.notices.models import Notice
from matchplatform.pairings.models import Pairing
from matchplatform.portal.mine import greeting
from matchplatform.portal.waiting import built, todo_count
from tests import factories
from tests.web.pages import parsed, statements, words


@pytest.mark.parametrize("role", list(factories.PEOPLE))
def test_everybody_has_a_page(request, role):
    browser = request.getfixturevalue(f"as_{role}")
    parsed(browser.get("/mine"))
    parsed(browser.get("/notices"))


@pytest.mark.parametrize(("role", "button"), [
    ("county_officer", "写一条需求"), ("township_officer", "填报需求"), ("organization_member", "发布供给"),
    ("province_officer", "去审批台"), ("city_officer", "去审批台")])
def test_each_role_has_its_own_first_button(request, role, button):
    assert button in words(request.getfixturevalue(f"as_{role}").get("/mine"))


def test_a_county_answers_a_bid_in_the_row(people, as_county_officer, as_organization_member):
    pairing = factories.make_pairing(status="proposed")
    db.session.commit()
    answer = as_county_officer.get("/mine")
    parsed(answer)
    assert f"{pairing.organization.name}要接“{pairing.need.title}”" in words(answer)
    assert "谢绝这件接单" in words(answer)
    sent = as_county_officer.post(f"/desk/pairings/{pairing.code}/accept",
                                  data={"version": pairing.version, "back": "/mine"})
    assert sent.headers["Location"].endswith("/mine")
    db.session.expire_all()
    assert db.session.get(Pairing, pairing.id).status == "accepted"
    assert "我在等" in words(as_organization_member.get("/mine"))


def test_a_member_answers_an_order_in_the_row(people, as_organization_member):
    factories.make_pairing(status="proposed", origin="order")
    db.session.commit()
    shown = words(as_organization_member.get("/mine"))
    assert "孝昌县点了“" in shown
    assert "谢绝这件点单" in shown


def test_nobody_sees_a_verb_that_is_not_his(people, as_organization_member, as_other_county_officer):
    pairing = factories.make_pairing(status="proposed")
    db.session.commit()
    assert f"{pairing.code}/accept" not in as_organization_member.get("/mine").get_data(as_text=True)
    assert pairing.code not in as_other_county_officer.get("/mine").get_data(as_text=True)


def test_kinds_filter_the_list_and_stand_in_the_url(people, as_county_officer):
    factories.make_pairing(status="proposed")
    factories.make_pairing(status="approved", need=factories.make_need(title="第二件事"))
    db.session.commit()
    both, one = words(as_county_officer.get("/mine")), words(as_county_officer.get("/mine?kind=sign"))
    assert "全部 2" in both
    assert "接单 1" in both
    assert "登记协议：第二件事" in one
    assert "要接“" not in one.split("从昨天到现在")[0].split("我在等")[0]
    parsed(as_county_officer.get("/mine?kind=nothing"))


def test_what_ends_within_ninety_days_is_on_the_radar(people, as_organization_member):
    factories.first_organization().rating_ends_on = today() + dt.timedelta(days=80)
    db.session.commit()
    shown = words(as_organization_member.get("/mine"))
    assert "90 天内到期" in shown
    assert "评估等级 4A" in shown


def test_only_news_since_yesterday_stand_on_the_page(people, as_county_officer):
    for title, days in (("今天的事", 0), ("上个月的事", 30)):
        db.session.add(Notice(user_id=people.county_officer.id, at=now() - dt.timedelta(days=days), kind="told",
                              title=title, subject_kind="need", subject_code="XQ"))
    db.session.commit()
    shown = words(as_county_officer.get("/mine"))
    assert "今天的事" in shown
    assert "上个月的事" not in shown
    assert "上个月的事" in words(as_county_officer.get("/notices"))


def test_the_inbox_is_marked_as_read(people, as_county_officer, as_second_county_officer):
    for n in range(2):
        db.session.add(Notice(user_id=people.county_officer.id, kind="to_do", title=f"消息{n}", subject_kind="need",
                              subject_code="XQ"))
    db.session.commit()
    answer = as_county_officer.get("/notices?unread=1")
    parsed(answer)
    number = re.search(r'name="notice" value="(\d+)"', answer.get_data(as_text=True))[1]
    as_second_county_officer.post("/notices/read", data={"notice": number})
    assert "2 条没看" in words(as_county_officer.get("/notices"))
    assert "1 条消息已标为看过" in words(as_county_officer.post("/notices/read", data={"notice": number},
                                                          follow_redirects=True))
    as_county_officer.post("/notices/read")
    assert "都看过了" in words(as_county_officer.get("/notices"))


def test_statements_grow_only_with_kinds_not_with_rows(people, as_county_officer):
    factories.make_pairing(status="proposed")
    db.session.commit()

    def look():
        assert as_county_officer.get("/mine").status_code == 200

    look()
    before = statements(look)
    for n in range(4):
        factories.make_pairing(status="proposed", need=factories.make_need(title=f"事{n}"))
    db.session.commit()
    assert statements(look) == before


def test_a_second_person_releases_in_the_row_and_stays_on_his_page(people, as_county_officer,
                                                                    as_second_county_officer):
    need = factories.make_need(status="submitted", title="老年食堂缺灶具")
    db.session.commit()
    assert f"{need.code}/publish" not in as_county_officer.get("/mine").get_data(as_text=True)
    answer = as_second_county_officer.get("/mine")
    parsed(answer)
    shown = words(answer)
    assert "先看内容" in shown
    assert need.body[:10] in shown
    sent = as_second_county_officer.post(f"/desk/needs/{need.code}/publish", data={
        "version": need.version, "back": "/mine", "next": "/mine?kind=release"})
    assert sent.headers["Location"].endswith("/mine?kind=release")
    db.session.expire_all()
    assert db.session.get(Need, need.id).status == "published"


def test_what_is_returned_in_the_row_wants_a_reason(people, as_second_county_officer):
    need = factories.make_need(status="submitted")
    db.session.commit()
    sent = as_second_county_officer.post(f"/desk/needs/{need.code}/return", follow_redirects=True, data={
        "version": need.version, "back": "/mine", "next": "/mine", "reason": ""})
    assert "理由" in words(sent)
    db.session.expire_all()
    assert db.session.get(Need, need.id).status == "submitted"
    as_second_county_officer.post(f"/desk/needs/{need.code}/return", data={
        "version": need.version, "back": "/mine", "next": "/mine", "reason": "数量和预算对不上"})
    db.session.expire_all()
    assert db.session.get(Need, need.id).status == "returned"


def test_a_change_is_released_in_the_row_with_what_it_changes_beside_it(people, as_second_county_officer):
    need = factories.make_need(title="老年食堂缺灶具")
    outcome = propose_change(people.county_officer, need, {"title": "老年食堂缺灶具和冰柜"}, "漏了冰柜")
    db.session.commit()
    answer = as_second_county_officer.get("/mine")
    parsed(answer)
    assert "老年食堂缺灶具 → 老年食堂缺灶具和冰柜" in words(answer)
    sent = as_second_county_officer.post(f"/desk/needs/{need.code}/changes/{outcome.waiting.id}/release",
                                         data={"next": "/mine"})
    assert sent.headers["Location"].endswith("/mine")
    db.session.expire_all()
    assert db.session.get(Need, need.id).title == "老年食堂缺灶具和冰柜"


def test_bids_agreements_and_closing_needs_carry_their_last_day(app, people):
    pairing = factories.make_pairing(status="proposed")
    with frozen(now() - dt.timedelta(days=40)):
        factories.make_pairing(status="approved", need=factories.make_need(title="第二件事"))
    factories.make_need(title="快截止的事", closing_at=now() + dt.timedelta(days=2))
    factories.make_need(title="还早的事", closing_at=now() + dt.timedelta(days=20))
    db.session.commit()
    todo = built(people.county_officer).todo
    due = {one.title: one.due_day for one in todo}
    assert due[f"{pairing.organization.name}要接“{pairing.need.title}”"] == today() + dt.timedelta(days=7)
    assert due["快截止了，还没有人接：快截止的事"] == local(now() + dt.timedelta(days=2)).date()
    assert not any("还早的事" in one.title for one in todo)
    assert todo[0].title == "登记协议：第二件事"  # ten days late


def test_a_need_that_somebody_has_offered_to_take_is_not_called_forgotten(people):
    need = factories.make_need(title="快截止的事", closing_at=now() + dt.timedelta(days=2))
    factories.make_pairing(status="proposed", need=need)
    db.session.commit()
    assert not any("快截止了" in one.title for one in built(people.county_officer).todo)


def test_an_offering_that_ends_soon_is_on_its_organizations_page(people):
    own = factories.first_organization()
    factories.make_offering(own, title="快到期的供给", ends_on=today() + dt.timedelta(days=10))
    factories.make_offering(own, title="还早的供给", ends_on=today() + dt.timedelta(days=60))
    db.session.commit()
    titles = [one.title for one in built(people.organization_member).todo]
    assert "供给快到期：快到期的供给" in titles
    assert "供给快到期：还早的供给" not in titles


def test_the_badge_is_the_number_on_the_page(people, as_second_county_officer):
    factories.make_need(status="submitted")
    db.session.commit()
    page = as_second_county_officer.get("/desk/needs").get_data(as_text=True)
    badge = re.search(r"我的待办.*?>(\d+)<", page, re.DOTALL)[1]
    assert badge == str(len(built(people.second_county_officer).todo)) == "1"


def test_the_badge_costs_one_statement_until_somebody_acts(app, people):
    factories.make_need(status="submitted")
    record(None, "test", "测试", "system")
    db.session.commit()
    with frozen(now()):
        assert todo_count(people.second_county_officer) == 1
        vars(g._get_current_object()).pop("desk", None)
        assert statements(lambda: todo_count(people.second_county_officer)) == 1
        factories.make_need(status="submitted")
        record(None, "test", "测试", "system")
        vars(g._get_current_object()).pop("desk", None)
        assert todo_count(people.second_county_officer) == 2


def test_the_greeting_follows_the_clock():
    assert [greeting(hour) for hour in (6, 10, 13, 16, 21, 2)] == [
        "早上好", "上午好", "中午好", "下午好", "晚上好", "晚上好"]
