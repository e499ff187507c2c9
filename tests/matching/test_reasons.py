"""Scores whose parts add up, terms that tell, marks that lose nothing, and the one change that helps most."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.matching.combination import Combination
from matchplatform.matching.explain import SharedTerm, around, counterfactual, mark, shared_terms
from matchplatform.matching.index import Document, TextIndex
from matchplatform.matching.scoring import SHIPPED, Context, Weights, score

pytestmark = pytest.mark.once

NEED = Document("1", "老人一天只做一顿饭",
                "村里75岁以上老人68个，村委会腾出房子，想办老年食堂，就差灶台、冰箱、消毒柜和桌椅板凳。")
OFFERING = Document("2", "老年食堂标准厨房设备包",
                    "面向老人，设备包含双头灶、四门冰箱、消毒柜、餐桌椅，村委会负责房屋。")
OTHERS = [Document("3", "茶叶加工", "投建萎凋、发酵机组。"), Document("4", "村医培训", "带教高血压、糖尿病用药。"),
          Document("5", "帮老人", "教老人用手机，也有老年大学。")]
INDEX = TextIndex.build([OFFERING, *OTHERS])
GOOD = Context(same_category=True, need_category="养老服务", offering_category="养老服务", area="county",
               area_text="直接服务孝昌县", capacity_left=2, capacity=3, rating="5A", rating_valid=True, eligible=True)
WORDS_ALONE = Combination()
BOTH = Combination([SimpleNamespace(name="use", weight=1.5, mean=0.254, deviation=0.0885),
                    SimpleNamespace(name="e5", weight=2.0, mean=0.864, deviation=0.01406)])
TERMS = [SharedTerm(1, "冰箱", 0.05), SharedTerm(2, "消毒柜", 0.04)]

contexts = st.builds(
    Context, same_category=st.booleans(), need_category=st.just("养老服务"), offering_category=st.just("产业帮扶"),
    area=st.sampled_from([None, "county", "city", "province"]), area_text=st.just("服务全省"),
    capacity_left=st.integers(-1, 5), capacity=st.integers(1, 5),
    rating=st.sampled_from(["", "1A", "2A", "3A", "4A", "5A"]), rating_valid=st.booleans(), eligible=st.booleans())
some_terms = st.lists(st.builds(SharedTerm, number=st.integers(1, 8), weight=st.floats(0, 1),
                                text=st.sampled_from(["冰箱", "食堂", "老年食堂"])), max_size=8)


def text_match(lexical, *cosines):
    """By words alone, or with the shipped encoders' cosines (use, e5)."""
    if not cosines:
        return WORDS_ALONE.text_match(lexical, {})
    return BOTH.text_match(lexical, dict(zip(("use", "e5"), cosines, strict=True)))


matches = st.one_of(st.builds(text_match, st.floats(0, 1)),
                    st.builds(text_match, st.floats(0, 1), st.floats(-1, 1), st.floats(-1, 1)))
weights = st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda row: sum(row) > 0.1).map(
    lambda row: Weights(*(100 * one / sum(row) for one in row)))


@given(matches, contexts, some_terms, st.one_of(st.just(SHIPPED), weights))
def test_the_parts_add_up_to_the_score(match, context, terms, shares):
    found = score(match, context, terms, shares)
    assert isinstance(found.total, int)
    assert found.total == sum(part.points for part in found.parts)
    assert sum(part.full for part in found.parts) == 100
    assert all(0 <= part.points <= part.full and part.why and isinstance(part.points, int) for part in found.parts)
    assert abs(found.total - found.exact) <= 1.5
    assert found.headline


def test_the_best_pair_comes_near_100_and_nothing_gives_nothing():
    for best, none in ((text_match(1), text_match(0)), (text_match(1, 1, 1), text_match(0, -1, 0.7))):
        assert score(best, GOOD, TERMS).total >= 97
        assert score(none, replace(GOOD, same_category=False, area=None, capacity_left=0, rating="")).total == 0


def test_another_subject_stays_low_however_well_the_facts_fit():
    """An arbitrary pair (the means on the graded collection) in the right county and category, rated 5A."""
    for arbitrary in (text_match(0.046), text_match(0.046, 0.254, 0.864)):
        assert score(arbitrary, GOOD).total <= 38


def test_the_same_probability_gives_the_same_points_with_and_without_encoders():
    alone, both = text_match(0.193), text_match(0.14, 0.62, 0.912)
    assert alone.probability == pytest.approx(0.5, abs=0.05)
    assert both.probability == pytest.approx(0.5, abs=0.25)
    weigh = SHIPPED.text
    for match in (alone, both):
        texts = [part for part in score(match, GOOD, TERMS).parts if part.label in ("意思相近", "对应词句")]
        assert sum(part.points for part in texts) == pytest.approx(weigh * match.probability, abs=1)


@given(st.floats(0, 1), st.floats(0, 1), contexts)
def test_more_alike_is_never_fewer_points(one, other, context):
    low, high = sorted((one, other))
    assert score(text_match(low), context).exact <= score(text_match(high), context).exact + 1e-9
    assert score(text_match(low, .3, .87), context).total <= score(text_match(high, .3, .87), context).total


