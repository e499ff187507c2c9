"""Rows that the platform's other records point to."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.catalog import rules
from matchplatform.core.clock import now
from matchplatform.database import Moment, choice_check
from matchplatform.extensions import db


class Region(db.Model):
    """A division by its GB/T 2260 code (six digits; townships nine).

    `is_city` is true for the 13 prefectures and for the four counties that report straight to the province; those
    four are counties too. `city_code` is the city a county or township belongs to (the four: themselves).
    """

    __tablename__ = "regions"
    __table_args__ = (choice_check("level", rules.LEVELS),)

    code: Mapped[str] = mapped_column(sa.String(9), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    level: Mapped[str] = mapped_column(sa.String(10), index=True)
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    city_code: Mapped[str | None] = mapped_column(sa.String(9), index=True)
    is_city: Mapped[bool] = mapped_column(default=False)
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]


class Village(db.Model):
    """A village or community of a township. One that was merged names its successor, one that was given up has only
    the day; both stay, because former records and printed posters name them."""

    __tablename__ = "villages"
    __table_args__ = (sa.UniqueConstraint("township_code", "name"),
                      sa.CheckConstraint("merged_into_id IS NULL OR closed_on IS NOT NULL", name="merged_is_closed"),
                      sa.CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_into_itself"))

    id: Mapped[int] = mapped_column(primary_key=True)
    township_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("villages.id"), index=True)
    closed_on: Mapped[dt.date | None]


class Category(db.Model):
    """A field of help (帮扶领域); staff may add some."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    drawing: Mapped[str] = mapped_column(sa.String(40), default="charity")
    position: Mapped[int] = mapped_column(default=100)
    named_by_policy: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)


class Campaign(db.Model):
    """A plan with its goal and dates; eligibility presets are switched on by campaign."""

    __tablename__ = "campaigns"
    __table_args__ = (
        sa.CheckConstraint("ends_on > starts_on", name="dates"),
        sa.CheckConstraint("goal BETWEEN 1 AND 100000", name="goal"),
        sa.CheckConstraint("pending_replies_most BETWEEN 1 AND 100", name="pending_replies_most"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    source: Mapped[str] = mapped_column(sa.String(200), default="")
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    goal: Mapped[int]
    pending_replies_most: Mapped[int] = mapped_column(default=5)  # 应征书 of one organization that may wait at once
    is_demo: Mapped[bool] = mapped_column(default=False)
    requires_rating: Mapped[bool] = mapped_column(default=False)
    requires_three_years: Mapped[bool] = mapped_column(default=False)
    requires_three_staff: Mapped[bool] = mapped_column(default=False)
    # 自愿申请 → 推荐 → 县里同意: whether a civil affairs office must recommend a pairing before it is approved.
    requires_recommendation: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    version: Mapped[int] = mapped_column(default=1)
    key_counties: Mapped[list["KeyCounty"]] = relationship(order_by="KeyCounty.county_code",
                                                           cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


class KeyCounty(db.Model):
    """A county that a campaign singles out: a dated, sourced row that staff can verify or take off the list."""

    __tablename__ = "key_counties"
    __table_args__ = (sa.UniqueConstraint("campaign_id", "county_code"),
                      choice_check("status", rules.KEY_COUNTY_STATUS))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), index=True)
    county_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    source: Mapped[str] = mapped_column(sa.String(200))
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    recorded_on: Mapped[dt.date]
    status: Mapped[str] = mapped_column(sa.String(12), default="unverified")
    county: Mapped[Region] = relationship(lazy="joined")


class SpentCode(db.Model):
    """A record's number whose draft was taken back with its import. The audit and the history still name it, so it is
    never given out again."""

    __tablename__ = "spent_codes"

    code: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
