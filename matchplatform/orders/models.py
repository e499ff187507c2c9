"""Residents' orders, every move they made, the offices' telephones, and what is counted against floods."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.catalog.models import Category, Region
from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Encrypted, Moment, choice_check, guard_status, in_states
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.orders import rules


class Order(db.Model):
    """What a villager wants. Only he knows the receipt number: it is kept encrypted and looked for by its hash.

    Name, telephone and words are empty once they were erased (`erased_at`). `held_by` has it in hand until
    `held_until`; `handled_by` is who did last, and never who confirms for the villager. One that was put together
    with another (`joined_to_id`) is moved with that one.
    """

    __tablename__ = "orders"
    __table_args__ = (
        choice_check("status", rules.STATES), choice_check("channel", rules.CHANNELS),
        sa.CheckConstraint("(status = 'reviewing') = (held_by IS NOT NULL)", name="holder"),
        sa.CheckConstraint("(held_by IS NULL) = (held_until IS NULL)", name="lease"),
        sa.CheckConstraint(f"({in_states('status', rules.ON_NEED)}) = (need_id IS NOT NULL)", name="need_present"),
        sa.CheckConstraint("(channel = 'web') = (entered_by IS NULL)", name="who_entered"),
        sa.CheckConstraint("(entered_by IS NULL) = (read_back_at IS NULL)", name="read_back"),
        sa.CheckConstraint("(erased_at IS NULL) = (phone IS NOT NULL)", name="erased"),
        sa.CheckConstraint("erased_at IS NULL OR (phone_print IS NULL AND name = '' AND body = '')",
                           name="nothing_left"),
        sa.CheckConstraint("status <> 'withdrawn' OR erased_at IS NOT NULL", name="withdrawn_is_erased"),
        sa.CheckConstraint(f"({in_states('status', ('confirmed', 'rated'))}) = (confirmed_at IS NOT NULL)",
                           name="confirmed"),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> handled_by", name="handler_is_not_listener"),
        sa.CheckConstraint("(status = 'rated') = (stars IS NOT NULL)", name="rated"),
        sa.CheckConstraint("stars IS NULL OR stars BETWEEN 1 AND 5", name="stars"),
        sa.CheckConstraint("joined_to_id IS NULL OR joined_to_id <> id", name="not_into_itself"),
        sa.Index("ix_orders_county_status", "county_code", "status"),
        sa.Index("ix_orders_township_status", "township_code", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)  # DD420921-2026-0012, the office's number
    receipt: Mapped[str] = mapped_column(Encrypted, deferred=True)
    receipt_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    form_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)  # its form: one order each
    county_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    township_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    village_id: Mapped[int | None] = mapped_column(sa.ForeignKey("villages.id"), index=True)
    village: Mapped[str] = mapped_column(sa.String(40))
    former_village: Mapped[str] = mapped_column(sa.String(40), default="")  # as written on the page, before a merger
    category_code: Mapped[str] = mapped_column(sa.ForeignKey("categories.code"), index=True)
    body: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.String(20), default="")
    phone: Mapped[str | None] = mapped_column(Encrypted)
    phone_print: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    consent_version: Mapped[str] = mapped_column(sa.String(20))
    channel: Mapped[str] = mapped_column(sa.String(10), default="web")
    entered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    read_back_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    status: Mapped[str] = mapped_column(sa.String(12), default="submitted", index=True)
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    submitted_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, index=True)
    due_at: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    held_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    held_until: Mapped[dt.datetime | None] = mapped_column(Moment)
    handled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    need_id: Mapped[int | None] = mapped_column(sa.ForeignKey("needs.id"), index=True)
    joined_to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    reminded_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    disputed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    stars: Mapped[int | None]
    rating_words: Mapped[str] = mapped_column(sa.Text, default="")
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment, index=True)
    erased_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    category: Mapped[Category] = relationship(lazy="joined", innerjoin=True)
    township: Mapped[Region] = relationship(foreign_keys=[township_code], lazy="joined", innerjoin=True)
    need: Mapped[Need | None] = relationship(lazy="joined")
    events: Mapped[list["OrderEvent"]] = relationship(order_by="OrderEvent.id", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        """The state as shown now."""
        return rules.shown_state(self, now())


class OrderEvent(db.Model):
    """A move of an order: who, when, from where to where, and why. `who` is the office's person as he was called."""

    __tablename__ = "order_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    who: Mapped[str] = mapped_column(sa.String(60))
    verb: Mapped[str] = mapped_column(sa.String(20))
    label: Mapped[str] = mapped_column(sa.String(40))
    source: Mapped[str] = mapped_column(sa.String(12), default="")
    target: Mapped[str] = mapped_column(sa.String(12))
    reason: Mapped[str] = mapped_column(sa.Text, default="")


class OrderTry(db.Model):
    """Something that is counted against floods, under a keyed hash of an address, a telephone or a number."""

    __tablename__ = "order_tries"
    __table_args__ = (sa.Index("ix_order_tries_kind_key_at", "kind", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    key: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now, index=True)


class OrderOffice(db.Model):
    """Where villagers of a township or county call: a public number, and when somebody answers."""

    __tablename__ = "order_offices"

    region_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), primary_key=True)
    phone: Mapped[str] = mapped_column(sa.String(30))
    hours: Mapped[str] = mapped_column(sa.String(40), default="")
    updated_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


guard_status(Order, rules.LIFECYCLE)
