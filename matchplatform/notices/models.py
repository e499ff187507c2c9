"""Notices: one row a recipient."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.database import Moment, choice_check
from matchplatform.extensions import db
from matchplatform.notices import rules


class Notice(db.Model):
    """A sentence for one person, with the record it is about (`subject_kind`, `subject_code`)."""

    __tablename__ = "notices"
    __table_args__ = (choice_check("kind", rules.KINDS), sa.Index("ix_notices_user_read", "user_id", "read_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    kind: Mapped[str] = mapped_column(sa.String(10))
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    subject_kind: Mapped[str] = mapped_column(sa.String(20))
    subject_code: Mapped[str] = mapped_column(sa.String(40))
    read_at: Mapped[dt.datetime | None] = mapped_column(Moment)
