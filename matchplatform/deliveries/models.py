"""Deliveries of notices, the choices of people, and their verified addresses."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Encrypted, Moment, choice_check
from matchplatform.deliveries import rules
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.notices.rules import KINDS


class DeliveryChoice(db.Model):
    """How somebody wants notices of a kind over a channel; without a row as is usual."""

    __tablename__ = "delivery_choices"
    __table_args__ = (choice_check("channel", rules.CHANNELS), choice_check("kind", KINDS),
                      choice_check("way", rules.WAYS),
                      sa.CheckConstraint("kind <> 'refused' OR way = 'at_once'", name="decisions_at_once"),
                      sa.CheckConstraint("kind <> 'to_do' OR way <> 'none'", name="deadlines_always"))

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    way: Mapped[str] = mapped_column(sa.String(10))


class MailAddress(db.Model):
    """Somebody's address; nothing but the code is sent to it before it is verified."""

    __tablename__ = "mail_addresses"
    __table_args__ = (sa.CheckConstraint("tries >= 0 AND codes >= 0", name="counts"),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    address: Mapped[str] = mapped_column(Encrypted)
    verified_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    asked_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    tries: Mapped[int] = mapped_column(default=0)
    codes: Mapped[int] = mapped_column(default=1)  # sent on the day of asked_at


class Delivery(db.Model):
    """One notice over one channel."""

    __tablename__ = "deliveries"
    __table_args__ = (choice_check("channel", rules.CHANNELS), choice_check("state", rules.STATES),
                      sa.CheckConstraint("way IN ('at_once', 'daily')", name="way"),
                      sa.CheckConstraint("attempts >= 0", name="attempts"),
                      sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_time"),
                      sa.UniqueConstraint("notice_id", "channel", name="uq_deliveries_once"),
                      sa.Index("ix_deliveries_due", "state", "way", "next_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notices.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    channel: Mapped[str] = mapped_column(sa.String(10))
    way: Mapped[str] = mapped_column(sa.String(10))
    state: Mapped[str] = mapped_column(sa.String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    sent_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    last_error: Mapped[str] = mapped_column(sa.String(200), default="")

    notice: Mapped[Notice] = relationship(lazy="joined", innerjoin=True)

    @property
    def condition(self) -> Choice:
        return rules.STATES[self.state]
