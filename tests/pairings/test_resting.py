"""A pairing that rests keeps what it holds; what reports brought of its lines stays brought when it ends."""

import pytest

from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs.models import NeedLine
from matchplatform.pairings import operations
from matchplatform.pairings.delivery_operations import bring
from tests import factories
from tests.pairings.racers import race


@pytest.fixture
def pairing(people):
    need = factories.make_need(lines=False, status="matched")
    need.lines = [NeedLine(position=1, item="冰箱", quantity=4, unit="台"),
                  NeedLine(position=2, item="桌椅", quantity=20, unit="套")]
    db.session.flush()
    return factories.make_pairing(status="active", need=need, taken={need.lines[0]: 4, need.lines[1]: 20})


def figures(pairing):
    """(committed, delivered) of the need's lines and what the pairing says of each."""
    db.session.refresh(pairing.need)
    return ([(one.committed, one.delivered) for one in pairing.need.lines], [one.delivered for one in pairing.lines])


def ids(pairing):
    return [one.need_line_id for one in pairing.lines]


def test_what_rests_keeps_its_place_and_its_need(people, pairing):
    operations.act(people.county_officer, pairing, "suspend", "活动室要加固")
    assert (pairing.offering.capacity_taken, pairing.need.status) == (1, "matched")
    operations.act(people.county_officer, pairing, "resume", "修好了")
    assert (pairing.status, pairing.offering.capacity_taken) == ("active", 1)


def test_the_organization_does_not_take_up_again_by_itself_what_rests(people, pairing):
    operations.act(people.province_officer, pairing, "suspend", "有投诉，先查清")
    with pytest.raises(Refusal, match="不能“恢复实施”"):
        operations.act(people.organization_member, pairing, "resume", "没有问题")


def test_a_need_is_not_withdrawn_over_a_pairing_that_rests(people, pairing):
    operations.act(people.county_officer, pairing, "suspend", "活动室要加固")
    with pytest.raises(Refusal, match="已批准或在办"):
        operations.end_with_need(people.county_officer, pairing.need, "不办了")


def test_what_is_brought_counts_for_the_pairing_and_for_the_need(pairing):
    first, second = ids(pairing)
    bring(pairing, {first: 1, second: 20})
    bring(pairing, {first: 2})
    assert figures(pairing) == ([(4, 3), (20, 20)], [3, 20])
    bring(pairing, {first: -2})
    assert figures(pairing) == ([(4, 1), (20, 20)], [1, 20])


def test_no_more_is_brought_than_was_agreed(pairing):
    first, _second = ids(pairing)
    bring(pairing, {first: 3})
    with pytest.raises(Refusal, match="冰箱约定 4 台，还差 1 台，不能再记 2 台"):
        bring(pairing, {first: 2})
    with pytest.raises(Conflict):
        bring(pairing, {first: -4})
    with pytest.raises(Refusal, match="没有这一项"):
        bring(pairing, {999_999: 1})


def test_completing_brings_the_rest_and_going_back_takes_only_that_back(people, pairing):
    first, second = ids(pairing)
    bring(pairing, {first: 3})
    operations.act(people.county_officer, pairing, "complete")
    assert figures(pairing) == ([(4, 4), (20, 20)], [3, 0])
    operations.act(people.province_officer, pairing, "reinstate", "登记早了")
    assert figures(pairing) == ([(4, 3), (20, 0)], [3, 0])
    bring(pairing, {second: 20})
    assert figures(pairing) == ([(4, 3), (20, 20)], [3, 20])


def test_what_was_brought_stays_with_the_need_when_the_pairing_ends_early(people, pairing):
    first, _second = ids(pairing)
    bring(pairing, {first: 3})
    operations.act(people.county_officer, pairing, "terminate", "人手不够，双方同意不做了")
    assert figures(pairing) == ([(3, 3), (0, 0)], [3, 0])
    assert [one.residual for one in pairing.need.lines] == [1, 20]
    operations.act(people.province_officer, pairing, "reinstate", "又有人手了")
    assert figures(pairing) == ([(4, 3), (20, 0)], [3, 0])


def test_two_reports_at_once_never_bring_more_than_was_agreed(people, pairing, app):
    """Two processes bring 3 of 4 in the same moment: one does, the other is told."""
    first, _second = ids(pairing)
    mine = {"actor": people.organization_member.id, "pairing": pairing.code, "brought": {first: 3}}
    db.session.commit()
    told = race(app.config["SQLALCHEMY_DATABASE_URI"], "bring", mine, mine)
    assert [kind for kind, _ in told] == ["Refusal", "success"], told
    assert "还差 1 台" in told[0][1]
    assert figures(pairing) == ([(4, 3), (20, 0)], [3, 0])
