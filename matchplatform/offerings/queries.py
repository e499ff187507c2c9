"""Reading offerings: the public library with its facets, the desk of their organization and of the province."""

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import history
from matchplatform.catalog.queries import areas_covering, categories, cities, counties, regions, short_name
from matchplatform.catalog.rules import PROVINCE
from matchplatform.core.clock import local, now, today
from matchplatform.core.errors import NotFound
from matchplatform.core.facets import Facet, facet
from matchplatform.core.paging import Page, within
from matchplatform.core.rules import Choice
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.offerings import rules
from matchplatform.offerings.models import Offering, OfferingArea
from matchplatform.organizations.models import Organization
from matchplatform.organizations.rules import RATINGS

SORTS = {"best": "最相关", "newest": "最新上架", "capacity": "余量多的在前", "support": "投入多的在前",
         "ending": "快到期的在前"}
DESK_SORTS = {"moved": "最近有动静", "newest": "最新填报", "capacity": "余量多的在前", "ending": "快到期的在前"}
MOST_IDS = 500                      # as many hits as the search answers at most
TWICE = dt.timedelta(seconds=60)    # the same text again within a minute is the same click again
UNRATED = "none"                    # the URL's word for no rating, or one that has run out

SHOWN = (Choice("open", "可点单", "go"), rules.FULL, rules.EXPIRED)
DESK_STATES = tuple(one for state in rules.STATES
                    for one in ((state, rules.FULL, rules.EXPIRED) if state.value == "published" else (state,)))
OVERSEEN = ("published", "paused", "withdrawn")  # what the province sees of everybody's offerings


@dataclass(frozen=True)
class OfferingFilter:
    """The public library's filters as they stand in the URL; city and county ask who serves them."""

    q: str = ""
    category: tuple[str, ...] = ()
    city: str = ""
    county: str = ""
    rating: tuple[str, ...] = ()
    cost_model: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    sort: str = ""
    page: int = 1

    def __post_init__(self) -> None:
        """An order that is not named or cannot be: by relevance when words are looked for, else the newest."""
        if self.sort not in SORTS or (self.sort == "best" and not self.q):
            object.__setattr__(self, "sort", "best" if self.q else "newest")


@dataclass(frozen=True)
class DeskFilter:
    """The desk's filters; `state` holds values of DESK_STATES."""

    q: str = ""
    state: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    county: str = ""
    sort: str = "moved"
    page: int = 1


def _shown(still_open: str = "open") -> sa.ColumnElement[str]:
    """The state as it reads today; the desk calls what can be ordered by its status."""
    return sa.case((Offering.status != "published", Offering.status),
                   (sa.and_(Offering.ends_on.is_not(None), Offering.ends_on < today()), sa.literal("expired")),
                   (Offering.capacity_taken >= Offering.capacity, sa.literal("full")),
                   else_=sa.literal(still_open))


def _rated() -> sa.ColumnElement[str]:
    """The rating that counts today; one that has run out is none."""
    valid = sa.or_(Organization.rating_ends_on.is_(None), Organization.rating_ends_on >= today())
    return sa.case((sa.and_(Organization.rating != "", valid), Organization.rating), else_=sa.literal(UNRATED))


def _serving(codes: Sequence[str]) -> sa.ColumnElement[bool]:
    """Offerings with one of these regions among their areas."""
    return Offering.id.in_(sa.select(OfferingArea.offering_id).where(OfferingArea.region_code.in_(codes)))


def _within_city(city_code: str) -> list[str]:
    """The areas that reach at least a part of the city."""
    return [city_code, PROVINCE, *(one.code for one in counties(city_code))]


