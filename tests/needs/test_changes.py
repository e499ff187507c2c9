"""Changing a need that is released: who may, what waits for a second person, what becomes of it."""

import datetime as dt
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.audit.queries import first_break, history
from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import change_operations, change_rules, operations, rules
from matchplatform.needs.change_models import NeedChange
from matchplatform.needs.change_queries import pending_change, released_changes
from matchplatform.notices.models import Notice
from matchplatform.revisions.queries import versions
from tests import factories
from tests.needs.racers import race_of

COUNTY = {"county_officer", "second_county_officer"}
NEW_LINES = [{"item": "餐桌椅", "quantity": 12, "unit": "套", "unit_price_fen": 60_000}]
WHY = "镇里自己买了五套"


def told(user, code):
    return [(one.kind, one.title) for one in db.session.scalars(sa.select(Notice).where(
        Notice.user_id == user.id, Notice.subject_code == code).order_by(Notice.id))]


def propose(people, need, values=None, reason=WHY, by="county_officer"):
    return change_operations.propose_change(getattr(people, by), need, values or {"lines": NEW_LINES}, reason)


# ---- who

@pytest.mark.parametrize("state", rules.STATES.values)
def test_only_the_county_changes_only_what_is_released(people, state):
    for name in factories.PEOPLE:
        need = SimpleNamespace(status=state, county_code=factories.COUNTY, created_by=None, closing_at=None,
                               township_code=people.township_officer.township_code,
                               submitted_by=people.county_officer.id)
        verdict = change_rules.can_change(getattr(people, name), need)
        assert bool(verdict) == (name in COUNTY and state in ("published", "matched", "closed")), name
        assert verdict or (verdict.reason and verdict.remedy)


@pytest.mark.parametrize("state", change_rules.STATES.values)
def test_who_decides_a_change(people, state):
    """12 people × 4 states × 4 verbs: released and refused by anybody who did not propose it, withdrawn by who did."""
    need = SimpleNamespace(status="published", county_code=factories.COUNTY)
    change = SimpleNamespace(status=state, proposed_by=people.county_officer.id)
    may = {"release": {"second_county_officer", "province_officer", "second_province_officer"},
           "withdraw": {"county_officer"}, "lapse": set()}
    may["refuse"] = may["release"]
    assert set(may) == set(change_rules.LIFECYCLE.verbs)
    for name in factories.PEOPLE:
        mine = change_rules.parties(getattr(people, name), need, change)
        for verb, who in may.items():
            verdict = change_rules.LIFECYCLE.verdict(verb, state, mine, "理由")
            assert bool(verdict) == (name in who and state == "pending"), (name, verb)


def test_what_is_small_takes_effect_at_once_all_else_waits():
    moment = now()
    small = {name for name in operations.COLUMNS if change_rules.is_minor(name, "旧", "新")}
    assert small == {"unit", "contact_name", "contact_phone"}
    assert change_rules.is_minor("closing_at", moment, moment + dt.timedelta(days=1))
    assert not change_rules.is_minor("closing_at", moment, moment - dt.timedelta(days=1))


# ---- the course of a change

def test_a_change_waits_and_the_public_reads_the_old_text_until_a_colleague_releases_it(people):
    need = factories.make_need()
    outcome = propose(people, need, {"lines": NEW_LINES, "body": "村里75岁以上老人80个，就差灶台、冰箱和桌椅板凳。"})
    change = outcome.waiting
    assert (outcome.at_once, change.status, sorted(change.values)) == ([], "pending", ["body", "lines"])
    assert (need.lines[0].quantity, need.version) == (17, 1)
    assert told(people.second_county_officer, need.code) == [("to_do", f"改动待放行：{need.title}")]
    assert told(people.county_officer, need.code) == []
    change_operations.decide_change(people.second_county_officer, need, change, "release")
    assert (need.lines[0].quantity, need.body[:9], need.status) == (12, "村里75岁以上老人", "published")
    assert (change.status, change.decided_by) == ("released", people.second_county_officer.id)
    assert told(people.county_officer, need.code) == [("good", f"改动已放行：{need.title}")]
    assert [(row.act, row.reason) for row in history("need", need.code)] == [
        ("propose_change", WHY), ("change", WHY)]
    assert [one.act for one in versions("need", need.code)] == ["begin", "change"]
    assert [one.label for one in released_changes(need, False)[0].changes] == ["要办的事", "要的东西"]
    assert first_break()[1] is None


