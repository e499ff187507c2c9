"""Chinese text cut exactly as jieba 0.42.1 cuts it, in machine code; words as strings or as 64-bit keys. Pure.

The algorithm is jieba's: runs of ideographs, letters and digits are cut along the likeliest path through its
dictionary, what the dictionary does not know by its hidden Markov model, everything else character by character.
Same floating-point sums in the same order, same ties; jieba itself is the reference that the tests compare with.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matchplatform.matching import cutter_kernels, dictionary, row_kernels
from matchplatform.matching.dictionary import code_points
from matchplatform.matching.folding import LONGEST, NEEDS_PLAIN, fold_table, plain
from matchplatform.matching.row_kernels import BIGRAMS, CHARACTERS, WORDS

__all__ = ["BIGRAMS", "CHARACTERS", "WORDS", "Cutter", "Rows", "cutter", "warm"]

_BATCH = 1 << 16  # characters that are worked on at once: some 2 MB of arrays, about what a core keeps near
_MASK = (1 << 64) - 1


class Rows(NamedTuple):
    """Texts as sparse rows; row i is keys[starts[i]:starts[i + 1]] with its counts.

    keys: uint64[n], ascending and different within a row; counts: float32[n]; starts: int64[rows + 1]. With several
    views a text has a row for each, in the order asked: row `text * len(views) + place of the view`, and
    starts[::len(views)] are the edges of whole texts.
    """

    keys: NDArray[np.uint64]
    counts: NDArray[np.float32]
    starts: NDArray[np.int64]


class Cutter:
    """jieba's dictionary and model, and extra words in lower case. Immutable: threads may share it."""

    def __init__(self, extra_words: Iterable[str] = ()) -> None:
        """Raises BrokenDictionary when jieba's data are damaged or missing."""
        self._tables = dictionary.load(extra_words)
        self._fold = fold_table()
        self._stops: dict[frozenset[str], tuple[NDArray[np.uint64], int]] = {}

    def cut(self, text: str) -> list[str]:
        """The words of the text, end to end: joined they are the text."""
        return self._words(text, False)

    def cut_for_search(self, text: str) -> list[str]:
        """The words, each after those parts of two, then of three characters that are words themselves."""
        return self._words(text, True)

    def _words(self, text: str, search: bool) -> list[str]:
        points = code_points(text)
        ends, _, pairs = self._cut(points, np.array([0, len(points)], dtype=np.int64))
        return [text[start:end] for start, end in row_kernels.spans_of(ends, pairs, search).tolist()]

    def _cut(self, points: NDArray[np.uint32], starts: NDArray[np.int64]) -> tuple[
            NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
        """See cutter_kernels.cut_texts."""
        ends, pairs = np.empty(len(points), dtype=np.int32), np.empty(len(points), dtype=np.int32)
        word_starts = np.empty(len(starts), dtype=np.int64)
        cutter_kernels.cut_texts(self._tables, points, starts, ends, word_starts, pairs)
        return ends[:word_starts[-1]], word_starts, pairs

    def rows(self, texts: Sequence[str], stops: frozenset[str] = frozenset(),
             views: Sequence[int] = (WORDS,)) -> Rows:
        """Texts as counted keys: `plain` spelling, `key` of every token, none made into a string.

        WORDS: what cut_for_search gives, but for stop words and what holds neither a Chinese character nor a-z;
        BIGRAMS: every two neighbouring Chinese characters; CHARACTERS: every Chinese character.
        Memory beside the result is bounded whatever the number of texts. Raises ValueError for another view.
        """
        if not set(views) <= {WORDS, BIGRAMS, CHARACTERS} or not views:
            raise ValueError(f"views are 0, 1 and 2, not {tuple(views)}")
        table, longest = self._stop_table(stops)
        wanted = np.array(views, dtype=np.int64)
        keys, counts, starts, used = [], [], [np.zeros(1, dtype=np.int64)], 0
        for batch in _batches(texts):
            points, edges = self._folded(batch)
            if WORDS in views:
                ends, word_starts, pairs = self._cut(points, edges)
            else:
                ends, word_starts, pairs = np.empty(0, np.int32), np.zeros_like(edges), np.empty(0, np.int32)
            found, how_often, rows = row_kernels.rows_of(points, edges, ends, word_starts, pairs, table, longest,
                                                         wanted)
            keys.append(found.copy())  # the arrays they come from have room for the worst case
            counts.append(how_often.copy())
            starts.append(rows[1:] + used)
            used += len(found)
        return Rows(np.concatenate(keys) if keys else np.empty(0, np.uint64),
                    np.concatenate(counts) if counts else np.empty(0, np.float32), np.concatenate(starts))

    def _folded(self, texts: list[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """The texts in plain spelling, end to end, and their edges."""
        points, starts = _laid(texts)
        sizes = np.empty(len(texts), dtype=np.int64)
        single, edges, many = self._fold
        row_kernels.folded_sizes(points, starts, single, edges, sizes)
        hard = sizes == NEEDS_PLAIN
        if hard.any():
            texts = [plain(text) if alone else text for text, alone in zip(texts, hard.tolist(), strict=True)]
            points, starts = _laid(texts)
            sizes = np.where(hard, np.diff(starts), sizes)
        folded = row_kernels.fold(points, starts, hard, single, edges, many, int(sizes.sum()))
        folded.flags.writeable = False  # as arrays from strings are: one compiled version of each kernel
        np.cumsum(sizes, out=starts[1:])
        return folded, starts

    def _stop_table(self, stops: frozenset[str]) -> tuple[NDArray[np.uint64], int]:
        """The stop words as a table of keys, and the characters of the longest; the last few sets are kept."""
        kept = self._stops.get(stops)
        if kept is None:
            keys = np.array([self.key(word) for word in stops], dtype=np.uint64)
            size = 1 << max(6, (4 * len(keys)).bit_length())
            kept = row_kernels.stop_table(keys, size), max(map(len, stops), default=0)
            self._stops = {**dict(list(self._stops.items())[-3:]), stops: kept}
        return kept

    @staticmethod
    def key(token: str, view: int = WORDS) -> int:
        """The token's 64-bit key; each view has keys of its own.

        FNV-1a over code points (not bytes) with 0x9E3779B97F4A7C15 times the view in its basis; at last the high half
        is folded into the low one, which tables are indexed by.
        """
        found = 0xCBF29CE484222325 ^ (view * 0x9E3779B97F4A7C15 & _MASK)
        for character in token:
            found = (found ^ ord(character)) * 0x100000001B3 & _MASK
        return found ^ found >> 32


def _laid(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Code points of the texts end to end, and their edges int64[texts + 1]."""
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=starts[1:])
    return code_points("".join(texts)), starts


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts, over-long ones cut off, in lists of some _BATCH characters."""
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text[:LONGEST])
        size += len(batch[-1]) + 16  # the sixteen bound the number of empty texts
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


_lock = threading.Lock()
_cutter: Cutter | None = None


def cutter() -> Cutter:
    """The process's one cutter, with the product's words; made at the first call (some .2 s)."""
    global _cutter
    if _cutter is None:
        with _lock:
            if _cutter is None:
                _cutter = Cutter(word for name in ("selected.txt", "domain.txt") for word in dictionary.lexicon(name))
    return _cutter


def warm() -> None:
    """Compile everything (seconds the first time after installation; later it is read from disk) and load."""
    made = cutter()
    made.cut_for_search("老年食堂abc")
    made.rows(["老年食堂abc"], frozenset({"的"}), (WORDS, BIGRAMS, CHARACTERS))
