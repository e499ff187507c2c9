"""Random legal and illegal acts by everybody around one call, and what must hold after each of them."""

import contextlib
import datetime as dt

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from matchplatform.audit.models import AuditRow
from matchplatform.choosing import call_operations, choice_operations, operations, queries, rules
from matchplatform.choosing.models import Call, Reply
from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.offerings.models import Offering
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.choosing import scenes

MEMBERS = ("organization_member", "other_organization_member", "third")
OFFICERS = ("county_officer", "second_county_officer", "other_county_officer")
EVERYBODY = st.sampled_from((*MEMBERS, *OFFICERS, "province_officer"))
LINES = 17


class Around(RuleBasedStateMachine):
    """One call for two, three organizations, and a clock that goes on."""

    people: dict = {}
    ends: list = []

    @initialize()
    def begin(self):
        self.moment = now().replace(microsecond=0)
        with frozen(self.moment):
            self.call = call_operations.declare(self.people["county_officer"], factories.make_need(), scenes.terms(
                closing_at=self.moment + dt.timedelta(days=2), questions_until=self.moment + dt.timedelta(days=1),
                may_choose=2))
            self.offerings = {name: scenes.offering_of(self.people[name], capacity=1) for name in MEMBERS}

    def attempt(self, act, *arguments):
        """An act either succeeds with its audit, or is refused in a sentence and leaves nothing."""
        before = db.session.scalar(db.select(db.func.count()).select_from(AuditRow))
        try:
            with frozen(self.moment), db.session.begin_nested():
                act(*arguments)
                db.session.flush()
        except (Refusal, NotFound):
            db.session.expire_all()
            assert db.session.scalar(db.select(db.func.count()).select_from(AuditRow)) == before
        else:
            assert db.session.scalar(db.select(db.func.count()).select_from(AuditRow)) > before

    def reply_of(self, name):
        return db.session.scalar(db.select(Reply).where(
            Reply.call_id == self.call.id, Reply.organization_id == self.people[name].organization_id))

    @rule(hours=st.sampled_from((1, 20, 30, 120)))
    def time_goes_by(self, hours):
        self.moment += dt.timedelta(hours=hours)

    @rule(name=st.sampled_from(MEMBERS), quantity=st.integers(0, LINES + 1))
    def send(self, name, quantity):
        values = scenes.words(self.call, self.offerings[name], lines={self.call.need.lines[0].id: quantity})
        self.attempt(operations.send, self.people[name], self.call, values)

    @rule(who=EVERYBODY, whose=st.sampled_from(MEMBERS), verb=st.sampled_from(("withdraw", "mend", "resume")))
    def organization_acts(self, who, whose, verb):
        reply = self.reply_of(whose)
        if reply is not None:
            self.attempt(operations.act, self.people[who], reply, verb)

    @rule(who=EVERYBODY, whose=st.sampled_from(MEMBERS), verb=st.sampled_from(("fault", "shortlist", "unlist")))
    def county_acts(self, who, whose, verb):
        reply = self.reply_of(whose)
        if reply is not None:
            self.attempt(choice_operations.act, self.people[who], reply, verb, "没有写负责人")

    @rule(who=EVERYBODY, whose=st.sampled_from(MEMBERS), points=st.integers(0, 100))
    def judge(self, who, whose, points):
        reply = self.reply_of(whose)
        if reply is not None:
            self.attempt(choice_operations.judge, self.people[who], reply,
                         {one.id: points > 10 for one in self.call.requirements},
                         {one.id: points for one in self.call.criteria})

    @rule(quantity=st.integers(1, LINES), points=st.integers(20, 100), then=st.sampled_from(("wait", "choose", "end")),
          chosen=st.sets(st.sampled_from(MEMBERS), min_size=1, max_size=2))
    def all_goes_well_until_the_choice(self, quantity, points, then, chosen):
        """Otherwise few walks would come so far."""
        for name in MEMBERS:
            self.send(name, quantity)
        if self.call.status == "open":
            self.moment = max(self.moment, self.call.closing_at + dt.timedelta(hours=1))
        self.attempt(call_operations.act, self.people["county_officer"], self.call, "open")
        for name in MEMBERS:
            self.judge("second_county_officer", name, points)
        if then == "choose":
            self.choose("county_officer", chosen)
        elif then == "end":
            self.move_the_call("second_county_officer", "end")

    @rule(who=EVERYBODY, verb=st.sampled_from(("open", "open", "open", "end")))
    def move_the_call(self, who, verb):
        if verb == "open" or who == "second_county_officer":
            self.attempt(call_operations.act, self.people[who], self.call, verb, "资金没有落实")

    @rule(who=st.sampled_from(OFFICERS), chosen=st.sets(st.sampled_from(MEMBERS), max_size=3))
    def choose(self, who, chosen):
        codes = [one.code for one in map(self.reply_of, sorted(chosen)) if one is not None]
        self.attempt(choice_operations.choose, self.people[who], self.call, codes, "名额有限")

    @rule(name=st.sampled_from(MEMBERS))
    def bid_the_short_way(self, name):
        running = self.call.status in rules.RUNNING
        before = db.session.scalar(db.select(db.func.count()).select_from(Pairing))
        with contextlib.suppress(Refusal), frozen(self.moment), db.session.begin_nested():
            pairing = pairings.bid(self.people[name], self.call.need, self.offerings[name],
                                   {"message": "我们马上来办。"})
            pairings.act(self.people[name], pairing, "withdraw", "先不办了")
        if running:
            assert db.session.scalar(db.select(db.func.count()).select_from(Pairing)) == before

    @invariant()
    def what_is_sealed_is_read_by_nobody_else(self):
        with frozen(self.moment):
            sealed = rules.is_sealed(self.call, self.moment)
            assert sealed or self.moment > self.call.closing_at
            for name in (*OFFICERS, "province_officer"):
                if sealed or name == "other_county_officer":
                    assert queries.replies_of(self.people[name], self.call) == []
            for name in MEMBERS:
                assert all(one.organization_id == self.people[name].organization_id
                           for one in queries.replies_of(self.people[name], self.call))

    @invariant()
    def the_law_of_quantities_and_choices_holds(self):
        replies = db.session.scalars(db.select(Reply).where(Reply.call_id == self.call.id)).all()
        chosen = [one for one in replies if one.status == "chosen"]
        assert len(chosen) <= self.call.may_choose
        assert (self.call.status == "decided") is bool(chosen)
        assert all(one.pairing.status == "accepted" and one.pairing.taken == one.taken for one in chosen)
        line = self.call.need.lines[0]
        assert line.committed == sum(sum(one.taken.values()) for one in chosen) <= line.quantity
        for name, offering in self.offerings.items():
            taken = db.session.scalar(db.select(Offering.capacity_taken).where(Offering.id == offering.id))
            assert taken == sum(one.organization_id == self.people[name].organization_id for one in chosen)
        if self.call.status in ("decided", "ended"):
            assert not [one for one in replies if one.status in rules.PENDING]
        assert all(one.status_reason for one in replies if one.status == "not_chosen")

    def teardown(self):
        if hasattr(self, "call"):
            self.ends.append(self.call.status)
        db.session.rollback()


@pytest.mark.usefixtures("app")
def test_whatever_people_do_the_law_of_a_call_holds(people):
    third = scenes.member_of("third")
    db.session.commit()
    Around.people, Around.ends = {**vars(people), "third": third}, []
    run_state_machine_as_test(Around, settings=settings(
        max_examples=12, stateful_step_count=25, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck)))
    assert db.session.scalar(db.select(db.func.count()).select_from(Call)) == 0
    assert {"decided", "ended"} <= set(Around.ends)  # the walks come to every end
