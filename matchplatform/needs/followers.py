"""What hangs on a need, asked of the tier above: pairings lie there and may not be imported from here."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from matchplatform.needs.models import Need


@dataclass
class Followers:
    """Where pairings, a tier above, say what hangs on a need; nothing does until they are loaded.

    `hold` locks it (before the need, as pairings do); `end` ends it when the need is withdrawn or was not achieved, or
    refuses; `named_lines` are the ids of the lines that somebody's bid or order names;
    `changed` tells them that a released need is no longer as version `since`, what of it, whether they must confirm,
    and why (answers how many); `concerned` says beforehand how many would have to, and how many are only told;
    `settle` brings the changed need into the state that its pairings make of it; `ended` tells the residents' orders
    behind a need that was withdrawn or not achieved.
    """

    hold: Callable[[Need], object] = lambda need: None
    end: Callable[[Any, Need, str], None] = lambda actor, need, reason: None
    named_lines: Callable[[Need], Collection[int]] = lambda need: ()
    concerned: Callable[[Need], tuple[int, int]] = lambda need: (0, 0)
    changed: Callable[[Any, Need, int, str, bool, str], int] = lambda actor, need, since, what, binding, why: 0
    settle: Callable[[Any, Need], None] = lambda actor, need: None
    ended: Callable[[Any, Need, str], None] = lambda actor, need, reason: None


followers = Followers()
