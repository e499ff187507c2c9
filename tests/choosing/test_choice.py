"""From the call to the pairing: sealed, opened, judged, chosen; all in one transaction or not at all."""

import pytest

from matchplatform.choosing import call_operations, choice_operations, operations, queries
from matchplatform.choosing.models import Reply
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.choosing import scenes


@pytest.fixture
def three(people):
    """A call for one with three replies."""
    call = scenes.make_call(people)
    members = [people.organization_member, people.other_organization_member, scenes.member_of("third")]
    return call, [scenes.sent(call, one) for one in members]


def test_the_chosen_reply_becomes_a_pairing_on_its_way_to_approval(people, three):
    call, (first, second, third) = three
    with scenes.after(call):
        scenes.opened(people, call)
        for one, points in ((first, 70), (second, 90), (third, 60)):
            scenes.judged(people, one, points)
        assert [one.total for one in queries.replies_of(people.county_officer, call)] == [90.0, 70.0, 60.0]
        chosen = choice_operations.choose(people.county_officer, call, [second.code], "别家方案更具体",
                                          {first.code: "没有写冷链怎么办"})
        db.session.commit()
    [one] = chosen
    pairing = one.pairing
    assert (pairing.status, pairing.origin) == ("accepted", "bid")
    assert (pairing.proposed_by, pairing.accepted_by) == (second.sent_by, people.county_officer.id)
    assert pairing.taken == second.taken
    assert pairing.offered_funds_fen == second.funds_fen
    assert pairing.due_at is not None
    assert (first.status, first.status_reason) == ("not_chosen", "没有写冷链怎么办")
    assert (third.status, third.status_reason) == ("not_chosen", "别家方案更具体")
    assert call.status == "decided"
    told = db.session.scalar(db.select(Notice.body).where(Notice.user_id == first.sent_by,
                                                          Notice.kind == "refused"))
    assert "没有写冷链怎么办" in told


def test_losers_hear_of_needs_that_fit_them_next(people, three):
    call, (first, second, third) = three
    other = factories.make_need(title="村里老人食堂缺灶台和冰箱", lines=False)
    with scenes.after(call):
        scenes.opened(people, call)
        scenes.judged(people, second)
        choice_operations.choose(people.county_officer, call, [second.code], "名额有限")
        assert other.code in [one.code for one in queries.next_needs(first)]
        assert call.need.code not in [one.code for one in queries.next_needs(third)]


def test_a_choice_whose_bid_is_refused_changes_nothing_and_says_why(people, three):
    call, (first, _second, _third) = three
    with scenes.after(call):
        scenes.opened(people, call)
        scenes.judged(people, first)
        first.offering.status = "paused"
        db.session.commit()
        with pytest.raises(Refusal) as told:
            choice_operations.choose(people.county_officer, call, [first.code], "名额有限")
        db.session.rollback()
    assert f"不能选{first.organization.name}" in told.value.sentence
    assert db.session.scalar(db.select(db.func.count()).select_from(Pairing)) == 0
    assert call.status == "reviewing"
    assert set(db.session.scalars(db.select(Reply.status))) == {"sent"}


def test_every_loser_needs_a_reason(people, three):
    call, (first, second, _third) = three
    with scenes.after(call):
        scenes.opened(people, call)
        scenes.judged(people, first)
        with pytest.raises(Refusal, match="还没有写没选上的理由"):
            choice_operations.choose(people.county_officer, call, [first.code], "", {second.code: "没有经验"})


def test_no_more_than_declared_and_only_who_meets_every_requirement(people, three):
    call, (first, second, third) = three
    with scenes.after(call):
        scenes.opened(people, call)
        for one in (first, second):
            scenes.judged(people, one)
        with pytest.raises(Refusal, match="最多选 1 家"):
            choice_operations.choose(people.county_officer, call, [first.code, second.code], "x")
        with pytest.raises(Refusal, match="还没有核对完"):
            choice_operations.choose(people.county_officer, call, [third.code], "x")
        scenes.judged(people, third, passed=False)
        with pytest.raises(Refusal, match="必备条件不符合"):
            choice_operations.choose(people.county_officer, call, [third.code], "x")
        with pytest.raises(Refusal, match="还没有勾选"):
            choice_operations.choose(people.county_officer, call, [], "x")


def test_two_may_share_a_need_as_long_as_its_lines_last(people):
    call = scenes.make_call(people, may_choose=2)
    line = call.need.lines[0]
    first = scenes.sent(call, people.organization_member, lines={line.id: 10})
    second = scenes.sent(call, people.other_organization_member, lines={line.id: 7})
    with scenes.after(call):
        scenes.opened(people, call)
        for one in (first, second):
            scenes.judged(people, one)
        choice_operations.choose(people.county_officer, call, [first.code, second.code])
        db.session.commit()
    assert (first.status, second.status) == ("chosen", "chosen")
    assert line.committed == 17


