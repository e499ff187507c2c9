"""Documents as sparse rows: for each view of the text the distinct term keys and how often each stands there. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from matchplatform.matching.compiling import compiled
from matchplatform.matching.cutter import Cutter, cutter
from matchplatform.matching.document import Document
from matchplatform.matching.engine.build import MOST, UNITS
from matchplatform.matching.lexicon import NOTHING, Lexicon
from matchplatform.matching.text import stop_words

VIEWS = (0, 1, 2)                          # words, pairs of characters, single characters
SHARES = np.array([0.25, 0.25, 0.5])       # of the similarity
KEPT = 4_000                               # documents whose rows a process keeps: some 10 kB each
PLACE_UNITS = 1                            # a place name counts half as often as a word of the body, and only as a word


class Rows(NamedTuple):
    """Row `document * views + view` is keys[starts[row]:starts[row + 1]], ascending; counts are in halves."""

    keys: np.ndarray
    counts: np.ndarray
    starts: np.ndarray


@compiled
def _merged(views: int, keys: np.ndarray, counts: np.ndarray, starts: np.ndarray, place_keys: np.ndarray,
            place_counts: np.ndarray, place_starts: np.ndarray, extra_keys: np.ndarray, extra_counts: np.ndarray,
            extra_starts: np.ndarray, units: int, place_units: int,
            most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows with the places' words and the extra words added to the first view."""
    total = keys.size + place_keys.size + extra_keys.size
    out_keys, out_counts = np.empty(total, np.uint64), np.empty(total, np.uint8)
    rows = starts.size - 1
    out_starts = np.zeros(rows + 1, np.int64)
    at = 0
    for row in range(rows):
        a, a_end = starts[row], starts[row + 1]
        b = b_end = c = c_end = 0
        if row % views == 0:
            document = row // views
            b, b_end = place_starts[document], place_starts[document + 1]
            c, c_end = extra_starts[document], extra_starts[document + 1]
        while a < a_end or b < b_end or c < c_end:
            key = np.uint64(0xFFFFFFFFFFFFFFFF)
            if a < a_end:
                key = min(key, keys[a])
            if b < b_end:
                key = min(key, place_keys[b])
            if c < c_end:
                key = min(key, extra_keys[c])
            count = 0.0
            if a < a_end and keys[a] == key:
                count += units * counts[a]
                a += 1
            if b < b_end and place_keys[b] == key:
                count += place_units * place_counts[b]
                b += 1
            if c < c_end and extra_keys[c] == key:
                count += units * extra_counts[c]
                c += 1
            out_keys[at] = key
            out_counts[at] = np.uint8(min(float(most), count))
            at += 1
        out_starts[row + 1] = at
    return out_keys[:at].copy(), out_counts[:at].copy(), out_starts


def _extra(documents: Sequence[Document], lexicon: Lexicon) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The canonical tokens of the staff's synonyms in each document, as rows."""
    starts = np.zeros(len(documents) + 1, np.int64)
    if not lexicon.synonyms:
        return np.empty(0, np.uint64), np.empty(0, np.float32), starts
    keys: list[int] = []
    counts: list[int] = []
    for number, one in enumerate(documents):
        found: dict[int, int] = {}
        for part in (one.title, one.body, one.category):
            for token in lexicon.extra_tokens(part):
                key = Cutter.key(token, 0)
                found[key] = found.get(key, 0) + 1
        for key in sorted(found):
            keys.append(key)
            counts.append(found[key])
        starts[number + 1] = len(keys)
    return np.array(keys, np.uint64), np.array(counts, np.float32), starts


@lru_cache(maxsize=8)
def _stops(added: frozenset[str]) -> frozenset[str]:
    """The shipped stop words and staff's: one set, whose hash is worked out once."""
    return stop_words() | added


@lru_cache(maxsize=KEPT)
def rows_of_one(document: Document, lexicon: Lexicon = NOTHING, views: tuple[int, ...] = VIEWS) -> Rows:
    """`rows_of` for one document, kept: a page of reasons asks for the same texts again. Not to be written to."""
    return rows_of([document], lexicon, views)


def rows_of(documents: Sequence[Document], lexicon: Lexicon = NOTHING, views: tuple[int, ...] = VIEWS) -> Rows:
    """Every document's rows, one a view, with staff's word lists."""
    stops = _stops(lexicon.stop_words)
    main = cutter().rows([one.main for one in documents], stops, views)
    placed = any(one.place for one in documents)
    if not placed and not lexicon.synonyms:
        return Rows(main.keys, np.minimum(main.counts * UNITS, MOST).astype(np.uint8), main.starts)
    if placed:
        place = cutter().rows([one.place for one in documents], stops)
    else:
        place = type(main)(np.empty(0, np.uint64), np.empty(0, np.float32), np.zeros(len(documents) + 1, np.int64))
    return Rows(*_merged(len(views), *main, *place, *_extra(documents, lexicon), UNITS, PLACE_UNITS, MOST))
