"""Python functions compiled to machine code, kept on disk where that is possible. Pure.

numba judges kept code stale by the time stamp of the one file that a function stands in, but functions here call those
of other files and hold their constants. So the kept code lies in a folder named after all the sources together: a
change in any of them starts anew. Nothing is compiled before its first call. The lock of the interpreter is released
while they run.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, cast

import numba
from numba import njit

F = TypeVar("F", bound=Callable[..., object])

HERE = Path(__file__).resolve().parent


def fingerprint() -> str:
    """A name for the present state of every source that holds compiled functions or their constants."""
    sources = sorted([*HERE.glob("*kernels.py"), *HERE.glob("engine/*.py"), Path(__file__)])
    return sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]


if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(HERE / "__pycache__" / f"compiled-{fingerprint()}")  # type: ignore[attr-defined]


def compiled(function: F) -> F:
    """The function, compiled at its first call; only in memory when no folder may be written."""
    try:
        return cast(F, njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba found no folder
        return cast(F, njit(nogil=True)(function))
