"""One spelling for what is written in two ways: full-width and half-width forms, upper and lower case. Pure.

`plain` is the definition. Normalising costs Python more than the rest of cutting costs machine code, and nearly all
characters of a Chinese text fold alike wherever they stand; `fold_table` holds those, so that the kernels can fold a
batch of texts themselves and hand back only the texts that need `plain`.
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LONGEST = 20_000  # characters of a text that are looked at; forms allow fewer
NEEDS_PLAIN = -1  # in FoldTable.single: this character's spelling depends on its neighbours, or is not tabled

# Scripts whose characters are looked up one by one; every other character sends its text through `plain`.
_TABLED = ((0x0000, 0x0250), (0x2000, 0x2C00), (0x2E80, 0x3130), (0x3190, 0x3400), (0xF900, 0xFB00),
           (0xFE10, 0xFE70), (0xFF00, 0xFFA0), (0xFFE0, 0xFFF0))
_IDEOGRAPHS = (0x3400, 0xA000)  # fold to themselves, all of them (held by a test)
_JAMO = range(0x1100, 0x1200)   # the only first characters here that NFKC would join with the one before


class FoldTable(NamedTuple):
    """`plain` of single characters below U+10000.

    single: int32[65536], the one code point that a character becomes, or NEEDS_PLAIN, or -2 - i: the i-th of `many`;
    edges: int32[n + 1] and many: int32[edges[n]]: characters that become several (… → ...), laid end to end.
    """

    single: NDArray[np.int32]
    edges: NDArray[np.int32]
    many: NDArray[np.int32]


def plain(text: str) -> str:
    """Full-width forms and upper case made one with the ordinary ones; over-long text cut off."""
    return unicodedata.normalize("NFKC", text[:LONGEST]).lower()


def _stands_alone(character: str) -> bool:
    """Whether no neighbour can change what the character folds to (canonical order, composition, final sigma)."""
    parts = unicodedata.normalize("NFKD", character)
    return (not unicodedata.combining(parts[0]) and not any(ord(part) in _JAMO for part in parts)
            and "Σ" not in parts)


@lru_cache(maxsize=1)
def fold_table() -> FoldTable:
    """The table, made from Python's own Unicode data; some 10 ms, once a process."""
    single = np.full(0x10000, NEEDS_PLAIN, dtype=np.int32)
    single[slice(*_IDEOGRAPHS)] = np.arange(*_IDEOGRAPHS, dtype=np.int32)
    edges: list[int] = [0]
    many: list[int] = []
    for first, end in _TABLED:
        for point in range(first, end):
            character = chr(point)
            if not _stands_alone(character):
                continue
            folded = plain(character)
            if len(folded) == 1:
                single[point] = ord(folded)
            else:
                single[point] = -1 - len(edges)
                many.extend(map(ord, folded))
                edges.append(len(many))
    return FoldTable(single, np.array(edges, dtype=np.int32), np.array(many, dtype=np.int32))