def _groups(wanted: OfferingFilter, ids: Sequence[int] | None) -> dict[str, sa.ColumnElement[bool]]:
    """The filters in force by group, so that a facet can leave out its own."""
    groups: dict[str, sa.ColumnElement[bool]] = {"public": Offering.status == "published"}
    if wanted.q:
        found = (Offering.title.contains(wanted.q, autoescape=True) if ids is None
                 else Offering.id.in_(ids[:MOST_IDS]))
        groups["q"] = sa.or_(found, Offering.code == wanted.q.upper(),
                             Organization.name.contains(wanted.q, autoescape=True))
    if wanted.category:
        groups["category"] = Offering.category_code.in_(wanted.category)
    if wanted.county in regions() and regions()[wanted.county].level == "county":
        groups["place"] = _serving(areas_covering(wanted.county))
    elif wanted.city:
        groups["place"] = _serving(_within_city(wanted.city))
    if wanted.rating:
        groups["rating"] = _rated().in_(wanted.rating)
    if wanted.cost_model:
        groups["cost_model"] = Offering.cost_model.in_(wanted.cost_model)
    if wanted.state:
        groups["state"] = _shown().in_(wanted.state)
    return groups


def _order(sort: str) -> tuple[Any, ...]:
    match sort:
        case "capacity":
            return ((Offering.capacity - Offering.capacity_taken).desc(), Offering.id.desc())
        case "support":
            return ((Offering.funds_fen + Offering.in_kind_fen).desc(), Offering.id.desc())
        case "ending":
            return (Offering.ends_on.is_(None), Offering.ends_on, Offering.id)
        case "moved":
            return (Offering.updated_at.desc(), Offering.id.desc())
        case "newest desk":
            return (Offering.created_at.desc(), Offering.id.desc())
        case _:
            return (Offering.published_at.desc(), Offering.id.desc())


def _from(*columns: Any) -> sa.Select[Any]:
    return sa.select(*columns).join(Organization, Organization.id == Offering.organization_id)


def _records(*conditions: Any) -> sa.Select[Any]:
    """Whole offerings; the organization of the join is the one that the object carries."""
    return _from(Offering).where(*conditions).options(contains_eager(Offering.organization))


def public_offerings(wanted: OfferingFilter, ids: Sequence[int] | None, size: int = 20) -> Page[Offering]:
    """Published offerings; `ids` are the search's hits, best first (None: nothing was searched for)."""
    conditions = list(_groups(wanted, ids).values())
    if wanted.sort == "best" and ids is not None:
        return _by_relevance(conditions, ids, wanted.page, size)
    return page_of(_records(*conditions), _order(wanted.sort), wanted.page, size)


def _by_relevance(conditions: list[Any], ids: Sequence[int], number: int, size: int) -> Page[Offering]:
    """The search's order; offerings named by their code or organization come before the other hits."""
    kept = set(db.session.scalars(_from(Offering.id).where(*conditions)))
    hits = [one for one in ids[:MOST_IDS] if one in kept]
    order = sorted(kept - set(hits)) + hits
    page = within(number, size, len(order))
    chosen = order[(page - 1) * size:page * size]
    rows = {one.id: one for one in db.session.scalars(_records(Offering.id.in_(chosen)))}
    return Page([rows[one] for one in chosen], page, size, len(order))


def _tally(groups: dict[str, Any], without: str, column: Any) -> dict[str, int]:
    conditions = [one for name, one in groups.items() if name != without]
    return dict(db.session.execute(_from(column, sa.func.count(Offering.id)).where(*conditions)
                                   .group_by(column)).tuples().all())


def _reach(groups: dict[str, Any]) -> dict[int, set[str]]:
    """Offering -> its areas, the chosen place left aside; sets, because a city and its county count once."""
    conditions = [one for name, one in groups.items() if name != "place"]
    served: dict[int, set[str]] = {}
    for offering_id, code in db.session.execute(_from(Offering.id, OfferingArea.region_code).join(
            OfferingArea, OfferingArea.offering_id == Offering.id).where(*conditions)):
        served.setdefault(offering_id, set()).add(code)
    return served


