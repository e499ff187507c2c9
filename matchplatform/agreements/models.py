"""Agreements with their versions, and their amendments."""

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.agreements import rules
from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Encrypted, Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing

_OPEN = sa.text("status = 'proposed'")


class Agreement(db.Model):
    """The agreement of a pairing. `content` is what was filled in and `blocks` the whole text, written out when it was
    saved, so that later wording changes nothing; both hold telephone numbers and are encrypted. `sha256` is the text's.

    A confirmation is of the text whose hash it names. `method` tells how it was signed; then `signed_sha256` is the
    hash of the text (both) or of the file (copy) as it was.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        choice_check("method", rules.METHODS),
        sa.CheckConstraint("(organization_by IS NULL) = (organization_at IS NULL) AND "
                           "(organization_by IS NULL) = (organization_hash = '')", name="organization_confirmed"),
        sa.CheckConstraint("(county_by IS NULL) = (county_at IS NULL) AND (county_by IS NULL) = (county_hash = '')",
                           name="county_confirmed"),
        sa.CheckConstraint("county_by IS NULL OR (organization_by IS NOT NULL AND county_by <> organization_by)",
                           name="organization_first"),
        # Whoever confirmed, confirmed the text that stands: an edit drops the confirmations.
        sa.CheckConstraint("organization_hash IN ('', sha256) AND county_hash IN ('', sha256)", name="same_text"),
        sa.CheckConstraint("(method = '') = (signed_at IS NULL) AND (method = '') = (signed_sha256 = '') AND "
                           "(method = '') = (signed_by IS NULL)", name="signed"),
        sa.CheckConstraint("method <> 'both' OR (county_hash <> '' AND signed_sha256 = county_hash)",
                           name="both_confirmed"),
        sa.CheckConstraint("(method = 'copy') = (file_id IS NOT NULL)", name="copy_present"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), unique=True)
    content: Mapped[str] = mapped_column(Encrypted)
    blocks: Mapped[str] = mapped_column(Encrypted)
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    organization_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    organization_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    organization_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    county_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    county_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    county_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    method: Mapped[str] = mapped_column(sa.String(10), default="")
    signed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    signed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    signed_sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachments.id"), index=True)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    pairing: Mapped[Pairing] = relationship(lazy="joined", innerjoin=True)
    drafts: Mapped[list["AgreementDraft"]] = relationship(order_by="AgreementDraft.number",
                                                          cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def values(self) -> dict[str, Any]:
        """The content as it was filled in; empty where only a paper is on record."""
        return json.loads(self.content) if self.sha256 else {}

    @property
    def text(self) -> list[Any]:
        """The blocks."""
        return json.loads(self.blocks)

    @property
    def state(self) -> Choice:
        return rules.METHODS[self.method]


class AgreementDraft(db.Model):
    """A saved version: who saved it, for which side, and what it said."""

    __tablename__ = "agreement_drafts"
    __table_args__ = (choice_check("side", rules.SIDES),)

    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    actor_name: Mapped[str] = mapped_column(sa.String(60))
    side: Mapped[str] = mapped_column(sa.String(12))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[str] = mapped_column(Encrypted)

    @property
    def values(self) -> dict[str, Any]:
        """The content as it was filled in."""
        return json.loads(self.content)


class Amendment(db.Model):
    """A change of a signed agreement that one side proposes and the other answers. Empty columns change nothing.

    `lines` and `former` are JSON: id of the need's line -> quantity; what stood before, noted when it came into force,
    which also gives its number.
    """

    __tablename__ = "amendments"
    __table_args__ = (
        choice_check("status", rules.AMENDMENT_STATES), choice_check("side", rules.SIDES),
        sa.CheckConstraint("(status = 'confirmed') = (number IS NOT NULL)", name="number"),
        sa.CheckConstraint("(status = 'proposed') = (decided_at IS NULL) AND "
                           "(status = 'proposed') = (decided_by IS NULL)", name="decided"),
        sa.CheckConstraint("status NOT IN ('confirmed', 'declined') OR decided_by <> proposed_by", name="two_sides"),
        sa.CheckConstraint("starts_on IS NULL OR ends_on IS NULL OR ends_on > starts_on", name="term"),
        sa.CheckConstraint("(funds_fen IS NULL OR funds_fen >= 0) AND (in_kind_fen IS NULL OR in_kind_fen >= 0)",
                           name="amounts"),
        sa.UniqueConstraint("pairing_id", "number"),
        sa.Index("uq_amendments_open", "pairing_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(sa.ForeignKey("pairings.id"), index=True)
    number: Mapped[int | None]
    side: Mapped[str] = mapped_column(sa.String(12))
    status: Mapped[str] = mapped_column(sa.String(12), default="proposed")
    reason: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text, default="")
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    funds_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    in_kind_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    lines: Mapped[str] = mapped_column(sa.Text, default="{}")
    former: Mapped[str] = mapped_column(sa.Text, default="{}")
    proposed_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    pairing: Mapped[Pairing] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def quantities(self) -> dict[int, int]:
        """Line of the need -> its new quantity."""
        return {int(one): quantity for one, quantity in json.loads(self.lines).items()}

    @property
    def state(self) -> Choice:
        return rules.AMENDMENT_STATES[self.status]


guard_status(Amendment, rules.AMENDING)
