"""Any acts of both sides in any order: whatever happens, the laws hold."""

import contextlib
import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchplatform.agreements import amendment_operations, operations, queries
from matchplatform.core.clock import today
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.pairings.delivery_operations import bring
from matchplatform.pairings.operations import act
from tests.agreements.making import approved, content_of

MADE = ("agreements", "audit", "needs", "notices", "offerings", "pairings", "revisions")
SIDES = st.sampled_from(["county_officer", "organization_member", "second_county_officer"])
ACTS = st.lists(st.one_of(
    st.tuples(st.just("save"), SIDES, st.integers(0, 2)), st.tuples(st.just("confirm"), SIDES, st.integers(0, 1)),
    st.tuples(st.just("propose"), SIDES, st.tuples(st.integers(0, 20), st.integers(-400, 4000))),
    st.tuples(st.sampled_from(["agree", "decline", "withdraw"]), SIDES, st.none()),
    st.tuples(st.just("bring"), SIDES, st.integers(-3, 6)),
    st.tuples(st.sampled_from(["suspend", "resume", "terminate", "complete"]), SIDES, st.none())), max_size=14)


def do(people, pairing, name, who, value):
    actor, agreement = getattr(people, who), queries.agreement_of(pairing)
    if name == "save":
        operations.save(actor, pairing, content_of(pairing, other="再" * value), queries.newest_number(agreement))
    elif name == "confirm":
        operations.confirm(actor, pairing, agreement.sha256 if agreement and value else "0" * 64)
    elif name == "propose":
        quantity, days = value
        amendment_operations.propose(actor, pairing, {
            "lines": {pairing.need.lines[0].id: quantity}, "ends_on": today() + dt.timedelta(days=days),
            "reason": "说清楚"})
    elif name in ("agree", "decline", "withdraw"):
        waiting = queries.open_amendment(pairing)
        if waiting is not None:
            amendment_operations.decide(actor, pairing, waiting, "confirm" if name == "agree" else name, "理由")
    elif name == "bring":
        if pairing.status == "active":  # whoever reports progress asks this first
            bring(pairing, {pairing.need.lines[0].id: value})
    else:
        act(actor, pairing, name, "写明理由")


def holds(pairing):
    """What is true after every act."""
    db.session.expire_all()
    line, agreement = pairing.need.lines[0], queries.agreement_of(pairing)
    assert 0 <= line.delivered <= line.committed <= line.quantity
    if pairing.status in ("approved", "active", "suspended"):
        assert line.committed == pairing.taken[line.id]
    if pairing.status in ("active", "suspended", "completed"):
        assert agreement is not None
        assert agreement.signed_sha256 == agreement.county_hash == agreement.organization_hash == agreement.sha256
        assert pairing.starts_on < pairing.ends_on
        assert (pairing.ends_on - pairing.starts_on).days <= 3653
    else:
        assert agreement is None or agreement.county_by is None or pairing.status == "terminated"
    found = queries.amendments_of(pairing)
    assert sum(one.status == "proposed" for one in found) <= 1
    numbers = sorted(one.number for one in found if one.number)
    assert numbers == list(range(1, len(numbers) + 1))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=ACTS, signed=st.booleans())
def test_any_acts_in_any_order(people, acts, signed):
    with db.session.begin_nested() as everything:
        pairing = approved()
        if signed:
            for one in (("save", "county_officer", 0), ("confirm", "organization_member", 1),
                        ("confirm", "county_officer", 1)):
                do(people, pairing, *one)
        holds(pairing)
        for one in acts:
            with contextlib.suppress(Refusal), db.session.begin_nested():
                do(people, pairing, *one)
            holds(pairing)
        everything.rollback()
    db.session.rollback()
    for one in list(db.session):  # read anew inside, so the rollback leaves it; its number comes again
        if type(one).__module__.split(".")[1] in MADE:
            db.session.expunge(one)
