"""The lists of needs, filtered, counted and ordered in memory: the public library, and each actor's desk."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from matchplatform.catalog.queries import categories, cities, counties, key_county_codes, region, short_name
from matchplatform.columns.listing import Listing, by_relevance, ordered
from matchplatform.columns.table import NONE, Selection, Table, Tally, in_days, in_microseconds, walked
from matchplatform.core.clock import end_of_day, now
from matchplatform.core.facets import Facet, facet
from matchplatform.needs import rules
from matchplatform.needs.column_queries import table
from matchplatform.needs.filters import CLOSING, SHOWN, DeskFilter, NeedFilter
from matchplatform.needs.models import Need

# What each order goes by, and whether the largest comes first.
_ORDERS = {"newest": ("released", True), "closing": ("closing", False), "gap": ("gap", True),
           "people": ("people", True)}
_DESK_ORDERS = {**_ORDERS, "moved": ("updated", True), "newest": ("created", True)}


class _Shown:
    """The states as they read at this moment: stored ones, and what has passed its closing time."""

    def __init__(self, rows: Table, still_open: str) -> None:
        self._table, self._still_open = rows, still_open
        self._published = rows.among("status", {"published"})
        self.is_open = self._published & (rows.numbers["closing"] >= in_microseconds(now()))

    def among(self, states: Collection[str]) -> np.ndarray:
        """Which rows are in one of the states."""
        found = self._table.among("status", {*states} - {"published"})
        if self._still_open in states:
            found = found | self.is_open
        return found | (self._published & ~self.is_open) if rules.EXPIRED.value in states else found

    def counts(self, stored: Mapping[str, int], rows: np.ndarray) -> dict[str, int]:
        """State -> how many of the rows are in it, given how many are in each stored state."""
        is_open = int(np.count_nonzero(self.is_open & rows))
        states = {**stored, rules.EXPIRED.value: stored.get("published", 0) - is_open, "published": 0}
        states[self._still_open] = is_open
        return {state: n for state, n in states.items() if n}


def _masks(selection: Selection, shown: _Shown, column: str) -> list[np.ndarray]:
    """What is listed one after the other: by closing time, what can still be taken comes first."""
    rows = selection.rows()
    return [rows & shown.is_open, rows & ~shown.is_open] if column == "closing" else [rows]


def _in_days_from_now(days: str) -> int:
    return in_microseconds(now() + dt.timedelta(days=int(days)))


def _in_place(rows: Table, wanted: NeedFilter | DeskFilter) -> np.ndarray | None:
    if wanted.county:
        return rows.among("county", {wanted.county})
    return rows.among("county", {one.code for one in counties(wanted.city)}) if wanted.city else None


class NeedList(Listing[Need]):
    """The released needs that a filter selects, as far as the actor (None: the public) may see them; `ids` are the
    search's hits, the best first, None when nothing was searched for."""

    model = Need

    def __init__(self, wanted: NeedFilter, ids: Sequence[int] | np.ndarray | None = None, actor: Any = None) -> None:
        super().__init__(wanted, table())
        self._signed_in = getattr(actor, "is_authenticated", False)
        self._shown = _Shown(self._table, "open")
        self._hits = None if ids is None else self._table.places(ids)
        self._tally = Tally(self._table, self._selection, ("category", "aid_mode", "urgency", "publicity", "status"))

    def _groups(self) -> dict[str, np.ndarray]:
        wanted, rows, groups = self.wanted, self._table, {}
        groups["public"] = rows.among("status", rules.PUBLIC)
        if not self._signed_in:
            groups["seen"] = rows.among("publicity", {"public"})
        if wanted.q:
            if self._hits is None:
                groups["q"] = rows.holding(("title",), wanted.q, groups["public"])
            else:
                groups["q"] = np.zeros(len(rows), bool)
                groups["q"][self._hits] = True
            groups["q"] |= rows.coded(wanted.q.upper())
        if (place := _in_place(rows, wanted)) is not None:
            groups["place"] = place
        for name in ("category", "aid_mode", "urgency", "publicity"):
            if getattr(wanted, name):
                groups[name] = rows.among(name, getattr(wanted, name))
        if wanted.state:
            groups["state"] = self._shown.among(wanted.state)
        if wanted.key:
            groups["key"] = rows.among("county", key_county_codes())
        if wanted.residual:
            groups["residual"] = self._wanting()
        if wanted.closing in CLOSING:
            groups["closing"] = self._shown.is_open & rows.at_most("closing", _in_days_from_now(wanted.closing))
        return groups | self._typed_groups()

    def _wanting(self) -> np.ndarray:
        """Open needs of which something is still wanted."""
        return self._table.among("wanting", {"1"}) & self._shown.is_open

    def _typed_groups(self) -> dict[str, np.ndarray]:
        rows, given, groups = self._table, self.wanted.typed.values, {}
        if "gap_min" in given:
            groups["gap_min"] = rows.at_least("gap", given["gap_min"])
        if "gap_max" in given:
            groups["gap_max"] = rows.at_most("gap", given["gap_max"])
        if "people" in given:
            groups["people"] = rows.at_least("people", given["people"])
        if "closing_by" in given:
            groups["closing_by"] = rows.at_most("closing", in_microseconds(end_of_day(given["closing_by"])))
        if "from_on" in given:  # carried out at least in part between the two days; a side left open reaches far
            groups["from_on"] = rows.numbers["ends"] >= in_days(given["from_on"])
        if "to_on" in given:
            starts = rows.numbers["starts"]
            groups["to_on"] = (starts <= in_days(given["to_on"])) | (starts == NONE)
        return groups

    def _places(self, low: int, high: int) -> np.ndarray:
        if self.wanted.sort == "best" and self._hits is not None:
            return by_relevance(self._table, self._selection, self._hits)[low:high]
        order = _ORDERS.get(self.wanted.sort, _ORDERS["newest"])
        return walked(ordered(self._table, *order), _masks(self._selection, self._shown, order[0]), low, high)

    def newer_than(self, moment: dt.datetime) -> list[int]:
        """The ids of what was released after the moment, the newest first."""
        return self._after("released", moment)

    def visible(self, ids: Sequence[int]) -> int:
        """How many of these the actor may see: what is hidden from him is not counted for him either."""
        groups = self._selection.groups
        seen = groups["public"] & groups["seen"] if "seen" in groups else groups["public"]
        return int(np.count_nonzero(seen[self._table.places(ids)]))

    @property
    def open_count(self) -> int:
        """How many needs of the whole library the actor could take or see taken now."""
        seen = self._shown.is_open
        if not self._signed_in:
            seen = seen & self._table.among("publicity", {"public"})
        return int(np.count_nonzero(seen))

    def by_county(self) -> dict[str, int]:
        """County code -> how many needs the filters leave there, for the map; the chosen place is left aside."""
        return self._tally.counts("county", "place")

    def facets(self) -> list[Facet]:
        """The groups beside the list; each group's counts ignore its own choice."""
        wanted, counts, selection = self.wanted, self._tally.counts, self._selection
        by_county, keys, by_city = self.by_county(), key_county_codes(), {}
        for code, n in by_county.items():
            city = region(code).city_code
            by_city[city] = by_city.get(city, 0) + n
        rows = [facet("state", "状态", [(one.value, one.label) for one in SHOWN],
                      self._shown.counts(counts("status", "state"), selection.rows("state")), wanted.state),
                facet("category", "帮扶领域", [(one.code, one.name) for one in categories()],
                      counts("category"), wanted.category),
                facet("key", "重点帮扶县", [("1", "只看重点帮扶县")],
                      {"1": sum(n for code, n in counts("county", "key").items() if code in keys)},
                      ("1",) if wanted.key else ()),
                facet("city", "市（州）", [(one.code, short_name(one.code)) for one in cities()], by_city,
                      (wanted.city,), many=False, hide_empty=True)]
        if wanted.city:
            rows.append(facet("county", "县（市、区）",
                              [(one.code, short_name(one.code)) for one in counties(wanted.city)], by_county,
                              (wanted.county,), many=False))
        soon, closing = selection.rows("closing") & self._shown.is_open, self._table.numbers["closing"]
        rows += [facet("closing", "截止时间", CLOSING.items(),
                       {days: int(np.count_nonzero(soon & (closing <= _in_days_from_now(days)))) for days in CLOSING},
                       (wanted.closing,), many=False),
                 facet("residual", "还差什么", [("1", "可接单、还有事项没人认下")],
                       {"1": int(np.count_nonzero(selection.rows("residual") & self._wanting()))},
                       ("1",) if wanted.residual else ()),
                 facet("aid_mode", "帮扶方式", rules.AID_MODES.pairs, counts("aid_mode"), wanted.aid_mode),
                 facet("urgency", "紧急程度", rules.URGENCIES.pairs, counts("urgency"), wanted.urgency)]
        if self._signed_in:
            rows.append(facet("publicity", "公开范围", rules.PUBLICITY.pairs, counts("publicity"),
                              wanted.publicity))
        return rows


