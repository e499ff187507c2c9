"""Reading needs: the public library with its facets, the desk within each actor's reach."""

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from matchplatform.accounts.queries import county_officers, names
from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import history
from matchplatform.catalog.models import Region
from matchplatform.catalog.queries import categories, cities, counties, key_county_codes, region, short_name
from matchplatform.core.clock import local, now, today
from matchplatform.core.errors import NotFound
from matchplatform.core.facets import Facet, facet
from matchplatform.core.paging import Page, within
from matchplatform.core.rules import Choice
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.needs import rules
from matchplatform.needs.models import Need, NeedLine

SORTS = {"best": "最相关", "newest": "最新发布", "closing": "快截止的在前", "gap": "资金缺口大的在前",
         "people": "受益人多的在前"}
DESK_SORTS = {"moved": "最近有动静", "newest": "最新填报", "closing": "快截止的在前", "gap": "资金缺口大的在前"}
MOST_IDS = 500                      # as many hits as the search answers at most
TWICE = dt.timedelta(seconds=60)    # the same text again within a minute is the same click again

# The states as the library's reader knows them; "open" is a published need before its closing time.
SHOWN = (Choice("open", "可接单", "go"), rules.EXPIRED,
         *(rules.STATES[one] for one in ("matched", "fulfilled", "closed")))
DESK_STATES = tuple(one for state in rules.STATES
                    for one in ((state, rules.EXPIRED) if state.value == "published" else (state,)))


@dataclass(frozen=True)
class NeedFilter:
    """The public library's filters as they stand in the URL; `state` holds values of SHOWN."""

    q: str = ""
    category: tuple[str, ...] = ()
    city: str = ""
    county: str = ""
    aid_mode: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    key: bool = False
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
    city: str = ""
    county: str = ""
    township: str = ""
    sort: str = "moved"
    page: int = 1


# ---- the public library

def _shown(still_open: str = "open") -> sa.ColumnElement[str]:
    """The state as it reads now, for grouping and filtering; the desk calls an open need by its status."""
    return sa.case((Need.status != "published", Need.status),
                   (sa.and_(Need.closing_at.is_not(None), Need.closing_at < now()), sa.literal("expired")),
                   else_=sa.literal(still_open))


def _groups(wanted: NeedFilter, ids: Sequence[int] | None) -> dict[str, sa.ColumnElement[bool]]:
    """The filters in force by group, so that a facet can leave out its own."""
    groups: dict[str, sa.ColumnElement[bool]] = {"public": Need.status.in_(rules.PUBLIC)}
    if wanted.q:
        found = Need.title.contains(wanted.q, autoescape=True) if ids is None else Need.id.in_(ids[:MOST_IDS])
        groups["q"] = sa.or_(found, Need.code == wanted.q.upper())
    if wanted.category:
        groups["category"] = Need.category_code.in_(wanted.category)
    if wanted.county:
        groups["place"] = Need.county_code == wanted.county
    elif wanted.city:
        groups["place"] = Need.county_code.in_([one.code for one in counties(wanted.city)])
    if wanted.aid_mode:
        groups["aid_mode"] = Need.aid_mode.in_(wanted.aid_mode)
    if wanted.urgency:
        groups["urgency"] = Need.urgency.in_(wanted.urgency)
    if wanted.state:
        groups["state"] = _shown().in_(wanted.state)
    if wanted.key:
        groups["key"] = Need.county_code.in_(sorted(key_county_codes()))
    return groups


def _order(sort: str) -> tuple[Any, ...]:
    match sort:
        case "closing":  # what can still be taken comes first, the most pressing on top
            return (_shown() != "open", Need.closing_at.is_(None), Need.closing_at, Need.id)
        case "gap":
            return (Need.funds_gap_fen.desc(), Need.id.desc())
        case "people":
            return (Need.beneficiaries.desc(), Need.id.desc())
        case "moved":
            return (Need.updated_at.desc(), Need.id.desc())
        case "newest desk":
            return (Need.created_at.desc(), Need.id.desc())
        case _:
            return (Need.released_at.desc(), Need.id.desc())


