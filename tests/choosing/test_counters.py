"""An order keeps a place while the organization decides; it may be answered with other terms, one at a time."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.choosing import counter_operations
from matchplatform.choosing.counter_models import Counter
from matchplatform.core.clock import SHANGHAI, frozen
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings import operations, queries
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.reservation_work import release_places
from matchplatform.portal.waiting import built
from tests import factories
from tests.web.pages import words

ASKED = {"message": "请你们来办这件事，越早越好。", "offered_funds_fen": 5_000_000}
MONDAY = dt.datetime(2026, 12, 7, 9, 0, tzinfo=SHANGHAI)
TERMS = {"message": "今年只够办十套，明年再补。", "funds_fen": 2_000_000, "in_kind_fen": 0}


@pytest.fixture
def ordered(people):
    """An order of everything on an offering with one place, on a Monday morning."""
    with frozen(MONDAY):
        need = factories.make_need()
        offering = factories.make_offering(factories.first_organization(), capacity=1)
        db.session.commit()
        pairing = operations.order(people.county_officer, offering, need, ASKED)
        db.session.commit()
    return pairing


def terms(pairing, quantity=10, **values):
    return {**TERMS, "lines": {pairing.need.lines[0].id: quantity}, **values}


def test_the_place_is_kept_for_two_working_days(people, ordered):
    assert (ordered.offering.capacity_taken, ordered.reserved_until) == (
        1, dt.datetime(2026, 12, 9, 17, 30, tzinfo=SHANGHAI))
    with frozen(MONDAY), pytest.raises(Refusal, match="容量"):
        operations.order(people.other_county_officer, ordered.offering,
                         factories.make_need(county=factories.OTHER_COUNTY, author="other_county_officer"), ASKED)


def test_who_accepts_in_time_takes_the_kept_place_once(people, ordered):
    with frozen(MONDAY):
        operations.act(people.organization_member, ordered, "accept")
    assert (ordered.status, ordered.offering.capacity_taken, ordered.reserved_until) == ("accepted", 1, None)


@pytest.mark.parametrize(("who", "verb"), [("organization_member", "decline"), ("county_officer", "withdraw")])
def test_the_place_comes_free_when_the_order_ends(people, ordered, who, verb):
    with frozen(MONDAY):
        operations.act(getattr(people, who), ordered, verb, "办不了这么多")
    assert (ordered.offering.capacity_taken, ordered.reserved_until) == (0, None)


def test_after_two_working_days_the_place_is_released_and_both_are_told_once(people, ordered):
    late = dt.datetime(2026, 12, 10, 7, 30, tzinfo=SHANGHAI)
    assert release_places(ordered.reserved_until) == (0, 0)
    with frozen(late):
        assert release_places(late) == (3, 0)
        assert release_places(late) == (0, 0)
    assert (ordered.status, ordered.offering.capacity_taken, ordered.reserved_until) == ("proposed", 0, None)
    assert db.session.scalar(db.select(db.func.count()).select_from(Notice).where(
        Notice.user_id == people.organization_member.id, Notice.title.contains("容量已放回"))) == 1
    assert [move.phrase for move in queries.moves_of(ordered)][-1] == "过了答复的时间，把留着的容量放回"
    with frozen(late):
        operations.act(people.organization_member, ordered, "accept")
    assert (ordered.status, ordered.offering.capacity_taken) == ("accepted", 1)


def test_the_county_accepts_a_part_with_other_amounts(people, ordered):
    with frozen(MONDAY):
        counter = counter_operations.propose(people.organization_member, ordered, terms(ordered))
        counter_operations.act(people.second_county_officer, counter, "accept")
        db.session.commit()
    line = ordered.need.lines[0]
    assert (ordered.status, counter.status, ordered.taken) == ("accepted", "accepted", {line.id: 10})
    assert (line.committed, ordered.offered_funds_fen, ordered.offered_in_kind_fen) == (10, 2_000_000, 0)
    assert (ordered.proposed_by, ordered.accepted_by) == (people.county_officer.id, people.organization_member.id)
    assert ordered.offering.capacity_taken == 1


def test_a_declined_counter_leaves_the_order_as_it_was(people, ordered):
    with frozen(MONDAY):
        counter = counter_operations.propose(people.organization_member, ordered, terms(ordered))
        with pytest.raises(Refusal, match="要写明理由"):
            counter_operations.act(people.county_officer, counter, "decline")
        counter_operations.act(people.county_officer, counter, "decline", "十套不够用")
        db.session.commit()
        assert (ordered.status, sum(ordered.taken.values()), counter.reason) == ("proposed", 17, "十套不够用")
        counter_operations.propose(people.organization_member, ordered, terms(ordered, 15))  # and another may follow


def test_one_open_at_a_time_by_the_database_too(people, ordered):
    with frozen(MONDAY):
        counter_operations.propose(people.organization_member, ordered, terms(ordered))
        with pytest.raises(Conflict, match="已经提过别的条件"):
            counter_operations.propose(people.organization_member, ordered, terms(ordered, 12))
        db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.insert(Counter).values(
            pairing_id=ordered.id, status="open", message="", funds_fen=0, in_kind_fen=0, reason="", version=1,
            proposed_by=people.organization_member.id, proposed_at=MONDAY))


@pytest.mark.parametrize("name", [one for one in factories.PEOPLE if "county_officer" not in one
                                  or one == "other_county_officer"])
def test_nobody_but_the_county_answers(people, ordered, name):
    with frozen(MONDAY):
        counter = counter_operations.propose(people.organization_member, ordered, terms(ordered))
        for verb in ("accept", "decline"):
            with pytest.raises(Refusal):
                counter_operations.act(getattr(people, name), counter, verb, "理由")
    assert counter.status == "open"


def test_only_its_organization_proposes_and_only_while_the_order_waits(people, ordered):
    with frozen(MONDAY):
        for one in (people.other_organization_member, people.county_officer):
            with pytest.raises(Refusal):
                counter_operations.propose(one, ordered, terms(ordered))
        for quantity, said in ((0, "还没有写能办哪几项"), (18, "只差 17 套")):
            with pytest.raises(Refusal, match=said):
                counter_operations.propose(people.organization_member, ordered, terms(ordered, quantity))
        operations.act(people.organization_member, ordered, "accept")
        with pytest.raises(Refusal, match="已经有了结果"):
            counter_operations.propose(people.organization_member, ordered, terms(ordered))


def test_an_own_bid_is_not_countered(people):
    pairing = factories.make_pairing()
    with pytest.raises(Refusal, match="不是县里的点单"):
        counter_operations.propose(people.organization_member, pairing, terms(pairing))


def test_a_second_answer_is_a_conflict(people, ordered):
    with frozen(MONDAY):
        counter = counter_operations.propose(people.organization_member, ordered, terms(ordered))
        counter_operations.act(people.county_officer, counter, "decline", "十套不够用")
        db.session.commit()
        with pytest.raises(Conflict, match="刚刚有人答复"):
            counter_operations.act(people.second_county_officer, counter, "accept")


def test_the_pages_of_both_sides(people, as_organization_member, as_county_officer, as_other_county_officer):
    offering = factories.make_offering(factories.first_organization(), capacity=1)
    pairing = operations.order(people.county_officer, offering, factories.make_need(), ASKED)
    db.session.commit()
    url = f"/desk/pairings/{pairing.code}"
    assert "提别的条件" in as_organization_member.get(url).text
    assert "已为这次点单留出 1 个容量" in as_county_officer.get(url).text
    assert as_organization_member.get(f"{url}/counter").status_code == 200
    typed = {f"take-{pairing.need.lines[0].id}": "10", "message": "短", "funds_fen": "2", "in_kind_fen": "0"}
    refused = as_organization_member.post(f"{url}/counter", data=typed)
    assert refused.status_code == 422
    assert 'value="10"' in refused.text
    typed["message"] = TERMS["message"]
    assert as_organization_member.post(f"{url}/counter", data=typed).status_code == 303
    assert TERMS["message"] in as_county_officer.get(url).text
    number = db.session.scalars(db.select(Counter.id)).one()
    assert as_other_county_officer.post(f"{url}/counter/{number}/accept").status_code == 404
    assert as_county_officer.post(f"{url}/counter/{number + 1}/accept").status_code == 404
    assert as_county_officer.post(f"{url}/counter/{number}/accept").status_code == 303
    assert db.session.scalar(db.select(Pairing.status)) == "accepted"


def test_it_waits_on_the_countys_page_and_the_organization_waits_for_the_answer(people, ordered, as_county_officer,
                                                                                as_organization_member):
    def todo(actor):
        return [one.title.split("：")[0] for one in built(actor).todo if one.kind == "order"]

    county, member = people.county_officer, people.organization_member
    assert (todo(county), len(todo(member))) == ([], 1)
    with frozen(MONDAY):
        made = counter_operations.propose(member, ordered, terms(ordered))
    db.session.commit()
    assert (todo(county), todo(member)) == (["对方提了别的条件"], [])
    assert TERMS["message"] in words(as_county_officer.get("/mine"))
    assert "您提的条件" in words(as_organization_member.get("/mine"))
    with frozen(MONDAY):
        counter_operations.act(county, made, "decline", "今年一定要全办")
    db.session.commit()
    assert (todo(county), len(todo(member))) == ([], 1)
