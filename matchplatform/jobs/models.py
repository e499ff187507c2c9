"""Jobs: the table is the truth, the queue beside it only wakes the consumer."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.jobs import rules


class Job(db.Model):
    """One piece of work: what it is about, how far it is, who wants to hear of it."""

    __tablename__ = "jobs"
    __table_args__ = (choice_check("status", rules.STATES),
                      sa.CheckConstraint("done >= 0 AND total >= 0 AND tries >= 0", name="counts"),
                      sa.Index("ix_jobs_status_heartbeat", "status", "heartbeat_at"),
                      sa.Index("ix_jobs_kind_subject", "kind", "subject_code"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    subject_code: Mapped[str] = mapped_column(sa.String(40), default="")
    status: Mapped[str] = mapped_column(sa.String(10), default="queued")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.String(rules.NOTE_LIMIT), default="")
    tries: Mapped[int] = mapped_column(default=0)
    runner: Mapped[str] = mapped_column(sa.String(80), default="")  # host:process:word of whoever has it in hand
    # Two who start the same thing meet at this: `daily:digest:2026-11-25`; null where there may be several.
    once: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    started_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    heartbeat_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)

    held_as = ""  # not a column: the runner of this very process, which stays when the row is read anew

    @property
    def state(self) -> Choice:
        return rules.STATES[self.status]

    @property
    def percent(self) -> int:
        return rules.percent(self.done, self.total)

    @property
    def is_open(self) -> bool:
        """Still to come or under way."""
        return self.status in rules.OPEN


guard_status(Job, rules.LIFECYCLE)
