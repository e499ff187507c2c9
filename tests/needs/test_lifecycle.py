"""Who may move a need where. The table here was written from the domain page, not from rules.py."""

import itertools
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import operations, rules
from matchplatform.needs.models import Need
from tests import factories

COUNTY = {"county_officer", "second_county_officer"}
PROVINCE = {"province_officer", "second_province_officer"}
AUTHORS = COUNTY | {"township_officer"}
SUBMITTER = {"county_officer"}                       # the need below was handed in by him
RELEASERS = (COUNTY | PROVINCE) - SUBMITTER          # nobody releases what he himself submitted

# (verb, from) -> (to, who); "nobody" moves along the pairing desk only
TABLE = {
    ("submit", "draft"): ("submitted", AUTHORS), ("submit", "returned"): ("submitted", AUTHORS),
    ("recall", "submitted"): ("draft", SUBMITTER),
    ("publish", "submitted"): ("published", RELEASERS), ("return", "submitted"): ("returned", RELEASERS),
    ("close", "published"): ("closed", COUNTY),
    ("reopen", "closed"): ("published", COUNTY), ("reopen", "matched"): ("published", COUNTY),
    ("fail", "published"): ("unsuccessful", COUNTY), ("fail", "closed"): ("unsuccessful", COUNTY),
    ("reopen", "unsuccessful"): ("published", COUNTY),
    ("withdraw", "published"): ("withdrawn", COUNTY), ("withdraw", "closed"): ("withdrawn", COUNTY),
    ("reinstate", "withdrawn"): ("draft", COUNTY),
    ("match", "published"): ("matched", set()), ("match", "closed"): ("matched", set()),
    ("unmatch", "matched"): ("published", set()), ("unmatch", "fulfilled"): ("published", set()),
    ("fulfil", "matched"): ("fulfilled", set()), ("fulfil", "published"): ("fulfilled", set()),
    ("fulfil", "closed"): ("fulfilled", set()), ("rematch", "fulfilled"): ("matched", set()),
    # by the two authors' consent only, and back to where it came from
    **{("merge", state): ("merged", set()) for state in ("draft", "submitted", "returned", "published")},
    **{(f"unmerge_{state}", "merged"): (state, set()) for state in ("draft", "submitted", "returned", "published")},
}
NEEDS_REASON = {"return", "close", "fail", "reopen", "withdraw", "reinstate"}
STATES = ("draft", "submitted", "returned", "published", "matched", "fulfilled", "closed", "withdrawn", "unsuccessful",
          "merged")
VERBS = tuple(dict.fromkeys(verb for verb, _ in TABLE))


def allowed(verb, state):
    return TABLE.get((verb, state), ("", set()))[1]


def test_the_table_has_every_state_and_verb():
    assert set(rules.STATES.values) == set(STATES)
    assert set(rules.LIFECYCLE.verbs) == set(VERBS)
    assert {(row.verb, row.source): row.target for row in rules.LIFECYCLE.table} == {
        key: row[0] for key, row in TABLE.items()}


def test_every_person_on_every_state_and_verb(people):
    """12 people × 8 states × 11 verbs: allowed exactly where the table says, a sentence everywhere else."""
    wrong = []
    for name, state, verb in itertools.product(factories.PEOPLE, STATES, VERBS):
        actor = getattr(people, name)
        need = SimpleNamespace(status=state, county_code=factories.COUNTY,
                               township_code=people.township_officer.township_code, created_by=None,
                               submitted_by=people.county_officer.id, closing_at=None)
        got = rules.LIFECYCLE.verdict(verb, state, rules.parties(actor, need), "说明理由")
        if bool(got) != (name in allowed(verb, state)):
            wrong.append((name, state, verb, got))
        if not got and not (got.reason and got.remedy):
            wrong.append((name, state, verb, "no sentence"))
    assert wrong == []


def test_another_township_and_another_county_are_strangers(people):
    need = SimpleNamespace(status="draft", county_code=factories.COUNTY, township_code="420921101",
                           created_by=None, submitted_by=None, closing_at=None)
    assert people.township_officer.township_code != "420921101"
    assert rules.parties(people.township_officer, need) == set()
    assert rules.parties(people.other_county_officer, need) == set()
    assert rules.parties(people.city_officer, need) == set()


def test_who_handed_it_in_is_never_its_releaser(people):
    for name in ("county_officer", "second_county_officer", "province_officer"):
        actor = getattr(people, name)
        need = SimpleNamespace(status="submitted", county_code=factories.COUNTY, township_code=None,
                               created_by=None, submitted_by=actor.id, closing_at=None)
        assert "releaser" not in rules.parties(actor, need)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_reason_is_asked_for_exactly_where_something_is_refused_or_ended(verb):
    for row in rules.LIFECYCLE.table:
        if row.verb == verb:
            assert row.reason_required == (verb in NEEDS_REASON)
            assert bool(rules.LIFECYCLE.verdict(verb, row.source, row.parties, " ")) == (verb not in NEEDS_REASON)


def test_the_same_acts_through_the_operations(people):
    """Every row that somebody may click is carried out; every other verb on that state changes nothing."""
    for (verb, source), (target, who) in TABLE.items():
        if not who:
            continue
        need = factories.make_need(status=source)
        actor = getattr(people, sorted(who)[0])
        for other in set(VERBS) - {one for one, state in TABLE if state == source and TABLE[one, state][1]}:
            before = need.version
            with pytest.raises((Refusal, Conflict)):
                operations.act(actor, need, other, "说明理由")
            assert (need.status, need.version) == (source, before)
        operations.act(actor, need, verb, "说明理由", need.version)
        assert need.status == target, (verb, source)


def test_the_attribute_refuses_what_no_row_allows(people):
    for source, target in itertools.product(STATES, STATES):
        need = factories.make_need(status=source)
        if source == target or any(key[1] == source and row[0] == target for key, row in TABLE.items()):
            continue
        with pytest.raises(Refusal, match="不能从"):
            need.status = target


def test_the_database_refuses_a_release_without_a_releaser_or_by_the_submitter(people):
    need = factories.make_need(status="submitted")
    db.session.commit()
    for values in ({"status": "published"}, {"released_by": need.submitted_by}):
        with pytest.raises(IntegrityError):
            db.session.execute(sa.update(Need).where(Need.id == need.id).values(**values))
        db.session.rollback()
