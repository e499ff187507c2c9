"""Finding in the libraries: one filter as it stands in the URL, answered as a page, as everything it selects, or as
what came since a moment.

The match engine says what the words of a search speak of; filters, counts and orders are worked out on the libraries'
columns in memory (`needs.list_queries`, `offerings.list_queries`).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.core.facets import Facet
from matchplatform.core.paging import Page
from matchplatform.matching.index import COMPARED
from matchplatform.matching.queries import search_needs, search_offerings
from matchplatform.needs.filters import NeedFilter
from matchplatform.needs.list_queries import NeedList
from matchplatform.offerings.filters import OfferingFilter
from matchplatform.offerings.list_queries import OfferingList
from matchplatform.offerings.queries import organizations_offering
from matchplatform.organizations import queries as organizations
from matchplatform.organizations.queries import OrganizationFilter


@dataclass(frozen=True)
class Found:
    """A page of what a filter selects, the groups beside it, and how many there are in all."""

    page: Page[Any]
    facets: Sequence[Facet]
    total: int
    open_count: int = 0                  # of the whole library: what can be taken or ordered now
    hits: int | None = None              # as many the words alone find; None when nothing was looked for
    compared: int | None = None          # only so many of the hits, which are more, are ordered by what they say
    by_county: dict[str, int] | None = None  # for the map: county -> results, the chosen place left aside


def _needs(wanted: NeedFilter, actor: Any) -> tuple[NeedList, list[int] | None]:
    ids = search_needs(wanted.q, wanted.sort == "best") if wanted.q else None
    return NeedList(wanted, ids, actor), ids


def _offerings(wanted: OfferingFilter) -> tuple[OfferingList, list[int] | None]:
    ids = search_offerings(wanted.q, wanted.sort == "best") if wanted.q else None
    return OfferingList(wanted, ids), ids


def _answer(listed: NeedList | OfferingList, ids: list[int] | None, size: int, by_county: dict[str, int]) -> Found:
    page = listed.page(size)
    return Found(page, listed.facets(), page.total, listed.open_count, None if ids is None else len(ids),
                 COMPARED if ids is not None and len(ids) > COMPARED else None, by_county)


def find_needs(wanted: NeedFilter, actor: Any = None, size: int = 20) -> Found:
    """A page of released needs that the actor (None or somebody not signed in: the public) may see."""
    listed, ids = _needs(wanted, actor)
    return _answer(listed, ids, size, listed.by_county())


def find_offerings(wanted: OfferingFilter, actor: Any = None, size: int = 20) -> Found:
    """A page of published offerings, which everybody may see."""
    listed, ids = _offerings(wanted)
    return _answer(listed, ids, size, listed.by_place)


def find_organizations(wanted: OrganizationFilter, actor: Any = None, size: int = 20) -> Found:
    """A page of the organizations that passed vetting; `category` asks for those that offer something in it."""
    offering = organizations_offering(wanted.category) if wanted.category else None
    page = organizations.public_organizations(wanted, size, offering)
    return Found(page, (), page.total)


def all_ids(wanted: Any, actor: Any = None) -> list[int]:
    """Ids of everything that a NeedFilter, OfferingFilter or OrganizationFilter selects, in its order; the page number
    is left aside."""
    if isinstance(wanted, NeedFilter):
        return _needs(wanted, actor)[0].ids
    if isinstance(wanted, OfferingFilter):
        return _offerings(wanted)[0].ids
    offering = organizations_offering(wanted.category) if wanted.category else None
    return organizations.public_organization_ids(wanted, offering)


def newer_than(wanted: Any, moment: dt.datetime, actor: Any = None) -> list[int]:
    """Ids of those that a NeedFilter or OfferingFilter selects and that were released (needs) or put up (offerings)
    after the moment, the newest first."""
    listed = _needs(wanted, actor)[0] if isinstance(wanted, NeedFilter) else _offerings(wanted)[0]
    return listed.newer_than(moment)
