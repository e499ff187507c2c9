"""The answer that an exact engine must give, worked out in float64 over every document (scipy), independent of it.

Weights as scikit-learn's TfidfVectorizer(sublinear_tf=True) gives them on a snapshot of the document frequencies;
similarities are compared to twelve digits and ties go by id. Documents put in later are weighed by the same snapshot.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from benchmarks.synthetic import Synthetic

DIGITS = 12
SUBLINEAR = np.concatenate([[0.0], 1.0 + np.log(np.arange(1, 256))])  # by count


class Brute:
    """Every document as a unit row; `ids` in the order of the library."""

    def __init__(self, library: Synthetic, ids: Sequence[str]) -> None:
        self.n = library.starts.size - 1
        self.df = np.bincount(library.terms, minlength=library.vocabulary)
        self.idf = np.log((1.0 + self.n) / (1.0 + self.df)) + 1.0
        self.rows = self.unit_rows(library)
        self.ids = np.array(ids)
        self.alive = np.ones(self.n, bool)
        self.fresh: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.facets: dict[str, tuple[int, int]] = {}
        self.held = np.zeros(library.vocabulary, np.int64)

    def unit_rows(self, library: Synthetic) -> sparse.csr_array:
        """Unit rows (float64) of documents, terms that the snapshot does not know left in."""
        weights = SUBLINEAR[library.counts] * self.idf[library.terms]
        lengths = np.sqrt(np.add.reduceat(weights * weights, library.starts[:-1]))
        weights /= np.repeat(lengths, np.diff(library.starts))
        starts = library.starts.astype(np.int32) if library.terms.size < 2 ** 31 else library.starts
        return sparse.csr_array((weights, library.terms, starts),
                                shape=(library.starts.size - 1, library.vocabulary))

    def question(self, terms: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """A dense unit row of what the library holds of the question."""
        known = (self.df[terms] > 0) | (self.held[terms] > 0)
        terms, weights = terms[known], SUBLINEAR[counts[known]] * self.idf[terms[known]]
        row = np.zeros(self.df.size)
        row[terms] = weights / np.sqrt((weights * weights).sum()) if terms.size else 0.0
        return row

    def put(self, one: str, terms: np.ndarray, counts: np.ndarray, category: int, county: int) -> None:
        """Add a document or change one."""
        self.remove(one)
        weights = SUBLINEAR[counts] * self.idf[terms]
        self.fresh[one] = terms, weights / np.sqrt((weights * weights).sum())
        self.facets[one] = category, county
        self.held[terms] += 1

    def remove(self, one: str) -> None:
        """Take a document out."""
        self.alive[self.ids == one] = False
        if one in self.fresh:
            self.held[self.fresh.pop(one)[0]] -= 1

    def top(self, terms: np.ndarray, counts: np.ndarray, k: int, places: np.ndarray | None = None,
            facets: tuple[int, int] | None = None) -> list[tuple[str, float]]:
        """The first k as (id, similarity); `places` are those that a filter lets through, `facets` what it asks."""
        row = self.question(terms, counts)
        if places is None:
            places = np.arange(self.n)
            values = self.rows @ row
        else:
            values = self.rows[places] @ row
        values = np.where(self.alive[places], values.round(DIGITS), 0.0)
        if values.size > k:
            bar = np.partition(values, values.size - k)[values.size - k]
            places, values = places[values >= bar], values[values >= bar]
        found = list(zip(self.ids[places].tolist(), values.tolist(), strict=True))
        found += [(one, round(float((row[held] * weights).sum()), DIGITS))
                  for one, (held, weights) in self.fresh.items() if facets is None or self.facets[one] == facets]
        return sorted((hit for hit in found if hit[1] > 0.0), key=lambda hit: (-hit[1], hit[0]))[:k]


def same(ours: list[tuple[str, float]], exact: list[tuple[str, float]]) -> bool:
    """The same documents in the same order, similarities alike to the last of the digits compared."""
    return ([one for one, _ in ours] == [one for one, _ in exact]
            and all(abs(a - b) <= 2 * 10.0 ** -DIGITS for (_, a), (_, b) in zip(ours, exact, strict=True)))
