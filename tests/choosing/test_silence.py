"""A silent county is reminded once, its city three working days later, and the organization may leave."""

import datetime as dt

import pytest

from matchplatform.choosing import choice_operations, operations
from matchplatform.choosing.models import SilenceReminder
from matchplatform.choosing.work import send_reminders
from matchplatform.core.clock import SHANGHAI, frozen
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from tests import factories
from tests.choosing import scenes

FRIDAY = dt.datetime(2026, 12, 4, 17, 0, tzinfo=SHANGHAI)


def told(*people):
    return {one.username: db.session.scalar(db.select(db.func.count()).select_from(Notice).where(
        Notice.user_id == one.id, Notice.title.contains("一直没有"))) for one in people}


def on(day):
    """The reminders of a day in December 2026, twice: the second run tells nobody."""
    with frozen(dt.datetime(2026, 12, day, 8, 0, tzinfo=SHANGHAI)):
        first, failed = send_reminders(dt.date(2026, 12, day))
        assert (send_reminders(dt.date(2026, 12, day)), failed) == ((0, 0), 0)
    return first


@pytest.fixture
def call(people):
    with frozen(FRIDAY - dt.timedelta(days=9)):
        made = scenes.make_call(people, closing_at=FRIDAY, questions_until=FRIDAY - dt.timedelta(days=2))
        scenes.sent(made, people.organization_member)
    return made


def test_the_county_after_five_working_days_and_the_city_after_three_more(people, call):
    assert [on(day) for day in (5, 9, 10)] == [0, 0, 0]
    assert on(11) == 2  # Friday a week later: the county's two officers
    assert [on(day) for day in (12, 14, 15)] == [0, 0, 0]
    assert on(16) == 1
    assert told(people.county_officer, people.second_county_officer, people.city_officer,
                people.other_county_officer) == {"county_officer": 1, "second_county_officer": 1, "city_officer": 1,
                                                 "other_county_officer": 0}
    assert on(30) == 0
    assert db.session.scalar(db.select(db.func.count()).select_from(SilenceReminder)) == 2


def test_nobody_is_reminded_of_what_was_decided_or_never_answered(people, call):
    with frozen(FRIDAY + dt.timedelta(days=1)):
        scenes.opened(people, call)
        reply = call and db.session.scalars(db.select(scenes.Reply)).one()
        scenes.judged(people, reply)
        choice_operations.choose(people.county_officer, call, [reply.code])
        db.session.commit()
    assert on(11) == 0


def test_a_plain_bid_that_nobody_answers(people):
    with frozen(FRIDAY):
        pairing = factories.make_pairing(proposed_at=FRIDAY)
        factories.make_pairing(status="accepted")
        factories.make_pairing(origin="order", proposed_at=FRIDAY)
        db.session.commit()
    assert on(10) == 0
    assert on(11) == 2
    assert on(16) == 1
    assert db.session.scalars(db.select(SilenceReminder.subject)).all() == [pairing.code, pairing.code]


def test_the_organization_may_leave_once_the_county_was_silent(people, call):
    reply = db.session.scalars(db.select(scenes.Reply)).one()
    with frozen(dt.datetime(2026, 12, 10, 23, 59, 59, tzinfo=SHANGHAI)), pytest.raises(Refusal, match="12月11日"):
        operations.act(people.organization_member, reply, "withdraw")
    with frozen(dt.datetime(2026, 12, 11, 0, 0, 0, tzinfo=SHANGHAI)):
        operations.act(people.organization_member, reply, "withdraw")
        db.session.commit()
    assert reply.status == "withdrawn"
    assert on(11) == 0
