"""Random acts, legal and illegal, by everybody: whatever is done or refused, the law holds afterwards.

Hypothesis draws the acts. After each one the capacity, the quantities, the count, the one live pairing a need and
organization, and the audit are worked out anew here and compared with what the database says.
"""

import datetime as dt
from collections import Counter

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from matchplatform.accounts.models import User
from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import first_break
from matchplatform.catalog.queries import current_campaign
from matchplatform.core.clock import today
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.needs.models import Need, NeedLine
from matchplatform.offerings.models import Offering
from matchplatform.organizations.models import Organization
from matchplatform.pairings import counts, handover_operations, operations, rules
from matchplatform.pairings.delegation_queries import standing
from matchplatform.pairings.delivery_operations import bring
from matchplatform.pairings.models import Pairing, PairingEvent
from matchplatform.pairings.relay_operations import relay
from tests import factories
from tests.pairings.lending import lend

PEOPLE = ("county_officer", "second_county_officer", "organization_member", "other_organization_member",
          "province_officer", "second_province_officer", "other_county_officer", "city_officer")
VERBS = tuple(verb for verb in rules.LIFECYCLE.verbs if verb != "lapse")  # nobody's own act
HOLDING = {"accepted", "approved", "active", "suspended"}
WIDE = ("accept", "approve", "sign", "complete", "terminate", "suspend", "resume", "reinstate")


