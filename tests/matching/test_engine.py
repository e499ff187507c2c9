"""The index answers what float64 brute force over every document answers, whatever was put in, changed or taken out."""

import math
import random
import threading
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from matchplatform.matching import text
from matchplatform.matching.document import Document
from matchplatform.matching.engine import nearest as nearest_module
from matchplatform.matching.engine.build import BLOCK
from matchplatform.matching.engine.nearest import Nearest
from matchplatform.matching.engine.rows import Rows
from matchplatform.matching.engine.search import Index
from matchplatform.matching.lexicon import Lexicon

pytestmark = pytest.mark.once

SHARES = (0.25, 0.25, 0.5)
WORDS = ("养老", "茶叶", "助餐", "老年食堂", "村", "山区", "培训", "果树", "电商", "图书", "义诊", "abc", "，", "。的")


class Reference:
    """The same library in plain Python: every weight worked out from strings, every document compared."""

    def __init__(self, documents, facets, lexicon=None):
        self.lexicon, self.documents = lexicon or Lexicon(), {one.id: one for one in documents}
        self.facets, self.fresh, self.n = dict(zip(self.documents, facets, strict=True)), set(), len(documents)
        self.df, self.rows = [Counter() for _ in SHARES], {}
        for one in documents:
            for view, counts in enumerate(self.counts(one)):
                self.df[view].update(counts.keys())

    def counts(self, one):
        """Token -> count, for words, pairs and characters."""
        words = Counter(word for word in text.words(one.main) if not self.lexicon.is_stop(word))
        for word in text.words(one.place):
            words[word] += 0.0 if self.lexicon.is_stop(word) else 0.5
        for part in (one.title, one.body, one.category):
            words.update(self.lexicon.extra_tokens(part))
        return [+words, Counter(text.bigrams(one.main)), Counter(text.characters(one.main))]

    def weights(self, one, known=None):
        """Unit rows; without the terms that `known` does not have."""
        rows = []
        for view, counts in enumerate(self.counts(one)):
            row = {token: (1 + math.log(min(count, 127.5))) * (math.log((1 + self.n) / (1 + self.df[view][token])) + 1)
                   for token, count in counts.items() if known is None or token in known[view]}
            length = math.sqrt(sum(weight * weight for weight in row.values()))
            rows.append({token: weight / length for token, weight in row.items()} if length else {})
        return rows

    def put(self, one, facets):
        self.documents[one.id], self.facets[one.id] = one, facets
        self.fresh.add(one.id)

    def remove(self, one):
        self.documents.pop(one, None)
        self.fresh.discard(one)

    def fork(self):
        made = object.__new__(Reference)
        made.__dict__.update(self.__dict__)
        made.documents, made.facets, made.fresh = dict(self.documents), dict(self.facets), set(self.fresh)
        return made

    def top(self, question, k, wanted=None):
        known = [set(df) for df in self.df]
        for one in self.fresh:
            for view, counts in enumerate(self.counts(self.documents[one])):
                known[view] |= counts.keys()
        asked, found = self.weights(question, known), []
        for one, document in self.documents.items():
            if all(set(self.facets[one][name]) & set(some) for name, some in (wanted or {}).items()):
                rows = self.rows[document] = self.rows.get(document) or self.weights(document)
                total = math.fsum(share * math.fsum(weight * row.get(token, 0.0) for token, weight in view.items())
                                  for share, view, row in zip(SHARES, asked, rows, strict=True))
                found.append((one, round(total, 12)))
        return sorted((hit for hit in found if hit[1] > 0), key=lambda hit: (-hit[1], hit[0]))[:k]


def same(ours, exact):
    return [one for one, _ in ours] == [one for one, _ in exact] and all(
        abs(a - b) < 3e-12 for (_, a), (_, b) in zip(ours, exact, strict=True))


def index_of(documents, facets=(), lexicon=None):
    lexicon = lexicon or Lexicon()
    return Index(*Index.arrays_of(documents, lexicon, facets), lexicon)


texts = st.lists(st.sampled_from(WORDS), max_size=9).map("".join)
facet = st.fixed_dictionaries({"category": st.sampled_from([("a",), ("b",), ("a", "b"), ()]),
                               "county": st.sampled_from([("x",), ("y",), ("z",)])})
some_documents = st.builds(Document, st.sampled_from([f"i{n:02d}" for n in range(45)]), texts, texts,
                           st.sampled_from(["", "养老", "产业"]), st.sampled_from(["", "孝昌县王店镇"]))
