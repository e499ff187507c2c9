"""Merging two needs: who may ask, who must agree, what comes out, how it is undone. The tables are written by hand."""

import datetime as dt
import itertools
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.audit.models import AuditRow
from matchplatform.catalog.queries import townships
from matchplatform.core.clock import now, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import merger_operations as operations
from matchplatform.needs import merger_queries as queries
from matchplatform.needs import merger_rules as rules
from matchplatform.needs import operations as needs
from matchplatform.notices.models import Notice
from matchplatform.revisions import queries as revisions
from tests import factories
from tests.needs.merging import proposed, takes_of, two_drafts

STATES = ("draft", "submitted", "returned", "published", "matched", "fulfilled", "closed", "withdrawn",
          "unsuccessful", "merged")
FREE = ("draft", "submitted", "returned", "published")
KEPT = ("draft", "returned", "published")  # what waits for its release is not rewritten


def side(code="甲", status="draft", township=None, author=None):
    return rules.Side(code, status, township, author)


@pytest.fixture
def pair(people):
    return two_drafts()


# ---- the law

def test_the_table_of_moves():
    table = {(one.verb, one.source): (one.target, set(one.parties), one.reason_required)
             for one in rules.LIFECYCLE.table}
    assert table == {("agree", "proposed"): ("done", {"asked"}, False),
                     ("refuse", "proposed"): ("refused", {"asked"}, True),
                     ("withdraw", "proposed"): ("withdrawn", {"proposer"}, False),
                     ("undo", "done"): ("undone", {"author"}, True)}


@pytest.mark.parametrize("name", factories.PEOPLE)
def test_who_may_propose_and_who_agrees(people, name):
    actor, township = getattr(people, name), people.township_officer.township_code
    county = name in ("county_officer", "second_county_officer")
    own_township = name == "township_officer"
    assert bool(rules.can_propose(actor, factories.COUNTY, [side(), side(township=township)])) == (
        county or own_township)
    assert bool(rules.can_propose(actor, factories.COUNTY, [side(), side()])) == county
    assert rules.may_consent(actor, factories.COUNTY, side(author=actor.id))
    assert not rules.may_consent(actor, factories.COUNTY, side(author=actor.id + 1000))
    assert rules.may_consent(actor, factories.COUNTY, side()) == county  # nobody is left who wrote it


@pytest.mark.parametrize(("given", "asked"), [((None, None), True), ((1, None), False), ((None, 2), True)])
def test_who_is_asked_once_is_not_asked_again(given, asked):
    actor = SimpleNamespace(id=1, role="county_officer", county_code=factories.COUNTY)
    merger = SimpleNamespace(county_code=factories.COUNTY, proposed_by=9, kept_consent_by=given[0],
                             merged_consent_by=given[1])
    mine = rules.parties(actor, merger, side(author=1), side(author=2))
    assert mine == {"author"} | ({"asked"} if asked else set())


def test_every_pair_of_states():
    for kept, merged in itertools.product(STATES, STATES):
        verdict = rules.pair_verdict("420921", "420921", side("甲", kept), side("乙", merged))
        whole = kept in KEPT and merged in FREE and not (merged == "published" and kept != "published")
        assert bool(verdict) == whole, (kept, merged)
        assert verdict.allowed or (verdict.reason and verdict.remedy)
    assert not rules.pair_verdict("420921", "422801", side("甲"), side("乙"))
    assert not rules.pair_verdict("420921", "420921", side("甲"), side("甲"))


@pytest.mark.parametrize("state", STATES)
def test_what_waits_for_its_release_is_taken_back_before_anything_is_merged_into_it(state):
    verdict = rules.kept_verdict(side("甲", state))
    assert bool(verdict) == (state in KEPT)
    assert ("撤回来改" in verdict.remedy) == (state == "submitted")


