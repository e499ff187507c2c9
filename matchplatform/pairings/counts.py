"""The count toward the goal. This module alone says what counts; every page, chart and export shows its number.

An organization counts as of a date when it is registered with the province and holds, with a key county of the
campaign, a pairing that was approved by then, did not rest on that day, and had not ended otherwise than by completion.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.catalog.models import Region
from matchplatform.catalog.queries import current_campaign, key_county_codes, short_name
from matchplatform.catalog.rules import has_ended, planned
from matchplatform.core.clock import end_of_day, local, start_of_day, today
from matchplatform.core.rules import Choice, Verdict
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.organizations.models import Organization
from matchplatform.organizations.rules import LEVELS
from matchplatform.pairings.models import Pairing, PairingEvent
from matchplatform.pairings.rules import COUNTED, STATES, STOPPED

LEVEL = "province"


@dataclass(frozen=True)
class Count:
    """How many organizations count, and their ids."""

    total: int
    organizations: frozenset[int]


@dataclass(frozen=True)
class CountedPairing:
    """A pairing by which its organization counts."""

    code: str
    title: str
    county_code: str
    approved_at: dt.datetime
    state: Choice
    is_public: bool = True  # its need may be seen by everybody

    @property
    def county(self) -> str:
        return short_name(self.county_code)


@dataclass(frozen=True)
class CountedOrganization:
    """One organization behind the number, with every pairing that makes it count, the earliest first."""

    id: int
    name: str
    uscc: str
    pairings: tuple[CountedPairing, ...]

    @property
    def since(self) -> dt.datetime:
        return self.pairings[0].approved_at

    @property
    def counties(self) -> tuple[str, ...]:
        """Names of the key counties, each once."""
        return tuple(dict.fromkeys(one.county for one in self.pairings))


@dataclass(frozen=True)
class Headline:
    """The four numbers everybody reports; money in 分, 资金 and 物资折价 apart."""

    organizations: int
    projects: int
    funds_fen: int
    in_kind_fen: int
    beneficiaries: int


@dataclass(frozen=True)
class CountChange:
    """What approving some pairings does to the count; `fresh` are the organizations that it adds."""

    before: int
    after: int
    fresh: frozenset[int]
    ended: bool

    @property
    def grows(self) -> bool:
        return self.after > self.before


def figure_date(campaign: Any, as_of: dt.date | None = None) -> dt.date:
    """The date a figure stands for: `as_of` or today, and after the deadline the deadline."""
    return min(as_of or today(), campaign.ends_on)


def _last_turn(pairing_id: Any, moment: dt.datetime) -> sa.ScalarSelect[str]:
    """The last act up to a moment that ended a pairing, let it rest, or took it up again."""
    return (sa.select(PairingEvent.verb).where(
        PairingEvent.pairing_id == pairing_id, PairingEvent.verb.in_(("terminate", "reinstate", "suspend", "resume")),
        PairingEvent.at <= moment).order_by(PairingEvent.at.desc(), PairingEvent.id.desc()).limit(1)
        .correlate(Pairing).scalar_subquery())


def _counts(campaign: Any, as_of: dt.date) -> sa.ColumnElement[bool]:
    """The definition, as a condition on pairings joined with their organizations."""
    moment = end_of_day(as_of)
    stood_then = [sa.and_(Pairing.status == "terminated", Pairing.ended_at > moment)]
    if as_of < today():
        stood_then.append(Pairing.status == "suspended")  # unless it rested on that day already: see below
    stands = sa.or_(Pairing.status.in_(COUNTED), *stood_then)
    # What was ended or rested by then and was taken up later did not stand on that day: the past does not change.
    last_turn = _last_turn(Pairing.id, moment)
    stood = sa.true() if as_of >= today() else sa.func.coalesce(last_turn, "").not_in(("terminate", "suspend"))
    in_campaign = sa.or_(Pairing.status != "completed", Pairing.completed_at >= start_of_day(campaign.starts_on))
    return sa.and_(Organization.registration_level == LEVEL, Pairing.county_code.in_(key_county_codes(campaign)),
                   Pairing.approved_at <= moment, stands, in_campaign, stood)


def _counted(*columns: Any) -> sa.Select[Any]:
    return sa.select(*columns).select_from(Pairing).join(Organization, Organization.id == Pairing.organization_id)


def count_of(campaign: Any, as_of: dt.date | None = None) -> Count:
    """Distinct organizations that count as of a Shanghai date (today by default, the deadline after it)."""
    found = frozenset(db.session.scalars(_counted(Pairing.organization_id).distinct().where(
        _counts(campaign, figure_date(campaign, as_of)))))
    return Count(len(found), found)


def counted_organizations(campaign: Any, as_of: dt.date | None = None) -> list[CountedOrganization]:
    """The rows behind the number, in the order in which the organizations came in."""
    rows = db.session.execute(_counted(
        Organization.id, Organization.name, Organization.uscc, Pairing.code, Need.title, Need.publicity,
        Pairing.county_code, Pairing.approved_at, Pairing.status).join(Need, Need.id == Pairing.need_id).where(
        _counts(campaign, figure_date(campaign, as_of))).order_by(Pairing.approved_at, Pairing.id))
    kept: dict[int, tuple[str, str, list[CountedPairing]]] = {}
    for row in rows:
        kept.setdefault(row.id, (row.name, row.uscc, []))[2].append(
            CountedPairing(row.code, row.title, row.county_code, row.approved_at, STATES[row.status],
                           row.publicity == "public"))
    return [CountedOrganization(key, name, uscc, tuple(pairings)) for key, (name, uscc, pairings) in kept.items()]


def count_by_county(campaign: Any, as_of: dt.date | None = None) -> dict[str, int]:
    """County code -> organizations that count by a pairing with it. One paired twice stands in two counties."""
    return dict(db.session.execute(_counted(
        Pairing.county_code, sa.func.count(sa.distinct(Pairing.organization_id))).where(
        _counts(campaign, figure_date(campaign, as_of))).group_by(Pairing.county_code)).all())


def count_by_city(campaign: Any, as_of: dt.date | None = None) -> dict[str, int]:
    """City code -> distinct organizations that count by a pairing with one of its counties."""
    return dict(db.session.execute(_counted(
        Region.city_code, sa.func.count(sa.distinct(Pairing.organization_id))).join(
        Region, Region.code == Pairing.county_code).where(
        _counts(campaign, figure_date(campaign, as_of))).group_by(Region.city_code)).all())


def month_ends(start: dt.date, end: dt.date) -> list[dt.date]:
    """The last day of every month from start, `end` itself last; empty when end lies before start."""
    days, day = [], start
    while day <= end:
        following = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        days.append(min(following - dt.timedelta(days=1), end))
        day = following
    return days


def trend(campaign: Any) -> list[tuple[dt.date, int]]:
    """The count at each month's end from the campaign's start to today or its deadline, in one statement."""
    days = month_ends(campaign.starts_on, figure_date(campaign))
    if not days:
        return []
    row = db.session.execute(_counted(*(
        sa.func.count(sa.distinct(sa.case((_counts(campaign, day), Pairing.organization_id)))).label(f"n{i}")
        for i, day in enumerate(days)))).one()
    return list(zip(days, row, strict=True))


def headline() -> Headline:
    """Vetted organizations, pairings approved or further, agreed money, and people helped (each need once)."""
    organizations = db.session.scalar(sa.select(sa.func.count()).select_from(Organization).where(
        Organization.status == "vetted")) or 0
    projects, funds, in_kind = db.session.execute(sa.select(
        sa.func.count(), sa.func.coalesce(sa.func.sum(Pairing.funds_fen), 0),
        sa.func.coalesce(sa.func.sum(Pairing.in_kind_fen), 0)).where(Pairing.status.in_(COUNTED))).one()
    helped = db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Need.beneficiaries), 0)).where(
        Need.id.in_(sa.select(Pairing.need_id).where(Pairing.status.in_(COUNTED))))) or 0
    return Headline(organizations, projects, int(funds), int(in_kind), int(helped))


def goal_figures(campaign: Any = None, as_of: dt.date | None = None) -> dict[str, Any] | None:
    """The count toward a campaign's goal (the current one's by default) as of a day, today or the deadline without
    one; None before the first campaign."""
    campaign = campaign or current_campaign()
    if campaign is None:
        return None
    day = figure_date(campaign, as_of)
    total = count_of(campaign, day).total
    return {"campaign": campaign, "total": total, "goal": campaign.goal,
            "percent": round(100 * total / campaign.goal, 1), "ended": has_ended(campaign, today()), "as_of": day,
            "past": day < figure_date(campaign), "planned": planned(campaign, day),
            "days_left": (campaign.ends_on - today()).days}


def would_count(pairing: Any, campaign: Any) -> Verdict:
    """Does an approval of this pairing today make its organization count, by level, county and deadline?"""
    if campaign is None:
        return Verdict.no("现在没有行动，不计数。")
    level = pairing.organization.registration_level
    if level != LEVEL:
        return Verdict.no(f"登记级别是“{LEVELS[level].label}”，目标只计省级社会组织。")
    if pairing.county_code not in key_county_codes(campaign):
        return Verdict.no(f"{short_name(pairing.county_code)}不是这次行动的重点帮扶县。")
    if has_ended(campaign, today()):
        return Verdict.no("行动已经截止，数字停在截止那天。")
    return Verdict.yes()


def why_counts(pairing: Any, campaign: Any, as_of: dt.date | None = None) -> Verdict:
    """Does this pairing make its organization count, now or as of an earlier day; a sentence either way."""
    if campaign is None:
        return Verdict.no("现在没有行动，不计数。")
    day = figure_date(campaign, as_of)
    if db.session.scalar(_counted(Pairing.id).where(Pairing.id == pairing.id, _counts(campaign, day))) is not None:
        county = short_name(pairing.county_code)
        return Verdict.yes(f"计入“{campaign.name}”：省级社会组织，与重点帮扶县{county}结对。")
    level = pairing.organization.registration_level
    if level != LEVEL or pairing.county_code not in key_county_codes(campaign):
        return would_count(pairing, campaign)
    if pairing.approved_at is None:
        return Verdict.no("没有结成，不计入。" if pairing.status in STOPPED else "还没有批准，批准后计入。")
    if pairing.approved_at > end_of_day(campaign.ends_on):
        return Verdict.no("在行动截止以后才批准，不计入这次行动。")
    if pairing.approved_at > end_of_day(day):
        return Verdict.no(f"到这一天还没有批准；{local(pairing.approved_at):%Y-%m-%d} 批准，从那天起计入。")
    if pairing.completed_at is not None and pairing.completed_at < start_of_day(campaign.starts_on):
        return Verdict.no("在行动开始以前就办成了，不计入这次行动。")
    turn = db.session.scalar(sa.select(_last_turn(pairing.id, end_of_day(day))))
    if (turn or pairing.status) in ("suspend", "suspended"):
        return Verdict.no("暂停期间不计入；恢复实施后又计入。")
    return Verdict.no("已经终止，从终止那天起不再计入。")


def count_change(campaign: Any, pairings: Iterable[Any]) -> CountChange | None:
    """What approving these pairings now makes of the count; None without a campaign."""
    if campaign is None:
        return None
    now_counted = count_of(campaign)
    fresh = frozenset(one.organization_id for one in pairings if would_count(one, campaign)) - \
        now_counted.organizations
    return CountChange(now_counted.total, now_counted.total + len(fresh), fresh, has_ended(campaign, today()))


def change_sentence(pairing: Any, campaign: Any) -> str:
    """批准后 147 → 148 家 / 仍是 147 家：… What the approver should know before deciding."""
    change = count_change(campaign, [pairing])
    if change is None:
        return "现在没有行动，这件结对不影响目标数。"
    if change.grows:
        return f"批准后 {change.before} → {change.after} 家。"
    if pairing.organization_id in count_of(campaign).organizations:
        return f"批准后仍是 {change.before} 家：这家组织已经计入。"
    return f"批准后仍是 {change.before} 家：{would_count(pairing, campaign).reason}"


def change_words(change: CountChange | None, pairings: Sequence[Any], campaign: Any) -> dict[int, str]:
    """Pairing id -> 新增 1 家, 已计入 or 不计入, for a list that is about to be approved together."""
    if change is None:
        return {one.id: "不计入" for one in pairings}
    words, seen = {}, set()
    for one in pairings:
        if not would_count(one, campaign):
            words[one.id] = "不计入"
        elif one.organization_id in change.fresh and one.organization_id not in seen:
            seen.add(one.organization_id)
            words[one.id] = "新增 1 家"
        else:
            words[one.id] = "已计入"
    return words