def facets(wanted: OfferingFilter, ids: Sequence[int] | None) -> list[Facet]:
    """The groups beside the list in five statements; each group's counts ignore its own choice."""
    groups = _groups(wanted, ids)
    served = _reach(groups).values()
    by_city = {one.code: sum(not areas.isdisjoint(codes) for areas in served)
               for one in cities() for codes in (frozenset(_within_city(one.code)),)}
    rows = [facet("category", "帮扶领域", [(one.code, one.name) for one in categories()],
                  _tally(groups, "category", Offering.category_code), wanted.category),
            facet("city", "可服务的市（州）", [(one.code, short_name(one.code)) for one in cities()], by_city,
                  (wanted.city,), many=False, hide_empty=True)]
    if wanted.city:
        inside = counties(wanted.city)
        by_county = {one.code: sum(not areas.isdisjoint(areas_covering(one.code)) for areas in served)
                     for one in inside}
        rows.append(facet("county", "可服务的县（市、区）", [(one.code, short_name(one.code)) for one in inside],
                          by_county, (wanted.county,), many=False))
    ratings = [(one.value, one.label) for one in RATINGS if one.value] + [(UNRATED, "未评估或已过期")]
    return [*rows,
            facet("rating", "评估等级", ratings, _tally(groups, "rating", _rated()), wanted.rating),
            facet("cost_model", "收费方式", rules.COST_MODELS.pairs, _tally(groups, "cost_model", Offering.cost_model),
                  wanted.cost_model),
            facet("state", "状态", [(one.value, one.label) for one in SHOWN], _tally(groups, "state", _shown()),
                  wanted.state)]


def _one(*conditions: Any) -> Offering:
    found = db.session.scalar(sa.select(Offering).where(*conditions))
    if found is None:
        raise NotFound
    return found


def offering_by_code(code: str) -> Offering:
    """Any offering. Raises NotFound."""
    return _one(Offering.code == code)


def public_offering(code: str) -> Offering:
    """A published offering. Raises NotFound, also for paused and withdrawn ones."""
    return _one(Offering.code == code, Offering.status == "published")


@dataclass(frozen=True)
class OfferingText:
    """What the search reads of an offering; `is_public` tells whether it is published."""

    id: int
    code: str
    status: str
    is_public: bool
    title: str
    body: str
    category_code: str
    area_codes: tuple[str, ...]


_TEXTS = sa.select(Offering.id, Offering.code, Offering.status, Offering.title, Offering.body,
                   Offering.category_code).order_by(Offering.id)
_AREAS = (sa.select(OfferingArea.offering_id, OfferingArea.region_code)
          .join(Offering, Offering.id == OfferingArea.offering_id)
          .order_by(OfferingArea.offering_id, OfferingArea.region_code))


def offering_texts(codes: Collection[str] | None = None,
                   organizations: Collection[int] = ()) -> list[OfferingText]:
    """The texts of every published offering, full ones too, since capacity is one of the reasons; or those of the
    named offerings and of the named organizations' in whatever state. By id, in two statements.

    Columns, not records: always what the database holds now, whatever the session has loaded before.
    """
    wanted = (Offering.status == "published" if codes is None else
              sa.or_(Offering.code.in_(codes), Offering.organization_id.in_(organizations)))
    rows = db.session.execute(_TEXTS.where(wanted)).all()
    areas: dict[int, list[str]] = {}
    for offering_id, region_code in db.session.execute(_AREAS.where(wanted)):
        areas.setdefault(offering_id, []).append(region_code)
    return [OfferingText(row.id, row.code, row.status, row.status == "published", row.title, row.body,
                         row.category_code, tuple(areas.get(row.id, ()))) for row in rows]


def offerings_by_ids(ids: Collection[int]) -> list[Offering]:
    """The offerings with these ids, in whatever state."""
    return list(db.session.scalars(sa.select(Offering).where(Offering.id.in_(ids)).order_by(Offering.id)))


