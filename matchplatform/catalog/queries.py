"""Reading regions, categories and campaigns. Regions and categories hardly change: read once a request."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import g, has_app_context

from matchplatform.catalog.models import Campaign, Category, KeyCounty, Region, SpentCode
from matchplatform.catalog.rules import PROVINCE
from matchplatform.core.clock import today
from matchplatform.core.errors import NotFound
from matchplatform.extensions import db

_REGIONS = sa.select(Region.code, Region.name, Region.level, Region.parent_code, Region.city_code, Region.is_city,
                     Region.longitude, Region.latitude).where(Region.level != "township").order_by(Region.code)
_CATEGORIES = sa.select(Category).order_by(Category.position, Category.code)


def _once(key: str, load: Any) -> Any:
    """Keep an answer for the rest of the request."""
    if not has_app_context():
        return load()
    kept = g.setdefault("catalog", {})
    if key not in kept:
        kept[key] = load()
    return kept[key]


def forget() -> None:
    """Drop what this request has kept, after a change."""
    if has_app_context():
        g.pop("catalog", None)


def regions() -> dict[str, Any]:
    """Province, cities and counties by code (not townships): rows with the columns of Region."""
    return _once("regions", lambda: {row.code: row for row in db.session.execute(_REGIONS)})


def region(code: str | None) -> Any:
    """A region by code, townships included, or None."""
    if not code:
        return None
    known = regions().get(code)
    return known or _once(f"township {code}", lambda: db.session.get(Region, code))


def cities() -> list[Any]:
    """The 17 city-level regions, the four direct counties last."""
    return sorted((r for r in regions().values() if r.is_city), key=lambda r: (r.level == "county", r.code))


def counties(city_code: str | None = None) -> list[Any]:
    """The 103 counties, or one city's."""
    return [r for r in regions().values() if r.level == "county" and city_code in (None, r.city_code)]


def townships(county_code: str) -> list[Region]:
    """A county's townships by code."""
    return list(db.session.scalars(sa.select(Region).where(
        Region.level == "township", Region.parent_code == county_code).order_by(Region.code)))


def township_named(county_code: str, text: str) -> str | None:
    """The code of a township by its nine digits, or by its name within a county; None when there is none."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        found = region(text) if len(text) == 9 else None
        return found.code if found is not None and found.level == "township" else None
    return next((one.code for one in townships(county_code) if one.name == text), None) if text else None


def city_of(code: str) -> Any:
    """The city row of a county or township code."""
    one = region(code)
    return regions().get(one.city_code) if one is not None else None


def short_name(code: str | None) -> str:
    """恩施州 for 恩施土家族苗族自治州, 长阳县 for 长阳土家族自治县: what people say; other names as they are."""
    one = region(code)
    if one is None:
        return "待填"
    name = one.name
    for nation in ("土家族苗族", "土家族", "苗族"):
        name = name.replace(nation, "")
    return name.replace("自治州", "州").replace("自治县", "县")


def place(code: str | None) -> str:
    """孝感市孝昌县小悟乡: the full way down; the province is left out."""
    one = region(code)
    if one is None:
        return "待填"
    if one.level == "province" or one.is_city:
        return one.name
    if one.level == "county":
        return short_name(one.city_code) + short_name(one.code)
    return place(one.parent_code) + one.name


def covers(area_codes: Iterable[str], county_code: str) -> str | None:
    """Which level of a served area takes in the county: county, city, province; None when none does."""
    areas = set(area_codes)
    if county_code in areas:
        return "county"
    one = regions().get(county_code)
    if one is not None and one.city_code in areas:
        return "city"
    return "province" if PROVINCE in areas else None


def areas_covering(county_code: str) -> list[str]:
    """The codes of which one in a served area suffices for the county: itself, its city, the province."""
    one = regions()[county_code]
    return [county_code, one.city_code, PROVINCE]


def categories(active_only: bool = True) -> list[Category]:
    """Categories in order."""
    rows = _once("categories", lambda: list(db.session.scalars(_CATEGORIES)))
    return [row for row in rows if row.is_active] if active_only else rows


def category(code: str | None) -> Category | None:
    """A category by code."""
    return next((row for row in categories(active_only=False) if row.code == code), None)


def campaigns() -> list[Campaign]:
    """All campaigns, the latest first."""
    return list(db.session.scalars(sa.select(Campaign).order_by(Campaign.starts_on.desc(), Campaign.id.desc())))


def current_campaign(day: dt.date | None = None) -> Campaign | None:
    """The campaign that runs on the day; else the last that ended before it; else the first to come."""
    day = day or today()

    def load() -> Campaign | None:
        rows = campaigns()
        running = [c for c in rows if c.starts_on <= day <= c.ends_on]
        past = [c for c in rows if c.ends_on < day]
        if running:
            return running[0]
        return max(past, key=lambda c: c.ends_on) if past else (rows[-1] if rows else None)

    return _once(f"campaign {day}", load)


def key_county_counts() -> dict[int, tuple[int, int]]:
    """Campaign id -> (counties on its list, of these verified)."""
    rows = db.session.execute(sa.select(
        KeyCounty.campaign_id, sa.func.count(), sa.func.sum(sa.case((KeyCounty.status == "verified", 1), else_=0)))
        .group_by(KeyCounty.campaign_id))
    return {campaign_id: (total, int(verified)) for campaign_id, total, verified in rows}


def campaign_by_id(campaign_id: int) -> Campaign:
    """Raises NotFound."""
    found = db.session.get(Campaign, campaign_id)
    if found is None:
        raise NotFound
    return found


def key_counties_of(campaign: Campaign, status: str = "") -> list[KeyCounty]:
    """A campaign's rows by county code, or only those in a status."""
    return [row for row in campaign.key_counties if not status or row.status == status]


def key_county(campaign: Campaign, county_code: str) -> KeyCounty:
    """One row of a campaign's list. Raises NotFound."""
    found = next((row for row in campaign.key_counties if row.county_code == county_code), None)
    if found is None:
        raise NotFound
    return found


def key_county_codes(campaign: Campaign | None = None) -> frozenset[str]:
    """The codes of a campaign's key counties (the current campaign's by default)."""
    one = campaign or current_campaign()
    if one is None:
        return frozenset()
    return _once(f"key counties {one.id}", lambda: frozenset(db.session.scalars(
        sa.select(KeyCounty.county_code).where(KeyCounty.campaign_id == one.id))))


def last_spent(prefix: str) -> int:
    """The highest number behind a prefix that was given out and taken back; 0 when there is none."""
    found = db.session.scalar(sa.select(SpentCode.code).where(SpentCode.code.startswith(prefix)).order_by(
        sa.func.length(SpentCode.code).desc(), SpentCode.code.desc()).limit(1))
    number = found[len(prefix):] if found else ""
    return int(number) if number.isdigit() else 0
