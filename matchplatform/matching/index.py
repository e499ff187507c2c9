"""The index over one library's texts: TF-IDF in three views of the text, brute force, exact. Pure.

A document is seen as words, as pairs of characters and as single characters; each view is its own TF-IDF space
(sublinear counts, smooth idf, unit length) and the similarity is the weighted mean of the three cosines. Words carry
the meaning that people read in the reasons; characters find 茶叶 behind 采茶工 where no word is shared. nDCG@10 on
../shared/bench/dev: words alone .81, words and pairs .83, all three .90; on the public collections beside it, too, the
three together beat words alone, pairs alone and both (benchmarks/quality.py --public). A boost of the title gained
nothing, so title and body weigh the same.
"""

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer

from matchplatform.matching import text

VIEWS = (("words", text.words, 0.25), ("bigrams", text.bigrams, 0.25), ("characters", text.characters, 0.5))
PLACE_WEIGHT = 0.5   # a place name counts half as often as a word of the body, and only as a word
COVERED = 1 / 3      # share of what was typed in the search box that a hit must hold, by weight of the words


@dataclass(frozen=True)
class Document:
    """A text with its parts; everything but the id may be empty."""

    id: str
    title: str
    body: str = ""
    category: str = ""
    place: str = ""


@lru_cache(maxsize=len(VIEWS) * text.KEPT)
def _counts(view: str, title: str, body: str, category: str, place: str) -> tuple[tuple[str, ...], Sequence[float]]:
    """The tokens of a document in a view, each once, and how often each stands there."""
    cut = next(cut for name, cut, _ in VIEWS if name == view)
    counts: dict[str, float] = {}
    for part, weight in ((title, 1.0), (body, 1.0), (category, 1.0), (place, PLACE_WEIGHT)):
        for token in cut(part):
            counts[token] = counts.get(token, 0.0) + weight
    return tuple(counts), array("d", counts.values())


def _counts_of(view: str, one: Document) -> tuple[tuple[str, ...], Sequence[float]]:
    return _counts(view, one.title, one.body, one.category, one.place if view == "words" else "")


class _View:
    """One TF-IDF space: vocabulary, weights, and the library's rows in it."""

    def __init__(self, name: str, documents: Sequence[Document]) -> None:
        self.name = name
        self.vocabulary: dict[str, int] = {}
        rows = self._rows(documents, learn=True)
        self._weigh = TfidfTransformer(sublinear_tf=True)
        if rows.shape[0] and rows.shape[1]:
            self.matrix = sp.csr_array(self._weigh.fit_transform(rows))
            self.idf = np.asarray(self._weigh.idf_)
        else:
            self.matrix, self.idf = sp.csr_array(rows), np.zeros(0)

    def _rows(self, documents: Sequence[Document], learn: bool = False) -> sp.csr_matrix:
        starts, columns, values = [0], [], []
        place = self.vocabulary
        for one in documents:
            for token, count in zip(*_counts_of(self.name, one), strict=True):
                column = place.setdefault(token, len(place)) if learn else place.get(token)
                if column is not None:
                    columns.append(column)
                    values.append(count)
            starts.append(len(columns))
        return sp.csr_matrix((np.array(values, dtype=np.float64), np.array(columns, dtype=np.int32), starts),
                             shape=(len(documents), len(place)))

    def rows(self, documents: Sequence[Document]) -> sp.csr_array:
        """Documents as unit rows of this space; tokens that the library does not hold count for nothing."""
        raw = self._rows(documents)
        if not raw.nnz:
            return sp.csr_array(raw)
        return sp.csr_array(self._weigh.transform(raw))


