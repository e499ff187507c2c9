"""What each move does besides changing the state."""

import datetime as dt

import pytest

from matchplatform.accounts.queries import city_officers, county_officers, members, province_officers
from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import SHANGHAI, frozen, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings import operations, queries
from matchplatform.pairings.models import PairingEvent
from tests import factories


def shanghai(*parts):
    return dt.datetime(*parts, tzinfo=SHANGHAI)


def told(pairing):
    """{kind: set of user ids} for the pairing's notices."""
    rows: dict[str, set[int]] = {}
    for notice in db.session.scalars(db.select(Notice).where(Notice.subject_code == pairing.code)):
        rows.setdefault(notice.kind, set()).add(notice.user_id)
    return rows


def terms(**changes):
    return {"agreement_number": "孝昌民结〔2026〕3号", "signed_on": today(), "starts_on": today(),
            "ends_on": today() + dt.timedelta(days=300), "funds_fen": 3_840_000, "in_kind_fen": 0, **changes}


@pytest.mark.parametrize(("moment", "due"), [
    (shanghai(2026, 11, 24, 9, 0), shanghai(2026, 11, 26, 17, 30)),   # Tuesday
    (shanghai(2026, 11, 26, 20, 0), shanghai(2026, 11, 30, 17, 30)),  # Thursday evening: over the weekend
    (shanghai(2026, 11, 28, 9, 0), shanghai(2026, 12, 1, 17, 30)),    # Saturday
    (shanghai(2026, 11, 27, 0, 10), shanghai(2026, 12, 1, 17, 30)),   # still Thursday in UTC
])
def test_two_working_days_at_half_past_five(moment, due):
    assert operations.due_after(moment.astimezone(dt.UTC)) == due


def test_accepting_takes_capacity_and_sets_the_due_date(people):
    pairing = factories.make_pairing()
    operations.act(people.county_officer, pairing, "accept")
    assert (pairing.accepted_by, pairing.offering.capacity_taken) == (people.county_officer.id, 1)
    assert pairing.due_at == operations.due_after(pairing.accepted_at)
    sent = told(pairing)
    assert set(province_officers()) <= sent["to_do"]
    assert set(members(pairing.organization_id)) <= sent["good"]
    assert people.county_officer.id not in set().union(*sent.values())


def test_the_city_is_asked_where_the_city_decides(people):
    pairing = factories.make_pairing(approval_level="city")
    operations.act(people.county_officer, pairing, "accept")
    assert set(city_officers("420900")) <= told(pairing)["to_do"]
    assert not set(province_officers()) & told(pairing).get("to_do", set())


def test_accepting_looks_at_eligibility_again(people):
    pairing = factories.make_pairing()
    pairing.organization.is_abnormal = True
    db.session.flush()
    with pytest.raises(Refusal, match="异常名录"):
        operations.act(people.county_officer, pairing, "accept")
    assert pairing.offering.capacity_taken == 0


def test_county_cannot_accept_a_bid_after_closing_time(people):
    pairing = factories.make_pairing()
    with frozen(pairing.need.closing_at + dt.timedelta(seconds=1)), pytest.raises(Refusal, match="截止"):
        operations.act(people.county_officer, pairing, "accept")


def test_a_full_offering_cannot_be_accepted(people):
    offering = factories.make_offering(factories.first_organization(), capacity=1, capacity_taken=1)
    pairing = factories.make_pairing(offering=offering)
    with pytest.raises(Conflict, match="容量"):
        operations.act(people.county_officer, pairing, "accept")


@pytest.mark.parametrize(("status", "actor", "verb"), [
    ("accepted", "organization_member", "withdraw"), ("accepted", "province_officer", "reject"),
    ("approved", "county_officer", "terminate"), ("active", "organization_member", "terminate"),
    ("active", "county_officer", "complete")])
def test_leaving_gives_the_capacity_back(people, status, actor, verb):
    pairing = factories.make_pairing(status=status)
    assert pairing.offering.capacity_taken == 1
    operations.act(getattr(people, actor), pairing, verb, "情况有变")
    assert pairing.offering.capacity_taken == 0
    assert pairing.ended_at is not None


def test_declining_touches_no_capacity(people):
    pairing = factories.make_pairing()
    operations.act(people.county_officer, pairing, "decline", "已有别家在办")
    assert pairing.offering.capacity_taken == 0
    assert told(pairing)["refused"] == set(members(pairing.organization_id))


