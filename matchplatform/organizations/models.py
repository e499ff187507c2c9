"""Organizations as the registration authorities know them."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.core.clock import now
from matchplatform.core.rules import Choice
from matchplatform.database import Encrypted, Moment, choice_check, guard_status, in_states
from matchplatform.extensions import db
from matchplatform.organizations import rules


class Organization(db.Model):
    """A social organization. Rating, tax and penalty dates are stored, never computed."""

    __tablename__ = "organizations"
    __table_args__ = (
        choice_check("status", rules.STATES), choice_check("kind", rules.KINDS),
        choice_check("registration_level", rules.LEVELS), choice_check("rating", rules.RATINGS),
        choice_check("report_result", rules.REPORTS),
        sa.CheckConstraint(f"({in_states('status', ('vetted', 'suspended'))}) = (vetted_by IS NOT NULL)",
                           name="vetter_present"),
        sa.CheckConstraint("vetted_by IS NULL OR vetted_by <> submitted_by", name="maker_is_not_checker"),
        sa.CheckConstraint("full_time_staff >= 0", name="staff"),
        # An import that is undone deletes rows; the audit names organizations by number, which must not come again.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uscc: Mapped[str] = mapped_column(sa.String(18), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100), index=True)
    kind: Mapped[str] = mapped_column(sa.String(2))
    authority_code: Mapped[str] = mapped_column(sa.String(6))
    registration_level: Mapped[str] = mapped_column(sa.String(10), index=True)
    supervisor: Mapped[str] = mapped_column(sa.String(100), default="")
    legal_representative: Mapped[str] = mapped_column(sa.String(40), default="")
    founded_on: Mapped[dt.date | None]
    certificate_ends_on: Mapped[dt.date | None]  # as the certificate says; some have no end
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    activity_area: Mapped[str] = mapped_column(sa.String(100), default="")  # as its certificate says, e.g. 湖北省
    purpose: Mapped[str] = mapped_column(sa.Text, default="")
    full_time_staff: Mapped[int] = mapped_column(default=0)
    rating: Mapped[str] = mapped_column(sa.String(2), default="")
    rating_ends_on: Mapped[dt.date | None]
    is_charity: Mapped[bool] = mapped_column(default=False)
    tax_from_year: Mapped[int | None]
    tax_to_year: Mapped[int | None]
    report_year: Mapped[int | None]
    report_result: Mapped[str] = mapped_column(sa.String(10), default="missing")
    is_abnormal: Mapped[bool] = mapped_column(default=False)
    is_dishonest: Mapped[bool] = mapped_column(default=False)
    penalty_on: Mapped[dt.date | None]
    penalty_until: Mapped[dt.date | None]
    has_party_branch: Mapped[bool] = mapped_column(default=False)
    contact_name: Mapped[str] = mapped_column(sa.String(40), default="")
    contact_phone: Mapped[str | None] = mapped_column(Encrypted)
    status: Mapped[str] = mapped_column(sa.String(12), default="draft", index=True)
    status_reason: Mapped[str] = mapped_column(sa.Text, default="")
    submitted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    submitted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    vetted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    vetted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    # Brought in from an office's register; until somebody registers with the code it has no account.
    imported_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def code(self) -> str:
        """What names it as the owner of files, of notices and of versions."""
        return str(self.id)

    @property
    def title(self) -> str:
        return self.name

    @property
    def organization_id(self) -> int:
        """Whose act it is, for the audit of what hangs on it."""
        return self.id

    @property
    def state(self) -> Choice:
        return rules.STATES[self.status]

    @property
    def level(self) -> Choice:
        return rules.LEVELS[self.registration_level]

    @property
    def kind_choice(self) -> Choice:
        return rules.KINDS[self.kind]


guard_status(Organization, rules.LIFECYCLE)
