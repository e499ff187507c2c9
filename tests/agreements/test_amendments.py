"""Amendments: who may propose and answer, what they change, and what the law does not let them change."""

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError

from matchplatform.agreements import amendment_operations, amendment_queries, queries, rules
from matchplatform.agreements.models import Amendment
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock
from matchplatform.core.clock import today, years_later
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.needs.models import NeedLine
from matchplatform.notices.models import Notice
from matchplatform.pairings.models import PairingEvent
from matchplatform.pairings.operations import act
from tests import factories
from tests.agreements.making import approved, sign_both

PROPOSE, DECIDE = amendment_operations.propose, amendment_operations.decide


@pytest.fixture
def active(people):
    """A running pairing: ten of seventeen sets of tables, and a second line that nobody has taken."""
    need = factories.make_need(lines=False)
    need.lines = [NeedLine(position=1, item="餐桌椅", quantity=17, unit="套"),
                  NeedLine(position=2, item="冰箱", quantity=3, unit="台")]
    db.session.flush()
    made = approved(need=need, taken={need.lines[0]: 10})
    sign_both(people, made)
    return made


def line(pairing, at=0):
    return pairing.need.lines[at]


def test_a_new_end_is_agreed_and_the_former_one_kept(people, active):
    before, end = active.ends_on, years_later(active.ends_on, 1)
    made = PROPOSE(people.county_officer, active, {"ends_on": end, "reason": "老人还要吃饭"})
    assert (active.ends_on, made.number) == (before, None)
    DECIDE(people.organization_member, active, made, "confirm")
    db.session.commit()
    assert (active.ends_on, made.number, made.status) == (end, 1, "confirmed")
    (change,) = amendment_queries.changes_of(made)
    assert change.before == f"{before.year}年{before.month}月{before.day}日"
    event = db.session.scalars(db.select(PairingEvent).order_by(PairingEvent.id.desc())).first()
    assert (event.verb, event.source, event.target) == ("amend", "active", "active")
    acts = set(db.session.scalars(db.select(AuditRow.act).where(AuditRow.object_id == active.code)))
    assert {"amendment_propose", "amendment_confirm", "amend"} <= acts
    titles = list(db.session.scalars(db.select(Notice.title).where(Notice.user_id == people.organization_member.id)))
    assert any(one.startswith("请答复补充协议") for one in titles)
    assert not any(one.startswith("补充协议已生效") for one in titles)


def test_amounts_and_quantities_change_and_the_need_follows(people, active):
    first, second = line(active), line(active, 1)
    made = PROPOSE(people.organization_member, active, {
        "funds_fen": 5_000_000, "in_kind_fen": 0, "lines": {first.id: 4, second.id: 3}, "reason": "换成多给冰箱"})
    assert (first.committed, second.committed) == (10, 0)
    DECIDE(people.county_officer, active, made, "confirm")
    db.session.commit()
    assert (active.funds_fen, active.in_kind_fen) == (5_000_000, 0)
    assert active.taken == {first.id: 4, second.id: 3}
    said = [one[1] for one in amendment_queries.blocks_of(made)]
    assert "资金改为：50,000 元（大写：人民币伍万元整）。" in said
    assert "物资折价改为：0 元（大写：人民币零元整）。" in said
    assert (first.committed, second.committed) == (4, 3)
    gone = PROPOSE(people.county_officer, active, {"lines": {second.id: 0}, "reason": "冰箱有了"})
    DECIDE(people.organization_member, active, gone, "confirm")
    db.session.commit()
    assert active.taken == {first.id: 4}
    assert (first.committed, second.committed, gone.number) == (4, 0, 2)
    assert [(one.label, one.before, one.after) for one in amendment_queries.changes_of(gone)] == [
        ("冰箱", "3 台", "0 台")]


def test_what_was_whole_is_open_again_when_less_is_taken(people, active):
    first, second = line(active), line(active, 1)
    more = PROPOSE(people.county_officer, active, {"lines": {first.id: 17, second.id: 3}, "reason": "全部由他们办"})
    DECIDE(people.organization_member, active, more, "confirm")
    assert active.need.status == "matched"
    less = PROPOSE(people.county_officer, active, {"lines": {first.id: 16}, "reason": "少一套"})
    DECIDE(people.organization_member, active, less, "confirm")
    assert active.need.status == "published"


@pytest.mark.parametrize(("change", "said"), [
    ({"ends_on": "start"}, "要晚于开始日期"), ({"ends_on": "far"}, "超过十年"), ({"ends_on": "past"}, "已经过去"),
    ({"lines": 18}, "最多能写 17 套"), ({"lines": -1}, "不能是负数"), ({"lines": 0}, "没有内容"),
    ({"lines": "foreign"}, "需求里没有这一项"), ({}, "没有要改的"), ({"funds_fen": 3_840_000}, "没有要改的")])
def test_what_the_law_does_not_let(people, active, change, said):
    other = factories.make_need(title="别的需求")
    days = {"start": active.starts_on, "far": active.starts_on + dt.timedelta(days=4000),
            "past": today() - dt.timedelta(days=1)}
    values = dict(change)
    if "ends_on" in values:
        values["ends_on"] = days[values["ends_on"]]
        active.starts_on = active.starts_on if change["ends_on"] != "past" else today() - dt.timedelta(days=30)
        db.session.flush()
    if "lines" in values:
        foreign = values["lines"] == "foreign"
        values["lines"] = {other.lines[0].id if foreign else line(active).id: 1 if foreign else values["lines"]}
    with pytest.raises(Refusal, match=said):
        PROPOSE(people.county_officer, active, {**values, "reason": "试一试"})


