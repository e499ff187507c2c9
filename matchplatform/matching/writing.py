"""What is put beside a need while somebody writes it: earlier needs with the same purpose, and who could help."""

from dataclasses import dataclass
from typing import Any

from matchplatform.catalog.queries import region
from matchplatform.core.errors import NotFound
from matchplatform.matching.earlier import Earlier, like_typed, needs_like
from matchplatform.matching.queries import Match, ranked_offerings
from matchplatform.needs.models import Need
from matchplatform.needs.queries import own_need

MOST_OFFERINGS = 3
FEWEST_LETTERS = 4  # with less than that nothing can be said


@dataclass(frozen=True)
class Beside:
    """`earlier` needs, and `offerings` that speak of the same matter; `asked` is false before anything is written."""

    asked: bool
    earlier: list[Earlier]
    offerings: list[Match]

    @property
    def is_same(self) -> bool:
        """Is there probably the same need already?"""
        return bool(self.earlier) and self.earlier[0].likeness.is_same


@dataclass(frozen=True)
class Typed:
    """The words in the form as they are now; `code` is the need that is edited, "" for a new one."""

    title: str = ""
    body: str = ""
    category_code: str = ""
    township_code: str = ""
    code: str = ""


def edited(actor: Any, typed: Typed) -> Need | None:
    """The need whose form this is, if it is saved and the actor works on it."""
    try:
        return own_need(actor, typed.code) if typed.code else None
    except NotFound:
        return None


def _likely(need: Any) -> list[Match]:
    return [one for one in ranked_offerings(need) if not one.is_thin][:MOST_OFFERINGS]


def beside_typed(actor: Any, typed: Typed) -> Beside:
    """For the words in the form; nothing is saved."""
    if len(typed.title) + len(typed.body) < FEWEST_LETTERS:
        return Beside(False, [], [])
    township = actor.township_code or typed.township_code
    home = region(actor.township_code).parent_code if actor.township_code else actor.county_code
    draft = Need(title=typed.title, body=typed.body, category_code=typed.category_code or None, county_code=home,
                 status="draft", township_code=township if region(township) else None)
    return Beside(True, like_typed(actor, typed.title, typed.body, typed.township_code, typed.code), _likely(draft))


def beside_saved(actor: Any, need: Need) -> Beside:
    """For a need as it is saved."""
    return Beside(True, needs_like(actor, need), _likely(need))
