"""Two people at once, as real processes: one success, the other told in a sentence."""

from matchplatform.agreements import amendment_operations, operations, queries
from matchplatform.agreements.models import Amendment
from matchplatform.extensions import db
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import PairingEvent
from tests import factories
from tests.agreements.making import approved, prepare, sign_both
from tests.agreements.racers import race


def url(app):
    return app.config["SQLALCHEMY_DATABASE_URI"]


def test_two_amendments_at_once(app, people, pairing):
    sign_both(people, pairing)
    told = race(url(app), "propose", {"actor": people.county_officer.id, "pairing": pairing.code, "text": "甲"},
                {"actor": people.organization_member.id, "pairing": pairing.code, "text": "乙"})
    assert [kind for kind, _ in told] == ["Refusal", "success"], told
    assert db.session.scalar(db.select(db.func.count(Amendment.id))) == 1


def test_one_amendment_is_confirmed_once(app, people, pairing):
    sign_both(people, pairing)
    line = pairing.need.lines[0].id
    made = amendment_operations.propose(people.organization_member, pairing, {"lines": {line: 12}, "reason": "多给"})
    db.session.commit()
    mine = {"pairing": pairing.code, "id": made.id, "verb": "confirm"}
    told = race(url(app), "decide", {**mine, "actor": people.county_officer.id},
                {**mine, "actor": people.second_county_officer.id})
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    db.session.expire_all()
    assert pairing.taken == {line: 12}
    assert pairing.need.lines[0].committed == 12


def test_two_amendments_grasp_the_last_of_a_line(app, people):
    """Ten and three of seventeen are taken; two organizations' amendments want four more each, and four are left."""
    need = factories.make_need()
    line = need.lines[0]
    second = db.session.get(Organization, people.other_organization_member.organization_id)
    first = approved(need=need, taken={line: 10})
    other = approved(need=need, taken={line: 3}, organization=second, offering=factories.make_offering(second))
    member, county = people.other_organization_member, people.county_officer
    asked = []
    for pairing, mine in ((first, people.organization_member), (other, member)):
        agreement = prepare(county, pairing)
        operations.confirm(mine, pairing, agreement.sha256)
        operations.confirm(county, pairing, agreement.sha256)
        made = amendment_operations.propose(mine, pairing, {"lines": {line.id: pairing.taken[line.id] + 4},
                                                            "reason": "多给"})
        asked.append({"pairing": pairing.code, "id": made.id, "verb": "confirm"})
    db.session.commit()
    told = race(url(app), "decide", {**asked[0], "actor": county.id},
                {**asked[1], "actor": people.second_county_officer.id})
    assert [kind for kind, _ in told] == ["Refusal", "success"], told
    db.session.expire_all()
    assert line.committed == 17 == sum(one.taken[line.id] for one in (first, other))


def test_withdrawn_and_confirmed_at_once(app, people, pairing):
    sign_both(people, pairing)
    made = amendment_operations.propose(people.organization_member, pairing, {"funds_fen": 1, "reason": "少给"})
    db.session.commit()
    mine = {"pairing": pairing.code, "id": made.id}
    told = race(url(app), "decide", {**mine, "verb": "confirm", "actor": people.county_officer.id},
                {**mine, "verb": "withdraw", "actor": people.organization_member.id})
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    db.session.expire_all()
    assert (pairing.funds_fen == 1) is (made.status == "confirmed")


def test_two_officers_confirm_at_once(app, people, pairing):
    agreement = prepare(people.county_officer, pairing)
    operations.confirm(people.organization_member, pairing, agreement.sha256)
    db.session.commit()
    mine = {"pairing": pairing.code, "sha256": agreement.sha256}
    told = race(url(app), "confirm", {**mine, "actor": people.county_officer.id},
                {**mine, "actor": people.second_county_officer.id})
    assert [kind for kind, _ in told] == ["Refusal", "success"], told
    assert db.session.scalar(db.select(db.func.count(PairingEvent.id)).where(PairingEvent.verb == "sign")) == 1


def test_both_sides_begin_at_once(app, people, pairing):
    mine = {"pairing": pairing.code, "seen": 0}
    told = race(url(app), "save", {**mine, "actor": people.county_officer.id, "text": "甲"},
                {**mine, "actor": people.organization_member.id, "text": "乙"})
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert [one.number for one in queries.drafts_of(queries.agreement_of(pairing))] == [1]