wanted = st.one_of(
    st.none(), st.fixed_dictionaries({"category": st.sampled_from([("a",), ("b",), ("a", "b"), ("?",)])}),
    st.fixed_dictionaries({"category": st.just(("a",)), "county": st.sampled_from([("x", "y"), ("z",)])}))
acts = st.lists(st.one_of(st.tuples(st.just("put"), some_documents, facet),
                          st.tuples(st.just("remove"), some_documents, facet),
                          st.tuples(st.just("fork"), some_documents, facet)), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(some_documents, facet), max_size=44, unique_by=lambda one: one[0].id), acts,
       st.lists(st.tuples(some_documents, st.sampled_from([0, 1, 2, 3, 10, 99]), wanted), min_size=1, max_size=4))
def test_answers_are_those_of_brute_force_after_any_puts_changes_removals_and_forks(base, changes, questions):
    documents, facets = [one for one, _ in base], [one for _, one in base]
    index, exact = index_of(documents, facets), Reference(documents, facets)
    left = []
    for what, document, its_facets in changes:
        if what == "put":
            index.put(document, its_facets)
            exact.put(document, its_facets)
        elif what == "remove":
            index.remove(document.id)
            exact.remove(document.id)
        else:
            left.append((index, exact))
            index, exact = index.fork(), exact.fork()
    for one, its_exact in [*left, (index, exact)]:
        assert sorted(one.ids) == sorted(its_exact.documents)
        assert one.size == len(its_exact.documents)
        for question, k, filtered in questions:
            # a filter on a library without facets has nothing to be met by
            filtered = filtered if facets else None
            assert same(one.top(question, k, filtered), its_exact.top(question, k, filtered))


@settings(max_examples=25, deadline=None)
@given(st.lists(some_documents, min_size=24, max_size=44, unique_by=lambda one: one.id), some_documents)
def test_similarities_of_chosen_documents_are_those_of_the_ranking(documents, question):
    index = index_of(documents)
    index.put(Document("fresh", "茶叶培训"))
    index.remove(documents[0].id)
    query = index._query(question)
    ranked = dict(index.top(question, 99))
    asked = [*reversed(index.ids), documents[0].id, "nobody"]
    assert dict(zip(asked, index.similarities_of(query, asked), strict=True)) == pytest.approx(
        {one: ranked.get(one, 0.0) for one in asked}, abs=3e-12)


def test_words_that_staff_joined_or_stopped_count_as_staff_said():
    lexicon = Lexicon((("助餐", "老年食堂"),), frozenset({"培训"}))
    documents = [Document(f"{n}", "".join(random.Random(n).choices(WORDS, k=6))) for n in range(30)]
    index, exact = index_of(documents, lexicon=lexicon), Reference(documents, [{}] * 30, lexicon)
    for question in (Document("", "老年食堂"), Document("", "助餐培训"), Document("", "培训")):
        assert same(index.top(question, 3), exact.top(question, 3))
    plain = index_of(documents).top(Document("", "老年食堂"), 30)
    assert index.top(Document("", "老年食堂"), 30) != plain


def test_an_index_of_nothing_answers_nothing_until_something_is_put_in():
    index = index_of([])
    assert index.top(Document("", "养老"), 5) == []
    index.put(Document("a", "养老助餐"))
    assert [one for one, _ in index.top(Document("", "养老"), 5)] == ["a"]
    index.remove("a")
    assert index.top(Document("", "养老"), 5) == []


@pytest.mark.parametrize("question", ["", "，。！", "zzz", "😀", "龘" * 20])
def test_a_question_without_a_known_term_finds_nothing(question):
    index = index_of([Document(f"{n}", WORDS[n % 10] + "村") for n in range(40)])
    assert index.top(Document("", question), 5) == []


def test_a_text_of_a_hundred_thousand_characters_is_asked_and_found():
    chance = random.Random(5)
    long = "".join(chance.choices([chr(0x4E00 + i) for i in range(9_000)], k=100_000))
    documents = [Document(f"{n:03d}", "".join(chance.choices(WORDS, k=8))) for n in range(60)]
    index = index_of([*documents, Document("long", "", long)])
    exact = Reference([*documents, Document("long", "", long)], [{}] * 61)
    assert same(index.top(Document("", "", long), 5), exact.top(Document("", "", long), 5))
    assert index.top(Document("", "", long), 5)[0][0] == "long"
    index.put(Document("again", "", long))
    assert [one for one, _ in index.top(Document("", "", long), 2)] == ["again", "long"]


