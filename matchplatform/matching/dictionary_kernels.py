"""The machine code that builds the tree of dictionary words. Pure.

A node of the tree (a prefix of a word) is one integer, `id << 2 | HAS_KIN | IS_WORD`; a slot of the hash table that
holds the tree is `displaced (1 bit) | parent id (20 bits) | code point (21 bits) | node (22 bits)`. Parent and code
point are compared in full: no two prefixes can be taken for one another. `displaced` belongs to the place, not to the
node there: some node that should lie here lies further on. Where it is not set, one look says that a node is absent.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchplatform.matching.compiling import compiled

SLOTS = 1 << 20        # of the hash table; jieba's dictionary has 498 k prefixes
MOST_NODES = 900_000   # beyond, probing would be slow
FIRSTS = 0x110000      # the first character of a word is looked up directly
IS_WORD, HAS_KIN = 1, 2
CHINESE, CHINESE_END = 0x4E00, 0x9FD6  # the ideographs that jieba knows
ALNUM, DIGIT, BLOCK = 1, 2, 4  # kinds of characters: letters and digits; digits; what the dictionary cuts
ASCII = np.array([(ALNUM | BLOCK) * chr(c).isalnum() | DIGIT * chr(c).isdigit() | BLOCK * (chr(c) in "+#&._%-")
                  for c in range(128)], dtype=np.uint8)

COMMON = 50            # words counted so often get the first choice of places
SPREAD = np.uint64(0x9E3779B97F4A7C15)
TO_SLOT, SLOT_MASK = np.uint64(64 - 20), np.uint64(SLOTS - 1)
POINT_BITS, NODE_BITS, NODE_MASK = np.uint64(21), np.uint64(22), np.uint64((1 << 22) - 1)
DISPLACED, ONE, NOTHING = np.uint64(1 << 63), np.uint64(1), np.uint64(0)

Array = NDArray[Any]
Number = Any  # of the machine; numba infers which


@compiled
def _slot_of(parent: Number, point: Number) -> Number:
    """Where the search for the node that follows `parent` (an id) by `point` begins."""
    return (((np.uint64(parent) << POINT_BITS) | np.uint64(point)) * SPREAD) >> TO_SLOT


@compiled
def _child(slots: Array, parent: Number, point: Number) -> Number:
    """The node that follows `parent` (an id) by `point`; 0 when no word goes on so."""
    wanted = (np.uint64(parent) << POINT_BITS) | np.uint64(point)
    at = _slot_of(parent, point)
    while True:
        slot = slots[at]
        if slot == NOTHING:
            return np.int64(0)
        if slot >> NODE_BITS == wanted:
            return np.int64(slot & NODE_MASK)
        at = (at + ONE) & SLOT_MASK


@compiled
def _grown(root: Array, slots: Array, kin: Array, parent: Number, point: Number, used: Number) -> tuple[Number, Number]:
    """The id that follows `parent` by `point`, made when it is new; and how many ids are used then."""
    if parent == 0:
        if root[point] == 0:
            root[point] = used << 2
            return used, used + 1
        return np.int64(root[point] >> 2), used
    node = _child(slots, parent, point)
    if node:
        return node >> 2, used
    kin[parent] = True
    wanted = (np.uint64(parent) << POINT_BITS) | np.uint64(point)
    at = _slot_of(parent, point)
    while slots[at] != NOTHING:
        at = (at + ONE) & SLOT_MASK
    slots[at] = (wanted << NODE_BITS) | np.uint64(used << 2)
    return used, used + 1


@compiled
def read_dictionary(content: Array, root: Array, slots: Array, kin: Array,
                    counts: Array) -> tuple[Number, Number, Number]:
    """Lines `word count tag` in UTF-8 into the tree. Returns (ids used, sum of counts, number of a bad line or 0)."""
    used, total, line, at, size = np.int64(1), np.int64(0), 0, 0, len(content)
    while at < size:
        line += 1
        node = np.int64(0)
        while at < size and content[at] > 32:
            first = np.int64(content[at])
            if first < 0x80:
                more, point = 0, first
            elif first >= 0xF0:
                more, point = 3, first & 7
            elif first >= 0xE0:
                more, point = 2, first & 15
            else:
                more, point = 1, first & 31
            if at + more >= size or used >= MOST_NODES:
                return used, total, line
            for _ in range(more):
                at += 1
                point = point << 6 | (np.int64(content[at]) & 63)
            at += 1
            if point >= FIRSTS:
                return used, total, line
            node, used = _grown(root, slots, kin, node, point, used)
        at += 1
        count, digits = np.int64(0), 0
        while at < size and 48 <= content[at] <= 57:
            count = count * 10 + np.int64(content[at]) - 48
            digits += 1
            at += 1
        if node == 0 or digits == 0 or (at < size and content[at] > 32):
            return used, total, line
        while at < size and content[at] != 10:
            at += 1
        at += 1
        counts[node] = count
        total += count
    return used, total, 0


@compiled
def _count_of(root: Array, slots: Array, counts: Array, points: Array, start: Number, end: Number) -> Number:
    """How often a word was counted: 0 for a mere prefix, -1 for what is not in the tree."""
    node = np.int64(root[points[start]])
    for at in range(start + 1, end):
        if node == 0:
            break
        node = _child(slots, node >> 2, points[at])
    return counts[node >> 2] if node else np.int64(-1)


@compiled
def _suggested(root: Array, slots: Array, counts: Array, total: Number, points: Array, kinds: Array, start: Number,
               end: Number, route: Array, following: Array) -> Number:
    """The count at which a new word is cut whole: one more than its parts, cut without the model, would have together.

    The product of the parts' shares times the total; what is not in the tree has a count of 1.
    """
    share, known = 1.0, _count_of(root, slots, counts, points, start, end)
    at = start
    while at < end:
        if not kinds[at] & BLOCK:
            stop = at + 2 if points[at] == 13 and at + 1 < end and points[at + 1] == 10 else at + 1
            share *= abs(_count_of(root, slots, counts, points, at, stop)) / float(total)
            at = stop
            continue
        stop = at
        while stop < end and kinds[stop] & BLOCK:
            stop += 1
        route[stop] = 0.0
        for one in range(stop - 1, at - 1, -1):
            node, found, last = np.int64(root[points[one]]), False, one
            while node:
                count = counts[node >> 2]
                if count:
                    chance = math.log(count) - math.log(total) + route[last + 1]
                    if not found or chance >= route[one]:
                        route[one], following[one], found = chance, last + 1, True
                last += 1
                if last >= stop:
                    break
                node = _child(slots, node >> 2, points[last])
            if not found:
                route[one], following[one] = 0.0 - math.log(total) + route[one + 1], one + 1
        while at < stop:
            after = following[at]
            if after == at + 1 and kinds[at] & ALNUM:  # letters and digits that stand alone are one part
                while after < stop and following[after] == after + 1 and kinds[after] & ALNUM:
                    after += 1
            share *= abs(_count_of(root, slots, counts, points, at, after)) / float(total)
            at = after
    return max(np.int64(share * total) + 1, known if known >= 0 else np.int64(1))


@compiled
def add_words(points: Array, kinds: Array, starts: Array, root: Array, slots: Array, kin: Array, counts: Array,
              used: Number, total: Number) -> tuple[Number, Number]:
    """Words laid end to end into the tree, each with its suggested count. Returns (ids used, sum of counts).

    kinds: uint8 a character, as ALNUM, DIGIT, BLOCK say.
    """
    route, following = np.empty(len(points) + 1), np.empty(len(points) + 1, np.int64)
    for word in range(len(starts) - 1):
        start, end = starts[word], starts[word + 1]
        if end - start + used >= MOST_NODES:
            return np.int64(MOST_NODES), total
        count = _suggested(root, slots, counts, total, points, kinds, start, end, route, following)
        node = np.int64(0)
        for at in range(start, end):
            node, used = _grown(root, slots, kin, node, np.int64(points[at]), used)
        counts[node] = count
        total += count
    return used, total


@compiled
def _settle(slots: Array, settled: Array, counts: Array, kin: Array, kinds: Array, common: bool) -> None:
    """Copy the nodes that are common words, or the others, to their places in the final table, marked.

    Words with a character from outside of blocks are never cut and are left out.
    """
    for slot in slots:
        node = np.int64((slot & NODE_MASK) >> np.uint64(2))
        point = np.int64((slot >> NODE_BITS) & ((ONE << POINT_BITS) - ONE))
        if slot == NOTHING or (counts[node] >= COMMON) != common or not kinds[point] & BLOCK:
            continue
        home = ((slot >> NODE_BITS) * SPREAD) >> TO_SLOT
        at = home
        while settled[at] & ~DISPLACED != NOTHING:
            at = (at + ONE) & SLOT_MASK
        settled[at] |= slot | np.uint64(IS_WORD * (counts[node] > 0) + HAS_KIN * kin[node])
        if at != home:
            settled[home] |= DISPLACED


@compiled
def finish(root: Array, slots: Array, kin: Array, counts: Array, kinds: Array, used: Number,
           total: Number) -> tuple[Array, Array]:
    """Mark the nodes (is a word, goes on) once all are in. Returns the final table and the words' log probabilities.

    kinds: uint8[FIRSTS].
    """
    settled, weights = np.zeros(len(slots), np.uint64), np.empty(used)
    _settle(slots, settled, counts, kin, kinds, True)
    _settle(slots, settled, counts, kin, kinds, False)
    for point in range(len(root)):
        if not kinds[point] & BLOCK:
            root[point] = 0
        elif root[point]:
            node = root[point] >> 2
            root[point] |= IS_WORD * (counts[node] > 0) + HAS_KIN * kin[node]
    for node in range(used):
        weights[node] = math.log(max(counts[node], 1)) - math.log(total)
    return settled, weights
