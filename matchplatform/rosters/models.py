"""Rosters and their rows."""

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.rosters import rules


class Roster(db.Model):
    """One list that an office brought in."""

    __tablename__ = "rosters"
    __table_args__ = (choice_check("topic", rules.TOPICS), choice_check("status", rules.STATES),
                      sa.CheckConstraint("(status IN ('applied', 'undone')) = (applied_at IS NOT NULL)",
                                         name="applied"),
                      sa.CheckConstraint("(status = 'undone') = (undone_at IS NOT NULL)", name="undone"),
                      sa.Index("ix_rosters_office", "office", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    office: Mapped[str] = mapped_column(sa.String(40))
    topic: Mapped[str] = mapped_column(sa.String(12))
    is_complete: Mapped[bool] = mapped_column(default=False)  # whoever is not in it comes off the list
    file_name: Mapped[str] = mapped_column(sa.String(200))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    basis: Mapped[str] = mapped_column(sa.String(rules.LONGEST_BASIS))
    looked_on: Mapped[dt.date]
    status: Mapped[str] = mapped_column(sa.String(12), default="preview")
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    owner_name: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    applied_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    undone_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        return rules.STATES[self.status]

    @property
    def subject(self) -> str:
        """活动异常名录（完整名单）."""
        return rules.TOPICS[self.topic].label + ("（完整名单）" if self.is_complete else "")

    @property
    def source(self) -> str:
        """What the audit and the members read as its basis."""
        return f"{self.basis}，{self.looked_on:%Y-%m-%d} 查，名单“{self.file_name}”"


guard_status(Roster, rules.LIFECYCLE)


class RosterRow(db.Model):
    """One row, or somebody whom a complete list takes off (`number` 0)."""

    __tablename__ = "roster_rows"
    __table_args__ = (choice_check("state", rules.ROW_STATES), sa.Index("ix_roster_rows_state", "roster_id", "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    roster_id: Mapped[int] = mapped_column(sa.ForeignKey("rosters.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    code: Mapped[str] = mapped_column(sa.String(18), default="")
    name: Mapped[str] = mapped_column(sa.String(100), default="")
    organization_id: Mapped[int | None]  # no foreign key: an import that is undone takes organizations away
    note: Mapped[str] = mapped_column(sa.Text, default="")
    before_json: Mapped[str] = mapped_column(sa.Text, default="{}")
    after_json: Mapped[str] = mapped_column(sa.Text, default="{}")
    version_after: Mapped[int | None]  # the organization's, once it was changed: whether it was touched since

    @property
    def before(self) -> dict[str, Any]:
        return json.loads(self.before_json)

    @property
    def after(self) -> dict[str, Any]:
        return json.loads(self.after_json)

    @property
    def choice(self) -> Choice:
        return rules.ROW_STATES[self.state]
