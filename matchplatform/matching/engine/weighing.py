"""A text weighed as a question, and the documents that hold a term. Numba."""

import math

import numpy as np

from matchplatform.matching.compiling import compiled
from matchplatform.matching.engine.build import BLOCK_BITS, find
from matchplatform.matching.engine.kernels import Arrays


@compiled
def query_of(keys: np.ndarray, counts: np.ndarray, starts: np.ndarray, vocabulary: np.ndarray, table: np.ndarray,
             idf: np.ndarray, df: np.ndarray, roots: np.ndarray, unknown_idf: float, known: np.ndarray,
             sublinear: np.ndarray) -> tuple[np.ndarray, ...]:
    """A text's rows weighed: see segment.Query. `known` is 1 for keys that fresh documents hold."""
    size = keys.size
    numbers = np.empty(size, np.int32)
    weights = np.zeros(size)
    idfs = np.zeros(size)
    views = np.zeros(size, np.uint8)
    held = inside = 0
    for view in range(roots.size):
        length = 0.0
        for p in range(starts[view], starts[view + 1]):
            number = find(keys[p], vocabulary, table)
            numbers[p] = number
            views[p] = view
            if number >= 0:
                idfs[p] = idf[number]
                inside += 1
            elif known[p]:
                idfs[p] = unknown_idf
            else:
                continue
            held += 1
            weights[p] = sublinear[counts[p]] * idfs[p]
            length += weights[p] * weights[p]
        if length > 0.0:
            length = math.sqrt(length)
            for p in range(starts[view], starts[view + 1]):
                weights[p] = weights[p] / length * roots[view]
    terms, unit, exact, common = np.empty(inside, np.int32), np.empty(inside), np.empty(inside), np.empty(inside)
    all_keys, all_weights, all_views = np.empty(held, np.uint64), np.empty(held), np.empty(held, np.uint8)
    at = place = 0
    for p in range(size):
        if weights[p] == 0.0:
            continue
        all_keys[at] = keys[p]
        all_weights[at] = weights[p] * idfs[p] * roots[views[p]]
        all_views[at] = views[p]
        if numbers[p] >= 0:
            terms[place] = numbers[p]
            unit[place] = weights[p]
            exact[place] = all_weights[at]
            common[place] = df[numbers[p]]
            place += 1
        at += 1
    by_rarity = np.argsort(common)
    return terms[by_rarity], unit[by_rarity], exact[by_rarity], all_keys, all_weights, all_views


@compiled
def documents_of(term: int, seg: Arrays) -> np.ndarray:
    """The places of the documents that hold a term."""
    low, high = seg.run_starts[seg.runs[term]], seg.run_starts[seg.runs[term + 1]]
    found = np.empty(high - low, np.int64)
    for run in range(seg.runs[term], seg.runs[term + 1]):
        for p in range(seg.run_starts[run], seg.run_starts[run + 1]):
            found[p - low] = (np.int64(seg.run_blocks[run]) << BLOCK_BITS) + seg.places[p]
    return found
