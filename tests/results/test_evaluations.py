"""Evaluations: each side for itself, unseen until both have written or two weeks have passed."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings.queries import parties_of
from matchplatform.results import operations, queries
from matchplatform.results.models import Evaluation
from tests.results.making import completed
from tests.tracking.making import DAY, under_way

GOOD, BAD = "答应的都做到了，老人很满意。", "来了两次就不来了，电话也不接。"


@pytest.fixture
def pairing(people):
    return completed()


def seen(people, pairing, name):
    """Which sides' evaluations somebody sees; None for the public."""
    mine = parties_of(getattr(people, name), pairing) if name else None
    return set(queries.shown_evaluations(pairing.id, mine))


def test_nobody_sees_the_other_side_before_he_has_written(people, pairing):
    operations.evaluate(people.county_officer, pairing, 5, GOOD)
    assert seen(people, pairing, "county_officer") == {"county"}
    assert seen(people, pairing, "second_county_officer") == {"county"}
    for name in ("organization_member", "province_officer", None):
        assert seen(people, pairing, name) == set()
    operations.evaluate(people.organization_member, pairing, 4, GOOD)
    for name in ("county_officer", "organization_member", "province_officer", None):
        assert seen(people, pairing, name) == {"county", "organization"}


@pytest.mark.parametrize(("days", "shown"), [(13, False), (14, True)])
def test_after_two_weeks_it_is_shown_all_the_same(people, pairing, days, shown):
    operations.evaluate(people.county_officer, pairing, 5, GOOD)
    with frozen(now() + days * DAY):
        assert (seen(people, pairing, None) == {"county"}) is shown


def test_it_is_changed_for_a_week_and_never_once_it_is_seen(people, pairing):
    operations.evaluate(people.county_officer, pairing, 5, GOOD)
    operations.evaluate(people.second_county_officer, pairing, 3, "场地的事拖了两周，别的都好。")
    assert queries.evaluations_of(pairing.id)["county"].stars == 3
    with frozen(now() + 8 * DAY), pytest.raises(Refusal, match="七天以后"):
        operations.evaluate(people.county_officer, pairing, 1, BAD)
    operations.evaluate(people.organization_member, pairing, 5, GOOD)
    with pytest.raises(Refusal, match="对方已经看到"):
        operations.evaluate(people.county_officer, pairing, 1, BAD)


@pytest.mark.parametrize("status", ["active", "terminated", "approved"])
def test_only_what_was_completed_is_evaluated(people, status):
    with pytest.raises(Refusal, match="办成以后"):
        operations.evaluate(people.county_officer, under_way(status=status), 5, GOOD)


@pytest.mark.parametrize("name", ["province_officer", "other_county_officer", "other_organization_member"])
def test_only_the_two_sides_evaluate(people, pairing, name):
    with pytest.raises(Refusal):
        operations.evaluate(getattr(people, name), pairing, 5, GOOD)


@pytest.mark.parametrize(("stars", "words"), [(0, GOOD), (6, GOOD), (None, GOOD), (5, "好")])
def test_stars_and_words_are_both_wanted(people, pairing, stars, words):
    with pytest.raises(Refusal):
        operations.evaluate(people.county_officer, pairing, stars, words)


def test_a_reply_comes_once_from_the_other_side(people, pairing):
    operations.evaluate(people.county_officer, pairing, 2, BAD)
    with pytest.raises(Refusal, match="没有可以回复"):
        operations.reply(people.organization_member, pairing, "county", "当时负责人住院。")
    operations.evaluate(people.organization_member, pairing, 4, GOOD)
    with pytest.raises(Refusal):
        operations.reply(people.county_officer, pairing, "county", "自己回复自己")
    operations.reply(people.organization_member, pairing, "county", "当时负责人住院。")
    with pytest.raises(Conflict):
        operations.reply(people.organization_member, pairing, "county", "再说一句")


def test_few_stars_are_for_the_office_to_know(people, pairing):
    operations.evaluate(people.county_officer, pairing, 2, BAD)
    told = set(db.session.scalars(sa.select(Notice.user_id).where(Notice.title.contains("只打了 2 分"))))
    assert people.province_officer.id in told
    asked = set(db.session.scalars(sa.select(Notice.user_id).where(Notice.title.startswith("请评价"))))
    assert asked == {people.organization_member.id}
    assert BAD not in "".join(db.session.scalars(sa.select(Notice.body)))


def test_the_database_keeps_a_second_one_of_a_side_out(people, pairing):
    made = operations.evaluate(people.county_officer, pairing, 5, GOOD)
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.insert(Evaluation).values(pairing_id=pairing.id, side="county", stars=1, words=BAD,
                                                        by=made.by, at=now(), reply=""))
    db.session.rollback()