@pytest.mark.parametrize("status", ["rejected", "terminated", "completed"])
def test_reinstating_takes_the_capacity_again_or_says_it_is_full(people, status):
    pairing = factories.make_pairing(status=status, need=factories.make_need(
        status="fulfilled" if status == "completed" else "published"))
    operations.act(people.province_officer, pairing, "reinstate", "材料补齐")
    assert pairing.offering.capacity_taken == 1
    assert pairing.ended_at is None
    full = factories.make_pairing(status=status)
    full.offering.capacity_taken = full.offering.capacity
    db.session.flush()
    with pytest.raises(Conflict, match="容量"):
        operations.act(people.province_officer, full, "reinstate", "材料补齐")


def test_reinstating_a_rejected_one_sets_a_new_due_date(people):
    pairing = factories.make_pairing(status="rejected")
    operations.act(people.province_officer, pairing, "reinstate", "材料补齐")
    assert pairing.accepted_by is not None
    assert pairing.due_at is not None
    assert people.second_province_officer.id in told(pairing)["to_do"]


def test_reinstating_a_withdrawn_one_clears_the_acceptance(people):
    pairing = factories.make_pairing(status="accepted")
    operations.act(people.organization_member, pairing, "withdraw", "人手不够")
    assert pairing.accepted_by is not None
    operations.act(people.organization_member, pairing, "reinstate", "人手够了")
    assert (pairing.status, pairing.accepted_by, pairing.accepted_at) == ("proposed", None, None)
    assert pairing.offering.capacity_taken == 0


def test_reinstating_beside_a_live_one_is_a_conflict(people):
    old = factories.make_pairing(status="declined")
    factories.make_pairing(need=old.need, offering=old.offering)
    with pytest.raises(Conflict, match="已经有一件结对"):
        operations.act(people.county_officer, old, "reinstate", "想再办")


def test_approval_is_recorded_and_matches_the_need(people):
    pairing = factories.make_pairing(status="accepted")
    operations.act(people.province_officer, pairing, "approve", "材料齐全，同意结对。")
    assert pairing.approver_id == people.province_officer.id
    assert pairing.approved_at is not None
    assert pairing.need.status == "matched"
    sent = told(pairing)
    assert sent["to_do"] == set(county_officers(pairing.county_code))
    assert sent["good"] == set(members(pairing.organization_id))
    row = db.session.scalars(db.select(AuditRow).where(AuditRow.object_id == pairing.code,
                                                       AuditRow.act == "approve")).one()
    assert (row.reason, row.county_code, row.organization_id) == (
        "材料齐全，同意结对。", pairing.county_code, pairing.organization_id)
    move = queries.moves_of(pairing)[-1]
    assert (move.event.source, move.event.target, move.who) == ("accepted", "approved", "周正")


def test_an_ineligible_pairing_is_not_approved(people):
    pairing = factories.make_pairing(status="accepted")
    pairing.organization.is_dishonest = True
    db.session.flush()
    with pytest.raises(Refusal, match="失信"):
        operations.act(people.province_officer, pairing, "approve")
    assert pairing.status == "accepted"


def test_the_last_place_that_it_holds_itself_does_not_stop_an_approval(people):
    offering = factories.make_offering(factories.first_organization(), capacity=1)
    pairing = factories.make_pairing(status="accepted", offering=offering)
    assert offering.capacity_left == 0
    operations.act(people.province_officer, pairing, "approve")
    assert pairing.status == "approved"


def test_closing_time_passing_during_the_review_does_not_stop_an_approval(people):
    pairing = factories.make_pairing(status="accepted")
    with frozen(pairing.need.closing_at + dt.timedelta(days=1)):
        operations.act(people.province_officer, pairing, "approve")
    assert pairing.status == "approved"


def test_rejecting_tells_both_sides_why(people):
    pairing = factories.make_pairing(status="accepted")
    operations.act(people.province_officer, pairing, "reject", "资金来源没有说明")
    both = {*county_officers(pairing.county_code), *members(pairing.organization_id)}
    assert told(pairing)["refused"] == both
    assert pairing.accepted_by is not None
    assert pairing.approver_id is None


def test_terminating_keeps_the_approver_and_reopens_the_need(people):
    need = factories.make_need(status="matched")
    pairing = factories.make_pairing(status="approved", need=need)
    operations.act(people.organization_member, pairing, "terminate", "资金没有到位")
    assert pairing.approver_id == people.province_officer.id
    assert pairing.ended_at is not None
    assert need.status == "published"


