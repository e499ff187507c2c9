"""What an organization proposes back to a county's order: part of it, other amounts, other dates."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.choosing import rules
from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.needs.models import NeedLine
from matchplatform.pairings.models import Pairing

_OPEN = sa.text("status = 'open'")


class Counter(db.Model):
    """A counter-proposal; at most one of a pairing is open, and who proposed it never answers it."""

    __tablename__ = "counters"
    __table_args__ = (
        choice_check("status", rules.COUNTER_STATES),
        sa.CheckConstraint("funds_fen >= 0 AND in_kind_fen >= 0", name="amounts"),
        sa.CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on > starts_on", name="term"),
        sa.CheckConstraint("(status IN ('accepted', 'declined')) = (answered_by IS NOT NULL)", name="answered"),
        sa.CheckConstraint("(answered_by IS NULL) = (answered_at IS NULL)", name="answer_time"),
        sa.CheckConstraint("answered_by IS NULL OR answered_by <> proposed_by", name="two_sides"),
        sa.CheckConstraint("status <> 'declined' OR reason <> ''", name="why_declined"),
        sa.Index("uq_counters_open", "pairing_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(12), default="open")
    message: Mapped[str] = mapped_column(sa.Text)
    funds_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    in_kind_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    proposed_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    answered_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    pairing: Mapped[Pairing] = relationship()
    lines: Mapped[list["CounterLine"]] = relationship(order_by="CounterLine.need_line_id", lazy="selectin",
                                                      cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        return rules.COUNTER_STATES[self.status]


class CounterLine(db.Model):
    """How much of a line the organization would take."""

    __tablename__ = "counter_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    counter_id: Mapped[int] = mapped_column(sa.ForeignKey("counters.id", ondelete="CASCADE"), primary_key=True)
    need_line_id: Mapped[int] = mapped_column(sa.ForeignKey("need_lines.id"), primary_key=True, index=True)
    quantity: Mapped[int]

    line: Mapped[NeedLine] = relationship(lazy="joined", innerjoin=True)


guard_status(Counter, rules.COUNTER_LIFECYCLE)