@pytest.mark.parametrize(("proposer", "kept", "merged", "enough"), [
    ("county", "county", "county", False), ("county", "county", "county2", True), ("county2", "county", "county", True),
    ("county", "town", "town", True), ("county", "town", "county", False), ("county", "county", "town", True),
    ("town", "county", "town", True), ("town", "county", "town2", True), ("town", "town2", "town", False),
    ("town", "town2", "county", False), ("town", "town", "town2", False), ("county2", "town", "county", True),
    ("town", "town", "town", False), ("province", "town", "county", True), ("town", "town", "gone", False),
    ("county", "town", "gone", True)])
def test_who_must_have_a_hand_in_what_is_released(proposer, kept, merged, enough):
    """Two people, and one of them an officer of the county (or the province) who did not write what comes in."""
    ids = {"county": 1, "county2": 2, "town": 3, "town2": 4, "province": 5}
    people = {ids[one] for one in (proposer, kept, merged) if one in ids}
    officers = people & {1, 2, 5}
    for state in KEPT:
        verdict = rules.enough_people(people, officers, side("甲", state, author=ids[kept]),
                                      side("乙", author=ids.get(merged)))
        assert bool(verdict) == (enough or state != "published"), state
        assert verdict.allowed or (verdict.reason and verdict.remedy)


@pytest.mark.parametrize(("live", "committed", "waits", "free"), [
    (0, 0, False, True), (1, 0, False, False), (0, 3, False, False), (0, 0, True, False)])
def test_nothing_may_hang_on_either(live, committed, waits, free):
    assert bool(rules.free_verdict("甲", live, committed, waits)) == free


# ---- what comes out

def test_lines_are_united_or_added():
    mine = [{"item": "餐桌椅", "unit": "套", "quantity": 17, "unit_price_fen": 0}]
    theirs = [{"item": "餐桌椅", "unit": "套", "quantity": 20, "unit_price_fen": 60_000},
              {"item": "餐桌椅", "unit": "张", "quantity": 3, "unit_price_fen": 0}]
    assert [(one["unit"], one["quantity"], one["unit_price_fen"]) for one in rules.united(mine, theirs, False)] == [
        ("套", 20, 60_000), ("张", 3, 0)]
    assert [one["quantity"] for one in rules.united(mine, theirs, True)] == [37, 3]
    assert mine[0]["quantity"] == 17


values = st.fixed_dictionaries({name: st.none() | st.text(max_size=30) | st.integers(0, 99)
                                for name in ("title", "village", "unit")} | {
    name: st.text(max_size=40) for name in ("body", "goal", "conditions")} | {
    name: st.integers(0, 10 ** 9) for name in ("beneficiaries", "funds_gap_fen", "funds_secured_fen")})


@given(values, values)
def test_taking_one_side_gives_that_side(mine, theirs):
    for way, wanted in (("kept", mine), ("merged", theirs)):
        takes = {one.name: rules.Take(way) for one in rules.differing(mine, theirs)}
        out = rules.combined(mine, theirs, takes)
        assert {name: out[name] for name in wanted} == wanted


@given(values, values)
def test_the_usual_way_loses_no_filled_field(mine, theirs):
    takes = {one.name: rules.usual(one, mine, theirs) for one in rules.differing(mine, theirs)}
    out = rules.combined(mine, theirs, takes)
    assert all(not rules.is_empty(out[name]) for name in mine
               if name not in ("village", "title") and not (rules.is_empty(mine[name])
                                                            and rules.is_empty(theirs[name])))


@pytest.mark.parametrize(("typed", "said"), [
    ({}, "还没有选用"), ({"take-beneficiaries": "sum"}, "还没有选用"),
    ({"take-beneficiaries": "typed"}, "请填一个整数"),
    ({"take-beneficiaries": "typed", "number-beneficiaries": "很多"}, "请填一个整数"),
    ({"take-beneficiaries": "typed", "number-beneficiaries": "9" * 400}, "请填一个整数"),
    ({"take-beneficiaries": "typed", "number-beneficiaries": "²"}, "请填一个整数")])
