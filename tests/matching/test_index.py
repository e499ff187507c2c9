"""The index: sane order, exact ties, empty texts, the search box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.matching.index import Document, TextIndex

pytestmark = pytest.mark.once

CANTEEN = Document("1", "老年食堂标准厨房设备包",
                   "设备包含双头灶、蒸饭柜、四门冰箱、消毒柜、餐桌椅。", "养老服务", "孝感市孝昌县")
TEA = Document("2", "茶叶精深加工与成熟叶收购", "投建萎凋、发酵机组，选派制茶师傅驻点，原料按公斤议定保底价。",
               "产业帮扶", "恩施州恩施市")
CLINIC = Document("3", "乡村医生慢性病规范培训", "由县医院主任医师带教高血压、糖尿病用药。", "医疗健康", "黄冈市英山县")
LIBRARY = TextIndex.build([CANTEEN, TEA, CLINIC])
ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=80)


@pytest.mark.parametrize(("asked", "best"), [
    ("老人一天只做一顿饭，就差灶台、冰箱、消毒柜和桌椅", "1"), ("夏秋茶没人采，粗老鲜叶做不了", "2"),
    ("村医不会调药，血压血糖降不下来", "3")])
def test_the_offering_that_answers_comes_first(asked, best):
    hits = LIBRARY.top(Document("x", "", asked), 3)
    assert hits[0][0] == best
    assert [value for _, value in hits] == sorted((value for _, value in hits), reverse=True)


def test_a_text_is_most_like_itself_and_likeness_is_mutual():
    assert LIBRARY.similarity(CANTEEN, CANTEEN) == pytest.approx(1)
    assert LIBRARY.similarity(CANTEEN, TEA) == pytest.approx(LIBRARY.similarity(TEA, CANTEEN))
    assert LIBRARY.likeness(CANTEEN, [TEA, CANTEEN]) == pytest.approx([LIBRARY.similarity(CANTEEN, TEA), 1])
    assert LIBRARY.likeness(CANTEEN, []) == []
    assert dict(LIBRARY.top(TEA, 3)).get("1", 0) == pytest.approx(LIBRARY.similarity(TEA, CANTEEN), abs=1e-9)


def test_ties_go_by_id():
    twins = TextIndex.build([Document(i, "直播带货培训", "教村民直播带货") for i in ("b", "c", "a")])
    assert [i for i, _ in twins.top(Document("x", "直播带货"), 3)] == ["a", "b", "c"]


@pytest.mark.parametrize("documents", [[], [Document("1", "")], [Document("1", "……"), Document("2", "123")]])
def test_empty_libraries_and_texts_answer_something(documents):
    index = TextIndex.build(documents)
    assert [value for _, value in index.top(CANTEEN, 5)] == []
    assert index.similarity(CANTEEN, TEA) == 0
    assert index.search("食堂", 5) == []
    assert index.word_weights(CANTEEN) == {}


@given(st.lists(ANY_TEXT, max_size=4), ANY_TEXT)
def test_similarities_stay_between_0_and_1(bodies, asked):
    index = TextIndex.build([Document(str(n), "", body) for n, body in enumerate(bodies)])
    for _, value in index.top(Document("x", asked), 5):
        assert 0 <= value <= 1
    for _, value in index.search(asked, 5):
        assert value > 0


@pytest.mark.parametrize(("typed", "found"), [
    ("老年食堂", ["1"]), ("茶", ["2"]), ("孝昌", ["1"]), ("糖尿病 用药", ["3"]), ("食", ["1"]),
    ("无人机飞防", []), ("，。", []), ("", []), ("冰箱 冰箱 冰箱", ["1"])])
def test_the_search_box_finds_what_speaks_of_the_words(typed, found):
    assert [i for i, _ in LIBRARY.search(typed, 10)] == found
