"""Two processes at once: one succeeds, the other is told in a sentence."""

import datetime as dt

import pytest

from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.offerings.models import Offering
from matchplatform.pairings.delegation_models import Delegation
from matchplatform.pairings.models import Pairing, PairingEvent
from tests import factories
from tests.pairings.racers import race


@pytest.fixture
def url(app):
    return app.config["SQLALCHEMY_DATABASE_URI"]


def settled():
    """Give the database to the others."""
    db.session.commit()
    db.session.remove()
    db.engine.dispose()


def test_two_approving_the_same_pairing(url, people):
    pairing = factories.make_pairing(status="accepted")
    code, number = pairing.code, pairing.id
    ids = [people.province_officer.id, people.second_province_officer.id]
    settled()
    told = race(url, "approve", *({"actor": one, "pairing": code} for one in ids))
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert "已批准这件结对" in told[0][1]
    events = db.session.scalars(db.select(PairingEvent).where(PairingEvent.pairing_id == number,
                                                              PairingEvent.verb == "approve")).all()
    assert len(events) == 1
    assert db.session.get(Pairing, number).approver_id == events[0].actor_id


def test_the_approver_revoking_while_the_county_signs(url, people):
    """Either it was signed and stands, or it was revoked and cannot be signed."""
    pairing = factories.make_pairing(status="approved")
    code, number, ends = pairing.code, pairing.id, today() + dt.timedelta(days=200)
    racers = [{"actor": people.province_officer.id, "verb": "revoke", "reason": "看错了一份材料"},
              {"actor": people.county_officer.id, "verb": "sign", "terms": {
                  "signed_on": today(), "starts_on": today(), "ends_on": ends, "funds_fen": 100, "in_kind_fen": 0}}]
    settled()
    told = race(url, "verbs", *({**one, "pairing": code} for one in racers))
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    after = db.session.get(Pairing, number)
    assert (after.status, after.approver_id is None, after.signed_on is None) in [
        ("accepted", True, True), ("active", False, False)]


def test_withdrawing_while_the_county_accepts(url, people):
    """Whoever comes first, it ends withdrawn and holds nothing; the county is told when it came too late."""
    offering = factories.make_offering(factories.first_organization(), capacity=1)
    pairing = factories.make_pairing(offering=offering)
    code, number, offering_id = pairing.code, pairing.id, offering.id
    racers = [{"actor": people.organization_member.id, "verb": "withdraw", "reason": "人手不够"},
              {"actor": people.county_officer.id, "verb": "accept"}]
    settled()
    told = race(url, "verbs", *({**one, "pairing": code} for one in racers))
    assert [kind for kind, _ in told] in (["Conflict", "success"], ["success", "success"]), told
    assert told[0][0] == "success" or "撤回" in told[0][1]
    assert db.session.get(Pairing, number).status == "withdrawn"
    assert db.session.get(Offering, offering_id).capacity_taken == 0


def test_two_recommending_the_same_pairing(url, people):
    pairing = factories.make_pairing(status="accepted", needs_recommendation=True)
    code, number, version = pairing.code, pairing.id, pairing.version
    ids = [people.city_officer.id, people.second_province_officer.id]
    settled()
    told = race(url, "recommend", *({"actor": one, "pairing": code, "version": version} for one in ids))
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert "推荐" in told[0][1]
    assert db.session.get(Pairing, number).recommended_by in ids


def test_two_handing_one_pairing_to_different_colleagues(url, people):
    pairing = factories.make_pairing(status="accepted", due_at=now() + dt.timedelta(days=2))
    code, number, version = pairing.code, pairing.id, pairing.version
    ids = [people.province_officer.id, people.second_province_officer.id]
    settled()
    told = race(url, "hand_over", *({"actor": one, "pairing": code, "to": other, "version": version}
                                    for one, other in (ids, ids[::-1])))
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert db.session.get(Pairing, number).handler_id in ids


def test_two_delegations_from_two_windows(url, people):
    actor, to = people.province_officer.id, people.second_province_officer.id
    settled()
    told = race(url, "delegate", *({"actor": actor, "to": to} for _ in range(2)))
    assert [kind for kind, _ in told] in (["Conflict", "success"], ["Refusal", "success"]), told
    assert db.session.scalar(db.select(db.func.count()).select_from(Delegation)) == 1


def test_two_accepting_for_the_last_capacity(url, people):
    offering = factories.make_offering(factories.first_organization(), capacity=1)
    codes = [factories.make_pairing(offering=offering).code for _ in range(2)]
    actors, number = [people.county_officer.id, people.second_county_officer.id], offering.id
    settled()
    told = race(url, "accept", *({"actor": actor, "pairing": code}
                                 for actor, code in zip(actors, codes, strict=True)))
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert "容量" in told[0][1]
    assert db.session.get(Offering, number).capacity_taken == 1
    states = db.session.scalars(db.select(Pairing.status).where(Pairing.code.in_(codes))).all()
    assert sorted(states) == ["accepted", "proposed"]


def test_two_bids_of_one_organization_on_one_need(url, people):
    need = factories.make_need()
    organization = factories.first_organization()
    offerings = [factories.make_offering(organization).code for _ in range(2)]
    colleague = factories.make_user("organization_member", username="colleague", organization_id=organization.id)
    actors, code = [people.organization_member.id, colleague.id], need.code
    settled()
    told = race(url, "bid", *({"actor": actor, "need": code, "offering": offering}
                              for actor, offering in zip(actors, offerings, strict=True)))
    assert [kind for kind, _ in told] == ["Conflict", "success"], told
    assert "已经有一件结对" in told[0][1]
    assert db.session.scalar(db.select(db.func.count()).select_from(Pairing)) == 1