def test_a_form_that_cannot_be_read_names_the_part(typed, said):
    with pytest.raises(ValueError, match=f"受益人数.*{said}"):
        rules.chosen(typed, {"beneficiaries": 68}, {"beneficiaries": 80})


@pytest.mark.parametrize(("change", "said"), [
    ({"body": "字" * 5001}, "接在一起有 5001 字"), ({"old_and_young": 90}, "不能多于"),
    ({"ends_on": "2026-01-01", "starts_on": "2026-02-01"}, "结束日期要晚于"),
    ({"lines": [{"item": "桌", "unit": "张", "quantity": 1}] * 31}, "31 项"),
    ({"lines": [{"item": "桌", "unit": "张", "quantity": 10 ** 9}]}, "太多")])
def test_an_outcome_that_is_no_need_is_refused_with_a_cure(change, said):
    verdict = rules.combined_verdict({"beneficiaries": 68, **change})
    assert said in verdict.reason
    assert verdict.remedy


# ---- the way of a merger

def test_the_second_author_agrees_and_the_two_are_one(people, pair):
    kept, merged = pair
    merger = proposed(people.county_officer, pair, beneficiaries=("typed", 86), body="both", goal="merged")
    assert (merger.status, merger.kept_consent_by, merger.merged_consent_by) == (
        "proposed", people.county_officer.id, None)
    assert kept.beneficiaries == 68
    said = operations.act(people.second_county_officer, merger, "agree")
    assert merged.code in said
    assert (merger.status, merged.status, merged.merged_into_code) == ("done", "merged", kept.code)
    assert (kept.beneficiaries, kept.goal, kept.lines[0].quantity) == (86, "年底开餐", 20)
    assert "吃剩菜" in kept.title
    assert "煮一锅" in kept.body
    assert "差灶台和冰箱" in kept.body
    db.session.commit()


def test_each_step_leaves_its_trace_and_is_told(people, pair):
    kept, merged = pair
    merger = proposed(people.county_officer, pair)
    told = db.session.scalars(db.select(Notice).where(Notice.subject_kind == "merger")).all()
    assert [(one.user_id, one.kind) for one in told] == [(people.second_county_officer.id, "to_do")]
    operations.act(people.second_county_officer, merger, "agree")
    acts = {(one.kind, one.act, one.object_id) for one in db.session.scalars(db.select(AuditRow))}
    number = str(merger.id)
    assert {("merger", "propose", number), ("merger", "agree", number), ("merger", "merge", number),
            ("need", "take_in", kept.code), ("need", "merge", merged.code)} <= acts
    assert [revisions.versions("need", one.code, None)[-1].act for one in pair] == ["take_in", "merge"]


def test_a_refusal_wants_a_reason_and_leaves_both_alone(people, pair):
    merger = proposed(people.county_officer, pair)
    with pytest.raises(Refusal, match="要写明理由"):
        operations.act(people.second_county_officer, merger, "refuse")
    operations.act(people.second_county_officer, merger, "refuse", "不是同一个村")
    assert (merger.status, pair[0].status, pair[1].status) == ("refused", "draft", "draft")
    with pytest.raises(Conflict, match="没有同意"):
        operations.act(people.second_county_officer, merger, "agree")
    assert proposed(people.county_officer, pair).status == "proposed"  # one may ask again


def test_only_the_asked_agree_and_only_the_proposer_withdraws(people, pair):
    third = factories.make_user("county_officer", username="third", county_code=factories.COUNTY)
    merger = proposed(third, pair)  # neither of the two is his
    with pytest.raises(Refusal, match="您不能“同意合并”"):
        operations.act(third, merger, "agree")
    with pytest.raises(Refusal, match="您不能“撤回提议”"):
        operations.act(people.county_officer, merger, "withdraw")
    assert "等另一位" in operations.act(people.county_officer, merger, "agree")
    with pytest.raises(Conflict, match="您已经同意过"):
        operations.act(people.county_officer, merger, "agree")
    operations.act(third, merger, "withdraw")
    assert (merger.status, pair[0].status) == ("withdrawn", "draft")


