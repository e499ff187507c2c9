"""The documents put in since a segment was built: rows of keys, and postings that grow as they come. Pure.

A thousand documents of three views are some two hundred thousand entries. A question looks only at those of its own
terms: each term that a fresh document holds has its own postings, in one piece of the memory of all; a piece that is
full moves to the end, twice as large.
"""

import numpy as np

from matchplatform.matching.compiling import compiled
from matchplatform.matching.engine.build import SUBLINEAR
from matchplatform.matching.engine.segment import Query

DIGITS = 1e12            # similarities are compared to twelve digits, as in `kernels`
LEAST_ROOM = 4           # postings of a term at first

_SUBLINEAR = SUBLINEAR.view()
_SUBLINEAR.flags.writeable = False


@compiled
def _slot(key: np.uint64, table: np.ndarray, terms: np.ndarray) -> np.uint64:
    """Where a key stands in the table, or where it would."""
    mask, one = np.uint64(table.size - 1), np.uint64(1)
    at = key & mask
    while table[at] >= 0 and terms[table[at]] != key:
        at = (at + one) & mask
    return at


@compiled
def _grown(table: np.ndarray, terms: np.ndarray, count: int) -> np.ndarray:
    """The table at twice its size."""
    larger = np.full(2 * table.size, -1, np.int32)
    for number in range(count):
        larger[_slot(terms[number], larger, terms)] = number
    return larger


@compiled
def _append(row: int, first: int, keys: np.ndarray, counts: np.ndarray, numbers: np.ndarray, terms_used: int,
            arena_used: int, table: np.ndarray, terms: np.ndarray, held: np.ndarray, begins: np.ndarray,
            sizes: np.ndarray, rooms: np.ndarray, rows: np.ndarray, how_often: np.ndarray) -> tuple[int, int, int]:
    """Post a row's entries from `first` on; answers how far it came before the memory was full, the terms and the
    memory used."""
    for p in range(first, keys.size):
        at = _slot(keys[p], table, terms)
        number = table[at]
        if number < 0:
            if arena_used + LEAST_ROOM > rows.size:
                return p, terms_used, arena_used
            number = terms_used
            table[at] = number
            terms[number] = keys[p]
            held[number] = sizes[number] = 0
            begins[number], rooms[number] = arena_used, LEAST_ROOM
            arena_used += LEAST_ROOM
            terms_used += 1
        elif sizes[number] == rooms[number]:
            room = 2 * rooms[number]
            if arena_used + room > rows.size:
                return p, terms_used, arena_used
            old = begins[number]
            for j in range(sizes[number]):
                rows[arena_used + j] = rows[old + j]
                how_often[arena_used + j] = how_often[old + j]
            begins[number], rooms[number] = arena_used, room
            arena_used += room
        end = begins[number] + sizes[number]
        rows[end], how_often[end] = row, counts[p]
        sizes[number] += 1
        held[number] += 1
        numbers[p] = number
    return keys.size, terms_used, arena_used


@compiled
def _known(keys: np.ndarray, table: np.ndarray, terms: np.ndarray, held: np.ndarray) -> np.ndarray:
    found = np.zeros(keys.size, np.uint8)
    for i in range(keys.size):
        number = table[_slot(keys[i], table, terms)]
        if number >= 0 and held[number] > 0:
            found[i] = 1
    return found


@compiled
def _scores(query_keys: np.ndarray, query_weights: np.ndarray, query_views: np.ndarray, table: np.ndarray,
            terms: np.ndarray, begins: np.ndarray, sizes: np.ndarray, rows: np.ndarray, how_often: np.ndarray,
            norms: np.ndarray, alive: np.ndarray, sublinear: np.ndarray) -> np.ndarray:
    n, views = norms.shape
    parts = np.zeros((views, n))
    for i in range(query_keys.size):
        number = table[_slot(query_keys[i], table, terms)]
        if number < 0:
            continue
        weight, part = query_weights[i], parts[query_views[i]]
        for p in range(begins[number], begins[number] + sizes[number]):
            part[rows[p]] += weight * sublinear[how_often[p]]
    values = np.zeros(n)
    for row in range(n):
        if alive[row]:
            total = 0.0
            for view in range(views):
                if parts[view, row] != 0.0:
                    total += parts[view, row] / norms[row, view]
            values[row] = np.floor(total * DIGITS + 0.5) / DIGITS
    return values


