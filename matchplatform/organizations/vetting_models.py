"""What was found each time an organization was looked through."""

import datetime as dt
import json

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.database import Moment
from matchplatform.extensions import db
from matchplatform.organizations.vetting_rules import VERBS, Checklist


class Vetting(db.Model):
    """One decision of a vetter with its checklist; rows are only added."""

    __tablename__ = "vettings"
    __table_args__ = (sa.CheckConstraint(f"verb IN ({', '.join(repr(one) for one in VERBS)})", name="verb"),
                      # Two who decide about the same submission: one of them comes second.
                      sa.UniqueConstraint("organization_id", "submitted_at", name="uq_vettings_submission"))

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"))
    submitted_at: Mapped[dt.datetime] = mapped_column(Moment)
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    decided_by: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    verb: Mapped[str] = mapped_column(sa.String(10))
    found: Mapped[str] = mapped_column(sa.Text)  # Checklist.as_data as JSON

    @property
    def checklist(self) -> Checklist:
        return Checklist.from_data(json.loads(self.found))
