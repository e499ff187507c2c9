"""Pairings and every move they made."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status, in_states
from matchplatform.extensions import db
from matchplatform.needs.models import Need, NeedLine
from matchplatform.offerings.models import Offering
from matchplatform.organizations.models import Organization
from matchplatform.pairings import rules

_LIVE = sa.text(in_states("status", rules.LIVE))


class Pairing(db.Model):
    """A county's need and an organization's offering brought together.

    `score` and `reasons` are what the matcher said on the day of the proposal. Money and in-kind value never share
    a column. `ended_at` is when a side exit or the completion happened.
    """

    __tablename__ = "pairings"
    __table_args__ = (
        choice_check("status", rules.STATES), choice_check("origin", rules.ORIGINS),
        choice_check("approval_level", rules.APPROVERS),
        sa.CheckConstraint(f"({in_states('status', rules.APPROVED)}) = (approver_id IS NOT NULL)",
                           name="approver_present"),
        sa.CheckConstraint("(approver_id IS NULL) = (approved_at IS NULL)", name="approval_time"),
        sa.CheckConstraint("approver_id IS NULL OR (approver_id <> proposed_by AND approver_id <> accepted_by "
                           "AND (recommended_by IS NULL OR approver_id <> recommended_by))",
                           name="maker_is_not_checker"),
        sa.CheckConstraint("approver_id IS NULL OR recommended_by IS NOT NULL OR NOT needs_recommendation",
                           name="recommended"),
        sa.CheckConstraint("(recommended_by IS NULL) = (recommended_at IS NULL)", name="recommendation_time"),
        sa.CheckConstraint("recommended_by IS NULL OR (recommended_by <> proposed_by AND (accepted_by IS NULL OR "
                           "recommended_by <> accepted_by))", name="recommended_by_a_third"),
        sa.CheckConstraint("handler_id IS NULL OR status = 'accepted'", name="handled_while_undecided"),
        sa.CheckConstraint("status IN ('proposed', 'declined', 'withdrawn') OR accepted_by IS NOT NULL",
                           name="both_sides_agreed"),
        sa.CheckConstraint("accepted_by IS NULL OR accepted_by <> proposed_by", name="two_sides"),
        sa.CheckConstraint(f"NOT ({in_states('status', rules.SIGNED)}) OR (signed_on IS NOT NULL AND starts_on "
                           "IS NOT NULL AND ends_on IS NOT NULL AND funds_fen IS NOT NULL AND in_kind_fen "
                           "IS NOT NULL)", name="agreement_present"),
        sa.CheckConstraint("funds_fen IS NULL OR funds_fen >= 0", name="funds"),
        sa.CheckConstraint("in_kind_fen IS NULL OR in_kind_fen >= 0", name="in_kind"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="term"),
        sa.CheckConstraint("reserved_until IS NULL OR (status = 'proposed' AND origin = 'order')", name="reserved"),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name="score"),
        sa.Index("uq_pairings_live", "need_id", "organization_id", unique=True, sqlite_where=_LIVE,
                 postgresql_where=_LIVE),
        sa.Index("ix_pairings_status_county", "status", "county_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)  # JD2026-0412
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("needs.id"), index=True)
    offering_id: Mapped[int] = mapped_column(sa.ForeignKey("offerings.id"), index=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    county_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    category_code: Mapped[str] = mapped_column(sa.ForeignKey("categories.code"), index=True)
    origin: Mapped[str] = mapped_column(sa.String(10))
    approval_level: Mapped[str] = mapped_column(sa.String(10))
    status: Mapped[str] = mapped_column(sa.String(12), default="proposed", index=True)
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    message: Mapped[str] = mapped_column(sa.Text, default="")
    offered_funds_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    offered_in_kind_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    score: Mapped[int | None]
    reasons: Mapped[str] = mapped_column(sa.Text, default="[]")  # JSON list of {label, points, full, why}
    proposed_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, index=True)
    accepted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    accepted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    # Whether the campaign of the day of the proposal wanted the civil affairs offices' recommendation, and who gave it.
    needs_recommendation: Mapped[bool] = mapped_column(default=False)
    recommended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    recommended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    handler_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)  # of those who may decide
    approver_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    approved_at: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    # Until when an order keeps a place of the offering's capacity while the organization decides; empty: it keeps none.
    reserved_until: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    due_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    agreement_number: Mapped[str] = mapped_column(sa.String(60), default="")
    signed_on: Mapped[dt.date | None]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    funds_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    in_kind_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    # The version that the organization (of the need) and the county (of the offering) last knew; empty: the present.
    confirm_need_from: Mapped[int | None]
    confirm_offering_from: Mapped[int | None]
    # The pairing that this one carries on with another organization.
    relayed_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    completed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    need: Mapped[Need] = relationship(lazy="joined", innerjoin=True)
    offering: Mapped[Offering] = relationship(lazy="joined", innerjoin=True)
    organization: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list["PairingLine"]] = relationship(order_by="PairingLine.need_line_id", lazy="selectin",
                                                      cascade="all, delete-orphan")
    events: Mapped[list["PairingEvent"]] = relationship(order_by="PairingEvent.id", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        return rules.shown_state(self)

    @property
    def title(self) -> str:
        """老人一天只做一顿饭 × 湖北社区公益基金会: what files and the audit call it."""
        return f"{self.need.title} × {self.organization.name}"

    @property
    def taken(self) -> dict[int, int]:
        """Line of the need -> how much of it."""
        return {one.need_line_id: one.quantity for one in self.lines}

    @property
    def outstanding(self) -> dict[int, int]:
        """Line of the need -> how much of what was taken no progress report has brought yet."""
        return {one.need_line_id: one.quantity - (one.delivered or 0) for one in self.lines
                if one.quantity > (one.delivered or 0)}


class PairingLine(db.Model):
    """How much of a need's line the pairing takes. A pairing without lines takes the need as a whole."""

    __tablename__ = "pairing_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),
                      sa.CheckConstraint("delivered BETWEEN 0 AND quantity", name="delivered"))

    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id", ondelete="CASCADE"), primary_key=True)
    need_line_id: Mapped[int] = mapped_column(sa.ForeignKey("need_lines.id"), primary_key=True, index=True)
    quantity: Mapped[int]
    delivered: Mapped[int] = mapped_column(default=0)  # by the progress reports; what is completed was all brought

    line: Mapped[NeedLine] = relationship(lazy="joined", innerjoin=True)


class PairingEvent(db.Model):
    """A move of a pairing: who, when, from where to where, and why."""

    __tablename__ = "pairing_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    on_behalf_of: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))  # who had delegated this to the actor
    verb: Mapped[str] = mapped_column(sa.String(20))
    source: Mapped[str] = mapped_column(sa.String(12), default="")
    target: Mapped[str] = mapped_column(sa.String(12))
    reason: Mapped[str] = mapped_column(sa.Text, default="")


guard_status(Pairing, rules.LIFECYCLE)
