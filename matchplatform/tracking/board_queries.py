"""The list of pairings that somebody should look after: late, standing still, past a milestone, to be visited again."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.catalog.queries import counties
from matchplatform.core.clock import end_of_day, now, today
from matchplatform.core.paging import Page, within
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import Pairing, PairingEvent
from matchplatform.pairings.queries import scope
from matchplatform.pairings.rules import UNDER_WAY
from matchplatform.tracking import rules
from matchplatform.tracking.models import Complaint, Milestone, ProgressReport, TrackingPlan, Visit
from matchplatform.tracking.queries import BEGUN

SORTS = {"silent": "最久没有消息的在前", "ends": "协议快到期的在前", "newest": "最近签的在前"}
OPEN_COMPLAINT = Complaint.status.in_(("open", "answered"))


@dataclass(frozen=True)
class BoardFilter:
    """Filters of the board as they stand in the URL; `trouble` is one of rules.TROUBLES, any or all."""

    q: str = ""
    trouble: str = "any"
    city: str = ""
    county: str = ""
    sort: str = "silent"
    page: int = 1

    def __post_init__(self) -> None:
        """Unknown words mean what is usual."""
        for name, known, usual in (("trouble", ("any", "all", *rules.TROUBLES.values), "any"),
                                   ("sort", tuple(SORTS), "silent")):
            if getattr(self, name) not in known:
                object.__setattr__(self, name, usual)


@dataclass(frozen=True)
class BoardRow:
    """One pairing with its troubles, keys of rules.TROUBLES."""

    pairing: Pairing
    last_report_at: dt.datetime | None
    rhythm: str
    troubles: tuple[str, ...]

    @property
    def report_due_on(self) -> dt.date:
        """When the latest report that should be there was due."""
        return rules.latest_due(self.rhythm, today()).due_on


_REPORTED = (sa.select(sa.func.max(ProgressReport.reported_at)).where(ProgressReport.pairing_id == Pairing.id)
             .correlate(Pairing).scalar_subquery())
_BEGUN = sa.func.coalesce(
    sa.select(sa.func.max(PairingEvent.at)).where(PairingEvent.pairing_id == Pairing.id, PairingEvent.verb.in_(BEGUN))
    .correlate(Pairing).scalar_subquery(), Pairing.approved_at)
_SIGN = sa.case((_REPORTED.is_(None), _BEGUN), (_BEGUN > _REPORTED, _BEGUN), else_=_REPORTED)
_QUARTERLY = sa.exists().where(TrackingPlan.pairing_id == Pairing.id, TrackingPlan.rhythm == "quarterly").correlate(
    Pairing)
_ACTIVE = Pairing.status == "active"


def _late(rhythm: str) -> sa.ColumnElement[bool]:
    period = rules.latest_due(rhythm, today())
    return sa.and_(
        Pairing.starts_on <= period.last, Pairing.ends_on >= period.first, end_of_day(period.last) >= _BEGUN,
        ~sa.exists().where(ProgressReport.pairing_id == Pairing.id, ProgressReport.period == period.code)
        .correlate(Pairing))


def _silent(rhythm: str) -> sa.ColumnElement[bool]:
    return end_of_day(today() - dt.timedelta(days=rules.STALL_DAYS[rhythm] + 1)) >= _SIGN


def _conditions() -> dict[str, sa.ColumnElement[bool]]:
    """Trouble -> the condition for it, today; the twin of queries.standing_of."""
    return {
        "stalled": sa.and_(_ACTIVE, sa.or_(sa.and_(_QUARTERLY, _silent("quarterly")),
                                           sa.and_(~_QUARTERLY, _silent("monthly")))),
        "late": sa.and_(_ACTIVE, sa.or_(sa.and_(_QUARTERLY, _late("quarterly")),
                                        sa.and_(~_QUARTERLY, _late("monthly")))),
        "milestone": sa.and_(_ACTIVE, sa.exists().where(
            Milestone.pairing_id == Pairing.id, Milestone.done_on.is_(None), Milestone.due_on < today())
            .correlate(Pairing)),
        "visit": sa.exists().where(Visit.pairing_id == Pairing.id, Visit.followed_at.is_(None),
                                   Visit.follow_up_on <= today()).correlate(Pairing),
        "complaint": sa.exists().where(Complaint.pairing_id == Pairing.id, OPEN_COMPLAINT).correlate(Pairing),
    }


def _base(actor: Any, wanted: BoardFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [scope(actor), sa.or_(Pairing.status.in_(UNDER_WAY), _conditions()["complaint"],
                                       _conditions()["visit"])]
    if wanted.q:
        conditions.append(sa.or_(
            Pairing.code.contains(wanted.q, autoescape=True),
            Pairing.need_id.in_(sa.select(Need.id).where(Need.title.contains(wanted.q, autoescape=True))),
            Pairing.organization_id.in_(sa.select(Organization.id).where(
                Organization.name.contains(wanted.q, autoescape=True)))))
    if wanted.city:
        conditions.append(Pairing.county_code.in_([one.code for one in counties(wanted.city)]))
    if wanted.county:
        conditions.append(Pairing.county_code == wanted.county)
    return conditions


def _chosen(actor: Any, wanted: BoardFilter) -> list[sa.ColumnElement[bool]]:
    conditions, troubles = _base(actor, wanted), _conditions()
    if wanted.trouble == "any":
        conditions.append(sa.or_(*troubles.values()))
    elif wanted.trouble != "all":
        conditions.append(troubles[wanted.trouble])
    return conditions


def _rows(actor: Any, wanted: BoardFilter, limit: int, offset: int = 0) -> list[BoardRow]:
    troubles = _conditions()
    order = {"silent": (_SIGN, Pairing.id), "ends": (Pairing.ends_on, Pairing.id),
             "newest": (Pairing.signed_on.desc(), Pairing.id.desc())}[wanted.sort]
    found = db.session.execute(sa.select(
        Pairing, _REPORTED.label("reported"), _QUARTERLY.label("quarterly"),
        *(sa.case((one, 1), else_=0).label(name) for name, one in troubles.items()))
        .where(*_chosen(actor, wanted)).order_by(*order).limit(limit).offset(offset)).all()
    return [BoardRow(row[0], row.reported, "quarterly" if row.quarterly else "monthly",
                     tuple(name for name in troubles if getattr(row, name))) for row in found]


def board(actor: Any, wanted: BoardFilter, size: int = 20) -> Page[BoardRow]:
    """One page of the board."""
    total = db.session.scalar(sa.select(sa.func.count(Pairing.id)).where(*_chosen(actor, wanted))) or 0
    page = within(wanted.page, size, total)
    return Page(_rows(actor, wanted, size, (page - 1) * size), page, size, total)


def whole_board(actor: Any, wanted: BoardFilter, most: int) -> list[BoardRow]:
    """The whole list by its filter, at most `most` rows."""
    return _rows(actor, wanted, most)


def trouble_counts(actor: Any, wanted: BoardFilter) -> dict[str, int]:
    """Trouble -> how many the list would show, and any and all."""
    troubles = _conditions()
    row = db.session.execute(sa.select(
        sa.func.count(Pairing.id), sa.func.coalesce(sa.func.sum(sa.case((sa.or_(*troubles.values()), 1), else_=0)), 0),
        *(sa.func.coalesce(sa.func.sum(sa.case((one, 1), else_=0)), 0) for one in troubles.values()))
        .where(*_base(actor, wanted))).one()
    return {"all": row[0], "any": row[1], **dict(zip(troubles, row[2:], strict=True))}


def troubled(actor: Any) -> int:
    """How many within the actor's reach are in trouble: the number on the menu."""
    return db.session.scalar(sa.select(sa.func.count(Pairing.id)).where(
        scope(actor), sa.or_(*_conditions().values()))) or 0


def to_be_reminded() -> list[int]:
    """Ids of the pairings of which something may have to be said today."""
    silent = sa.or_(_ACTIVE, *(_conditions()[name] for name in ("visit", "complaint")))
    return list(db.session.scalars(sa.select(Pairing.id).where(silent, Pairing.proposed_at <= now())
                                   .order_by(Pairing.id)))
