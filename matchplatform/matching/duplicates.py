"""Is a need that is being written the same purpose as an earlier one of its county? Pure.

Texts are compared as words, pairs of characters and single characters, each by the cosine of sublinear counts times
idf, the three in the index's shares; unlike there, a term that no other need holds counts too, as news. Place names
and category stay out: whether two needs lie in one county is asked first, and officers file the same purpose under
different categories. Meaning vectors (two sentence encoders) added nothing on benchmarks/duplicates.jsonl, so there
are none. SAME is the threshold that five-fold cross-validation there settles on (benchmarks/duplicates.py).
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matchplatform.matching import text
from matchplatform.matching.engine.rows import SHARES
from matchplatform.matching.lexicon import NOTHING, Lexicon

_CUTS: tuple[tuple[str, Callable[[str], Sequence[str]]], ...] = (
    ("words", text.words), ("bigrams", text.bigrams), ("characters", text.characters))
VIEWS = tuple((name, cut, float(share)) for (name, cut), share in zip(_CUTS, SHARES, strict=True))
KEPT = 2_000       # rows that are kept: the needs of a county are compared at every pause of whoever writes there
SAME = 0.21       # from here on it is probably the same purpose
NEAR = 0.14        # from here on worth a look
FEWEST = 4         # Chinese characters below which nothing can be said


@dataclass(frozen=True)
class Purpose:
    """What a need wants and where; `township` is "" when it is the whole county's or not known."""

    title: str
    body: str
    county: str
    township: str = ""


@dataclass(frozen=True)
class Likeness:
    """How alike two needs are, 0 to 1, and what that means: same, near, or "" (another purpose)."""

    score: float
    verdict: str

    @property
    def is_same(self) -> bool:
        """Probably the same purpose at the same place."""
        return self.verdict == "same"


class Everyday:
    """How common each term is among the needs: idf by view, ln((1 + n) / (1 + df)) + 1. Immutable."""

    def __init__(self, texts: Iterable[tuple[str, str]], lexicon: Lexicon = NOTHING) -> None:
        self.lexicon = lexicon
        known = list(texts)
        self._rarest = math.log(1 + len(known)) + 1
        self._idf = {}
        for name, _, _ in VIEWS:
            seen = Counter(term for title, body in known for term in self._counts(name, title, body))
            self._idf[name] = {term: math.log((1 + len(known)) / (1 + df)) + 1 for term, df in seen.items()}
        self._row = lru_cache(maxsize=KEPT)(self._weighed)

    def _counts(self, view: str, title: str, body: str) -> Counter[str]:
        cut = next(cut for name, cut, _ in VIEWS if name == view)
        counts = Counter([*cut(title), *cut(body)])
        if view == "words" and self.lexicon:
            counts = Counter({term: n for term, n in counts.items() if not self.lexicon.is_stop(term)})
            counts.update([*self.lexicon.extra_tokens(title), *self.lexicon.extra_tokens(body)])
        return counts

    def _weighed(self, view: str, one: Purpose) -> Mapping[str, float]:
        idf = self._idf[view]
        weights = {term: (1 + math.log(n)) * idf.get(term, self._rarest)
                   for term, n in self._counts(view, one.title, one.body).items()}
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        return {term: weight / length for term, weight in weights.items()}

    def similarities(self, one: Purpose, others: Sequence[Purpose]) -> list[float]:
        """The likeness of a text to each of the others, 0 to 1; places are not looked at."""
        totals = [0.0] * len(others)
        for view, _, share in VIEWS:
            row = self._row(view, one)
            for number, other in enumerate(others):
                theirs = self._row(view, other)
                totals[number] += share * math.fsum(weight * theirs.get(term, 0.0) for term, weight in row.items())
        return [min(1.0, max(0.0, round(total, 12))) for total in totals]


def verdict_of(similarity: float, one: Purpose, other: Purpose) -> Likeness:
    """What a similarity means for two needs: another county's is never the same, another township's at most near."""
    if one.county != other.county or similarity < NEAR:
        return Likeness(similarity, "")
    elsewhere = bool(one.township and other.township and one.township != other.township)
    return Likeness(similarity, "same" if similarity >= SAME and not elsewhere else "near")


def likeness_of_needs(one: Purpose, others: Sequence[Purpose], everyday: Everyday) -> list[Likeness]:
    """How alike a need is to each of the others. A text of less than FEWEST Chinese characters is like nothing."""
    if len(text.characters(one.title)) + len(text.characters(one.body)) < FEWEST:
        return [Likeness(0.0, "") for _ in others]
    return [verdict_of(similarity, one, other)
            for similarity, other in zip(everyday.similarities(one, others), others, strict=True)]
