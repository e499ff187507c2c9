"""What a library holds that means what was typed in a search box without saying it: 老人没饭吃 finds 老年食堂."""

import re

import numpy as np

from matchplatform.matching import corpus, meaning
from matchplatform.matching.document import Document
from matchplatform.matching.index import TextIndex
from matchplatform.matching.ranking import EXHAUSTIVE

MOST = 8         # they follow what holds the words, and are a help, not a list of their own
OUTSTANDING = 2.2  # standard deviations above the library's mean likeness, averaged over the encoders
SAMPLED = 2_000  # documents of a large library by which its mean likeness is estimated
_CODE = re.compile(r"[A-Za-z]{2}[\dA-Za-z-]+")


def meant_needs(words: str, but: set[int]) -> list[int]:
    """Ids of needs, the most alike first; `but` were found by their words. Empty where meaning cannot be compared."""
    return _meant(corpus.needs().index, words, meaning.OFFERINGS, but)  # a question to needs stands on the other side


def meant_offerings(words: str, but: set[int]) -> list[int]:
    """Ids of offerings, as `meant_needs`."""
    return _meant(corpus.offerings().index, words, meaning.NEEDS, but)


def _meant(index: TextIndex, words: str, side: str, but: set[int]) -> list[int]:
    words = words.strip()
    if len(words) < 2 or _CODE.fullmatch(words) or not index.size:
        return []
    asked = meaning.of_one(Document(id="0", title="", body=words, category="", place=""), side)
    if not asked or not all(np.any(vector) for vector in asked.values()) or not set(asked) <= set(index.meanings):
        return []
    ids = index.ids
    if index.size > EXHAUSTIVE:
        near = {one for name, vector in asked.items() for one in index.nearest(name, vector, 4 * MOST)}
        every = index.size // SAMPLED
        candidates, sample = sorted(near), ids[::every]
        likeness = {name: index.cosines_of(name, vector, candidates) for name, vector in asked.items()}
        usual = {name: index.cosines_of(name, vector, sample) for name, vector in asked.items()}
    else:
        candidates = ids
        likeness = usual = {name: index.cosines(name, vector) for name, vector in asked.items()}
    standing = np.mean([_standing(likeness[name], usual[name]) for name in asked], axis=0)
    order = np.argsort(-standing, kind="stable")
    found = [int(candidates[i]) for i in order[:MOST + len(but)] if standing[i] >= OUTSTANDING]
    return [one for one in found if one not in but][:MOST]


def _standing(values: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """How far above the usual, in standard deviations; nothing stands out where all are alike."""
    spread = float(usual.std())
    return (values - usual.mean()) / spread if spread > 1e-6 else np.zeros(len(values))