def public_needs(wanted: NeedFilter, ids: Sequence[int] | None, size: int = 20) -> Page[Need]:
    """Released needs; `ids` are the search's hits, best first (None: nothing was searched for)."""
    conditions = list(_groups(wanted, ids).values())
    if wanted.sort == "best" and ids is not None:
        return _by_relevance(conditions, ids, wanted.page, size)
    return page_of(sa.select(Need).where(*conditions), _order(wanted.sort), wanted.page, size)


def _by_relevance(conditions: list[Any], ids: Sequence[int], number: int, size: int) -> Page[Need]:
    """The search's order; a need named by its code comes before all hits."""
    kept = set(db.session.scalars(sa.select(Need.id).where(*conditions)))
    hits = [one for one in ids[:MOST_IDS] if one in kept]
    order = sorted(kept - set(hits)) + hits
    page = within(number, size, len(order))
    chosen = order[(page - 1) * size:page * size]
    rows = {need.id: need for need in db.session.scalars(sa.select(Need).where(Need.id.in_(chosen)))}
    return Page([rows[one] for one in chosen], page, size, len(order))


def _tally(groups: dict[str, Any], without: str, column: Any) -> dict[str, int]:
    conditions = [one for name, one in groups.items() if name != without]
    return dict(db.session.execute(sa.select(column, sa.func.count(Need.id)).where(*conditions)
                                   .group_by(column)).tuples().all())


def counts_by_county(wanted: NeedFilter, ids: Sequence[int] | None) -> dict[str, int]:
    """County code -> how many needs the filters leave there, for the map; the chosen place is left aside."""
    return _tally(_groups(wanted, ids), "place", Need.county_code)


def facets(wanted: NeedFilter, ids: Sequence[int] | None) -> list[Facet]:
    """The groups beside the list in six statements; each group's counts ignore its own choice."""
    groups = _groups(wanted, ids)
    by_county = _tally(groups, "place", Need.county_code)
    by_city: dict[str, int] = {}
    for code, n in by_county.items():
        city = region(code).city_code
        by_city[city] = by_city.get(city, 0) + n
    keys = key_county_codes()
    in_keys = sum(n for code, n in _tally(groups, "key", Need.county_code).items() if code in keys)
    rows = [facet("category", "帮扶领域", [(one.code, one.name) for one in categories()],
                  _tally(groups, "category", Need.category_code), wanted.category),
            facet("city", "市（州）", [(one.code, short_name(one.code)) for one in cities()], by_city,
                  (wanted.city,), many=False, hide_empty=True)]
    if wanted.city:
        rows.append(facet("county", "县（市、区）", [(one.code, short_name(one.code)) for one in counties(wanted.city)],
                          by_county, (wanted.county,), many=False))
    return [*rows,
            facet("key", "重点帮扶县", [("1", "只看重点帮扶县")], {"1": in_keys}, ("1",) if wanted.key else ()),
            facet("aid_mode", "帮扶方式", rules.AID_MODES.pairs, _tally(groups, "aid_mode", Need.aid_mode),
                  wanted.aid_mode),
            facet("urgency", "紧急程度", rules.URGENCIES.pairs, _tally(groups, "urgency", Need.urgency),
                  wanted.urgency),
            facet("state", "状态", [(one.value, one.label) for one in SHOWN], _tally(groups, "state", _shown()),
                  wanted.state)]


def need_by_code(code: str) -> Need:
    """Any need. Raises NotFound."""
    return _one(Need.code == code)


def public_need(code: str) -> Need:
    """A released need. Raises NotFound, also for drafts and withdrawn ones."""
    return _one(Need.code == code, Need.status.in_(rules.PUBLIC))


