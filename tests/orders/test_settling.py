"""What becomes of the need and its pairings moves the orders behind it; nothing confirms itself."""

import pytest

from matchplatform.catalog.queries import region
from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.needs import merger_operations, merger_rules
from matchplatform.needs import operations as needs
from matchplatform.needs.snapshots import columns, plain
from matchplatform.orders import desk_operations, operations, queries, rules
from matchplatform.pairings import operations as pairings
from tests import factories
from tests.orders.making import accepted, in_hand, make_order

TERMS = {"agreement_number": "", "signed_on": today(), "starts_on": today(),
         "ends_on": today().replace(year=today().year + 1), "funds_fen": 1, "in_kind_fen": 1}


@pytest.fixture
def need(people):
    return factories.make_need(lines=False)


@pytest.fixture
def order(people, need):
    return accepted(make_order(), people.county_officer, need)


def test_the_pairing_s_life_drives_the_order(people, need, order):
    pairing = factories.make_pairing(need=need, status="accepted")
    pairings.act(people.province_officer, pairing, "approve")
    assert order.status == "accepted"
    pairings.act(people.county_officer, pairing, "sign", terms=TERMS)
    assert order.status == "serving"
    pairings.act(people.county_officer, pairing, "complete")
    assert order.status == "delivered"
    assert order.delivered_at is not None
    assert order.confirmed_at is None


def test_a_pairing_that_ends_early_lets_the_order_wait_again(people, need, order):
    pairing = factories.make_pairing(need=need, status="accepted")
    pairings.act(people.province_officer, pairing, "approve")
    pairings.act(people.county_officer, pairing, "sign", terms=TERMS)
    pairings.act(people.county_officer, pairing, "terminate", "村里改造，先停")
    assert order.status == "accepted"


def test_a_completion_that_is_undone_takes_the_order_back(people, need, order):
    pairing = factories.make_pairing(need=need, status="accepted")
    pairings.act(people.province_officer, pairing, "approve")
    pairings.act(people.county_officer, pairing, "sign", terms=TERMS)
    pairings.act(people.county_officer, pairing, "complete")
    pairings.act(people.province_officer, pairing, "reinstate", "登记错了")
    assert order.status == "serving"
    assert order.delivered_at is None


def test_what_its_villager_has_confirmed_stays(people, need, order):
    pairing = factories.make_pairing(need=need, status="accepted")
    pairings.act(people.province_officer, pairing, "approve")
    pairings.act(people.county_officer, pairing, "sign", terms=TERMS)
    pairings.act(people.county_officer, pairing, "complete")
    operations.speak(rules.RESIDENT, order, "confirm")
    pairings.act(people.province_officer, pairing, "reinstate", "登记错了")
    assert order.status == "confirmed"


def test_an_order_put_to_a_need_under_way_stands_where_the_need_stands(people, need):
    factories.make_pairing(need=need, status="active")
    assert accepted(make_order(), people.county_officer, need).status == "serving"


def test_a_need_that_is_withdrawn_or_not_achieved_sends_its_orders_back(people):
    for verb, number in (("withdraw", 1), ("fail", 2)):
        need = factories.make_need()
        order = accepted(make_order(body=f"老人想吃口热饭，{number}号院。"), people.county_officer, need)
        needs.act(people.county_officer, need, verb, "两次征集没有组织能来")
        assert (order.status, order.need_id) == ("submitted", None)
        assert "两次征集没有组织能来" in order.status_reason
        assert order.due_at is not None


def test_orders_of_a_merged_need_follow_the_one_that_took_it_in(people):
    kept = factories.make_need(status="draft", closing_at=None)
    merged = factories.make_need(status="draft", closing_at=None, title="村里老人吃饭难")
    order = accepted(make_order(), people.county_officer, merged)
    other = accepted(make_order(body="我家也要，老人两个。"), people.county_officer, kept)
    mine, theirs = plain(columns(kept)), plain(columns(merged))
    takes = {one.name: merger_rules.usual(one, mine, theirs) for one in merger_rules.differing(mine, theirs)}
    merger_operations.propose_merger(people.county_officer, kept, merged, takes)
    db.session.refresh(merged)
    assert merged.status == "merged"
    assert queries.askers_of(kept) == 2
    assert [one.id for one in queries.orders_of(kept)] == [order.id, other.id]


def test_the_number_of_villagers_counts_each_telephone_once(people, need):
    for n, phone in enumerate(("13871296021", "13871296021", "13871296022")):
        accepted(make_order(body=f"老人想吃口热饭，{n}号院。", phone=phone), people.county_officer, need)
    desk_operations.send_back(people.county_officer, in_hand(
        make_order(body="这张退回，不算在里面。"), people.county_officer), "不归这里管")
    assert queries.askers_of(need) == 2


def test_every_way_between_following_states_has_its_verb():
    for source in rules.FOLLOWING:
        for target in {rules.target_of(states) for states in ([], ["active"], ["completed"], ["active", "completed"],
                                                             ["proposed", "approved"])}:
            if source != target:
                assert rules.verb_between(source, target)
    with pytest.raises(LookupError):
        rules.verb_between("confirmed", "accepted")


def test_the_need_s_draft_belongs_to_the_order_s_township(people):
    order = in_hand(make_order(), people.county_officer)
    need = desk_operations.accept_as_need(people.county_officer, order, "")
    assert region(need.township_code).name == order.township.name
