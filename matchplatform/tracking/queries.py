"""Reading how a pairing goes: plan, reports, sums, visits, complaints, and what about it is in trouble."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.queries import names
from matchplatform.core.clock import local, now, today
from matchplatform.core.errors import NotFound
from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing, PairingEvent
from matchplatform.pairings.queries import scope
from matchplatform.tracking import rules
from matchplatform.tracking.models import Complaint, Milestone, ProgressReport, TrackingPlan, TrackingReminder, Visit

BEGUN = ("sign", "resume", "reinstate")  # moves from which on a pairing is under way (again)


@dataclass(frozen=True)
class Totals:
    """What all reports of a pairing say together; money in 分."""

    reports: int
    funds_fen: int
    in_kind_fen: int
    households: int
    people: int
    trained: int
    employed: int
    sales_fen: int


@dataclass(frozen=True)
class Standing:
    """How a pairing goes today: what is late, since when it stands still, what comes next."""

    rhythm: str
    late: tuple[rules.Period, ...]
    missed: tuple[Milestone, ...]
    stalled_since: dt.date | None
    next_report: rules.Period | None
    done_share: int
    last_report_at: dt.datetime | None

    @property
    def stall_days(self) -> int:
        """After how many days without a report it stands still."""
        return rules.STALL_DAYS[self.rhythm]


def plan_of(pairing_id: int) -> TrackingPlan | None:
    """The milestones and the rhythm, or None where nobody set them."""
    return db.session.get(TrackingPlan, pairing_id)


def rhythm_of(pairing_id: int) -> str:
    """monthly unless the plan says otherwise."""
    return db.session.scalar(sa.select(TrackingPlan.rhythm).where(
        TrackingPlan.pairing_id == pairing_id)) or "monthly"


def milestone_of(pairing: Pairing, number: int) -> Milestone:
    """A milestone of this pairing; anybody else's is NotFound."""
    found = db.session.scalar(sa.select(Milestone).where(
        Milestone.id == number, Milestone.pairing_id == pairing.id).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def reports_of(pairing_id: int) -> list[ProgressReport]:
    """All reports, the latest period first."""
    found = list(db.session.scalars(sa.select(ProgressReport).where(ProgressReport.pairing_id == pairing_id)))
    return sorted(found, key=lambda one: one.span.first, reverse=True)


def reported_periods(pairing_id: int) -> set[str]:
    """The codes of the periods of which there is a report."""
    return set(db.session.scalars(sa.select(ProgressReport.period).where(ProgressReport.pairing_id == pairing_id)))


def report_of(pairing: Pairing, period: str) -> ProgressReport:
    """The report of a period. Raises NotFound."""
    found = db.session.scalar(sa.select(ProgressReport).where(
        ProgressReport.pairing_id == pairing.id, ProgressReport.period == period))
    if found is None:
        raise NotFound
    return found


def report_by_code(code: str) -> ProgressReport:
    """A report by the code under which attachments know it (JD2026-0412:2026-11). Raises NotFound."""
    pairing_code, _, period = code.partition(":")
    found = db.session.scalar(sa.select(ProgressReport).join(Pairing).where(
        Pairing.code == pairing_code, ProgressReport.period == period))
    if found is None:
        raise NotFound
    return found


def totals_of(pairing_id: int, without: int | None = None) -> Totals:
    """The sums over a pairing's reports, one of them left aside if wanted."""
    conditions = [ProgressReport.pairing_id == pairing_id]
    if without is not None:
        conditions.append(ProgressReport.id != without)
    sums = (sa.func.coalesce(sa.func.sum(getattr(ProgressReport, name)), 0) for name in rules.FIGURES)
    row = db.session.execute(sa.select(sa.func.count(), *sums).where(*conditions)).one()
    return Totals(*(int(one) for one in row))


def begun_at(pairing: Pairing) -> dt.datetime | None:
    """When the work began, or went on the last time."""
    return db.session.scalar(sa.select(sa.func.max(PairingEvent.at)).where(
        PairingEvent.pairing_id == pairing.id, PairingEvent.verb.in_(BEGUN))) or pairing.approved_at


def periods_of(pairing: Pairing, rhythm: str) -> list[rules.Period]:
    """The periods that the pairing reports, the earliest first; from its last beginning on."""
    begun = begun_at(pairing)
    if begun is None or pairing.starts_on is None:
        return []
    return rules.periods_to_report(max(local(begun).date(), pairing.starts_on), pairing.ends_on, rhythm, today())


def standing_of(pairing: Pairing) -> Standing:
    """How it goes; only what is active can be late or stand still."""
    plan = plan_of(pairing.id)
    rhythm = plan.rhythm if plan else "monthly"
    milestones = plan.milestones if plan else []
    done = sum(one.share for one in milestones if one.done_on)
    last = db.session.scalar(sa.select(sa.func.max(ProgressReport.reported_at)).where(
        ProgressReport.pairing_id == pairing.id))
    if pairing.status != "active":
        return Standing(rhythm, (), (), None, None, done, last)
    reported = reported_periods(pairing.id)
    periods = periods_of(pairing, rhythm)
    late = rules.late_periods(periods, tuple(reported), today())
    missing = [one for one in periods if one.code not in reported]
    begun = begun_at(pairing)
    sign = max([one for one in (last, begun) if one is not None], default=now())
    missed = tuple(one for one in milestones if one.done_on is None and one.due_on < today())
    return Standing(rhythm, tuple(late), missed, rules.stalled_since(sign, rhythm, today()),
                    missing[0] if missing else None, done, last)


def visits_of(pairing_id: int) -> list[Visit]:
    """The log, the latest first."""
    return list(db.session.scalars(sa.select(Visit).where(Visit.pairing_id == pairing_id)
                                   .order_by(Visit.on_day.desc(), Visit.id.desc())))


def visit_of(pairing: Pairing, number: int) -> Visit:
    """A visit of this pairing; anybody else's is NotFound."""
    found = db.session.scalar(sa.select(Visit).where(Visit.id == number, Visit.pairing_id == pairing.id))
    if found is None:
        raise NotFound
    return found


def visit_sent(pairing: Pairing, once: str) -> Visit | None:
    """The visit that this very form has made already."""
    return db.session.scalar(sa.select(Visit).where(Visit.once == once, Visit.pairing_id == pairing.id))


def words_said(pairing_id: int) -> set[str]:
    """What people were told of a pairing's course."""
    return set(db.session.scalars(sa.select(TrackingReminder.word).where(TrackingReminder.pairing_id == pairing_id)))


def complaints_of(pairing_id: int) -> list[Complaint]:
    """The complaints of both sides, the latest first."""
    return list(db.session.scalars(sa.select(Complaint).where(Complaint.pairing_id == pairing_id)
                                   .order_by(Complaint.id.desc())))


def complaint_of(pairing: Pairing, number: int) -> Complaint:
    """A complaint in this pairing; anybody else's is NotFound."""
    found = db.session.scalar(sa.select(Complaint).where(
        Complaint.id == number, Complaint.pairing_id == pairing.id).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def people_of(*lists: Sequence[Any]) -> dict[int, str]:
    """Names of everybody who stands in these rows."""
    keys = ("reported_by", "mended_by", "noted_by", "followed_by", "filed_by", "answered_by", "closed_by", "done_by",
            "set_by")
    return names({number for rows in lists for row in rows for key in keys
                  if (number := getattr(row, key, None)) is not None})


def is_within_reach(actor: Any, pairing: Pairing) -> bool:
    """Does the pairing lie within the actor's reach?"""
    return db.session.scalar(sa.select(Pairing.id).where(Pairing.id == pairing.id, scope(actor))) is not None


def relayed_to(pairing: Pairing) -> Pairing | None:
    """The pairing that carried this one on, the latest."""
    return db.session.scalar(sa.select(Pairing).where(Pairing.relayed_from_id == pairing.id)
                             .order_by(Pairing.id.desc()).limit(1))


def relayed_from(pairing: Pairing) -> list[Pairing]:
    """The pairings before this one, the nearest first."""
    found: list[Pairing] = []
    number = pairing.relayed_from_id
    while number is not None and len(found) < 20:
        former = db.session.get(Pairing, number)
        if former is None:
            break
        found.append(former)
        number = former.relayed_from_id
    return found