def test_a_need_with_another_pairing_stays_matched(people):
    need = factories.make_need(status="matched")
    first = factories.make_pairing(status="approved", need=need)
    second = factories.make_organization()
    factories.make_pairing(status="active", need=need, organization=second)
    operations.act(people.county_officer, first, "terminate", "分工有变")
    assert need.status == "matched"


def test_a_need_is_fulfilled_when_nothing_else_is_alive_on_it(people):
    need = factories.make_need(status="matched")
    first = factories.make_pairing(status="active", need=need)
    second = factories.make_pairing(status="active", need=need, organization=factories.make_organization())
    operations.act(people.county_officer, first, "complete")
    assert need.status == "matched"
    operations.act(people.county_officer, second, "complete")
    assert need.status == "fulfilled"
    assert second.completed_at == second.ended_at
    operations.act(people.province_officer, second, "reinstate", "验收没有通过")
    assert need.status == "matched"
    assert second.completed_at is None


def test_signing_keeps_money_and_in_kind_apart(people):
    pairing = factories.make_pairing(status="approved")
    operations.act(people.county_officer, pairing, "sign", terms=terms(funds_fen=0, in_kind_fen=6_000_000))
    assert (pairing.funds_fen, pairing.in_kind_fen, pairing.status) == (0, 6_000_000, "active")


@pytest.mark.parametrize(("changes", "said"), [
    ({"signed_on": dt.date(2020, 1, 1)}, "早于批准日期"),
    ({"signed_on": dt.date(2999, 1, 1)}, "还没有到"),
    ({"ends_on": dt.date(2020, 1, 1)}, "截止日期要晚于"),
    ({"ends_on": dt.date(2999, 1, 1)}, "十年"),
    ({"funds_fen": None}, "没有填全"),
])
def test_an_agreement_with_impossible_terms_is_refused(people, changes, said):
    pairing = factories.make_pairing(status="approved")
    with pytest.raises(Refusal, match=said):
        operations.act(people.county_officer, pairing, "sign", terms=terms(**changes))
    assert pairing.status == "approved"


def test_a_stale_page_is_told_who_decided_what_and_when(people):
    pairing = factories.make_pairing(status="accepted")
    seen = pairing.version
    moment = dt.datetime.combine(today(), dt.time(14, 5), SHANGHAI).astimezone(dt.UTC)
    with frozen(moment):
        operations.act(people.province_officer, pairing, "approve", version=seen)
        for verb in ("approve", "reject"):
            with pytest.raises(Conflict) as caught:
                operations.act(people.second_province_officer, pairing, verb, "再看看", version=seen)
            assert caught.value.reason == "周正 14:05 已批准这件结对。"
        with pytest.raises(Conflict, match=r"^您 14:05 已批准这件结对。"):
            operations.act(people.province_officer, pairing, "approve", version=seen)


def test_every_move_leaves_an_event(people):
    pairing = factories.make_pairing()
    operations.act(people.county_officer, pairing, "accept")
    operations.act(people.province_officer, pairing, "approve", "同意")
    operations.act(people.county_officer, pairing, "sign", terms=terms())
    operations.act(people.county_officer, pairing, "complete")
    rows = db.session.execute(db.select(PairingEvent.verb, PairingEvent.source, PairingEvent.target).where(
        PairingEvent.pairing_id == pairing.id).order_by(PairingEvent.id)).all()
    assert [tuple(row) for row in rows] == [
        ("propose", "", "proposed"), ("accept", "proposed", "accepted"), ("approve", "accepted", "approved"),
        ("sign", "approved", "active"), ("complete", "active", "completed")]


def test_bulk_approval_lets_one_refusal_stand_alone(people):
    good = [factories.make_pairing(status="accepted", organization=factories.make_organization())
            for _ in range(2)]
    bad = factories.make_pairing(status="accepted", organization=factories.make_organization())
    bad.organization.is_abnormal = True
    stale = factories.make_pairing(status="accepted", organization=factories.make_organization())
    db.session.flush()
    outcomes = operations.approve_many(people.province_officer, [
        (good[0], good[0].version), (bad, bad.version), (stale, stale.version - 1),
        (good[1], good[1].version)], "同意")
    assert [one.approved for one in outcomes] == [True, False, False, True]
    assert [one.status for one in (*good, bad, stale)] == ["approved", "approved", "accepted", "accepted"]
    assert "异常名录" in outcomes[1].sentence
    assert len(db.session.scalars(db.select(AuditRow).where(AuditRow.act == "approve")).all()) == 2
