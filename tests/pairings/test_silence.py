"""An organization that does not answer a changed need: reminded twice, after seven days its bid may be taken as
withdrawn. The tables are written by hand."""

import datetime as dt

import pytest
import sqlalchemy as sa

from matchplatform.audit.queries import first_break, history
from matchplatform.core.clock import frozen, now, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.jobs import work as jobs
from matchplatform.notices.models import Notice
from matchplatform.offerings.operations import edit_offering
from matchplatform.pairings import operations, queries, rules, work
from matchplatform.pairings.confirmation_queries import answer_day, asked_on
from tests import factories
from tests.pairings.test_confirmations import change_need
from tests.web.pages import parsed, words

COUNTY = {"county_officer", "second_county_officer"}
WHY = "打了三次电话没有人接"
DAY = dt.date(2026, 11, 25)


def later(days):
    return frozen(now() + dt.timedelta(days=days))


def asked_pairing(people, status="accepted", origin="bid", **more):
    """A pairing whose need has just been changed."""
    need = factories.make_need()
    pairing = factories.make_pairing(status=status, origin=origin, need=need, taken={need.lines[0]: 5}, **more)
    change_need(people, need)
    db.session.commit()
    return pairing


def heads(user, pairing):
    return [one.title.split("：")[0] for one in db.session.scalars(sa.select(Notice).where(
        Notice.user_id == user.id, Notice.subject_code == pairing.code).order_by(Notice.id))]


# ---- the law

@pytest.mark.parametrize(("days", "may"), [(0, False), (3, False), (6, False), (7, False), (8, True), (90, True)])
def test_the_seventh_day_is_still_the_organizations(days, may):
    verdict = rules.silence_verdict(DAY, DAY + dt.timedelta(days=days))
    assert bool(verdict) == may
    assert may or ("12月2日" in verdict.reason and verdict.remedy)
    assert rules.answer_by(DAY) == dt.date(2026, 12, 2)


@pytest.mark.parametrize(("days", "since"), [
    (0, None), (2, None), (3, 3), (4, 3), (5, 3), (6, 6), (7, 6), (8, 8), (30, 8)])
def test_when_something_is_to_be_said(days, since):
    found = rules.reminder_since(DAY, DAY + dt.timedelta(days=days))
    assert found == (None if since is None else DAY + dt.timedelta(days=since))


@pytest.mark.parametrize("origin", ["bid", "order"])
@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("status", rules.STATES.values)
def test_who_may_take_a_bid_as_withdrawn_and_in_which_state(people, status, asked, origin):
    """12 people: the county's officers, a bid that is still under negotiation and was asked; nobody else, no order."""
    pairing = factories.make_pairing(status=status, origin=origin)
    pairing.confirm_need_from = 1 if asked else None
    for name in factories.PEOPLE:
        mine = queries.parties_of(getattr(people, name), pairing)
        may = name in COUNTY and asked and origin == "bid" and status in ("proposed", "accepted")
        assert bool(rules.LIFECYCLE.verdict("presume", status, mine, WHY)) == may, name
        for overdue in (True, False):
            shown = "presume" in {one.verb for one in rules.open_verbs(pairing, mine, overdue)}
            assert shown == (may and overdue), (name, overdue)


# ---- what becomes of it

@pytest.mark.parametrize("status", ["proposed", "accepted"])
def test_after_seven_days_of_silence_the_lines_come_free(people, status):
    pairing = asked_pairing(people, status)
    line = pairing.need.lines[0]
    with later(7), pytest.raises(Refusal, match=r"可以在 \d+月\d+日 前答复"):
        operations.act(people.county_officer, pairing, "presume", WHY)
    assert pairing.status == status
    with later(8):
        with pytest.raises(Refusal, match="要写明理由"):
            operations.act(people.county_officer, pairing, "presume", " ")
        operations.act(people.second_county_officer, pairing, "presume", WHY, pairing.version)
    assert (pairing.status, pairing.status_reason, pairing.due_at) == ("withdrawn", WHY, None)
    assert (line.committed, pairing.offering.capacity_taken) == (0, 0)
    assert heads(people.organization_member, pairing)[-1] == "没有答复改动，视为撤回"
    assert heads(people.county_officer, pairing) == ["已视为撤回"]
    assert ("不用再审" in heads(people.province_officer, pairing)) == (status == "accepted")
    row = history("pairing", pairing.code)[-1]
    assert (row.act, row.label, row.reason, row.actor_id) == (
        "presume", "视为撤回", WHY, people.second_county_officer.id)
    assert first_break()[1] is None
    operations.act(people.organization_member, pairing, "reinstate", "负责人出差了")  # it may come back, and is asked
    assert (pairing.status, pairing.confirm_need_from is not None) == ("proposed", True)
    assert asked_on(pairing) == today()


