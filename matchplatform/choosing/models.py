"""Calls with what they declare, replies with their evidence, questions, and whom we reminded of what."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.choosing import rules
from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status, in_states
from matchplatform.extensions import db
from matchplatform.needs.models import Need, NeedLine
from matchplatform.offerings.models import Offering
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import Pairing


class Call(db.Model):
    """A county's call on one of its needs: until when, for how many, and (in `items`) by what it chooses."""

    __tablename__ = "calls"
    __table_args__ = (
        choice_check("status", rules.CALL_STATES),
        sa.CheckConstraint(f"may_choose BETWEEN 1 AND {rules.MOST_CHOSEN}", name="may_choose"),
        sa.CheckConstraint("questions_until < closing_at", name="times"),
        sa.CheckConstraint("(opened_by IS NULL) = (opened_at IS NULL)", name="opened"),
        sa.CheckConstraint("status NOT IN ('reviewing', 'decided') OR opened_at > closing_at",
                           name="sealed_until_closing"),
        sa.CheckConstraint("(status IN ('decided', 'ended')) = (decided_at IS NOT NULL)", name="decided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("needs.id"), unique=True)
    county_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    status: Mapped[str] = mapped_column(sa.String(12), default="open", index=True)
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    closing_at: Mapped[dt.datetime] = mapped_column(Moment, index=True)
    questions_until: Mapped[dt.datetime] = mapped_column(Moment)
    may_choose: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    opened_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    opened_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    need: Mapped[Need] = relationship(lazy="joined", innerjoin=True)
    items: Mapped[list["CallItem"]] = relationship(order_by="CallItem.position", lazy="selectin",
                                                   cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        """The state as shown now."""
        return rules.shown_call(self, now())

    @property
    def requirements(self) -> "list[CallItem]":
        return [one for one in self.items if one.kind == "requirement"]

    @property
    def criteria(self) -> "list[CallItem]":
        return [one for one in self.items if one.kind == "criterion"]


class CallItem(db.Model):
    """An essential requirement (pass or fail), or a criterion with its weight in percent."""

    __tablename__ = "call_items"
    __table_args__ = (choice_check("kind", rules.KINDS), sa.UniqueConstraint("call_id", "position"),
                      sa.CheckConstraint("(kind = 'criterion') = (weight IS NOT NULL)", name="weighted"),
                      sa.CheckConstraint("weight BETWEEN 1 AND 100", name="weight"))

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(12))
    text: Mapped[str] = mapped_column(sa.String(200))
    weight: Mapped[int | None]


class Reply(db.Model):
    """应征书: one of an organization for a call. Money, in-kind value and person-days never share a column.

    `need_version` is what the organization knew of the need when it sent it.
    """

    __tablename__ = "replies"
    __table_args__ = (
        choice_check("status", rules.STATES), sa.UniqueConstraint("call_id", "organization_id"),
        sa.CheckConstraint("funds_fen >= 0 AND in_kind_fen >= 0 AND person_days >= 0", name="amounts"),
        sa.CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on > starts_on", name="term"),
        sa.CheckConstraint(f"NOT ({in_states('status', rules.READABLE)}) OR (sent_by IS NOT NULL AND sent_at IS NOT "
                           "NULL AND offering_id IS NOT NULL)", name="sent"),
        sa.CheckConstraint("(fault = '') = (mend_until IS NULL)", name="fault"),
        sa.CheckConstraint("(status = 'chosen') = (pairing_id IS NOT NULL)", name="chosen_is_paired"),
        sa.CheckConstraint("status <> 'not_chosen' OR status_reason <> ''", name="losers_are_told_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)  # YZ2026-0007
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    offering_id: Mapped[int | None] = mapped_column(sa.ForeignKey("offerings.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(12), default="draft", index=True)
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    plan: Mapped[str] = mapped_column(sa.Text, default="")
    people: Mapped[str] = mapped_column(sa.Text, default="")
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    funds_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    in_kind_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    person_days: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(sa.Text, default="")
    mend_until: Mapped[dt.datetime | None] = mapped_column(Moment)
    need_version: Mapped[int | None]
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    sent_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    sent_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    pairing_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pairings.id"), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    call: Mapped[Call] = relationship(lazy="joined", innerjoin=True)
    organization: Mapped[Organization] = relationship(lazy="joined", innerjoin=True)
    offering: Mapped[Offering | None] = relationship(lazy="joined")
    pairing: Mapped[Pairing | None] = relationship()
    lines: Mapped[list["ReplyLine"]] = relationship(order_by="ReplyLine.need_line_id", lazy="selectin",
                                                    cascade="all, delete-orphan")
    items: Mapped[list["ReplyItem"]] = relationship(order_by="ReplyItem.item_id", lazy="selectin",
                                                    cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        return rules.STATES[self.status]

    @property
    def taken(self) -> dict[int, int]:
        """Line of the need -> how much of it."""
        return {one.need_line_id: one.quantity for one in self.lines}

    @property
    def total(self) -> float | None:
        """The weighted total of 100."""
        return rules.weighted_total(self.items)

    @property
    def by_item(self) -> "dict[int, ReplyItem]":
        return {one.item_id: one for one in self.items}


class ReplyLine(db.Model):
    """How much of a line of the need the reply offers."""

    __tablename__ = "reply_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    reply_id: Mapped[int] = mapped_column(sa.ForeignKey("replies.id", ondelete="CASCADE"), primary_key=True)
    need_line_id: Mapped[int] = mapped_column(sa.ForeignKey("need_lines.id"), primary_key=True, index=True)
    quantity: Mapped[int]

    line: Mapped[NeedLine] = relationship(lazy="joined", innerjoin=True)


class ReplyItem(db.Model):
    """What the reply says of a requirement or criterion, and what the county made of it."""

    __tablename__ = "reply_items"
    __table_args__ = (sa.CheckConstraint("points BETWEEN 0 AND 100", name="points"),
                      sa.CheckConstraint("points IS NULL OR passed IS NULL", name="one_judgement"))

    reply_id: Mapped[int] = mapped_column(sa.ForeignKey("replies.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("call_items.id", ondelete="CASCADE"), primary_key=True,
                                         index=True)
    evidence: Mapped[str] = mapped_column(sa.Text, default="")
    passed: Mapped[bool | None]
    points: Mapped[int | None]

    item: Mapped[CallItem] = relationship(lazy="joined", innerjoin=True)


class CallQuestion(db.Model):
    """A public question on a call and the county's answer. Who asked is shown to nobody but himself."""

    __tablename__ = "call_questions"
    __table_args__ = (sa.CheckConstraint("(answered_by IS NULL) = (answered_at IS NULL)", name="answered"),
                      sa.CheckConstraint("(answered_by IS NULL) = (answer = '')", name="answer_present"))

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    asked_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    body: Mapped[str] = mapped_column(sa.Text)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    answered_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class SilenceReminder(db.Model):
    """That a county, then its city, was told of something unanswered: a need's call or a plain bid, by its number,
    waiting since a moment."""

    __tablename__ = "silence_reminders"
    __table_args__ = (choice_check("step", rules.STEPS),
                      sa.UniqueConstraint("subject", "since", "step", name="uq_silence_reminders_once"))

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(24))
    since: Mapped[dt.datetime] = mapped_column(Moment)
    step: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


guard_status(Call, rules.CALL_LIFECYCLE)
guard_status(Reply, rules.LIFECYCLE)
