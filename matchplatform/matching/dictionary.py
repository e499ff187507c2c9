"""What the cutter knows: jieba's dictionary and model, read from the installed package, and the product's words. Pure.

jieba's files are data here: the package is found, not imported (importing it takes half a second and warns), and
nothing is written beside them or in the machine's temporary folder.
"""

import importlib.util
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchplatform.matching import dictionary_kernels as kernels
from matchplatform.matching.cutter_kernels import Tables
from matchplatform.matching.dictionary_kernels import CHINESE, CHINESE_END

_NEVER = -3.14e100  # jieba's log probability of what its model never saw


class BrokenDictionary(ValueError):
    """jieba's data are not there or are not what version 0.42.1 brings."""


def lexicon(name: str) -> tuple[str, ...]:
    """The words of a file in lexicon/: separated by white space, lines that begin with # are notes."""
    content = resources.files(__package__).joinpath("lexicon", name).read_text(encoding="utf-8")
    return tuple(word for line in content.splitlines() if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=1)
def _folder() -> Path:
    """Where the installed jieba keeps its data."""
    found = importlib.util.find_spec("jieba")
    if found is None or found.origin is None:
        raise BrokenDictionary("jieba is not installed: its dictionary is what texts are cut by")
    return Path(found.origin).parent


def _probabilities(name: str) -> dict[str, Any]:
    """A table of the model: a module of jieba that holds nothing but one dictionary."""
    path = _folder() / "finalseg" / f"prob_{name}.py"
    loader = SourceFileLoader(f"{__name__}.{name}", str(path))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    if spec is None or not path.is_file():
        raise BrokenDictionary(f"{path} is missing")
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    table: dict[str, Any] = module.P
    return table


def dictionary_words() -> frozenset[str]:
    """The words that jieba knows by itself."""
    lines = (line.split(" ") for line in (_folder() / "dict.txt").read_text(encoding="utf-8").splitlines())
    return frozenset(word for word, count, *_ in lines if int(count))


def code_points(text: str) -> NDArray[np.uint32]:
    """uint32[characters], read-only; lone surrogates are characters like others."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _model() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Start, transitions and emissions of the model, states in the order B, E, M, S."""
    start, move, emit = _probabilities("start"), _probabilities("trans"), _probabilities("emit")
    emissions = np.full((CHINESE_END - CHINESE, 4), _NEVER)
    for column, state in enumerate("BEMS"):
        points = np.fromiter(map(ord, emit[state]), dtype=np.int64) - CHINESE
        values = np.fromiter(emit[state].values(), dtype=np.float64)
        inside = (points >= 0) & (points < len(emissions))
        emissions[points[inside], column] = values[inside]
    return (np.array([start[state] for state in "BEMS"]),
            np.array([[move[was].get(state, _NEVER) for state in "BEMS"] for was in "BEMS"]), emissions)


def load(extra_words: Iterable[str] = ()) -> Tables:
    """The tables to cut by: jieba's dictionary, then the extra words in lower case, in order.

    Each extra word gets the count at which jieba 0.42.1 would cut it whole (its `suggest_freq`), which depends on the
    words before it. Raises BrokenDictionary when a file is damaged, ValueError when there are too many words.
    """
    root, slots = np.zeros(kernels.FIRSTS, dtype=np.int32), np.zeros(kernels.SLOTS, dtype=np.uint64)
    kin, counts = np.zeros(kernels.SLOTS, dtype=np.bool_), np.zeros(kernels.SLOTS, dtype=np.int64)
    path = _folder() / "dict.txt"
    used, total, bad = kernels.read_dictionary(np.fromfile(path, dtype=np.uint8), root, slots, kin, counts)
    if bad or not total:
        raise BrokenDictionary(f"{path}: line {bad} is not a word and its count")
    words = [word.lower() for word in extra_words if word]
    starts = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, words), dtype=np.int64, count=len(words)), out=starts[1:])
    points = code_points("".join(words))
    kinds = np.zeros(kernels.FIRSTS, dtype=np.uint8)
    kinds[:len(kernels.ASCII)], kinds[CHINESE:CHINESE_END] = kernels.ASCII, kernels.BLOCK
    used, total = kernels.add_words(points, kinds[points], starts, root, slots, kin, counts, used, total)
    if used >= kernels.MOST_NODES:
        raise ValueError(f"too many extra words: {len(words)}")
    return Tables(root, *kernels.finish(root, slots, kin, counts, kinds, used, total), *_model())
