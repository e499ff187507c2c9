"""Reading users and sessions."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts import rules
from matchplatform.accounts.models import FormerPassword, SignIn, User
from matchplatform.catalog.models import Region
from matchplatform.catalog.queries import place, region
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.core.rules import Choice, Choices
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.jobs.queries import keepers


@dataclass(frozen=True)
class UserFilter:
    """Filters of the account list."""

    q: str = ""
    role: tuple[str, ...] = ()
    state: str = ""  # one of USER_STATES
    sort: str = "role"
    page: int = 1


USER_STATES = Choices(Choice("open", "可登录", "go"), Choice("initial", "待改初始密码", "wait"),
                      Choice("locked", "锁定中", "wait"), Choice("idle", "90 天未用", "no"),
                      Choice("closed", "已停用", "no"))
USER_SORTS = {"role": "按角色", "name": "按账号名", "recent": "最近登录的在前"}
_LAST_USED = sa.case((User.last_sign_in_at > User.opened_at, User.last_sign_in_at), else_=User.opened_at)
_ORDER: dict[str, tuple[Any, ...]] = {
    "role": (User.role, User.username), "name": (User.username,),
    "recent": (User.last_sign_in_at.is_(None), User.last_sign_in_at.desc(), User.id)}


@dataclass
class Directory:
    """Where organizations, a tier above, say how one is found and called; empty until they are loaded."""

    names: Callable[[Iterable[int]], dict[int, str]] = lambda ids: {}
    find: Callable[[str], int | None] = lambda text: None


directory = Directory()


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
    """By user name, without regard to case. `lock` holds the row until the end of the transaction.

    The lock lets others point to the row meanwhile: whoever sends this person a notice holds the audit's chain, for
    which a sign-in waits in its turn; a stronger lock would be a deadlock.
    """
    statement = sa.select(User).where(User.username == username.lower())
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalar(statement)


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


def state_of(user: User, moment: dt.datetime) -> Choice:
    """What an administrator sees of an account now."""
    last_used = max(filter(None, (user.last_sign_in_at, user.opened_at)))
    if not user.enabled:
        return USER_STATES["closed"]
    if rules.is_locked(user, moment):
        return USER_STATES["locked"]
    if rules.is_idle(last_used, moment):
        return USER_STATES["idle"]
    return USER_STATES["initial" if user.must_change_password else "open"]


def _in_state(state: str, moment: dt.datetime) -> sa.ColumnElement[bool]:
    """The SQL twin of `state_of`."""
    locked = sa.and_(User.locked_until.is_not(None), User.locked_until > moment)
    idle = _LAST_USED.op("<")(moment - rules.IDLE_ACCOUNT)
    awake = sa.and_(User.enabled, sa.not_(locked), sa.not_(idle))
    return {"closed": sa.not_(User.enabled), "locked": sa.and_(User.enabled, locked),
            "idle": sa.and_(User.enabled, sa.not_(locked), idle),
            "initial": sa.and_(awake, User.must_change_password),
            "open": sa.and_(awake, sa.not_(User.must_change_password))}[state]


def _conditions(wanted: UserFilter) -> list[sa.ColumnElement[bool]]:
    """What narrows the list, the role left aside."""
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        conditions.append(sa.or_(User.username.contains(wanted.q.lower(), autoescape=True),
                                 User.name.contains(wanted.q, autoescape=True)))
    if wanted.state in USER_STATES:
        conditions.append(_in_state(wanted.state, now()))
    return conditions


def role_counts(wanted: UserFilter) -> dict[str, int]:
    """Role -> how many the list would show, the chosen roles left aside."""
    return dict(db.session.execute(sa.select(User.role, sa.func.count()).where(*_conditions(wanted))
                                   .group_by(User.role)).all())


def users(wanted: UserFilter, size: int = 30) -> Page[User]:
    """All accounts, by role and name unless sorted otherwise."""
    statement = sa.select(User).where(*_conditions(wanted))
    if wanted.role:
        statement = statement.where(User.role.in_(wanted.role))
    return page_of(statement, _ORDER.get(wanted.sort, _ORDER["role"]), wanted.page, size)


def _ids(*conditions: Any) -> list[int]:
    return list(db.session.scalars(sa.select(User.id).where(User.enabled, *conditions)))


def county_officers(county_code: str) -> list[int]:
    """Ids of a county's officers."""
    return _ids(User.role == "county_officer", User.county_code == county_code)


def township_officers(township_code: str) -> list[int]:
    """Ids of a township's officers."""
    return _ids(User.role == "township_officer", User.township_code == township_code)


def members(organization_id: int) -> list[int]:
    """Ids of an organization's members."""
    return _ids(User.role == "organization_member", User.organization_id == organization_id)


def has_owner(organization_id: int | None) -> bool:
    """Has the organization an owner whose account is open?"""
    return db.session.scalar(sa.select(User.id).where(
        User.organization_id == organization_id, User.member_role == "owner", User.enabled).limit(1)) is not None


def member_of(organization_id: int, user_id: int) -> User:
    """One of an organization's people. Raises NotFound for anybody else's."""
    found = db.session.scalar(sa.select(User).where(User.id == user_id, User.organization_id == organization_id))
    if found is None:
        raise NotFound
    return found


def people_of(organization_id: int) -> list[User]:
    """Everybody with an account of the organization, those who answer for it first, closed accounts last."""
    rank = sa.case((User.member_role == "owner", 0), (User.member_role == "staff", 1), else_=2)
    return list(db.session.scalars(sa.select(User).where(User.organization_id == organization_id).order_by(
        sa.not_(User.enabled), rank, User.id)))


def province_officers() -> list[int]:
    """Ids of the province's officers."""
    return _ids(User.role == "province_officer")


def people_in(roles: Iterable[str]) -> list[int]:
    """Ids of the enabled accounts in any of these roles."""
    return _ids(User.role.in_(tuple(roles)))


def system_admins() -> list[int]:
    """Ids of those who look after the platform itself."""
    return _ids(User.role == "system_admin")


# Jobs lie a tier below and may not ask us; they look here for whom to tell when work that nobody started fails.
keepers.ids = system_admins


def city_officers(city_code: str) -> list[int]:
    """Ids of a city's officers."""
    return _ids(User.role == "city_officer", User.city_code == city_code)


def names(user_ids: set[int]) -> dict[int, str]:
    """Names of several users in one statement."""
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(user_ids))) if user_ids else []
    return {row.id: row.name for row in rows}


def unit_name(user: Any) -> str:
    """The office a user sits in: 孝感市孝昌县农业农村局, 小悟乡, an organization's name."""
    match user.role:
        case "county_officer":
            return f"{region(user.county_code).name}农业农村局"
        case "township_officer":
            return f"{place(user.township_code)}"
        case "city_officer":
            return f"{region(user.city_code).name}民政局"
        case "province_officer":
            return "省民政厅"
        case "organization_member":
            return directory.names([user.organization_id]).get(user.organization_id, "")
        case _:
            return ""


def unit_names(people: Iterable[User]) -> dict[int, str]:
    """`unit_name` of many by user id, in a number of statements that does not grow with them."""
    people = list(people)
    kept = list(db.session.scalars(sa.select(Region).where(Region.code.in_(
        {one.township_code for one in people if one.township_code}))))
    organizations = directory.names({one.organization_id for one in people if one.organization_id})
    named = {one.id: organizations.get(one.organization_id, "") if one.organization_id else unit_name(one)
             for one in people}
    del kept  # held until here: the session drops what nobody holds, and would ask for each township again
    return named
