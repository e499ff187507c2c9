"""While an approver is away somebody else decides in his place, until a day named beforehand."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.database import Moment
from matchplatform.extensions import db

_STANDING = sa.text("ended_at IS NULL")


class Delegation(db.Model):
    """From whom, to whom, from which day to which. It ends by itself; `ended_at` is when it was ended early, or tidied
    away after its last day for the next one. One of a lender's stands at a time."""

    __tablename__ = "delegations"
    __table_args__ = (
        sa.CheckConstraint("lender_id <> deputy_id", name="two_people"),
        sa.CheckConstraint("ends_on >= starts_on", name="term"),
        sa.CheckConstraint("length(reason) > 0", name="reason"),
        sa.Index("uq_delegations_standing", "lender_id", unique=True, sqlite_where=_STANDING,
                 postgresql_where=_STANDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lender_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
