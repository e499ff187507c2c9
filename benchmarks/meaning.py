"""Candidates by meaning: how complete, how fast, and what they add to a question of words and meaning.

Vectors are synthetic (`synthetic.meanings`), drawn for the same subjects as the documents; the encoder and the texts
that it is given are real. The whole question of words and meaning is: encode the text, the first 200 by words, the
first 200 by meaning, both similarities of all of these, their weighed sum, the first 20.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lexical import TOP, index_of, interleaved, row_of
from benchmarks.report import Report
from benchmarks.synthetic import draw, meanings
from matchplatform.matching.engine.nearest import Nearest

ASKED, CANDIDATES, JUDGED = 200, 200, 100
RECALL, HYBRID = 0.98, 2.0
NEEDS = Path(__file__).resolve().parent.parent / "matchplatform" / "demo" / "needs.jsonl"


def measure(sizes: list[int], report: Report) -> None:
    """Recall from 100,000 vectors on; the whole question at the largest size."""
    for size in sizes:
        if size >= 100_000 or size == max(sizes):
            _size(size, size == max(sizes), report)


def _size(size: int, whole: bool, report: Report) -> None:
    library, queries = draw(size), draw(ASKED, seed=9)
    vectors, asked = meanings(library.subject), meanings(queries.subject, seed=9)
    start, threads = time.perf_counter(), os.cpu_count() or 1
    arrays = Nearest.build(vectors, threads)
    held = sum(one.nbytes for one in arrays.values()) / 1e6
    report.note(f"{size:,} vectors of {vectors.shape[1]}: index of {held:,.0f} MB, built in "
                f"{time.perf_counter() - start:.0f} s with {threads} threads")
    nearest, found, seconds = Nearest(arrays), 0, []
    for low in range(0, ASKED, 50):
        cosines = asked[low:low + 50] @ vectors.T
        for i, row in enumerate(cosines, low):
            exact = np.argpartition(-row, JUDGED)[:JUDGED]
            start = time.perf_counter()
            places, _ = nearest.top(asked[i], JUDGED)
            seconds.append(time.perf_counter() - start)
            found += len(np.intersect1d(places, exact))
    recall = found / (ASKED * JUDGED)
    report.row(f"candidates by meaning, recall@{JUDGED} against exact, {size:,}", f"{recall:.4f}",
               f"{np.median(seconds) * 1e3:.2f} ms a question", f"{recall:.4f}", f"{RECALL}", recall >= RECALL)
    if whole:
        _whole(size, library, queries, nearest, vectors, asked, report)


def _encoder(report: Report) -> tuple[str, Callable[[str], Any]] | None:
    """The quickest of the default encoders."""
    try:
        from matchplatform.matching import encoders
        encoder = encoders.load("default")[0].needs
    except (ImportError, encoders.EncoderUnavailable) as error:
        report.note(f"no encoder: the whole question of words and meaning was not measured ({error})")
        return None
    return encoder.name, lambda text: encoder.encode([text])


def _whole(size: int, library: Any, queries: Any, nearest: Nearest, vectors: np.ndarray, asked: np.ndarray,
           report: Report) -> None:
    made = _encoder(report)
    if made is None:
        return
    name, encode = made
    needs = [json.loads(line)["body"] for line in NEEDS.read_text(encoding="utf-8").splitlines()]
    texts = [needs[i % len(needs)] for i in range(ASKED)]
    index, ids, _ = index_of(library)
    place = {one: i for i, one in enumerate(ids)}
    rows = [row_of(queries, i) for i in range(ASKED)]

    def words(i: int) -> Any:
        return index.top_of(index.weighed(rows[i]), TOP)

    def hybrid(i: int) -> Any:
        encode(texts[i])
        query = index.weighed(rows[i])
        by_words = [place[one] for one, _ in index.top_of(query, CANDIDATES)]
        by_meaning, _ = nearest.top(asked[i], CANDIDATES)
        both = np.union1d(np.array(by_words, np.int64), by_meaning)
        score = index.similarities_of(query, [ids[one] for one in both.tolist()]) + 2.0 * (vectors[both] @ asked[i])
        return [ids[one] for one in both[np.lexsort((both, -score))[:TOP]]]

    seconds = interleaved({"words": words, "encoding": lambda i: encode(texts[i]), "whole": hybrid}, ASKED)
    middle = {what: float(np.median(some)) * 1e3 for what, some in seconds.items()}
    ratio = middle["whole"] / (middle["words"] + middle["encoding"])
    report.row(f"question of words and meaning, {size:,}, vs words alone + one encoding ({name})",
               f"{middle['whole']:.2f} ms", f"{middle['words']:.2f} + {middle['encoding']:.2f} ms", f"{ratio:.2f}×",
               f"≤ {HYBRID:g}×", ratio <= HYBRID)
