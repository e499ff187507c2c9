"""From how two texts match and from facts to points: parts that add up to the score, each with its reason. Pure.

The points for the text are TEXT times the probability that the offering answers the need in substance (`combination`,
calibrated against graded pairs), so a figure means the same on every page, whatever the library and whichever encoders
are at work. They are divided among words and meaning by what each adds to the value. Without the text no pair passes
100 - TEXT points: right category and area with another subject stay low.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matchplatform.matching.combination import WORDS, TextMatch

MEANING = "meaning"
MOST_FOR_MEANING = 0.6        # of the points for the text; what is above goes to the words
AREA_SHARES = {"county": 1.0, "city": 0.9, "province": 0.8}
RATING_SHARES = {"5A": 1.0, "4A": 0.85, "3A": 0.7, "2A": 0.35, "1A": 0.15}
LAST_PLACE = 0.75             # of the capacity's points when one place is left
NAMED = 4                     # terms that a reason names
WORDS_LABEL = "对应词句"
FIGURE_OF = {"意思相近": "text", WORDS_LABEL: "text", "帮扶领域": "category", "服务区域": "area", "容量": "capacity",
             "评估等级": "rating"}  # the parts by their labels, and which of the Weights each takes from
LABELS = tuple(FIGURE_OF)


@dataclass(frozen=True)
class Weights:
    """How many of 100 points each part may give; staff may fit them to decisions (`feedback`)."""

    text: float = 62.0
    category: float = 8.0
    area: float = 16.0
    capacity: float = 6.0
    rating: float = 8.0


SHIPPED = Weights()


@dataclass(frozen=True)
class Context:
    """The facts beside the text. `area` is the level at which the served area takes in the county (county, city,
    province, or None), `area_text` says so in words; `rating` is "" or 1A to 5A."""

    same_category: bool
    need_category: str
    offering_category: str
    area: str | None
    area_text: str
    capacity_left: int
    capacity: int
    rating: str
    rating_valid: bool
    eligible: bool


@dataclass(frozen=True)
class Part:
    """A part of the score: what for, how many points of how many, and why in plain words."""

    label: str
    points: int
    full: int
    why: str


@dataclass(frozen=True)
class MatchScore:
    """The total, 0 to 100, is the sum of the parts' points. `text` is the probability behind the text's points,
    `exact` the score before rounding, by which a list is ordered."""

    total: int
    parts: tuple[Part, ...]
    text: float
    exact: float

    @property
    def has_meaning(self) -> bool:
        """Was meaning compared, or words alone?"""
        return self.parts[0].label == LABELS[0]

    @property
    def headline(self) -> str:
        """The one reason that tells most: the shared words where there are any, else what the meaning says."""
        words = next(part for part in self.parts if part.label == WORDS_LABEL)
        return words.why if words.points or not self.has_meaning else self.parts[0].why


class Term(Protocol):
    """What a shared term must tell here. `weight` is its part of the lexical similarity."""

    weight: float

    @property
    def label(self) -> str: ...


def facts(context: Context) -> dict[str, float]:
    """How far each fact is met, 0 to 1."""
    left = max(0, context.capacity_left)
    return {"category": float(context.same_category),
            "area": AREA_SHARES[context.area] if context.area else 0.0,
            "capacity": 0.0 if not left else 1.0 if left > 1 else LAST_PLACE,
            "rating": RATING_SHARES.get(context.rating, 0.0) if context.rating_valid else 0.0}


def _rounded(values: Sequence[float]) -> list[int]:
    """Whole numbers that add up to the rounded sum: the largest remainders are rounded up."""
    whole = [int(value) for value in values]
    missing = round(sum(values)) - sum(whole)
    by_remainder = sorted(range(len(values)), key=lambda i: (whole[i] - values[i], i))
    for i in by_remainder[:missing]:
        whole[i] += 1
    return whole


def _text_points(text: TextMatch, weights: Weights) -> dict[str, tuple[float, float]]:
    """Points and full points of meaning and words; meaning only where an encoder is at work."""
    total = weights.text * text.probability
    if set(text.shares) <= {WORDS}:
        return {WORDS: (total, weights.text)}
    most = MOST_FOR_MEANING * weights.text
    meaning = min(most, total * (1 - text.shares[WORDS]))
    meaning = max(meaning, total - (weights.text - most))
    return {MEANING: (meaning, most), WORDS: (total - meaning, weights.text - most)}


def _meaning_why(text: TextMatch) -> str:
    share = text.probability
    return ("两边说的是同一件事" if share >= 0.75 else "两边说的事很接近" if share >= 0.5
            else "有一部分说的是同样的事" if share >= 0.15 else "说的不是一回事")


def _words_why(text: TextMatch, terms: Sequence[Term], points: float, alone: bool) -> str:
    if not terms:
        said = "没有对得上的关键词句"
    else:
        # Each term's part of the lexical similarity, in points; what no term holds (single characters, the category's
        # name, faint words) is the rest.
        shares = [points * term.weight / text.lexical if text.lexical > 0 else 0.0 for term in terms]
        named = "、".join(f"{term.label} {share:.0f} 分" if share >= 0.5 else term.label
                         for term, share in zip(terms[:NAMED], shares, strict=False))
        rest = points - sum(share for share in shares[:NAMED] if share >= 0.5)
        said = (f"两边都说到：{named}{f'等 {len(terms)} 处' if len(terms) > NAMED else ''}"
                f"{f'，其余字词 {rest:.0f} 分' if rest >= 0.5 else ''}")
    return f"{_meaning_why(text)}；{said}" if alone else said


def _category_why(context: Context) -> str:
    if context.same_category:
        return f"都是{context.need_category}"
    return f"需求是{context.need_category}，供给是{context.offering_category}"


def _capacity_why(context: Context) -> str:
    left = max(0, context.capacity_left)
    return f"{context.capacity} 个中余 {left} 个" if left else f"{context.capacity} 个都排上了"


def _rating_why(context: Context) -> str:
    if not context.rating:
        return "还没有评估等级"
    return f"{context.rating}，在有效期内" if context.rating_valid else f"{context.rating}，已过有效期"


def score(text: TextMatch, context: Context, terms: Sequence[Term] = (), weights: Weights = SHIPPED) -> MatchScore:
    """The score of a pair; `terms` are the shared ones, the weightiest first."""
    met, texts = facts(context), _text_points(text, weights)
    alone = MEANING not in texts
    rows: list[tuple[str, float, float, str]] = []
    if not alone:
        rows.append((LABELS[0], *texts[MEANING], _meaning_why(text)))
    rows.append((WORDS_LABEL, *texts[WORDS], _words_why(text, terms, texts[WORDS][0], alone)))
    rows += [(LABELS[2], weights.category * met["category"], weights.category, _category_why(context)),
             (LABELS[3], weights.area * met["area"], weights.area,
              context.area_text if context.area else "可服务区域不含需求所在的县"),
             (LABELS[4], weights.capacity * met["capacity"], weights.capacity, _capacity_why(context)),
             (LABELS[5], weights.rating * met["rating"], weights.rating, _rating_why(context))]
    full = _rounded([full for _, _, full, _ in rows])
    points = _rounded([min(points, full[i]) for i, (_, points, _, _) in enumerate(rows)])
    parts = tuple(Part(label, points[i], full[i], why) for i, (label, _, _, why) in enumerate(rows))
    return MatchScore(sum(points), parts, text.probability, sum(points for _, points, _, _ in rows))
