"""Eighteen months in the order in which they happened: each step runs with the clock at its own moment."""

import datetime as dt
import heapq
import itertools
import random
from collections.abc import Callable

from matchplatform.core import clock

MONTHS = 18
SPAN = dt.timedelta(days=548)


class Timeline:
    """Steps by moment. A step may add later ones; audit, notices and histories come out in order of time.

    `now` is the moment of the building; what would lie after it does not happen.
    """

    def __init__(self, now: dt.datetime, seed: int = 20261125) -> None:
        self.now, self.start = now, now - SPAN
        self.random = random.Random(seed)
        self._steps: list[tuple[dt.datetime, int, Callable[[], None]]] = []
        self._number = itertools.count()

    def at(self, moment: dt.datetime, step: Callable[[], None]) -> None:
        """Let a step happen at a moment."""
        heapq.heappush(self._steps, (moment, next(self._number), step))

    def office_hour(self, days_ago: float) -> dt.datetime:
        """A moment in an office's working day so many days ago, never later than now."""
        day = clock.local(self.now).date() - dt.timedelta(days=round(days_ago))
        while day.weekday() > 4:
            day -= dt.timedelta(days=1)
        minutes = self.random.randrange(8 * 60 + 30, 17 * 60 + 20)
        moment = dt.datetime.combine(day, dt.time(minutes // 60, minutes % 60), clock.SHANGHAI).astimezone(dt.UTC)
        return min(moment, self.now - dt.timedelta(minutes=self.random.randrange(3, 40)))

    def after(self, moment: dt.datetime, low: float, high: float) -> dt.datetime:
        """Between so many days after a moment, in office hours, later than the moment itself."""
        wanted = moment + dt.timedelta(days=self.random.uniform(low, high))
        local = clock.local(wanted)
        if not 8 <= local.hour < 18:
            local = local.replace(hour=self.random.randrange(9, 17))
        return max(local.astimezone(dt.UTC), moment + dt.timedelta(minutes=self.random.randrange(20, 200)))

    def play(self) -> int:
        """Run every step that lies before now; answers how many ran."""
        ran = 0
        while self._steps:
            moment, _, step = heapq.heappop(self._steps)
            if moment > self.now:
                continue
            with clock.frozen(moment):
                step()
            ran += 1
        return ran