# ---- more documents than a block holds, as term numbers

MANY = 2 * BLOCK + 8_000


def _many(seed, documents=MANY, terms=300, most=12):
    """Tiny documents: term 0 in all of them, few others common, most rare; many are the same."""
    chance = np.random.default_rng(seed)
    lengths = chance.integers(1, most, documents)
    drawn = np.minimum((chance.pareto(0.7, int(lengths.sum())) * 2).astype(np.int64), terms - 1)
    owner = np.repeat(np.arange(documents), lengths)
    matrix = sparse.coo_array((np.ones(owner.size), (owner, drawn)), shape=(documents, terms)).tocsr()
    everywhere = sparse.csr_array((np.ones(documents), (np.arange(documents), np.zeros(documents, np.int64))),
                                  shape=(documents, terms))
    matrix = (matrix + everywhere).tocsr()
    matrix.sum_duplicates()
    return matrix


def _rows(matrix):
    keys = (np.arange(matrix.shape[1], dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return Rows(keys[matrix.indices], (2 * matrix.data).astype(np.uint8), matrix.indptr.astype(np.int64))


@pytest.fixture(scope="module")
def large():
    """(index, the documents' unit rows, idf, ids, category of each)."""
    matrix = _many(1)
    chance = np.random.default_rng(2)
    ids = [f"{n:05d}" for n in chance.permutation(MANY).tolist()]
    category = np.sort(chance.choice(3, MANY, p=[0.55, 0.43, 0.02]))
    facets = [{"category": (f"c{one}",)} for one in category.tolist()]
    index = Index(*Index.arrays_from_rows(_rows(matrix), ids, np.array([1.0]), facets, (0,)))
    df = np.bincount(matrix.indices, minlength=matrix.shape[1])
    idf = np.log((1 + MANY) / (1 + df)) + 1
    return index, _unit(matrix, idf), idf, np.array(ids), category


def _unit(matrix, idf):
    rows = matrix.copy()
    rows.data = (1 + np.log(rows.data)) * idf[rows.indices]
    lengths = np.sqrt(rows.multiply(rows).sum(axis=1))
    return sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ rows


def _exact(rows, idf, ids, question, k, allowed):
    values = (rows @ _unit(question, idf).toarray()[0]).round(12) * allowed
    order = np.lexsort((ids, -values))[:k]
    return [(str(ids[i]), values[i]) for i in order if values[i] > 0]


@pytest.mark.parametrize("k", [1, 20, 300])
@pytest.mark.parametrize("category", [None, 0, 1, 2])
def test_over_several_blocks_answers_are_those_of_brute_force(large, k, category):
    index, rows, idf, ids, held = large
    questions = _many(3, 25, most=40)
    allowed = np.ones(MANY) if category is None else (held == category).astype(float)
    for i in range(questions.shape[0]):
        question = questions[[i]]
        asked = None if category is None else {"category": [f"c{category}"]}
        ours = index.top_of(index.weighed(_rows(question)), k, asked)
        assert same(ours, _exact(rows, idf, ids, question, k, allowed))


def test_a_filter_that_leaves_one_block_of_many_answers_as_brute_force():
    size, matrix = 10 * BLOCK, _many(11, 10 * BLOCK)
    ids, category = np.array([f"{n:06d}" for n in range(size)]), np.arange(size) // 3_000
    index = Index(*Index.arrays_from_rows(_rows(matrix), ids.tolist(), np.array([1.0]),
                                          [{"category": (f"{one:03d}",)} for one in category.tolist()], (0,)))
    idf = np.log((1 + size) / (1 + np.bincount(matrix.indices, minlength=matrix.shape[1]))) + 1
    rows, questions = _unit(matrix, idf), _many(12, 12, most=40)
    for i in range(12):
        ours = index.top_of(index.weighed(_rows(questions[[i]])), 20, {"category": [f"{4 * i:03d}"]})
        assert same(ours, _exact(rows, idf, ids, questions[[i]], 20, (category == 4 * i).astype(float)))


def test_a_question_of_terms_that_stand_everywhere_goes_by_similarity_and_then_by_id(large):
    index, rows, idf, ids, _ = large
    for terms in ([0], [0, 1], [0, 1, 2]):
        question = sparse.csr_array((np.ones(len(terms)), (np.zeros(len(terms), int), terms)), shape=(1, rows.shape[1]))
        ours = index.top_of(index.weighed(_rows(question)), 20)
        assert len(ours) == 20
        assert same(ours, _exact(rows, idf, ids, question, 20, np.ones(MANY)))


def test_over_several_blocks_documents_taken_out_and_put_in_are_reckoned_with(large):
    index, rows, idf, ids, _ = large
    mine, added = index.fork(), _many(6, 300)
    allowed = np.ones(MANY)
    for place in np.random.default_rng(4).choice(MANY, 9_000, replace=False).tolist():
        mine.remove(str(ids[place]))
        allowed[place] = 0
    for n in range(300):
        mine.put_rows(f"x{n:04d}", _rows(added[[n]]))
    both, names = sparse.vstack([rows, _unit(added, idf)]).tocsr(), np.array([*ids, *(f"x{n:04d}" for n in range(300))])
    questions = _many(8, 25)
    for i in range(25):
        assert same(mine.top_of(mine.weighed(_rows(questions[[i]])), 20),
                    _exact(both, idf, names, questions[[i]], 20, np.append(allowed, np.ones(300))))
    assert same(index.top_of(index.weighed(_rows(questions[[0]])), 20),
                _exact(rows, idf, ids, questions[[0]], 20, np.ones(MANY)))


def test_threads_that_ask_at_once_are_answered_as_one_alone(large):
    index, *_ = large
    questions = _many(9, 40)
    queries = [index.weighed(_rows(questions[[i]])) for i in range(40)]
    alone = [index.top_of(query, 10) for query in queries]
    answers = [[] for _ in range(4)]

    def ask(mine):
        for _ in range(5):
            mine.append([index.top_of(query, 10) for query in queries])

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in answers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert all(len(mine) == 5 and all(found == alone for found in mine) for mine in answers)


# ---- vectors

def _vectors(n, seed=1, dimensions=48):
    """Unit rows around sixty centres; most of what is a row's own lies in few directions, as with real texts."""
    centres = np.random.default_rng(0).normal(size=(60, dimensions))
    chance = np.random.default_rng(seed)
    own = chance.normal(size=(n, dimensions)) * (np.arange(dimensions) + 5.0) ** -0.7 * 6
    rows = centres[chance.integers(0, 60, n)] + own
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("k", [0, 1, 10, 5_000])
def test_few_vectors_are_all_compared_ties_by_place(k):
    rows = _vectors(700)
    rows[300:600] = rows[:300]
    ready = Nearest(Nearest.build(rows))
    for asked in _vectors(10, 2):
        cosines = rows @ asked
        places, found = ready.top(asked, k)
        order = np.lexsort((np.arange(700), -cosines))[:k]
        assert np.array_equal(places, order)
        assert np.array_equal(found, cosines[order])


def test_among_many_vectors_nearly_all_the_nearest_are_found_from_a_file_too(tmp_path, monkeypatch):
    monkeypatch.setattr(nearest_module, "EXACT_LIMIT", 1_000)
    rows = _vectors(12_000)
    arrays = Nearest.build(rows)
    assert "vectors" not in arrays
    arrays["inverted"].tofile(tmp_path / "inverted")
    mapped = np.memmap(tmp_path / "inverted", np.uint8, "r")
    hits = 0
    for asked in _vectors(50, 3):
        cosines = rows @ asked
        places, found = Nearest({"inverted": mapped}).top(asked, 100)
        assert places.dtype == np.int64
        assert found.dtype == np.float32
        assert np.all(np.diff(found) <= 0)
        assert np.abs(found - cosines[places]).max() < 0.02
        hits += len(np.intersect1d(places, np.argpartition(-cosines, 100)[:100]))
    assert hits >= 0.95 * 50 * 100


def test_a_vector_that_is_not_one_is_refused_by_name_and_no_vectors_answer_nothing():
    ready = Nearest(Nearest.build(_vectors(20)))
    for wrong in (np.zeros(7, np.float32), np.full(48, np.nan, np.float32), np.zeros((1, 48), np.float32)):
        with pytest.raises(ValueError, match="48 finite numbers"):
            ready.top(wrong, 3)
    with pytest.raises(ValueError, match="finite"):
        Nearest.build(np.full((3, 4), np.inf))
    places, cosines = Nearest(Nearest.build(np.zeros((0, 48)))).top(np.zeros(48), 5)
    assert places.size == cosines.size == 0
    assert ready.top(np.zeros(48), 3)[1].tolist() == [0.0, 0.0, 0.0]
