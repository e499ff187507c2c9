"""From a lexical similarity and cosines of meaning to one figure, and from that to a probability. Pure.

Each source is counted in units of its own spread between arbitrary needs and offerings (so that E5, whose cosines all
lie between .8 and .92, weighs no less than others), times its weight; the sum is the value that ranks. It is linear,
so what a source adds is what it moved. The weights are the ones that five-fold cross-validation over the needs of
../shared/bench/dev picks (`benchmarks/calibration.py`); nothing else was fitted for the order.

The probability is a logistic regression of the grades there on the value: how likely an assessor would say that the
offering answers the need in substance (grade 2 or 3). Its slope and middle were fitted with no source of meaning, with
each alone and with both, and all four lie on SLOPE / (1 + DAMPING * W) and MIDDLE + SHIFT * W, where W is the sum of
the weights of meaning; so the same curve serves whatever encoders are there.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matchplatform.matching.encoders import Meaning

LEXICAL_MEAN, LEXICAL_DEVIATION = 0.046, 0.0266   # of arbitrary pairs on dev; the unit of the value
SLOPE, DAMPING = 1.45, 0.38
MIDDLE, SHIFT = 5.56, 3.11
WORDS = "words"                                   # the lexical source among the shares


@dataclass(frozen=True)
class TextMatch:
    """How two texts match: the value that ranks, the probability that one answers the other, the lexical similarity,
    and each source's share of what lifts the pair above an arbitrary one (adding up to 1, or all 0)."""

    value: float
    probability: float
    lexical: float
    shares: Mapping[str, float]


class Combination:
    """The sources in use; `meanings` must have mean and deviation."""

    def __init__(self, meanings: Sequence[Meaning] = ()) -> None:
        """Raises ValueError for a meaning whose figures are not numbers."""
        self.meanings = tuple(meanings)
        for one in self.meanings:
            figures = (one.weight, one.mean, one.deviation)
            if any(x is None or not math.isfinite(x) for x in figures) or one.weight < 0 or not one.deviation:
                raise ValueError(f"{one.name}: weight, mean and deviation must be numbers, not {figures}")
        total = sum(one.weight for one in self.meanings)
        self.slope, self.middle = SLOPE / (1 + DAMPING * total), MIDDLE + SHIFT * total

    def contributions(self, lexical: np.ndarray, cosines: Mapping[str, np.ndarray]) -> np.ndarray:
        """What each source adds: (1 + meanings, n), the lexical one first."""
        rows = [(np.asarray(lexical) - LEXICAL_MEAN) / LEXICAL_DEVIATION]
        for one in self.meanings:
            mean, deviation = float(one.mean or 0.0), float(one.deviation or 1.0)  # numbers, see __init__
            cosine = np.asarray(cosines[one.name], np.float64).round(6)  # as sure as float16 vectors are
            # A text without meaning (a zero vector) counts as an arbitrary one.
            rows.append(np.where(cosine == 0.0, 0.0, one.weight * (cosine - mean) / deviation))
        return np.stack(rows)

    def values(self, lexical: np.ndarray, cosines: Mapping[str, np.ndarray]) -> np.ndarray:
        """The value that ranks, for each pair; rounded so that equal pairs stay equal."""
        return self.contributions(lexical, cosines).sum(axis=0).round(9)

    def probability(self, value: float) -> float:
        """How likely a pair of this value is an answer in substance."""
        at = self.slope * (value - self.middle)
        return 1 / (1 + math.exp(-at)) if at > -700 else 0.0

    def text_matches(self, lexical: np.ndarray, cosines: Mapping[str, np.ndarray]) -> list[TextMatch]:
        """Pairs with the shares of their sources; all at once, since a page asks for a thousand."""
        lexical = np.asarray(lexical, np.float64)
        parts = self.contributions(lexical, cosines)
        values = parts.sum(axis=0).round(9).tolist()
        lifts = np.maximum(0.0, parts)
        total = lifts.sum(axis=0)
        shares = (lifts / np.where(total > 0, total, 1.0)).T.tolist()
        names = [WORDS, *(one.name for one in self.meanings)]
        return [TextMatch(value, self.probability(value), similarity, dict(zip(names, row, strict=True)))
                for value, similarity, row in zip(values, lexical.tolist(), shares, strict=True)]

    def text_match(self, lexical: float, cosines: Mapping[str, float]) -> TextMatch:
        """`text_matches` of one pair."""
        return self.text_matches(np.array([lexical]), {name: np.array([one]) for name, one in cosines.items()})[0]
