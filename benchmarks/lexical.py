"""Questions to a library of term numbers: ours beside the peers, in turns, and beside float64 brute force."""

import gc
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks import peers
from benchmarks.brute import Brute, same
from benchmarks.report import Report, memory
from benchmarks.synthetic import Synthetic, describe, draw
from matchplatform.matching.engine.rows import Rows
from matchplatform.matching.engine.search import Index

QUERIES, SLOW_QUERIES, BATCH, TOP = 240, 15, 2_000, peers.TOP
RUN, WARM = 20, 8         # queries that are put to one engine before its neighbour's turn, and without the clock
ADDED, CHANGED, REMOVED = 600, 200, 200
FRESH, VISIBLE = 1_000, 0.25


def keys_of(terms: np.ndarray) -> np.ndarray:
    """64-bit keys for term numbers, as well spread as those of real terms."""
    mixed = (terms.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ mixed >> np.uint64(32)


def rows_of(library: Synthetic) -> Rows:
    """The library as the engine takes documents; counts are in halves there."""
    return Rows(keys_of(library.terms), (library.counts * 2).astype(np.uint8), library.starts)


def row_of(library: Synthetic, i: int) -> Rows:
    """One document."""
    terms, counts = library.row(i)
    return Rows(keys_of(terms), (counts * 2).astype(np.uint8), np.array([0, terms.size]))


def facets_of(category: int, county: int) -> dict[str, tuple[str]]:
    """As text, so that their order is that of the numbers."""
    return {"category": (f"{category:02d}",), "county": (f"{county:03d}",)}


def index_of(library: Synthetic) -> tuple[Index, list[str], int]:
    """Our index, the documents' ids, and the bytes of the arrays."""
    n = library.starts.size - 1
    ids = [f"d{i:08d}" for i in range(n)]
    made: dict[tuple[int, int], Any] = {}
    facets = [made.setdefault(one, facets_of(*one)) for one in
              zip(library.category.tolist(), library.county.tolist(), strict=True)]
    arrays, meta = Index.arrays_from_rows(rows_of(library), ids, np.array([1.0]), facets, (0,))
    return Index(arrays, meta), ids, sum(one.nbytes for one in arrays.values())


def interleaved(engines: dict[str, Callable[[int], Any]], queries: int, run: int = RUN) -> dict[str, np.ndarray]:
    """Seconds of every engine for every query: `run` queries are put to each in turn, the first to be asked changing.

    Runs of more than one query, so that each engine is measured warm, as a server is that answers question after
    question; with run 1 every answer begins with the caches full of another engine's data.
    """
    names, seconds = list(engines), {name: np.zeros(queries) for name in engines}
    for i in range(min(8, queries)):
        for ask in engines.values():
            ask(i)
    gc.collect()
    gc.disable()
    try:
        for turn, low in enumerate(range(0, queries, run)):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                for i in range(low - WARM, low if run > 1 else low - WARM):  # others than those that are timed
                    engines[name](i % queries)
                for i in range(low, min(low + run, queries)):
                    start = time.perf_counter()
                    engines[name](i)
                    seconds[name][i] = time.perf_counter() - start
    finally:
        gc.enable()
    return seconds


def measure(size: int, report: Report) -> None:
    """Every figure of a library of so many synthetic documents."""
    library, queries = draw(size), draw(QUERIES, seed=9)
    report.note(f"{size:,} documents: " + ", ".join(f"{name} {value:.4g}" for name, value in
                                                    describe(library, queries).items()))
    start = time.perf_counter()
    index, ids, held = index_of(library)
    report.note(f"{size:,} documents: segment of {held / 1e6:,.0f} MB ({held / size:,.0f} bytes a document), built "
                f"from term keys in {time.perf_counter() - start:.1f} s")
    asked = [row_of(queries, i) for i in range(QUERIES)]
    wanted = [facets_of(int(queries.category[i]), int(queries.county[i])) for i in range(QUERIES)]
    brute = Brute(library, ids)
    absent = peers.absent()
    _questions(size, library, queries, index, asked, wanted, absent, report)
    _matrices(size, library, queries, index, asked, brute, absent, report)
    report.note(f"{size:,} documents: the process has {memory()}, peers and brute force included")
    _freshness(size, index.fork(), report)
    _exactness(size, library, queries, index, asked, wanted, brute, report)


def _questions(size: int, library: Synthetic, queries: Synthetic, index: Index, asked: list[Rows],
               wanted: list[Any], absent: list[str], report: Report) -> None:
    """Beside tantivy and bm25s."""
    engines: dict[str, Callable[[int], Any]] = {"ours": lambda i: index.top_of(index.weighed(asked[i]), TOP)}
    terms = [queries.row(i)[0] for i in range(QUERIES)]
    if "tantivy" not in absent:
        start = time.perf_counter()
        tantivy = peers.Tantivy(library)
        report.note(f"{size:,} documents: tantivy's index took {time.perf_counter() - start:.1f} s, "
                    f"{tantivy.segments} segment")
        plain = [tantivy.query(one) for one in terms]
        engines["tantivy"] = lambda i: tantivy.ask(plain[i])
        engines["tantivy, hits counted"] = lambda i: tantivy.ask(plain[i], True)
    if "bm25s" not in absent:
        bm25s, lists = peers.bm25s(library), [one.tolist() for one in terms]
        engines["bm25s (numba)"] = lambda i: bm25s(lists[i])
    seconds = interleaved(engines, QUERIES)
    report.compared(f"question, {size:,}", seconds, {"tantivy": {10_000: 7, 100_000: 10, 1_000_000: 10}.get(size),
                                                     "bm25s (numba)": 3 if size >= 100_000 else None})
    report.compared(f"question, {size:,}, another engine after every single one", interleaved(engines, QUERIES, 1), {})
    engines.pop("bm25s (numba)", None)
    engines["ours"] = lambda i: index.top_of(index.weighed(asked[i]), TOP, wanted[i])
    if "tantivy" not in absent:
        nested, flat = ([tantivy.query(terms[i], int(queries.category[i]), int(queries.county[i]), way)
                         for i in range(QUERIES)] for way in (True, False))
        engines["tantivy"] = lambda i: tantivy.ask(nested[i])
        engines["tantivy, hits counted"] = lambda i: tantivy.ask(nested[i], True)
        engines["tantivy, one flat query"] = lambda i: tantivy.ask(flat[i])
    report.compared(f"question with category and county, {size:,}", interleaved(engines, QUERIES),
                    {"tantivy": {100_000: 8, 1_000_000: 20}.get(size)})


def _matrices(size: int, library: Synthetic, queries: Synthetic, index: Index, asked: list[Rows], brute: Brute,
              absent: list[str], report: Report) -> None:
    """Beside scikit-learn and sparse_dot_topn."""
    few, many = min(QUERIES, SLOW_QUERIES if size > 200_000 else 60), draw(BATCH, seed=5)
    if "sklearn" not in absent:
        kernel, unit = peers.linear_kernel(brute.rows), sparse.csr_matrix(brute.unit_rows(queries))
        turned = peers.linear_kernel(brute.rows, turned=True)
        rows = [unit[i] for i in range(few)]
        seconds = interleaved({"ours": lambda i: index.top_of(index.weighed(asked[i]), TOP),
                               "linear_kernel": lambda i: kernel(rows[i]),
                               "linear_kernel(rows, query)": lambda i: turned(rows[i])}, few)
        report.compared(f"question, {size:,}, {few} queries", seconds,
                        {"linear_kernel": {100_000: 300, 1_000_000: 450}.get(size)})
    if "sparse_dot_topn" not in absent and size >= 100_000:
        matched = peers.topn(brute.rows)
        unit, keyed = sparse.csr_matrix(brute.unit_rows(many)), [row_of(many, i) for i in range(BATCH)]
        parts = 4  # in turns, a part of the batch each
        edges = [BATCH * part // parts for part in range(parts + 1)]
        seconds = interleaved({
            "ours": lambda p: [index.top_of(index.weighed(one), TOP) for one in keyed[edges[p]:edges[p + 1]]],
            "sparse_dot_topn": lambda p: matched(unit[edges[p]:edges[p + 1]])}, parts, 1)
        report.compared(f"batch of {BATCH:,}, {size:,}", {name: some * parts for name, some in seconds.items()},
                        {"sparse_dot_topn": {100_000: 6, 1_000_000: 9}.get(size)})


def _freshness(size: int, index: Index, report: Report) -> None:
    """A document put in and the question that finds it, with FRESH documents in the fresh part."""
    fresh, asked = draw(FRESH, seed=21), draw(QUERIES, seed=22)
    for i in range(FRESH):
        index.put_rows(f"f{i:08d}", row_of(fresh, i), facets_of(int(fresh.category[i]), int(fresh.county[i])))
    rows, seconds = [row_of(asked, i) for i in range(QUERIES)], []
    for i, row in enumerate(rows):
        start = time.perf_counter()
        index.put_rows(f"f{i:08d}", row, facets_of(int(asked.category[i]), int(asked.county[i])))
        found = index.top_of(index.weighed(row), TOP)
        seconds.append(time.perf_counter() - start)
        if found[0][0] != f"f{i:08d}":
            report.faults.append(f"{size:,} documents: one put in is not the first answer to its own terms")
    middle, target = float(np.median(seconds)) * 1e3, VISIBLE if size == 100_000 else None
    report.row(f"a document put in and found, {FRESH:,} fresh ones, {size:,}", f"{middle:.3f} ms", "",
               f"{middle:.3f} ms", f"{VISIBLE:g} ms" if target else "", middle <= target if target else None)


def _exactness(size: int, library: Synthetic, queries: Synthetic, index: Index, asked: list[Rows], wanted: list[Any],
               brute: Brute, report: Report) -> None:
    """Our answers beside brute force: plain, filtered, and both after documents were added, changed and taken out."""
    places = [np.flatnonzero((library.category == queries.category[i]) & (library.county == queries.county[i]))
              for i in range(QUERIES)]

    def wrong(filtered: bool) -> int:
        return sum(not same(
            index.top_of(index.weighed(asked[i]), TOP, wanted[i] if filtered else None),
            brute.top(*queries.row(i), TOP, places[i] if filtered else None,
                      (int(queries.category[i]), int(queries.county[i])) if filtered else None))
            for i in range(QUERIES))

    report.exact(f"{size:,} documents", wrong(False), QUERIES)
    report.exact(f"{size:,} documents, category and county", wrong(True), QUERIES)
    dice, fresh = np.random.default_rng(3), draw(ADDED + CHANGED, seed=11)
    changed = dice.choice(size, CHANGED + REMOVED, replace=False)
    for i in range(ADDED + CHANGED):
        one = f"f{i:08d}" if i < ADDED else f"d{changed[i - ADDED]:08d}"
        category, county = int(fresh.category[i]), int(fresh.county[i])
        index.put_rows(one, row_of(fresh, i), facets_of(category, county))
        brute.put(one, *fresh.row(i), category, county)
    for one in [*(f"d{i:08d}" for i in changed[CHANGED:]), *(f"f{i:08d}" for i in range(0, ADDED, 7))]:
        index.remove(one)
        brute.remove(one)
    after = f"{size:,} documents after {ADDED} added, {CHANGED} changed, {REMOVED + len(range(0, ADDED, 7))} removed"
    report.exact(after, wrong(False), QUERIES)
    report.exact(after + ", category and county", wrong(True), QUERIES)
    sys.stdout.flush()
