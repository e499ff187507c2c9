"""Who may move an offering where. The table here was written from the domain page, not from rules.py."""

import itertools
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.offerings import operations, rules
from matchplatform.offerings.models import Offering
from tests import factories

MEMBER = {"organization_member"}
PROVINCE = {"province_officer", "second_province_officer"}

# (verb, from) -> (to, who)
TABLE = {
    ("publish", "draft"): ("published", MEMBER),
    ("pause", "published"): ("paused", MEMBER), ("resume", "paused"): ("published", MEMBER),
    ("withdraw", "published"): ("withdrawn", MEMBER), ("withdraw", "paused"): ("withdrawn", MEMBER),
    ("take_down", "published"): ("withdrawn", PROVINCE), ("take_down", "paused"): ("withdrawn", PROVINCE),
    ("reinstate", "withdrawn"): ("draft", MEMBER),
}
NEEDS_REASON = {"withdraw", "take_down", "reinstate"}
STATES = ("draft", "published", "paused", "withdrawn")
VERBS = tuple(dict.fromkeys(verb for verb, _ in TABLE))


def test_the_table_has_every_state_and_verb():
    assert set(rules.STATES.values) == set(STATES)
    assert set(rules.LIFECYCLE.verbs) == set(VERBS)
    assert {(row.verb, row.source): row.target for row in rules.LIFECYCLE.table} == {
        key: row[0] for key, row in TABLE.items()}


def test_every_person_on_every_state_and_verb(people):
    """12 people × 4 states × 6 verbs: allowed exactly where the table says, a sentence everywhere else."""
    wrong = []
    for name, state, verb in itertools.product(factories.PEOPLE, STATES, VERBS):
        offering = SimpleNamespace(status=state, organization_id=people.organization_member.organization_id)
        got = rules.LIFECYCLE.verdict(verb, state, rules.parties(getattr(people, name), offering), "说明理由")
        if bool(got) != (name in TABLE.get((verb, state), ("", set()))[1]):
            wrong.append((name, state, verb, got))
        if not got and not (got.reason and got.remedy):
            wrong.append((name, state, verb, "no sentence"))
    assert wrong == []


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_reason_is_asked_for_exactly_where_something_is_ended(verb):
    for row in rules.LIFECYCLE.table:
        if row.verb == verb:
            assert row.reason_required == (verb in NEEDS_REASON)
            assert bool(rules.LIFECYCLE.verdict(verb, row.source, row.parties, " ")) == (verb not in NEEDS_REASON)


def test_the_same_acts_through_the_operations(people):
    """Every row is carried out; every other verb on that state changes nothing."""
    for (verb, source), (target, who) in TABLE.items():
        offering = factories.make_offering(factories.first_organization(), status=source)
        actor = getattr(people, sorted(who)[0])
        for other in set(VERBS) - {one for one, state in TABLE if state == source and TABLE[one, state][1] == who}:
            before = offering.version
            with pytest.raises((Refusal, Conflict)):
                operations.act(actor, offering, other, "说明理由")
            assert (offering.status, offering.version) == (source, before)
        operations.act(actor, offering, verb, "说明理由", offering.version)
        assert offering.status == target, (verb, source)


def test_the_attribute_refuses_what_no_row_allows(people):
    for source, target in itertools.product(STATES, STATES):
        offering = factories.make_offering(factories.first_organization(), status=source)
        if source == target or any(key[1] == source and row[0] == target for key, row in TABLE.items()):
            continue
        with pytest.raises(Refusal, match="不能从"):
            offering.status = target


@pytest.mark.parametrize("values", [{"capacity_taken": 4}, {"capacity_taken": -1}, {"capacity": 0},
                                    {"funds_fen": -1}, {"cost_model": "gift"}, {"status": "sold"}])
def test_the_database_refuses_impossible_numbers_and_words(people, values):
    offering = factories.make_offering(factories.first_organization(), capacity=3)
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Offering).where(Offering.id == offering.id).values(**values))
    db.session.rollback()
