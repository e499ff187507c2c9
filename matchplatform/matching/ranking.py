"""Who fits best: words and meaning of a text against a whole library. Pure.

A library of ordinary size is looked through completely. In a large one the candidates are the best by words and the
best by meaning (an approximate index); only they are combined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matchplatform.matching.combination import Combination, TextMatch
from matchplatform.matching.document import Document
from matchplatform.matching.engine.facets import Values
from matchplatform.matching.index import TextIndex

EXHAUSTIVE = 20_000   # documents up to which all are looked at
CANDIDATES = 4        # times k: as many of the best by each source are candidates in a larger library
LEXICAL = Combination()

Vectors = Mapping[str, np.ndarray]   # encoder -> unit vector


@dataclass(frozen=True)
class Ranked:
    """A document of a ranking and how its text matches."""

    id: str
    text: TextMatch


def compared(index: TextIndex, combination: Combination, vectors: Vectors | None) -> bool:
    """Can meaning be compared: has the question its vectors, and every document of the library?"""
    return vectors is not None and bool(combination.meanings) and set(index.meanings) >= {
        one.name for one in combination.meanings} and all(np.any(vector) for vector in vectors.values())


def rank(index: TextIndex, combination: Combination, document: Document, vectors: Vectors | None, k: int,
         wanted: Values | None = None) -> list[Ranked]:
    """The first k documents of the library, ties by id; by words alone where meaning cannot be compared. `wanted` names
    for some facets the values of which one must be met."""
    if not compared(index, combination, vectors):
        combination = LEXICAL
    asked = vectors or {}
    if index.size <= EXHAUSTIVE or CANDIDATES * k > index.size:
        ids, lexical = index.ids, index.similarities(document)
        cosines = {one.name: index.cosines(one.name, asked[one.name]) for one in combination.meanings}
        if wanted:
            kept = np.flatnonzero(index.meeting(wanted))
            ids, lexical = [ids[i] for i in kept], lexical[kept]
            cosines = {name: row[kept] for name, row in cosines.items()}
    else:
        depth, found = CANDIDATES * k, set()
        for one in combination.meanings:
            found.update(index.nearest(one.name, asked[one.name], depth))
        if wanted:
            found = set(index.meeting_ids(list(found), wanted))
        found.update(one for one, _ in index.top(document, depth, wanted))
        ids = sorted(found)
        lexical = index.similarities_to(document, ids)
        cosines = {one.name: index.cosines_of(one.name, asked[one.name], ids) for one in combination.meanings}
    values = combination.values(lexical, cosines)
    chosen = _first(values, ids, k)
    matches = combination.text_matches(lexical[chosen], {name: row[chosen] for name, row in cosines.items()})
    return [Ranked(ids[i], match) for i, match in zip(chosen, matches, strict=True)]


def _first(values: np.ndarray, ids: Sequence[str], k: int) -> list[int]:
    k = max(0, min(k, len(ids)))
    if not k:
        return []
    bar = np.partition(values, len(values) - k)[len(values) - k]
    return sorted(np.flatnonzero(values >= bar).tolist(), key=lambda i: (-values[i], ids[i]))[:k]


def text_matches(index: TextIndex, combination: Combination, document: Document, vectors: Vectors | None,
                 others: Sequence[Document], other_vectors: Mapping[str, np.ndarray] | None) -> list[TextMatch]:
    """How a text matches each of the others, weighed as the library weighs; none need be in it.

    `other_vectors` holds for each encoder the others' vectors (n, d).
    """
    lexical = index.likeness(document, others) if others else []
    if vectors is None or other_vectors is None or not all(np.any(vector) for vector in vectors.values()):
        combination = LEXICAL
    cosines = {one.name: np.asarray((other_vectors or {})[one.name]) @ (vectors or {})[one.name]
               for one in combination.meanings}
    return combination.text_matches(np.array(lexical), cosines)
