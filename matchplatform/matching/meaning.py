"""Which encoders are at work in this application, and the vectors of texts that they gave.

Encoding takes milliseconds to a tenth of a second a text, so vectors are kept on disk beside the index (`vectors.py`)
and a request encodes only a few itself. Where more are missing, rankings go by words alone, and say so, until a
building in the background (or `flask match index`) has caught up.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from flask import current_app, g, has_request_context

from matchplatform.matching.combination import Combination
from matchplatform.matching.document import Document
from matchplatform.matching.encoders import EncoderUnavailable, Meaning, load
from matchplatform.matching.vectors import Encoder, VectorCache, digest_of, vectors_of

MOST_A_REQUEST = 24   # texts that one request encodes
AGAIN = 600.0         # seconds after a failure of an encoder before it is tried again in the background
NEEDS, OFFERINGS = "needs", "offerings"

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_caches: dict[str, VectorCache] = {}
_models: dict[str, tuple[tuple[Meaning, ...], float]] = {}   # setting -> models, and when they were looked for
_failed_at = float("-inf")


@dataclass(frozen=True)
class State:
    """Is meaning compared, and if not, why: off by setting, unavailable (what is missing), or not ready yet."""

    on: bool
    reason: str = ""


def _loaded(setting: str) -> tuple[Meaning, ...]:
    """The models of a setting, loaded once; where they cannot be had none, and another try after a while."""
    with _lock:
        held = _models.get(setting)
        if held is not None and (held[0] or setting == "off" or time.monotonic() - held[1] < AGAIN):
            return held[0]
        try:
            models = load(setting)
        except EncoderUnavailable as error:
            _log.warning("rankings go by words alone: %s", error)
            models = ()
        _models[setting] = models, time.monotonic()
        return models


def meanings() -> tuple[Meaning, ...]:
    """The encoders in use, none where the setting is off or they cannot be had."""
    return _loaded(current_app.config["MATCH_ENCODER"])


def combination() -> Combination:
    """How this application combines words and meaning. Raises ValueError for a model that is still to be measured."""
    return _combination(meanings())


@lru_cache(maxsize=8)
def _combination(models: tuple[Meaning, ...]) -> Combination:
    return Combination(models)


def recipe(models: Sequence[Meaning]) -> str:
    """What vectors of these models depend on."""
    return "+".join(f"{one.needs.name}|{one.offerings.name}" for one in models) or "words"


def state(compared: bool) -> State:
    """What a page says about a ranking in which meaning was, or was not, compared."""
    if compared:
        return State(True)
    if current_app.config["MATCH_ENCODER"] == "off":
        return State(False, "没有启用意思比对，按字词排序。")
    if not meanings():
        return State(False, "意思比对暂时不可用，按字词排序。")
    return State(False, "意思比对正在准备，先按字词排序，过几分钟再来看会更准。")


def _cache() -> VectorCache:
    """The vectors on disk; databases may share them, since they are found by the digest of a text only."""
    folder = current_app.config["MATCH_INDEX_FOLDER"]
    with _lock:
        if folder not in _caches:
            _caches[folder] = VectorCache(Path(folder) / "vectors.sqlite3" if folder else None)
        return _caches[folder]


def text_of(document: Document) -> str:
    """What an encoder reads of a document; category and place stay out, they are compared as facts."""
    return f"{document.title}。{document.body}" if document.title else document.body


def _role(meaning: Meaning, side: str) -> Encoder:
    return meaning.needs if side == NEEDS else meaning.offerings


def _within_reach(texts: Sequence[str], encoder: Encoder) -> bool:
    """May these texts be encoded now? Outside of requests always; inside as long as few are missing."""
    if not has_request_context():
        return True
    held = _cache().get(encoder.name, [digest_of(text) for text in texts])
    missing = len({digest_of(text) for text in texts} - set(held))
    spent: int = g.get("texts_encoded", 0)
    if spent + missing > MOST_A_REQUEST:
        return False
    g.texts_encoded = spent + missing
    return True


def vectors(documents: Sequence[Document], side: str) -> Mapping[str, np.ndarray] | None:
    """For each encoder the documents' unit vectors (n, d), as texts of that side; a blank text's are zeros.

    None when they cannot be had now: encoders off, failed, or too many texts for a request.
    """
    global _failed_at
    if not meanings():
        return None
    texts = [text_of(one) for one in documents]
    found = {}
    for meaning in meanings():
        encoder = _role(meaning, side)
        if not _within_reach(texts, encoder):
            return None
        made = vectors_of(texts, encoder, _cache())
        if made.error:
            _failed_at = time.monotonic()
            return None
        found[meaning.name] = made.rows
    return found


def failed_lately() -> bool:
    """Did an encoder fail a short while ago?"""
    return time.monotonic() - _failed_at < AGAIN


def rows_of_one(document: Document, side: str) -> Mapping[str, np.ndarray] | None:
    """`vectors` of one document that goes into a library: a blank text's are zeros."""
    found = vectors([document], side)
    return None if found is None else {name: rows[0] for name, rows in found.items()}


def of_one(document: Document, side: str) -> Mapping[str, np.ndarray] | None:
    """`vectors` of one document; None, too, when its text is blank."""
    if not text_of(document).strip("。 \n"):
        return None
    return rows_of_one(document, side)
