"""Users, their former passwords and their sessions."""

import datetime as dt

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column

from matchplatform.accounts import rules
from matchplatform.core.clock import now
from matchplatform.database import Encrypted, Moment, choice_check
from matchplatform.extensions import db

_SCOPE_COLUMNS = ("city_code", "county_code", "township_code", "organization_id")


def _scope_check() -> str:
    """Each role carries exactly its own scope column."""
    cases = []
    for role in rules.ROLES.values:
        own = rules.SCOPE.get(role)
        parts = [f"{column} IS {'NOT ' if column == own else ''}NULL" for column in _SCOPE_COLUMNS]
        cases.append(f"(role = '{role}' AND {' AND '.join(parts)})")
    return " OR ".join(cases)


def _member_check() -> str:
    """Members, and nobody else, are something inside their organization."""
    listed = ", ".join(f"'{value}'" for value in rules.MEMBER_ROLES.values)
    return (f"(role = 'organization_member' AND member_role IS NOT NULL AND member_role IN ({listed}))"
            " OR (role <> 'organization_member' AND member_role IS NULL)")


class User(UserMixin, db.Model):
    """Somebody who signs in; `session_token` is set on the instance that the present request loaded."""

    __tablename__ = "users"
    __table_args__ = (choice_check("role", rules.ROLES), sa.CheckConstraint(_scope_check(), name="scope"),
                      sa.CheckConstraint(_member_check(), name="member_role"),
                      sa.CheckConstraint("failures >= 0", name="failures"))

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    role: Mapped[str] = mapped_column(sa.String(30), index=True)
    position: Mapped[str] = mapped_column(sa.String(40), default="")
    phone: Mapped[str | None] = mapped_column(Encrypted)
    city_code: Mapped[str | None] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    county_code: Mapped[str | None] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    township_code: Mapped[str | None] = mapped_column(sa.ForeignKey("regions.code"), index=True)
    organization_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organizations.id", use_alter=True, name="fk_users_organization_id_organizations"), index=True)
    member_role: Mapped[str | None] = mapped_column(sa.String(10))  # inside his organization: MEMBER_ROLES
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(Moment)
    last_sign_in_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    opened_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)

    session_token = None  # not a column: the token of the session that loaded this instance

    def get_id(self) -> str:
        """What the session cookie holds: the session's token, not the user's number."""
        if self.session_token is None:
            raise RuntimeError("this user was not loaded through a session")
        return self.session_token

    @property
    def is_active(self) -> bool:
        return self.enabled


class FormerPassword(db.Model):
    """The hash of a password that was in use."""

    __tablename__ = "former_passwords"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    used_until: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class SignIn(db.Model):
    """A session on the server: signing out ends it for every copy of the cookie."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(60), default="")
    started_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    ends_at: Mapped[dt.datetime] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
