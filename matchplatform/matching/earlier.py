"""Earlier needs of the same county that want the same as one that is being written."""

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.audit.queries import newest_mark
from matchplatform.catalog.queries import region
from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.matching.duplicates import Everyday, Likeness, Purpose, likeness_of_needs
from matchplatform.matching.lexicon_queries import current_lexicon
from matchplatform.needs.queries import needs_of_county, newest_texts

REACH = dt.timedelta(days=731)
MOST_COMPARED = 300  # of one county
MOST_KNOWN = 400     # needs that tell which words are everyday
MOST_SHOWN = 4

_lock = threading.Lock()
_kept: tuple[Any, Everyday] | None = None


@dataclass(frozen=True)
class Earlier:
    """A need and how like it is."""

    need: Any
    likeness: Likeness


def _everyday() -> Everyday:
    """Which words are everyday among the newest needs; kept in the process until a need or a word list changes."""
    global _kept
    mark = (str(db.engine.url), *newest_mark(("need", "lexicon")))
    kept = _kept
    if kept is None or kept[0] != mark:
        with _lock:
            kept = _kept = (mark, Everyday(newest_texts(MOST_KNOWN), current_lexicon()))
    return kept[1]


def _purpose(need: Any) -> Purpose:
    return Purpose(need.title or "", need.body or "", need.county_code, need.township_code or "")


def _found(actor: Any, wanted: Purpose, but: str) -> list[Earlier]:
    known = [one for one in needs_of_county(actor, wanted.county, now() - REACH, MOST_COMPARED) if one.code != but]
    rows: Sequence[Earlier] = [Earlier(need, likeness) for need, likeness in zip(
        known, likeness_of_needs(wanted, [_purpose(one) for one in known], _everyday()), strict=True)
        if likeness.verdict]
    return sorted(rows, key=lambda one: (not one.likeness.is_same, -one.likeness.score, one.need.id))[:MOST_SHOWN]


def like_typed(actor: Any, title: str, body: str, township_code: str, code: str) -> list[Earlier]:
    """What the actor may read that is like the words in his form, probably the same first; `code` is the need that he
    edits, "" for a new one."""
    home = region(actor.township_code).parent_code if actor.township_code else actor.county_code
    return _found(actor, Purpose(title, body, home or "", actor.township_code or township_code), code)


def needs_like(actor: Any, need: Any) -> list[Earlier]:
    """What the actor may read that is like a need as it is saved, never that need itself."""
    return _found(actor, _purpose(need), need.code)
