"""Under which values (category, county, state …) documents may be found, those of the segment and fresh ones. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Self

import numpy as np

from matchplatform.matching.engine.build import BLOCK_BITS

Values = Mapping[str, Collection[str]]   # facet -> the values under which a document stands, or one of which is wanted


class Facets:
    """For every facet and value the documents, ascending."""

    def __init__(self, arrays: Mapping[str, np.ndarray], values: Mapping[str, Sequence[str]]) -> None:
        self._base = {name: (np.asarray(arrays[f"facet.{name}.starts"]), np.asarray(arrays[f"facet.{name}.places"]),
                             {value: n for n, value in enumerate(values[name])}) for name in values}
        self._fresh: dict[tuple[str, str], list[int]] = {}  # facet and value -> rows of the fresh part

    @staticmethod
    def order(facets: Sequence[Values]) -> np.ndarray:
        """Documents of one kind side by side: a filter then touches few blocks, and a question finds its neighbours,
        which give the bound, in one of the first."""
        return np.array(sorted(range(len(facets)), key=lambda i: [sorted(facets[i][name]) for name in facets[i]]),
                        np.int64)

    @staticmethod
    def arrays_of(facets: Sequence[Values], order: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
        """The arrays of documents that are laid down in this order, and the values of each facet."""
        arrays: dict[str, np.ndarray] = {}
        known: dict[str, list[str]] = {}
        for name in (facets[0] if facets else ()):
            places: dict[str, list[int]] = {}
            for place, i in enumerate(order.tolist()):
                for value in facets[i][name]:
                    places.setdefault(value, []).append(place)
            known[name] = sorted(places)
            arrays[f"facet.{name}.starts"] = np.cumsum([0, *(len(places[value]) for value in known[name])])
            arrays[f"facet.{name}.places"] = np.array([p for value in known[name] for p in places[value]], np.int32)
        return arrays, known

    def copy(self) -> Self:
        """One of its own; the segment's part is shared."""
        made = object.__new__(type(self))
        made._base, made._fresh = self._base, {key: list(rows) for key, rows in self._fresh.items()}
        return made

    def put(self, row: int, values: Values) -> None:
        """A fresh document stands under these values."""
        for name, some in values.items():
            for value in some:
                self._fresh.setdefault((name, value), []).append(row)

    def places(self, wanted: Values, size: int) -> np.ndarray:
        """The places of the segment's documents that meet the filter, ascending; of `size` there are. Raises KeyError
        for a facet that its documents do not have."""
        if not size:
            return np.arange(0)  # a library that was empty at first has no facets yet
        kept: np.ndarray | None = None
        for name, some in wanted.items():
            starts, places, numbers = self._base[name]
            parts = [places[starts[n]:starts[n + 1]] for n in (numbers.get(value) for value in some) if n is not None]
            found = parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts)) if parts else places[:0]
            kept = found if kept is None else _in_both(kept, found)
        return np.arange(size) if kept is None else kept

    def fresh(self, wanted: Values, rows: int) -> np.ndarray:
        """Which of so many fresh rows meet the filter."""
        meets = np.ones(rows, bool)
        for name, some in wanted.items():
            here = np.zeros(rows, bool)
            for value in some:
                here[self._fresh.get((name, value), [])] = True
            meets &= here
        return meets


def blocks_of(places: np.ndarray) -> int:
    """In how many blocks the places lie, at least one."""
    return 1 + int(np.count_nonzero(np.diff(places >> BLOCK_BITS)))


def _in_both(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The numbers that stand in both, both ascending."""
    if not len(a) or not len(b):
        return a[:0]
    for few, many in ((a, b), (b, a)):
        if int(many[-1]) - int(many[0]) == len(many) - 1:  # one run, as the facet has that documents are laid down by
            return few[np.searchsorted(few, many[0]):np.searchsorted(few, many[-1], "right")]
    few, many = (a, b) if len(a) < len(b) else (b, a)
    at = np.searchsorted(many, few)
    return few[many[np.minimum(at, len(many) - 1)] == few]
