"""Rows of the counties' plans of coming needs."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.catalog.models import Category, Region
from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.needs import plan_rules as rules
from matchplatform.needs.models import Need


class PlanRow(db.Model):
    """One thing that a county means to ask for in a quarter; the amount in 分."""

    __tablename__ = "plan_rows"
    __table_args__ = (
        choice_check("status", rules.STATES),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
        sa.CheckConstraint("amount_fen >= 0 AND people >= 0", name="numbers"),
        sa.CheckConstraint("(status = 'drafted') = (need_id IS NOT NULL)", name="need_present"),
        sa.Index("ix_plan_rows_county_year", "county_code", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    county_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"))
    year: Mapped[int]
    quarter: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(60))
    category_code: Mapped[str] = mapped_column(sa.ForeignKey("categories.code"), index=True)
    township_code: Mapped[str | None] = mapped_column(sa.ForeignKey("regions.code"))
    amount_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    people: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    status: Mapped[str] = mapped_column(sa.String(10), default="planned")
    need_id: Mapped[int | None] = mapped_column(sa.ForeignKey("needs.id"), unique=True)
    carried_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_rows.id"), unique=True)
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)
    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)
    township: Mapped[Region | None] = relationship(foreign_keys=[township_code], lazy="joined")
    need: Mapped[Need | None] = relationship()
    carried_from: Mapped["PlanRow | None"] = relationship(remote_side=[id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        """The state as shown."""
        return rules.STATES[self.status]


guard_status(PlanRow, rules.LIFECYCLE)
