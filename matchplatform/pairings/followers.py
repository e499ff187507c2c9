"""What hangs on a pairing, asked of the tiers above: residents' orders and calls lie there and may not be imported."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matchplatform.needs.models import Need


@dataclass
class Followers:
    """`moved` is told of the need after each move of a pairing on it (residents' orders); `before_bid` refuses a bid
    on a need that is taken another way (a call), `need_ended` is told why a need was taken back or not achieved.
    Nothing listens until those features are loaded."""

    moved: Callable[[Any, Need], None] = lambda actor, need: None
    before_bid: Callable[[Any, Need], None] = lambda actor, need: None
    need_ended: Callable[[Any, Need, str], None] = lambda actor, need, reason: None


followers = Followers()
