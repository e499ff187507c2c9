"""Exports that are made in the background: what was asked for, and the file that its owner fetches."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check
from matchplatform.exports import rules
from matchplatform.extensions import db


class Export(db.Model):
    """One person's export of one list; `file_name` is empty until it is ready; at `ends_at` it goes, made or not."""

    __tablename__ = "exports"
    __table_args__ = (choice_check("format", rules.FORMATS), choice_check("status", rules.STATES))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    shelf: Mapped[str] = mapped_column(sa.String(20))
    format: Mapped[str] = mapped_column(sa.String(12))
    query: Mapped[str] = mapped_column(sa.Text, default="")
    title: Mapped[str] = mapped_column(sa.String(100))
    conditions: Mapped[str] = mapped_column(sa.Text, default="")
    total: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(sa.String(10), default="making")
    file_name: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    ends_at: Mapped[dt.datetime] = mapped_column(Moment, index=True)

    @property
    def state(self) -> Choice:
        return rules.STATES[self.status]
