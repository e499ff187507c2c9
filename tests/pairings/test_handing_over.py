"""On whose desk a decision lies: handed over, delegated while somebody is away."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import frozen, now, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings import approval_queries, delegation_queries, handover_operations, operations, rules
from matchplatform.pairings.approval_queries import QueueFilter
from matchplatform.pairings.delegation_models import Delegation
from matchplatform.pairings.models import PairingEvent
from matchplatform.pairings.queries import moves_of, parties_of
from tests import factories
from tests.pairings.lending import lend
from tests.web.pages import parsed, words

DAY = dt.timedelta(days=1)


@pytest.fixture
def waiting(people):
    pairing = factories.make_pairing(status="accepted", due_at=now() + 2 * DAY)
    db.session.commit()
    return pairing


def test_what_is_handed_over_stands_on_the_colleagues_page_only(people, waiting):
    first, second = people.province_officer, people.second_province_officer
    assert (approval_queries.awaiting_count(first), approval_queries.awaiting_count(second)) == (1, 1)
    handover_operations.hand_over(first, waiting, second, "你熟悉这个县")
    assert (approval_queries.awaiting_count(first), approval_queries.awaiting_count(second)) == (0, 1)
    assert [one.code for one in approval_queries.queue(second, QueueFilter(hands="mine")).items] == [waiting.code]
    assert approval_queries.queue(second, QueueFilter(hands="free")).total == 0
    assert approval_queries.queue(first, QueueFilter()).total == 1  # the office's queue keeps it in sight
    told = db.session.scalar(sa.select(Notice).where(Notice.user_id == second.id, Notice.kind == "to_do"))
    assert "你熟悉这个县" in told.body
    assert db.session.scalar(sa.select(AuditRow).where(AuditRow.act == "hand_over")) is not None


def test_it_binds_nobody_and_the_decision_ends_it(people, waiting):
    handover_operations.hand_over(people.province_officer, waiting, people.second_province_officer, "")
    operations.act(people.province_officer, waiting, "approve")
    assert (waiting.status, waiting.handler_id) == ("approved", None)


def test_whoever_made_it_may_hand_it_over_but_not_be_given_it(people, waiting):
    waiting.proposed_by = people.province_officer.id
    db.session.flush()
    with pytest.raises(Refusal, match="不能审批"):
        handover_operations.hand_over(people.second_province_officer, waiting, people.province_officer, "")
    handover_operations.hand_over(people.province_officer, waiting, people.second_province_officer, "我经手过")
    assert waiting.handler_id == people.second_province_officer.id


@pytest.mark.parametrize("status", ["proposed", "approved", "active", "rejected"])
def test_only_what_waits_for_a_decision_is_handed_over(people, status):
    pairing = factories.make_pairing(status=status)
    with pytest.raises(Refusal):
        handover_operations.hand_over(people.province_officer, pairing, people.second_province_officer, "")


@pytest.mark.parametrize("role", ["county_officer", "organization_member", "city_officer"])
def test_other_offices_hand_nothing_over(people, waiting, role):
    with pytest.raises(Refusal):
        handover_operations.hand_over(getattr(people, role), waiting, people.second_province_officer, "")


def test_an_old_page_or_the_same_hands_again_is_told(people, waiting):
    version = waiting.version
    handover_operations.hand_over(people.province_officer, waiting, people.second_province_officer, "", version)
    with pytest.raises(Conflict):
        handover_operations.hand_over(people.province_officer, waiting, None, "", version)
    with pytest.raises(Refusal, match="不用再转"):
        handover_operations.hand_over(people.province_officer, waiting, people.second_province_officer, "")
    handover_operations.hand_over(people.second_province_officer, waiting, None, "")
    assert waiting.handler_id is None


def test_the_desk_hands_over_and_refuses_strangers(as_province_officer, people, waiting):
    page = as_province_officer.get(f"/desk/approvals?case={waiting.code}")
    parsed(page)
    assert "转交给同事" in words(page)
    address = f"/desk/approvals/{waiting.code}/hand-over"
    for wrong in (people.county_officer.id, 10**6, "x"):
        answer = as_province_officer.post(address, data={"colleague": wrong, "version": waiting.version})
        assert answer.status_code in (303, 422)
        assert waiting.handler_id is None
    answer = as_province_officer.post(address, data={"colleague": people.second_province_officer.id, "note": "请看",
                                                     "version": waiting.version})
    assert answer.status_code == 303
    assert f"{people.second_province_officer.name}经手" in words(as_province_officer.get("/desk/approvals"))


class TestDelegation:
    """While an approver is away."""

    def test_the_deputy_sees_what_lies_in_the_lenders_hands_and_decides_in_his_name(self, people, waiting):
        first, second = people.province_officer, people.second_province_officer
        handover_operations.hand_over(second, waiting, first, "")
        assert approval_queries.awaiting_count(second) == 0
        lend(first, second)
        assert approval_queries.awaiting_count(second) == 1
        operations.act(second, waiting, "approve", "同意")
        event = db.session.scalar(sa.select(PairingEvent).where(PairingEvent.verb == "approve"))
        assert (event.actor_id, event.on_behalf_of) == (second.id, first.id)
        assert f"受{first.name}委托批准" in moves_of(waiting)[-1].phrase
        row = db.session.scalar(sa.select(AuditRow).where(AuditRow.act == "approve"))
        assert str(first.id) in str(row.detail)

    def test_a_city_of_one_lends_its_decisions_to_the_province(self, people):
        pairing = factories.make_pairing(status="accepted", approval_level="city")
        province = people.province_officer
        assert "approver" not in parties_of(province, pairing)
        lent = lend(people.city_officer, province)
        assert "approver" in parties_of(province, pairing)
        assert approval_queries.awaiting_count(province) == 1
        handover_operations.end_delegation(people.city_officer, lent)
        assert "approver" not in parties_of(province, pairing)
        with pytest.raises(Refusal):
            operations.act(province, pairing, "approve")

    def test_it_ends_by_itself(self, people):
        pairing = factories.make_pairing(status="accepted", approval_level="city")
        lend(people.city_officer, people.province_officer, days=2)
        with frozen(now() + 2 * DAY):
            assert "approver" in parties_of(people.province_officer, pairing)
        with frozen(now() + 3 * DAY):
            assert "approver" not in parties_of(people.province_officer, pairing)
            lend(people.city_officer, people.second_province_officer)  # and makes room for the next

    @pytest.mark.parametrize("column", ["proposed_by", "recommended_by"])
    def test_what_the_lender_may_not_decide_his_deputy_may_not_either(self, people, column):
        pairing = factories.make_pairing(status="accepted", approval_level="city")
        setattr(pairing, column, people.city_officer.id)
        if column == "recommended_by":
            pairing.recommended_at = now()
        db.session.flush()
        lend(people.city_officer, people.province_officer)
        assert "approver" not in parties_of(people.province_officer, pairing)

    @pytest.mark.parametrize(("start", "end", "fault"), [
        (-1, 3, "已经过了"), (2, 1, "早于"), (0, 31, "最多"), (400, 401, "一年以后"), (0, 0, ""), (0, 30, "")])
    def test_dates(self, start, end, fault):
        day = dt.date(2026, 11, 25)
        verdict = rules.delegation_verdict(day + start * DAY, day + end * DAY, day)
        assert (fault in verdict.reason) if fault else verdict.allowed

    def test_to_whom(self, people):
        for lender, deputy in ((people.province_officer, people.city_officer),
                               (people.province_officer, people.county_officer),
                               (people.city_officer, people.county_officer),
                               (people.province_officer, people.province_officer)):
            with pytest.raises(Refusal):
                lend(lender, deputy)

    def test_it_is_not_lent_on_nor_lent_twice(self, people):
        lend(people.province_officer, people.second_province_officer)
        with pytest.raises(Refusal, match="已经有一份"):
            lend(people.province_officer, people.second_province_officer)
        with pytest.raises(Refusal):
            lend(people.second_province_officer, people.province_officer)
        with pytest.raises(Refusal, match="也委托出去了"):
            lend(people.city_officer, people.province_officer)

    def test_the_database_keeps_one_at_a_time(self, people):
        lend(people.province_officer, people.second_province_officer)
        db.session.add(Delegation(lender_id=people.province_officer.id, deputy_id=people.city_officer.id,
                                  starts_on=today(), ends_on=today(), reason="x"))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()

    def test_a_stranger_neither_sees_nor_ends_it(self, as_city_officer, people):
        lent = lend(people.province_officer, people.second_province_officer)
        db.session.commit()
        assert "出差" not in words(as_city_officer.get("/desk/approvals/delegation"))
        assert as_city_officer.post(f"/desk/approvals/delegation/{lent.id}/end").status_code == 404
        assert delegation_queries.lenders_of(people.second_province_officer.id)

    def test_on_the_page(self, as_province_officer, people):
        parsed(as_province_officer.get("/desk/approvals/delegation"))
        answer = as_province_officer.post("/desk/approvals/delegation", data={"deputy": "", "starts_on": "2026-02-30",
                                                                              "ends_on": "", "reason": ""})
        parsed(answer, 422)
        values = {"deputy": str(people.second_province_officer.id), "starts_on": str(today()),
                  "ends_on": str(today() + 3 * DAY), "reason": "休假"}
        assert as_province_officer.post("/desk/approvals/delegation", data=values).status_code == 303
        page = as_province_officer.get("/desk/approvals/delegation")
        parsed(page)
        assert "休假" in words(page)
        lent = db.session.scalar(sa.select(Delegation))
        assert as_province_officer.post(f"/desk/approvals/delegation/{lent.id}/end").status_code == 303
        assert db.session.scalar(sa.select(AuditRow).where(AuditRow.act == "end_delegation")) is not None
