"""The radar: what ends within ninety days or has run out, of the organizations within an office's reach."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.core.clock import today
from matchplatform.core.paging import Page, within
from matchplatform.extensions import db
from matchplatform.organizations.models import Organization
from matchplatform.organizations.queries import within_reach
from matchplatform.organizations.radar_rules import AHEAD, THINGS, TOLD
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.radar_models import EndingReminder
from matchplatform.pairings.rules import UNDER_WAY

SORTS = {"date": "先到期的在前", "late": "后到期的在前", "name": "按组织名称"}
STATES = {"soon": f"{AHEAD} 天内到期", "over": "已经到期", "all": "全部"}
PENALTY_SHOWN = 90  # days that a penalty stays on the radar after its end: it is over, nothing is to be done
_INSIDE = Organization.status.in_(("vetted", "suspended"))


@dataclass(frozen=True)
class RadarFilter:
    """Filters of the radar, as they stand in the URL."""

    q: str = ""
    thing: tuple[str, ...] = ()
    state: str = "soon"
    sort: str = "date"
    page: int = 1

    def __post_init__(self) -> None:
        """Unknown words mean what is usual."""
        for name, known, usual in (("state", STATES, "soon"), ("sort", SORTS, "date")):
            if getattr(self, name) not in known:
                object.__setattr__(self, name, usual)


def _own(thing: str, called: Any, day: Any) -> sa.Select[Any]:
    return sa.select(
        Organization.id.label("organization_id"), Organization.name.label("name"),
        Organization.registration_level.label("level"), sa.literal(thing).label("thing"), called.label("called"),
        day.label("ends_on"), sa.literal("").label("code")).where(_INSIDE, day.is_not(None))


def _endings() -> sa.Select[Any]:
    """Every ending as a row: organization_id, name, level, thing, called, ends_on, code of the pairing or ""."""
    # date('2026-12-31') is a date for both databases: tax periods are calendar years
    year_end = sa.func.date(sa.cast(Organization.tax_to_year, sa.String) + "-12-31", type_=sa.Date)
    found = sa.union_all(
        _own("rating", Organization.rating, Organization.rating_ends_on).where(Organization.rating != ""),
        _own("certificate", sa.literal(""), Organization.certificate_ends_on),
        _own("tax", sa.literal(""), year_end).where(Organization.tax_to_year.is_not(None)),
        _own("penalty", sa.literal(""), Organization.penalty_until).where(
            Organization.penalty_until >= today() - dt.timedelta(days=PENALTY_SHOWN)),
        sa.select(Organization.id, Organization.name, Organization.registration_level, sa.literal("agreement"),
                  sa.literal(""), Pairing.ends_on, Pairing.code).join(
                      Organization, Organization.id == Pairing.organization_id).where(
                          Pairing.status.in_(UNDER_WAY), Pairing.ends_on.is_not(None))).subquery()
    return sa.select(found)


def _rows(actor: Any, wanted: RadarFilter, *left_aside: str) -> tuple[sa.Select[Any], Any]:
    statement = _endings()
    c = statement.selected_columns
    reach = sa.select(Organization.id).where(within_reach(actor))
    statement = statement.where(c.organization_id.in_(reach), c.ends_on <= today() + dt.timedelta(days=AHEAD))
    if wanted.state != "all" and "state" not in left_aside:
        statement = statement.where(c.ends_on >= today() if wanted.state == "soon" else c.ends_on < today())
    if wanted.thing and "thing" not in left_aside:
        statement = statement.where(c.thing.in_(wanted.thing))
    if wanted.q:
        statement = statement.where(c.name.contains(wanted.q, autoescape=True))
    return statement, c


def _order(wanted: RadarFilter, c: Any) -> tuple[Any, ...]:
    first = {"date": (c.ends_on,), "late": (c.ends_on.desc(),), "name": (c.name,)}[wanted.sort]
    return (*first, c.name, c.thing, c.code)


def endings(actor: Any, wanted: RadarFilter, size: int = 30) -> Page[Any]:
    """One page of the radar."""
    statement, c = _rows(actor, wanted)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(statement.subquery())) or 0
    page = within(wanted.page, size, total)
    found = db.session.execute(statement.order_by(*_order(wanted, c)).limit(size).offset((page - 1) * size)).all()
    return Page(found, page, size, total)


def all_endings(actor: Any, wanted: RadarFilter, most: int) -> list[Any]:
    """The whole radar by its filter, at most `most` rows."""
    statement, c = _rows(actor, wanted)
    return list(db.session.execute(statement.order_by(*_order(wanted, c)).limit(most)))


def counts(actor: Any, wanted: RadarFilter) -> tuple[dict[str, int], dict[str, int]]:
    """(by thing, by state), each with its own choice left aside."""
    by_thing, c = _rows(actor, wanted, "thing")
    things = dict(db.session.execute(by_thing.with_only_columns(c.thing, sa.func.count()).group_by(c.thing)).all())
    by_state, c = _rows(actor, wanted, "state")
    over = sa.case((c.ends_on < today(), "over"), else_="soon")
    states = dict(db.session.execute(by_state.with_only_columns(over, sa.func.count()).group_by(over)).all())
    return things, {**states, "all": sum(states.values())}


def soon_count(actor: Any) -> int:
    """How many endings lie ahead within ninety days."""
    statement, _c = _rows(actor, RadarFilter())
    return db.session.scalar(sa.select(sa.func.count()).select_from(statement.subquery())) or 0


def organizations_ahead(day: dt.date) -> list[int]:
    """Numbers of the organizations of which something ends within ninety days from a day on."""
    statement = _endings()
    c = statement.selected_columns
    return list(db.session.scalars(statement.with_only_columns(c.organization_id).where(
        c.thing.in_(TOLD), c.ends_on.between(day, day + dt.timedelta(days=AHEAD))).distinct()
        .order_by(c.organization_id)))


def endings_of(organization_id: int, day: dt.date) -> list[Any]:
    """What of an organization ends within ninety days from a day on, and is to be told."""
    statement = _endings()
    c = statement.selected_columns
    return list(db.session.execute(statement.where(
        c.organization_id == organization_id, c.thing.in_(TOLD),
        c.ends_on.between(day, day + dt.timedelta(days=AHEAD))).order_by(c.ends_on, c.thing, c.code)))


def told_of(organization_id: int) -> set[tuple[str, str, dt.date, int]]:
    """(thing, subject, last day, mark) of every reminder that went out."""
    return set(db.session.execute(sa.select(
        EndingReminder.thing, EndingReminder.subject, EndingReminder.ends_on, EndingReminder.mark).where(
            EndingReminder.organization_id == organization_id)).tuples())


def called(row: Any) -> str:
    """评估等级 4A, 结对协议 JD2026-0412."""
    return " ".join(part for part in (THINGS[row.thing].label, row.called or row.code) if part)