def _one(*conditions: Any) -> Need:
    found = db.session.scalar(sa.select(Need).where(*conditions).options(selectinload(Need.lines)))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class NeedText:
    """What the search reads of a need; `items` are the names of its lines, `is_public` whether it is released."""

    id: int
    code: str
    status: str
    is_public: bool
    title: str
    body: str
    category_code: str
    county_code: str
    township: str
    items: tuple[str, ...]


_TEXTS = (sa.select(Need.id, Need.code, Need.status, Need.title, Need.body, Need.category_code, Need.county_code,
                    sa.func.coalesce(Region.name, "").label("township"))
          .outerjoin(Region, Region.code == Need.township_code).order_by(Need.id))
_ITEMS = (sa.select(NeedLine.need_id, NeedLine.item).join(Need, Need.id == NeedLine.need_id)
          .order_by(NeedLine.need_id, NeedLine.position))


def need_texts(codes: Collection[str] | None = None) -> list[NeedText]:
    """The texts of every released need, or of the named ones in whatever state, by id; two statements.

    Columns, not records: always what the database holds now, whatever the session has loaded before. Which needs
    still take bids is decided by whoever ranks.
    """
    wanted = Need.status.in_(rules.PUBLIC) if codes is None else Need.code.in_(codes)
    rows = db.session.execute(_TEXTS.where(wanted)).all()
    items: dict[int, list[str]] = {}
    for need_id, item in db.session.execute(_ITEMS.where(wanted)):
        items.setdefault(need_id, []).append(item)
    return [NeedText(row.id, row.code, row.status, row.status in rules.PUBLIC, row.title, row.body, row.category_code,
                     row.county_code, row.township, tuple(items.get(row.id, ()))) for row in rows]


def open_now() -> sa.ColumnElement[bool]:
    """A need that can be bid on at this moment."""
    return sa.and_(Need.status == "published", sa.or_(Need.closing_at.is_(None), Need.closing_at >= now()))


def open_needs_of(county_code: str) -> list[Need]:
    """A county's needs that can be bid on now with their lines, the most pressing first."""
    return list(db.session.scalars(sa.select(Need).where(Need.county_code == county_code, open_now())
                                   .order_by(*_order("closing")).options(selectinload(Need.lines))))


def newest_open_needs(most: int) -> list[Need]:
    """The needs that can be bid on now with their lines, the latest released first."""
    return list(db.session.scalars(sa.select(Need).where(open_now()).order_by(
        Need.released_at.desc(), Need.id.desc()).limit(most).options(selectinload(Need.lines))))


# ---- the desk

def _scope(actor: Any) -> sa.ColumnElement[bool]:
    """What stands in an actor's list."""
    match actor.role:
        case "county_officer":
            return Need.county_code == actor.county_code
        case "township_officer":
            return Need.township_code == actor.township_code
        case "city_officer":
            return sa.and_(Need.status.in_(rules.PUBLIC),
                           Need.county_code.in_([one.code for one in counties(actor.city_code)]))
        case "province_officer":
            return Need.status.in_(("submitted", *rules.PUBLIC))
        case _:
            return sa.false()


def desk_need(actor: Any, code: str) -> Need:
    """A need that the actor may open: within his own reach, or released. Anything else is NotFound."""
    return _one(Need.code == code, sa.or_(_scope(actor), Need.status.in_(rules.PUBLIC)))


def needs_of_county(actor: Any, county_code: str, since: dt.datetime, most: int) -> list[Need]:
    """A county's needs written since a moment that the actor may read, the newest first: released ones, and drafts
    where they stand in his own list. Withdrawn ones are left out."""
    return list(db.session.scalars(sa.select(Need).where(
        Need.county_code == county_code, Need.status != "withdrawn", Need.created_at >= since,
        sa.or_(_scope(actor), Need.status.in_(rules.PUBLIC))).order_by(Need.id.desc()).limit(most)))


