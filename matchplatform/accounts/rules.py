"""Roles, the reach of each, and the law of passwords and sessions."""

import datetime as dt
import re
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Verdict

ROLES = Choices(
    Choice("county_officer", "县级经办"), Choice("township_officer", "乡镇经办"),
    Choice("organization_member", "社会组织"), Choice("city_officer", "市级经办"),
    Choice("province_officer", "省级审批"),
    Choice("system_admin", "系统管理员"), Choice("security_admin", "安全管理员"), Choice("auditor", "审计员"),
)
ADMINISTRATORS = frozenset({"system_admin", "security_admin", "auditor"})

# What a member is inside his organization.
MEMBER_ROLES = Choices(Choice("owner", "负责人", "go"), Choice("staff", "经办人", "info"), Choice("reader", "只读"))

# Which scope column a role must carry; the others must be empty. Generated into a CHECK.
SCOPE = {"county_officer": "county_code", "township_officer": "township_code",
         "organization_member": "organization_id", "city_officer": "city_code"}

SCOPE_CURES = {"county_code": "请选县（市、区）。", "city_code": "请选市（州）。",
               "township_code": "请选县，再写乡镇的名称或 9 位代码。",
               "organization_id": "请写组织的统一社会信用代码或全称，它要先入驻。"}

MAX_FAILURES = 5
LOCK = dt.timedelta(minutes=15)
IDLE_ACCOUNT = dt.timedelta(days=90)
REMEMBERED_PASSWORDS = 5
ADDRESS_WINDOW, ADDRESS_LIMIT = dt.timedelta(minutes=15), 30  # refused sign-ins from one network address
MIN_PASSWORD, MAX_PASSWORD = 10, 128

LOCKED_HERE = "现在的密码错了 5 次，账号已锁定 15 分钟。"
TOO_MANY = "从这个网络地址登录失败的次数太多。请过 15 分钟再试；急用请联系本单位管理员。"
SAME_MESSAGE = "账号或密码不对，或者账号已锁定。连续错 5 次会锁 15 分钟；忘了密码请找本单位管理员重设。"

_COMMON = frozenset("""password password1 password123 passw0rd p@ssw0rd p@ssword1 admin123 admin12345 administrator
qwerty12345 qwertyuiop 1qaz2wsx3edc 1qaz@wsx3edc abc123456 abcd123456 a123456789 woaini1314 iloveyou123 welcome123
changeme123 letmein123 zaq12wsx 123456789a 1234567890 0123456789 11111111111 88888888888 hubei123456 wuhan123456
admin@1234 admin@12345 admin@123456 test@12345 p@ssw0rd123 qwer@12345 aa123456789 aa@1234567 abc@123456
password@1 password@123 passw0rd!23 welcome@123 huawei@123 changeme@123 root@12345""".split())  # noqa: SIM905

_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"), re.compile(r"[^A-Za-z0-9]"))


_USERNAME = re.compile(r"[a-z][a-z0-9._-]{3,39}")


class Account(Protocol):
    """What the rules below need of a user."""

    id: int
    role: str
    is_active: bool
    failures: int
    locked_until: dt.datetime | None


def username_verdict(username: str) -> Verdict:
    """Four to forty letters, digits, dots, hyphens and underscores, beginning with a letter; case does not matter."""
    if _USERNAME.fullmatch(username.lower()):
        return Verdict.yes()
    return Verdict.no("账号名要 4—40 位，用英文字母开头，只含字母、数字、点、横线。", "例如 xiaochang.liumin。")


def password_verdict(password: str, username: str = "") -> Verdict:
    """At least ten characters, three of four classes, not common, not the user name."""
    if len(password) < MIN_PASSWORD:
        return Verdict.no(f"密码要 {MIN_PASSWORD} 位以上，现在是 {len(password)} 位。")
    if len(password) > MAX_PASSWORD:
        return Verdict.no(f"密码最多 {MAX_PASSWORD} 位。")
    if sum(bool(one.search(password)) for one in _CLASSES) < 3:
        return Verdict.no("密码要含大写字母、小写字母、数字、符号中的至少三种。")
    plain = password.lower()
    if plain in _COMMON or len(set(plain)) < 5:
        return Verdict.no("这个密码太常见，容易被猜到，请换一个。")
    if username and username.lower() in plain:
        return Verdict.no("密码里不要含有账号名。")
    return Verdict.yes()


def is_locked(account: Account, now: dt.datetime) -> bool:
    """Five failures lock the account for fifteen minutes."""
    return account.locked_until is not None and now < account.locked_until


def is_idle(last_used: dt.datetime, now: dt.datetime) -> bool:
    """An account nobody used for ninety days is closed until an administrator opens it."""
    return now - last_used > IDLE_ACCOUNT


def can_open(actor: Account) -> Verdict:
    """The system administrator opens accounts of every role."""
    return Verdict.yes() if actor.role == "system_admin" else Verdict.no("只有系统管理员能开通账号。")


def is_owner(actor: Any) -> bool:
    """Does he answer for his organization's accounts?"""
    return actor.role == "organization_member" and actor.member_role == "owner"


def may_write(actor: Any, organization_id: int | None) -> bool:
    """Does he act for this organization? Whoever only reads does not."""
    return (actor.role == "organization_member" and actor.organization_id == organization_id
            and getattr(actor, "member_role", "") != "reader")


def can_administer(actor: Any, account: Any) -> Verdict:
    """The system administrator keeps all accounts, an organization's owner his colleagues', and the province those of
    organizations, for when an owner has left; nobody his own."""
    keeps = (actor.role == "system_admin"
             or (account.role == "organization_member"
                 and (actor.role == "province_officer"
                      or (is_owner(actor) and actor.organization_id == account.organization_id))))
    if not keeps:
        return Verdict.no("只有系统管理员能管理账号。")
    if actor.id == account.id:
        return Verdict.no("不能管理自己的账号。", "请另一位系统管理员办理。" if actor.role == "system_admin"
                          else "改密码请到“修改密码”；不再负责的，先把负责人交给同事。")
    return Verdict.yes()
