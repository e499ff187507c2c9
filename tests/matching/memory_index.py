"""An index with a fresh part, for tests of the protocol: slow, simple, and frozen in the statistics of its base."""

import json

import numpy as np

from matchplatform.matching.index import Document, TextIndex
from matchplatform.matching.library import Engine


def _arrays(documents, facets):
    assert len(facets) == len(documents)
    said = [[one.id, one.title, one.body, one.category, one.place] for one in documents]
    return {"documents": np.frombuffer(json.dumps(said).encode(), np.uint8)}, {"count": len(documents)}


class MemoryIndex:
    """A base that is a TextIndex over stored documents, and documents put and removed since."""

    def __init__(self, arrays, meta):
        self._base = [Document(*one) for one in json.loads(arrays["documents"].tobytes())]
        assert len(self._base) == meta["count"]
        self._weights = TextIndex.build(self._base)
        self._fresh = {}
        self.puts = 0

    def fork(self):
        made = object.__new__(MemoryIndex)
        made._base, made._weights, made._fresh, made.puts = self._base, self._weights, dict(self._fresh), self.puts
        return made

    def put(self, document, facets):
        self._fresh[document.id] = document
        self.puts += 1

    def remove(self, number):
        self._fresh[number] = None
        self.puts += 1

    @property
    def documents(self):
        held = {one.id: one for one in self._base} | self._fresh
        return [one for one in held.values() if one is not None]

    @property
    def ids(self):
        return [one.id for one in self.documents]

    @property
    def size(self):
        return len(self.documents)

    @property
    def delta_size(self):
        return len(self._fresh)

    def top(self, document, k, allowed=None):
        return ranked(self._weights, document, self.documents)[:k]

    def search(self, words, k):
        return TextIndex.build(self.documents).search(words, k)

    def search_numbers(self, words, compared):
        return TextIndex.build(self.documents).search_numbers(words, compared)

    def likeness(self, one, others):
        return self._weights.likeness(one, others)

    def similarity(self, a, b):
        return self._weights.similarity(a, b)

    def word_weights(self, document):
        return self._weights.word_weights(document)


def ranked(weights, document, documents):
    """Documents by their likeness, by brute force, ties by id."""
    values = weights.likeness(document, documents)
    return sorted(((one.id, value) for one, value in zip(documents, values, strict=True)),
                  key=lambda hit: (-hit[1], hit[0]))


ENGINE = Engine(build=_arrays, index=MemoryIndex, version=1, recipe="memory")
