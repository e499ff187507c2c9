"""Publications: one row a version of a document."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.catalog.models import Region
from matchplatform.core.clock import now, today
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status, in_states
from matchplatform.extensions import db
from matchplatform.publications import clauses, rules

_NEVER_RELEASED = ("draft", "submitted", "returned", "discarded")


class Publication(db.Model):
    """A document. `code` is the platform's own and never changes (addresses, attachments and citations hang on it);
    `index_number` is the office's 索引号. A new version is a row of its own that `revises_id` ties to the former."""

    __tablename__ = "publications"
    __table_args__ = (
        choice_check("status", rules.STATES), choice_check("channel", rules.CHANNELS),
        choice_check("level", rules.LEVELS), choice_check("topic", rules.TOPICS),
        sa.CheckConstraint(f"{in_states('status', _NEVER_RELEASED)} OR (released_by IS NOT NULL "
                           "AND released_at IS NOT NULL AND decided_at IS NOT NULL)", name="releaser_present"),
        sa.CheckConstraint("released_by IS NULL OR (submitted_by IS NOT NULL AND released_by <> submitted_by)",
                           name="maker_is_not_checker"),
        sa.CheckConstraint("released_at IS NULL OR released_at >= decided_at", name="not_released_in_the_past"),
        sa.CheckConstraint("(status = 'abolished') = (abolished_on IS NOT NULL)", name="abolished_on"),
        sa.CheckConstraint("status <> 'withdrawn' OR withdrawn_at IS NOT NULL", name="withdrawn_at"),
        sa.CheckConstraint("ends_on IS NULL OR implements_on IS NULL OR ends_on >= implements_on", name="dates"),
        sa.CheckConstraint("revises_id IS NULL OR revises_id <> id", name="revises_another"),
        sa.Index("ix_publications_status_released", "status", "released_at"),
        # one new version of a document at a time
        sa.Index("uq_publications_revision", "revises_id", unique=True,
                 sqlite_where=sa.text("status NOT IN ('discarded', 'withdrawn')"),
                 postgresql_where=sa.text("status NOT IN ('discarded', 'withdrawn')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)  # FB420000-2026-003
    index_number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    channel: Mapped[str] = mapped_column(sa.String(10), index=True)
    topic: Mapped[str] = mapped_column(sa.String(20), default="general")
    level: Mapped[str] = mapped_column(sa.String(10), default="province")
    area_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    issuer: Mapped[str] = mapped_column(sa.String(80), default="")
    issued_on: Mapped[dt.date | None]
    document_number: Mapped[str] = mapped_column(sa.String(40), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    source_name: Mapped[str] = mapped_column(sa.String(80), default="")
    source_url: Mapped[str] = mapped_column(sa.String(300), default="")
    implements_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    status: Mapped[str] = mapped_column(sa.String(12), default="draft")
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    revises_id: Mapped[int | None] = mapped_column(sa.ForeignKey("publications.id"))
    superseded_at: Mapped[dt.datetime | None] = mapped_column(Moment)  # when the new version becomes public
    abolished_on: Mapped[dt.date | None]
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(Moment)  # stays until it is released again
    withdrawn_reason: Mapped[str] = mapped_column(sa.Text, default="")
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    submitted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    submitted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    released_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)   # when the second person said so
    released_at: Mapped[dt.datetime | None] = mapped_column(Moment)  # from when on it is public; may lie ahead
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    area: Mapped[Region] = relationship(foreign_keys=[area_code], lazy="joined", innerjoin=True)
    revises: Mapped["Publication | None"] = relationship(remote_side=[id], foreign_keys=[revises_id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        """The state as shown now."""
        return rules.shown_state(self, now())

    @property
    def validity(self) -> Choice:
        """有效性 as shown now."""
        return rules.validity(self, today(), now())

    @property
    def is_public(self) -> bool:
        """Can everybody read it now?"""
        return rules.is_public(self, now())

    @property
    def blocks(self) -> list[clauses.Block]:
        """The text as clauses and paragraphs, read anew each time."""
        return clauses.parse(self.body)

    @property
    def changed_at(self) -> dt.datetime:
        """When the public last had something new to read of it: release, new version, abolition."""
        moments = [self.released_at or self.created_at]
        if self.superseded_at is not None and self.superseded_at <= now():
            moments.append(self.superseded_at)
        if self.status == "abolished":
            moments.append(self.updated_at)
        return max(moments)


guard_status(Publication, rules.LIFECYCLE)
