"""What somebody agreed to was changed by the other side: he is asked again, and nobody goes on until he answered."""

import pytest
import sqlalchemy as sa

from matchplatform.audit.queries import first_break
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs.change_operations import decide_change, propose_change
from matchplatform.notices.models import Notice
from matchplatform.offerings.operations import edit_offering
from matchplatform.pairings import operations, queries, rules
from matchplatform.pairings.checks import case_checks, failures, flag_of
from matchplatform.pairings.confirmation_queries import open_changes, version_shown
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.pairings.racers import race

LINES = [{"item": "餐桌椅", "quantity": 12, "unit": "套", "unit_price_fen": 60_000}]
BODY = "村里75岁以上老人80个，房子腾出来了，就差灶台、冰箱、消毒柜和桌椅。"


def change_need(people, need, values=None):
    """The county proposes, a colleague releases."""
    change = propose_change(people.county_officer, need, values or {"lines": LINES, "body": BODY}, "核实过了").waiting
    if change is not None:
        decide_change(people.second_county_officer, need, change, "release")
    db.session.flush()


def heard(user, pairing):
    return [one.kind for one in db.session.scalars(sa.select(Notice).where(
        Notice.user_id == user.id, Notice.subject_code == pairing.code).order_by(Notice.id))]


def labels(pairing, side):
    return [one.label for one in open_changes(pairing)[side]]


@pytest.mark.parametrize("origin", ["bid", "order"])
@pytest.mark.parametrize("status", rules.STATES.values)
def test_a_changed_need_is_confirmed_before_approval_and_told_after_it(people, status, origin):
    pairing = factories.make_pairing(status=status, origin=origin, need=factories.make_need())
    change_need(people, pairing.need)
    asked, told = status in ("proposed", "accepted"), status in ("approved", "active", "suspended")
    assert (pairing.confirm_need_from is not None, pairing.confirm_offering_from) == (asked, None)
    assert heard(people.organization_member, pairing) == (["to_do"] if asked else ["told"] if told else [])
    assert heard(people.province_officer, pairing) == (["told"] if status == "accepted" else [])
    assert (labels(pairing, "organization") if asked else []) == (["要办的事", "要的东西"] if asked else [])


@pytest.mark.parametrize("status", ["proposed", "accepted"])
def test_until_it_is_confirmed_nobody_agrees_or_approves(people, status):
    pairing = factories.make_pairing(status=status, need=factories.make_need())
    change_need(people, pairing.need)
    actor, verb = ((people.county_officer, "accept") if status == "proposed"
                   else (people.province_officer, "approve"))
    with pytest.raises(Refusal, match="需求改过，等社会组织确认改动"):
        operations.act(actor, pairing, verb)
    assert [flag_of(one) for one in failures(case_checks(pairing))] == ["等对方确认改动"]
    assert verb not in {one.verb for one in rules.open_verbs(pairing, queries.parties_of(actor, pairing))}
    assert operations.approve_many(people.province_officer, [(pairing, None)], "")[0].approved is False
    operations.act(people.organization_member, pairing, "confirm", version=pairing.version)
    assert (pairing.status, pairing.confirm_need_from) == (status, None)
    assert failures(case_checks(pairing)) == []
    operations.act(actor, pairing, verb)
    assert pairing.status == ("accepted" if status == "proposed" else "approved")
    assert first_break()[1] is None


@pytest.mark.parametrize("status", ["proposed", "accepted"])
@pytest.mark.parametrize("origin", ["bid", "order"])
def test_whoever_is_asked_may_leave_without_a_reason(people, status, origin):
    pairing = factories.make_pairing(status=status, origin=origin, need=factories.make_need())
    change_need(people, pairing.need)
    operations.act(people.organization_member, pairing, "retract")
    assert (pairing.status, pairing.offering.capacity_taken) == ("withdrawn", 0)
    assert heard(people.county_officer, pairing) == ["told"]
    assert heard(people.province_officer, pairing) == (["told", "told"] if status == "accepted" else [])


@pytest.mark.parametrize("verb", ["confirm", "retract"])
@pytest.mark.parametrize(("need_changed", "offering_changed", "who"), [
    (False, False, set()), (True, False, {"organization_member"}),
    (False, True, {"county_officer", "second_county_officer"}),
    (True, True, {"organization_member", "county_officer", "second_county_officer"})])
def test_each_side_confirms_what_the_other_changed_and_nobody_else(people, verb, need_changed, offering_changed, who):
    pairing = factories.make_pairing(need=factories.make_need())
    pairing.confirm_need_from = 1 if need_changed else None
    pairing.confirm_offering_from = 1 if offering_changed else None
    for name in factories.PEOPLE:
        mine = queries.parties_of(getattr(people, name), pairing)
        assert bool(rules.LIFECYCLE.verdict(verb, "proposed", mine)) == (name in who), name


