"""The few figures at the side of "我的待办": the state of one's own county, organization or province."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.catalog.queries import counties, current_campaign, short_name
from matchplatform.core.clock import now
from matchplatform.core.money import in_wan
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import count_by_city, count_by_county, count_of
from matchplatform.pairings.rules import COUNTED


@dataclass(frozen=True)
class Figure:
    """A line of the card: `page` is (endpoint, arguments) of the list behind the number, or None."""

    label: str
    number: str
    unit: str
    page: tuple[str, dict[str, Any]] | None = None


@dataclass(frozen=True)
class Summary:
    """A card with a title."""

    title: str
    figures: tuple[Figure, ...]


def _open_needs(*conditions: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count(Need.id)).where(
        Need.status == "published", sa.or_(Need.closing_at.is_(None), Need.closing_at >= now()), *conditions)) or 0


def _agreed(*conditions: Any) -> tuple[Figure, ...]:
    """What the pairings that were approved amount to; 资金 and 物资折价 apart."""
    n, funds, in_kind = db.session.execute(sa.select(
        sa.func.count(Pairing.id), sa.func.coalesce(sa.func.sum(Pairing.funds_fen), 0),
        sa.func.coalesce(sa.func.sum(Pairing.in_kind_fen), 0)).where(
        Pairing.status.in_(COUNTED), *conditions)).one()
    return (Figure("结对", f"{n:,}", "件", ("pairings.list", {"state": list(COUNTED)})),
            Figure("协议资金", in_wan(int(funds)), "万元"), Figure("物资折价", in_wan(int(in_kind)), "万元"))


def _county(actor: Any) -> Summary:
    campaign, code = current_campaign(), actor.county_code
    paired = count_by_county(campaign).get(code, 0) if campaign else 0
    return Summary(short_name(code), (
        Figure("计入目标", f"{paired:,}", "家组织", ("portal.count", {"county": code})),
        Figure("等人接", f"{_open_needs(Need.county_code == code):,}", "条",
               ("needs.list", {"state": "published"})),
        *_agreed(Pairing.county_code == code)))


def _member(actor: Any) -> Summary:
    own = actor.organization_id
    total, left = db.session.execute(sa.select(
        sa.func.count(Offering.id),
        sa.func.coalesce(sa.func.sum(Offering.capacity - Offering.capacity_taken), 0)).where(
        Offering.organization_id == own, Offering.status == "published")).one()
    return Summary("本组织", (
        Figure("在架供给", f"{total:,}", "项", ("offerings.list", {"state": "published"})),
        Figure("还能做", f"{int(left):,}", "个"), *_agreed(Pairing.organization_id == own)))


def _city(actor: Any) -> Summary:
    campaign, codes = current_campaign(), [one.code for one in counties(actor.city_code)]
    paired = count_by_city(campaign).get(actor.city_code, 0) if campaign else 0
    return Summary(short_name(actor.city_code), (
        Figure("计入目标", f"{paired:,}", "家组织", ("portal.count", {"city": actor.city_code})),
        Figure("等人接", f"{_open_needs(Need.county_code.in_(codes)):,}", "条",
               ("portal.needs", {"city": actor.city_code, "state": "open"})),
        *_agreed(Pairing.county_code.in_(codes))))


def _province(_actor: Any) -> Summary:
    campaign = current_campaign()
    goal = (Figure("计入目标", f"{count_of(campaign).total:,}", f"家组织，目标 {campaign.goal:,} 家",
                   ("portal.count", {})),) if campaign else ()
    waiting = Figure("等人接", f"{_open_needs():,}", "条", ("portal.needs", {"state": "open"}))
    return Summary("全省", (*goal, waiting, *_agreed()))


_BUILDERS = {"county_officer": _county, "organization_member": _member, "city_officer": _city,
             "province_officer": _province}


def summary_of(actor: Any) -> Summary | None:
    """The card for the actor's role, or None where a role has no figures of its own."""
    build = _BUILDERS.get(actor.role)
    return build(actor) if build else None
