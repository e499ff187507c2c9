"""Handing on what stands still: one act, the rest of the lines, the history."""

import pytest

from matchplatform.core.clock import now, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import operations as need_operations  # noqa: F401  (followers are registered)
from matchplatform.organizations.models import Organization
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.relay_operations import relay
from matchplatform.tracking import operations, queries, rules
from tests import factories
from tests.tracking.making import DAY, said, under_way

WHY, WORDS = "四个月没有进展，双方同意换一家。", "冰箱已到一台，还差三台和二十套桌椅，年内要。"


@pytest.fixture
def pairing(people):
    return under_way()


@pytest.fixture
def other(people):
    return factories.make_offering(db.session.get(Organization, people.other_organization_member.organization_id))


def test_what_is_left_goes_on_with_another_organization(people, pairing, other):
    fridge, tables = [one.need_line_id for one in pairing.lines]
    operations.report(people.organization_member, pairing, rules.period_of(today(), "monthly").code,
                      said(brought={fridge: 1}))
    made = relay(people.county_officer, pairing, other, WHY, WORDS, pairing.version)
    assert (pairing.status, made.status, made.origin) == ("terminated", "proposed", "order")
    assert made.taken == {fridge: 3, tables: 20}
    assert queries.relayed_from(made) == [pairing]
    assert queries.relayed_to(pairing).id == made.id
    pairings.act(people.other_organization_member, made, "accept")
    pairings.act(people.province_officer, made, "approve")
    assert made.status == "approved"


def test_a_need_past_its_closing_time_is_handed_on_all_the_same(people, pairing, other):
    pairing.need.closing_at = now() - 30 * DAY
    db.session.flush()
    made = relay(people.county_officer, pairing, other, WHY, WORDS, pairing.version)
    pairings.act(people.other_organization_member, made, "accept")
    assert made.status == "accepted"


def test_a_refused_relay_changes_nothing(people, pairing, other):
    other.capacity_taken = other.capacity
    db.session.commit()
    with pytest.raises(Refusal):
        relay(people.county_officer, pairing, other, WHY, WORDS, pairing.version)
    db.session.refresh(pairing)
    assert (pairing.status, queries.relayed_to(pairing)) == ("active", None)
    assert [one.committed for one in pairing.need.lines] == [4, 20]


@pytest.mark.parametrize("status", ["completed", "terminated"])
def test_what_is_over_is_not_handed_on(people, other, status):
    with pytest.raises(Refusal, match="不能接力"):
        relay(people.county_officer, under_way(status=status), other, WHY, WORDS, None)


def test_only_the_county_hands_on_and_only_to_another(people, pairing, other):
    with pytest.raises(Refusal, match="由县里办理"):
        relay(people.organization_member, pairing, other, WHY, WORDS, None)
    with pytest.raises(Refusal, match="另一家组织"):
        relay(people.county_officer, pairing, pairing.offering, WHY, WORDS, None)


def test_nothing_is_handed_on_when_all_was_brought(people, pairing, other):
    operations.report(people.organization_member, pairing, rules.period_of(today(), "monthly").code,
                      said(brought={one.need_line_id: one.quantity for one in pairing.lines}))
    with pytest.raises(Refusal, match="都已经送到"):
        relay(people.county_officer, pairing, other, WHY, WORDS, None)


def test_a_stale_page_hands_nothing_on(people, pairing, other):
    seen = pairing.version
    pairings.act(people.county_officer, pairing, "suspend", "先停一停")
    with pytest.raises(Conflict):
        relay(people.second_county_officer, pairing, other, WHY, WORDS, seen)