def test_small_things_take_effect_at_once_beside_what_waits(people):
    need = factories.make_need()
    later = need.closing_at + dt.timedelta(days=9)
    outcome = propose(people, need, {"contact_phone": "13900001111", "closing_at": later, "title": "新名字"})
    assert (sorted(outcome.at_once), list(outcome.waiting.values)) == (["closing_at", "contact_phone"], ["title"])
    assert (need.contact_phone, need.closing_at, need.title) == ("13900001111", later, "老人一天只做一顿饭，吃剩菜")
    assert "13900001111" not in outcome.waiting.proposed + versions("need", need.code)[-1].snapshot


def test_who_proposed_it_never_releases_it(people):
    need = factories.make_need()
    change = propose(people, need).waiting
    with pytest.raises(Refusal, match="自己提交的要由另一个人办"):
        change_operations.decide_change(people.county_officer, need, change, "release")
    db.session.flush()
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(sa.update(NeedChange).values(status="released", decided_by=people.county_officer.id,
                                                        decided_at=now()))
    assert need.lines[0].quantity == 17


def test_a_county_with_one_officer_asks_the_province(people):
    need = factories.make_need(county=factories.OTHER_COUNTY, author="other_county_officer")
    change = propose(people, need, by="other_county_officer").waiting
    assert told(people.province_officer, need.code) == [("to_do", f"改动待放行：{need.title}")]
    change_operations.decide_change(people.province_officer, need, change, "release")
    assert need.lines[0].quantity == 12


def test_fields_are_emptied_as_the_record_holds_them(people):
    need = factories.make_need(township_code=people.township_officer.township_code, households=9)
    change = propose(people, need, {"township_code": "", "village": None, "households": None, "lines": []}).waiting
    change_operations.decide_change(people.second_county_officer, need, change, "release")
    assert (need.township_code, need.village, need.households, need.lines) == (None, "", 0, [])


def test_a_refused_change_leaves_the_need_and_tells_why(people):
    need = factories.make_need()
    change = propose(people, need).waiting
    with pytest.raises(Refusal, match="要写明理由"):
        change_operations.decide_change(people.second_county_officer, need, change, "refuse", " ")
    change_operations.decide_change(people.second_county_officer, need, change, "refuse", "数量要先核实")
    assert (change.status, change.decision, need.lines[0].quantity) == ("refused", "数量要先核实", 17)
    assert told(people.county_officer, need.code) == [("refused", f"改动退回：{need.title}")]
    assert propose(people, need).waiting.status == "pending"  # the way is free again


def test_the_proposer_withdraws_his_change(people):
    need = factories.make_need()
    change = propose(people, need).waiting
    change_operations.decide_change(people.county_officer, need, change, "withdraw")
    assert (change.status, pending_change(need), need.lines[0].quantity) == ("withdrawn", None, 17)


def test_a_change_lapses_with_the_need(people):
    need = factories.make_need()
    change = propose(people, need).waiting
    operations.act(people.county_officer, need, "withdraw", "不办了")
    assert (change.status, change.decision) == ("withdrawn", "需求已“撤回需求”。")
    with pytest.raises(Conflict, match="已经办了这次改动"):
        change_operations.decide_change(people.second_county_officer, need, change, "release")


def lapsed(need):
    return [row for row in history("need", need.code) if row.act == "lapse_change"]


