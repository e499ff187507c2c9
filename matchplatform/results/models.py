"""Closing reports, evaluations, certificates, and the cases drafted from pairings."""

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing
from matchplatform.results import rules
from matchplatform.tracking.rules import FIGURES

_VALID = sa.text("revoked_at IS NULL")


class ClosingReport(db.Model):
    """What came of a pairing in the end, by one side and confirmed by the other. Money and in-kind value apart."""

    __tablename__ = "closing_reports"
    __table_args__ = (
        choice_check("status", rules.REPORT_STATES), choice_check("side", rules.SIDES),
        *(sa.CheckConstraint(f"{name} BETWEEN 0 AND 1000000000000000", name=name) for name in FIGURES),
        sa.CheckConstraint("status <> 'confirmed' OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
                           name="confirmer_present"),
        sa.CheckConstraint("status <> 'confirmed' OR decided_by <> written_by", name="two_people"),
    )

    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), primary_key=True)
    side: Mapped[str] = mapped_column(sa.String(12))
    status: Mapped[str] = mapped_column(sa.String(10), default="draft")
    done: Mapped[str] = mapped_column(sa.Text, default="")
    remains: Mapped[str] = mapped_column(sa.Text, default="")
    lessons: Mapped[str] = mapped_column(sa.Text, default="")
    funds_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    in_kind_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    households: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    people: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    trained: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    employed: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    sales_fen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    written_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    written_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    submitted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    pairing: Mapped[Pairing] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        return rules.REPORT_STATES[self.status]


class Evaluation(db.Model):
    """What one side says of the other when the work is done; villagers' ratings stand with their orders."""

    __tablename__ = "evaluations"
    __table_args__ = (
        choice_check("side", rules.SIDES), sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        sa.CheckConstraint("(reply_at IS NULL) = (reply_by IS NULL)", name="replier"),
        sa.UniqueConstraint("pairing_id", "side", name="uq_evaluations_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    side: Mapped[str] = mapped_column(sa.String(12))
    stars: Mapped[int]
    words: Mapped[str] = mapped_column(sa.Text)
    by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    reply: Mapped[str] = mapped_column(sa.Text, default="")
    reply_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    reply_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class Certificate(db.Model):
    """A certificate with what stands on it; `digest` tells whether that was changed afterwards."""

    __tablename__ = "certificates"
    __table_args__ = (
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoker"),
        sa.CheckConstraint("length(digest) = 64", name="digest"),
        sa.Index("uq_certificates_valid", "pairing_id", unique=True, sqlite_where=_VALID, postgresql_where=_VALID),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)  # ZS2026-0001
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(12), unique=True)
    content_json: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.String(64))
    issued_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    issued_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    revoked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    revoked_for: Mapped[str] = mapped_column(sa.Text, default="")

    pairing: Mapped[Pairing] = relationship(lazy="joined", innerjoin=True)

    @property
    def content(self) -> dict[str, Any]:
        """What stands on the paper."""
        return json.loads(self.content_json)

    @property
    def is_whole(self) -> bool:
        """Is the content still what was issued?"""
        return rules.digest_of(self.content) == self.digest


class CaseDraft(db.Model):
    """The publication that was drafted from a pairing; once a pairing."""

    __tablename__ = "case_drafts"

    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), primary_key=True)
    publication_id: Mapped[int] = mapped_column(sa.ForeignKey("publications.id"), unique=True)
    by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


guard_status(ClosingReport, rules.REPORTS)
