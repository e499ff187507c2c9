"""What pairings make of their need, whichever order things happen in; and who is asked again after having been away."""

import datetime as dt
import itertools

import pytest
import sqlalchemy as sa

from matchplatform.core.clock import now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import change_operations, operations
from matchplatform.needs.models import Need, NeedLine
from matchplatform.organizations.models import Organization
from matchplatform.pairings import operations as pairings
from matchplatform.pairings import rules
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.pairings.test_lines import SAY, TERMS

# (present, statuses, rest) -> state; written from the domain page, not from rules.py
TABLE = {
    ("published", ("approved",), False): "matched", ("published", ("approved",), True): "published",
    ("published", ("active", "completed"), False): "matched", ("matched", ("active",), True): "published",
    ("closed", ("approved",), False): "matched", ("closed", ("approved",), True): "closed",
    ("matched", ("completed",), False): "fulfilled", ("matched", ("completed", "terminated"), False): "fulfilled",
    ("matched", ("completed", "proposed"), False): "matched", ("matched", ("completed",), True): "published",
    ("published", ("suspended",), False): "matched", ("matched", ("suspended", "completed"), False): "matched",
    ("matched", ("suspended",), True): "published",
    ("matched", ("terminated",), False): "published", ("fulfilled", ("active",), False): "matched",
    ("fulfilled", ("terminated",), False): "published", ("matched", ("proposed",), False): "published",
    ("published", ("declined",), False): "published", ("closed", ("declined",), False): "closed",
    ("withdrawn", ("approved",), False): "withdrawn", ("merged", ("completed",), False): "merged",
    ("unsuccessful", ("active",), False): "unsuccessful", ("draft", (), False): "draft",
}


def test_the_state_of_a_need_follows_from_its_pairings_in_any_order():
    for (present, statuses, rest), wanted in TABLE.items():
        for order in itertools.permutations(statuses):
            assert rules.need_state(present, order, rest) == wanted, (present, order, rest)


@pytest.fixture
def change(people):
    """Change a released need: one officer proposes, his colleague releases."""
    def make(need, **values):
        wanted = {"title": need.title, "body": need.body, **values}
        made = change_operations.propose_change(people.county_officer, need, wanted, "县里调整了规划", need.version)
        change_operations.decide_change(people.second_county_officer, need, made.waiting, "release")
    return make


@pytest.fixture
def go(people):
    who = {"approve": people.province_officer, "reject": people.province_officer,
           "confirm": people.organization_member, "retract": people.organization_member}

    def make(pairing, *verbs, by=None, **more):
        for verb in verbs:
            pairings.act(by or who.get(verb, people.county_officer), pairing, verb, "说明理由",
                         terms=TERMS if verb == "sign" else None, **more)
    return make


@pytest.fixture
def need(people):
    made = factories.make_need(lines=False)
    made.lines = [NeedLine(position=1, item="冰箱", quantity=4, unit="台")]
    db.session.flush()
    return made


@pytest.fixture
def pairing(people, need):
    offering = factories.make_offering(db.session.get(Organization, people.organization_member.organization_id))
    return pairings.bid(people.organization_member, need, offering, SAY)


NEW_TEXT = "村里改了做法：食堂改成送餐上门，每天中午一顿，六个村都要送到，冰箱照旧要四台。"


def test_a_bid_that_was_away_while_the_need_changed_is_asked_when_it_comes_back(need, pairing, go, change):
    go(pairing, "decline")
    change(need, body=NEW_TEXT)
    go(pairing, "reinstate")
    assert pairing.confirm_need_from is not None
    with pytest.raises(Refusal, match="确认"):
        go(pairing, "accept")
    go(pairing, "confirm", "accept", "approve")
    assert pairing.status == "approved"


def test_a_rejected_pairing_is_asked_too(people, need, pairing, go, change):
    go(pairing, "accept", "reject")
    change(need, body=NEW_TEXT)
    go(pairing, "reinstate", by=people.province_officer)
    with pytest.raises(Refusal, match="确认"):
        go(pairing, "approve")


def test_what_comes_back_to_an_unchanged_need_is_not_asked(need, pairing, go):
    go(pairing, "decline", "reinstate")
    assert pairing.confirm_need_from is None


@pytest.mark.parametrize("verb", ["withdraw", "fail"])
def test_no_approved_pairing_comes_to_life_on_a_need_that_is_away(people, need, pairing, go, verb):
    go(pairing, "accept", "approve", "terminate")
    operations.act(people.county_officer, need, verb, "村里不办了")
    db.session.commit()
    with pytest.raises(Refusal, match="不能恢复"):
        go(pairing, "reinstate", by=people.province_officer)


