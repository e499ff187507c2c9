"""Reading users and sessions."""

import hashlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import FormerPassword, SignIn, User
from matchplatform.catalog.queries import place, region
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page, within
from matchplatform.extensions import db


@dataclass(frozen=True)
class UserFilter:
    """Filters of the account list."""

    q: str = ""
    role: tuple[str, ...] = ()
    page: int = 1


def token_hash(token: str) -> str:
    """Only the hash of a session's token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def user_of_session(token: str) -> User | None:
    """Whose session this is, if it still runs and the account is open."""
    found = db.session.execute(sa.select(SignIn, User).join(User, User.id == SignIn.user_id).where(
        SignIn.token_hash == token_hash(token))).first()
    if found is None:
        return None
    sign_in, user = found
    if sign_in.ended_at is not None or now() >= sign_in.ends_at or not user.enabled:
        return None
    user.session_token = token
    return user


def user_by_name(username: str, lock: bool = False) -> User | None:
    """By user name, without regard to case. `lock` holds the row until the end of the transaction."""
    statement = sa.select(User).where(User.username == username.lower())
    return db.session.scalar(statement.with_for_update() if lock else statement)


def user_by_id(user_id: int) -> User:
    """Raises NotFound."""
    found = db.session.get(User, user_id)
    if found is None:
        raise NotFound
    return found


def former_hashes(user: User, count: int) -> list[str]:
    """The last `count` passwords' hashes, the present one first."""
    rows = db.session.scalars(sa.select(FormerPassword.password_hash).where(FormerPassword.user_id == user.id)
                              .order_by(FormerPassword.id.desc()).limit(max(0, count - 1)))
    return [user.password_hash, *rows]


def users(wanted: UserFilter, size: int = 30) -> Page[User]:
    """All accounts, by role and name."""
    statement = sa.select(User)
    if wanted.q:
        like = f"%{wanted.q}%"
        statement = statement.where(sa.or_(User.username.like(like), User.name.like(like)))
    if wanted.role:
        statement = statement.where(User.role.in_(wanted.role))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(statement.subquery())) or 0
    page = within(wanted.page, size, total)
    rows = db.session.scalars(statement.order_by(User.role, User.username).limit(size)
                              .offset((page - 1) * size)).all()
    return Page(rows, page, size, total)


def _ids(*conditions: Any) -> list[int]:
    return list(db.session.scalars(sa.select(User.id).where(User.enabled, *conditions)))


def county_officers(county_code: str) -> list[int]:
    """Ids of a county's officers."""
    return _ids(User.role == "county_officer", User.county_code == county_code)


def members(organization_id: int) -> list[int]:
    """Ids of an organization's members."""
    return _ids(User.role == "organization_member", User.organization_id == organization_id)


def province_officers() -> list[int]:
    """Ids of the province's officers."""
    return _ids(User.role == "province_officer")


def city_officers(city_code: str) -> list[int]:
    """Ids of a city's officers."""
    return _ids(User.role == "city_officer", User.city_code == city_code)


def names(user_ids: set[int]) -> dict[int, str]:
    """Names of several users in one statement."""
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(user_ids))) if user_ids else []
    return {row.id: row.name for row in rows}


def unit_name(user: Any) -> str:
    """The office a user sits in: 孝感市孝昌县农业农村局, 小悟乡人民政府, …; an organization's comes from its record."""
    match user.role:
        case "county_officer":
            return f"{region(user.county_code).name}农业农村局"
        case "township_officer":
            return f"{place(user.township_code)}"
        case "city_officer":
            return f"{region(user.city_code).name}民政局"
        case "province_officer":
            return "省民政厅"
        case _:
            return ""