def test_nothing_goes_below_what_was_brought(people, active):
    from matchplatform.pairings.delivery_operations import bring

    made = PROPOSE(people.county_officer, active, {"lines": {line(active).id: 4}, "reason": "少要"})
    bring(active, {line(active).id: 6})
    db.session.commit()
    with pytest.raises(Refusal, match="已经办到 6 套"):
        DECIDE(people.organization_member, active, made, "confirm")
    db.session.rollback()
    assert made.status == "proposed"


def test_a_reason_is_asked_for(people, active):
    with pytest.raises(Refusal, match="为什么"):
        PROPOSE(people.county_officer, active, {"funds_fen": 1, "reason": " "})
    made = PROPOSE(people.county_officer, active, {"funds_fen": 1, "reason": "少给"})
    with pytest.raises(Refusal, match="理由"):
        DECIDE(people.organization_member, active, made, "decline")
    DECIDE(people.organization_member, active, made, "decline", "钱已经拨了")
    assert (made.status, made.answer, active.funds_fen) == ("declined", "钱已经拨了", 3_840_000)


# (who proposed, who acts) -> the verbs he may use
@pytest.mark.parametrize(("proposer", "who", "verbs"), [
    ("county_officer", "county_officer", {"withdraw"}), ("county_officer", "second_county_officer", {"withdraw"}),
    ("county_officer", "organization_member", {"confirm", "decline"}),
    ("organization_member", "organization_member", {"withdraw"}),
    ("organization_member", "county_officer", {"confirm", "decline"}),
    ("organization_member", "second_county_officer", {"confirm", "decline"}),
    ("county_officer", "province_officer", set()), ("county_officer", "city_officer", set()),
    ("county_officer", "other_county_officer", set()), ("county_officer", "other_organization_member", set())])
@pytest.mark.parametrize("verb", ["confirm", "decline", "withdraw"])
def test_who_may_answer(people, active, proposer, who, verb, verbs):
    made = PROPOSE(getattr(people, proposer), active, {"text": "每月开一次会。", "reason": "说清楚"})
    if verb in verbs:
        DECIDE(getattr(people, who), active, made, verb, "写明理由")
        assert made.status == {"confirm": "confirmed", "decline": "declined", "withdraw": "withdrawn"}[verb]
        with pytest.raises(Conflict):
            DECIDE(getattr(people, who), active, made, verb, "再来一次")
    else:
        with pytest.raises(Refusal):
            DECIDE(getattr(people, who), active, made, verb, "写明理由")


@pytest.mark.parametrize("status", ["proposed", "accepted", "approved", "suspended", "completed", "terminated",
                                    "declined", "withdrawn", "rejected"])
@pytest.mark.parametrize("who", ["county_officer", "organization_member"])
def test_only_a_running_pairing_is_amended(people, status, who):
    pairing = factories.make_pairing(status=status)
    with pytest.raises(Refusal):
        PROPOSE(getattr(people, who), pairing, {"funds_fen": 1, "reason": "试一试"})


@pytest.mark.parametrize("who", ["province_officer", "city_officer", "other_county_officer",
                                 "other_organization_member", "township_officer"])
def test_only_the_two_sides_propose(people, active, who):
    with pytest.raises(Refusal):
        PROPOSE(getattr(people, who), active, {"funds_fen": 1, "reason": "试一试"})


def test_a_resting_or_ended_pairing_answers_nothing(people, active):
    made = PROPOSE(people.county_officer, active, {"funds_fen": 1, "reason": "少给"})
    act(people.county_officer, active, "suspend", "下大雪")
    with pytest.raises(Refusal, match="在办的时候"):
        DECIDE(people.organization_member, active, made, "confirm")
    act(people.county_officer, active, "resume", "雪停了")
    act(people.county_officer, active, "terminate", "不办了")
    with pytest.raises(Refusal):
        DECIDE(people.organization_member, active, made, "confirm")
    DECIDE(people.county_officer, active, made, "withdraw")
    assert active.funds_fen == 3_840_000


def test_one_at_a_time_and_the_database_says_so_too(people, active):
    PROPOSE(people.county_officer, active, {"funds_fen": 1, "reason": "少给"})
    with pytest.raises(Refusal, match="一次只能提一份"):
        PROPOSE(people.organization_member, active, {"funds_fen": 2, "reason": "多给"})
    db.session.commit()
    db.session.add(Amendment(pairing_id=active.id, side="county", status="proposed", reason="硬来",
                             proposed_by=people.county_officer.id))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_an_amendment_of_another_pairing_is_not_found(people, active):
    made = PROPOSE(people.county_officer, active, {"funds_fen": 1, "reason": "少给"})
    other = factories.make_pairing(status="active", need=factories.make_need(title="别的需求"))
    assert queries.amendment_of(active, made.id) == made
    with pytest.raises(NotFound):
        queries.amendment_of(other, made.id)


@pytest.mark.parametrize(("days", "status", "asked"), [
    (91, "active", False), (90, "active", True), (0, "active", True), (-1, "active", True), (90, "suspended", True),
    (10, "completed", False), (10, "terminated", False), (10, "approved", False)])
def test_when_both_are_asked_to_renew_or_conclude(days, status, asked):
    assert rules.is_ending(status, dt.date(2026, 6, 1) + dt.timedelta(days=days), dt.date(2026, 6, 1)) is asked


def test_a_renewal_starts_from_today_where_the_end_has_passed(people, active):
    assert amendment_queries.renewal_end(active) == years_later(active.ends_on, 1)
    with clock.frozen(clock.now() + dt.timedelta(days=2000)):
        assert amendment_queries.renewal_end(active) == years_later(today(), 1)
