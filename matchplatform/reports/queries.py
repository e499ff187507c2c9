"""What the steering board shows beyond the count."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.catalog.queries import categories, cities, counties, current_campaign, key_county_codes, short_name
from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import SHOWN_STATE, count_by_city, count_by_county
from matchplatform.pairings.rules import CONFIRMING, SHOWN, SIGN_DAYS, UNDER_WAY

SLOW = dt.timedelta(days=SIGN_DAYS)


@dataclass(frozen=True)
class FunnelStep:
    """A stage: how many pairings stand in it or beyond (`states`, which the list shows too), and where the rest is."""

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
    """From proposal to completion, by the state that is shown of each pairing: so every number is a list's length.
    Whoever must confirm a change first has not agreed to what stands there now."""
    n: dict[str, int] = dict.fromkeys(SHOWN.values, 0)
    n.update(db.session.execute(sa.select(SHOWN_STATE, sa.func.count()).select_from(Pairing).where(*_reach(actor))
                                .group_by(SHOWN_STATE)).tuples().all())

    def step(label: str, lost: str, *states: str) -> FunnelStep:
        return FunnelStep(label, sum(n[one] for one in states), lost, states)

    signed = (*UNDER_WAY, "completed")
    approved = ("approved", *signed, "terminated")
    agreed = ("accepted", *approved, "rejected")
    return [
        step("接单与点单", "", *SHOWN.values),
        step("双方同意", f"谢绝 {n['declined']}，撤回 {n['withdrawn']}，还在等答复 {n['proposed']}"
             + (f"，等确认改动 {n[CONFIRMING.value]}" if n[CONFIRMING.value] else ""), *agreed),
        step("批准", f"驳回 {n['rejected']}，还在审 {n['accepted']}", *approved),
        step("签协议", f"批准了还没签 {n['approved']}，终止 {n['terminated']}", *signed),
        step("办成", f"还在办 {n['active']}" + (f"，已暂停 {n['suspended']}" if n["suspended"] else ""), "completed"),
    ]


def slow_to_sign(actor: Any) -> int:
    """Approved more than thirty days ago and still without an agreement."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Pairing).where(
        Pairing.status == "approved", Pairing.approved_at < now() - SLOW, *_reach(actor))) or 0


def overdue(actor: Any) -> int:
    """Agreements whose end has passed while the pairing is still active."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Pairing).where(
        Pairing.status.in_(UNDER_WAY), Pairing.ends_on < today(), *_reach(actor))) or 0


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
class CountyRow:
    """A county of the map: open needs, and organizations counted for it."""

    code: str
    name: str
    is_key: bool
    open_needs: int
    organizations: int


def county_rows(actor: Any) -> list[CountyRow]:
    """The counties that the actor steers."""
    campaign, keys, waiting = current_campaign(), key_county_codes(), _open_needs_by_county()
    paired = count_by_county(campaign) if campaign else {}
    return [CountyRow(c.code, short_name(c.code), c.code in keys, waiting.get(c.code, 0), paired.get(c.code, 0))
            for c in counties(actor.city_code if actor.role == "city_officer" else None)]


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
    for county, category, n in db.session.execute(sa.select(
            Need.county_code, Need.category_code, sa.func.count()).where(
            Need.status == "published", sa.or_(Need.closing_at.is_(None), Need.closing_at >= now()))
            .group_by(Need.county_code, Need.category_code)):
        grid.setdefault(county, {})[category] = n
    return [KeyCountyRow(c.code, short_name(c.code), short_name(c.city_code), paired.get(c.code, 0),
                         grid.get(c.code, {}))
            for c in counties(actor.city_code if actor.role == "city_officer" else None) if c.code in keys]


def heat(number: int, most: int) -> int:
    """0–5 for a cell of the matrix, by its share of the largest cell."""
    return 0 if not number else min(5, 1 + 4 * number // max(most, 4))


def matrix_categories() -> list[Any]:
    """The matrix's columns."""
    return categories()