def newest_texts(most: int) -> list[tuple[str, str]]:
    """Title and text of the needs released last."""
    return [(title, body) for title, body in db.session.execute(
        sa.select(Need.title, Need.body).where(Need.status.in_(rules.PUBLIC))
        .order_by(Need.released_at.desc(), Need.id.desc()).limit(most))]


def own_need(actor: Any, code: str) -> Need:
    """A need that stands in the actor's own list. Raises NotFound, also for other counties' released ones."""
    return _one(Need.code == code, _scope(actor))


def _desk_filtered(wanted: DeskFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        conditions.append(sa.or_(Need.title.contains(wanted.q, autoescape=True),
                                 Need.code.contains(wanted.q.upper(), autoescape=True),
                                 Need.village.contains(wanted.q, autoescape=True)))
    if wanted.category:
        conditions.append(Need.category_code.in_(wanted.category))
    if wanted.county:
        conditions.append(Need.county_code == wanted.county)
    elif wanted.city:
        conditions.append(Need.county_code.in_([one.code for one in counties(wanted.city)]))
    if wanted.township:
        conditions.append(Need.township_code == wanted.township)
    if wanted.state:
        conditions.append(_shown("published").in_(wanted.state))
    return conditions


def desk_needs(actor: Any, wanted: DeskFilter, size: int = 20) -> Page[Need]:
    """The needs within the actor's reach."""
    sort = "newest desk" if wanted.sort == "newest" else wanted.sort if wanted.sort in DESK_SORTS else "moved"
    return page_of(sa.select(Need).where(_scope(actor), *_desk_filtered(wanted)), _order(sort), wanted.page, size)


def state_counts(actor: Any, wanted: DeskFilter) -> dict[str, int]:
    """Shown state -> how many the list would show, the chosen states left aside."""
    others, shown = dataclasses.replace(wanted, state=()), _shown("published")
    return dict(db.session.execute(sa.select(shown, sa.func.count(Need.id)).where(
        _scope(actor), *_desk_filtered(others)).group_by(shown)).tuples().all())


def next_code(county_code: str, year: int) -> str:
    """The county's next number of the year: XQ420921-2026-038. Two at once draw the same; the constraint tells."""
    prefix = f"XQ{county_code}-{year}-"
    numbers = [int(code[len(prefix):]) for code in db.session.scalars(
        sa.select(Need.code).where(Need.code.startswith(prefix)).order_by(
            sa.func.length(Need.code).desc(), Need.code.desc()).limit(20)) if code[len(prefix):].isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1:03d}"


def just_written(actor: Any, title: str, body: str) -> Need | None:
    """The need that the actor saved with the same words within the last minute: a second click, not a second need."""
    return db.session.scalar(sa.select(Need).where(
        Need.created_by == actor.id, Need.title == title, Need.body == body, Need.created_at > now() - TWICE)
        .order_by(Need.id).limit(1))


def releasers(need: Need) -> list[int]:
    """Ids of the county's officers who may release it; none when the only officer is who submitted it."""
    return [one for one in county_officers(need.county_code) if one != need.submitted_by]


def releaser_names(need: Need) -> list[str]:
    """Their names, for the page that says in whose hands it is."""
    known = names(set(releasers(need)))
    return [known[one] for one in sorted(known)]


def history_of(need: Need) -> list[AuditRow]:
    """Who did what when, oldest first."""
    return history("need", need.code)


def last_act_sentence(actor: Any, need: Need) -> str:
    """陈思 14:05 已经办了“放行发布”。 Oneself is 您; the date stands before the time when it was not today."""
    rows = history_of(need)
    if not rows:
        return "这条需求刚刚被改动了。"
    row, at = rows[-1], local(rows[-1].at)
    said = f"{at:%H:%M}" if at.date() == today() else f"{at.month}月{at.day}日 {at:%H:%M}"
    return f"{'您' if row.actor_id == actor.id else row.actor_name} {said} 已经办了“{row.label}”。"