def test_one_author_of_both_needs_nobody_else(people):
    pair = (factories.make_need(status="draft"),
            factories.make_need(status="draft", title="另一个写法", beneficiaries=70))
    merger = proposed(people.county_officer, pair)
    assert (merger.status, pair[1].status) == ("done", "merged")
    assert [one.noted for one in queries.consents_of(merger)] == ["两条由同一人答复"] * 2


def test_for_an_author_who_is_gone_any_officer_of_the_county_agrees(people, pair):
    people.second_county_officer.enabled = False
    db.session.flush()
    merger = proposed(people.county_officer, pair)
    assert (merger.status, queries.side_of(pair[1]).author_id) == ("done", None)


def test_a_township_asks_for_its_own_and_the_county_answers(people):
    township = people.township_officer.township_code
    kept = factories.make_need(status="published")
    own = factories.make_need(status="draft", author="township_officer", township_code=township, title="乡里写的")
    stranger = factories.make_need(status="draft", title="县里写的")
    with pytest.raises(Refusal, match="合并由本县"):
        operations.propose_merger(people.township_officer, kept, stranger, takes_of(kept, stranger))
    merger = proposed(people.township_officer, (kept, own))
    assert "已并入" in operations.act(people.county_officer, merger, "agree")
    assert (kept.status, own.status) == ("published", "merged")


def test_what_is_released_is_never_changed_by_one_person(people):
    kept = factories.make_need(status="published")
    own = factories.make_need(status="draft", title="自己写的另一条")
    db.session.commit()
    with pytest.raises(Refusal, match="一个人不能自己改自己放行"):
        operations.propose_merger(people.county_officer, kept, own, takes_of(kept, own))
    assert queries.open_merger_of(kept, own) is None
    merger = proposed(people.second_county_officer, (kept, own))
    operations.act(people.county_officer, merger, "agree")
    assert own.status == "merged"


def town(people, number, **values):
    """An officer of a township of the county and the draft that he wrote."""
    code = townships(factories.COUNTY)[number].code
    user = factories.make_user("township_officer", username=f"town-{number}", township_code=code)
    return user, factories.make_need(status="draft", created_by=user.id, township_code=code, **values)


def test_two_townships_do_not_rewrite_a_released_need_between_them(people):
    """The released one was written by a township; a county officer did not look at what the other would put in."""
    first, kept = town(people, 1)
    second, other = town(people, 2, title="另一个乡写的")
    needs.act(first, kept, "submit")
    needs.act(people.county_officer, kept, "publish")
    db.session.commit()
    for proposer in (first, second):
        with pytest.raises(Refusal, match="要有一位县里的经办人看过才能改") as refused:
            operations.propose_merger(proposer, kept, other, takes_of(kept, other))
        assert "另一位经办人" in refused.value.remedy
    assert queries.open_merger_of(kept, other) is None
    merger = proposed(people.county_officer, (kept, other))
    operations.act(first, merger, "agree")
    operations.act(second, merger, "agree")
    assert (merger.status, other.status, kept.status) == ("done", "merged", "published")


def test_who_left_while_it_was_proposed_is_no_officer_any_more(people):
    first, kept = town(people, 1)
    second, other = town(people, 2, title="另一个乡写的")
    needs.act(first, kept, "submit")
    needs.act(people.second_county_officer, kept, "publish")
    merger = proposed(people.county_officer, (kept, other))
    operations.act(first, merger, "agree")
    people.county_officer.enabled = False
    db.session.flush()
    with pytest.raises(Refusal, match="要有一位县里的经办人看过"):
        operations.act(second, merger, "agree")
    assert (merger.status, merger.merged_consent_by, other.status) == ("proposed", None, "draft")


