"""The index over one library's texts, with the questions that pages ask beside a ranking. Pure.

A document is seen as words, as pairs of characters and as single characters (`engine`). Words carry the meaning that
people read in the reasons; characters find 茶叶 behind 采茶工 where no word is shared. nDCG@10 on ../shared/bench/dev:
words alone .81, words and pairs .83, all three .90; on the public collections beside it, too, the three together beat
words alone, pairs alone and both (benchmarks/quality.py). A boost of the title gained nothing, so title and body weigh
the same.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from matchplatform.matching import text
from matchplatform.matching.document import Document
from matchplatform.matching.engine.search import Hit, Index
from matchplatform.matching.lexicon import SIGN

__all__ = ["Document", "Hit", "TextIndex"]

COVERED = 1 / 3      # share of what was typed in the search box that a hit must hold, by weight of the words
COMPARED = 500     # documents that a search compares with what was typed; the others are ordered more simply
VIEWS = (text.words, text.bigrams, text.characters)


class _Holding(NamedTuple):
    """What was typed, the view by which it is looked for, the weight of its tokens; and the places of the documents
    that hold enough of them, with the weight of what each holds."""

    words: str
    view: int
    wanted: float
    places: np.ndarray
    held: np.ndarray


@lru_cache(maxsize=text.KEPT)
def _words_of(title: str, body: str, category: str) -> tuple[str, ...]:
    """The different words of a text, in its order."""
    return tuple(dict.fromkeys(word for part in (title, body, category) for word in text.words(part)))


class TextIndex(Index):
    """A library's texts, ready to be asked, term by term too."""

    def word_weights(self, document: Document, words: object = None) -> dict[str, float]:
        """The document's words with their weights (its unit row among the words), in the text's order; places aside."""
        told = list(_words_of(document.title, document.body, document.category))
        if self.lexicon:
            told = [word for word in told if not self.lexicon.is_stop(word)]
            told += dict.fromkeys(token for part in (document.title, document.body, document.category)
                                  for token in self.lexicon.extra_tokens(part))
        return super().word_weights(document, told)

    def search(self, words: str, k: int) -> list[Hit]:
        """The documents that speak of what was typed in a search box, the best first, ties by id.

        A short question has too few characters for their view to mean anything (老年食堂 would find 老年大学 and
        粮食), so a hit must hold a third of what was typed, by the weight of its words; a word that the library does
        not know weighs as much as its rarest one, and a long word counts by its parts. Pairs of characters only help
        to order. What has no word in it (a stop word) and a single character is looked for by its characters.
        """
        found = self._holding(words)
        names, scores = self.names_at(found.places), self._scores(found, np.arange(len(found.places)))
        order = np.lexsort((names, -scores))[:max(0, k)].tolist()
        return [(names[i].decode("utf-8", "surrogatepass"), float(scores[i])) for i in order]

    def search_numbers(self, words: str, compared: int = COMPARED) -> np.ndarray:
        """`search` without an end where every id is a number: these numbers, int64.

        What a library of 100,000 says of a common word is more than can be compared with the question in a moment.
        So many are, those first that hold the most of it, the newest of equals; the others follow in that order.
        With 0 they come in no order.
        """
        found = self._holding(words)
        numbers = self.numbers_at(found.places)
        if not compared:
            return numbers
        order = np.lexsort((-numbers, -found.held))
        first = order[:compared]
        return numbers[np.concatenate([first[np.lexsort((numbers[first], -self._scores(found, first)))],
                                       order[compared:]])]

    def _holding(self, words: str) -> "_Holding":
        """The documents that hold enough of what was typed."""
        tokens = [self._tokens(words, view) for view in range(len(VIEWS))]
        single = len(text.characters(words)) == 1
        view = next((view for view in range(2 if single else 0, len(VIEWS)) if tokens[view]), None)
        if not self.size or view is None:
            return _Holding(words, 0, 1.0, np.zeros(0, np.int64), np.zeros(0))
        weights, wanted = {}, 0.0
        for token in tokens[view]:
            if token[0] != SIGN and any(other != token and other in token for other in tokens[view]):
                continue
            idf = self.idf(token, view)
            wanted += self.rarest if idf is None else idf
            if idf is not None:
                weights[token] = idf
        return _Holding(words, view, wanted, *self.holders(weights, view, COVERED * wanted))

    def _scores(self, found: "_Holding", chosen: np.ndarray) -> np.ndarray:
        """What some of these documents score; only they are compared with the question, however large the library."""
        asked, places = Document(id="", title=found.words), found.places[chosen]
        total = sum(self.view_similarities_at(asked, one, places) for one in {found.view, 1})
        return ((total + 1e-6) * found.held[chosen] / found.wanted).round(12)

    def _tokens(self, words: str, view: int) -> list[str]:
        """The different tokens of what was typed in a view, as staff's lists have them."""
        tokens = dict.fromkeys(VIEWS[view](words))
        if view or not self.lexicon:
            return list(tokens)
        return [one for one in tokens if not self.lexicon.is_stop(one)] + list(
            dict.fromkeys(self.lexicon.extra_tokens(words)))
