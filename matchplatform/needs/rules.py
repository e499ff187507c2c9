"""The law of needs on one screen."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions

AID_MODES = Choices(Choice("relief", "输血"), Choice("capacity", "造血"), Choice("both", "输血与造血并用"))
URGENCIES = Choices(Choice("normal", "一般"), Choice("soon", "较急", "wait"), Choice("urgent", "紧急", "no"))

STATES = Choices(
    Choice("draft", "草稿"), Choice("submitted", "待放行", "wait"), Choice("returned", "退回修改", "no"),
    Choice("published", "可接单", "go"), Choice("matched", "已结对", "info"), Choice("fulfilled", "已办成", "go"),
    Choice("closed", "已关闭"), Choice("withdrawn", "已撤回", "no"),
)
EXPIRED = Choice("expired", "接单已截止", "wait")  # shown for a published need after its closing time; not stored
PUBLIC = ("published", "matched", "fulfilled", "closed")
EDITABLE = ("draft", "returned")

LIFECYCLE = Lifecycle(STATES, "draft", (
    *transitions("submit", "提交审核", "author", [("draft", "submitted"), ("returned", "submitted")], tone="primary",
                 done="已提交，等本县另一位同事放行。"),
    *transitions("recall", "撤回来改", "submitter", [("submitted", "draft")], done="已撤回，可以接着改。"),
    *transitions("publish", "放行发布", "releaser", [("submitted", "published")], tone="goal",
                 done="已发布，进入需求项目库。"),
    *transitions("return", "退回修改", "releaser", [("submitted", "returned")], reason=True, tone="stop",
                 done="已退回，提交人会看到理由。"),
    # The pairing desk makes these two moves when it approves, completes or undoes; nobody clicks them.
    *transitions("match", "结对", "pairing", [("published", "matched"), ("closed", "matched")]),
    *transitions("unmatch", "解除结对", "pairing", [("matched", "published"), ("fulfilled", "published")]),
    *transitions("fulfil", "办成", "pairing", [("matched", "fulfilled"), ("published", "fulfilled"),
                                             ("closed", "fulfilled")]),
    *transitions("rematch", "恢复在办", "pairing", [("fulfilled", "matched")]),
    *transitions("close", "关闭接单", "owner", [("published", "closed")], reason=True, tone="stop",
                 confirm="关闭后不再接受新的接单，已报来的照常办理；以后可以重新开放。", done="已关闭接单。"),
    *transitions("reopen", "继续接单", "owner", [("closed", "published"), ("matched", "published")], reason=True,
                 done="已重新开放接单。"),
    *transitions("withdraw", "撤回需求", "owner", [("published", "withdrawn"), ("closed", "withdrawn")], reason=True,
                 tone="stop", done="已撤回。",
                 confirm="撤回后，群众和社会组织都看不到这条需求；还没批准的结对一并结束，对方会看到理由。"),
    *transitions("reinstate", "恢复为草稿", "owner", [("withdrawn", "draft")], reason=True, done="已恢复为草稿。"),
))


class Need(Protocol):
    """The columns that the rules read."""

    status: str
    county_code: str
    township_code: str | None
    created_by: int | None
    submitted_by: int | None
    closing_at: dt.datetime | None


def parties(actor: Any, need: Need) -> set[str]:
    """What the actor is to this need: author, submitter, releaser, owner.

    Authors: the county's officers, and the township's officers for their township. Who submitted it never releases
    it; another officer of the county does, or the province.
    """
    mine: set[str] = set()
    in_county = actor.role == "county_officer" and actor.county_code == need.county_code
    in_township = actor.role == "township_officer" and actor.township_code == need.township_code
    if in_county or in_township:
        mine.add("author")
        if actor.id == need.submitted_by:
            mine.add("submitter")
    if in_county:
        mine.add("owner")
    if (in_county or actor.role == "province_officer") and actor.id != need.submitted_by:
        mine.add("releaser")
    return mine


def can_draft(actor: Any) -> Verdict:
    """Counties and townships write needs."""
    if actor.role in ("county_officer", "township_officer"):
        return Verdict.yes()
    return Verdict.no("需求由县（市、区）农业农村局和乡镇填报。")


def can_edit(actor: Any, need: Need) -> Verdict:
    """Drafts and returned needs are edited; a released need is first taken back by its county."""
    if "author" not in parties(actor, need):
        return Verdict.no("这条需求不归您填报。")
    if need.status in EDITABLE:
        return Verdict.yes()
    if need.status == "submitted":
        return Verdict.no("已经提交，正在等放行。", "先“撤回来改”，改完再交。")
    return Verdict.no("已经发布，不能直接改。", "需要改的话，由县里先“撤回需求”，再“恢复为草稿”。")


def is_open(need: Need, moment: dt.datetime) -> Verdict:
    """Can it still be bid on? The server's clock decides, to the second."""
    if need.status != "published":
        return Verdict.no(f"这条需求现在是“{STATES[need.status].label}”，不再接单。", "可以看看相似的其他需求。")
    if need.closing_at is not None and moment > need.closing_at:
        return Verdict.no("接单截止时间已过。", "可以请县里重新开放，或看看相似的其他需求。")
    return Verdict.yes()


def shown_state(need: Need, moment: dt.datetime) -> Choice:
    """The state as people should read it: a published need after its closing time is 接单已截止."""
    if need.status == "published" and not is_open(need, moment):
        return EXPIRED
    return STATES[need.status]


def closing_verdict(closing_at: dt.datetime, moment: dt.datetime) -> Verdict:
    """A closing time lies in the future and within two years."""
    if closing_at <= moment:
        return Verdict.no("接单截止已经过去。", "请改到今天以后，给社会组织留出至少 5 个工作日。")
    if closing_at > moment + dt.timedelta(days=731):
        return Verdict.no("接单截止不能晚于两年以后。", "请核对年份。")
    return Verdict.yes()


@dataclass(frozen=True)
class Missing:
    """A column that must be filled before a need can be handed in, with its label on the form."""

    name: str
    label: str


# What a need must say before it can be handed in; a draft may leave all but title, category and body open.
REQUIRED = (Missing("title", "项目名称"), Missing("category_code", "帮扶领域"), Missing("body", "要办的事"),
            Missing("goal", "怎样算办成"), Missing("beneficiaries", "受益人数"), Missing("starts_on", "开始日期"),
            Missing("ends_on", "结束日期"), Missing("closing_at", "接单截止"), Missing("unit", "责任单位"),
            Missing("contact_name", "联系人"), Missing("contact_phone", "联系电话"))
SHORTEST_BODY = 20  # characters


def completeness(need: Any) -> list[Missing]:
    """What is still missing before it can be handed in; money may be 0, but then both amounts were filled in."""
    missing = [one for one in REQUIRED if not getattr(need, one.name)]
    if need.body and len(need.body) < SHORTEST_BODY:
        missing.append(Missing("body", f"要办的事（至少 {SHORTEST_BODY} 个字）"))
    return missing
