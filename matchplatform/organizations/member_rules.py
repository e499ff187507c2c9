"""The law of the people inside an organization: who opens, changes and closes accounts there."""

from typing import Any

from matchplatform.accounts.rules import MEMBER_ROLES, is_owner
from matchplatform.core.rules import Verdict

# What each may do, as the page says it.
MAY = {"owner": "提交入库审核、管人员；也能办经办人办的事",
       "staff": "改资料、上架供给、接单、答复点单", "reader": "只看，不能办"}
VERBS = {"role": "改角色", "enable": "启用", "disable": "停用", "password": "重设密码", "hand-over": "交接负责人"}
LAST_OWNER = ("这是最后一位能登录的负责人，不能改，也不能停用。", "请先把负责人交给一位同事，再办。")


def can_manage(actor: Any, organization_id: int) -> Verdict:
    """The owner of the organization manages its people."""
    if is_owner(actor) and actor.organization_id == organization_id:
        return Verdict.yes()
    return Verdict.no("人员由本组织的负责人管。", "要开账号、改角色，请找负责人。")


def can_act_on(actor: Any, account: Any, verb: str) -> Verdict:
    """May the owner do this to that account now?"""
    verdict = can_manage(actor, account.organization_id)
    if not verdict:
        return verdict
    if verb not in VERBS:
        return Verdict.no("没有这个操作。")
    if actor.id == account.id and verb != "role":
        return Verdict.no("不能对自己的账号办这一项。", "改密码请到“修改密码”；不再负责的，先把负责人交给同事。")
    if verb == "enable" and account.enabled:
        return Verdict.no("账号没有停用，不用启用。")
    if verb in ("disable", "hand-over", "password", "role") and not account.enabled:
        return Verdict.no("账号已经停用。", "要办，请先启用。")
    if verb == "hand-over" and account.member_role == "owner":
        return Verdict.no("他已经是负责人。")
    return Verdict.yes()


def role_verdict(member_role: str) -> Verdict:
    """Is it one of the roles?"""
    return Verdict.yes() if member_role in MEMBER_ROLES else Verdict.no("没有选角色。", "请从列表里选一个。")


def can_install(actor: Any, has_owner: bool, reason: str) -> Verdict:
    """The province puts an owner in, when there is none who can sign in or he has left; with what it relied on."""
    if actor.role != "province_officer":
        return Verdict.no("负责人由省民政厅重设。", "请带登记证书和授权书联系省民政厅。")
    if not reason.strip():
        return Verdict.no("没有写依据。", "请写凭什么重设，例如“登记证书副本和法定代表人签字的授权书”。")
    return Verdict.yes("本组织现在有能登录的负责人，重设以后他还是负责人。" if has_owner else "")
