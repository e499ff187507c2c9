"""Mergers of two needs: the proposal, the two consents, and what it takes to undo one."""

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Encrypted, Moment, choice_check, guard_status
from matchplatform.extensions import db
from matchplatform.needs import merger_rules as rules
from matchplatform.needs.models import Need

_OPEN = sa.text("status = 'proposed'")


class NeedMerger(db.Model):
    """The proposal to put `merged` into `kept`; `takes` says how each part that differs is put together.

    `kept_print` and `merged_print` are the contents that both authors saw; `former` is what the kept one said before,
    with its telephone, hence encrypted.
    """

    __tablename__ = "need_mergers"
    __table_args__ = (
        choice_check("status", rules.STATES), sa.CheckConstraint("kept_id <> merged_id", name="two_needs"),
        sa.CheckConstraint("status NOT IN ('done', 'undone') OR (kept_consent_by IS NOT NULL "
                           "AND merged_consent_by IS NOT NULL)", name="both_agreed"),
        sa.Index("uq_need_mergers_kept", "kept_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("uq_need_mergers_merged", "merged_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    county_code: Mapped[str] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    kept_id: Mapped[int] = mapped_column(sa.ForeignKey("needs.id"), index=True)
    merged_id: Mapped[int] = mapped_column(sa.ForeignKey("needs.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(10), default="proposed")
    takes_text: Mapped[str] = mapped_column(sa.Text, default="{}")
    note: Mapped[str] = mapped_column(sa.Text, default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    kept_print: Mapped[str] = mapped_column(sa.String(24))
    merged_print: Mapped[str] = mapped_column(sa.String(24))
    proposed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    kept_consent_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    kept_consent_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    merged_consent_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    merged_consent_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    former: Mapped[str | None] = mapped_column(Encrypted)
    former_status: Mapped[str] = mapped_column(sa.String(12), default="")
    kept_version: Mapped[int | None]  # of the kept need right after the merger; undone only while it stands there
    version: Mapped[int] = mapped_column(default=1)
    kept: Mapped[Need] = relationship(foreign_keys=[kept_id])
    merged: Mapped[Need] = relationship(foreign_keys=[merged_id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> Choice:
        """The state as shown."""
        return rules.STATES[self.status]

    @property
    def takes(self) -> dict[str, rules.Take]:
        """How each part is put together."""
        return {name: rules.Take(*one) for name, one in json.loads(self.takes_text).items()}

    @takes.setter
    def takes(self, takes: dict[str, rules.Take]) -> None:
        listed: dict[str, Any] = {name: [one.way, one.number] for name, one in takes.items()}
        self.takes_text = json.dumps(listed, sort_keys=True)


guard_status(NeedMerger, rules.LIFECYCLE)
