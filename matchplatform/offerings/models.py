"""Offerings and the areas they serve."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.catalog.models import Category
from matchplatform.core.clock import now, today
from matchplatform.core.rules import Choice
from matchplatform.database import Encrypted, Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.offerings import rules
from matchplatform.organizations.models import Organization


class Offering(db.Model):
    """What an organization can give; capacity is how many counties or villages at once; amounts in 分."""

    __tablename__ = "offerings"
    __table_args__ = (
        choice_check("status", rules.STATES), choice_check("cost_model", rules.COST_MODELS),
        sa.CheckConstraint("capacity > 0", name="capacity"),
        sa.CheckConstraint("capacity_taken >= 0 AND capacity_taken <= capacity", name="capacity_taken"),
        sa.CheckConstraint("funds_fen >= 0 AND in_kind_fen >= 0 AND person_days >= 0", name="amounts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)  # GJ2026-0265
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(60))
    category_code: Mapped[str] = mapped_column(sa.ForeignKey("categories.code"), index=True)
    body: Mapped[str] = mapped_column(sa.Text)
    audience: Mapped[str] = mapped_column(sa.String(100), default="")
    conditions: Mapped[str] = mapped_column(sa.Text, default="")
    past_cases: Mapped[str] = mapped_column(sa.Text, default="")
    capacity: Mapped[int] = mapped_column(default=1)
    capacity_taken: Mapped[int] = mapped_column(default=0)
    funds_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    in_kind_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    person_days: Mapped[int] = mapped_column(default=0)
    cost_model: Mapped[str] = mapped_column(sa.String(10), default="free")
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    contact_name: Mapped[str] = mapped_column(sa.String(40), default="")
    contact_phone: Mapped[str | None] = mapped_column(Encrypted)
    status: Mapped[str] = mapped_column(sa.String(12), default="draft", index=True)
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    published_at: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    areas: Mapped[list["OfferingArea"]] = relationship(order_by="OfferingArea.region_code", lazy="selectin",
                                                       cascade="all, delete-orphan")
    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)
    organization: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        """The state as shown today."""
        return rules.shown_state(self, today())

    @property
    def capacity_left(self) -> int:
        return self.capacity - self.capacity_taken

    @property
    def area_codes(self) -> list[str]:
        return [area.region_code for area in self.areas]


class OfferingArea(db.Model):
    """A region that an offering serves: the province, a city or a county."""

    __tablename__ = "offering_areas"

    offering_id: Mapped[int] = mapped_column(sa.ForeignKey("offerings.id", ondelete="CASCADE"), primary_key=True)
    region_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), primary_key=True, index=True)


guard_status(Offering, rules.LIFECYCLE)
