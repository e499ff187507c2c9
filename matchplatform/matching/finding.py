"""Finding in the libraries: one filter as it stands in the URL, answered as a page, as everything it selects, or as
what came since a moment.

The match engine says what the words of a search speak of; filters, counts and orders are worked out on the libraries'
columns in memory (`needs.list_queries`, `offerings.list_queries`).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matchplatform.catalog.queries import categories, region
from matchplatform.core.facets import Facet
from matchplatform.core.paging import Page
from matchplatform.matching.index import COMPARED
from matchplatform.matching.meant import meant_needs, meant_offerings
from matchplatform.matching.queries import search_needs, search_offerings
from matchplatform.needs.filters import CHOICES as need_choices
from matchplatform.needs.filters import NeedFilter
from matchplatform.needs.list_queries import NeedList
from matchplatform.offerings.filters import CHOICES as offering_choices
from matchplatform.offerings.filters import OfferingFilter
from matchplatform.offerings.list_queries import OfferingList, offering_in
from matchplatform.organizations.list_queries import OrganizationList
from matchplatform.organizations.queries import CHOICES as organization_choices
from matchplatform.organizations.queries import OrganizationFilter


@dataclass(frozen=True)
class Found:
    """A page of what a filter selects, the groups beside it, and how many there are in all."""

    page: Page[Any]
    facets: Sequence[Facet]
    total: int
    open_count: int = 0                  # of the whole library: what can be taken or ordered now
    hits: int | None = None              # as many the words alone find; None when nothing was looked for
    meant: int = 0                       # so many more mean it without saying it; they come last
    compared: int | None = None          # only so many of the hits, which are more, are ordered by what they say
    by_county: dict[str, int] | None = None  # for the map: county -> results, the chosen place left aside


@dataclass(frozen=True)
class _Hits:
    """What a search found: by its words, then by what it means. `ids` is None when nothing was looked for."""

    said: list[int] | None = None
    meant: Sequence[int] = ()

    @property
    def ids(self) -> list[int] | None:
        return None if self.said is None else [*self.said, *self.meant]


_CHOICES: dict[type, dict[str, tuple[str, ...]]] = {
    NeedFilter: need_choices, OfferingFilter: offering_choices, OrganizationFilter: organization_choices}


def known(wanted: Any) -> Any:
    """A NeedFilter, OfferingFilter or OrganizationFilter without choices that do not exist (any more): an old bookmark
    shows what the rest of it selects, not an empty library."""
    changes: dict[str, Any] = {}
    for name, listed in {**_CHOICES[type(wanted)], "category": [one.code for one in categories()]}.items():
        kept = tuple(one for one in getattr(wanted, name) if one in listed)
        if kept != getattr(wanted, name):
            changes[name] = kept
    for name in ("city", "county"):
        code = getattr(wanted, name, "")
        place = region(code)
        if code and (place is None or not (place.is_city if name == "city" else place.level == "county")):
            changes[name] = ""
    return replace(wanted, **changes) if changes else wanted


def _needs(wanted: NeedFilter, actor: Any) -> tuple[NeedList, _Hits]:
    said = search_needs(wanted.q, wanted.sort == "best") if wanted.q else None
    hits = _Hits(said, () if said is None else meant_needs(wanted.q, set(said)))
    return NeedList(known(wanted), hits.ids, actor), hits


def _offerings(wanted: OfferingFilter) -> tuple[OfferingList, _Hits]:
    said = search_offerings(wanted.q, wanted.sort == "best") if wanted.q else None
    hits = _Hits(said, () if said is None else meant_offerings(wanted.q, set(said)))
    return OfferingList(known(wanted), hits.ids), hits


def _answer(listed: NeedList | OfferingList, hits: _Hits, size: int, by_county: dict[str, int]) -> Found:
    page, said = listed.page(size), hits.said
    seen = None if said is None else listed.visible(said)
    return Found(page, listed.facets(), page.total, listed.open_count, seen, listed.visible(hits.meant),
                 COMPARED if seen is not None and seen > COMPARED else None, by_county)


def find_needs(wanted: NeedFilter, actor: Any = None, size: int = 20) -> Found:
    """A page of released needs that the actor (None or somebody not signed in: the public) may see."""
    listed, hits = _needs(wanted, actor)
    return _answer(listed, hits, size, listed.by_county())


def find_offerings(wanted: OfferingFilter, actor: Any = None, size: int = 20) -> Found:
    """A page of published offerings, which everybody may see."""
    listed, hits = _offerings(wanted)
    return _answer(listed, hits, size, listed.by_place)


def find_organizations(wanted: OrganizationFilter, actor: Any = None, size: int = 20) -> Found:
    """A page of the organizations that passed vetting; `category` asks for those that offer something in it."""
    listed = OrganizationList(known(wanted), offering_in())
    return Found(listed.page(size), listed.facets(), listed.total)


def all_ids(wanted: Any, actor: Any = None) -> list[int]:
    """Ids of everything that a NeedFilter, OfferingFilter or OrganizationFilter selects, in its order; the page number
    is left aside."""
    if isinstance(wanted, NeedFilter):
        return _needs(wanted, actor)[0].ids
    if isinstance(wanted, OfferingFilter):
        return _offerings(wanted)[0].ids
    return OrganizationList(known(wanted), offering_in()).ids


def newer_than(wanted: Any, moment: dt.datetime, actor: Any = None) -> list[int]:
    """Ids of those that a NeedFilter or OfferingFilter selects and that were released (needs) or put up (offerings)
    after the moment, the newest first."""
    listed = _needs(wanted, actor)[0] if isinstance(wanted, NeedFilter) else _offerings(wanted)[0]
    return listed.newer_than(moment)
