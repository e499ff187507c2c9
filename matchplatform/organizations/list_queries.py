"""The public register of organizations, filtered, counted and ordered in memory."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from matchplatform.catalog.queries import categories, cities, short_name
from matchplatform.columns.listing import Listing
from matchplatform.columns.table import Table, Tally, in_days, walked
from matchplatform.core.clock import today
from matchplatform.core.facets import Facet, facet
from matchplatform.organizations import rules
from matchplatform.organizations.column_queries import table
from matchplatform.organizations.models import Organization
from matchplatform.organizations.queries import UNRATED, OrganizationFilter

_NOBODY = np.zeros(0, np.int64)
_RANK = {value: n for n, value in enumerate(rules.RATINGS.values)}


def _rated(rows: Table) -> np.ndarray:
    """The rating of each as it counts today, as a number of the words, of which the first is none: so is one that has
    run out."""
    return np.where(rows.numbers["rating_ends"] >= in_days(today()), rows.choices["rating"], np.int32(0))


def _lines(rows: Table) -> list[str]:
    return [f"{name}\x1f{code.decode()}".lower() for name, code in zip(
        rows.texts["name"].tolist(), rows.codes.tolist(), strict=True)]


def _by_name(rows: Table) -> np.ndarray:
    """All places by name: the national code orders the common characters by their sound, as a directory does."""
    keys = [one.encode("gb18030") for one in rows.texts["name"]]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _by_rating(rows: Table, rated: np.ndarray, by_name: np.ndarray) -> np.ndarray:
    """The best rating that counts today first, those without one last, each by name."""
    rank = np.array([_RANK.get(one, len(_RANK)) for one in rows.words["rating"]], dtype=np.int64).take(rated)
    return by_name[np.argsort(rank[by_name], kind="stable")]


class OrganizationList(Listing[Organization]):
    """The organizations that passed vetting and that a filter selects. `offering` tells for each field who has
    something published in it: category -> ids, worked out a tier above."""

    model = Organization

    def __init__(self, wanted: OrganizationFilter, offering: Mapping[str, np.ndarray]) -> None:
        super().__init__(wanted, table())
        self._offering = offering
        self._rated = self._table.once(("rated", today()), lambda: _rated(self._table))
        self._tally = Tally(self._table, self._selection, ("kind", "level", "authority"))

    def _groups(self) -> dict[str, np.ndarray]:
        wanted, rows = self.wanted, self._table
        groups = {"public": rows.among("status", ("vetted",))}
        if wanted.q:
            groups["q"] = self._named(wanted.q.lower())
        for name in ("kind", "level"):
            if getattr(wanted, name):
                groups[name] = rows.among(name, getattr(wanted, name))
        if wanted.rating:
            groups["rating"] = np.array([(one or UNRATED) in wanted.rating for one in rows.words["rating"]],
                                        dtype=bool).take(self._rated)
        if wanted.city:
            groups["city"] = rows.where("authority", np.array(
                [rules.city_of_authority(one) == wanted.city for one in rows.words["authority"]], dtype=bool))
        if wanted.category:
            found = np.zeros(len(rows), bool)
            for one in wanted.category:
                found[self._offer(one)] = True
            groups["category"] = found
        return groups

    def _named(self, part: str) -> np.ndarray:
        """Which hold a part in their name or code; all are looked through, once made ready."""
        lines = self._table.once("lines", lambda: _lines(self._table))
        return np.fromiter((part in line for line in lines), bool, len(lines))

    def _offer(self, category: str) -> np.ndarray:
        """Where those stand that offer something in the field."""
        return self._table.places(self._offering.get(category, _NOBODY))

    @cached_property
    def _order(self) -> np.ndarray:
        rows = self._table
        if self.wanted.sort == "newest":
            return rows.order("vetted")[::-1]
        by_name = rows.once("by name", lambda: _by_name(rows))
        if self.wanted.sort == "rating":
            return rows.once(("by rating", today()), lambda: _by_rating(rows, self._rated, by_name))
        return by_name

    def _places(self, low: int, high: int) -> np.ndarray:
        return walked(self._order, [self._selection.rows()], low, high)

    def _ratings(self) -> dict[str, int]:
        words = self._table.words["rating"]
        found = np.bincount(self._rated.take(self._selection.places("rating")), minlength=len(words)).tolist()
        return {word or UNRATED: n for word, n in zip(words, found, strict=True)}

    def _fields(self) -> dict[str, int]:
        rows = self._selection.rows("category")
        return {one: int(np.count_nonzero(rows.take(self._offer(one)))) for one in self._offering}

    def _cities(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for authority, n in self._tally.counts("authority", "city").items():
            city = rules.city_of_authority(authority)
            found[city] = found.get(city, 0) + n
        return found

    def facets(self) -> list[Facet]:
        """The groups beside the list; each group's counts ignore its own choice."""
        wanted, counts = self.wanted, self._tally.counts
        ratings = [(one.value, one.label) for one in rules.RATINGS if one.value] + [(UNRATED, "未评估或已过期")]
        return [facet("category", "能做的领域", [(one.code, one.name) for one in categories()], self._fields(),
                      wanted.category),
                facet("kind", "类型", rules.KINDS.pairs, counts("kind"), wanted.kind),
                facet("level", "登记级别", rules.LEVELS.pairs, counts("level"), wanted.level),
                facet("rating", "评估等级", ratings, self._ratings(), wanted.rating),
                facet("city", "登记的市（州）", [(one.code, short_name(one.code)) for one in cities()], self._cities(),
                      (wanted.city,), many=False, hide_empty=True)]
