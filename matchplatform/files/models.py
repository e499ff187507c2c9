"""Attachments of records."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.size import in_words
from matchplatform.database import Moment, choice_check
from matchplatform.extensions import db
from matchplatform.files import rules

_PRESENT = sa.text("removed_at IS NULL")


class Attachment(db.Model):
    """A file of a record. It lies in FILES_FOLDER under `stored_name`, which no other row shares."""

    __tablename__ = "attachments"
    __table_args__ = (
        choice_check("media_type", rules.TYPES), choice_check("publicity", rules.PUBLICITY),
        sa.CheckConstraint("size > 0", name="size"),
        sa.CheckConstraint(f"position BETWEEN 1 AND {rules.MOST_FILES}", name="position"),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_by IS NULL)", name="remover"),
        sa.CheckConstraint("purged_at IS NULL OR removed_at IS NOT NULL", name="purged_after_removal"),
        sa.CheckConstraint("(restored_at IS NULL) = (restored_by IS NULL)", name="restorer"),
        sa.CheckConstraint("(opened_at IS NULL) = (opened_by IS NULL)", name="opener"),
        # Whatever an operation forgets: who sent it in, or put it back, is never who opens it.
        sa.CheckConstraint("opened_by IS NULL OR (opened_by <> uploaded_by"
                           " AND (restored_by IS NULL OR opened_by <> restored_by))", name="two_people"),
        # Ten places a record, and each taken once: of two who grasp the last one, one gets it.
        sa.Index("uq_attachments_place", "owner_kind", "owner_code", "position", unique=True,
                 sqlite_where=_PRESENT, postgresql_where=_PRESENT),
        # A second click is no second file; the same picture may be there once cleaned and once as evidence.
        sa.Index("uq_attachments_source", "owner_kind", "owner_code", "source_sha256", "evidence", unique=True,
                 sqlite_where=_PRESENT, postgresql_where=_PRESENT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_kind: Mapped[str] = mapped_column(sa.String(20))
    owner_code: Mapped[str] = mapped_column(sa.String(40))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(120))
    document: Mapped[str] = mapped_column(sa.String(20), default="")  # which paper it is, where its owner asks
    caption: Mapped[str] = mapped_column(sa.String(rules.LONGEST_CAPTION), default="")
    media_type: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))         # of what is kept
    source_sha256: Mapped[str] = mapped_column(sa.String(64))  # of what was sent, before a picture was cleaned
    stored_name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    has_preview: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[bool] = mapped_column(default=False)      # time and place stay in the picture on purpose
    publicity: Mapped[str] = mapped_column(sa.String(10), default="public")
    uploaded_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    uploader_name: Mapped[str] = mapped_column(sa.String(60))  # as it was then; accounts lie above this feature
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    opened_at: Mapped[dt.datetime | None] = mapped_column(Moment)  # on a released record a second person opens it
    opened_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    restored_at: Mapped[dt.datetime | None] = mapped_column(Moment)  # the last time
    restored_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    removed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    removed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    purged_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    @property
    def kind(self) -> str:
        """图片, 文档, 表格 or PDF."""
        return rules.TYPES[self.media_type].label

    @property
    def size_text(self) -> str:
        return in_words(self.size)