def open_offerings_of(organization_id: int) -> list[Offering]:
    """An organization's published offerings; full or run-out ones too, so that the page can say how to mend it."""
    return list(db.session.scalars(sa.select(Offering).where(
        Offering.organization_id == organization_id, Offering.status == "published").order_by(*_order("newest"))))


# ---- the desk

def _scope(actor: Any) -> sa.ColumnElement[bool]:
    """What stands in an actor's list."""
    match actor.role:
        case "organization_member":
            return Offering.organization_id == actor.organization_id
        case "province_officer":
            return Offering.status.in_(OVERSEEN)
        case _:
            return sa.false()


def desk_offering(actor: Any, code: str) -> Offering:
    """An offering that the actor may open: within his own reach, or published. Anything else is NotFound."""
    return _one(Offering.code == code, sa.or_(_scope(actor), Offering.status == "published"))


def own_offering(actor: Any, code: str) -> Offering:
    """An offering that stands in the actor's own list. Raises NotFound, also for others' published ones."""
    return _one(Offering.code == code, _scope(actor))


def _desk_filtered(wanted: DeskFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        conditions.append(sa.or_(Offering.title.contains(wanted.q, autoescape=True),
                                 Offering.code.contains(wanted.q.upper(), autoescape=True),
                                 Organization.name.contains(wanted.q, autoescape=True)))
    if wanted.category:
        conditions.append(Offering.category_code.in_(wanted.category))
    if wanted.county in regions() and regions()[wanted.county].level == "county":
        conditions.append(_serving(areas_covering(wanted.county)))
    if wanted.state:
        conditions.append(_shown("published").in_(wanted.state))
    return conditions


def desk_offerings(actor: Any, wanted: DeskFilter, size: int = 20) -> Page[Offering]:
    """The offerings within the actor's reach."""
    sort = "newest desk" if wanted.sort == "newest" else wanted.sort if wanted.sort in DESK_SORTS else "moved"
    return page_of(_records(_scope(actor), *_desk_filtered(wanted)), _order(sort), wanted.page, size)


def state_counts(actor: Any, wanted: DeskFilter) -> dict[str, int]:
    """Shown state -> how many the list would show, the chosen states left aside."""
    others, shown = dataclasses.replace(wanted, state=()), _shown("published")
    return dict(db.session.execute(_from(shown, sa.func.count(Offering.id)).where(
        _scope(actor), *_desk_filtered(others)).group_by(shown)).tuples().all())


def next_code(year: int) -> str:
    """The next number of the year: GJ2026-0265. Two at once draw the same; the unique constraint tells them."""
    prefix = f"GJ{year}-"
    numbers = [int(code[len(prefix):]) for code in db.session.scalars(
        sa.select(Offering.code).where(Offering.code.startswith(prefix)).order_by(
            sa.func.length(Offering.code).desc(), Offering.code.desc()).limit(20)) if code[len(prefix):].isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1:04d}"


def just_written(actor: Any, title: str, body: str) -> Offering | None:
    """The offering that the actor saved with the same words within the last minute: a second click."""
    return db.session.scalar(sa.select(Offering).where(
        Offering.created_by == actor.id, Offering.title == title, Offering.body == body,
        Offering.created_at > now() - TWICE).order_by(Offering.id).limit(1))


def history_of(offering: Offering) -> list[AuditRow]:
    """Who did what when, oldest first."""
    return history("offering", offering.code)


def last_act_sentence(actor: Any, offering: Offering) -> str:
    """王立 14:05 已经办了“暂停接单”。 Oneself is 您; the date stands before the time when it was not today."""
    rows = history_of(offering)
    if not rows:
        return "这项供给刚刚被改动了。"
    row, at = rows[-1], local(rows[-1].at)
    said = f"{at:%H:%M}" if at.date() == today() else f"{at.month}月{at.day}日 {at:%H:%M}"
    return f"{'您' if row.actor_id == actor.id else row.actor_name} {said} 已经办了“{row.label}”。"
