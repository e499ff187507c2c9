"""我的待办: what waits for whom, with the verbs in the row."""

import datetime as dt
import re

import pytest

from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings.models import Pairing
from matchplatform.portal.mine import greeting
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


def test_the_greeting_follows_the_clock():
    assert [greeting(hour) for hour in (6, 10, 13, 16, 21, 2)] == [
        "早上好", "上午好", "中午好", "下午好", "晚上好", "晚上好"]
