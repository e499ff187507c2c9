"""Milestones, progress reports, visits and complaints of pairings."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.core.clock import local, now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.needs.models import NeedLine
from matchplatform.pairings.models import Pairing
from matchplatform.tracking import rules

_MOST = 10 ** 15


class TrackingPlan(db.Model):
    """How often a pairing reports; without a row it is every month. `version` guards the milestones too."""

    __tablename__ = "tracking_plans"
    __table_args__ = (choice_check("rhythm", rules.RHYTHMS),)

    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), primary_key=True)
    rhythm: Mapped[str] = mapped_column(sa.String(10), default="monthly")
    set_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    set_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    version: Mapped[int] = mapped_column(default=1)

    milestones: Mapped[list["Milestone"]] = relationship(order_by="Milestone.due_on, Milestone.id",
                                                         cascade="all, delete-orphan", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}


class Milestone(db.Model):
    """A part of the work with its day and its share of the whole in per cent."""

    __tablename__ = "milestones"
    __table_args__ = (sa.CheckConstraint("share BETWEEN 1 AND 100", name="share"),
                      sa.CheckConstraint("(done_on IS NULL) = (done_by IS NULL)", name="doer"))

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("tracking_plans.pairing_id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(60))
    due_on: Mapped[dt.date]
    share: Mapped[int]
    done_on: Mapped[dt.date | None]
    done_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))


class ProgressReport(db.Model):
    """What happened in one month or quarter; one report a period. Money and in-kind value never share a column."""

    __tablename__ = "progress_reports"
    __table_args__ = (
        *(sa.CheckConstraint(f"{name} BETWEEN 0 AND {_MOST}", name=name) for name in rules.FIGURES),
        sa.CheckConstraint("side IN ('county', 'organization')", name="side"),
        sa.UniqueConstraint("pairing_id", "period", name="uq_progress_reports_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    period: Mapped[str] = mapped_column(sa.String(7))
    side: Mapped[str] = mapped_column(sa.String(12))
    done: Mapped[str] = mapped_column(sa.Text)
    difficulties: Mapped[str] = mapped_column(sa.Text, default="")
    funds_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    in_kind_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    households: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    people: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    trained: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    employed: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    sales_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    reported_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    reported_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, index=True)
    mended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    mended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    pairing: Mapped[Pairing] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list["ProgressLine"]] = relationship(order_by="ProgressLine.need_line_id", lazy="selectin",
                                                       cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def code(self) -> str:
        """JD2026-0412:2026-11, by which attachments name it."""
        return f"{self.pairing.code}:{self.period}"

    @property
    def span(self) -> rules.Period:
        return rules.period_named(self.period)

    @property
    def title(self) -> str:
        return f"{self.span.label}的进展：{self.pairing.need.title}"

    @property
    def is_late(self) -> bool:
        """Did it come after the last day in time?"""
        return local(self.reported_at).date() > self.span.due_on

    @property
    def county_code(self) -> str:
        return self.pairing.county_code

    @property
    def organization_id(self) -> int:
        return self.pairing.organization_id

    @property
    def brought(self) -> dict[int, int]:
        """Line of the need -> how much of it was brought in this period."""
        return {one.need_line_id: one.quantity for one in self.lines}


class ProgressLine(db.Model):
    """How much of a need's line was brought in a report's period."""

    __tablename__ = "progress_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    report_id: Mapped[int] = mapped_column(sa.ForeignKey("progress_reports.id", ondelete="CASCADE"), primary_key=True)
    need_line_id: Mapped[int] = mapped_column(sa.ForeignKey("need_lines.id"), primary_key=True, index=True)
    quantity: Mapped[int]

    line: Mapped[NeedLine] = relationship(lazy="joined", innerjoin=True)


class PhotoPrint(db.Model):
    """What a report's photo looks like, 16 hex digits: alike pictures differ in few bits."""

    __tablename__ = "photo_prints"

    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachments.id"), primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    period: Mapped[str] = mapped_column(sa.String(7))
    looks: Mapped[str] = mapped_column(sa.String(16))


class Visit(db.Model):
    """Somebody went, called or met online; what is to follow stands with its day."""

    __tablename__ = "visits"
    __table_args__ = (choice_check("way", rules.VISITS),
                      sa.CheckConstraint("follow_up_on IS NULL OR follow_up_on >= on_day", name="follow_up_after"),
                      sa.CheckConstraint("(followed_at IS NULL) = (followed_by IS NULL)", name="follower"))

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    way: Mapped[str] = mapped_column(sa.String(10))
    on_day: Mapped[dt.date]
    whom: Mapped[str] = mapped_column(sa.String(60), default="")
    note: Mapped[str] = mapped_column(sa.Text)
    follow_up_on: Mapped[dt.date | None]
    noted_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    noted_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    followed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    followed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    once: Mapped[str] = mapped_column(sa.String(32), unique=True)  # of the form: a second click is no second visit


class Complaint(db.Model):
    """One side complains of the other; the other answers, the office that approves rules."""

    __tablename__ = "complaints"
    __table_args__ = (
        choice_check("status", rules.COMPLAINT_STATES),
        sa.CheckConstraint("side IN ('county', 'organization')", name="side"),
        sa.CheckConstraint("(status = 'ruled') = (ruling IS NOT NULL)", name="ruling_present"),
        sa.CheckConstraint("ruling IS NULL OR ruling IN ('upheld', 'partly', 'dismissed')", name="ruling"),
        sa.CheckConstraint("status <> 'answered' OR answered_at IS NOT NULL", name="answer_present"),
        sa.Index("uq_complaints_open", "pairing_id", "side", unique=True,
                 sqlite_where=sa.text("status IN ('answered', 'open')"),
                 postgresql_where=sa.text("status IN ('answered', 'open')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    side: Mapped[str] = mapped_column(sa.String(12))
    status: Mapped[str] = mapped_column(sa.String(10), default="open")
    body: Mapped[str] = mapped_column(sa.Text)
    filed_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    filed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    answer_by: Mapped[dt.datetime] = mapped_column(Moment)
    rule_by: Mapped[dt.datetime] = mapped_column(Moment)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    answered_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    ruling: Mapped[str | None] = mapped_column(sa.String(10))
    ruling_words: Mapped[str] = mapped_column(sa.Text, default="")
    closed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    closed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    pairing: Mapped[Pairing] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        return rules.COMPLAINT_STATES[self.status]


class TrackingReminder(db.Model):
    """What was said of a pairing in trouble, so that nobody is told the same twice: `word` names what and since when
    (late:2026-10, stalled:2026-11-03, milestone:17, visit:4)."""

    __tablename__ = "tracking_reminders"
    __table_args__ = (sa.UniqueConstraint("pairing_id", "word", name="uq_tracking_reminders_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"))
    word: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


guard_status(Complaint, rules.COMPLAINTS)
