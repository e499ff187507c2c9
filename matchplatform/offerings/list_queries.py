"""The lists of offerings, filtered, counted and ordered in memory: the public library, and the desks."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from matchplatform.catalog.queries import categories, cities, counties, regions, short_name
from matchplatform.catalog.rules import PROVINCE
from matchplatform.columns.listing import Listing, by_relevance, ordered
from matchplatform.columns.table import NONE, Selection, Table, Tally, in_days, walked
from matchplatform.core.clock import today
from matchplatform.core.facets import Facet, facet
from matchplatform.offerings import rules
from matchplatform.offerings.column_queries import table
from matchplatform.offerings.filters import SHOWN, UNRATED, DeskFilter, OfferingFilter
from matchplatform.offerings.models import Offering
from matchplatform.offerings.queries import OVERSEEN
from matchplatform.offerings.reach import Reach
from matchplatform.organizations.rules import KINDS, RATINGS

# What each order goes by, and whether the largest comes first.
_ORDERS = {"newest": ("published", True), "capacity": ("capacity_left", True), "support": ("support", True),
           "ending": ("ends", False)}
_DESK_ORDERS = {**_ORDERS, "moved": ("updated", True), "newest": ("created", True)}


@lru_cache(maxsize=2)
def _reach_of(places: tuple[tuple[str, str], ...]) -> Reach:
    return Reach(dict(places), PROVINCE)


def _reach() -> Reach:
    return _reach_of(tuple((one.code, one.city_code) for one in counties()))


def _serving(rows: Table, place: str) -> np.ndarray:
    """Which offerings serve a county, or at least a part of a city."""
    return rows.where("areas", _reach().reaching(rows.words["areas"], place))


class _Shown:
    """The states as they read today: stored ones, what has run out, what is full."""

    def __init__(self, rows: Table, still_open: str) -> None:
        published = rows.among("status", {"published"})
        full, over = rows.numbers["capacity_left"] <= 0, rows.numbers["ends"] < in_days(today())
        self._table, self.is_open = rows, published & ~full & ~over
        self._now = {still_open: self.is_open, rules.FULL.value: published & full & ~over,
                     rules.EXPIRED.value: published & over}

    def among(self, states: Collection[str]) -> np.ndarray:
        """Which rows are in one of the states."""
        found = self._table.among("status", {*states} - {"published"})
        for state, rows in self._now.items():
            found = found | rows if state in states else found
        return found

    def counts(self, stored: Mapping[str, int], rows: np.ndarray) -> dict[str, int]:
        """State -> how many of the rows are in it, given how many are in each stored state."""
        states = {**stored, "published": 0} | {one: int(np.count_nonzero(rows & its)) for one, its in self._now.items()}
        return {state: n for state, n in states.items() if n}


def _today(rows: Table, still_open: str) -> _Shown:
    """The states of today, worked out once a day."""
    return rows.once(("shown", still_open, today()), lambda: _Shown(rows, still_open))


def _rated(rows: Table) -> np.ndarray:
    """The rating of each organization as it counts today, as a number of the words, of which the first
    is none: so is one that has run out."""
    return np.where(rows.numbers["rating_ends"] >= in_days(today()), rows.choices["rating"], np.int32(0))


def _offering_in(rows: Table) -> dict[str, np.ndarray]:
    published = rows.among("status", {"published"})
    owners, fields = rows.numbers["organization"][published], rows.choices["category"][published]
    return {word: np.unique(owners[fields == n]) for n, word in enumerate(rows.words["category"]) if word}


def offering_in() -> dict[str, np.ndarray]:
    """Field -> the ids of the organizations that have something published in it."""
    rows = table()
    return rows.once("offering in", lambda: _offering_in(rows))


class OfferingList(Listing[Offering]):
    """The published offerings that a filter selects; `ids` are the search's hits, the best first, None when nothing
    was searched for."""

    model = Offering

    def __init__(self, wanted: OfferingFilter, ids: Sequence[int] | np.ndarray | None = None) -> None:
        super().__init__(wanted, table())
        self._shown = _today(self._table, "open")
        self._rated = self._table.once(("rated", today()), lambda: _rated(self._table))
        self._hits = None if ids is None else self._table.places(ids)
        self._tally = Tally(self._table, self._selection, ("category", "cost_model", "kind", "status"))

    def _groups(self) -> dict[str, np.ndarray]:
        wanted, rows = self.wanted, self._table
        groups = {"public": rows.among("status", ("published",))}
        if wanted.q:
            groups["q"] = self._spoken_of(wanted.q, groups["public"])
        if wanted.county in regions() and regions()[wanted.county].level == "county":
            groups["place"] = _serving(rows, wanted.county)
        elif wanted.city:
            groups["place"] = _serving(rows, wanted.city)
        for name in ("category", "cost_model", "kind"):
            if getattr(wanted, name):
                groups[name] = rows.among(name, getattr(wanted, name))
        if wanted.rating:
            groups["rating"] = np.array([(one or UNRATED) in wanted.rating for one in rows.words["rating"]],
                                        dtype=bool).take(self._rated)
        if wanted.state:
            groups["state"] = self._shown.among(wanted.state)
        if wanted.free:
            groups["free"] = rows.at_least("capacity_left", 1)
        given = wanted.typed.values
        if "funds_min" in given:
            groups["funds_min"] = rows.at_least("funds", given["funds_min"])
        if "from_on" in given:  # offered at least in part between the two days; a side left open reaches far
            groups["from_on"] = rows.numbers["ends"] >= in_days(given["from_on"])
        if "to_on" in given:
            starts = rows.numbers["starts"]
            groups["to_on"] = (starts <= in_days(given["to_on"])) | (starts == NONE)
        return groups

    def _spoken_of(self, q: str, public: np.ndarray) -> np.ndarray:
        """What the search found, and what is named by its code or its organization."""
        rows = self._table
        if self._hits is None:
            found = rows.holding(("title",), q, public)
        else:
            found = np.zeros(len(rows), bool)
            found[self._hits] = True
        return found | rows.coded(q.upper()) | rows.holding_shared("organization", "organization_name", q)

    def _places(self, low: int, high: int) -> np.ndarray:
        if self.wanted.sort == "best" and self._hits is not None:
            return by_relevance(self._table, self._selection, self._hits)[low:high]
        order = ordered(self._table, *_ORDERS.get(self.wanted.sort, _ORDERS["newest"]))
        return walked(order, [self._selection.rows()], low, high)

    def newer_than(self, moment: dt.datetime) -> list[int]:
        """The ids of what was put up after the moment, the newest first."""
        return self._after("published", moment)

    def visible(self, ids: Sequence[int]) -> int:
        """How many of these stand in the library."""
        return int(np.count_nonzero(self._selection.groups["public"][self._table.places(ids)]))

    @property
    def open_count(self) -> int:
        """How many offerings of the whole library can be ordered today."""
        return int(np.count_nonzero(self._shown.is_open))

    @cached_property
    def by_place(self) -> dict[str, int]:
        """City or county -> how many of the selected offerings serve it, the chosen place left aside."""
        rows = self._table
        each = np.bincount(rows.choices["areas"].take(self._selection.places("place")),
                           minlength=len(rows.words["areas"]))
        return _reach().counts(rows.words["areas"], each)

    def _ratings(self) -> dict[str, int]:
        words = self._table.words["rating"]
        found = np.bincount(self._rated.take(self._selection.places("rating")), minlength=len(words)).tolist()
        return {word or UNRATED: n for word, n in zip(words, found, strict=True)}

    def facets(self) -> list[Facet]:
        """The groups beside the list; each group's counts ignore its own choice."""
        wanted, counts, selection, served = self.wanted, self._tally.counts, self._selection, self.by_place
        ratings = [(one.value, one.label) for one in RATINGS if one.value] + [(UNRATED, "未评估或已过期")]
        free = int(np.count_nonzero(selection.rows("free") & (self._table.numbers["capacity_left"] > 0)))
        rows = [facet("state", "状态", [(one.value, one.label) for one in SHOWN],
                      self._shown.counts(counts("status", "state"), selection.rows("state")), wanted.state),
                facet("category", "帮扶领域", [(one.code, one.name) for one in categories()],
                      counts("category"), wanted.category),
                facet("city", "可服务的市（州）", [(one.code, short_name(one.code)) for one in cities()], served,
                      (wanted.city,), many=False, hide_empty=True)]
        if wanted.city:
            rows.append(facet("county", "可服务的县（市、区）",
                              [(one.code, short_name(one.code)) for one in counties(wanted.city)], served,
                              (wanted.county,), many=False))
        return [*rows,
                facet("free", "余量", [("1", "只看还有余量的")], {"1": free}, ("1",) if wanted.free else ()),
                facet("rating", "评估等级", ratings, self._ratings(), wanted.rating),
                facet("kind", "组织类型", KINDS.pairs, counts("kind"), wanted.kind),
                facet("cost_model", "收费方式", rules.COST_MODELS.pairs, counts("cost_model"),
                      wanted.cost_model)]


