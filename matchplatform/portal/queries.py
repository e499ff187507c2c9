"""What the public pages show that no single feature owns."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import url_for

from matchplatform.catalog.queries import categories, counties, current_campaign, key_county_codes, short_name
from matchplatform.core.clock import now, today
from matchplatform.core.rules import Choice
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import count_by_county
from matchplatform.pairings.rules import COUNTED, STATES
from matchplatform.revisions.queries import versions

_ON_PUBLIC_NEEDS = Pairing.need.has(Need.publicity == "public")


def _open() -> tuple[Any, ...]:
    """Open needs that everybody may see."""
    return (Need.status == "published", Need.publicity == "public",
            sa.or_(Need.closing_at.is_(None), Need.closing_at >= now()))


def open_need_count() -> int:
    """Needs that can be bid on now."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Need).where(*_open())) or 0


def open_needs_by_category() -> list[tuple[Any, int]]:
    """(category, open needs), most first; empty categories left out."""
    rows = dict(db.session.execute(sa.select(Need.category_code, sa.func.count()).where(*_open())
                                   .group_by(Need.category_code)).all())
    return sorted(((c, rows[c.code]) for c in categories() if rows.get(c.code)), key=lambda row: -row[1])


def newest_needs(category_code: str = "", limit: int = 6) -> list[Need]:
    """Open needs, the newest first."""
    statement = sa.select(Need).where(*_open())
    if category_code:
        statement = statement.where(Need.category_code == category_code)
    return list(db.session.scalars(statement.order_by(Need.released_at.desc(), Need.id.desc()).limit(limit)))


def released_since(moment: dt.datetime) -> int:
    """Needs released since a moment."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Need).where(
        Need.released_at >= moment, *_open())) or 0


def _orderable() -> tuple[Any, ...]:
    return (Offering.status == "published", Offering.capacity_taken < Offering.capacity,
            sa.or_(Offering.ends_on.is_(None), Offering.ends_on >= today()))


def open_offering_count() -> int:
    """Offerings with capacity left."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Offering).where(*_orderable())) or 0


def newest_offerings(limit: int = 5) -> list[Offering]:
    """Offerings with capacity left, the newest first, one an organization so that nobody fills the table."""
    rows = db.session.scalars(sa.select(Offering).where(*_orderable())
                              .order_by(Offering.published_at.desc(), Offering.id.desc()).limit(limit * 8))
    seen: set[int] = set()
    return [o for o in rows if not (o.organization_id in seen or seen.add(o.organization_id))][:limit]


@dataclass(frozen=True)
class CountyRow:
    """A county with its open needs and the organizations counted for it."""

    code: str
    name: str
    city: str
    is_key: bool
    open_needs: int
    organizations: int


def county_rows(waiting: dict[str, int] | None = None) -> list[CountyRow]:
    """All counties for map and table; one source, so the two always agree. `waiting` replaces the open needs."""
    waiting = _waiting() if waiting is None else waiting
    campaign, keys = current_campaign(), key_county_codes()
    paired = count_by_county(campaign) if campaign else {}
    return [CountyRow(c.code, short_name(c.code), short_name(c.city_code), c.code in keys, waiting.get(c.code, 0),
                      paired.get(c.code, 0)) for c in counties()]


def _waiting() -> dict[str, int]:
    return dict(db.session.execute(sa.select(Need.county_code, sa.func.count()).where(*_open())
                                   .group_by(Need.county_code)).all())


def map_data(rows: list[CountyRow], list_url: str = "", what: str = "等人接",
             unit: str = "条") -> dict[str, Any]:
    """The map's data block: a county's needs and paired organizations; `href` takes the county's code.

    `list_url` is the list that a county leads to (the open needs by default), `what` names the number, `unit` counts
    it.
    """
    url = list_url or url_for("portal.needs", state="open")
    return {"href": url + ("&" if "?" in url else "?") + "county=", "what": what, "unit": unit,
            "counties": [{"code": r.code, "name": r.name, "value": r.open_needs, "key": r.is_key,
                          "pair": r.organizations} for r in rows]}


