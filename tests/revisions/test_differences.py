"""What changed between two versions: exact, complete, and readable."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.needs.snapshots import FIELDS, columns, plain, restored, snapshot
from matchplatform.revisions.differences import (
    NONE,
    Field,
    Names,
    applied,
    compare_lines,
    compare_texts,
    differences,
    shortened,
    shown,
    undone,
)
from tests import factories

pytestmark = pytest.mark.once

NAMES = Names(place=lambda code: f"地{code}", category=lambda code: f"类{code}")
TEXT = st.text(alphabet="老人食堂灶台，。；\n 12abA", max_size=60)
LINE = st.fixed_dictionaries({"item": st.sampled_from(["灶台", "冰箱", "桌椅"]), "quantity": st.integers(1, 99),
                              "unit": st.just("套"), "unit_price_fen": st.sampled_from([0, 60_000])})
SNAPSHOT = st.fixed_dictionaries({
    "title": TEXT, "body": TEXT, "lines": st.lists(LINE, max_size=4), "funds_gap_fen": st.integers(0, 10**9),
    "beneficiaries": st.integers(0, 500), "township_code": st.sampled_from([None, "420921100"]),
    "starts_on": st.dates().map(str), "aid_mode": st.sampled_from(["relief", "both"])})


@given(SNAPSHOT, SNAPSHOT)
def test_the_differences_lead_from_one_version_to_the_other_and_back(before, after):
    """Nothing is lost and nothing invented; empty values of either kind count as the same."""
    found = differences(FIELDS, before, after, NAMES)

    def same(one, other):
        return {name: value or None for name, value in one.items()} == {
            name: value or None for name, value in other.items()}

    assert same(applied(before, found), after)
    assert same(undone(after, found), before)
    assert [one.field.name for one in found] == [
        one.name for one in FIELDS if one.name in before and (before[one.name] or None) != (after[one.name] or None)
        and not (before[one.name] in ("", [], None) and after[one.name] in ("", [], None))]


@given(TEXT, TEXT)
def test_a_marked_text_holds_both_texts_whole(before, after):
    pieces = compare_texts(before, after)
    assert "".join(one.text for one in pieces if one.mark != "new") == before
    assert "".join(one.text for one in pieces if one.mark != "gone") == after
    assert all(one.text for one in pieces)
    assert all(one.mark != other.mark for one, other in itertools.pairwise(pieces) if one.mark == "same")


@given(st.lists(LINE, max_size=5), st.lists(LINE, max_size=5))
def test_every_line_of_both_versions_is_shown_once(before, after):
    rows = compare_lines(before, after)
    assert sorted(one.item for one in rows if one.before is not None) == sorted(one["item"] for one in before)
    assert [one.item for one in rows if one.after is not None] == [one["item"] for one in after]


def test_only_the_words_that_changed_are_marked():
    pieces = compare_texts("村里老人68个。房子腾出来了。就差灶台。", "村里老人80个。房子腾出来了。就差灶台和冰箱。")
    assert [(one.mark, one.text) for one in pieces] == [
        ("same", "村里老人"), ("gone", "68"), ("new", "80"), ("same", "个。房子腾出来了。就差灶台"),
        ("new", "和冰箱"), ("same", "。")]


def test_short_unchanged_runs_between_changes_go_with_them():
    pieces = compare_texts("甲乙丙的丁戊己", "子丑寅的卯辰巳")
    assert [one.mark for one in pieces] == ["gone", "new"]


def test_very_long_passages_are_shown_whole_instead_of_compared_for_minutes():
    before, after = "甲乙丙丁" * 1200, "丁丙乙甲" * 1200
    assert [(one.mark, len(one.text)) for one in compare_texts(before, after)] == [("gone", 4800), ("new", 4800)]


def test_a_long_unchanged_run_is_cut_for_reading():
    pieces = shortened(compare_texts("前" * 200 + "一" + "后" * 200, "前" * 200 + "二" + "后" * 200), around=10)
    assert [one.text for one in pieces] == ["……" + "前" * 10, "一", "二", "后" * 10 + "……"]


def test_values_are_read_as_people_write_them():
    field = {one.name: one for one in FIELDS}
    for name, value, said in (
            ("funds_gap_fen", 10_100_000, "10.1 万元"), ("beneficiaries", 1068, "1,068 人"),
            ("beneficiaries", 0, "0 人"), ("starts_on", "2026-01-05", "2026年1月5日"),
            ("closing_at", "2026-01-05T09:30:00+00:00", "2026年1月5日 17:30"),
            ("category_code", "health", "类health"), ("township_code", "420921100", "地420921100"),
            ("aid_mode", "both", "输血与造血并用"), ("basis", "", NONE), ("goal", None, NONE),
            ("lines", [{"item": "灶台", "quantity": 3, "unit": "台", "unit_price_fen": 380_000}],
             "灶台 3 台，单价 3,800 元")):
        assert shown(field[name], value, NAMES) == said
    assert shown(Field("is_charity", "慈善组织", "flag"), False, NAMES) == "否"
    assert shown(Field("areas", "可服务区域", "places"), ["420000", "420921"], NAMES) == "地420000、地420921"


def test_a_need_goes_into_plain_values_and_comes_back(app):
    need = factories.make_need()
    values = columns(need)
    assert restored(plain(values)) == values


def test_no_telephone_number_stands_in_a_snapshot(app):
    need = factories.make_need()
    assert snapshot(need)["contact_phone"] == "138****6021"


@pytest.mark.parametrize(("anchor", "said"), [
    ("tiao-8", "第8条"), ("tiao-3-zhi-1", "第3条之1"), ("bufen-2-xiang-3-mu-7", "第2部分第3项第7目"), ("", "没有填")])
def test_a_cited_clause_is_told_in_words(anchor, said):
    assert shown(Field("basis_clause", "引用的条款", "clause"), anchor, Names()) == said
