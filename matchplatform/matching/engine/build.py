"""From term keys to the arrays of a segment: vocabulary, idf, rows, postings, bounds. Pure, one pass each, numba.

A segment holds a library's documents in blocks of BLOCK. Every document stands there twice: as a row (terms and
counts, from which a similarity is worked out exactly, in float64) and in the postings (one byte a weight, rounded up,
from which an upper bound is summed up quickly). What a search may leave out it leaves out by those bounds, so its
answer is the exact one.

Weights are those of scikit-learn's TfidfVectorizer(sublinear_tf=True): (1 + ln count) · (ln((1 + n) / (1 + df)) + 1),
each view of the text brought to unit length by itself.
"""

import math

import numpy as np

from matchplatform.matching.compiling import compiled

BLOCK_BITS = 14
BLOCK = 1 << BLOCK_BITS          # accumulators of a block (16 bits each) fit the first-level cache
SCALE = 24_000.0                 # a similarity of 1 in an accumulator; a sum and a bound together fit 16 bits
TIERS = (2.0, 0.3, 0.1, 0.03, 0.01, 0.003)   # tier j leaves out terms in more than this share of the documents
UNITS = 2                        # counts are kept in halves: a place name counts half
MOST = 255                       # halves of a count that are told apart

# 1 + ln(count) for a count in halves
SUBLINEAR = np.array([0.0, *(1.0 + math.log(c / UNITS) for c in range(1, MOST + 1))])


