"""A change of a released need that waits for a second person, or was decided."""

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.needs import change_rules as rules

_PENDING = sa.text("status = 'pending'")


class NeedChange(db.Model):
    """The new values of some fields (JSON, as in a snapshot); at most one a need waits at a time."""

    __tablename__ = "need_changes"
    __table_args__ = (
        choice_check("status", rules.STATES),
        sa.CheckConstraint("decided_by IS NULL OR status = 'withdrawn' OR decided_by <> proposed_by",
                           name="maker_is_not_checker"),
        sa.CheckConstraint("status NOT IN ('released', 'refused') OR decided_by IS NOT NULL", name="decider_present"),
        sa.CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name="decision_time"),
        sa.Index("uq_need_changes_pending", "need_id", unique=True, sqlite_where=_PENDING,
                 postgresql_where=_PENDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("needs.id"), index=True)
    proposed_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    before: Mapped[str] = mapped_column(sa.Text)  # the same fields as they stood when it was proposed
    proposed: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.String(12), default="pending")
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decision: Mapped[str] = mapped_column(sa.Text, default="")  # why it was refused

    @property
    def state(self) -> Choice:
        return rules.STATES[self.status]

    @property
    def old_values(self) -> dict[str, Any]:
        return json.loads(self.before)

    @property
    def values(self) -> dict[str, Any]:
        return json.loads(self.proposed)


guard_status(NeedChange, rules.LIFECYCLE)
