"""Which counties and cities a set of served areas takes in. Pure.

A set is written as one word, its regions' codes with spaces between. Many offerings share a set: what is asked of
offerings is asked of their sets. A set gives marks: the widest areas that it names (the province, cities, counties),
and for each city of which it names only counties a mark of its own. A county is served through exactly one of three
marks, a city through one of three, so that counting the marks counts every offering once.
"""

from collections.abc import Sequence

import numpy as np

KNOWN = 4  # tables whose sets are kept


class Reach:
    """Sets of areas as marks. `city_of` names each county's city (a county that is a city of its own has one code)."""

    def __init__(self, city_of: dict[str, str], province: str) -> None:
        self._city_of, self._province = city_of, province
        self._cities = set(city_of.values())
        marks = [province, *city_of, *sorted(self._cities - set(city_of)), *(f"in {one}" for one in self._cities)]
        self._numbers = {mark: n for n, mark in enumerate(marks)}
        self._known: tuple[tuple[Sequence[str], np.ndarray, np.ndarray], ...] = ()

    def _marks_of(self, areas: str) -> set[str]:
        codes = set(areas.split())
        if self._province in codes:
            return {self._province}
        cities = codes & self._cities
        lone = {code for code in codes if code in self._city_of and self._city_of[code] not in cities}
        return cities | lone | {f"in {self._city_of[code]}" for code in lone}

    def _know(self, sets: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The marks of all sets, ascending, and the sets they belong to.

        A table's successor has its sets and some more: only these are read. A few tables are known at once, because a
        transaction that has changed something has its own; taken and put as one, because several threads ask.
        """
        for known, marks, owners in self._known:
            if sets is known:
                return marks, owners
        nothing = np.zeros(0, np.int64)
        known, marks, owners = next((one for one in self._known if tuple(sets[:len(one[0])]) == tuple(one[0])),
                                    ((), nothing, nothing))
        new = [(self._numbers[mark], n) for n in range(len(known), len(sets)) for mark in self._marks_of(sets[n])]
        added = np.array(new, dtype=np.int64).reshape(-1, 2)
        marks, owners = np.concatenate([marks, added[:, 0]]), np.concatenate([owners, added[:, 1]])
        by_mark = np.argsort(marks, kind="stable")
        self._known = ((sets, marks[by_mark], owners[by_mark]), *self._known)[:KNOWN]
        return marks[by_mark], owners[by_mark]

    def _through(self, place: str) -> tuple[str, ...]:
        """The marks of which one in a set suffices for a place."""
        if place in self._cities:
            return self._province, place, f"in {place}"
        return (self._province, self._city_of[place], place) if place in self._city_of else ()

    def reaching(self, sets: Sequence[str], place: str) -> np.ndarray:
        """For each set whether it reaches a county or a part of a city; none reaches a place that does not exist."""
        marks, owners = self._know(sets)
        wanted, found = np.zeros(len(self._numbers), bool), np.zeros(len(sets), bool)
        wanted[[self._numbers[mark] for mark in self._through(place)]] = True
        found[owners[wanted.take(marks)]] = True
        return found

    def counts(self, sets: Sequence[str], each: np.ndarray) -> dict[str, int]:
        """County or city -> how many offerings reach it, when so many have each set."""
        marks, owners = self._know(sets)
        sums = np.concatenate([[0], np.cumsum(each.take(owners))])
        ends = np.searchsorted(marks, np.arange(len(self._numbers) + 1))
        total = np.diff(sums[ends]).tolist()
        return {place: sum(total[self._numbers[mark]] for mark in set(self._through(place)))
                for place in (*self._city_of, *self._cities)}
