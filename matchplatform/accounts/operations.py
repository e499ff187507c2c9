"""Signing in and out, passwords, opening accounts."""

import secrets
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import current_app

from matchplatform.accounts import queries, rules
from matchplatform.accounts.models import FormerPassword, SignIn, User
from matchplatform.audit.operations import record
from matchplatform.core import clock, origin
from matchplatform.core.errors import Refusal
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db

# OWASP's minimum for argon2id: 19 MiB, two passes, one lane; about 21 ms on the machines we measured.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_hex())  # an unknown name costs as much time as a known one


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except VerificationError:
        return False


def sign_in(username: str, password: str) -> User | None:
    """Check a password and open a session; None with the one message for every kind of failure.

    The user's row is locked first, so parallel guesses are counted one after another and the sixth finds the door
    closed. The caller commits also when the answer is None: the failure counts.
    """
    user = queries.user_by_name(username, lock=True)
    moment = clock.now()
    if user is None:
        _matches(_NOBODY, password)
        record(None, "sign_in", "登录", "account", object_label=username[:40], result="refused", reason="没有这个账号")
        return None
    right = _matches(user.password_hash, password)
    if rules.is_locked(user, moment):
        record(user, "sign_in", "登录", "account", object_id=user.id, object_label=user.username, result="refused",
               reason="账号锁定中")
        return None
    if not right:
        reason = _count_failure(user, moment)
        record(user, "sign_in", "登录", "account", object_id=user.id, object_label=user.username, result="refused",
               reason=reason)
        return None
    last_used = max(filter(None, (user.last_sign_in_at, user.opened_at)))
    if not user.enabled or rules.is_idle(last_used, moment):
        user.enabled = False
        record(user, "sign_in", "登录", "account", object_id=user.id, object_label=user.username, result="refused",
               reason="账号已停用或 90 天未用")
        return None
    if _HASHER.check_needs_rehash(user.password_hash):
        user.password_hash = _HASHER.hash(password)
    user.failures, user.locked_until, user.last_sign_in_at = 0, None, moment
    token = secrets.token_urlsafe(32)
    db.session.add(SignIn(token_hash=queries.token_hash(token), user_id=user.id, address=origin.address.get(),
                          started_at=moment,
                          ends_at=moment + current_app.permanent_session_lifetime))
    user.session_token = token
    record(user, "sign_in", "登录", "account", object_id=user.id, object_label=user.username)
    db.session.flush()
    return user


def _count_failure(user: User, moment: Any) -> str:
    """One wrong password more, the fifth of which locks the account; answers what the audit says of it."""
    user.failures += 1
    reason = f"密码不对，第 {user.failures} 次"
    if user.failures >= rules.MAX_FAILURES:
        user.locked_until, user.failures = moment + rules.LOCK, 0
        reason += "，锁定 15 分钟"
    return reason


def sign_out(actor: Any) -> None:
    """End the session on the server: no copy of the cookie works any more."""
    db.session.execute(sa.update(SignIn).where(SignIn.token_hash == queries.token_hash(actor.get_id()),
                                               SignIn.ended_at.is_(None)).values(ended_at=clock.now()))
    record(actor, "sign_out", "退出", "account", object_id=actor.id, object_label=actor.username)