@pytest.mark.parametrize("status", ["approved", "active"])
def test_an_approved_pairing_is_never_taken_as_withdrawn(people, status):
    pairing = factories.make_pairing(status=status, need=factories.make_need())
    pairing.confirm_need_from = 1  # even if it were asked
    db.session.commit()
    with later(90), pytest.raises(Refusal, match="不能再“视为撤回”"):
        operations.act(people.county_officer, pairing, "presume", WHY)
    assert pairing.status == status


def test_who_answered_a_moment_ago_is_not_ended(people):
    pairing = asked_pairing(people)
    with later(9):
        seen = pairing.version
        operations.act(people.organization_member, pairing, "confirm")
        with pytest.raises(Conflict, match="确认按新内容继续"):
            operations.act(people.county_officer, pairing, "presume", WHY, seen)
        with pytest.raises(Refusal):
            operations.act(people.county_officer, pairing, "presume", WHY)
    assert pairing.status == "accepted"


def test_a_second_change_gives_seven_days_more(people):
    pairing = asked_pairing(people)
    with later(5):
        change_need(people, pairing.need, {"title": "食堂缺桌椅"})
        assert asked_on(pairing) == today()
    with later(9), pytest.raises(Refusal, match="前答复"):
        operations.act(people.county_officer, pairing, "presume", WHY)
    with later(13):
        operations.act(people.county_officer, pairing, "presume", WHY)


def test_a_change_of_its_own_offering_gives_the_organization_no_time(people):
    pairing = asked_pairing(people)
    asked = asked_on(pairing)
    with later(5):
        edit_offering(people.organization_member, pairing.offering, {"funds_fen": 100})
        assert (pairing.confirm_offering_from is not None, asked_on(pairing)) == (True, asked)


# ---- the mornings

def mornings(days):
    with later(days):
        told, failed = work.send_reminders(today())
        assert not failed
        return told


def test_the_organization_is_reminded_on_the_third_and_sixth_day_and_the_county_told_after_the_seventh(people):
    pairing = asked_pairing(people)
    told = {day: mornings(day) for day in range(12)}
    assert {day for day, count in told.items() if count} == {3, 6, 8}
    assert heads(people.organization_member, pairing)[-2:] == ["请答复需求的改动"] * 2
    assert heads(people.county_officer, pairing) == ["对方没有答复改动"]
    body = db.session.scalars(sa.select(Notice.body).where(
        Notice.title.startswith("请答复需求的改动"), Notice.user_id == people.organization_member.id)).first()
    last = answer_day(pairing)
    assert f"请在 {last.month}月{last.day}日 前选" in body
    assert "视为撤回" in body
    assert [(row.act, row.actor_id) for row in history("pairing", pairing.code)][-3:] == [("remind", None)] * 3


def test_a_morning_that_comes_twice_reminds_once(people):
    asked_pairing(people)
    assert [bool(mornings(3)), bool(mornings(3)), bool(mornings(4))] == [True, False, False]


def test_a_morning_that_was_missed_is_made_up_for(people):
    asked_pairing(people)
    assert [bool(mornings(day)) for day in (0, 4, 5, 7, 7)] == [False, True, False, True, False]


