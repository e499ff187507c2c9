"""What every encoder does with its texts and its answer, whatever model is behind it."""

import os
import threading
from collections.abc import Callable, Sequence

import numpy as np

MOST_CHARACTERS = 4_000  # the end of a longer text says what its beginning said; nobody waits for a novel

Run = Callable[[Sequence[str]], np.ndarray]


class EncoderUnavailable(RuntimeError):
    """A model cannot be had. The message is a Chinese sentence for the operator and names the cure."""


class EncoderFailed(RuntimeError):
    """A model that was loaded gave no usable vector for a text. The message is a Chinese sentence."""


class Turn:
    """One caller at a time. In a forked process it is free again: the thread that held it does not live there.

    Made once a module, never an instance: what is registered with a fork stays registered.
    """

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def legible(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text as a model can take it: at most `most` characters, no NUL (C strings end there), no half of a
    surrogate pair (not UTF-8), no white space around; "" when nothing of it can be seen."""
    text = text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()[:most]
    return text if any(char.isprintable() and not char.isspace() for char in text) else ""


class TextEncoder:
    """A model in one role: `run` answers (n, dimensions) for n texts that are neither blank nor too long.

    `name` tells model, version and whatever else decides the vectors (the length is added): they are kept by it.
    """

    def __init__(self, name: str, dimensions: int, run: Run, most: int = MOST_CHARACTERS) -> None:
        self.name, self.dimensions = f"{name}-{most}", dimensions
        self._run, self._most = run, most

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, dimensions) float32: unit rows, and a row of zeros for a text without meaning (blank, or without any
        token the model knows); no cosine may be read off such a row.

        Raises EncoderFailed when the model answers another shape or something that is no number.
        """
        if isinstance(texts, str):
            raise TypeError("texts is a sequence of texts, not one text")
        read = [legible(text, self._most) for text in texts]
        filled = [number for number, text in enumerate(read) if text]
        rows = np.zeros((len(read), self.dimensions), np.float32)
        if filled:
            made = np.asarray(self._run([read[number] for number in filled]), dtype=np.float32)
            if made.shape != (len(filled), self.dimensions):
                raise EncoderFailed(f"语义模型 {self.name} 给出的向量形状是 {made.shape}，"
                                    f"应是 {(len(filled), self.dimensions)}：请检查模型文件")
            lengths = np.linalg.norm(made.astype(np.float64), axis=1, keepdims=True)
            if not np.isfinite(lengths).all():
                raise EncoderFailed(f"语义模型 {self.name} 给出的向量里有不是数的值：请检查模型文件")
            rows[filled] = made / np.where(lengths > 0, lengths, 1)
        return rows


def probed(name: str, run: Run) -> int:
    """The dimensions of a model, learnt by encoding one sentence. Raises EncoderUnavailable when it cannot do it."""
    try:
        made = np.asarray(run(["村里的独居老人中午吃饭没人管"]))
    except EncoderUnavailable:
        raise
    except Exception as error:
        raise EncoderUnavailable(f"语义模型 {name} 试算一句话时出错（{error}）：请检查模型文件，"
                                 "或把语义模型设为 off") from error
    if made.ndim != 2 or made.shape[0] != 1 or made.shape[1] < 2:
        raise EncoderUnavailable(f"语义模型 {name} 对一句话给出的结果形状是 {made.shape}，应是 (1, 维数)："
                                 "请换成句向量模型")
    if not np.isfinite(made).all() or not made.any():
        raise EncoderUnavailable(f"语义模型 {name} 对一句话给出的向量全是零或不是数：请重新导出模型")
    return int(made.shape[1])
