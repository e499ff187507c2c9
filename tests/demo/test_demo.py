"""The demonstration is what the README says of it, and stays out of real databases."""

import datetime as dt

import pytest
import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.accounts.rules import ROLES
from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import first_break
from matchplatform.catalog.queries import current_campaign
from matchplatform.choosing.counter_models import Counter
from matchplatform.core.clock import now, today
from matchplatform.core.errors import Refusal
from matchplatform.core.uscc import parse_uscc
from matchplatform.demo.build import build_demo
from matchplatform.demo.cast import OWN_COUNTY, PASSWORD, SIGN_INS
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from matchplatform.orders.models import Order
from matchplatform.orders.rules import STATES as ORDER_STATES
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import trend
from matchplatform.pairings.rules import STATES


def test_it_refuses_a_database_that_holds_other_data(app, people):
    before = db.session.scalar(sa.select(sa.func.count()).select_from(User))
    with pytest.raises(Refusal, match="不是空的"):
        build_demo()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == before


def test_it_is_built_once(demo):
    again = build_demo()
    assert again.fresh is False
    assert (again.needs, again.offerings, again.pairings) == (demo.built.needs, demo.built.offerings,
                                                              demo.built.pairings)
    assert not db.session.new
    assert not db.session.dirty


def test_sizes_and_the_campaigns_dates(demo):
    # 120 of the texts, two drafts that may be one, three of villagers' orders, two that were put out to call, one
    # whose order was answered with other terms
    assert demo.built.needs == 128
    # A draft is left out when, counted back from the day of building, its organization had not registered by then.
    assert 258 <= demo.built.offerings <= 266
    assert 58 <= demo.built.organizations <= 66
    campaign = current_campaign()
    assert campaign.is_demo
    assert "演示" in campaign.name
    assert campaign.goal == 160
    assert abs((campaign.ends_on - today()).days - 38) <= 1  # the tests may run over midnight
    assert 30 <= demo.built.counted < 160


def test_every_organization_says_that_it_is_invented_and_has_a_valid_code(demo):
    for organization in db.session.scalars(sa.select(Organization)):
        assert "演示" in organization.name
        code = parse_uscc(organization.uscc)
        assert (code.kind, code.authority, code.level) == (
            organization.kind, organization.authority_code, organization.registration_level)


def test_pairings_in_every_state_over_eighteen_months(demo):
    found = dict(db.session.execute(sa.select(Pairing.status, sa.func.count()).group_by(Pairing.status)).all())
    assert set(found) == set(STATES.values)
    first, last = db.session.execute(sa.select(sa.func.min(Pairing.proposed_at),
                                               sa.func.max(Pairing.proposed_at))).one()
    assert dt.timedelta(days=300) < now() - first < dt.timedelta(days=560)
    assert now() - last < dt.timedelta(days=8)
    line = [number for _, number in trend(current_campaign())]
    assert line[-1] == demo.built.counted
    assert len({number for number in line if number}) >= 8


def test_needs_and_offerings_stand_in_many_states(demo):
    assert len(set(db.session.scalars(sa.select(Need.status)))) >= 7
    assert set(db.session.scalars(sa.select(Offering.status))) == {"draft", "published", "paused", "withdrawn"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Offering).where(
        Offering.capacity_taken > Offering.capacity)) == 0


def test_villagers_orders_stand_in_every_state(demo):
    assert set(db.session.scalars(sa.select(Order.status))) == set(ORDER_STATES.values)
    assert len(set(db.session.scalars(sa.select(Order.village)))) == 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Order).where(Order.disputed_at.is_not(None))) == 1


def test_nothing_happened_in_the_future_and_the_audit_is_whole(demo):
    assert db.session.scalar(sa.select(sa.func.max(AuditRow.at))) <= now()
    checked, broken = first_break()
    assert broken is None
    assert checked > 1000
    moments = list(db.session.scalars(sa.select(AuditRow.at).order_by(AuditRow.id)))
    assert moments == sorted(moments)


def test_every_role_can_sign_in_with_the_printed_password(demo):
    roles = set()
    for username, _ in SIGN_INS:
        client = demo.test_client()
        answer = client.post("/sign-in", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 303, username
        assert client.get("/mine").status_code == 200
        roles.add(db.session.scalar(sa.select(User.role).where(User.username == username)))
    assert roles == set(ROLES.values)


def test_two_calls_of_the_own_county_stand_in_the_demonstration(demo):
    """One in review whose replies are open, one that is sealed still; nobody was chosen, so the count is as it was."""
    from matchplatform.choosing import rules
    from matchplatform.choosing.models import Call, CallQuestion, Reply

    calls = {one.status: one for one in db.session.scalars(db.select(Call))}
    assert set(calls) == {"reviewing", "open"}
    replies = dict(db.session.execute(db.select(Reply.call_id, db.func.count()).group_by(Reply.call_id)).all())
    assert (replies[calls["reviewing"].id], replies[calls["open"].id]) == (3, 2)
    assert rules.is_sealed(calls["open"], now())
    assert not rules.is_sealed(calls["reviewing"], now())
    assert sorted(bool(one) for one in db.session.scalars(db.select(CallQuestion.answer))) == [False, True]


def test_an_order_answered_with_other_terms_waits_for_the_own_county(demo):
    counter = db.session.scalar(db.select(Counter))
    assert (counter.status, counter.pairing.status, counter.pairing.county_code) == ("open", "proposed", OWN_COUNTY)
    assert [one.quantity for one in counter.lines] == [4, 2]