def test_nobody_merges_his_own_draft_into_what_waits_for_him_to_release_it(people):
    kept = factories.make_need(status="submitted", author="second_county_officer")
    own = factories.make_need(status="draft", title="自己写的另一条")
    with pytest.raises(Refusal, match="正在等放行") as refused:
        operations.propose_merger(people.county_officer, kept, own, takes_of(kept, own))
    assert "撤回来改" in refused.value.remedy
    merger = proposed(people.county_officer, (own, kept))  # the other way round one may
    assert operations.act(people.second_county_officer, merger, "agree")
    assert (own.status, kept.status) == ("draft", "merged")


def test_a_need_handed_in_between_proposal_and_consent_is_not_rewritten(people, pair):
    merger = proposed(people.county_officer, pair)
    needs.act(people.county_officer, pair[0], "submit")
    with pytest.raises(Refusal, match="正在等放行"):
        operations.act(people.second_county_officer, merger, "agree")
    assert (merger.status, merger.merged_consent_by, pair[1].status) == ("proposed", None, "draft")
    needs.act(people.county_officer, pair[0], "recall")
    operations.act(people.second_county_officer, merger, "agree")
    assert merger.status == "done"


def test_a_released_need_stays_complete_and_open(people):
    kept = factories.make_need(status="published")
    other = factories.make_need(status="draft", author="second_county_officer", goal="", closing_at=None)
    for name, said in (("goal", "不能空着：怎样算办成"), ("closing_at", "不能空着：接单截止")):
        merger = proposed(people.county_officer, (kept, other), **{name: "merged"})
        with pytest.raises(Refusal, match=said):
            operations.act(people.second_county_officer, merger, "agree")
        assert (kept.goal != "", merger.merged_consent_by, other.status) == (True, None, "draft")
        operations.act(people.county_officer, merger, "withdraw")


def test_a_change_after_the_proposal_is_seen_before_anything_is_merged(people, pair):
    merger = proposed(people.county_officer, pair)
    needs.edit_need(people.second_county_officer, pair[1], {"beneficiaries": 90})
    with pytest.raises(Conflict, match="的内容改过"):
        operations.act(people.second_county_officer, merger, "agree")


def test_handing_in_meanwhile_does_not_hinder(people, pair):
    merger = proposed(people.county_officer, pair)
    needs.act(people.second_county_officer, pair[1], "submit")
    operations.act(people.second_county_officer, merger, "agree")
    assert (merger.former_status, pair[1].status) == ("submitted", "merged")


def test_a_need_stands_in_one_proposal_at_a_time(people, pair):
    third = factories.make_need(status="draft", title="第三条")
    proposed(people.county_officer, pair)
    for again in (pair, pair[::-1], (third, pair[1]), (pair[0], third)):
        with pytest.raises(Conflict, match="已经有人提了合并"):
            operations.propose_merger(people.county_officer, *again, takes_of(*again))


def test_every_difference_must_be_decided(people, pair):
    takes = takes_of(*pair)
    takes.pop("beneficiaries")
    with pytest.raises(Refusal, match="还没有选用哪一条的：受益人数"):
        operations.propose_merger(people.county_officer, *pair, takes)


def test_a_merged_need_is_not_edited_moved_or_bid_on(people, pair):
    merger = proposed(people.county_officer, pair)
    operations.act(people.second_county_officer, merger, "agree")
    with pytest.raises(Refusal, match="已经并入"):
        needs.edit_need(people.second_county_officer, pair[1], {"title": "别的"})
    for verb in ("submit", "withdraw", "reinstate", "merge", "unmerge_draft"):
        with pytest.raises((Refusal, Conflict)):
            needs.act(people.second_county_officer, pair[1], verb, "理由")


def test_dates_survive_the_merger(people, pair):
    day = today() + dt.timedelta(days=77)
    needs.edit_need(people.second_county_officer, pair[1], {"ends_on": day, "closing_at": now() + dt.timedelta(days=9)})
    merger = proposed(people.county_officer, pair, ends_on="merged", closing_at="merged")
    operations.act(people.second_county_officer, merger, "agree")
    assert (pair[0].ends_on, pair[0].closing_at) == (day, pair[1].closing_at)
