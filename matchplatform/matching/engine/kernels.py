"""Searching a segment: the exact first k, by bounds that are safe. Numba, no Python objects, no lock held.

A query's terms are taken from the rarest to the most common. In every block of documents the postings of the rare ones
are summed up in 16-bit accumulators, rounded up. What the common ones could add to a document is at most the product
of their length in the query and their length in the document (Cauchy and Schwarz); documents whose sum stays below the
k-th best similarity found so far are left out, the others are worked out from their rows in float64. Where too many
are left, the next more common terms join. The order of the blocks (most promising first) and the share of terms left
out change the time only, never the answer.
"""

import math
from typing import NamedTuple

import numpy as np

from matchplatform.matching.compiling import compiled
from matchplatform.matching.engine.build import BLOCK, BLOCK_BITS, SCALE

MOST_CALLED = 256       # rows that are fetched ahead
LINE = 16               # terms in a line of the cache
CHUNK = 64              # accumulators that are looked at together
ROW_COST = 160          # a worked out row costs as much as this many postings
SPARE = 12               # documents beyond k that give the first bound
FIRST_TIER = 2          # the first block has no bound yet; its best documents show without the commonest terms
HOPE = 0.75             # a tier is tried when it leaves out at most this share of the bound in a middling document
DIGITS = 1e12           # similarities are compared to twelve digits: what differs less is a tie


class Arrays(NamedTuple):
    """A segment's arrays as the kernels take them; see `build.segment_arrays`."""

    df: np.ndarray
    view_starts: np.ndarray
    row_starts: np.ndarray
    row_terms: np.ndarray
    row_counts: np.ndarray
    norms: np.ndarray
    heaviest: np.ndarray
    runs: np.ndarray
    run_blocks: np.ndarray
    run_starts: np.ndarray
    places: np.ndarray
    codes: np.ndarray
    tier_norms: np.ndarray
    tier_block_mean: np.ndarray
    limits: np.ndarray
    id_ranks: np.ndarray
    sublinear: np.ndarray


@compiled
def _rounded(value: float) -> float:
    return math.floor(value * DIGITS + 0.5) / DIGITS


@compiled
def similarity(i: int, seg: Arrays, marks: np.ndarray, weights: np.ndarray) -> float:
    """A document's similarity with the query, in float64, terms in ascending order.

    `marks` holds for each term its place in `weights`, 0 for those that the query does not have; `weights` is 0 there,
    and per place the query's weight times the term's idf and the view's share. Adding zeros costs less than asking.
    """
    total = 0.0
    p, end = seg.row_starts[i], seg.row_starts[i + 1]
    for view in range(seg.norms.shape[1]):
        boundary = seg.view_starts[view + 1]
        part = 0.0
        while p < end and seg.row_terms[p] < boundary:
            part += weights[marks[seg.row_terms[p]]] * seg.sublinear[seg.row_counts[p]]
            p += 1
        if part != 0.0:
            total += part / seg.norms[i, view]
    return _rounded(total)


@compiled
def _call_in(documents: np.ndarray, base: int, count: int, seg: Arrays) -> int:
    """Touch the rows of these documents, so that the memory fetches them side by side instead of one by one."""
    seen = 0
    for j in range(count):
        low, high = seg.row_starts[base + documents[j]], seg.row_starts[base + documents[j] + 1]
        for p in range(low, high, LINE):
            seen += seg.row_terms[p]
        if low < high:
            seen += seg.row_counts[low] + seg.row_counts[high - 1]
    return seen


@compiled
def _better(value: float, rank: int, other: float, other_rank: int) -> bool:
    return value > other or (value == other and rank < other_rank)


