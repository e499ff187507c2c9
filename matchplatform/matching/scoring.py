"""From similarity and facts to points: six parts that add up to the score, each with its reason. Pure.

The text decides: alike in content and in the words themselves are 70 of 100 points, so that a neighbour with the
right category and area but another subject stays below 60. The curve was laid over ../shared/bench/dev: the median
similarity of pairs that answer a need fully is .225, of the best wrong offering of a need .153, of any other .075.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MIDDLE, WIDTH = 0.165, 0.03   # similarity that earns half the points, and how quickly they come
WORDS_MIDDLE = 0.06           # weight of shared terms that earns half of their points
FULL = {"content": 40, "words": 30, "category": 10, "area": 10, "capacity": 4, "rating": 6}
AREA_POINTS = {"county": 10, "city": 9, "province": 8}
RATING_POINTS = {"5A": 6, "4A": 5, "3A": 4, "2A": 2, "1A": 1}
NAMED = 4                     # terms that a reason names


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
    """The total, 0 to 100, is the sum of the parts' points."""

    total: int
    parts: tuple[Part, ...]


class Term(Protocol):
    """What a shared term must tell here."""

    text: str
    weight: float


def _content(similarity: float) -> Part:
    full = FULL["content"]
    low = 1 / (1 + math.exp(MIDDLE / WIDTH))  # so that 0 earns 0
    share = (1 / (1 + math.exp((MIDDLE - min(1.0, max(0.0, similarity))) / WIDTH)) - low) / (1 - low)
    points = round(full * share)
    why = ("两边说的是同一件事" if share >= 0.75 else "两边说的事很接近" if share >= 0.5
           else "有一部分说的是同样的事" if share >= 0.2 else "说的不是一回事")
    return Part("内容相近", points, full, why)


def _words(terms: Sequence[Term]) -> Part:
    full = FULL["words"]
    weight = sum(max(0.0, term.weight) for term in terms)
    points = round(full * weight / (weight + WORDS_MIDDLE)) if weight else 0
    if not terms:
        return Part("对应词句", 0, full, "没有对得上的关键词句")
    named = "、".join(term.text for term in terms[:NAMED])
    more = f"等 {len(terms)} 处" if len(terms) > NAMED else ""
    return Part("对应词句", points, full, f"两边都说到：{named}{more}")


def _category(context: Context) -> Part:
    full = FULL["category"]
    if context.same_category:
        return Part("帮扶领域", full, full, f"都是{context.need_category}")
    return Part("帮扶领域", 0, full, f"需求是{context.need_category}，供给是{context.offering_category}")


def _area(context: Context) -> Part:
    full = FULL["area"]
    if context.area is None:
        return Part("服务区域", 0, full, "可服务区域不含需求所在的县")
    return Part("服务区域", AREA_POINTS[context.area], full, context.area_text)


def _capacity(context: Context) -> Part:
    full = FULL["capacity"]
    left = max(0, context.capacity_left)
    if not left:
        return Part("容量", 0, full, f"{context.capacity} 个都排上了")
    return Part("容量", full if left > 1 else full - 1, full, f"{context.capacity} 个中余 {left} 个")


def _rating(context: Context) -> Part:
    full = FULL["rating"]
    if not context.rating:
        return Part("评估等级", 0, full, "还没有评估等级")
    if not context.rating_valid:
        return Part("评估等级", 0, full, f"{context.rating}，已过有效期")
    return Part("评估等级", RATING_POINTS[context.rating], full, f"{context.rating}，在有效期内")


def score(similarity: float, context: Context, terms: Sequence[Term] = ()) -> MatchScore:
    """The score of a pair. `similarity` is the index's, 0 to 1; `terms` are the shared ones, the weightiest first."""
    parts = (_content(similarity), _words(terms), _category(context), _area(context), _capacity(context),
             _rating(context))
    return MatchScore(sum(part.points for part in parts), parts)
