"""Who may move a pairing where. The table here was written from the domain page, not from rules.py."""

import itertools
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.pairings import operations, queries, rules
from matchplatform.pairings.models import Pairing
from tests import factories

COUNTY = {"county_officer", "second_county_officer"}
ORGANIZATION = {"organization_member"}
PROVINCE = {"province_officer", "second_province_officer"}
CITY = {"city_officer"}

# (verb, from) -> (to, who on a bid, who on an order); "approver" stands for the office that decides
TABLE = {
    ("accept", "proposed"): ("accepted", COUNTY, ORGANIZATION),
    ("decline", "proposed"): ("declined", COUNTY, ORGANIZATION),
    ("withdraw", "proposed"): ("withdrawn", ORGANIZATION, COUNTY),
    ("withdraw", "accepted"): ("withdrawn", ORGANIZATION, COUNTY),
    ("approve", "accepted"): ("approved", "approver", "approver"),
    ("reject", "accepted"): ("rejected", "approver", "approver"),
    ("recommend", "proposed"): ("proposed", CITY | PROVINCE, CITY | PROVINCE),  # here nobody has recommended it yet
    ("recommend", "accepted"): ("accepted", CITY | PROVINCE, CITY | PROVINCE),
    ("object", "accepted"): ("rejected", CITY | PROVINCE, CITY | PROVINCE),
    ("unrecommend", "proposed"): ("proposed", set(), set()),  # who did: see test_recommendations
    ("unrecommend", "accepted"): ("accepted", set(), set()),
    ("revoke", "approved"): ("accepted", "decider", "decider"),
    ("sign", "approved"): ("active", COUNTY, COUNTY),
    ("complete", "active"): ("completed", COUNTY, COUNTY),
    ("terminate", "approved"): ("terminated", "anybody", "anybody"),
    ("terminate", "active"): ("terminated", "anybody", "anybody"),
    ("terminate", "suspended"): ("terminated", "anybody", "anybody"),
    ("suspend", "active"): ("suspended", "anybody", "anybody"),
    ("resume", "suspended"): ("active", "county or approver", "county or approver"),
    # here the need was changed, so the organization is asked; a changed offering: see test_confirmations
    ("confirm", "proposed"): ("proposed", ORGANIZATION, ORGANIZATION),
    ("confirm", "accepted"): ("accepted", ORGANIZATION, ORGANIZATION),
    ("retract", "proposed"): ("withdrawn", ORGANIZATION, ORGANIZATION),
    ("retract", "accepted"): ("withdrawn", ORGANIZATION, ORGANIZATION),
    ("presume", "proposed"): ("withdrawn", COUNTY, set()),  # its own order the county withdraws
    ("presume", "accepted"): ("withdrawn", COUNTY, set()),
    ("lapse", "proposed"): ("declined", set(), set()),  # the need was withdrawn: the platform's own move
    ("lapse", "accepted"): ("rejected", set(), set()),
    ("reinstate", "declined"): ("proposed", COUNTY, ORGANIZATION),
    ("reinstate", "withdrawn"): ("proposed", ORGANIZATION, COUNTY),
    ("reinstate", "rejected"): ("accepted", "approver", "approver"),
    ("reinstate", "terminated"): ("approved", "approver", "approver"),
    ("reinstate", "completed"): ("active", "approver", "approver"),
}
NEEDS_REASON = {"decline", "withdraw", "reject", "terminate", "suspend", "resume", "presume", "lapse", "reinstate",
                "object", "unrecommend", "revoke"}
STATES = ("proposed", "accepted", "approved", "active", "suspended", "completed", "declined", "withdrawn",
          "rejected", "terminated")
VERBS = ("accept", "decline", "withdraw", "approve", "reject", "sign", "complete", "terminate", "lapse", "confirm",
         "retract", "presume", "suspend", "resume", "reinstate", "recommend", "unrecommend", "object", "revoke")


def allowed_people(verb, state, origin, level):
    row = TABLE.get((verb, state))
    if row is None:
        return set()
    who = row[1 if origin == "bid" else 2]
    office = PROVINCE if level == "province" else CITY
    if who == "approver":
        return office
    if who == "decider":
        return {sorted(office)[0]}
    if who == "county or approver":
        return COUNTY | office
    return COUNTY | ORGANIZATION | office if who == "anybody" else who


def test_the_table_has_every_state_and_verb():
    assert set(rules.STATES.values) == set(STATES)
    assert set(rules.LIFECYCLE.verbs) == set(VERBS)
    assert {(row.verb, row.source): row.target for row in rules.LIFECYCLE.table} == {
        key: row[0] for key, row in TABLE.items()}


