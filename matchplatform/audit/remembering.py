"""Numbers of the menu, which stands on every page: counted anew only when something has happened."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from matchplatform.audit.queries import newest_mark
from matchplatform.audit.rules import KINDS
from matchplatform.core.clock import now

KEPT = 2_000  # people whose number is remembered


class Remembered:
    """A count for an actor that is kept until somebody acts, which the audit tells, and a minute at most, because
    closing times pass by themselves."""

    def __init__(self, count: Callable[[Any], int]) -> None:
        self._count = count
        self._known: OrderedDict[int, tuple[Any, int]] = OrderedDict()

    def __call__(self, actor: Any) -> int:
        """The number, as it is kept or counted now."""
        state = newest_mark(KINDS.values), now().replace(second=0, microsecond=0), actor.role
        known = self._known.get(actor.id)
        if known is None or known[0] != state:
            known = state, self._count(actor)
            self._known[actor.id] = known
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return known[1]