def _end_sessions(user: User, keep: str | None = None) -> None:
    statement = sa.update(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
    if keep:
        statement = statement.where(SignIn.token_hash != queries.token_hash(keep))
    db.session.execute(statement.values(ended_at=clock.now()))


def password_verdict(user: User, password: str) -> Verdict:
    """The rules plus: none of the last five."""
    verdict = rules.password_verdict(password, user.username)
    if verdict and any(_matches(one, password) for one in queries.former_hashes(user, rules.REMEMBERED_PASSWORDS)):
        return Verdict.no("这个密码最近五次里用过，请换一个。")
    return verdict


def change_password(actor: User, present: str, new: str) -> None:
    """Change one's own password; every other session of the account ends. Raises Refusal.

    Wrong present passwords are counted and lock the account as at the sign-in: the caller commits that although it is
    refused.
    """
    queries.user_by_name(actor.username, lock=True)
    moment = clock.now()
    if rules.is_locked(actor, moment):
        raise Refusal(rules.LOCKED_HERE, "现在的密码请过 15 分钟再试；忘了请找本单位管理员重设。")
    if not _matches(actor.password_hash, present):
        reason = _count_failure(actor, moment)
        record(actor, "change_password", "修改密码", "account", object_id=actor.id, object_label=actor.username,
               result="refused", reason=reason)
        if rules.is_locked(actor, moment):
            raise Refusal(rules.LOCKED_HERE, "现在的密码请过 15 分钟再试；忘了请找本单位管理员重设。")
        raise Refusal("现在的密码不对。", f"连续错 {rules.MAX_FAILURES} 次会锁 15 分钟，已错 {actor.failures} 次。")
    verdict = password_verdict(actor, new)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    db.session.add(FormerPassword(user_id=actor.id, password_hash=actor.password_hash, used_until=clock.now()))
    actor.password_hash, actor.must_change_password = _HASHER.hash(new), False
    actor.failures = 0
    _end_sessions(actor, keep=actor.session_token)
    record(actor, "change_password", "修改密码", "account", object_id=actor.id, object_label=actor.username)
    db.session.flush()


def open_account(actor: Any, *, username: str, name: str, role: str, password: str, must_change: bool = True,
                 position: str = "", **scope: Any) -> User:
    """A new account. `scope` holds the one scope column that the role needs. Raises Refusal on a taken name.

    The first account of an organization is its owner's, a later one staff, unless `member_role` says otherwise.
    """
    username = username.lower()
    if queries.user_by_name(username) is not None:
        raise Refusal("这个账号名已经有人用了，请换一个。")
    verdict = rules.password_verdict(password, username)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    if role == "organization_member" and "member_role" not in scope:
        scope["member_role"] = "staff" if queries.has_owner(scope.get("organization_id")) else "owner"
    user = User(username=username, name=name, role=role, position=position, password_hash=_HASHER.hash(password),
                must_change_password=must_change, opened_at=clock.now(), created_at=clock.now(), **scope)
    db.session.add(user)
    db.session.flush()
    record(actor or user, "open_account", "开通账号", "account", object_id=user.id, object_label=username,
           organization_id=user.organization_id, detail={"role": role})
    return user


def open_office_account(actor: Any, values: dict[str, Any], scope: str | int | None) -> tuple[User, str]:
    """The system administrator opens an account; answers it with its initial password, to be handed over once.

    `values`: username, name, role, position. `scope` goes into the role's one scope column (None for the roles
    that have none). Raises Refusal.
    """
    verdict = rules.can_open(actor)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    column = rules.SCOPE.get(values["role"])
    if column and scope is None:
        raise Refusal(f"“{rules.ROLES[values['role']].label}”要有管辖范围。", rules.SCOPE_CURES[column])
    password = initial_password()
    user = open_account(actor, **values, password=password, **({column: scope} if column else {}))
    return user, password


def initial_password() -> str:
    """A random first password that the rules accept; its owner must change it at once."""
    return f"Xc{secrets.randbelow(9)}-{secrets.token_urlsafe(9)}"


def reset_password(actor: Any, user: User) -> str:
    """Give the account a new initial password (answered once, to be handed over); its sessions end."""
    verdict = rules.can_administer(actor, user)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    password = initial_password()
    db.session.add(FormerPassword(user_id=user.id, password_hash=user.password_hash, used_until=clock.now()))
    user.password_hash, user.must_change_password = _HASHER.hash(password), True
    user.failures, user.locked_until = 0, None
    _end_sessions(user)
    record(actor, "reset_password", "重设密码", "account", object_id=user.id, object_label=user.username)
    db.session.flush()
    return password


def set_enabled(actor: Any, user: User, enabled: bool, reason: str) -> None:
    """Open or close an account; closing ends its sessions."""
    verdict = rules.can_administer(actor, user)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    if not reason.strip():
        raise Refusal("启用或停用账号要写明理由。")
    if user.enabled == enabled:
        raise Refusal("账号已经是这个状态。")
    user.enabled = enabled
    if enabled:
        user.opened_at = clock.now()
    else:
        _end_sessions(user)
    record(actor, "enable_account" if enabled else "disable_account", "启用账号" if enabled else "停用账号", "account",
           object_id=user.id, object_label=user.username, reason=reason)
    db.session.flush()