def test_a_changed_offering_is_confirmed_by_the_county(people):
    pairing = factories.make_pairing(status="accepted", origin="order", need=factories.make_need())
    edit_offering(people.organization_member, pairing.offering, {"funds_fen": 100, "contact_name": "别人"})
    assert labels(pairing, "county") == ["可投入资金", "联系人"]
    assert heard(people.county_officer, pairing) == ["to_do"]
    with pytest.raises(Refusal, match="供给改过，等县里确认改动"):
        operations.act(people.province_officer, pairing, "approve")
    operations.act(people.county_officer, pairing, "confirm")
    operations.act(people.province_officer, pairing, "approve")
    assert pairing.status == "approved"


@pytest.mark.parametrize("values", [{"contact_name": "别人"}, {"capacity": 9}, {"past_cases": "又办成一处"}])
def test_what_nobody_agreed_to_asks_nobody(people, values):
    pairing = factories.make_pairing(need=factories.make_need())
    edit_offering(people.organization_member, pairing.offering, values)
    assert (pairing.confirm_offering_from, heard(people.county_officer, pairing)) == (None, [])


def test_a_new_contact_of_the_need_is_told_and_not_asked(people):
    pairing = factories.make_pairing(need=factories.make_need())
    change_need(people, pairing.need, {"contact_name": "李主任"})
    assert (pairing.confirm_need_from, heard(people.organization_member, pairing)) == (None, ["told"])


def test_two_changes_are_confirmed_in_one_go(people):
    pairing = factories.make_pairing(need=factories.make_need())
    change_need(people, pairing.need)
    change_need(people, pairing.need, {"title": "食堂缺桌椅"})
    assert labels(pairing, "organization") == ["项目名称", "要办的事", "要的东西"]
    operations.act(people.organization_member, pairing, "confirm")
    assert open_changes(pairing) == {}


def test_more_than_what_is_still_wanted_cannot_be_confirmed(people):
    need = factories.make_need()
    pairing = factories.make_pairing(need=need, taken={need.lines[0]: 17})
    change_need(people, need)
    with pytest.raises(Refusal, match=r"只差 12 套.*您报的是 17 套"):
        operations.act(people.organization_member, pairing, "confirm")
    operations.act(people.organization_member, pairing, "retract")
    assert pairing.status == "withdrawn"


def test_a_page_from_before_the_change_is_told_what_happened(people):
    pairing = factories.make_pairing(need=factories.make_need())
    seen = pairing.version
    change_need(people, pairing.need)
    with pytest.raises(Conflict, match=r"陈思 .*让改动生效，请对方确认"):
        operations.act(people.county_officer, pairing, "accept", version=seen)


# ---- a bid that meets a change

def test_a_bid_on_the_old_text_is_told_what_changed(people):
    need = factories.make_need()
    offering = factories.make_offering(factories.first_organization())
    values = {"message": "我们可以马上进场办理。", "seen": version_shown(need)}
    change_need(people, need)
    with pytest.raises(Conflict, match="这条需求改过：要办的事、要的东西"):
        operations.bid(people.organization_member, need, offering, values)
    pairing = operations.bid(people.organization_member, need, offering, {**values, "seen": version_shown(need)})
    assert (pairing.status, pairing.confirm_need_from) == ("proposed", None)


def test_moves_of_the_need_do_not_trouble_a_bid(people):
    need = factories.make_need()
    offering = factories.make_offering(factories.first_organization())
    change_need(people, need, {"contact_name": "李主任"})
    seen = version_shown(need)
    change_need(people, need, {"contact_name": "王主任"})
    assert operations.bid(people.organization_member, need, offering,
                          {"message": "我们可以马上进场办理。", "seen": seen}).status == "proposed"


def test_a_bid_and_a_released_change_at_once_leave_no_bid_on_a_text_nobody_confirmed(app, people):
    """Whichever comes first: the bid is refused with what changed, or it is there and waits to be confirmed."""
    need = factories.make_need()
    change_need(people, need, {"contact_name": "李主任"})  # the history has begun
    offering = factories.make_offering(factories.first_organization())
    change = propose_change(people.county_officer, need, {"body": BODY}, "核实过了").waiting
    bidder = {"actor": people.organization_member.id, "need": need.code, "offering": offering.code,
              "seen": version_shown(need)}
    releaser = {"actor": people.second_county_officer.id, "need": need.code, "change": change.id}
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    told = race(app.config["SQLALCHEMY_DATABASE_URI"], "bid or release", bidder, releaser)
    kept = list(db.session.scalars(sa.select(Pairing)))
    if [kind for kind, _ in told] == ["success", "success"]:
        assert [one.confirm_need_from is not None for one in kept] == [True]
    else:
        assert [kind for kind, _ in told] == ["Conflict", "success"], told
        assert "这条需求改过：要办的事" in told[0][1]
        assert kept == []