@pytest.mark.parametrize("origin", ["bid", "order"])
@pytest.mark.parametrize("level", ["province", "city"])
def test_every_person_on_every_state_and_verb(people, origin, level):
    """12 people × 10 states × 19 verbs: allowed exactly where the table says."""
    wrong = []
    for name, state, verb in itertools.product(factories.PEOPLE, STATES, VERBS):
        actor = getattr(people, name)
        pairing = SimpleNamespace(status=state, origin=origin, county_code=factories.COUNTY, approval_level=level,
                                  organization_id=people.organization_member.organization_id,
                                  proposed_by=people.organization_member.id, accepted_by=people.county_officer.id,
                                  needs_recommendation=True, recommended_by=None,
                                  approver_id=people.province_officer.id if level == "province" else
                                  people.city_officer.id,
                                  confirm_need_from=1, confirm_offering_from=None)
        mine = rules.parties(actor, pairing, "420900")
        got = rules.LIFECYCLE.verdict(verb, state, mine, "说明理由")
        if bool(got) != (name in allowed_people(verb, state, origin, level)):
            wrong.append((name, state, verb, got))
        if not got and not (got.reason and (got.remedy or "没有" in got.reason)):
            wrong.append((name, state, verb, "no sentence"))
    assert wrong == []


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_reason_is_asked_for_exactly_where_something_is_refused_or_ended(verb):
    for row in rules.LIFECYCLE.table:
        if row.verb == verb:
            assert row.reason_required == (verb in NEEDS_REASON)
            if row.reason_required:
                assert not rules.LIFECYCLE.verdict(verb, row.source, row.parties, "   ")


@pytest.mark.parametrize("role", ["proposed_by", "accepted_by", "recommended_by"])
def test_nobody_approves_what_he_proposed_accepted_or_recommended(people, role):
    """The rule: he is no approver of it."""
    pairing = factories.make_pairing(status="accepted")
    assert "approver" in queries.parties_of(people.province_officer, pairing)
    seen = SimpleNamespace(**{key: getattr(pairing, key) for key in (
        "status", "origin", "county_code", "organization_id", "approval_level", "proposed_by", "accepted_by",
        "needs_recommendation", "recommended_by", "approver_id")})
    setattr(seen, role, people.province_officer.id)
    assert "approver" not in rules.parties(people.province_officer, seen, "420900")
    assert "approver" in rules.parties(people.second_province_officer, seen, "420900")


@pytest.mark.parametrize("role", ["proposed_by", "accepted_by", "recommended_by"])
def test_the_database_refuses_a_maker_as_checker(people, role):
    """The CHECK: even a careless writer cannot store it."""
    pairing = factories.make_pairing(status="approved")
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Pairing).where(Pairing.id == pairing.id).values(
            **{role: pairing.approver_id}, **({"recommended_at": now()} if role == "recommended_by" else {})))
    db.session.rollback()


@pytest.mark.parametrize("status", ["accepted", "rejected"])
def test_the_database_wants_an_approver_from_approved_on_and_none_before(people, status):
    pairing = factories.make_pairing(status=status)
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Pairing).where(Pairing.id == pairing.id).values(status="approved"))
    db.session.rollback()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Pairing).where(Pairing.id == pairing.id).values(
            approver_id=people.province_officer.id))
    db.session.rollback()


def test_the_same_acts_through_the_operations(people):
    """Every allowed row of the table is carried out; every other verb on that state changes nothing."""
    for (verb, source), (target, *_) in TABLE.items():
        if verb in ("lapse", "unrecommend"):  # see test_withdrawn_needs, test_recommendations
            continue
        pairing = factories.make_pairing(status=source, organization=None)
        name = sorted(allowed_people(verb, source, "bid", "province") - {"second_county_officer"})[0]
        for other in set(VERBS) - {one for one, state in TABLE if state == source}:
            before = pairing.version
            with pytest.raises((Refusal, Conflict)):
                operations.act(getattr(people, name), pairing, other, "说明理由")
            assert (pairing.status, pairing.version) == (source, before)
        if verb in ("confirm", "retract", "presume"):
            pairing.confirm_need_from = 1
            db.session.flush()
        if verb in ("recommend", "object"):
            pairing.needs_recommendation = True
            db.session.flush()
        terms = dict.fromkeys(("funds_fen", "in_kind_fen"), 100)
        day = factories.today()
        terms |= {"signed_on": day, "starts_on": day, "ends_on": day + factories.dt.timedelta(days=300)}
        with frozen(now() + factories.dt.timedelta(days=8 if verb == "presume" else 0)):
            operations.act(getattr(people, name), pairing, verb, "说明理由", pairing.version, terms)
        assert pairing.status == target, (verb, source)
        pairing.offering.capacity_taken = 0
        db.session.flush()
