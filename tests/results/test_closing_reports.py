"""Closing reports: who writes, who confirms. The table was written from the issue."""

import itertools

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.results import operations, queries, rules
from matchplatform.results.models import ClosingReport
from matchplatform.tracking.operations import Doubt
from tests import factories
from tests.results.making import completed, confirmed, said
from tests.tracking.making import under_way

STATES, VERBS = ("draft", "submitted", "returned", "confirmed"), ("submit", "confirm", "return", "recall", "reopen")
COUNTY, ORGANIZATION = {"county_officer", "second_county_officer"}, {"organization_member"}
OFFICE = {"province_officer", "second_province_officer"}
# (verb, from) -> (to, who when the organization wrote it, who when the county did)
TABLE = {
    ("submit", "draft"): ("submitted", ORGANIZATION, COUNTY),
    ("submit", "returned"): ("submitted", ORGANIZATION, COUNTY),
    ("confirm", "submitted"): ("confirmed", COUNTY, ORGANIZATION),
    ("return", "submitted"): ("returned", COUNTY, ORGANIZATION),
    ("recall", "submitted"): ("draft", ORGANIZATION, COUNTY),
    ("reopen", "confirmed"): ("returned", OFFICE, OFFICE),
}


@pytest.fixture
def pairing(people):
    return completed()


def at(people, pairing, state, side="organization"):
    """A closing report in a state."""
    author, reader = (people.organization_member, people.county_officer) if side == "organization" else (
        people.county_officer, people.organization_member)
    made = operations.write_report(author, pairing, said(), None)
    if state != "draft":
        operations.move_report(author, pairing, "submit")
    if state in ("confirmed", "returned"):
        operations.move_report(reader, pairing, "confirm" if state == "confirmed" else "return", "人数不对")
    return made


def test_the_table_has_every_state_and_verb():
    assert set(rules.REPORT_STATES.values) == set(STATES)
    assert {(row.verb, row.source): row.target for row in rules.REPORTS.table} == {
        key: row[0] for key, row in TABLE.items()}


@pytest.mark.parametrize("side", ["organization", "county"])
@pytest.mark.parametrize("state", STATES)
def test_every_person_on_every_state_and_verb(people, pairing, side, state):
    at(people, pairing, state, side)
    db.session.commit()
    wrong = []
    for name, verb in itertools.product(factories.PEOPLE, VERBS):
        row = TABLE.get((verb, state))
        may = row is not None and name in row[1 if side == "organization" else 2]
        try:
            operations.move_report(getattr(people, name), pairing, verb, "说明理由")
            done = True
        except Refusal:
            done = False
        db.session.rollback()
        if done != may:
            wrong.append((name, verb, done))
    assert wrong == []


def test_whoever_began_goes_on_with_it_and_a_draft_is_his_side_only(people, pairing):
    at(people, pairing, "draft")
    with pytest.raises(Refusal, match="社会组织在写"):
        operations.write_report(people.county_officer, pairing, said(), 1)
    assert queries.readable_report(people.county_officer, pairing) is None
    assert queries.readable_report(people.organization_member, pairing) is not None


@pytest.mark.parametrize("state", ["submitted", "confirmed"])
def test_what_was_handed_over_is_not_changed_behind_the_others_back(people, pairing, state):
    made = at(people, pairing, state)
    with pytest.raises(Refusal, match="不能改"):
        operations.write_report(people.organization_member, pairing, said(people=1), made.version)


@pytest.mark.parametrize("status", ["approved", "suspended", "terminated"])
def test_nothing_is_closed_that_is_not_under_way_or_done(people, status):
    with pytest.raises(Refusal, match="在办或办成"):
        operations.write_report(people.organization_member, under_way(status=status), said(), None)


def test_wan_typed_as_yuan_is_asked_about(people, pairing):
    with pytest.raises(Doubt, match=r"按元算是 4\.8 万元"):
        operations.write_report(people.organization_member, pairing, said(funds_fen=48_000_000_000), None)
    made = operations.write_report(people.organization_member, pairing, said(funds_fen=48_000_000_000, sure=True), None)
    assert made.funds_fen == 48_000_000_000


def test_a_stale_page_writes_nothing(people, pairing):
    made = at(people, pairing, "draft")
    seen = made.version
    operations.write_report(people.organization_member, pairing, said(people=70), seen)
    with pytest.raises(Conflict):
        operations.write_report(people.organization_member, pairing, said(people=1), seen)
    assert made.people == 70


def test_too_short_a_report_is_not_handed_over(people, pairing):
    operations.write_report(people.organization_member, pairing, said(done="办成了。"), None)
    with pytest.raises(Refusal, match="20 个字"):
        operations.move_report(people.organization_member, pairing, "submit")


def test_a_confirmed_report_is_not_reopened_under_a_valid_certificate(people, pairing):
    confirmed(people, pairing)
    operations.issue_certificate(people.county_officer, pairing)
    with pytest.raises(Refusal, match="证书还有效"):
        operations.move_report(people.province_officer, pairing, "reopen", "数字有误")
    operations.revoke_certificate(people.county_officer, pairing, "数字有误")
    operations.move_report(people.province_officer, pairing, "reopen", "数字有误")
    assert queries.report_of(pairing.id).status == "returned"


def test_the_database_wants_two_people(people, pairing):
    made = at(people, pairing, "confirmed")
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(ClosingReport).where(ClosingReport.pairing_id == pairing.id).values(
            decided_by=made.written_by))
    db.session.rollback()
