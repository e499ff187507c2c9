"""The machine code that cuts text. Pure.

Positions are indices into an array of code points; the tree of dictionary words is described in dictionary_kernels.py.
Floating-point sums are written in the order in which jieba adds them, and ties fall as its comparisons of tuples do,
so that equal sums lead to equal cuts.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matchplatform.matching.compiling import compiled
from matchplatform.matching.dictionary_kernels import (
    ALNUM,
    ASCII,
    BLOCK,
    CHINESE,
    CHINESE_END,
    DIGIT,
    DISPLACED,
    HAS_KIN,
    IS_WORD,
    NODE_BITS,
    NODE_MASK,
    NOTHING,
    ONE,
    POINT_BITS,
    SLOT_MASK,
    SPREAD,
    TO_SLOT,
)

B, E, M, S = 0, 1, 2, 3  # states of the model, in the order in which their letters compare

Array = NDArray[Any]
Number = Any  # of the machine; numba infers which


class Tables(NamedTuple):
    """What cutting needs: the tree, a word's log probability by node id, and the model for unknown words.

    root: int32[FIRSTS], slots: uint64[SLOTS], weights: float64[nodes], of a mere prefix and at 0 the one jieba
    gives to unknown characters (no node has the id 0); start: float64[4], move: float64[4, 4] from state to state,
    emit: float64[ideographs, 4].
    """

    root: NDArray[np.int32]
    slots: NDArray[np.uint64]
    weights: NDArray[np.float64]
    start: NDArray[np.float64]
    move: NDArray[np.float64]
    emit: NDArray[np.float64]


@compiled
def _kind(point: Number) -> Number:
    return ASCII[point] if point < 128 else np.uint8(0)


@compiled
def _in_block(point: Number) -> bool:
    """Whether the character belongs to a run that the dictionary cuts; all others are words of their own."""
    return CHINESE <= point < CHINESE_END or (point < 128 and ASCII[point] & BLOCK != 0)


@compiled
def _child(slots: Array, parent: Number, point: Number) -> Number:
    """The node that follows `parent` (an id) by `point`; 0 when no word goes on so."""
    wanted = (np.uint64(parent) << POINT_BITS) | np.uint64(point)
    at = (wanted * SPREAD) >> TO_SLOT
    slot = slots[at]
    if (slot & ~DISPLACED) >> NODE_BITS == wanted:
        return np.int64(slot & NODE_MASK)
    if not slot & DISPLACED:
        return np.int64(0)
    while True:
        at = (at + ONE) & SLOT_MASK
        slot = slots[at] & ~DISPLACED
        if slot >> NODE_BITS == wanted:
            return np.int64(slot & NODE_MASK)
        if slot == NOTHING:
            return np.int64(0)


@compiled
def _model(start_of: Array, move: Array, emit: Array, points: Array, start: Number, end: Number, states: Array,
           ends: Array, count: Number) -> Number:
    """The likeliest states of a run of ideographs (Viterbi), as ends of words. Returns how many ends there are."""
    e_b, s_b, b_m, m_m = move[E, B], move[S, B], move[B, M], move[M, M]
    e_s, s_s, b_e, m_e = move[E, S], move[S, S], move[B, E], move[M, E]
    row = points[start] - CHINESE
    begin, closed = start_of[B] + emit[row, B], start_of[E] + emit[row, E]
    middle, single = start_of[M] + emit[row, M], start_of[S] + emit[row, S]
    for at in range(start + 1, end):
        row = points[at] - CHINESE
        from_e, from_s = closed + e_b + emit[row, B], single + s_b + emit[row, B]
        from_b, from_m = begin + b_m + emit[row, M], middle + m_m + emit[row, M]
        e_single, s_single = closed + e_s + emit[row, S], single + s_s + emit[row, S]
        b_closed, m_closed = begin + b_e + emit[row, E], middle + m_e + emit[row, E]
        states[at] = ((from_s >= from_e) | (m_closed >= b_closed) << 1 | (from_m >= from_b) << 2
                      | (s_single >= e_single) << 3)
        begin = from_s if from_s >= from_e else from_e
        middle = from_m if from_m >= from_b else from_b
        single = s_single if s_single >= e_single else e_single
        closed = m_closed if m_closed >= b_closed else b_closed
    state = S if single >= closed else E
    for at in range(end - 1, start - 1, -1):
        came = states[at] >> state & 1
        states[at] = state
        if state in (B, S):
            state = S if came else E
        else:
            state = M if came else B
    for at in range(start, end):
        if states[at] == E or states[at] == S:
            ends[count] = at + 1
            count += 1
    return count


@compiled
def _unknown(start_of: Array, move: Array, emit: Array, points: Array, start: Number, end: Number, states: Array,
             ends: Array, count: Number) -> Number:
    """A run of characters that no dictionary word covers: ideographs by the model, numbers and letters together."""
    at = start
    while at < end:
        stop = at
        if points[at] >= CHINESE:
            while stop < end and points[stop] >= CHINESE:
                stop += 1
            count = _model(start_of, move, emit, points, at, stop, states, ends, count)
        else:
            known = _kind(points[at]) & ALNUM
            while stop < end and points[stop] < CHINESE and _kind(points[stop]) & ALNUM == known:
                stop += 1
            if known:
                if stop + 1 < end and points[stop] == 46 and _kind(points[stop + 1]) & DIGIT:  # decimals
                    stop += 1
                    while stop < end and _kind(points[stop]) & DIGIT:
                        stop += 1
                if stop < end and points[stop] == 37:  # per cent
                    stop += 1
            ends[count] = stop
            count += 1
        at = stop
    return count


@compiled
def _is_word(root: Array, slots: Array, points: Array, start: Number, end: Number) -> bool:
    node = np.int64(root[points[start]])
    for at in range(start + 1, end):
        if not node & HAS_KIN:
            return False
        node = _child(slots, node >> 2, points[at])
    return node & IS_WORD != 0


@compiled
def _pairs(tables: Tables, points: Array, pairs: Array, again: Array) -> None:
    """The node of every two neighbouring characters, 0 where no word begins with them.

    A loop of its own, without decisions: the processor can wait for many places of memory at once. `again` is room
    for positions that need a longer search.
    """
    root, slots, displaced = tables.root, tables.slots, 0
    for at in range(len(points) - 1):
        wanted = (np.uint64(root[points[at]] >> 2) << POINT_BITS) | np.uint64(points[at + 1])
        slot = slots[(wanted * SPREAD) >> TO_SLOT]
        here = (slot & ~DISPLACED) >> NODE_BITS == wanted
        pairs[at] = np.int32(slot & NODE_MASK) if here else np.int32(0)
        again[displaced] = at
        displaced += (slot >= DISPLACED) & (not here)
    for one in range(displaced):
        at = again[one]
        pairs[at] = _child(slots, root[points[at]] >> 2, points[at + 1])


@compiled
def _weigh(tables: Tables, points: Array, starts: Array, following: Array, pairs: Array, route: Array) -> None:
    """The likeliest path from every position of a block to its end: where its first word ends.

    `pairs` gets bit 30 where a word of three characters starts. `route`: room for the longest text and one. The tree
    holds no word with a character from outside of blocks, so that none reaches beyond its block.
    """
    root, slots, weights = tables.root, tables.slots, tables.weights
    for text in range(len(starts) - 1):
        start, end = starts[text], starts[text + 1]
        route[end - start] = 0.0
        if end > start:
            pairs[end - 1] = 0
        for at in range(end - 1, start - 1, -1):
            following[at] = at + 1
            node = np.int64(root[points[at]])
            if node == 0 and not _in_block(points[at]):
                route[at - start] = 0.0
                continue
            best, single = weights[node >> 2] + route[at + 1 - start], node & IS_WORD != 0
            node, last = np.int64(pairs[at]), at + 2
            while node:
                chance = weights[node >> 2] + route[last - start]
                # of equal paths the one with the longer first word; one character counts when nothing longer is there
                if node & IS_WORD and (chance >= best or not single):
                    best, following[at], single = chance, last, True
                if last == at + 3 and node & IS_WORD:
                    pairs[at] |= 1 << 30
                if not node & HAS_KIN or last >= end:
                    break
                node = _child(slots, node >> 2, points[last])
                last += 1
            route[at - start] = best


@compiled
def _words(tables: Tables, points: Array, starts: Array, following: Array, ends: Array, word_starts: Array,
           states: Array) -> None:
    """Along the likeliest paths; neighbouring words of one character are looked at once more, together."""
    root, slots, start_of, move, emit = tables.root, tables.slots, tables.start, tables.move, tables.emit
    count = 0
    for text in range(len(starts) - 1):
        word_starts[text] = count
        at, end = starts[text], starts[text + 1]
        while at < end:
            stop = np.int64(following[at])
            if not _in_block(points[at]):
                if points[at] == 13 and stop < end and points[stop] == 10:
                    stop += 1
            elif stop == at + 1:
                while stop < end and following[stop] == stop + 1 and _in_block(points[stop]):
                    stop += 1
                if stop > at + 1:
                    if _is_word(root, slots, points, at, stop):
                        for one in range(at + 1, stop):
                            ends[count] = one
                            count += 1
                    else:
                        count = _unknown(start_of, move, emit, points, at, stop, states, ends, count)
                        at = stop
                        continue
            ends[count] = stop
            count += 1
            at = stop
    word_starts[len(starts) - 1] = count


@compiled
def cut_texts(tables: Tables, points: Array, starts: Array, ends: Array, word_starts: Array, pairs: Array) -> None:
    """Cut texts that lie end to end in `points`, the i-th from starts[i] to starts[i + 1].

    Fills ends (int32, one for each character at most): where words end in `points`, those of the i-th text from
    word_starts[i] to word_starts[i + 1]; and pairs (int32 a character): bit 0, a word of two characters starts here,
    bit 30, one of three; only said of words that lie in one block.
    """
    longest = np.int64(0)
    for text in range(len(starts) - 1):
        longest = max(longest, starts[text + 1] - starts[text])
    following, states = np.empty(len(points), np.int32), np.empty(len(points), np.uint8)
    _pairs(tables, points, pairs, following)
    _weigh(tables, points, starts, following, pairs, np.empty(longest + 1))
    _words(tables, points, starts, following, ends, word_starts, states)
