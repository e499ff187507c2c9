"""What the steering board shows beyond the count."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.catalog.queries import categories, cities, counties, current_campaign, key_county_codes, short_name
from matchplatform.core.clock import now, start_of_day, today
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import count_by_city, count_by_county

YEAR = dt.timedelta(days=365)
SLOW = dt.timedelta(days=30)


@dataclass(frozen=True)
class FunnelStep:
    """A stage with how many pairings of the last twelve months reached it, and who was lost before it."""

    label: str
    total: int
    lost: str
    states: tuple[str, ...]


def _reach(actor: Any) -> tuple[Any, ...]:
    """The counties an actor steers: all for the province, a city's own."""
    if actor.role == "city_officer":
        return (Pairing.county_code.in_([c.code for c in counties(actor.city_code)]),)
    return ()


def funnel(actor: Any) -> list[FunnelStep]:
    """From proposal to completion over the last twelve months, by what became of each pairing."""
    since = now() - YEAR
    row = db.session.execute(sa.select(
        sa.func.count().label("proposed"), sa.func.count(Pairing.accepted_at).label("accepted"),
        sa.func.count(Pairing.approved_at).label("approved"), sa.func.count(Pairing.signed_on).label("signed"),
        sa.func.sum(sa.case((Pairing.status == "completed", 1), else_=0)).label("completed"),
        *(sa.func.sum(sa.case((Pairing.status == state, 1), else_=0)).label(f"n_{state}")
          for state in ("declined", "withdrawn", "rejected", "terminated", "proposed", "accepted", "approved",
                        "active"))).where(Pairing.proposed_at >= since, *_reach(actor))).one()
    n = {key: int(value or 0) for key, value in row._mapping.items()}
    every = ("proposed", "accepted", "approved", "active", "completed", "declined", "withdrawn", "rejected",
             "terminated")
    return [
        FunnelStep("接单与点单", n["proposed"], "", every),
        FunnelStep("对方同意", n["accepted"], f"谢绝 {n['n_declined']}，撤回 {n['n_withdrawn']}，还在等答复 {n['n_proposed']}",
                   ("accepted", "approved", "active", "completed", "rejected", "terminated")),
        FunnelStep("批准", n["approved"], f"驳回 {n['n_rejected']}，还在审 {n['n_accepted']}",
                   ("approved", "active", "completed", "terminated")),
        FunnelStep("签协议", n["signed"], f"已批准还没签 {n['n_approved']}", ("active", "completed", "terminated")),
        FunnelStep("办成", n["completed"], f"在办 {n['n_active']}，终止 {n['n_terminated']}", ("completed",)),
    ]


def slow_to_sign(actor: Any) -> int:
    """Approved more than thirty days ago and still without an agreement."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Pairing).where(
        Pairing.status == "approved", Pairing.approved_at < now() - SLOW, *_reach(actor))) or 0


def overdue(actor: Any) -> int:
    """Agreements whose end has passed while the pairing is still active."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Pairing).where(
        Pairing.status == "active", Pairing.ends_on < today(), *_reach(actor))) or 0


@dataclass(frozen=True)
class CityRow:
    """A city's part: organizations counted, key counties covered, open needs."""

    code: str
    name: str
    organizations: int
    covered: int
    keys: int
    open_needs: int


def _open_needs_by_county() -> dict[str, int]:
    return dict(db.session.execute(sa.select(Need.county_code, sa.func.count()).where(
        Need.status == "published", sa.or_(Need.closing_at.is_(None), Need.closing_at >= now()))
        .group_by(Need.county_code)).all())


def city_rows(actor: Any) -> list[CityRow]:
    """The cities with the organizations paired in their key counties, most first."""
    campaign, keys = current_campaign(), key_county_codes()
    by_city = count_by_city(campaign) if campaign else {}
    by_county = count_by_county(campaign) if campaign else {}
    waiting = _open_needs_by_county()
    rows = []
    for city in cities():
        if actor.role == "city_officer" and city.code != actor.city_code:
            continue
        inside = [c.code for c in counties(city.code)]
        own = [code for code in inside if code in keys]
        rows.append(CityRow(city.code, short_name(city.code), by_city.get(city.code, 0),
                            sum(by_county.get(code, 0) > 0 for code in own), len(own),
                            sum(waiting.get(code, 0) for code in inside)))
    return sorted(rows, key=lambda r: (-r.organizations, -r.keys, r.code))


@dataclass(frozen=True)
class KeyCountyRow:
    """A key county: organizations counted, open needs by category."""

    code: str
    name: str
    city: str
    organizations: int
    waiting: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.waiting.values())


def key_county_rows(actor: Any) -> list[KeyCountyRow]:
    """Key counties grouped by city, each with its open needs per category (the gap matrix)."""
    campaign, keys = current_campaign(), key_county_codes()
    paired = count_by_county(campaign) if campaign else {}
    grid: dict[str, dict[str, int]] = {}
    for county, category, n in db.session.execute(sa.select(Need.county_code, Need.category_code, sa.func.count()).where(
            Need.status == "published", sa.or_(Need.closing_at.is_(None), Need.closing_at >= now()))
            .group_by(Need.county_code, Need.category_code)):
        grid.setdefault(county, {})[category] = n
    return [KeyCountyRow(c.code, short_name(c.code), short_name(c.city_code), paired.get(c.code, 0),
                         grid.get(c.code, {}))
            for c in counties(actor.city_code if actor.role == "city_officer" else None) if c.code in keys]


def heat(number: int, most: int) -> int:
    """0–5 for a cell of the matrix, by its share of the largest cell."""
    return 0 if not number else min(5, 1 + 4 * number // max(most, 4))


def approved_today(actor: Any) -> int:
    """How many pairings the actor approved today."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Pairing).where(
        Pairing.approver_id == actor.id, Pairing.approved_at >= start_of_day(today()))) or 0


def matrix_categories() -> list[Any]:
    """The matrix's columns."""
    return categories()
