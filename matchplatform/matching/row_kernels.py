"""The machine code that makes rows of term keys and counts from cut texts. Pure.

Apart from cutter_kernels.py, which only cuts; see compiling.py for why they do not call one another.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchplatform.matching.compiling import compiled

WORDS, BIGRAMS, CHARACTERS = 0, 1, 2  # views of a text
_THREE = 1 << 30  # in `pairs`, see cutter_kernels.cut_texts

_PRIME, _BASIS, _FOLD = np.uint64(0x100000001B3), np.uint64(0xCBF29CE484222325), np.uint64(32)
_VIEW = np.uint64(0x9E3779B97F4A7C15)
_CHUNK = 32            # keys of a row that are sorted by counting smaller ones; longer rows are merged from chunks
_FIRST, _END = 0x3400, 0xA000  # Chinese characters as the product sees them

Array = NDArray[Any]
Number = Any  # of the machine; numba infers which


# --- folding --------------------------------------------------------------------------------------------------------

@compiled
def folded_sizes(points: Array, starts: Array, single: Array, edges: Array, sizes: Array) -> None:
    """How long each text is when folded by the table (see folding.py); -1 when only `plain` can fold it."""
    for text in range(len(starts) - 1):
        size = np.int64(0)
        for at in range(starts[text], starts[text + 1]):
            point = points[at]
            to = single[point] if point < 0x10000 else np.int32(-1)
            if to >= 0:
                size += 1
            elif to == -1:
                size = np.int64(-1)
                break
            else:
                size += edges[-1 - to] - edges[-2 - to]
        sizes[text] = size


@compiled
def fold(points: Array, starts: Array, done: Array, single: Array, edges: Array, many: Array, size: Number) -> Array:
    """Texts folded by the table, uint32[size]; those with done[i] are taken over as they are."""
    folded = np.empty(size, np.uint32)
    found = 0
    for text in range(len(starts) - 1):
        for at in range(starts[text], starts[text + 1]):
            to = np.int64(points[at]) if done[text] else np.int64(single[points[at]])
            if to >= 0:
                folded[found] = to
                found += 1
            else:
                for one in range(edges[-2 - to], edges[-1 - to]):
                    folded[found] = many[one]
                    found += 1
    return folded


# --- tokens ---------------------------------------------------------------------------------------------------------

@compiled
def _basis(view: Number) -> Number:
    return _BASIS ^ (np.uint64(view) * _VIEW)


@compiled
def key_of(points: Array, view: Number) -> Number:
    """The key of a token: FNV-1a over code points, the view in the basis, high half folded in."""
    key = _basis(view)
    for point in points:
        key = (key ^ np.uint64(point)) * _PRIME
    return key ^ (key >> _FOLD)


@compiled
def _tells(point: Number) -> bool:
    """Whether the character can carry a subject."""
    return _FIRST <= point < _END or 97 <= point <= 122


@compiled
def spans_of(ends: Array, pairs: Array, search: bool) -> Array:
    """Words of one cut text as (start, end) int32[n, 2]; `search`: before a long word its parts of two, of three."""
    spans = np.empty((3 * len(pairs) if search else len(ends), 2), np.int32)
    found, start = 0, 0
    for end in ends:
        if search:
            for length in range(2, 4):
                for at in range(start, end - length + 1 if end - start > length else start):
                    if pairs[at] & (1 if length == 2 else _THREE):
                        spans[found, 0], spans[found, 1] = at, at + length
                        found += 1
        spans[found, 0], spans[found, 1] = start, end
        found += 1
        start = end
    return spans[:found]


@compiled
def _wanted(key: Number, stops: Array) -> bool:
    """Whether the key is not in the table of stop words."""
    mask = np.uint64(len(stops) - 1)
    at = key & mask
    while stops[at] != np.uint64(0):
        if stops[at] == key:
            return False
        at = (at + np.uint64(1)) & mask
    return True


@compiled
def stop_table(keys: Array, size: Number) -> Array:
    """A hash table of keys, uint64[size]; size is a power of two above the number of keys."""
    table = np.zeros(size, np.uint64)
    mask = np.uint64(size - 1)
    for key in keys:
        at = key & mask
        while table[at] != np.uint64(0):
            at = (at + np.uint64(1)) & mask
        table[at] = key
    return table


@compiled
def _word_keys(points: Array, ends: Array, pairs: Array, start: Number, stops: Array, longest: Number,
               found: Array) -> Number:
    """Keys of the words of a text that starts at `start`, their parts included, stop words and numbers left out."""
    count = 0
    for end in ends:
        size = end - start
        key, tells = _BASIS, False
        for at in range(start, end):
            point = points[at]
            tells |= _tells(point)
            key = (key ^ np.uint64(point)) * _PRIME
        if tells:
            key ^= key >> _FOLD
            if size > longest or _wanted(key, stops):
                found[count] = key
                count += 1
        if size > 2:
            for at in range(start, end - 1):
                mark = pairs[at]
                if not mark & (1 | _THREE):
                    continue
                tells = _tells(points[at]) | _tells(points[at + 1])
                key = ((_BASIS ^ np.uint64(points[at])) * _PRIME ^ np.uint64(points[at + 1])) * _PRIME
                if mark & 1 and tells:
                    whole = key ^ (key >> _FOLD)
                    if longest < 2 or _wanted(whole, stops):
                        found[count] = whole
                        count += 1
                if mark & _THREE and size > 3 and at + 3 <= end and (tells or _tells(points[at + 2])):
                    key = (key ^ np.uint64(points[at + 2])) * _PRIME
                    key ^= key >> _FOLD
                    if longest < 3 or _wanted(key, stops):
                        found[count] = key
                        count += 1
        start = end
    return count


@compiled
def _character_keys(points: Array, start: Number, end: Number, view: Number, found: Array) -> Number:
    """Keys of the Chinese characters of a text, or of every two that are neighbours."""
    basis, count, pairs = _basis(view), 0, view == BIGRAMS
    for at in range(start, end):
        point = points[at]
        if not _FIRST <= point < _END:
            continue
        key = (basis ^ np.uint64(point)) * _PRIME
        if pairs:
            if at + 1 == end or not _FIRST <= points[at + 1] < _END:
                continue
            key = (key ^ np.uint64(points[at + 1])) * _PRIME
        found[count] = key ^ (key >> _FOLD)
        count += 1
    return count


# --- rows -----------------------------------------------------------------------------------------------------------

@compiled
def _sort(keys: Array, counts: Array, spare_keys: Array, spare_counts: Array) -> None:
    """Sort different keys with their counts: chunks by counting the smaller keys (no branches), then merges."""
    size = len(keys)
    for first in range(0, size, _CHUNK):
        last = min(first + _CHUNK, size)
        for one in range(first, last):
            key, place = keys[one], first
            for other in range(first, last):
                place += keys[other] < key
            spare_keys[place], spare_counts[place] = key, counts[one]
        for one in range(first, last):
            keys[one], counts[one] = spare_keys[one], spare_counts[one]
    width = _CHUNK
    while width < size:
        for first in range(0, size - width, 2 * width):
            middle, last = first + width, min(first + 2 * width, size)
            for one in range(first, middle):
                spare_keys[one], spare_counts[one] = keys[one], counts[one]
            left, right, place = first, middle, first
            while left < middle:
                if right < last and keys[right] < spare_keys[left]:
                    keys[place], counts[place] = keys[right], counts[right]
                    right += 1
                else:
                    keys[place], counts[place] = spare_keys[left], spare_counts[left]
                    left += 1
                place += 1
        width *= 2


@compiled
def rows_of(points: Array, starts: Array, ends: Array, word_starts: Array, pairs: Array, stops: Array, longest: Number,
            views: Array) -> tuple[Array, Array, Array]:
    """The rows of cut texts: (keys uint64[n], counts float32[n], edges int64[texts * views + 1]).

    stops: a stop_table, `longest` the characters of its longest word. views: int64, in the order of the rows.
    """
    size = 0
    for text in range(len(starts) - 1):
        size = max(size, starts[text + 1] - starts[text])
    room = 3 * size + 1
    slots = 64
    while slots <= room:
        slots *= 2
    table = np.full(slots, -1, np.int32)
    found, spare_keys, spare_counts = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.float32)
    capacity = 0
    for view in views:
        capacity += len(points) * (3 if view == WORDS else 1)
    keys, counts = np.empty(capacity, np.uint64), np.empty(capacity, np.float32)
    edges = np.zeros((len(starts) - 1) * len(views) + 1, np.int64)
    used, row = 0, 0
    for text in range(len(starts) - 1):
        for view in views:
            if view == WORDS:
                tokens = _word_keys(points, ends[word_starts[text]:word_starts[text + 1]], pairs, starts[text], stops,
                                    longest, found)
            else:
                tokens = _character_keys(points, starts[text], starts[text + 1], view, found)
            first, slots = used, 64
            while slots <= tokens:
                slots *= 2
            mask = np.uint64(2 * slots - 1 if 2 * slots <= len(table) else slots - 1)
            for one in range(tokens):
                key = found[one]
                slot = key & mask
                while True:
                    place = table[slot]
                    if place < first:  # empty, or left by an earlier row
                        table[slot] = used
                        keys[used], counts[used] = key, np.float32(1)
                        used += 1
                        break
                    if keys[place] == key:
                        counts[place] += np.float32(1)
                        break
                    slot = (slot + np.uint64(1)) & mask
            _sort(keys[first:used], counts[first:used], spare_keys, spare_counts)
            row += 1
            edges[row] = used
    return keys[:used], counts[:used], edges