@compiled
def number_keys(keys: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """A number for every distinct key, from `first` on, in the order of appearance: (numbers of `keys`, the keys)."""
    size = 1 << 12
    mask = np.uint64(size - 1)
    slots = np.full(size, -1, np.int32)
    distinct = np.empty(size, np.uint64)
    count = 0
    numbers = np.empty(keys.size, np.int32)
    one = np.uint64(1)
    for i in range(keys.size):
        key = keys[i]
        at = key & mask
        while slots[at] >= 0 and distinct[slots[at]] != key:
            at = (at + one) & mask
        if slots[at] < 0:
            if 2 * (count + 1) > size:
                size *= 2
                mask = np.uint64(size - 1)
                slots = np.full(size, -1, np.int32)
                grown = np.empty(size, np.uint64)
                grown[:count] = distinct[:count]
                distinct = grown
                for j in range(count):
                    at = distinct[j] & mask
                    while slots[at] >= 0:
                        at = (at + one) & mask
                    slots[at] = j
                at = key & mask
                while slots[at] >= 0:
                    at = (at + one) & mask
            slots[at] = count
            distinct[count] = key
            count += 1
        numbers[i] = slots[at]
    for i in range(numbers.size):
        numbers[i] += first
    return numbers, distinct[:count].copy()


@compiled
def hash_table(keys: np.ndarray) -> np.ndarray:
    """Open addressing over distinct keys: slot -> number of the key, -1 where empty; at most half full."""
    size = 16
    while size < 2 * keys.size:
        size *= 2
    table = np.full(size, -1, np.int32)
    mask = np.uint64(size - 1)
    one = np.uint64(1)
    for i in range(keys.size):
        at = keys[i] & mask
        while table[at] >= 0:
            at = (at + one) & mask
        table[at] = i
    return table


@compiled
def find(key: np.uint64, keys: np.ndarray, table: np.ndarray) -> int:
    """The number of a key, -1 where the vocabulary does not hold it."""
    mask = np.uint64(table.size - 1)
    one = np.uint64(1)
    at = key & mask
    while table[at] >= 0:
        if keys[table[at]] == key:
            return table[at]
        at = (at + one) & mask
    return -1


@compiled
def find_all(wanted: np.ndarray, keys: np.ndarray, table: np.ndarray) -> np.ndarray:
    """`find` for many keys."""
    numbers = np.empty(wanted.size, np.int32)
    for i in range(wanted.size):
        numbers[i] = find(wanted[i], keys, table)
    return numbers


@compiled
def laid_down(order: np.ndarray, views: int, starts: np.ndarray, terms: np.ndarray,
              counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One row a document, in `order`, its terms ascending: what was a row a view (`rows.Rows`).

    The numbers of a later view must be higher than those of an earlier one.
    """
    n = order.size
    row_starts = np.zeros(n + 1, np.int64)
    for place in range(n):
        row_starts[place + 1] = row_starts[place] + starts[(order[place] + 1) * views] - starts[order[place] * views]
    row_terms = np.empty(terms.size, np.int32)
    row_counts = np.empty(terms.size, np.uint8)
    for place in range(n):
        low, high = starts[order[place] * views], starts[(order[place] + 1) * views]
        by_number = np.argsort(terms[low:high])
        for j in range(high - low):
            row_terms[row_starts[place] + j] = terms[low + by_number[j]]
            row_counts[row_starts[place] + j] = counts[low + by_number[j]]
    return row_starts, row_terms, row_counts


@compiled
def document_frequencies(row_terms: np.ndarray, size: int) -> np.ndarray:
    """How many rows hold each term."""
    df = np.zeros(size, np.int32)
    for term in row_terms:
        df[term] += 1
    return df


@compiled
def row_norms(row_starts: np.ndarray, row_terms: np.ndarray, row_counts: np.ndarray, idf: np.ndarray,
              view_starts: np.ndarray, sublinear: np.ndarray) -> np.ndarray:
    """The length of every row in every view: (n, views); 0 where a view of the text is empty."""
    n, views = row_starts.size - 1, view_starts.size - 1
    norms = np.zeros((n, views))
    for i in range(n):
        view = 0
        for p in range(row_starts[i], row_starts[i + 1]):
            term = row_terms[p]
            while term >= view_starts[view + 1]:
                view += 1
            weight = sublinear[row_counts[p]] * idf[term]
            norms[i, view] += weight * weight
        for view in range(views):
            norms[i, view] = math.sqrt(norms[i, view])
    return norms


@compiled
def invert(row_starts: np.ndarray, row_terms: np.ndarray, row_counts: np.ndarray, norms: np.ndarray, idf: np.ndarray,
           df: np.ndarray, view_starts: np.ndarray, roots: np.ndarray, sublinear: np.ndarray,
           limits: np.ndarray) -> tuple[np.ndarray, ...]:
    """The postings and the bounds of a segment.

    `roots` are the square roots of the views' shares: a row over all views, each part times its root, has the length
    1. Answers per term the heaviest weight; per term the runs of its postings that lie in one block (first run, block,
    first posting); the postings (place in the block, weight in 255ths of the heaviest, rounded up); and for every tier
    the length of what it leaves out of each document, in 255ths, rounded up.
    """
    n, terms, views = row_starts.size - 1, df.size, view_starts.size - 1
    heaviest = np.zeros(terms, np.float32)
    runs = np.zeros(terms + 1, np.int64)
    last = np.full(terms, -1, np.int32)
    scale = np.zeros(views)
    tier_norms = np.zeros((limits.size, (n + BLOCK - 1) // BLOCK * BLOCK), np.uint8)  # padded: read by the chunk
    left_out = np.zeros(limits.size)
    for i in range(n):
        block = i >> BLOCK_BITS
        for view in range(views):
            scale[view] = roots[view] / norms[i, view] if norms[i, view] > 0 else 0.0
        left_out[:] = 0.0
        view = 0
        for p in range(row_starts[i], row_starts[i + 1]):
            term = row_terms[p]
            while term >= view_starts[view + 1]:
                view += 1
            weight = sublinear[row_counts[p]] * idf[term] * scale[view]
            if weight > heaviest[term]:
                heaviest[term] = np.float32(weight * 1.000001)
            if last[term] != block:
                last[term] = block
                runs[term + 1] += 1
            tier = limits.size - 1
            while tier > 0 and df[term] >= limits[tier]:
                left_out[tier] += weight * weight
                tier -= 1
        for tier in range(1, limits.size):
            tier_norms[tier, i] = np.uint8(min(255.0, math.ceil(math.sqrt(left_out[tier]) * 255.0 + 1e-6)))
    for term in range(terms):
        runs[term + 1] += runs[term]
    run_blocks = np.empty(runs[terms], np.uint16)
    run_starts = np.empty(runs[terms] + 1, np.int64)
    next_run = runs[:terms].copy()
    next_posting = np.zeros(terms, np.int64)
    total = 0
    for term in range(terms):
        next_posting[term] = total
        total += df[term]
    run_starts[runs[terms]] = total
    places = np.empty(total, np.uint16)
    codes = np.empty(total, np.uint8)
    last[:] = -1
    for i in range(n):
        block = i >> BLOCK_BITS
        for view in range(views):
            scale[view] = roots[view] / norms[i, view] if norms[i, view] > 0 else 0.0
        view = 0
        for p in range(row_starts[i], row_starts[i + 1]):
            term = row_terms[p]
            while term >= view_starts[view + 1]:
                view += 1
            at = next_posting[term]
            if last[term] != block:
                last[term] = block
                run_blocks[next_run[term]] = block
                run_starts[next_run[term]] = at
                next_run[term] += 1
            weight = sublinear[row_counts[p]] * idf[term] * scale[view]
            places[at] = i & (BLOCK - 1)
            codes[at] = np.uint8(min(255.0, math.ceil(weight / heaviest[term] * 255.0)))
            next_posting[term] = at + 1
    return heaviest, runs, run_blocks, run_starts, places, codes, tier_norms


def idf_of(df: np.ndarray, n: int) -> np.ndarray:
    """The smooth inverse document frequency of terms in `df` of `n` documents."""
    return np.log((1.0 + n) / (1.0 + df)) + 1.0


def segment_arrays(keys: np.ndarray, counts: np.ndarray, starts: np.ndarray, shares: np.ndarray, order: np.ndarray,
                   id_ranks: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of a segment from rows, one a document and view (`rows.Rows`).

    `shares` are the views' parts of the similarity, adding up to 1; `order` is the order in which the documents are
    laid down, as indices into the rows; `id_ranks` their ranks by id (ties go by them).
    """
    n, views = order.size, len(shares)
    view_starts = np.zeros(views + 1, np.int64)
    if views == 1:
        numbers, vocabulary = number_keys(keys, 0)
        view_starts[1] = vocabulary.size
    else:
        numbers, parts = np.empty(keys.size, np.int32), []
        view_of = np.repeat(np.tile(np.arange(views, dtype=np.uint8), n), np.diff(starts))
        for view in range(views):
            here = view_of == view
            numbers[here], distinct = number_keys(keys[here], int(view_starts[view]))
            parts.append(distinct)
            view_starts[view + 1] = view_starts[view] + distinct.size
        vocabulary = np.concatenate(parts)
    row_starts, row_terms, row_counts = laid_down(order.astype(np.int64), views, starts, numbers, counts)
    df = document_frequencies(row_terms, vocabulary.size)
    idf = idf_of(df, n)
    norms = row_norms(row_starts, row_terms, row_counts, idf, view_starts, SUBLINEAR)
    limits = np.array([max(1.0, share * n) for share in TIERS])
    heaviest, runs, run_blocks, run_starts, places, codes, tier_norms = invert(
        row_starts, row_terms, row_counts, norms, idf, df, view_starts, np.sqrt(shares), SUBLINEAR, limits)
    tier_block_mean = np.zeros((len(TIERS), tier_norms.shape[1] // BLOCK), np.float32)
    for block in range(tier_block_mean.shape[1]):
        tier_block_mean[:, block] = tier_norms[:, block * BLOCK:min(n, (block + 1) * BLOCK)].mean(axis=1)
    return {"keys": vocabulary, "table": hash_table(vocabulary), "df": df, "idf": idf, "view_starts": view_starts,
            "shares": np.asarray(shares, np.float64), "row_starts": row_starts, "row_terms": row_terms,
            "row_counts": row_counts, "norms": norms, "heaviest": heaviest, "runs": runs, "run_blocks": run_blocks,
            "run_starts": run_starts, "places": places, "codes": codes, "tier_norms": tier_norms,
            "tier_block_mean": tier_block_mean, "limits": limits, "id_ranks": id_ranks[order].astype(np.int32)}