@pytest.mark.parametrize("verb", ["withdraw", "fail"])
def test_a_lapsed_change_names_both_in_the_audit_and_tells_its_proposer(people, verb):
    need = factories.make_need()
    change = propose(people, need).waiting
    operations.act(people.second_county_officer, need, verb, "村里自己办了")
    row, = lapsed(need)
    assert (row.label, row.actor_id) == ("改动随需求结束", people.second_county_officer.id)
    for one in ("刘敏提的改动（要的东西）没有等到放行", "村里自己办了"):
        assert one in row.reason
    assert f'"proposed_by": {people.county_officer.id}' in row.detail
    assert f'"ended_by": {people.second_county_officer.id}' in row.detail
    assert (change.status, change.decided_by) == ("withdrawn", people.second_county_officer.id)
    assert ("told", f"改动不用放行了：{need.title}") in told(people.county_officer, need.code)
    assert first_break()[1] is None


def test_a_change_lapses_when_the_last_pairing_is_done(people):
    need = factories.make_need(status="matched")
    change = propose(people, need).waiting
    operations.mark_fulfilled(people.second_county_officer, need)
    assert (need.status, change.status, len(lapsed(need))) == ("fulfilled", "withdrawn", 1)
    assert told(people.county_officer, need.code) == [("told", f"改动不用放行了：{need.title}")]


def test_a_move_within_the_changeable_states_leaves_the_change_waiting(people):
    need = factories.make_need()
    change = propose(people, need).waiting
    operations.act(people.county_officer, need, "close", "够了")
    assert (change.status, lapsed(need)) == ("pending", [])


# ---- what went on while it waited

def test_what_moved_on_since_the_proposal_is_named_and_nothing_is_released(people):
    need = factories.make_need()
    early = need.closing_at - dt.timedelta(days=9)
    change = propose(people, need, {"closing_at": early, "title": "新名字"}).waiting
    late = need.closing_at + dt.timedelta(days=9)
    assert propose(people, need, {"closing_at": late}, by="second_county_officer").waiting is None  # at once
    seen = need.version
    with pytest.raises(Conflict, match="“接单截止”又改过") as refused:
        change_operations.decide_change(people.second_county_officer, need, change, "release")
    assert "退回这次改动" in refused.value.remedy
    assert (change.status, need.version, need.closing_at, need.title) == (
        "pending", seen, late, "老人一天只做一顿饭，吃剩菜")
    change_operations.decide_change(people.second_county_officer, need, change, "refuse", "截止改过了")
    assert change.status == "refused"


def test_what_was_changed_elsewhere_does_not_hinder_the_release(people):
    need = factories.make_need()
    change = propose(people, need).waiting
    propose(people, need, {"contact_name": "李主任"}, by="second_county_officer")
    change_operations.decide_change(people.second_county_officer, need, change, "release")
    assert (need.lines[0].quantity, need.contact_name) == (12, "李主任")


def test_a_closing_time_that_passed_while_it_waited_is_not_released(people):
    need = factories.make_need()
    change = propose(people, need, {"closing_at": now() + dt.timedelta(days=2), "title": "新名字"}).waiting
    seen = need.version
    with frozen(now() + dt.timedelta(days=3)):
        with pytest.raises(Refusal, match="接单截止已经过去") as refused:
            change_operations.decide_change(people.second_county_officer, need, change, "release")
        assert "请退回这次改动" in refused.value.remedy
        assert (change.status, change.decided_by, need.version, need.title) == (
            "pending", None, seen, "老人一天只做一顿饭，吃剩菜")
        change_operations.decide_change(people.county_officer, need, change, "withdraw")


def test_lines_that_organizations_took_while_it_waited_are_not_cut(people):
    need = factories.make_need()
    change = propose(people, need).waiting
    need.lines[0].committed = 15
    db.session.flush()
    with pytest.raises(Refusal, match="已有组织认下 15 套"):
        change_operations.decide_change(people.second_county_officer, need, change, "release")
    assert (change.status, need.lines[0].quantity) == ("pending", 17)


