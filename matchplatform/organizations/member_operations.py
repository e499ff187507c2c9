"""Everything that changes the people of an organization: opening accounts, roles, closing, handing over.

The organization's row is held throughout, so that of two owners who step down at once the second reads that he is the
last one.
"""

from typing import Any

import sqlalchemy as sa

from matchplatform.accounts import operations as accounts
from matchplatform.accounts.models import User
from matchplatform.accounts.queries import has_owner
from matchplatform.accounts.rules import MEMBER_ROLES
from matchplatform.audit.operations import record
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.notices.operations import tell
from matchplatform.organizations import member_rules as rules
from matchplatform.organizations.models import Organization


def invite(actor: Any, organization: Organization, values: dict[str, str]) -> tuple[User, str]:
    """Open an account for a colleague; answers it with its initial password, to be handed over once.

    `values`: username, name, position, member_role. Raises Refusal.
    """
    actor = _held(actor, organization)
    demand(rules.can_manage(actor, organization.id))
    demand(rules.role_verdict(values["member_role"]))
    return _opened(actor, organization, values)


def _opened(actor: Any, organization: Organization, values: dict[str, str]) -> tuple[User, str]:
    password = accounts.initial_password()
    user = accounts.open_account(actor, **values, role="organization_member", password=password,
                                 organization_id=organization.id)
    return user, password


def change_role(actor: Any, organization: Organization, user: User, member_role: str) -> User:
    """Make somebody owner, staff or reader. Raises Refusal; the last owner stays one."""
    actor = _held(actor, organization, user)
    demand(rules.can_act_on(actor, user, "role"))
    demand(rules.role_verdict(member_role))
    if user.member_role == member_role:
        raise Conflict(f"{user.name}已经是{MEMBER_ROLES[member_role].label}。", "请看最新的人员表。")
    before = user.member_role
    _become(user, member_role)
    _note(actor, user, "change_member_role", "改角色", {"from": before, "to": member_role})
    tell(actor, [user.id], "told", f"您在{organization.name}的角色改了",
         f"现在是{MEMBER_ROLES[member_role].label}：{rules.MAY[member_role]}。", "members", organization.code)
    return user


def hand_over(actor: Any, organization: Organization, user: User) -> User:
    """The owner makes a colleague owner and is staff himself from now on, in one go. Raises Refusal."""
    actor = _held(actor, organization, user)
    demand(rules.can_act_on(actor, user, "hand-over"))
    _become(user, "owner")
    _become(actor, "staff")
    _note(actor, user, "hand_over_organization", "交接负责人", {"from": actor.username, "to": user.username})
    tell(actor, [user.id], "to_do", f"您现在是{organization.name}的负责人",
         f"{actor.name}把负责人交给了您：{rules.MAY['owner']}。", "members", organization.code)
    return user


def set_enabled(actor: Any, organization: Organization, user: User, enabled: bool, reason: str) -> User:
    """Close or open a colleague's account. Raises Refusal; the last owner's stays open."""
    actor = _held(actor, organization, user)
    demand(rules.can_act_on(actor, user, "enable" if enabled else "disable"))
    if not reason.strip():
        raise Refusal("启用或停用账号要写明理由。", "例如“已离职”。")
    if not enabled:
        _demand_another_owner(user)
    accounts.set_enabled(actor, user, enabled, reason)
    return user


def renew_password(actor: Any, organization: Organization, user: User) -> str:
    """A new initial password for a colleague, answered once. Raises Refusal."""
    actor = _held(actor, organization, user)
    demand(rules.can_act_on(actor, user, "password"))
    return accounts.reset_password(actor, user)


def install_owner(actor: Any, organization: Organization, user: User, reason: str) -> str:
    """The province makes one of the organization's people its owner, with a new initial password (answered once):
    for when the owner has left. Raises Refusal."""
    actor = _held(actor, organization, user)
    demand(rules.can_install(actor, has_owner(organization.id), reason))
    if not user.enabled:
        accounts.set_enabled(actor, user, True, reason)
    user.member_role = "owner"
    password = accounts.reset_password(actor, user)
    _installed(actor, organization, user, reason)
    return password


def open_owner(actor: Any, organization: Organization, values: dict[str, str], reason: str) -> tuple[User, str]:
    """The province opens an account for a new owner. `values`: username, name, position. Raises Refusal."""
    actor = _held(actor, organization)
    demand(rules.can_install(actor, has_owner(organization.id), reason))
    user, password = _opened(actor, organization, {**values, "member_role": "owner"})
    _installed(actor, organization, user, reason)
    return user, password


def _installed(actor: Any, organization: Organization, user: User, reason: str) -> None:
    _note(actor, user, "install_owner", "重设负责人", {"organization": organization.name}, reason)
    others = db.session.scalars(sa.select(User.id).where(
        User.organization_id == organization.id, User.enabled, User.id != user.id)).all()
    tell(actor, others, "told", f"{organization.name}的负责人由省民政厅重设",
         f"现在的负责人：{user.name}。依据：{reason}", "members", organization.code)


def _held(actor: Any, organization: Organization, *people: User) -> User:
    """Hold the organization and read everybody anew; answers the actor as he is now."""
    db.session.execute(sa.select(Organization.id).where(Organization.id == organization.id)
                       .with_for_update(key_share=True))
    actor = db.session.get(User, actor.id, populate_existing=True)
    for one in people:
        db.session.refresh(one)
    return actor


def _demand_another_owner(user: User) -> None:
    """Nobody takes the last owner away who can sign in. The organization's row is held: it stays as it is read."""
    left = db.session.scalar(sa.select(User.id).where(
        User.organization_id == user.organization_id, User.id != user.id, User.member_role == "owner",
        User.enabled).limit(1))
    if user.member_role == "owner" and left is None:
        raise Refusal(*rules.LAST_OWNER)


def _become(user: User, member_role: str) -> None:
    if member_role != "owner":
        _demand_another_owner(user)
    user.member_role = member_role
    db.session.flush()


def _note(actor: Any, user: User, act: str, label: str, detail: dict[str, Any], reason: str = "") -> None:
    record(actor, act, label, "account", object_id=user.id, object_label=user.username,
           organization_id=user.organization_id, reason=reason, detail=detail)
    db.session.flush()


