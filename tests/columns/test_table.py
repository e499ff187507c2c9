"""Columns hold what the rows say, however they came there."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.columns.table import (
    NONE,
    Layout,
    Selection,
    Table,
    Tally,
    in_days,
    in_microseconds,
    numbers_of,
    walked,
)
from matchplatform.core.paging import Page

LAYOUT = Layout(("state", "place"), ("size", "due"), ("title",))
VALUES = st.tuples(st.sampled_from("ab"), st.sampled_from(["", "x", "y", "z"]), st.integers(0, 5),
                   st.none() | st.integers(0, 3), st.sampled_from(["老年食堂", "100% 新", "Tea", ""]))
LIBRARIES = st.dictionaries(st.integers(1, 12), VALUES, max_size=12)


def row(number, values):
    return number, f"C{number:02d}", *values


def table_of(library):
    return Table.of(LAYOUT, [row(number, values) for number, values in library.items()])


def told(table):
    """A table as rows again."""
    return {int(number): (table.codes[n].decode(),
                          *(table.words[name][table.choices[name][n]] for name in LAYOUT.choices),
                          *(None if (v := int(table.numbers[name][n])) == NONE else v for name in LAYOUT.numbers),
                          table.texts["title"][n]) for n, number in enumerate(table.ids)}


@given(LIBRARIES, LIBRARIES, st.sets(st.integers(1, 12)))
def test_a_successor_is_the_table_of_the_new_rows(library, changes, gone):
    gone -= set(changes)
    made = table_of(library).with_rows([row(*one) for one in changes.items()], {f"C{number:02d}" for number in gone})
    now = {number: values for number, values in {**library, **changes}.items() if number not in gone}
    assert told(made) == told(table_of(now))
    assert made.ids.tolist() == sorted(now)


@given(LIBRARIES, LIBRARIES)
def test_a_table_never_changes_under_those_who_read_it(library, changes):
    table = table_of(library)
    before, order = told(table), table.order("size").tolist()
    table.with_rows([row(*one) for one in changes.items()])
    assert (told(table), table.order("size").tolist()) == (before, order)


@given(LIBRARIES)
def test_an_order_ties_by_number_and_puts_what_is_not_filled_in_last(library):
    table = table_of(library)
    assert table.ids[table.order("due")].tolist() == sorted(
        library, key=lambda number: (library[number][3] is None, library[number][3] or 0, number))
    assert table.ids[table.order("size")[::-1]].tolist() == sorted(
        library, key=lambda number: (-library[number][2], -number))


@given(LIBRARIES, st.sets(st.sampled_from("ab")), st.sets(st.sampled_from(["x", "y", "nowhere"])), st.integers(0, 5))
def test_counts_leave_their_own_group_aside_and_no_other(library, states, places, least):
    table = table_of(library)
    groups = {"size": table.at_least("size", least)}
    if states:
        groups["state"] = table.among("state", states)
    if places:
        groups["place"] = table.among("place", places)
    tally = Tally(table, Selection(len(table), groups), ("state", "place"))

    def expected(column, own):
        kept = [one for one in library.values()
                if one[2] >= least and (own == "state" or not states or one[0] in states)
                and (own == "place" or not places or one[1] in places)]
        return {value: n for value in {one[column] for one in kept}
                if (n := sum(one[column] == value for one in kept))}

    assert tally.counts("state") == expected(0, "state")
    assert tally.counts("place") == expected(1, "place")
    assert tally.counts("place", "size another") == expected(1, "")


@given(LIBRARIES, st.integers(0, 4))
def test_what_is_not_filled_in_meets_no_bound(library, bound):
    table = table_of(library)
    due = {number: values[3] for number, values in library.items() if values[3] is not None}
    assert table.ids[table.at_least("due", bound)].tolist() == sorted(n for n, value in due.items() if value >= bound)
    assert table.ids[table.at_most("due", bound)].tolist() == sorted(n for n, value in due.items() if value <= bound)


@given(LIBRARIES, st.sampled_from(["老年", "%", "tea", "TEA", "_", "c0", "C1", "\n", "\x1f"]), st.sampled_from([0, 99]))
def test_parts_of_texts_and_codes_are_found_as_they_stand_one_by_one_or_together(library, part, few):
    table, chosen = table_of(library), np.arange(len(library)) % 3 != 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matchplatform.columns.table.FEW", few)
        found = table.ids[table.holding(("title",), part, chosen)].tolist()
    assert found == [number for n, number in enumerate(sorted(library)) if n % 3 and (
        part.lower() in library[number][4].lower() or part.lower() in f"c{number:02d}")]
    assert table.ids[table.coded("C03")].tolist() == [n for n in library if n == 3]


def test_days_and_moments_are_the_same_from_python_and_from_the_file():
    day, moment = dt.date(2026, 2, 28), dt.datetime(2026, 2, 28, 23, 59, 59, 7, tzinfo=dt.UTC)
    assert numbers_of([None, day]).tolist() == numbers_of([None, "2026-02-28"]).tolist() == [NONE, in_days(day)]
    assert numbers_of([moment, None]).tolist() == numbers_of(["2026-02-28 23:59:59.000007", None]).tolist() \
        == [in_microseconds(moment), NONE]
    east = moment.astimezone(dt.timezone(dt.timedelta(hours=8)))
    assert numbers_of([east]).tolist() == [in_microseconds(moment)]
    assert numbers_of([True, False, 3]).tolist() == [1, 0, 3]
    assert numbers_of([]).tolist() == []


def test_a_pager_names_the_ends_and_what_is_near():
    assert Page([], 1, 20, 0).near == [1]
    assert Page([], 3, 20, 100).near == [1, 2, 3, 4, 5]
    assert Page([], 50, 20, 2_000).near == [1, 47, 48, 49, 50, 51, 52, 53, 100]


@given(LIBRARIES, st.integers(0, 12), st.integers(0, 5), st.sampled_from([1, 3, 99]))
def test_walking_along_an_order_finds_any_page_of_it(library, low, width, step):
    table = table_of(library)
    order, first = table.order("size"), table.at_least("size", 3)
    expected = [*order[first[order]], *order[~first[order]]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matchplatform.columns.table.STEP", step)
        high = min(low + width, len(library))
        assert walked(order, [first, ~first], min(low, high), high).tolist() == expected[min(low, high):high]
        assert walked(order, [first], 0, int(first.sum())).tolist() == order[first[order]].tolist()