# ---- refused in a sentence

@pytest.mark.parametrize(("values", "reason", "said"), [
    ({"lines": NEW_LINES}, "  ", "为什么改"), ({"title": "老人一天只做一顿饭，吃剩菜"}, WHY, "内容没有变化"),
    ({"category_code": "nonsense"}, WHY, "没有这个帮扶领域"), ({"goal": ""}, WHY, "不能空着：怎样算办成"),
    ({"township_code": "422801100"}, WHY, "乡镇不在本县"), ({"beneficiaries": 0}, WHY, "不能空着：受益人数"),
    ({"closing_at": now() - dt.timedelta(days=1)}, WHY, "已经过去"), ({"contact_name": None}, WHY, "不能空着：联系人")])
def test_what_would_not_hold_is_refused_when_it_is_proposed(people, values, reason, said):
    need = factories.make_need()
    before = need.version
    with pytest.raises(Refusal, match=said):
        propose(people, need, values, reason)
    db.session.expire_all()
    assert (need.version, pending_change(need), need.goal != "") == (before, None, True)


def test_a_line_is_not_cut_below_what_organizations_took(people):
    need = factories.make_need()
    need.lines[0].committed = 15
    db.session.flush()
    with pytest.raises(Refusal, match="已有组织认下 15 套"):
        propose(people, need)


def test_a_second_change_waits_for_the_first_whoever_asks(people):
    need = factories.make_need()
    propose(people, need)
    with pytest.raises(Conflict, match=r"刘敏 .* 提的改动还在等放行"):
        propose(people, need, {"title": "别的"}, by="second_county_officer")
    with pytest.raises(Conflict, match=r"^您 .*请先撤回那一次"):
        propose(people, need, {"title": "别的"})


def test_a_stale_form_is_told_who_was_faster(people):
    need = factories.make_need()
    seen = need.version
    propose(people, need, {"contact_name": "李主任"}, by="second_county_officer")
    with pytest.raises(Conflict, match=r"陈思 .* 已经办了“小处改动”"):
        change_operations.propose_change(people.county_officer, need, {"lines": NEW_LINES}, WHY, seen)


def test_what_was_shown_to_signed_in_readers_stays_among_them(people):
    """A text that was taken from the open page must not come back to it as a difference."""
    need = factories.make_need(publicity="signed_in")
    for values in ({"body": "张家湾张三老人独居，要人上门照料做饭和打扫。"},
                   {"body": "村里有独居老人，要人上门照料做饭和打扫。", "publicity": "public"}):
        change_operations.decide_change(people.second_county_officer, need, propose(people, need, values).waiting,
                                        "release")
    assert len(released_changes(need, True)) == 2
    assert released_changes(need, False) == []


# ---- two at once

def settled():
    db.session.commit()
    db.session.remove()
    db.engine.dispose()


def test_two_officers_proposing_at_once_leave_one_change_and_one_sentence(app, people):
    code, actors = factories.make_need().code, [people.county_officer.id, people.second_county_officer.id]
    settled()
    answers = race_of(app.config["SQLALCHEMY_DATABASE_URI"], "propose", code, *actors)
    assert [kind for kind, _ in answers] == ["Conflict", "success"], answers
    assert "还在等放行" in answers[0][1]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(NeedChange)) == 1


def test_a_change_is_released_once(app, people):
    need = factories.make_need()
    propose(people, need)
    code, actors = need.code, [people.second_county_officer.id, people.province_officer.id]
    settled()
    answers = race_of(app.config["SQLALCHEMY_DATABASE_URI"], "release", code, *actors)
    assert [kind for kind, _ in answers] == ["Conflict", "success"], answers
    assert "已经办了这次改动" in answers[0][1]
    assert len([one for one in versions("need", code) if one.act == "change"]) == 1
