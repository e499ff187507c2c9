"""Photos of progress reports: how they look in 64 bits.

The difference hash (dHash): the picture in 9 × 8 grey fields, a bit for each field that is brighter than the one to its
right. Scaling, saving again and small changes of light turn few of the bits over.
"""

from pathlib import Path

import numpy as np
from PIL import Image

ALIKE = 6  # bits of 64 that may differ
_DULL = 6  # with fewer bits set, or fewer unset, a picture has too little in it to be told from another


def looks_of(path: Path) -> str:
    """The difference hash of a picture file, 16 hex digits. Raises OSError for what is no picture."""
    with Image.open(path) as opened:
        fields = np.asarray(opened.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = (fields[:, :-1] > fields[:, 1:]).flatten()
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def distance(one: str, other: str) -> int:
    """In how many of 64 bits two pictures differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def says_something(looks: str) -> bool:
    """Is there enough in the picture to tell it from another?"""
    return _DULL <= int(looks, 16).bit_count() <= 64 - _DULL


def alike(looks: str, others: list[str]) -> list[int]:
    """Places of those in `others` that look like this one."""
    if not others:
        return []
    bits = np.array([int(one, 16) for one in others], dtype=np.uint64) ^ np.uint64(int(looks, 16))
    differing = np.unpackbits(bits.view(np.uint8).reshape(len(others), 8), axis=1).sum(axis=1)
    return [int(place) for place in np.flatnonzero(differing <= ALIKE)]
