"""Bids and orders: who may, on what, and what is kept of it."""

import datetime as dt
import json

import pytest

from matchplatform.accounts.queries import county_officers, members
from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings import operations, queries
from matchplatform.pairings.models import Pairing, PairingEvent
from tests import factories

VALUES = {"message": "下个月可以进场，设备由我们送到村。", "offered_funds_fen": 3_000_000,
          "offered_in_kind_fen": 0}


@pytest.fixture
def need(app):
    return factories.make_need()


@pytest.fixture
def offering(app):
    return factories.make_offering(factories.first_organization())


def told(code):
    return {(n.user_id, n.kind) for n in db.session.scalars(db.select(Notice).where(Notice.subject_code == code))}


def test_a_bid_keeps_the_score_and_tells_the_county(people, need, offering):
    pairing = operations.bid(people.organization_member, need, offering, VALUES)
    assert (pairing.status, pairing.origin, pairing.approval_level) == ("proposed", "bid", "province")
    assert (pairing.proposed_by, pairing.county_code) == (people.organization_member.id, factories.COUNTY)
    kept = json.loads(pairing.reasons)
    assert kept
    assert set(kept[0]) == {"label", "points", "full", "why"}
    assert sum(part["points"] for part in kept) == pairing.score
    assert told(pairing.code) == {(one, "to_do") for one in county_officers(factories.COUNTY)}
    assert offering.capacity_taken == 0
    event = db.session.scalar(db.select(PairingEvent).where(PairingEvent.pairing_id == pairing.id))
    assert (event.verb, event.source, event.target) == ("propose", "", "proposed")
    row = db.session.scalar(db.select(AuditRow).where(AuditRow.object_id == pairing.code))
    assert (row.county_code, row.organization_id) == (factories.COUNTY, offering.organization_id)


def test_an_order_tells_the_organization(people, need, offering):
    pairing = operations.order(people.county_officer, offering, need, VALUES)
    assert pairing.origin == "order"
    assert told(pairing.code) == {(one, "to_do") for one in members(offering.organization_id)}


def test_numbers_count_up_within_the_year(people, offering):
    first = operations.bid(people.organization_member, factories.make_need(), offering, VALUES)
    second = operations.bid(people.organization_member, factories.make_need(), offering, VALUES)
    assert first.code == f"JD{first.proposed_at.year}-0001"
    assert second.code.endswith("-0002")


def test_one_cannot_bid_with_another_organizations_offering(people, need):
    foreign = factories.make_offering(factories.make_organization())
    with pytest.raises(Refusal, match="不是您的组织"):
        operations.bid(people.organization_member, need, foreign, VALUES)


def test_a_county_orders_for_its_own_needs_only(people, need, offering):
    with pytest.raises(Refusal, match="不是本县"):
        operations.order(people.other_county_officer, offering, need, VALUES)


def test_no_bid_after_closing_time_by_the_servers_clock(people, need, offering):
    with frozen(need.closing_at):
        operations._propose(people.organization_member, need, offering, "bid", VALUES)
    later = factories.make_need()
    with frozen(later.closing_at + dt.timedelta(seconds=1)), pytest.raises(Refusal, match="截止"):
        operations.bid(people.organization_member, later, offering, VALUES)


@pytest.mark.parametrize(("status", "word"), [("draft", "草稿"), ("submitted", "待放行"), ("closed", "已关闭"),
                                              ("fulfilled", "已办成")])
def test_no_bid_on_a_need_that_is_not_open(people, offering, status, word):
    with pytest.raises(Refusal, match=word):
        operations.bid(people.organization_member, factories.make_need(status=status), offering, VALUES)


@pytest.mark.parametrize(("change", "said", "cure"), [
    ({"is_abnormal": True}, "活动异常名录", "移出"),
    ({"is_dishonest": True}, "严重违法失信", "移出"),
    ({"penalty_until": dt.date(2999, 1, 1)}, "行政处罚", "期满"),
    ({"report_result": "failed"}, "年检", "整改"),
    ({"registration_level": "city"}, "市级", "其他县"),
])
def test_a_bid_is_refused_with_the_rule_that_fails_and_its_cure(people, need, offering, change, said, cure):
    for key, value in change.items():
        setattr(offering.organization, key, value)
    db.session.flush()
    with pytest.raises(Refusal) as caught:
        operations.bid(people.organization_member, need, offering, VALUES)
    assert said in caught.value.reason
    assert cure in caught.value.remedy


def test_a_bid_outside_the_served_area_is_refused(people, need):
    offering = factories.make_offering(factories.first_organization(), areas=("422801",))
    with pytest.raises(Refusal, match="可服务区域"):
        operations.bid(people.organization_member, need, offering, VALUES)


def test_a_full_offering_is_refused(people, need):
    offering = factories.make_offering(factories.first_organization(), capacity=1, capacity_taken=1)
    with pytest.raises(Refusal, match="容量"):
        operations.bid(people.organization_member, need, offering, VALUES)


@pytest.mark.parametrize("status", ["proposed", "accepted", "approved", "active"])
def test_one_live_pairing_per_need_and_organization(people, need, offering, status):
    alive = factories.make_pairing(status=status, need=need, offering=offering)
    second = factories.make_offering(offering.organization)
    with pytest.raises(Conflict) as caught:
        operations.bid(people.organization_member, need, second, VALUES)
    assert alive.code in caught.value.reason
    assert queries.live_pairing(need.id, offering.organization_id).id == alive.id


@pytest.mark.parametrize("status", ["declined", "withdrawn", "rejected"])
def test_after_a_side_exit_one_may_bid_again(people, need, offering, status):
    factories.make_pairing(status=status, need=need, offering=offering)
    assert operations.bid(people.organization_member, need, offering, VALUES).status == "proposed"


def test_the_partial_unique_index_catches_what_the_look_missed(people, need, offering, monkeypatch):
    """Two at once: neither sees the other, and the index decides."""
    factories.make_pairing(need=need, offering=offering)
    real, looks = queries.live_pairing, []

    def blind_at_first(*arguments):
        looks.append(arguments)
        return None if len(looks) == 1 else real(*arguments)

    monkeypatch.setattr(queries, "live_pairing", blind_at_first)
    with pytest.raises(Conflict, match="已经有一件结对"):
        operations.bid(people.organization_member, need, offering, VALUES)
    assert db.session.scalar(db.select(db.func.count()).select_from(Pairing)) == 1


def test_a_city_pairing_goes_to_the_city(people):
    """No key county and a city-level organization: the city decides."""
    organization = factories.make_organization(level="city", authority="420100")
    member = factories.make_user("organization_member", username="city_member", organization_id=organization.id)
    need = factories.make_need(county=factories.PLAIN_COUNTY)
    pairing = operations.bid(member, need, factories.make_offering(organization), VALUES)
    assert pairing.approval_level == "city"
    assert now() >= pairing.proposed_at
