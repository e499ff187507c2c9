"""Until the closing moment nobody but its organization reads a reply: every role, every query, every page."""

import datetime as dt

import pytest

from matchplatform.choosing import call_operations, operations, queries, rules
from matchplatform.core.clock import frozen
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from tests import factories
from tests.choosing import scenes

SECRET = "这句话只有我们自己看得到，别人不该看到。"
OTHERS = [name for name in factories.PEOPLE if name != "organization_member"]
PAGES = ("/desk/needs/{need}/call", "/needs/{need}/call", "/needs/{need}", "/desk/needs/{need}", "/desk/calls",
         "/desk/needs/{need}/reply", "/desk/pairings", "/notices", "/desk", "/desk/needs/{need}/history")


@pytest.fixture
def sealed(people):
    call = scenes.make_short_call(people)
    return call, scenes.sent(call, people.organization_member, plan=SECRET)


@pytest.mark.parametrize("name", OTHERS)
def test_no_query_gives_it_to_anybody_else_before_closing(people, sealed, name):
    call, reply = sealed
    actor = getattr(people, name)
    with frozen(call.closing_at):
        assert queries.replies_of(actor, call) == []
        assert queries.own_reply(actor, call) is None
        with pytest.raises(NotFound):
            queries.desk_reply(actor, reply.code)
        assert queries.sent_count(call) == 1


@pytest.mark.parametrize("name", OTHERS)
def test_no_page_shows_it_to_anybody_else_before_closing(request, sealed, name):
    call, reply = sealed
    client, own = request.getfixturevalue(f"as_{name}"), factories.first_organization().name
    for path in PAGES:
        text = client.get(path.format(need=call.need.code)).text
        assert SECRET not in text, path
        assert reply.code not in text, path
        if "organization" not in name:
            assert own not in text, path


def test_its_own_organization_reads_it_all_the_time(people, sealed, as_organization_member):
    call, reply = sealed
    assert queries.replies_of(people.organization_member, call) == [reply]
    assert SECRET in as_organization_member.get(f"/desk/needs/{call.need.code}/reply").text


@pytest.mark.parametrize(("name", "reads"), [
    ("county_officer", True), ("second_county_officer", True), ("city_officer", True), ("province_officer", True),
    ("other_county_officer", False), ("township_officer", False), ("other_organization_member", False),
    ("system_admin", False), ("security_admin", False), ("auditor", False)])
def test_who_reads_it_once_it_is_opened(people, sealed, name, reads):
    call, reply = sealed
    with scenes.after(call):
        assert queries.replies_of(getattr(people, name), call) == []  # closed, not yet opened
        scenes.opened(people, call)
        assert (queries.replies_of(getattr(people, name), call) == [reply]) is reads


def test_nobody_opens_before_the_second_of_closing_is_over(people, sealed):
    call, _reply = sealed
    for moment in (call.closing_at - dt.timedelta(seconds=1), call.closing_at,
                   call.closing_at + dt.timedelta(microseconds=999_999)):
        with frozen(moment), pytest.raises(Refusal, match="才截止"):
            call_operations.act(people.county_officer, call, "open")
    with scenes.after(call):
        call_operations.act(people.county_officer, call, "open")
    assert call.status == "reviewing"


def test_the_servers_clock_decides_at_the_second_of_closing(people):
    call = scenes.make_short_call(people)
    offering = scenes.offering_of(people.organization_member)
    db.session.commit()
    with scenes.after(call), pytest.raises(Refusal) as told:
        operations.send(people.organization_member, call, scenes.words(call, offering))
    assert "截止，这次没有送出" in told.value.sentence
    assert "以服务器时间为准，现在是" in told.value.sentence
    db.session.rollback()
    with frozen(call.closing_at + dt.timedelta(microseconds=999_999)):
        operations.send(people.organization_member, call, scenes.words(call, offering))
    assert queries.sent_count(call) == 1


def test_what_the_county_is_told_of_a_reply_names_nobody(people, sealed):
    _call, reply = sealed
    rows = db.session.scalars(db.select(Notice).where(Notice.user_id.in_(
        [people.county_officer.id, people.second_county_officer.id, people.city_officer.id])))
    for one in rows:
        assert reply.organization.name not in one.title + one.body
        assert SECRET not in one.title + one.body


def test_what_was_declared_stays_once_a_reply_was_sent(people, sealed):
    call, reply = sealed
    with pytest.raises(Refusal, match="已经有 1 份应征书送出"):
        call_operations.change(people.county_officer, call, scenes.terms(may_choose=3))
    operations.act(people.organization_member, reply, "withdraw")
    with frozen(call.closing_at - dt.timedelta(minutes=30)), pytest.raises(Refusal, match="提问截止"):
        call_operations.change(people.county_officer, call, scenes.terms(questions_until=call.closing_at
                                                                         - dt.timedelta(hours=1)))


def test_the_clock_sentence_names_the_second():
    moment = dt.datetime(2026, 12, 4, 9, 0, 5, tzinfo=dt.UTC)
    assert rules.clock_sentence(moment) == "以服务器时间为准，现在是 12月4日 17:00:05。"


def test_what_was_ended_unopened_stays_sealed(people, sealed):
    call, reply = sealed
    call_operations.act(people.county_officer, call, "end", "资金没有落实")
    db.session.commit()
    with scenes.after(call, days=30):
        assert queries.replies_of(people.county_officer, call) == []
        assert queries.replies_of(people.province_officer, call) == []
        assert queries.replies_of(people.organization_member, call) == [reply]