def latest_pairings(limit: int = 4) -> list[Pairing]:
    """The pairings approved last, as the public may know them, one a need so that none fills the list."""
    rows = db.session.scalars(sa.select(Pairing).where(Pairing.status.in_(COUNTED), _ON_PUBLIC_NEEDS)
                              .order_by(Pairing.approved_at.desc(), Pairing.id.desc()).limit(limit * 4))
    seen: set[int] = set()
    return [p for p in rows if not (p.need_id in seen or seen.add(p.need_id))][:limit]


@dataclass(frozen=True)
class Step:
    """A dated step of a need's public timeline; `state` is done, now or "" (to come)."""

    at: dt.datetime | dt.date | None
    text: str
    state: str


def _failed_at(need: Need) -> dt.datetime | None:
    """When it was registered that nobody met it."""
    return next((one.at for one in reversed(versions("need", need.code, ("unsuccessful",))) if one.act == "fail"), None)


def need_steps(need: Need) -> list[Step]:
    """What has happened to a need and what comes: only what the public may know (no sealed bids)."""
    steps = []
    if need.released_at:
        steps.append(Step(need.released_at, "需求发布，进入需求项目库", "done"))
    rows = db.session.scalars(sa.select(Pairing).where(
        Pairing.need_id == need.id, Pairing.status.in_(COUNTED)).order_by(Pairing.approved_at))
    for pairing in rows:
        steps.append(Step(pairing.approved_at, f"{pairing.organization.name}结对获批", "done"))
        if pairing.signed_on:
            steps.append(Step(pairing.signed_on, "双方签订协议，开始实施", "done"))
        if pairing.completed_at:
            steps.append(Step(pairing.completed_at, "办成", "done"))
    told = {"published": "等社会组织接单", "matched": "已有组织结对，正在办", "fulfilled": "这件事办成了",
            "closed": "接单已关闭", "unsuccessful": "没有办成"}
    if need.status == "published" and need.closing_at and need.closing_at < now():
        steps.append(Step(None, "接单已截止，等县里选定", "now"))
    elif need.status == "unsuccessful" and (failed := _failed_at(need)):
        steps.append(Step(failed, told[need.status], "done"))
    else:
        if need.status == "published" and need.lines and len(need.residual) < len(need.lines):
            told["published"] = f"{len(need.lines)} 项里还差 {len(need.residual)} 项，等社会组织接单"
        steps.append(Step(None, told.get(need.status, need.state.label), "now"))
    if need.status == "published" and need.closing_at and need.closing_at >= now():
        steps.append(Step(need.closing_at, "接单截止", ""))
    return steps


def organization_record(organization: Organization) -> dict[str, Any]:
    """An organization's public record: its open offerings and its pairings that were approved."""
    offerings = list(db.session.scalars(sa.select(Offering).where(
        Offering.organization_id == organization.id, Offering.status == "published").order_by(Offering.id)))
    pairings = list(db.session.scalars(sa.select(Pairing).where(
        Pairing.organization_id == organization.id, Pairing.status.in_(COUNTED), _ON_PUBLIC_NEEDS)
        .order_by(Pairing.approved_at.desc())))
    return {"offerings": offerings if organization.status == "vetted" else [], "pairings": pairings,
            "work": work_of(pairings)}


@dataclass(frozen=True)
class Work:
    """An organization's record in figures: pairings by state, counties and fields with how many pairings each, what
    was agreed (资金 and 物资折价 apart, in 分), and the works that were completed, the newest first."""

    by_state: list[tuple[Choice, int]]
    counties: list[tuple[str, int]]
    categories: list[tuple[str, int]]
    funds_fen: int
    in_kind_fen: int
    completed: list[Pairing]


def work_of(pairings: Sequence[Pairing]) -> Work:
    """The record behind a list of pairings."""
    states = Counter(one.status for one in pairings)
    signed = [one for one in pairings if one.signed_on is not None]
    return Work([(STATES[key], states[key]) for key in STATES.values if states[key]],
                Counter(one.county_code for one in pairings).most_common(),
                Counter(one.category_code for one in pairings).most_common(),
                sum(one.funds_fen for one in signed), sum(one.in_kind_fen for one in signed),
                sorted((one for one in pairings if one.status == "completed"), key=lambda one: one.completed_at,
                       reverse=True))