class NeedDesk(Listing[Need]):
    """The needs within an actor's reach that the desk's filter selects."""

    model = Need

    def __init__(self, actor: Any, wanted: DeskFilter) -> None:
        super().__init__(wanted, table())
        self._actor, self._shown = actor, _Shown(self._table, "published")

    def _groups(self) -> dict[str, np.ndarray]:
        wanted, groups = self.wanted, {"scope": self._scope(self._actor)}
        if wanted.category:
            groups["category"] = self._table.among("category", wanted.category)
        if (place := _in_place(self._table, wanted)) is not None:
            groups["place"] = place
        if wanted.township:
            groups["township"] = self._table.among("township", {wanted.township})
        if wanted.q:
            left = Selection(len(self._table), groups).rows()
            groups["q"] = self._table.holding(("title", "village"), wanted.q, left)
        if wanted.state:
            groups["state"] = self._shown.among(wanted.state)
        return groups

    def _scope(self, actor: Any) -> np.ndarray:
        """What stands in an actor's list: the columns' twin of `queries.scope`."""
        rows = self._table
        match actor.role:
            case "county_officer":
                return rows.among("county", {actor.county_code})
            case "township_officer":
                return rows.among("township", {actor.township_code})
            case "city_officer":
                return rows.among("status", rules.PUBLIC) & rows.among(
                    "county", {one.code for one in counties(actor.city_code)})
            case "province_officer":
                return rows.among("status", ("submitted", *rules.PUBLIC))
            case _:
                return np.zeros(len(rows), bool)

    def _places(self, low: int, high: int) -> np.ndarray:
        order = _DESK_ORDERS.get(self.wanted.sort, _DESK_ORDERS["moved"])
        return walked(ordered(self._table, *order), _masks(self._selection, self._shown, order[0]), low, high)

    def state_counts(self) -> dict[str, int]:
        """Shown state -> how many the list would show, the chosen states left aside."""
        stored = self._table.counts("status", self._selection.places("state"))
        return self._shown.counts(stored, self._selection.rows("state"))


def desk_need_ids(actor: Any, wanted: DeskFilter) -> list[int]:
    """Ids of everything that the desk's filter selects, in its order; the page number is left aside."""
    return NeedDesk(actor, wanted).ids
