"""Staff's word lists in the engine: a group makes one more term, a stop word takes one away, reasons say so."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.matching import text
from matchplatform.matching.combination import Combination
from matchplatform.matching.explain import around, mark, shared_terms
from matchplatform.matching.index import Document, TextIndex
from matchplatform.matching.lexicon import Lexicon, Move, extent, moves
from matchplatform.matching.scoring import Context, score

pytestmark = pytest.mark.once

LISTS = Lexicon((("助餐", "老年食堂", "食堂"), ("ai", "人工智能")), frozenset({"恳请"}))
NEED = Document("n", "恳请帮忙办食堂", "村里老人没处吃饭，想办老年食堂。")
MEALS = Document("m", "助餐服务", "为老年人送餐上桌。")
OTHERS = [Document("t", "茶叶加工", "恳请收购鲜叶。"), Document("d", "村医培训", "带教用药。")]
CONTEXT = Context(True, "养老服务", "养老服务", "county", "直接服务孝昌县", 2, 3, "5A", True, True)


@pytest.mark.parametrize(("text", "tokens"), [
    ("", []), ("送餐", []), ("老年食堂", ["≈助餐"]), ("食堂和老年食堂都要助餐", ["≈助餐"] * 3), ("ＡＩ助手", ["≈ai"]),
    ("Email 和 mail", []), ("人工智能AI", ["≈ai", "≈ai"])])
def test_every_word_of_a_group_is_found_once_the_longest_first(text, tokens):
    assert LISTS.extra_tokens(text) == tokens


def test_nothing_in_the_lists_changes_nothing():
    documents = [NEED, MEALS, *OTHERS]
    assert not Lexicon()
    plain, empty = TextIndex.build(documents), TextIndex.build(documents, Lexicon())
    assert plain.tops(documents, 9) == empty.tops(documents, 9)


def test_texts_with_different_words_of_a_group_come_nearer():
    before, after = (TextIndex.build([MEALS, *OTHERS], lists) for lists in (Lexicon(), LISTS))
    assert after.similarity(NEED, MEALS) > before.similarity(NEED, MEALS)
    assert after.similarity(NEED, OTHERS[1]) <= before.similarity(NEED, OTHERS[1])
    assert "m" not in [one for one, _ in before.search("食堂", 5)]
    assert "m" in [one for one, _ in after.search("食堂", 5)]


def test_a_stop_word_of_staff_is_no_word_of_any_text():
    index = TextIndex.build([MEALS, *OTHERS], LISTS)
    assert "恳请" in TextIndex.build([MEALS, *OTHERS]).word_weights(OTHERS[0])
    assert "恳请" not in index.word_weights(OTHERS[0])
    assert shared_terms(NEED, OTHERS[0], index) == []


def test_a_synonym_is_a_reason_with_marks_in_both_texts():
    index = TextIndex.build([MEALS, *OTHERS], LISTS)
    term, *_ = shared_terms(NEED, MEALS, index)
    assert (term.text, term.other, term.label) == ("食堂", "助餐", "食堂 ≈ 助餐")
    assert ("食堂", term.number) in mark(NEED.title, [term])
    assert ("助餐", term.number) in mark(MEALS.title, [term])
    assert around(MEALS.title, term, [term]) == "助餐服务"
    assert "食堂 ≈ 助餐" in score(Combination().text_match(0.2, {}), CONTEXT, [term]).parts[0].why


def test_a_group_whose_same_word_stands_in_both_texts_is_told_as_that_word():
    other = Document("c", "社区食堂", "食堂对外开放。")
    terms = shared_terms(NEED, other, TextIndex.build([MEALS, other, *OTHERS], LISTS))
    assert [(one.text, one.other) for one in terms if "食堂" in one.text] == [("食堂", "")]


def test_moves_name_who_enters_leaves_rises_and_falls():
    before, after = ["a", "b", "c", "d", "e"], ["b", "a", "e", "c", "d"]
    assert moves(before, before, 3) == []
    assert [(one.id, one.before, one.after, one.way) for one in moves(before, after, 3)] == [
        ("b", 2, 1, "rises"), ("a", 1, 2, "falls"), ("e", 5, 3, "enters"), ("c", 3, 4, "leaves")]
    assert moves(["a"], ["z"], 3) == [Move("z", None, 1, "enters"), Move("a", 1, None, "leaves")]


@given(st.permutations("abcdefgh"), st.permutations("abcdefgh"), st.integers(1, 8))
def test_moves_are_exactly_the_places_that_change(before, after, judged):
    found = {one.id: one for one in moves(before, after, judged)}
    for one in "abcdefgh":
        old, new = before.index(one) + 1, after.index(one) + 1
        assert (one in found) == (old != new and min(old, new) <= judged)
    assert (extent(list(found.values())) > 0) == bool(found)


@given(st.lists(st.text("老年食堂助餐点abc", min_size=1, max_size=4), min_size=2, max_size=8, unique=True),
       st.text("老年食堂助餐点abc ，ＡＢ", max_size=40))
def test_the_longest_word_that_begins_at_a_place_wins_and_none_overlap(words, original):
    """As a regular expression finds them, written here for itself."""
    lists = Lexicon((tuple(words),))
    listed = "|".join(rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else re.escape(word)
                      for word in sorted(words, key=lambda word: (-len(word), word)))
    wanted = [(hit.start(), hit[0]) for hit in re.finditer(listed, text.plain(original))]
    assert [(hit.start, hit.word) for hit in lists.found(original)] == wanted