def test_more_than_the_line_has_is_refused_as_a_whole(people):
    call = scenes.make_call(people, may_choose=2)
    line = call.need.lines[0]
    replies = [scenes.sent(call, one, lines={line.id: 10})
               for one in (people.organization_member, people.other_organization_member)]
    with scenes.after(call):
        scenes.opened(people, call)
        for one in replies:
            scenes.judged(people, one)
        with pytest.raises(Refusal, match="只差 7 套"):
            choice_operations.choose(people.county_officer, call, [one.code for one in replies])
        db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(Pairing)) == 0


def test_a_reply_in_time_may_be_chosen_after_the_need_itself_closed(people):
    need = factories.make_need()
    call = scenes.make_call(people, need=need, closing_at=need.closing_at.replace(microsecond=0))
    reply = scenes.sent(call, people.organization_member)
    with scenes.after(call, days=1):
        scenes.opened(people, call)
        scenes.judged(people, reply)
        choice_operations.choose(people.county_officer, call, [reply.code])
    assert reply.pairing.status == "accepted"


def test_while_a_call_runs_nobody_bids_the_short_way_but_the_county_may_order(people):
    call = scenes.make_call(people)
    offering = scenes.offering_of(people.organization_member)
    with pytest.raises(Refusal, match="正在公开征集"):
        pairings.bid(people.organization_member, call.need, offering, {"message": "我们可以马上进场。"})
    pairing = pairings.order(people.county_officer, offering, call.need, {"message": "请你们来办这件事。"})
    assert pairing.status == "proposed"


def test_ending_tells_everybody_and_frees_the_short_way(people, three):
    call, replies = three
    with scenes.after(call):
        scenes.opened(people, call)
        with pytest.raises(Refusal, match="要写明理由"):
            call_operations.act(people.county_officer, call, "end")
        call_operations.act(people.county_officer, call, "end", "资金没有落实")
        db.session.commit()
    assert {one.status for one in replies} == {"not_chosen"}
    assert {one.status_reason for one in replies} == {"资金没有落实"}
    member = scenes.member_of("fourth")
    assert pairings.bid(member, call.need, scenes.offering_of(member), {"message": "我们来办。"}).status == "proposed"


def test_a_need_taken_back_ends_its_call(people, three):
    from matchplatform.needs import operations as needs

    call, (first, *_rest) = three
    needs.act(people.county_officer, call.need, "withdraw", "场地没有了")
    db.session.commit()
    assert (call.status, first.status, first.status_reason) == ("ended", "not_chosen", "场地没有了")


def test_a_formal_fault_is_mended_within_a_day_without_touching_the_offer(people, three):
    call, (first, *_rest) = three
    amounts = (first.funds_fen, dict(first.taken))
    with scenes.after(call):
        scenes.opened(people, call)
        choice_operations.act(people.county_officer, first, "fault", "没有写负责人")
        scenes.judged(people, _rest[0])
        with pytest.raises(Refusal, match="还在改正形式问题"):
            choice_operations.choose(people.county_officer, call, [_rest[0].code], "x")
        db.session.commit()
    with scenes.after(call, hours=24):
        operations.act(people.organization_member, first, "mend",
                       {"people": "负责人陈晓岚，另有厨师两人。", "funds_fen": 1, "lines": {}})
        db.session.commit()
    assert (first.status, first.fault, first.mend_until) == ("sent", "", None)
    assert first.people.startswith("负责人陈晓岚")
    assert (first.funds_fen, dict(first.taken)) == amounts


def test_after_a_day_the_fault_stays(people, three):
    call, (first, second, _third) = three
    with scenes.after(call):
        scenes.opened(people, call)
        choice_operations.act(people.county_officer, first, "fault", "没有写负责人")
        scenes.judged(people, second)
    with scenes.after(call, hours=25):
        with pytest.raises(Refusal, match="改正期已在"):
            operations.act(people.organization_member, first, "mend", {"people": "负责人陈晓岚，另有厨师两人。"})
        choice_operations.choose(people.county_officer, call, [second.code], "没有按时改正")
    assert first.status == "not_chosen"


def test_a_reply_that_left_meanwhile_is_a_conflict(people, three):
    call, (first, *_rest) = three
    with scenes.after(call):
        scenes.opened(people, call)
        scenes.judged(people, first)
    with scenes.after(call, days=12):
        operations.act(people.organization_member, first, "withdraw")
        with pytest.raises(Conflict, match="刚刚已经撤回"):
            choice_operations.choose(people.county_officer, call, [first.code], "x")


def test_a_need_changed_after_the_reply_is_confirmed_before_it_is_approved(people):
    from matchplatform.needs.change_operations import decide_change, propose_change
    from matchplatform.needs.change_queries import pending_change
    from matchplatform.pairings import rules

    call = scenes.make_call(people)
    reply = scenes.sent(call, people.organization_member)
    propose_change(people.county_officer, call.need, {"goal": "春节前开餐，每天不少于 80 人"}, "人数核实过")
    decide_change(people.second_county_officer, call.need, pending_change(call.need), "release")
    db.session.commit()
    with scenes.after(call):
        scenes.opened(people, call)
        scenes.judged(people, reply)
        choice_operations.choose(people.county_officer, call, [reply.code])
    assert reply.pairing.status == "accepted"
    assert not rules.confirmed_verdict(reply.pairing)
