"""From real sentences: an index from texts beside jieba and TfidfVectorizer, and how soon a new text is found."""

import random
import time
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks import cutting
from benchmarks.lexical import interleaved
from benchmarks.report import Report
from matchplatform.matching.document import Document
from matchplatform.matching.engine.build import segment_arrays
from matchplatform.matching.engine.rows import SHARES, rows_of
from matchplatform.matching.engine.search import Index

TURNS, EACH = 7, 3_000
BASE, FRESH, ASKED = 100_000, 1_000, 300
TARGET = 15


def measure(report: Report, base: int = BASE) -> None:
    """Both figures."""
    chance = random.Random(3)
    if not cutting.BENCH.is_dir():
        report.note("../shared/bench is not there: the sentences are those of the demonstration alone")
    texts = [one for some in cutting.collected().values() for one in some]
    _build(texts, chance, report)
    _freshness(texts, chance, base, report)


def _documents(texts: list[str], count: int, chance: random.Random, name: str) -> list[Document]:
    return [Document(f"{name}{i:07d}", "", body) for i, body in enumerate(cutting.documents(texts, count, chance))]


def _build(texts: list[str], chance: random.Random, report: Report) -> None:
    jieba = cutting.reference()
    parts = [_documents(texts, EACH, chance, "t") for _ in range(TURNS)]

    def ours(views: tuple[int, ...]) -> Any:
        def build(turn: int) -> Any:
            rows = rows_of(parts[turn], views=views)
            order = np.arange(EACH)
            shares = SHARES[list(views)] / SHARES[list(views)].sum()
            return segment_arrays(rows.keys, rows.counts, rows.starts, shares, order, order)
        return build

    def theirs(turn: int) -> Any:
        made = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False, sublinear_tf=True)
        return made.fit_transform([one.main for one in parts[turn]])

    engines = {"ours": ours((0,)), "jieba + TfidfVectorizer": theirs, "ours, all three views": ours((0, 1, 2))}
    for build in engines.values():
        build(0)
    seconds = interleaved(engines, TURNS, 1)
    three = float(np.median(seconds.pop("ours, all three views")))
    report.compared(f"index from {EACH:,} texts, words, complete with postings,", seconds,
                    {"jieba + TfidfVectorizer": TARGET})
    theirs_median = float(np.median(seconds["jieba + TfidfVectorizer"]))
    report.row(f"the same with words, pairs and characters (ours) vs words (jieba), {EACH:,} texts", f"{three:.3f} s",
               f"{theirs_median:.3f} s", f"{theirs_median / three:.1f}×", "", None)
    _cutting_alone(parts, report)


def _cutting_alone(parts: list[list[Document]], report: Report) -> None:
    try:
        import rjieba
    except ImportError:
        report.note("rjieba is not installed: cutting alone is not compared with it")
        return
    report.compared(f"cutting {EACH:,} texts, words counted by key (ours) vs lists of words,", interleaved({
        "ours": lambda turn: rows_of(parts[turn], views=(0,)),
        "rjieba": lambda turn: [rjieba.cut(one.main) for one in parts[turn]]}, TURNS, 1), {})


def _freshness(texts: list[str], chance: random.Random, base: int, report: Report) -> None:
    """A text put in, cut and all, and the question that finds it, on a library of three views.

    The target's prototype had one view of 80 terms a document (`lexical`); this is what the product does. Texts of
    sentences drawn at random have no subject, so that bounds leave out less than they do among real ones.
    """
    start = time.perf_counter()
    index = Index.build(_documents(texts, base, chance, "b"))
    report.note(f"{base:,} texts in three views: read and built in {time.perf_counter() - start:.1f} s (one thread)")
    for one in _documents(texts, FRESH, chance, "f"):
        index.put(one)
    new, puts, tops = _documents(texts, ASKED, chance, "f"), [], []
    for one in new:
        start = time.perf_counter()
        index.put(one)
        between = time.perf_counter()
        found = index.top(one, 20)
        puts.append(between - start)
        tops.append(time.perf_counter() - between)
        if one.id not in [hit for hit, value in found if value == found[0][1]] and index.similarity(one, one) > \
                found[0][1] + 1e-9:
            report.faults.append(f"a document put in is not the first answer to its own text: {one.id}")
    both = float(np.median(np.array(puts) + np.array(tops))) * 1e3
    report.row(f"a document put in and found, {FRESH:,} fresh ones, {base:,} texts, three views", f"{both:.3f} ms",
               f"put {np.median(puts) * 1e3:.3f}, question {np.median(tops) * 1e3:.3f} ms", f"{both:.3f} ms",
               "", None)