@compiled
def _keep(value: float, i: int, id_ranks: np.ndarray, best: np.ndarray, documents: np.ndarray, count: int) -> int:
    """Put a document into the sorted list of the best; answers how many there are now."""
    k = best.size
    if count == k:
        if not _better(value, id_ranks[i], best[k - 1], id_ranks[documents[k - 1]]):
            return count
        at = k - 1
    else:
        at = count
        count += 1
    while at > 0 and _better(value, id_ranks[i], best[at - 1], id_ranks[documents[at - 1]]):
        best[at] = best[at - 1]
        documents[at] = documents[at - 1]
        at -= 1
    best[at] = value
    documents[at] = i
    return count


@compiled
def score_rows(wanted: np.ndarray, query_terms: np.ndarray, weights: np.ndarray, seg: Arrays, marks: np.ndarray,
               alive: np.ndarray) -> np.ndarray:
    """The similarity of each wanted document, 0 for one that is no longer there."""
    placed = np.zeros(query_terms.size + 1)
    for place in range(query_terms.size):
        marks[query_terms[place]] = place + 1
        placed[place + 1] = weights[place]
    values = np.zeros(wanted.size)
    for j in range(wanted.size):
        if alive[wanted[j]]:
            values[j] = similarity(wanted[j], seg, marks, placed)
    for place in range(query_terms.size):
        marks[query_terms[place]] = 0
    return values


@compiled
def _scatter(first: int, last: int, block: int, runs_here: np.ndarray, run_starts: np.ndarray, places: np.ndarray,
             codes: np.ndarray, factors: np.ndarray, acc: np.ndarray, lowest: int, highest: int) -> int:
    """Add the postings of the query's terms first..last in a block, at least those from place `lowest` to `highest`."""
    seen = 0
    for slot in range(first, last):  # touched together, so that the memory fetches them side by side
        run = runs_here[block, slot]
        if run > 0:
            seen += places[run_starts[run - 1]] + codes[run_starts[run - 1]]
    narrow = 2 * (highest - lowest) < BLOCK  # a filter's documents side by side: the others' postings are passed over
    for slot in range(first, last):
        run = runs_here[block, slot]
        if run == 0:
            continue
        low, high = run_starts[run - 1], run_starts[run]
        factor = factors[slot]
        if narrow:
            high = low + np.searchsorted(places[low:high], np.uint16(highest), "right")
            low += np.searchsorted(places[low:high], np.uint16(lowest))
        for p in range(low, high):
            place = places[p]
            acc[place] = np.uint16(acc[place] + np.uint16((factor * np.uint32(codes[p]) + np.uint32(255))
                                                          >> np.uint32(8)))
    return seen


@compiled
def _kth_largest(acc: np.ndarray, size: int, k: int, bins: np.ndarray) -> int:
    """A value that about k accumulators reach (never fewer, as long as so many are above zero)."""
    high = np.uint16(0)
    for i in range(size):
        high = max(high, acc[i])
    top = high >> 6
    bins[:top + 1] = 0
    for i in range(size):
        bins[acc[i] >> 6] += 1
    found = 0
    for b in range(top, 0, -1):
        found += bins[b]
        if found >= k:
            return b << 6
    return 1


@compiled
def _passing(sums: np.ndarray, left_out: np.ndarray, size: int, length: np.uint16, least: np.uint16,
             found: np.ndarray) -> int:
    """The places whose sum and bound together reach `least`; answers how many. A function of its own with slices of
    one length, or the compiler does not take many sums at once."""
    left = 0
    for low in range(0, size, CHUNK):
        a, b = sums[low:low + CHUNK], left_out[low:low + CHUNK]
        high = np.uint16(0)
        for i in range(CHUNK):
            high = max(high, np.uint16(a[i] + np.uint16(length * np.uint16(b[i]))))
        if high >= least:
            for i in range(CHUNK):
                if np.uint16(a[i] + np.uint16(length * np.uint16(b[i]))) >= least:
                    found[left] = low + i
                    left += 1
    return left


@compiled
def _chunk_peaks(sums: np.ndarray, peaks: np.ndarray) -> None:
    """The largest sum of every chunk."""
    for chunk in range(peaks.size):
        a = sums[chunk * CHUNK:(chunk + 1) * CHUNK]
        high = np.uint16(0)
        for i in range(CHUNK):
            high = max(high, a[i])
        peaks[chunk] = high