def test_who_answered_or_left_is_not_reminded(people):
    confirmed, left, approved = (asked_pairing(people, organization=one) for one in (
        None, factories.make_organization(), factories.make_organization()))
    operations.act(people.organization_member, confirmed, "confirm")
    left.confirm_need_from, approved.confirm_need_from = None, None
    operations.act(people.province_officer, approved, "approve")
    db.session.commit()
    assert [mornings(day) for day in (3, 6, 8)] == [0, 0, 0]


def test_a_reminder_leaves_the_page_that_is_open_valid(people):
    pairing = asked_pairing(people)
    seen = pairing.version
    assert mornings(3)
    operations.act(people.organization_member, pairing, "confirm", version=seen)
    assert pairing.confirm_need_from is None


def test_for_an_order_the_county_is_told_that_it_may_take_it_back(people):
    pairing = asked_pairing(people, origin="order")
    assert [bool(mornings(day)) for day in (3, 8)] == [True, True]
    bodies = list(db.session.scalars(sa.select(Notice.body).where(Notice.subject_code == pairing.code)))
    assert not any("视为撤回" in one for one in bodies)
    assert any("“撤回”，把事项空出来" in one for one in bodies)


def test_the_mornings_hook_reminds(people):
    pairing = asked_pairing(people)
    hook = jobs._daily["confirmations"]
    assert hook.label == "请对方答复改动的每日提醒"
    with later(3):
        hook.run(None)
    assert heads(people.organization_member, pairing)[-1] == "请答复需求的改动"


def test_trouble_with_one_pairing_is_not_everybodys(people, monkeypatch, caplog):
    first, second = asked_pairing(people), asked_pairing(people)
    remind = work.remind

    def broken(pairing_id, day):
        if pairing_id == first.id:
            raise RuntimeError("the first one is broken")
        return remind(pairing_id, day)

    monkeypatch.setattr(work, "remind", broken)
    hook = jobs._daily["confirmations"]
    with later(3), pytest.raises(Refusal, match="有 1 件没有办成"):
        hook.run(None)
    assert "the first one is broken" in caplog.text
    assert heads(people.organization_member, second)[-1] == "请答复需求的改动"
    monkeypatch.undo()
    with later(3):
        hook.run(None)
    assert heads(people.organization_member, first)[-1] == "请答复需求的改动"
    assert heads(people.organization_member, second).count("请答复需求的改动") == 1


# ---- the pages

def test_both_sides_read_by_which_day_and_the_county_gets_its_button_afterwards(
        as_organization_member, as_county_officer, people):
    pairing = asked_pairing(people)
    last = answer_day(pairing)
    by, path = f"{last.month}月{last.day}日", f"/desk/pairings/{pairing.code}"
    for browser, said in ((as_organization_member, f"请在 {by} 前答复"),
                          (as_county_officer, f"已请对方在 {by} 前答复")):
        answer = browser.get(path)
        parsed(answer)
        assert said in words(answer)
        assert 'action="' + path + '/presume"' not in answer.get_data(as_text=True)
    assert f"请在 {by} 前答复" in words(as_organization_member.get("/notices"))
    refused = as_county_officer.post(f"{path}/presume", data={"reason": WHY}, follow_redirects=True)
    assert f"社会组织可以在 {by} 前答复改动" in words(refused)
    db.session.execute(sa.text("UPDATE pairing_events SET at = :at WHERE verb = 'ask'"), {
        "at": (now() - dt.timedelta(days=8)).replace(tzinfo=None).isoformat(" ")})
    db.session.commit()
    answer = as_county_officer.get(path)
    parsed(answer)
    assert "已经过了" in words(answer)
    assert 'action="' + path + '/presume"' in answer.get_data(as_text=True)
    assert "现在还能答复" in words(as_organization_member.get(path))
    done = as_county_officer.post(f"{path}/presume", data={"reason": WHY}, follow_redirects=True)
    parsed(done)
    assert "已视为撤回，对方会看到理由" in words(done)
    said = words(as_organization_member.get(path))
    assert WHY in said
    assert "因对方没有答复改动，把这件结对视为撤回" in said
