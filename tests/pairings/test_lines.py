"""A need's lines are shared out: agreed is committed, done is delivered, the rest stays open."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.clock import now, today
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.needs import operations as need_operations
from matchplatform.needs.models import NeedLine
from matchplatform.organizations.models import Organization
from matchplatform.pairings import operations
from matchplatform.pairings.forms import ProposalForm
from tests import factories
from tests.pairings.racers import race

SAY = {"message": "我们可以马上进场办理。"}
TERMS = {"signed_on": today(), "starts_on": today(), "ends_on": today() + dt.timedelta(days=200), "funds_fen": 0,
         "in_kind_fen": 0}
SHARED, LEFT = [(4, 0, 0), (20, 0, 0)], [(4, 0, 0), (5, 0, 15)]


@pytest.fixture
def need(people):
    made = factories.make_need(lines=False)
    made.lines = [NeedLine(position=1, item="冰箱", quantity=4, unit="台"),
                  NeedLine(position=2, item="桌椅", quantity=20, unit="套")]
    db.session.flush()
    return made


@pytest.fixture
def two(people):
    """Two organizations: the member who bids and the offering."""
    return [(one, factories.make_offering(db.session.get(Organization, one.organization_id)))
            for one in (people.organization_member, people.other_organization_member)]


def bid(pair, need, *quantities):
    member, offering = pair
    return operations.bid(member, need, offering, {**SAY, "lines": {
        line.id: n for line, n in zip(need.lines, quantities, strict=True) if n}})


def quantities(need):
    """(committed, delivered, residual) of each line, as the database has it."""
    db.session.refresh(need)
    return [(one.committed, one.delivered, one.residual) for one in need.lines]


@pytest.fixture
def go(people):
    """Let the right person make moves of a pairing."""
    who = {"approve": people.province_officer, "reject": people.province_officer,
           "reinstate": people.province_officer}

    def make(pairing, *verbs):
        for verb in verbs:
            operations.act(who.get(verb, people.county_officer), pairing, verb, "说明理由",
                           terms=TERMS if verb == "sign" else None)
    return make


@pytest.fixture
def shared(need, two, go):
    """Two organizations share the need between them; both approved."""
    first, second = bid(two[0], need, 4, 5), bid(two[1], need, 0, 15)
    go(first, "accept", "approve")
    go(second, "accept", "approve")
    return first, second


def test_a_need_is_shared_by_two_and_matched_when_nothing_is_left(need, two, go):
    first, second = bid(two[0], need, 4, 5), bid(two[1], need, 0, 15)
    assert quantities(need) == [(0, 0, 4), (0, 0, 20)]                 # a proposal takes nothing
    go(first, "accept")
    assert quantities(need) == LEFT
    go(first, "approve")
    assert need.status == "published"
    assert [one.item for one in need.residual] == ["桌椅"]
    go(second, "accept", "approve")
    assert need.status == "matched"
    assert quantities(need) == SHARED


def test_what_comes_free_is_open_again(need, shared, go):
    go(shared[1], "terminate")
    assert need.status == "published"
    assert quantities(need) == LEFT
    go(shared[1], "reinstate")
    assert need.status == "matched"
    assert quantities(need) == SHARED


def test_a_rejected_share_opens_a_matched_need(need, two, go):
    first, second = bid(two[0], need, 4, 5), bid(two[1], need, 0, 15)
    go(first, "accept")
    go(second, "accept")
    go(first, "approve")
    assert need.status == "matched"
    go(second, "reject")
    assert need.status == "published"
    assert quantities(need) == LEFT


def test_completed_is_delivered_and_the_need_is_done_when_all_of_it_is(need, shared, go):
    go(shared[0], "sign", "complete")
    assert need.status == "matched"
    assert quantities(need) == [(4, 4, 0), (20, 5, 0)]
    go(shared[1], "sign", "complete")
    assert need.status == "fulfilled"
    assert quantities(need) == [(4, 4, 0), (20, 20, 0)]
    go(shared[1], "reinstate")
    assert need.status == "matched"
    assert quantities(need) == [(4, 4, 0), (20, 5, 0)]


def test_a_part_done_leaves_the_need_open_for_the_rest(need, two, go):
    first = bid(two[0], need, 4, 0)
    go(first, "accept", "approve", "sign", "complete")
    assert need.status == "published"
    assert quantities(need) == [(4, 4, 0), (0, 0, 20)]


def test_nobody_takes_more_than_is_left(need, two, go):
    first, second = bid(two[0], need, 4, 15), bid(two[1], need, 0, 15)
    go(first, "accept")
    db.session.commit()
    with pytest.raises(Refusal, match="“桌椅”只差 5 套了"):
        go(second, "accept")
    db.session.rollback()
    assert quantities(need) == [(4, 0, 0), (15, 0, 5)]
    assert second.status == "proposed"
    assert second.offering.capacity_taken == 0


@pytest.mark.parametrize(("wanted", "said"), [((5, 0), "只差 4 台"), ((0, 0), "还没有写接哪几项"), ((-1, 0), "大于 0")])
def test_a_bid_names_lines_within_what_is_left(need, two, wanted, said):
    with pytest.raises(Refusal, match=said):
        bid(two[0], need, *wanted)


def test_a_bid_on_another_needs_line_is_refused(need, two):
    other = factories.make_need()
    member, offering = two[0]
    with pytest.raises(Refusal, match="接哪几项"):
        operations.bid(member, need, offering, {**SAY, "lines": {other.lines[0].id: 1}})


def test_without_a_choice_all_that_is_left_is_taken(need, two, go):
    go(bid(two[0], need, 3, 0), "accept")
    member, offering = two[1]
    rest = operations.bid(member, need, offering, SAY)
    assert rest.taken == {need.lines[0].id: 1, need.lines[1].id: 20}


def test_a_need_with_nothing_left_takes_no_bid(need, two, go):
    go(bid(two[0], need, 4, 20), "accept")
    with pytest.raises(Refusal, match="都有组织认下了"):
        bid(two[1], need, 1, 1)


@pytest.mark.parametrize("values", [{"committed": 5}, {"committed": 2, "delivered": 3}, {"delivered": -1}])
def test_the_database_refuses_quantities_that_cannot_be(need, values):
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(NeedLine).where(NeedLine.id == need.lines[0].id).values(**values))


def rows(*lines):
    return [{"item": item, "quantity": quantity, "unit": unit} for item, quantity, unit in lines]


def test_a_named_line_stays_and_is_not_cut_below_what_was_taken(need, two, go):
    go(bid(two[0], need, 3, 0), "accept")
    bid(two[1], need, 0, 2)
    with pytest.raises(Refusal, match="认下 3 台"):
        need_operations._fill_lines(need, rows(("冰箱", 2, "台"), ("桌椅", 20, "套")))
    with pytest.raises(Refusal, match=r"桌椅.*不能删掉"):
        need_operations._fill_lines(need, rows(("冰箱", 4, "台")))


def test_lines_keep_what_was_taken_when_they_change_places(need, two, go):
    go(bid(two[0], need, 3, 0), "accept")
    assert need_operations._fill_lines(need, rows(("灶台", 1, "口"), ("桌椅", 20, "套"), ("冰箱", 5, "台")))
    db.session.flush()
    db.session.expire_all()
    assert [(one.position, one.item, one.quantity, one.committed) for one in need.lines] == [
        (1, "灶台", 1, 0), (2, "桌椅", 20, 0), (3, "冰箱", 5, 3)]


def test_two_officers_accepting_the_same_rest_at_once(app, people, need, two):
    codes = [bid(pair, need, 0, 15).code for pair in two]
    actors = [people.county_officer.id, people.second_county_officer.id]
    line = need.lines[1].id
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    told = race(app.config["SQLALCHEMY_DATABASE_URI"], "accept", *(
        {"actor": actor, "pairing": code} for actor, code in zip(actors, codes, strict=True)))
    assert [kind for kind, _ in told] == ["Refusal", "success"], told
    assert "只差 5 套" in told[0][1]
    assert db.session.get(NeedLine, line).committed == 15


def test_a_need_that_was_not_achieved_ends_what_was_proposed_and_may_open_again(people, need, two):
    first = bid(two[0], need, 4, 5)
    need_operations.act(people.county_officer, need, "fail", "村里改了规划")
    assert (need.status, first.status) == ("unsuccessful", "declined")
    need_operations.act(people.county_officer, need, "reopen", "规划又改回来了",
                        closing_at=now() + dt.timedelta(days=9))
    assert need.status == "published"


# ---- as typed

@pytest.fixture
def typed(app, need):
    def answer(*texts):
        with app.test_request_context(method="POST", data={
                f"take-{line.id}": text for line, text in zip(need.lines, texts, strict=False)}):
            form = ProposalForm(meta={"csrf": False})
            form.lines.offer(need.lines)
            form.lines.validate(form)
            return form.lines
    return answer


@pytest.mark.parametrize(("texts", "taken"), [
    (("2", ""), {0: 2}), (("４ 台", "1 0 套"), {0: 4, 1: 10}), (("0", "20"), {1: 20}), ((), {0: 4, 1: 20})])
def test_quantities_are_read_as_people_write_them(typed, need, texts, taken):
    field = typed(*texts)
    assert not field.errors
    assert field.data == {need.lines[n].id: quantity for n, quantity in taken.items()}


@pytest.mark.parametrize(("texts", "fault", "kept"), [
    (("两台", ""), "“冰箱”接多少要填整数", "两台"), (("5", ""), "“冰箱”只差 4 台了", "5"),
    (("", "0"), "还没有写接哪几项", ""), (("-1", ""), "“冰箱”接多少要填整数", "-1")])
def test_what_cannot_be_taken_is_said_and_stays_typed(typed, texts, fault, kept):
    field = typed(*texts)
    assert fault in field.errors[0]
    assert field.rows[0].typed == kept


def test_what_was_typed_for_another_need_is_left_aside(app, need):
    with app.test_request_context(method="POST", data={"take-999999": "3"}):
        form = ProposalForm(meta={"csrf": False})
        form.lines.offer(need.lines)
    assert form.lines.data == {one.id: one.residual for one in need.lines}