@compiled
def _peaks(acc: np.ndarray, k: int, bins: np.ndarray, found: np.ndarray) -> tuple[int, int]:
    """The places of at least k of the largest accumulators (all above zero, where there are fewer): (bar, how many).

    The k-th largest of the chunks' peaks is a bar that at least k accumulators reach; only those chunks are looked
    through, and the bar is raised among what they hold.
    """
    chunks = BLOCK // CHUNK
    peaks = np.empty(chunks, np.uint16)
    _chunk_peaks(acc, peaks)
    bar = _kth_largest(peaks, chunks, min(k, chunks), bins) if k <= chunks else 1
    left = 0
    values = np.empty(BLOCK, np.uint16)
    for chunk in range(chunks):
        if peaks[chunk] >= bar:
            for i in range(chunk * CHUNK, (chunk + 1) * CHUNK):
                if acc[i] >= bar:
                    found[left] = i
                    values[left] = acc[i]
                    left += 1
    return max(bar, _kth_largest(values, left, k, bins)), left


@compiled
def search(query_terms: np.ndarray, query_weights: np.ndarray, weights: np.ndarray, k: int, seg: Arrays,
           alive: np.ndarray, places: np.ndarray, marks: np.ndarray, acc: np.ndarray,
           bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The k documents most similar to the query: (similarities, documents), the best first, ties by id.

    `query_weights` are the query's unit weights with the roots of the views' shares, `weights` as in `similarity`;
    both in the order of `query_terms`, the rarest first. `places` is empty, or the documents that may be answered,
    ascending. `marks`, `acc`, `bins` are scratch memory of the calling thread; `marks` is zero between calls.
    """
    n, m, tiers = seg.row_starts.size - 1, query_terms.size, seg.limits.size
    blocks = seg.tier_block_mean.shape[1]
    best, documents = np.zeros(k), np.zeros(k, np.int64)
    count = 0
    filtered = places.size > 0
    first, last = np.zeros(blocks, np.int64), np.zeros(blocks, np.int64)  # of the places, in every block
    open_blocks = 0
    if filtered:
        for block in range(blocks):
            first[block] = last[block - 1] if block else 0
            last[block] = first[block] + np.searchsorted(places[first[block]:], (block + 1) << BLOCK_BITS)
            open_blocks += last[block] > first[block]
    placed = np.zeros(m + 1)
    seen = 0
    few = filtered and 8 * open_blocks < blocks
    for slot in range(m):
        marks[query_terms[slot]] = slot + 1
        placed[slot + 1] = weights[slot]
    factors = np.empty(m, np.uint32)
    runs_here = np.zeros((blocks, m), np.int64)
    promise = np.zeros(blocks)
    for slot in range(m):
        term = query_terms[slot]
        factors[slot] = np.uint32(math.ceil(query_weights[slot] * seg.heaviest[term] * SCALE * 256.0 / 255.0))
        per_document = query_weights[slot] * seg.heaviest[term] / seg.df[term]
        if few:
            in_order = seg.run_blocks[seg.runs[term]:seg.runs[term + 1]]
            for block in range(blocks):
                if first[block] < last[block]:
                    at = np.searchsorted(in_order, np.uint16(block))
                    if at < in_order.size and in_order[at] == block:
                        runs_here[block, slot] = seg.runs[term] + at + 1
                        promise[block] += per_document
            continue
        for run in range(seg.runs[term], seg.runs[term + 1]):
            runs_here[seg.run_blocks[run], slot] = run + 1
            promise[seg.run_blocks[run]] += per_document * (seg.run_starts[run + 1] - seg.run_starts[run])
    # Of each tier: how many of the query's terms it takes, and the length of those that it leaves out.
    taken = np.full(tiers, m, np.int64)
    factors_out = np.zeros(tiers, np.uint16)
    for tier in range(1, tiers):
        cut = m
        rest = 0.0
        while cut > 0 and seg.df[query_terms[cut - 1]] >= seg.limits[tier]:
            cut -= 1
            rest += query_weights[cut] * query_weights[cut]
        taken[tier] = cut
        factors_out[tier] = np.uint16(math.ceil(math.sqrt(rest) * SCALE / 255.0))
    if filtered:
        promise[first == last] = 0.0
    survivors, scored = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.uint8)
    chosen = np.empty(BLOCK if filtered else 0, np.uint16)
    for block in np.argsort(-promise):
        if promise[block] <= 0.0:
            break
        base = block << BLOCK_BITS
        size = min(BLOCK, n - base)
        lowest, highest = 0, BLOCK - 1
        if filtered:
            lowest, highest = places[first[block]] - base, places[last[block] - 1] - base
        acc[:] = 0
        theta = 0.0
        now = FIRST_TIER
        if count == k:
            theta = math.floor(best[k - 1] * SCALE * 0.999999)
            now = tiers - 1
            while now > 0 and factors_out[now] * seg.tier_block_mean[now, block] > HOPE * theta:
                now -= 1
        while now > 0 and taken[now] == 0:
            now -= 1
        seen += _scatter(0, taken[now], block, runs_here, seg.run_starts, seg.places, seg.codes, factors, acc,
                         lowest, highest)
        unbound = count < k
        if unbound:
            # No bound yet: the documents with the highest sums give one.
            scored[:] = 0
            if filtered:
                left = last[block] - first[block]
                for j in range(left):
                    chosen[j] = acc[places[first[block] + j] - base]
                bar = _kth_largest(chosen, left, k + SPARE, bins)
                for j in range(left):
                    survivors[j] = places[first[block] + j] - base
            else:
                bar, left = _peaks(acc, k + SPARE, bins, survivors)
            seen += _call_in(survivors, base, left, seg)
            for j in range(left):
                i = survivors[j]
                if acc[i] >= bar and alive[base + i]:
                    value = similarity(base + i, seg, marks, placed)
                    if value > 0.0:
                        count = _keep(value, base + i, seg.id_ranks, best, documents, count)
                    scored[i] = 1
            if count == k:
                theta = math.floor(best[k - 1] * SCALE * 0.999999)
        while True:
            length = factors_out[now]
            least = np.uint16(max(1.0, theta))
            left = 0
            for j in range(first[block], last[block]):
                i = places[j] - base
                if np.uint16(acc[i] + np.uint16(length * np.uint16(seg.tier_norms[now, base + i]))) >= least:
                    survivors[left] = i
                    left += 1
            if not filtered:
                left = _passing(acc, seg.tier_norms[now, base:base + BLOCK], size, length, least, survivors)
            if now == 0 or left < 16:
                break
            more = 0
            for slot in range(taken[now], taken[now - 1]):
                run = runs_here[block, slot]
                if run > 0:
                    more += seg.run_starts[run] - seg.run_starts[run - 1]
            more = more * (highest - lowest + 1) // BLOCK
            if left * ROW_COST <= more + 2 * BLOCK // CHUNK:
                break
            seen += _scatter(taken[now], taken[now - 1], block, runs_here, seg.run_starts, seg.places, seg.codes,
                             factors, acc, lowest, highest)
            now -= 1
        if left < MOST_CALLED:
            seen += _call_in(survivors, base, left, seg)
        for j in range(left):
            i = survivors[j]
            if acc[i] + length * seg.tier_norms[now, base + i] < theta or not alive[base + i]:
                continue
            if unbound and scored[i]:
                continue
            value = similarity(base + i, seg, marks, placed)
            if value > 0.0:
                count = _keep(value, base + i, seg.id_ranks, best, documents, count)
                if count == k:
                    theta = math.floor(best[k - 1] * SCALE * 0.999999)
    for slot in range(m):
        marks[query_terms[slot]] = 0
    bins[0] = seen & 1  # kept, or the compiler would leave the touching out
    return best[:count], documents[:count]
