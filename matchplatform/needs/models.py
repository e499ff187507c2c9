"""Needs and their lines."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.catalog.models import Category, Region
from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Encrypted, Moment, choice_check, guard_status, in_states
from matchplatform.extensions import db
from matchplatform.needs import rules


class Need(db.Model):
    """A need of a county, township or village; amounts in 分."""

    __tablename__ = "needs"
    __table_args__ = (
        choice_check("status", rules.STATES), choice_check("aid_mode", rules.AID_MODES),
        choice_check("urgency", rules.URGENCIES), choice_check("publicity", rules.PUBLICITY),
        sa.CheckConstraint("funds_secured_fen >= 0 AND funds_gap_fen >= 0", name="funds"),
        sa.CheckConstraint("beneficiaries >= 0 AND households >= 0 AND lifted_households >= 0 "
                           "AND monitored_households >= 0 AND old_and_young >= 0", name="people"),
        sa.CheckConstraint(f"{in_states('status', ('draft', 'submitted', 'returned', 'withdrawn', 'merged'))} "
                           "OR (released_by IS NOT NULL AND released_at IS NOT NULL)", name="releaser_present"),
        sa.CheckConstraint("(status = 'merged') = (merged_into_code IS NOT NULL)", name="merged_into"),
        sa.CheckConstraint("released_by IS NULL OR submitted_by IS NULL OR released_by <> submitted_by",
                           name="maker_is_not_checker"),
        sa.Index("ix_needs_status_closing", "status", "closing_at"),
        sa.Index("ix_needs_county_status", "county_code", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)  # XQ420921-2026-038
    title: Mapped[str] = mapped_column(sa.String(60))
    category_code: Mapped[str] = mapped_column(sa.ForeignKey("categories.code"), index=True)
    aid_mode: Mapped[str] = mapped_column(sa.String(10), default="relief")
    urgency: Mapped[str] = mapped_column(sa.String(10), default="normal")
    county_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    township_code: Mapped[str | None] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    village: Mapped[str] = mapped_column(sa.String(40), default="")
    body: Mapped[str] = mapped_column(sa.Text)
    goal: Mapped[str] = mapped_column(sa.Text, default="")
    conditions: Mapped[str] = mapped_column(sa.Text, default="")
    basis: Mapped[str] = mapped_column(sa.String(200), default="")
    basis_code: Mapped[str | None] = mapped_column(sa.ForeignKey("publications.code"), index=True)
    basis_clause: Mapped[str] = mapped_column(sa.String(80), default="")  # the cited clause's anchor
    supplies: Mapped[str] = mapped_column(sa.Text, default="")  # 物资与人员需求, beside the lines
    preferred_organization: Mapped[str] = mapped_column(sa.String(100), default="")
    publicity: Mapped[str] = mapped_column(sa.String(10), default="public")
    funds_secured_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    funds_gap_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    beneficiaries: Mapped[int] = mapped_column(default=0)
    households: Mapped[int] = mapped_column(default=0)
    lifted_households: Mapped[int] = mapped_column(default=0)
    monitored_households: Mapped[int] = mapped_column(default=0)
    old_and_young: Mapped[int] = mapped_column(default=0)
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    closing_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    unit: Mapped[str] = mapped_column(sa.String(60), default="")
    contact_name: Mapped[str] = mapped_column(sa.String(40), default="")
    contact_phone: Mapped[str | None] = mapped_column(Encrypted)
    status: Mapped[str] = mapped_column(sa.String(12), default="draft", index=True)
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    merged_into_code: Mapped[str | None] = mapped_column(sa.String(24), index=True)  # the need that took it in
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    submitted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    submitted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    released_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    released_at: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    lines: Mapped[list["NeedLine"]] = relationship(order_by="NeedLine.position", cascade="all, delete-orphan",
                                                   lazy="selectin")
    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)
    township: Mapped[Region | None] = relationship(foreign_keys=[township_code], lazy="joined")

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        """The state as shown now."""
        return rules.shown_state(self, now())

    @property
    def citation(self) -> str:
        """The cited document and clause in one word, as the form has it: FB420000-2026-003#tiao-8."""
        return "#".join(filter(None, (self.basis_code, self.basis_clause)))

    @property
    def residual(self) -> "list[NeedLine]":
        """The lines of which something is still wanted."""
        return rules.residual(self.lines)

    @property
    def secured_percent(self) -> int:
        """Share of the funds that is secured, 0–100."""
        total = self.funds_secured_fen + self.funds_gap_fen
        return round(100 * self.funds_secured_fen / total) if total else 0


class NeedLine(db.Model):
    """One thing needed: how much, in which unit, at which price; how much organizations took and brought.

    Committed by whoever both sides agreed with, delivered when that pairing is completed.
    """

    __tablename__ = "need_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),
                      sa.CheckConstraint("unit_price_fen >= 0", name="price"),
                      sa.CheckConstraint("0 <= delivered AND delivered <= committed AND committed <= quantity",
                                         name="quantities"),
                      sa.UniqueConstraint("need_id", "position"))

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("needs.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    item: Mapped[str] = mapped_column(sa.String(60))
    quantity: Mapped[int]
    unit: Mapped[str] = mapped_column(sa.String(10))
    unit_price_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    committed: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[int] = mapped_column(default=0)

    @property
    def residual(self) -> int:
        return self.quantity - self.committed


guard_status(Need, rules.LIFECYCLE)
