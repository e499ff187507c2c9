"""Chinese text to words, pairs of characters and characters. Pure; every process keeps what it has cut.

jieba is loaded at the first text, under a lock, from its own dictionary file and without its cache file: the cache
lies in the machine's temporary folder, where another user's file or one half written would be believed. The
dictionary takes .7 s a process; gunicorn with --preload pays it once.
"""

import re
import threading
import unicodedata
import warnings
from functools import lru_cache
from importlib import resources
from sys import intern
from typing import Any

KEPT = 5_000  # texts whose tokens a process keeps; some 15 kB each, tokens are shared
LONGEST = 20_000  # characters of a text that are looked at; forms allow fewer

_TELLING = re.compile(r"[㐀-鿿a-z]")
_CHINESE_RUN = re.compile(r"[㐀-鿿]+")
_CHINESE = re.compile(r"[㐀-鿿]")

_lock = threading.Lock()
_cutter: Any = None


def lexicon(name: str) -> tuple[str, ...]:
    """The words of a file in lexicon/: separated by white space, lines that begin with # are notes."""
    content = resources.files(__package__).joinpath("lexicon", name).read_text(encoding="utf-8")
    return tuple(word for line in content.splitlines() if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words that carry no subject."""
    return frozenset(lexicon("stop_words.txt"))


def _tokenizer() -> Any:
    """A jieba tokenizer that holds its own dictionary and nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1 imports pkg_resources and has invalid escapes
        import jieba

    jieba.setLogLevel("ERROR")
    made = jieba.Tokenizer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def dictionary_words() -> frozenset[str]:
    """The words that jieba knows by itself (for building the lexicon)."""
    return frozenset(word for word, count in _tokenizer().FREQ.items() if count)


def _loaded() -> Any:
    global _cutter
    if _cutter is None:
        with _lock:
            if _cutter is None:
                made = _tokenizer()
                for name in ("selected.txt", "domain.txt"):
                    for word in lexicon(name):
                        made.add_word(word.lower())
                _cutter = made
    return _cutter


def plain(text: str) -> str:
    """Full-width forms and upper case made one with the ordinary ones; over-long text cut off."""
    return unicodedata.normalize("NFKC", text[:LONGEST]).lower()


@lru_cache(maxsize=KEPT)
def words(text: str) -> tuple[str, ...]:
    """The words in order, without stop words, digits and punctuation; a long word comes after its parts.

    老年食堂 gives 老年, 食堂, 老年食堂: so it meets both the same word and its parts in other texts.
    """
    cutter, stops = _loaded(), stop_words()
    return tuple(intern(word) for word in cutter.cut_for_search(plain(text))
                 if word not in stops and _TELLING.search(word))


@lru_cache(maxsize=KEPT)
def sequence(text: str) -> tuple[str, ...]:
    """The text cut once from end to end, punctuation and stop words included: what stands beside what."""
    return tuple(map(intern, _loaded().cut(plain(text))))


def bigrams(text: str) -> tuple[str, ...]:
    """Every two neighbouring Chinese characters."""
    return tuple(intern(run[i:i + 2]) for run in _CHINESE_RUN.findall(plain(text)) for i in range(len(run) - 1))


def characters(text: str) -> tuple[str, ...]:
    """Every Chinese character."""
    return tuple(_CHINESE.findall(plain(text)))