class Pairings(RuleBasedStateMachine):
    """One need of two lines, two organizations with room for two works each."""

    people = None

    @initialize(recommends=st.booleans())
    def begin(self, recommends):
        db.session.rollback()
        current_campaign().requires_recommendation = recommends
        need = factories.make_need(lines=False)
        need.lines = [NeedLine(position=1, item="冰箱", quantity=4, unit="台"),
                      NeedLine(position=2, item="桌椅", quantity=20, unit="套")]
        db.session.flush()
        members = [self.people.organization_member, self.people.other_organization_member]
        self.need, self.lines = need, [one.id for one in need.lines]
        self.offerings = [factories.make_offering(db.session.get(Organization, one.organization_id), capacity=2)
                          for one in members]
        self.members = members

    def teardown(self):
        assert first_break()[1] is None  # the audit's chain is whole
        db.session.rollback()

    def attempt(self, act, pairing=None):
        """Do it, or be refused without a trace; a success leaves at least one audit row more."""
        before = db.session.scalar(sa.select(sa.func.count(AuditRow.id)))
        events = db.session.scalar(sa.select(sa.func.count(PairingEvent.id)))
        try:
            with db.session.begin_nested():
                act()
        except Refusal:
            db.session.expire_all()
            assert db.session.scalar(sa.select(sa.func.count(AuditRow.id))) == before
            assert db.session.scalar(sa.select(sa.func.count(PairingEvent.id))) == events
            return False
        assert db.session.scalar(sa.select(sa.func.count(AuditRow.id))) > before
        return True

    def pairings(self):
        return list(db.session.scalars(sa.select(Pairing).where(Pairing.need_id == self.need.id).order_by(Pairing.id)))

    def one(self, number):
        rows = self.pairings()
        return rows[number % len(rows)]

    def any_pairing(self):
        return bool(getattr(self, "need", None)) and bool(self.pairings())

    @rule(who=st.integers(0, 1), fridges=st.integers(0, 5), tables=st.integers(0, 21), is_bid=st.booleans())
    def propose(self, who, fridges, tables, is_bid):
        taken = {line: n for line, n in zip(self.lines, (fridges, tables), strict=True) if n}
        values = {"message": "我们可以马上进场办理。", "lines": taken, "offered_funds_fen": 100,
                  "offered_in_kind_fen": 0}
        if is_bid:
            self.attempt(lambda: operations.bid(self.members[who], self.need, self.offerings[who], values))
        else:
            self.attempt(lambda: operations.order(self.people.county_officer, self.offerings[who], self.need, values))

    @precondition(any_pairing)
    @rule(number=st.integers(0, 7), verb=st.sampled_from((*VERBS, *WIDE)), name=st.sampled_from(PEOPLE))
    def act(self, number, verb, name):
        pairing = self.one(number)
        terms = {"signed_on": today(), "starts_on": today(), "ends_on": today() + dt.timedelta(days=200),
                 "funds_fen": 100, "in_kind_fen": 0} if verb == "sign" else None
        source = pairing.status
        if self.attempt(lambda: operations.act(getattr(self.people, name), pairing, verb, "说明理由", terms=terms)):
            assert rules.LIFECYCLE.find(verb, source) is not None
            assert pairing.status == rules.LIFECYCLE.find(verb, source).target
        else:
            assert pairing.status == source

    @precondition(any_pairing)
    @rule(number=st.integers(0, 7), steps=st.integers(1, 3))
    def go_on(self, number, steps):
        """The usual way, so that runs come far."""
        for _ in range(steps):
            pairing = self.one(number)
            step = {"proposed": "accept", "accepted": "approve", "approved": "sign", "suspended": "resume"}.get(
                pairing.status)
            if step is None:
                return
            if step == "approve" and not rules.recommended_verdict(pairing):
                self.act(number, "recommend", "city_officer")
            who = {"approve": "province_officer", "accept": "county_officer" if pairing.origin == "bid" else next(
                name for name in ("organization_member", "other_organization_member")
                if getattr(self.people, name).organization_id == pairing.organization_id)}.get(step, "county_officer")
            self.act(number, step, who)

    def at(self, number, *states):
        """A pairing in one of these states, or None."""
        rows = [one for one in self.pairings() if one.status in states]
        return rows[number % len(rows)] if rows else None

    @precondition(any_pairing)
    @rule(number=st.integers(0, 7), verb=st.sampled_from(("complete", "terminate", "suspend")))
    def end(self, number, verb):
        pairing = self.at(number, "active")
        if pairing is not None:
            self.attempt(lambda: operations.act(self.people.county_officer, pairing, verb, "说明理由"))

    @precondition(any_pairing)
    @rule(number=st.integers(0, 7))
    def take_back(self, number):
        pairing = self.at(number, "completed", "terminated")
        if pairing is not None:
            self.attempt(lambda: operations.act(self.people.province_officer, pairing, "reinstate", "说明理由"))

    @precondition(any_pairing)
    @rule(number=st.integers(0, 7))
    def revoke(self, number):
        pairing = self.at(number, "approved")
        if pairing is not None:
            approver = db.session.get(User, pairing.approver_id)
            assert self.attempt(lambda: operations.act(approver, pairing, "revoke", "看错了一份材料"))

    @rule(recommends=st.booleans())
    def change_the_campaign(self, recommends):
        """What is under way keeps the rule under which it was begun."""
        db.session.flush()
        before = [(one.id, one.needs_recommendation) for one in self.pairings()]
        current_campaign().requires_recommendation = recommends
        db.session.flush()
        db.session.expire_all()
        assert [(one.id, one.needs_recommendation) for one in self.pairings()] == before

    @precondition(any_pairing)
    @rule(number=st.integers(0, 7), name=st.sampled_from(PEOPLE),
          colleague=st.sampled_from((None, "province_officer", "second_province_officer", "city_officer")))
    def hand_over(self, number, name, colleague):
        pairing = self.one(number)
        to = getattr(self.people, colleague) if colleague else None
        if self.attempt(lambda: handover_operations.hand_over(getattr(self.people, name), pairing, to, "我出差")):
            assert pairing.handler_id == (to.id if to else None)

    @rule(name=st.sampled_from(PEOPLE), deputy=st.sampled_from(PEOPLE))
    def lend_and_take_back(self, name, deputy):
        """Lent to somebody for the next acts, or taken back."""
        lender = getattr(self.people, name)
        running = [one for one in standing(lender.id) if one.lender_id == lender.id]
        if running:
            assert self.attempt(lambda: handover_operations.end_delegation(lender, running[0]))
        elif self.attempt(lambda: lend(lender, getattr(self.people, deputy))):
            assert {lender.role, getattr(self.people, deputy).role} <= {"province_officer", "city_officer"}

    @precondition(any_pairing)
    @rule(number=st.integers(0, 7), line=st.integers(0, 1), more=st.integers(-6, 8))
    def report(self, number, line, more):
        pairing = self.at(number, "active")
        if pairing is None:
            return
        before = pairing.outstanding
        try:
            with db.session.begin_nested():
                bring(pairing, {self.lines[line]: more})
        except Refusal:
            db.session.expire_all()
            assert pairing.outstanding == before

    @precondition(any_pairing)
    @rule(number=st.integers(0, 7), who=st.integers(0, 1),
          name=st.sampled_from(("county_officer", "organization_member")))
    def hand_on(self, number, who, name):
        pairing = self.one(number)
        self.attempt(lambda: relay(getattr(self.people, name), pairing, self.offerings[who], "四个月没有进展",
                                   "前一家已经做了一部分，请接着办。", None))

    @invariant()
    def the_law_holds(self):
        if not getattr(self, "need", None):
            return
        db.session.flush()
        db.session.expire_all()
        rows = self.pairings()
        self.capacity_is_what_is_held(rows)
        self.quantities_add_up(rows)
        live = Counter(one.organization_id for one in rows if one.status in rules.LIVE)
        assert all(n == 1 for n in live.values()), live
        counted = {one.organization_id for one in rows if one.status in ("approved", "active", "completed")}
        assert counts.count_of(current_campaign()).organizations == counted
        for one in rows:
            approved = one.status in ("approved", "active", "suspended", "completed", "terminated")
            assert (one.approver_id is not None) == approved
            assert one.approver_id is None or one.approver_id not in (one.proposed_by, one.accepted_by,
                                                                      one.recommended_by)
            assert not (approved and one.needs_recommendation and one.recommended_by is None)
            for event in db.session.scalars(sa.select(PairingEvent).where(
                    PairingEvent.pairing_id == one.id, PairingEvent.on_behalf_of.is_not(None))):
                assert event.on_behalf_of not in (event.actor_id, one.proposed_by, one.accepted_by)

    def capacity_is_what_is_held(self, rows):
        for offering_id in [one.id for one in self.offerings]:
            offering = db.session.get(Offering, offering_id)
            held = sum(one.offering_id == offering_id and (
                one.status in HOLDING or (one.status == "proposed" and one.reserved_until is not None)) for one in rows)
            assert offering.capacity_taken == held
            assert 0 <= held <= offering.capacity

    def quantities_add_up(self, rows):
        for line in db.session.get(Need, self.need.id).lines:
            committed = delivered = 0
            for pairing in rows:
                for one in pairing.lines:
                    if one.need_line_id != line.id:
                        continue
                    whole = pairing.status in HOLDING or pairing.status == "completed"
                    committed += one.quantity if whole else one.delivered
                    delivered += one.quantity if pairing.status == "completed" else one.delivered
            assert (line.committed, line.delivered) == (committed, delivered)
            assert 0 <= delivered <= committed <= line.quantity


def test_whatever_anybody_does_the_law_holds(people):
    db.session.commit()
    Pairings.people = people
    run_state_machine_as_test(Pairings, settings=settings(
        max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)))
    db.session.rollback()
