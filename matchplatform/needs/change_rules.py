"""The law of changing a need that is released: who may, what waits for a second person, who decides."""

import datetime as dt
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions
from matchplatform.needs.rules import STATES as NEED_STATES
from matchplatform.needs.rules import Need
from matchplatform.needs.rules import parties as need_parties

CHANGEABLE = ("published", "matched", "closed")

# What takes effect at once: whom to ask. A closing time that is put off is of this kind too; all else is what
# organizations rely on, and a second person looks at it.
MINOR = frozenset({"unit", "contact_name", "contact_phone"})

STATES = Choices(Choice("pending", "待放行", "wait"), Choice("released", "已放行", "go"),
                 Choice("refused", "已退回", "no"), Choice("withdrawn", "已撤回"))

LIFECYCLE = Lifecycle(STATES, "pending", (
    *transitions("release", "放行改动", "releaser", [("pending", "released")], tone="goal",
                 confirm="放行后公开页马上换成新内容；已经报来、还没批准的结对要由对方确认一次。",
                 done="改动已放行，公开页上已经是新内容。"),
    *transitions("refuse", "退回改动", "releaser", [("pending", "refused")], reason=True, tone="stop",
                 done="已退回，提出的人会看到理由，公开页不变。"),
    *transitions("withdraw", "撤回改动", "proposer", [("pending", "withdrawn")], done="已撤回这次改动，公开页不变。"),
    # The need itself was taken back, done or merged: nothing is left to be changed. Nobody has a button for this.
    *transitions("lapse", "随需求结束", "need", [("pending", "withdrawn")]),
))


class Change(Protocol):
    """The columns that the rules read."""

    status: str
    proposed_by: int


def can_change(actor: Any, need: Need) -> Verdict:
    """The county changes what it has released; drafts are simply edited."""
    if "owner" not in need_parties(actor, need):
        return Verdict.no("已经发布的需求由县（市、区）农业农村局来改。", "请把要改的地方告诉县里的经办人。")
    if need.status in CHANGEABLE:
        return Verdict.yes()
    if need.status in ("draft", "returned", "submitted"):
        return Verdict.no("还没有发布，不用走改动。", "请直接“修改”；已经提交的先“撤回来改”。")
    return Verdict.no(f"现在是“{NEED_STATES[need.status].label}”，内容不再改。", "要重新办，请先恢复或重新开放。")


def parties(actor: Any, need: Need, change: Change) -> set[str]:
    """What the actor is to a change: proposer, releaser. Who proposed it never releases it; another officer of the
    county does, or the province."""
    if actor.id == change.proposed_by:
        return {"proposer"}
    in_county = actor.role == "county_officer" and actor.county_code == need.county_code
    return {"releaser"} if in_county or actor.role == "province_officer" else set()


def is_minor(name: str, before: Any, after: Any) -> bool:
    """Does a change of this column take effect at once? `before` and `after` as the model holds them."""
    if name == "closing_at":
        return isinstance(before, dt.datetime) and isinstance(after, dt.datetime) and after > before
    return name in MINOR