class Fresh:
    """Rows in the order in which they came; a document taken out keeps its place and is passed over."""

    def __init__(self, views: int) -> None:
        self.views = views
        self.ids: list[str] = []
        self.place: dict[str, int] = {}
        self.norms, self.alive = np.zeros((64, views)), np.zeros(64, np.uint8)
        self._starts = np.zeros(65, np.int64)
        self._keys, self._counts = np.empty(4096, np.uint64), np.empty(4096, np.uint8)
        self._numbers = np.empty(4096, np.int32)
        self._table = np.full(4096, -1, np.int32)
        self._terms, self._held = np.empty(2048, np.uint64), np.empty(2048, np.int32)
        self._begins, self._sizes, self._rooms = (np.empty(2048, np.int64), np.empty(2048, np.int32),
                                                  np.empty(2048, np.int32))
        self._rows, self._often = np.empty(16384, np.int32), np.empty(16384, np.uint8)
        self._terms_used = self._arena_used = 0

    def copy(self) -> "Fresh":
        """One of its own."""
        made = object.__new__(Fresh)
        made.__dict__.update({name: value.copy() if isinstance(value, np.ndarray | list | dict) else value
                              for name, value in self.__dict__.items()})
        return made

    def _room(self, more: int) -> None:
        """Room for one more row of so many entries, and for as many new terms."""
        row, used = len(self.ids), int(self._starts[len(self.ids)])
        if row + 1 > self.alive.size:
            self.norms, self.alive = _wider(self.norms, 2 * row), _wider(self.alive, 2 * row)
            self._starts = _wider(self._starts, 2 * row + 1)
        if used + more > self._keys.size:
            for name in ("_keys", "_counts", "_numbers"):
                setattr(self, name, _wider(getattr(self, name), 2 * (used + more)))
        if self._terms_used + more > self._terms.size:
            for name in ("_terms", "_held", "_begins", "_sizes", "_rooms"):
                setattr(self, name, _wider(getattr(self, name), 2 * (self._terms_used + more)))
        while 2 * (self._terms_used + more) > self._table.size:
            self._table = _grown(self._table, self._terms, self._terms_used)

    def put(self, one: str, keys: np.ndarray, counts: np.ndarray, norms: np.ndarray) -> None:
        """Add a document's rows, all views end to end (keys of different views differ); a former version of it goes."""
        self.remove(one)
        self._room(keys.size)
        row, low = len(self.ids), int(self._starts[len(self.ids)])
        high = low + keys.size
        self._keys[low:high], self._counts[low:high] = keys, counts
        self.norms[row], self.alive[row], self._starts[row + 1] = norms, 1, high
        done = 0
        while True:
            done, self._terms_used, self._arena_used = _append(
                row, done, self._keys[low:high], self._counts[low:high], self._numbers[low:high], self._terms_used,
                self._arena_used, self._table, self._terms, self._held, self._begins, self._sizes, self._rooms,
                self._rows, self._often)
            if done == keys.size:
                break
            self._rows, self._often = (_wider(part, 2 * part.size) for part in (self._rows, self._often))
        self.place[one] = row
        self.ids.append(one)

    def remove(self, one: str) -> bool:
        """Take a document out; was it there?"""
        row = self.place.pop(one, None)
        if row is None:
            return False
        self.alive[row] = 0
        self._held[self._numbers[self._starts[row]:self._starts[row + 1]]] -= 1
        return True

    def rows(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Keys and counts of a document, all views."""
        low, high = self._starts[row], self._starts[row + 1]
        return self._keys[low:high], self._counts[low:high]

    def known(self, keys: np.ndarray) -> np.ndarray:
        """1 for each key that a document which is there holds, else 0."""
        return _known(keys, self._table, self._terms, self._held) if self.place else np.zeros(keys.size, np.uint8)

    def similarities(self, query: Query) -> np.ndarray:
        """Every row's similarity, in the order of `ids`; 0 for those taken out."""
        n = len(self.ids)
        return _scores(query.keys, query.key_weights, query.key_views, self._table, self._terms, self._begins,
                       self._sizes, self._rows, self._often, self.norms[:n], self.alive[:n], _SUBLINEAR)


def _wider(array: np.ndarray, size: int) -> np.ndarray:
    """The array with room for `size` entries."""
    made = np.zeros((size, *array.shape[1:]), array.dtype)
    made[:len(array)] = array
    return made
