"""What people were told about endings, so that nobody is told the same twice."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.database import Moment, choice_check
from matchplatform.extensions import db
from matchplatform.organizations.radar_rules import MARKS, THINGS


class EndingReminder(db.Model):
    """One reminder: of whom, of which thing (for an agreement its pairing's code) that ends on which day, and how many
    days before."""

    __tablename__ = "ending_reminders"
    __table_args__ = (choice_check("thing", THINGS),
                      sa.CheckConstraint(f"mark IN ({', '.join(map(str, MARKS))})", name="mark"),
                      sa.UniqueConstraint("organization_id", "thing", "subject", "ends_on", "mark",
                                          name="uq_ending_reminders_once"))

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"))
    thing: Mapped[str] = mapped_column(sa.String(20))
    subject: Mapped[str] = mapped_column(sa.String(24), default="")
    ends_on: Mapped[dt.date]
    mark: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