def test_reasons_name_the_shared_terms_and_their_points_in_plain_chinese():
    words = {part.label: part.why for part in score(text_match(0.2, 0.6, 0.92), GOOD, TERMS).parts}
    assert words["对应词句"].startswith("两边都说到：冰箱 ")
    assert "消毒柜" in words["对应词句"]
    assert words["意思相近"] in ("两边说的是同一件事", "两边说的事很接近")
    expired = score(text_match(0.2), replace(GOOD, rating_valid=False), TERMS).parts[-1]
    assert (expired.points, "已过有效期" in expired.why) == (0, True)


def test_what_the_terms_add_is_never_more_than_the_similarity():
    terms = shared_terms(NEED, OFFERING, INDEX)
    whole = INDEX.similarity(NEED, OFFERING)
    assert sum(INDEX.products(NEED, OFFERING).values()) == pytest.approx(whole, abs=1e-9)
    assert 0.3 * whole < sum(term.weight for term in terms) <= whole + 1e-9


def test_a_source_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="numbers"):
        Combination([SimpleNamespace(name="x", weight=1.0, mean=float("nan"), deviation=1.0)])
    with pytest.raises(ValueError, match="numbers"):
        Combination([SimpleNamespace(name="x", weight=float("nan"), mean=0.0, deviation=1.0)])
    with pytest.raises(ValueError, match="numbers"):
        Combination([SimpleNamespace(name="x", weight=1.0, mean=None, deviation=None)])


def test_shared_terms_tell_something_and_are_numbered():
    terms = shared_terms(NEED, OFFERING, INDEX)
    named = [term.text for term in terms]
    assert {"老年食堂", "冰箱", "消毒柜"} <= set(named)
    assert not {"老年", "食堂", "村委会", "，", "的"} & set(named)
    assert [term.number for term in terms] == list(range(1, len(terms) + 1))
    assert [term.weight for term in terms] == sorted((term.weight for term in terms), reverse=True)
    assert len(terms) <= 8
    assert not any(a != b and a in b for a in named for b in named)


def test_texts_without_a_common_word_share_nothing():
    assert shared_terms(NEED, OTHERS[0], INDEX) == []
    assert shared_terms(Document("x", ""), Document("y", ""), INDEX) == []


def test_what_is_only_a_part_of_longer_words_is_no_term():
    a = Document("1", "", "老人不会用智能手机，村委会也没办法")
    b = Document("2", "", "教老人用智能手机挂号，村委会组织")
    named = [term.text for term in shared_terms(a, b, TextIndex.build([b, *OTHERS]))]
    assert not {"能手", "委会"} & set(named)


def test_neighbouring_words_become_one_term():
    a, b = Document("1", "", "请帮我们做品牌包装推广"), Document("2", "", "会员单位可做品牌包装推广服务")
    index = TextIndex.build([b, *OTHERS])
    assert shared_terms(a, b, index)[0].text in ("品牌包装推广", "品牌包装")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), some_terms)
def test_marked_runs_joined_are_the_text(original, terms):
    assert "".join(run for run, _ in mark(original, terms)) == original


@given(st.text(alphabet="冰箱食堂老年，ＡＡａﬁ⑴㎏ ", max_size=60),
       st.lists(st.sampled_from(["冰箱", "食堂", "老年食堂", "a", "fi", "fia", "(1)", "1", "kg"]), max_size=5))
def test_marking_survives_forms_that_fold_to_several_characters(original, words):
    terms = [SharedTerm(n, word, 1.0) for n, word in enumerate(words, 1)]
    runs = mark(original, terms)
    assert "".join(run for run, _ in runs) == original
    assert all(run for run, _ in runs)


def test_marks_carry_the_number_and_the_longest_term_wins():
    terms = [SharedTerm(1, "食堂", 1.0), SharedTerm(2, "老年食堂", 0.5), SharedTerm(3, "ba", 0.1)]
    assert mark("办老年食堂，看村ＢＡ。", terms) == [
        ("办", None), ("老年食堂", 2), ("，看村", None), ("ＢＡ", 3), ("。", None)]


def test_words_around_a_term_stop_at_the_next_punctuation():
    fridge = SharedTerm(1, "冰箱", 1.0)
    assert around("就差灶台，四门冰箱和桌子。别的", fridge, [fridge]) == "四门冰箱和桌子"
    assert around("没有", fridge, [fridge]) == ""


@pytest.mark.parametrize(("changed", "label", "says"), [
    ({"area": None}, "服务区域", "加上孝感市"), ({"capacity_left": 0}, "容量", "1 个容量"),
    ({"rating": "", "rating_valid": False}, "评估等级", "评上 3A"), ({"rating_valid": False}, "评估等级", "补评"),
    ({"same_category": False}, "帮扶领域", "养老服务"),
    ({"area": None, "capacity_left": 0, "rating": ""}, "服务区域", "孝感市")])
def test_the_change_with_the_largest_effect_is_told(changed, label, says):
    context = replace(GOOD, **changed)
    found = counterfactual(text_match(0.2), context, TERMS, area_name="孝感市")
    assert found.label == label
    assert says in found.sentence
    assert found.before == score(text_match(0.2), context, TERMS).total
    assert found.after > found.before
    assert str(found.after) in found.sentence


def test_nothing_is_told_where_nothing_would_help():
    assert counterfactual(text_match(0.2), GOOD, TERMS) is None


def test_a_pair_below_the_average_everywhere_still_tells_both_text_parts():
    found = score(text_match(0.0, -0.5, 0.7), GOOD)
    assert found.has_meaning
    whole = score(text_match(0.2, 0.6, 0.92), GOOD)
    assert [part.full for part in found.parts[:2]] == [part.full for part in whole.parts[:2]]
