"""Large libraries: candidates by words and by meaning give the ranking that looking through everything gives."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from matchplatform.matching import ranking
from matchplatform.matching.combination import Combination
from matchplatform.matching.document import Document
from matchplatform.matching.engine import nearest
from matchplatform.matching.index import TextIndex

pytestmark = pytest.mark.once

WORDS = ("老年食堂", "茶园", "鲜叶", "村医", "支教", "冷库", "直播", "带货", "路灯", "义诊", "助学金", "垃圾分类",
         "养蜂", "香菇", "民宿", "托幼", "助浴", "采茶工")
ENCODER = SimpleNamespace(name="drawn", weight=2.0, mean=0.0, deviation=0.3)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def library():
    dice = np.random.default_rng(5)
    centres = dice.normal(size=(6, 16))
    kinds = dice.integers(0, 6, 900)
    documents = [Document(f"d{n:04d}", "".join(dice.choice(WORDS[3 * kind:3 * kind + 3], 2)),
                          "，".join(dice.choice(WORDS, 6))) for n, kind in enumerate(kinds)]
    vectors = unit(centres[kinds] + 0.3 * dice.normal(size=(900, 16)))
    questions = [Document("q", documents[n].title, "，".join(dice.choice(WORDS, 4))) for n in range(0, 900, 60)]
    return documents, vectors, questions, [vectors[n] for n in range(0, 900, 60)]


@pytest.mark.parametrize("approximate", [False, True])
def test_candidates_lose_none_of_the_first(library, monkeypatch, approximate):
    documents, vectors, questions, asked = library
    if approximate:
        monkeypatch.setattr(nearest, "EXACT_LIMIT", 100)
    facets = [{"state": ("open" if n % 3 else "closed",)} for n in range(900)]
    index = TextIndex(*TextIndex.arrays_of(documents[:880], facets=facets[:880], meanings={"drawn": vectors[:880]}))
    for document, vector, facet in zip(documents[880:], vectors[880:], facets[880:], strict=True):
        index.put(document, facet, {"drawn": vector})
    index.remove("d0003")
    combination, k = Combination([ENCODER]), 10
    lost = 0
    for (question, vector), wanted in product(zip(questions, asked, strict=True), (None, {"state": ("open",)})):
        everything = ranking.rank(index, combination, question, {"drawn": vector}, k, wanted)
        with monkeypatch.context() as patch:
            patch.setattr(ranking, "EXHAUSTIVE", 100)
            patch.setattr(ranking, "CANDIDATES", 20)
            some = ranking.rank(index, combination, question, {"drawn": vector}, k, wanted)
        assert len(everything) == k
        if wanted:
            assert all(int(one.id[1:]) % 3 for one in (*everything, *some))
        assert "d0003" not in {one.id for one in (*everything, *some)}
        by_id = {one.id: one.text.value for one in some}
        for one in everything:
            lost += one.id not in by_id
            assert by_id.get(one.id, one.text.value) == pytest.approx(one.text.value, abs=1e-3)
    assert lost == 0


def test_words_alone_rank_where_a_vector_is_missing(library):
    documents, vectors, questions, asked = library
    index = TextIndex(*TextIndex.arrays_of(documents[:50], meanings={"drawn": vectors[:50]}))
    combination = Combination([ENCODER])
    assert ranking.compared(index, combination, {"drawn": asked[0]})
    assert not ranking.compared(index, combination, None)
    assert not ranking.compared(index, combination, {"drawn": np.zeros(16, np.float32)})
    index.put(documents[60])  # without vectors
    assert not ranking.compared(index, combination, {"drawn": asked[0]})
    found = ranking.rank(index, combination, questions[0], {"drawn": asked[0]}, 5)
    assert [set(one.text.shares) <= {"words"} for one in found] == [True] * 5
