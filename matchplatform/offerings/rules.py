"""The law of offerings on one screen."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from matchplatform.accounts.rules import may_write
from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions
from matchplatform.files.rules import ANYBODY, NOBODY, OWN, SIGNED_IN
from matchplatform.organizations.rules import registry_checks

COST_MODELS = Choices(Choice("free", "公益"), Choice("low", "低偿"), Choice("paid", "收费"))

STATES = Choices(Choice("draft", "草稿"), Choice("published", "可点单", "go"), Choice("paused", "暂停", "wait"),
                 Choice("withdrawn", "已下架", "no"))
FULL = Choice("full", "已约满", "wait")          # shown, not stored
EXPIRED = Choice("expired", "已过期", "wait")     # shown, not stored

LIFECYCLE = Lifecycle(STATES, "draft", (
    *transitions("publish", "上架", "member", [("draft", "published")], tone="goal", done="已上架，进入供给项目库。"),
    *transitions("pause", "暂停接单", "member", [("published", "paused")], done="已暂停，别人暂时点不到。"),
    *transitions("resume", "恢复接单", "member", [("paused", "published")], tone="primary", done="已恢复。"),
    *transitions("withdraw", "下架", "member", [("published", "withdrawn"), ("paused", "withdrawn")], reason=True,
                 tone="stop", confirm="下架后别人看不到这项供给，已有的结对照常。", done="已下架。"),
    *transitions("take_down", "责令下架", "province", [("published", "withdrawn"), ("paused", "withdrawn")],
                 reason=True, tone="stop", confirm="下架后别人看不到这项供给，该组织会看到理由。",
                 done="已下架，对方会看到理由。"),
    *transitions("reinstate", "恢复为草稿", "member", [("withdrawn", "draft")], reason=True, done="已恢复为草稿。"),
))
EDITABLE = ("draft", "published", "paused")


class Offering(Protocol):
    """The columns that the rules read."""

    status: str
    organization_id: int
    capacity: int
    capacity_taken: int
    starts_on: dt.date | None
    ends_on: dt.date | None


def parties(actor: Any, offering: Offering) -> set[str]:
    """What the actor is to this offering: member of its organization, its reader, province."""
    if actor.role == "organization_member" and actor.organization_id == offering.organization_id:
        return {"member"} if may_write(actor, offering.organization_id) else {"reader"}
    return {"province"} if actor.role == "province_officer" else set()


def can_draft(actor: Any) -> Verdict:
    """Organizations write offerings; also before they are vetted, so that nothing waits for it."""
    if actor.role == "organization_member" and may_write(actor, actor.organization_id):
        return Verdict.yes()
    return Verdict.no("您的账号只能看，不能办理。", "要办理，请本组织的负责人改您的角色。"
                      ) if actor.role == "organization_member" else Verdict.no("供给由社会组织填报。")


def can_edit(actor: Any, offering: Offering) -> Verdict:
    """Members edit their organization's offerings as long as these are not withdrawn."""
    if "member" not in parties(actor, offering):
        return Verdict.no("这项供给不是您的组织发布的。")
    if offering.status in EDITABLE:
        return Verdict.yes()
    return Verdict.no("已下架的供给不能改。", "先“恢复为草稿”，再改。")


def reach(actor: Any, offering: Offering) -> str:
    """How near somebody, signed in or not, is to this offering: what he may see of its attachments depends on it."""
    mine = parties(actor, offering) if actor.is_authenticated else set()
    if mine & {"member", "reader"} or ("province" in mine and offering.status != "draft"):
        return OWN
    if offering.status != "published":
        return NOBODY
    return SIGNED_IN if actor.is_authenticated else ANYBODY


def can_attach(actor: Any, offering: Offering) -> Verdict:
    """Members add and remove attachments as long as they may edit."""
    return can_edit(actor, offering) if actor.is_authenticated else Verdict.no("请先登录。")


def readable_states(actor: Any, offering: Offering) -> tuple[str, ...] | None:
    """In which states somebody may read an offering's former versions; None: in all of them. Drafts stay with those
    who write them, and the auditor."""
    if actor.role == "auditor" or parties(actor, offering) & {"member", "reader"}:
        return None
    return ("published", "paused", "withdrawn")


def can_publish(organization: Any, today: dt.date) -> Verdict:
    """Only what a vetted organization offers goes up; the registry's own rule says how to get there."""
    rows = registry_checks(organization, None, today, needs_province=False)
    return next(row.verdict for row in rows if row.key == "vetted")


def is_open(offering: Offering, today: dt.date) -> Verdict:
    """Can it be ordered or offered today?"""
    if offering.status != "published":
        return Verdict.no(f"这项供给现在是“{STATES[offering.status].label}”。", "请组织先上架。")
    if offering.ends_on is not None and today > offering.ends_on:
        return Verdict.no(f"这项供给到 {offering.ends_on:%Y-%m-%d} 为止，已经过期。", "请组织更新起止日期。")
    return Verdict.yes()


def has_capacity(offering: Offering) -> Verdict:
    """Is there room for one more?"""
    left = offering.capacity - offering.capacity_taken
    if left > 0:
        return Verdict.yes(f"还能做 {left} 个，共 {offering.capacity} 个")
    return Verdict.no(f"容量已满：{offering.capacity} 个都排上了。", "等在办的办成后会空出来，或请组织增加容量。")


def capacity_verdict(capacity: int, taken: int) -> Verdict:
    """A new capacity cannot be below what is taken."""
    if capacity < taken:
        return Verdict.no(f"容量不能小于已排上的 {taken} 个。", f"请填 {taken} 或更大的数。")
    return Verdict.yes()


def shown_state(offering: Offering, today: dt.date) -> Choice:
    """The state as people should read it."""
    if offering.status == "published":
        if not is_open(offering, today):
            return EXPIRED
        if not has_capacity(offering):
            return FULL
    return STATES[offering.status]


@dataclass(frozen=True)
class Missing:
    """A column that must be filled before an offering can go up, with its label on the form."""

    name: str
    label: str


# What an offering must say before it goes up; a draft may leave all but title, category and body open.
REQUIRED = (Missing("title", "服务项目名称"), Missing("category_code", "帮扶领域"), Missing("body", "服务内容与标准"),
            Missing("areas", "可服务区域"), Missing("contact_name", "联系人"), Missing("contact_phone", "联系电话"))
SHORTEST_BODY = 20  # characters


def completeness(offering: Any) -> list[Missing]:
    """What is still missing before it can go up."""
    missing = [one for one in REQUIRED if not getattr(offering, one.name)]
    if offering.body and len(offering.body) < SHORTEST_BODY:
        missing.append(Missing("body", f"服务内容与标准（至少 {SHORTEST_BODY} 个字）"))
    return missing