class TextIndex:
    """A library's texts, ready to be asked. Immutable: a changed library builds a new one (tokens are kept)."""

    def __init__(self, documents: Iterable[Document]) -> None:
        kept = list(documents)
        self.ids: list[str] = [one.id for one in kept]
        self._order = np.argsort(np.argsort(np.array(self.ids, dtype=object), kind="stable"), kind="stable")
        self._views = {name: _View(name, kept) for name, _, _ in VIEWS}

    @classmethod
    def build(cls, documents: Iterable[Document]) -> "TextIndex":
        """An index over the documents in their order."""
        return cls(documents)

    def similarities(self, documents: Sequence[Document]) -> np.ndarray:
        """Each document against the whole library: an array (documents, library) of values from 0 to 1."""
        total = np.zeros((len(documents), len(self.ids)))
        for name, _, share in VIEWS:
            view = self._views[name]
            total += share * (view.rows(documents) @ view.matrix.T).toarray()
        return np.clip(total.round(12), 0.0, 1.0)

    def top(self, document: Document, k: int) -> list[tuple[str, float]]:
        """The k most similar documents of the library as (id, similarity), the best first, ties by id."""
        return self.tops([document], k)[0]

    def tops(self, documents: Sequence[Document], k: int) -> list[list[tuple[str, float]]]:
        """`top` for many documents at once."""
        if not self.ids:
            return [[] for _ in documents]
        return [[(self.ids[i], float(row[i])) for i in np.lexsort((self._order, -row))[:max(0, k)]]
                for row in self.similarities(documents)]

    def similarity(self, a: Document, b: Document) -> float:
        """How alike two texts are, 0 to 1, weighed as this library weighs; neither need be in it."""
        return self.likeness(a, [b])[0]

    def likeness(self, one: Document, others: Sequence[Document]) -> list[float]:
        """`similarity` of one text with each of the others."""
        if not others:
            return []
        total = np.zeros(len(others))
        for name, _, share in VIEWS:
            view = self._views[name]
            total += share * (view.rows([one]) @ view.rows(others).T).toarray()[0]
        return [float(value) for value in np.clip(total.round(12), 0.0, 1.0)]

    def word_weights(self, document: Document) -> dict[str, float]:
        """The document's words with their weights (its unit row among the words), in the text's order.

        The same figures as `rows` gives, without its matrices: a page of reasons asks for a hundred texts.
        """
        view = self._views["words"]
        weights = {}
        for word, count in zip(*_counts_of("words", document), strict=True):
            column = view.vocabulary.get(word)
            if column is not None:
                weights[word] = (1.0 + math.log(count)) * view.idf[column]
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        return {word: float(weight / length) for word, weight in weights.items()} if length else {}

    def search(self, words: str, k: int) -> list[tuple[str, float]]:
        """The documents that speak of what was typed in a search box, the best first, ties by id.

        A short question has too few characters for their view to mean anything (老年食堂 would find 老年大学 and
        粮食), so a hit must hold a third of what was typed, by the weight of its words; a word that the library does
        not know weighs as much as its rarest one, and a long word counts by its parts. Pairs of characters only help
        to order. What has no word in it (a stop word) and a single character is looked for by its characters.
        """
        asked = Document(id="", title=words)
        single = len(text.characters(words)) == 1
        asked_by = next((name for name, _, _ in VIEWS[2 if single else 0:] if _counts_of(name, asked)[0]), None)
        if not self.ids or asked_by is None:
            return []
        view = self._views[asked_by]
        rarest = float(view.idf.max()) if view.idf.size else 1.0
        held, wanted = np.zeros(len(self.ids)), 0.0
        tokens, _ = _counts_of(asked_by, asked)
        for token in tokens:
            if any(other != token and other in token for other in tokens):
                continue
            column = view.vocabulary.get(token)
            weight = rarest if column is None else float(view.idf[column])
            wanted += weight
            if column is not None:
                held += weight * (view.matrix[:, [column]].toarray().ravel() > 0)
        total = sum((self._views[name].rows([asked]) @ self._views[name].matrix.T).toarray()[0]
                    for name in {asked_by, "bigrams"})
        score = np.where(held >= COVERED * wanted, (total + 1e-6) * held / wanted, 0.0).round(12)
        return [(self.ids[i], float(score[i])) for i in np.lexsort((self._order, -score))[:max(0, k)] if score[i] > 0]
