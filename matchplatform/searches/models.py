"""Saved searches, and the days on which somebody was told."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check
from matchplatform.extensions import db
from matchplatform.searches import rules


class SavedSearch(db.Model):
    """One person's filter of a library. `query` is the filter as it stands in the address, in a fixed order and
    without sort and page; `fingerprint` is its hash. `seen_at` is the release of the newest record told of so far."""

    __tablename__ = "saved_searches"
    __table_args__ = (choice_check("library", rules.LIBRARIES), choice_check("rhythm", rules.RHYTHMS),
                      sa.UniqueConstraint("user_id", "library", "fingerprint"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    library: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    query: Mapped[str] = mapped_column(sa.Text, default="")
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    rhythm: Mapped[str] = mapped_column(sa.String(10), default="daily", index=True)
    seen_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    last_sent_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)

    @property
    def library_choice(self) -> Choice:
        return rules.LIBRARIES[self.library]

    @property
    def rhythm_choice(self) -> Choice:
        return rules.RHYTHMS[self.rhythm]


class Digest(db.Model):
    """A person was told on this day: the constraint lets nobody be told twice."""

    __tablename__ = "search_digests"
    __table_args__ = (sa.UniqueConstraint("user_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    day: Mapped[dt.date]
    found: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
