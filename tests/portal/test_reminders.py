"""The morning's reminder: one notice a person a day, only where something is due, and never twice."""

import datetime as dt

import pytest

from matchplatform.core.clock import frozen, local, now
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.portal import reminders
from matchplatform.portal.reminders import DAYS_LEFT, due_now, send_reminders, sentence
from matchplatform.portal.waiting import Todo
from tests import factories

DAY = dt.date(2026, 12, 1)


def todo(title, days):
    return Todo("bid", title, "", ("portal.mine", {}), "看", None if days is None else DAY + dt.timedelta(days=days))


def told(person):
    return db.session.scalars(db.select(Notice).where(Notice.user_id == person.id, Notice.subject_kind == "mine")
                              .order_by(Notice.id)).all()


@pytest.mark.parametrize("days", [None, *range(-40, 10)])
def test_what_is_due_today_or_tomorrow_is_named_and_what_is_late_more_and_more_rarely(days):
    assert bool(due_now([todo("事", days)], DAY)) is (days in DAYS_LEFT)


def test_the_sentence_names_five_and_counts_the_rest():
    many = [todo(f"第{n}件", left) for n, left in enumerate((-3, 0, 0, 1, 1, 1, 1))]
    assert sentence(many, DAY) == ("超期 3 天：第0件；今天到期：第1件；今天到期：第2件；明天到期：第3件；"
                                   "明天到期：第4件；另有 2 件。")


def test_who_has_something_due_is_told_once_a_day(app, people):
    pairing = factories.make_pairing(status="proposed")
    db.session.commit()
    last = local(pairing.proposed_at).date() + dt.timedelta(days=7)
    with frozen(now() + dt.timedelta(days=7)):
        assert send_reminders(last) == (2, 0)  # both officers of the county
        assert send_reminders(last) == (0, 0)
    notice, = told(people.county_officer)
    assert notice.title == "有 1 件事快到期或已超期"
    assert pairing.need.title in notice.body
    assert told(people.organization_member) == []
    assert told(people.other_county_officer) == []


def test_nobody_is_told_of_nothing(app, people):
    factories.make_pairing(status="proposed")
    db.session.commit()
    assert send_reminders(local(now()).date()) == (0, 0)
    assert told(people.county_officer) == []


def test_one_persons_trouble_is_not_everybodys(app, people, monkeypatch):
    pairing = factories.make_pairing(status="proposed")
    db.session.commit()
    moment = pairing.proposed_at + dt.timedelta(days=7)
    real = reminders.built

    def built(actor):
        if actor.id == people.county_officer.id:
            raise ValueError("a broken page")
        return real(actor)

    monkeypatch.setattr(reminders, "built", built)
    with frozen(moment), pytest.raises(Refusal, match="有 1 人没有办成"):
        reminders.run(moment)
    assert len(told(people.second_county_officer)) == 1
    monkeypatch.setattr(reminders, "built", real)
    with frozen(moment):
        reminders.run(moment)  # begun again for those alone
    assert len(told(people.county_officer)) == len(told(people.second_county_officer)) == 1
