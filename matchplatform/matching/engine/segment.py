"""A segment ready to be asked. Pure."""

import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from matchplatform.matching.compiling import compiled
from matchplatform.matching.engine import kernels, weighing
from matchplatform.matching.engine.build import BLOCK, SUBLINEAR, find, find_all


class Query(NamedTuple):
    """A text as the segment weighs it. `terms` (numbers, the rarest first), `unit` (the weights of the unit rows
    times the roots of the views' shares), `exact` (unit weights times idf and share); `keys` and `key_weights` (as
    `exact`) hold all terms, those too that only fresh documents have."""

    terms: np.ndarray
    unit: np.ndarray
    exact: np.ndarray
    keys: np.ndarray
    key_weights: np.ndarray
    key_views: np.ndarray


class Names(Sequence[str]):
    """The documents' ids, decoded when they are asked for: a million of them would make opening slow."""

    def __init__(self, raw: np.ndarray, by_id: np.ndarray) -> None:
        self._raw, self._by_id = raw, by_id
        self._all: list[str] | None = None
        self._numbers: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self._raw)

    @property
    def raw(self) -> np.ndarray:
        """All of them as bytes, in the segment's order."""
        return self._raw

    def __getitem__(self, place: Any) -> Any:
        return self.all()[place] if isinstance(place, slice) else self._raw[place].decode("utf-8", "surrogatepass")

    def all(self) -> list[str]:
        """All of them, in the segment's order; not to be changed."""
        if self._all is None:
            self._all = [one.decode("utf-8", "surrogatepass") for one in self._raw.tolist()]
        return self._all

    @property
    def numbers(self) -> np.ndarray:
        """All of them as int64[n], in the segment's order. Raises ValueError where one is no number."""
        if self._numbers is None:
            self._numbers = self._raw.astype(np.int64)
        return self._numbers

    def place(self, one: str) -> int | None:
        """Where an id stands; None when it is not there."""
        wanted = one.encode("utf-8", "surrogatepass")
        at = bisect_left(self._by_id, wanted, key=lambda place: bytes(self._raw[place]))
        found = at < len(self._by_id) and bytes(self._raw[self._by_id[at]]) == wanted
        return int(self._by_id[at]) if found else None


class _Scratch(threading.local):
    """Memory that a search needs and leaves as it found it; each thread has its own."""

    marks: np.ndarray | None = None
    sums: np.ndarray
    bins: np.ndarray


class Segment:
    """The immutable part of an index. Arrays may lie on disk; they are never written to."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        def fixed(name: str) -> np.ndarray:
            view = np.asarray(arrays[name]).view()
            view.flags.writeable = False  # as those from disk are: one compiled version of each kernel
            return view

        self.arrays = kernels.Arrays._make(
            _SUBLINEAR if name == "sublinear" else fixed(name) for name in kernels.Arrays._fields)
        self.keys, self.table, self.idf = fixed("keys"), fixed("table"), fixed("idf")
        self.roots = np.sqrt(np.asarray(arrays["shares"]))
        self.ids = Names(arrays["ids"], arrays["by_id"])
        self.size = len(self.ids)
        self._scratch = _Scratch()

    @property
    def views(self) -> int:
        return len(self.roots)

    @property
    def unknown_idf(self) -> float:
        """The idf of a term that no document of the segment holds."""
        return float(np.log(1.0 + self.size) + 1.0)

    def _memory(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        mine = self._scratch
        if mine.marks is None:
            mine.sums = np.zeros(BLOCK, np.uint16)
            mine.bins = np.zeros(1 << 10, np.int32)
            mine.marks = np.zeros(max(1, self.keys.size), np.int16)
        return mine.marks, mine.sums, mine.bins

    def numbers(self, keys: np.ndarray) -> np.ndarray:
        """The number of each key in this segment, -1 where it has none."""
        return find_all(keys, self.keys, self.table)

    def query(self, keys: np.ndarray, counts: np.ndarray, starts: np.ndarray, known: np.ndarray) -> Query:
        """A text's rows (one a view) as a query; terms that the segment does not hold count where `known` is 1 (some
        fresh document holds them)."""
        return Query(*weighing.query_of(keys, counts, starts, self.keys, self.table, self.idf, self.arrays.df,
                                       self.roots, self.unknown_idf, known, _SUBLINEAR))

    def top(self, query: Query, k: int, alive: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The k most similar documents that are alive and allowed: (similarities, places), ties by id.

        `places` is empty (all are allowed) or holds the documents that may be answered, int64, ascending.
        """
        return kernels.search(query.terms, query.unit, query.exact, k, self.arrays, alive, places, *self._memory())

    def similarities(self, query: Query, places: np.ndarray, alive: np.ndarray) -> np.ndarray:
        """The similarity of each of the documents, 0 for those no longer alive."""
        marks, _, _ = self._memory()
        if len(query.terms) >= np.iinfo(marks.dtype).max:  # a very long text has more terms than the marks can number
            marks = np.zeros(marks.size, np.int32)
        return kernels.score_rows(places, query.terms, query.exact, self.arrays, marks, alive)

    def holding(self, number: int) -> np.ndarray:
        """The places of the documents that hold a term."""
        return weighing.documents_of(number, self.arrays)


_SUBLINEAR = SUBLINEAR.view()
_SUBLINEAR.flags.writeable = False


@compiled
def _lengths(keys: np.ndarray, counts: np.ndarray, starts: np.ndarray, vocabulary: np.ndarray, table: np.ndarray,
             idf: np.ndarray, unknown_idf: float, sublinear: np.ndarray) -> np.ndarray:
    lengths = np.zeros(starts.size - 1)
    for view in range(lengths.size):
        for p in range(starts[view], starts[view + 1]):
            number = find(keys[p], vocabulary, table)
            weight = sublinear[counts[p]] * (idf[number] if number >= 0 else unknown_idf)
            lengths[view] += weight * weight
        lengths[view] = np.sqrt(lengths[view])
    return lengths


def rows_norms(segment: Segment, keys: np.ndarray, counts: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The length of each of a document's rows (one a view) as the segment weighs."""
    return _lengths(keys, counts, starts, segment.keys, segment.table, segment.idf, segment.unknown_idf, _SUBLINEAR)
