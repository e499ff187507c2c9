"""How a library follows the audit: what acts touch, when they lead on, what changes in the index."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.matching import library as protocol
from matchplatform.matching.index import Document
from matchplatform.matching.library import NO_ACT, Entry, Touched
from tests.matching.memory_index import ENGINE, MemoryIndex, ranked

pytestmark = pytest.mark.once

WORDS = ("老年食堂", "茶叶收购", "乡村医生", "直播带货", "垃圾分类", "冷库")


def act(kind, object_id="", organization_id=None, result="done", detail="", number=1):
    return SimpleNamespace(id=number, hash=f"h{number}", kind=kind, object_id=object_id, result=result,
                           organization_id=organization_id, detail=detail)


def documents(*numbers, text="老年食堂"):
    return [Document(str(n), f"{text}{WORDS[n % 6]}", f"{WORDS[n % 5]}要办{n}件") for n in numbers]


def entries(*numbers, text="老年食堂"):
    return [Entry(one, {"area": ("420000",)}) for one in documents(*numbers, text=text)]


def library(*numbers, mark=(5, "h5")):
    return protocol.opened("db", protocol.built(entries(*numbers), mark, ENGINE), ENGINE)


@pytest.mark.parametrize(("acts", "wanted"), [
    ([], Touched()),
    ([act("need", "XQ1"), act("need", "XQ1"), act("offering", "GJ1", 7)],
     Touched(frozenset({"XQ1"}), frozenset({"GJ1"}))),
    ([act("organization", "12", 12), act("organization", "13")], Touched(organizations=frozenset({12, 13}))),
    ([act("pairing", "JD1", detail='{"need": "XQ2", "offering": "GJ2"}')],
     Touched(frozenset({"XQ2"}), frozenset({"GJ2"}))),
    ([act("campaign", "3")], Touched()),
    ([act("need", "XQ1", result="refused"), act("organization", "", result="refused")], Touched()),
    ([act("campaign", "category:tea")], Touched(everything=True)),
    ([act("lexicon", "4")], Touched(everything=True)),
    ([act("organization", "")], Touched(everything=True)),
    ([act("pairing", "JD1", detail="[1")], Touched(everything=True)),
    ([act("pairing", "JD1", detail='{"need": 3, "offering": "GJ2"}')], Touched(everything=True)),
    ([act("need", "XQ1"), act("something new")], Touched(everything=True))])
def test_acts_touch_what_they_name(acts, wanted):
    assert protocol.touched(acts) == wanted


def test_only_an_unbroken_history_leads_from_mark_to_mark():
    acts = [act("need", number=n) for n in (5, 6, 9)]
    assert protocol.follows(acts, (5, "h5"), (9, "h9"))
    assert not protocol.follows(acts, (5, "another"), (9, "h9"))
    assert not protocol.follows(acts, (4, "h4"), (9, "h9"))
    assert not protocol.follows(acts, (5, "h5"), (9, "another"))
    assert not protocol.follows(acts[:2], (5, "h5"), (9, "h9"))
    assert not protocol.follows([], (5, "h5"), (9, "h9"))
    assert protocol.follows(acts, NO_ACT, (9, "h9"))
    assert protocol.follows([], NO_ACT, NO_ACT)


def test_unchanged_records_are_not_touched():
    before = library(1, 2, 3)
    after = protocol.successor(before, (6, "h6"), {1: entries(1)[0], 9: None}, ENGINE)
    assert after.index is before.index
    assert after.mark == (6, "h6")
    assert dict(after.changed) == {}


def test_a_successor_leaves_its_predecessor_as_it_was():
    before = library(1, 2, 3)
    changes = {1: None, 2: entries(2, text="茶园")[0], 4: entries(4)[0]}
    after = protocol.successor(before, (6, "h6"), changes, ENGINE)
    assert before.index.ids == ["1", "2", "3"]
    assert sorted(after.index.ids) == ["2", "3", "4"]
    assert before.index.puts == 0
    assert after.index.puts == 3
    again = protocol.successor(after, (7, "h7"), {1: None, 4: entries(4)[0]}, ENGINE)
    assert again.index is after.index
    gone = protocol.successor(again, (8, "h8"), {4: None}, ENGINE)
    assert 4 not in gone.changed
    assert sorted(gone.index.ids) == ["2", "3"]


def test_an_index_that_cannot_be_changed_is_built_anew_only_when_something_changed():
    fixed = protocol.Engine(build=ENGINE.build, index=ENGINE.index, keeps=False)
    before = library(1, 2)
    assert protocol.successor(before, (6, "h6"), {1: entries(1)[0]}, fixed).mark == (6, "h6")
    assert protocol.successor(before, (6, "h6"), {1: None}, fixed) is None


@pytest.mark.parametrize(("size", "changed", "due"), [
    (10, 8, False), (10, 9, True), (1000, 200, False), (1000, 201, True), (9000, 1000, False), (9000, 1001, True)])
def test_a_new_base_is_due_when_the_fresh_part_has_grown(size, changed, due):
    base = protocol.Base({}, {}, (1, "h"), np.arange(size), np.zeros(size, np.uint64))
    assert protocol.Library(("db", 1, "h"), None, base, dict.fromkeys(range(changed))).is_due() is due


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from((None, *WORDS))), max_size=25))
def test_any_sequence_of_changes_answers_as_the_documents_do(changes):
    current, one = {int(e.document.id): e for e in entries(*range(1, 9))}, library(*range(1, 9))
    for number, (record, text) in enumerate(changes, 6):
        entry = None if text is None else entries(record, text=text)[0]
        current = {key: kept for key, kept in (current | {record: entry}).items() if kept is not None}
        one = protocol.successor(one, (number, f"h{number}"), {record: entry}, ENGINE)
    asked = Document("x", "老年食堂", "茶叶收购直播带货冷库")
    assert one.index.top(asked, 99) == ranked(library(*range(1, 9)).index._weights, asked,
                                            [entry.document for entry in current.values()])
    assert all(one.digest_of(n) == (protocol.digest(current[n]) if n in current else None) for n in range(14))


def test_a_base_comes_back_from_what_is_stored():
    base = library(3, 5, 8).base
    arrays, meta = protocol.stored(base, ENGINE)
    again = protocol.restored(arrays, meta, (1, 2, 3), ENGINE)
    assert again.mark == base.mark
    assert again.identity == (1, 2, 3)
    assert [again.digest_of(n) for n in range(10)] == [base.digest_of(n) for n in range(10)]
    assert MemoryIndex(again.arrays, again.meta).ids == ["3", "5", "8"]
    with pytest.raises(ValueError, match="made by recipe 'memory', wanted 'other'"):
        protocol.restored(arrays, meta, None, protocol.Engine(ENGINE.build, ENGINE.index, recipe="other"))
    with pytest.raises(ValueError, match="no base"):
        protocol.restored({}, {"recipe": "memory"}, None, ENGINE)


def test_the_digest_heeds_every_part_of_an_entry():
    parts = {"id": "1", "title": "甲", "body": "乙", "category": "丙", "place": "丁"}
    places = ({}, {"area": ()}, {"area": ("1",)}, {"area": ("1", "2")}, {"area": ("1",), "category": ("2",)})
    made = [Entry(Document(**parts | {name: "戊"}), {}) for name in parts]
    made += [Entry(Document(**parts), facets) for facets in places]
    made += [Entry(Document("1", "甲乙"), {}), Entry(Document("1", "甲", "乙"), {})]
    assert len({protocol.digest(one) for one in made}) == len(made)
