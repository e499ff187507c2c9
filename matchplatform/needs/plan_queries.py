"""Reading the plans of coming needs: a county's own by quarter, sums for the city and the province."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, raiseload

from matchplatform.catalog.queries import category, counties, region
from matchplatform.core.clock import today
from matchplatform.core.errors import NotFound
from matchplatform.extensions import db
from matchplatform.needs import plan_rules as rules
from matchplatform.needs.models import Need
from matchplatform.needs.plan_models import PlanRow

MOST_ROWS = 500  # of one county and year
SOON = dt.timedelta(days=30)  # before a quarter begins


@dataclass(frozen=True)
class PlanFilter:
    """The page's state in its URL."""

    year: int = 0
    city: str = ""
    county: str = ""


@dataclass(frozen=True)
class Sums:
    """How many rows, how much money and how many people; `written` of the rows became needs. Dropped rows and those
    that went to the next year do not count."""

    rows: int
    written: int
    amount_fen: int
    people: int


@dataclass(frozen=True)
class Quarter:
    """A quarter of the plan with its rows."""

    number: int
    name: str
    rows: Sequence[PlanRow]
    sums: Sums


@dataclass(frozen=True)
class Part:
    """A line of an overview: what it is about, its sums, and the county's code where it is one."""

    name: str
    sums: Sums
    code: str = ""


def _summed(rows: Sequence[PlanRow]) -> Sums:
    counted = [row for row in rows if row.status in ("planned", "drafted")]
    return Sums(len(counted), sum(row.status == "drafted" for row in counted),
                sum(row.amount_fen for row in counted), sum(row.people for row in counted))


def county_plan(county_code: str, year: int) -> list[Quarter]:
    """The four quarters of a county's plan, each with its rows in the order they were written."""
    rows = list(db.session.scalars(sa.select(PlanRow).where(
        PlanRow.county_code == county_code, PlanRow.year == year).order_by(PlanRow.quarter, PlanRow.id)
        .limit(MOST_ROWS).options(joinedload(PlanRow.need).options(raiseload(Need.lines)))))
    parts = {int(one.value): [row for row in rows if row.quarter == int(one.value)] for one in rules.QUARTERS}
    return [Quarter(number, rules.QUARTERS[str(number)].label, part, _summed(part)) for number, part in parts.items()]


def whole(quarters: Sequence[Quarter]) -> Sums:
    """The sums of all quarters."""
    return _summed([row for one in quarters for row in one.rows])


def _reach(actor: Any, wanted: PlanFilter) -> list[str]:
    """The counties whose plans an actor sees: his own, his city's, all; narrowed by the filter."""
    if actor.role == "county_officer":
        return [actor.county_code]
    city = actor.city_code if actor.role == "city_officer" else wanted.city
    codes = [one.code for one in counties(city or None)] if actor.role in ("city_officer", "province_officer") else []
    return [code for code in codes if wanted.county in ("", code)]


def _grouped(actor: Any, wanted: PlanFilter, column: Any) -> dict[str, Sums]:
    written = sa.func.sum(sa.case((PlanRow.status == "drafted", 1), else_=0))
    rows = db.session.execute(sa.select(
        column, sa.func.count(), written, sa.func.sum(PlanRow.amount_fen), sa.func.sum(PlanRow.people)).where(
        PlanRow.year == wanted.year, PlanRow.county_code.in_(_reach(actor, wanted)),
        PlanRow.status.in_(("planned", "drafted"))).group_by(column))
    return {key: Sums(n, int(done), int(amount), int(people)) for key, n, done, amount, people in rows}


def by_category(actor: Any, wanted: PlanFilter) -> list[Part]:
    """What the plans in reach come to in each category, in the categories' order."""
    found = _grouped(actor, wanted, PlanRow.category_code)
    known = sorted(((category(code), sums) for code, sums in found.items()), key=lambda one: (
        one[0].position, one[0].code))
    return [Part(one.name, sums, one.code) for one, sums in known]


def by_county(actor: Any, wanted: PlanFilter) -> list[Part]:
    """The counties in reach that have a plan for the year, by code."""
    found = _grouped(actor, wanted, PlanRow.county_code)
    return [Part(region(code).name, found[code], code) for code in sorted(found)]


def own_county(actor: Any, wanted: PlanFilter) -> str:
    """The county whose rows are shown: one's own, or the chosen one within reach; "" shows the overview only."""
    if actor.role == "county_officer":
        return actor.county_code
    reach = _reach(actor, wanted)
    return wanted.county if wanted.county and wanted.county in reach else ""


def row_by_id(actor: Any, row_id: int) -> PlanRow:
    """A row of the actor's own county. Raises NotFound."""
    found = db.session.get(PlanRow, row_id)
    if found is None or actor.role != "county_officer" or found.county_code != actor.county_code:
        raise NotFound
    return found


def row_of_need(need: Need) -> PlanRow | None:
    """The plan's row that a need was written from, if any."""
    return db.session.scalar(sa.select(PlanRow).where(PlanRow.need_id == need.id))


def left_over(county_code: str, year: int) -> list[PlanRow]:
    """What a year's plan still has open."""
    return list(db.session.scalars(sa.select(PlanRow).where(
        PlanRow.county_code == county_code, PlanRow.year == year, PlanRow.status == "planned").order_by(PlanRow.id)))


def due_rows(county_code: str, day: dt.date | None = None) -> list[tuple[str, int, int]]:
    """(本季度 | 下季度, year, how many rows are still to be written): this quarter's, and the next one's in the last
    month before it begins. Nothing where nothing is open."""
    day = day or today()
    here, soon = rules.quarter_of(day), rules.quarter_of(day + SOON)
    found = []
    for said, (year, quarter) in (("本季度", here), ("下季度", soon)):
        if said == "下季度" and soon == here:
            continue
        number = db.session.scalar(sa.select(sa.func.count()).select_from(PlanRow).where(
            PlanRow.county_code == county_code, PlanRow.year == year, PlanRow.quarter == quarter,
            PlanRow.status == "planned")) or 0
        if number:
            found.append((said, year, number))
    return found