def test_a_change_that_asks_for_more_opens_a_matched_need(need, pairing, go, change):
    go(pairing, "accept", "approve")
    assert need.status == "matched"
    change(need, lines=[{"item": "冰箱", "quantity": 9, "unit": "台"}])
    assert (need.status, need.lines[0].residual) == ("published", 5)


def test_a_change_that_asks_for_less_ends_what_is_done(need, pairing, go, change, people):
    need.lines[0].quantity = 10
    db.session.flush()
    go(pairing, "accept", "approve", "sign", "complete")
    assert need.status == "published"
    change(need, lines=[{"item": "冰箱", "quantity": 4, "unit": "台"}])
    assert need.status == "fulfilled"


def test_who_took_a_need_as_a_whole_takes_the_lines_that_it_is_given_later(people, go, change):
    need = factories.make_need(lines=False)
    offering = factories.make_offering(db.session.get(Organization, people.organization_member.organization_id))
    pairing = pairings.bid(people.organization_member, need, offering, SAY)
    go(pairing, "accept", "approve")
    change(need, lines=[{"item": "冰箱", "quantity": 4, "unit": "台"}])
    assert (need.status, need.lines[0].committed, pairing.taken) == ("matched", 4, {need.lines[0].id: 4})
    go(pairing, "sign", "complete")
    assert (need.status, need.lines[0].delivered) == ("fulfilled", 4)


def test_a_bid_from_before_the_lines_takes_what_is_left_when_it_is_accepted(people, go, change):
    need = factories.make_need(lines=False)
    offering = factories.make_offering(db.session.get(Organization, people.organization_member.organization_id))
    pairing = pairings.bid(people.organization_member, need, offering, SAY)
    change(need, lines=[{"item": "冰箱", "quantity": 4, "unit": "台"}])
    go(pairing, "confirm", "accept")
    assert (need.lines[0].committed, pairing.taken) == (4, {need.lines[0].id: 4})


def test_a_confirmation_covers_only_what_its_page_showed(need, pairing, go, change):
    change(need, body=NEW_TEXT)
    seen = pairing.version
    change(need, body=NEW_TEXT + "另外还要一名厨师。")
    with pytest.raises(Conflict):
        go(pairing, "confirm", version=seen)
    go(pairing, "confirm", version=pairing.version)
    assert pairing.confirm_need_from is None


def test_a_need_opened_once_more_is_not_shut_by_a_bid_that_is_turned_down(people, need, pairing, go):
    go(pairing, "accept", "approve")
    operations.act(people.county_officer, need, "reopen", "还想多几家", closing_at=now() + dt.timedelta(days=9))
    need.lines[0].quantity = 6
    db.session.flush()
    other = factories.make_offering(db.session.get(Organization, people.other_organization_member.organization_id))
    second = pairings.bid(people.other_organization_member, need, other, SAY)
    go(second, "decline")
    assert need.status == "published"


def test_every_need_of_the_tables_agrees_with_its_pairings(need, pairing, go):
    """The state in the database is the one that the rule gives."""
    go(pairing, "accept", "approve")
    for one in db.session.scalars(sa.select(Need)):
        statuses = list(db.session.scalars(sa.select(Pairing.status).where(Pairing.need_id == one.id)))
        assert rules.need_state(one.status, statuses, bool(one.residual)) == one.status


def test_the_count_names_a_need_only_to_whom_may_see_it(people, as_visitor, as_county_officer):
    need = factories.make_need(title="某户孩子要动手术", publicity="signed_in", status="matched")
    factories.make_pairing(need=need, status="approved")
    db.session.commit()
    assert "某户孩子要动手术" not in as_visitor.get("/count").get_data(as_text=True)
    assert "某户孩子要动手术" in as_county_officer.get("/count").get_data(as_text=True)


def test_a_choice_that_does_not_exist_is_left_aside(as_visitor):
    need = factories.make_need()
    db.session.commit()
    for query in ("category=zzz", "city=999999", "state=foo", "urgency=zz", "county=420900"):
        assert need.title in as_visitor.get(f"/needs?{query}").get_data(as_text=True), query


def test_hits_that_somebody_may_not_see_are_not_counted_for_him(people):
    from matchplatform.matching.finding import find_needs
    from matchplatform.needs.filters import NeedFilter

    factories.make_need(title="骨髓移植要花钱", publicity="signed_in")
    db.session.commit()
    assert find_needs(NeedFilter(q="骨髓移植")).hits == 0
    assert find_needs(NeedFilter(q="骨髓移植"), people.county_officer).hits == 1
