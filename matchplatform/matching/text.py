"""Chinese text to words, pairs of characters and characters, as strings. Pure; a process keeps what it has cut.

Words are cut as jieba cuts them, by cutter.py, with the product's own words added. Where whole libraries are cut,
`cutter.Cutter.rows` gives the same tokens as keys, some ten times as fast.
"""

import re
from functools import lru_cache
from hashlib import sha256
from sys import intern

from matchplatform.matching import dictionary
from matchplatform.matching.cutter import cutter
from matchplatform.matching.dictionary import lexicon
from matchplatform.matching.folding import plain

KEPT = 5_000  # texts whose tokens a process keeps; some 15 kB each, tokens are shared

_TELLING = re.compile(r"[㐀-鿿a-z]")
_CHINESE_RUN = re.compile(r"[㐀-鿿]+")
_CHINESE = re.compile(r"[㐀-鿿]")


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words that carry no subject."""
    return frozenset(lexicon("stop_words.txt"))


def dictionary_words() -> frozenset[str]:
    """The words that jieba knows by itself (for building the lexicon)."""
    return dictionary.dictionary_words()


@lru_cache(maxsize=KEPT)
def words(text: str) -> tuple[str, ...]:
    """The words in order, without stop words, digits and punctuation; a long word comes after its parts.

    老年食堂 gives 老年, 食堂, 老年食堂: so it meets both the same word and its parts in other texts.
    """
    stops = stop_words()
    return tuple(intern(word) for word in cutter().cut_for_search(plain(text))
                 if word not in stops and _TELLING.search(word))


@lru_cache(maxsize=KEPT)
def sequence(text: str) -> tuple[str, ...]:
    """The text cut once from end to end, punctuation and stop words included: what stands beside what."""
    return tuple(map(intern, cutter().cut(plain(text))))


def bigrams(text: str) -> tuple[str, ...]:
    """Every two neighbouring Chinese characters."""
    return tuple(intern(run[i:i + 2]) for run in _CHINESE_RUN.findall(plain(text)) for i in range(len(run) - 1))


def characters(text: str) -> tuple[str, ...]:
    """Every Chinese character."""
    return tuple(_CHINESE.findall(plain(text)))


@lru_cache(maxsize=1)
def shipped_lists() -> str:
    """A name for the present state of the word lists that decide how texts are cut."""
    lists = ("selected.txt", "domain.txt", "stop_words.txt")
    return sha256(repr([lexicon(name) for name in lists]).encode()).hexdigest()[:12]