class OfferingDesk(Listing[Offering]):
    """The offerings within an actor's reach that the desk's filter selects."""

    model = Offering

    def __init__(self, actor: Any, wanted: DeskFilter) -> None:
        super().__init__(wanted, table())
        self._actor, self._shown = actor, _today(self._table, "published")

    def _groups(self) -> dict[str, np.ndarray]:
        wanted, rows, groups = self.wanted, self._table, {"scope": self._scope(self._actor)}
        if wanted.category:
            groups["category"] = rows.among("category", wanted.category)
        if wanted.county in regions() and regions()[wanted.county].level == "county":
            groups["place"] = _serving(rows, wanted.county)
        if wanted.q:
            left = Selection(len(rows), groups).rows()
            groups["q"] = rows.holding(("title", "organization_name"), wanted.q, left)
        if wanted.state:
            groups["state"] = self._shown.among(wanted.state)
        return groups

    def _scope(self, actor: Any) -> np.ndarray:
        """What stands in an actor's list: the columns' twin of `queries.scope`."""
        match actor.role:
            case "organization_member":
                return self._table.numbers["organization"] == actor.organization_id
            case "province_officer":
                return self._table.among("status", OVERSEEN)
            case _:
                return np.zeros(len(self._table), bool)

    def _places(self, low: int, high: int) -> np.ndarray:
        order = ordered(self._table, *_DESK_ORDERS.get(self.wanted.sort, _DESK_ORDERS["moved"]))
        return walked(order, [self._selection.rows()], low, high)

    def state_counts(self) -> dict[str, int]:
        """Shown state -> how many the list would show, the chosen states left aside."""
        stored = self._table.counts("status", self._selection.places("state"))
        return self._shown.counts(stored, self._selection.rows("state"))


def desk_offering_ids(actor: Any, wanted: DeskFilter) -> list[int]:
    """Ids of everything that the desk's filter selects, in its order; the page number is left aside."""
    return OfferingDesk(actor, wanted).ids
