"""The law of needs on one screen."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions
from matchplatform.files.rules import ANYBODY, NOBODY, OWN, SIGNED_IN

AID_MODES = Choices(Choice("relief", "输血"), Choice("capacity", "造血"), Choice("both", "输血与造血并用"))
URGENCIES = Choices(Choice("normal", "一般"), Choice("soon", "较急", "wait"), Choice("urgent", "紧急", "no"))
PUBLICITY = Choices(Choice("public", "向社会公开"), Choice("signed_in", "登录的单位和社会组织可见"))

STATES = Choices(
    Choice("draft", "草稿"), Choice("submitted", "待放行", "wait"), Choice("returned", "退回修改", "no"),
    Choice("published", "可接单", "go"), Choice("matched", "已结对", "info"), Choice("fulfilled", "已办成", "go"),
    Choice("closed", "已关闭"), Choice("withdrawn", "已撤回", "no"), Choice("unsuccessful", "未办成", "no"),
    Choice("merged", "已并入"),
)
EXPIRED = Choice("expired", "接单已截止", "wait")  # shown for a published need after its closing time; not stored
PUBLIC = ("published", "matched", "fulfilled", "closed", "unsuccessful")
EDITABLE = ("draft", "returned")
MERGEABLE = ("draft", "submitted", "returned", "published")  # nothing hangs on them yet that a merger would tear
KEEPABLE = ("draft", "returned", "published")  # into these another may be merged; what waits for release is not touched

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
    *transitions("fail", "登记未办成", "owner", [("published", "unsuccessful"), ("closed", "unsuccessful")],
                 reason=True, tone="stop", done="已登记为未办成，理由会公开。",
                 confirm="登记后不再接单，还没批准的结对一并结束；页面会写明为什么没有办成。以后可以重新开放。"),
    *transitions("reopen", "继续接单", "owner", [("closed", "published"), ("matched", "published"),
                                             ("unsuccessful", "published")], reason=True, done="已重新开放接单。"),
    *transitions("withdraw", "撤回需求", "owner", [("published", "withdrawn"), ("closed", "withdrawn")], reason=True,
                 tone="stop", done="已撤回。",
                 confirm="撤回后，群众和社会组织都看不到这条需求；还没批准的结对一并结束，对方会看到理由。"),
    *transitions("reinstate", "恢复为草稿", "owner", [("withdrawn", "draft")], reason=True, done="已恢复为草稿。"),
    # Both authors agreed, or one of them took it back; nobody clicks these either. One verb for each former state,
    # because a verb leads to one state only.
    *transitions("merge", "并入另一条", "merger", [(state, "merged") for state in MERGEABLE]),
    *(row for state in MERGEABLE for row in transitions(f"unmerge_{state}", "撤销并入", "merger",
                                                        [("merged", state)])),
))


class Need(Protocol):
    """The columns that the rules read."""

    status: str
    county_code: str
    township_code: str | None
    created_by: int | None
    submitted_by: int | None
    closing_at: dt.datetime | None


class Line(Protocol):
    """A line's quantities: 0 <= delivered <= committed <= quantity."""

    item: str
    unit: str
    quantity: int
    committed: int
    delivered: int


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
    if need.status == "merged":
        return Verdict.no("已经并入另一条需求，不能改。", "要改就改并入的那一条；并错了，可以在合并页上撤销。")
    if need.status == "submitted":
        return Verdict.no("已经提交，正在等放行。", "先“撤回来改”，改完再交。")
    if need.status == "withdrawn":
        return Verdict.no("已经撤回，不能改。", "由县里先“恢复为草稿”，再改。")
    return Verdict.no("已经发布，不能直接改。", "由县（市、区）农业农村局提出改动，另一位同事放行后生效。")


def reach(actor: Any, need: Any) -> str:
    """How near somebody, signed in or not, is to this need: what he may see of its attachments depends on it.

    Who writes, owns or releases it works on it; a released one is for its own publicity; any other is nobody's.
    """
    mine = parties(actor, need) if actor.is_authenticated else set()
    if mine & {"author", "owner"} or ("releaser" in mine and need.status in ("submitted", *PUBLIC)):
        return OWN
    if need.status not in PUBLIC:
        return NOBODY
    if actor.is_authenticated:
        return SIGNED_IN
    return ANYBODY if need.publicity == "public" else NOBODY


def can_attach(actor: Any, need: Need) -> Verdict:
    """Authors add and remove attachments while they may edit; the county also on what is released and under way."""
    if actor.is_authenticated and "owner" in parties(actor, need) and need.status in ("published", "matched"):
        return Verdict.yes()
    return can_edit(actor, need) if actor.is_authenticated else Verdict.no("请先登录。")


def can_open(actor: Any, need: Need) -> Verdict:
    """What was attached to a released need is opened by the county or the province; never by whoever attached it, which
    the law of attachments itself says."""
    in_county = actor.role == "county_officer" and actor.county_code == need.county_code
    if not in_county and actor.role != "province_officer":
        return Verdict.no("附件由本县另一位经办人或省民政厅放开。")
    if need.status in PUBLIC:
        return Verdict.yes()
    return Verdict.no(f"这条需求现在是“{STATES[need.status].label}”，不用放开附件。", "发布时一起放行。")


def readable_states(actor: Any, need: Need) -> tuple[str, ...] | None:
    """In which states somebody may read a need's former versions; None: in all of them. Drafts stay with those who
    write them, and the auditor."""
    if actor.role == "auditor" or "author" in parties(actor, need):
        return None
    return ("submitted", *PUBLIC) if actor.role == "province_officer" else PUBLIC


def is_open(need: Need, moment: dt.datetime) -> Verdict:
    """Can it still be bid on? The server's clock decides, to the second."""
    if need.status != "published":
        return Verdict.no(f"这条需求现在是“{STATES[need.status].label}”，不再接单。", "可以看看相似的其他需求。")
    if need.closing_at is not None and moment > need.closing_at:
        return Verdict.no("接单截止时间已过。", "可以请县里重新开放，或看看相似的其他需求。")
    return Verdict.yes()


def residual(lines: Iterable[Line]) -> list[Line]:
    """The lines of which something is still wanted."""
    return [one for one in lines if one.committed < one.quantity]


def has_residual(need: Any) -> Verdict:
    """Is there anything left to take? A need without lines is taken as a whole."""
    if not need.lines or residual(need.lines):
        return Verdict.yes()
    return Verdict.no("要的东西都有组织认下了。", "有组织退出时会空出来；可以先看看相似的其他需求。")


def take_verdict(line: Line, quantity: int) -> Verdict:
    """May so much of a line be taken?"""
    left = line.quantity - line.committed
    if quantity <= 0:
        return Verdict.no(f"“{line.item}”的数量要大于 0。", "不接这一项就空着。")
    if quantity > left:
        said = f"只差 {left} {line.unit}了" if left else "已经有组织认下，不差了"
        return Verdict.no(f"“{line.item}”{said}。", f"请填 {left} 或更小的数。" if left else "这一项请空着。")
    return Verdict.yes()


def shrink_verdict(line: Line, quantity: int) -> Verdict:
    """May a line be cut to this quantity (0: taken away)? What organizations took stays."""
    if quantity >= line.committed:
        return Verdict.yes()
    return Verdict.no(f"“{line.item}”已有组织认下 {line.committed} {line.unit}。",
                      f"数量不能少于 {line.committed}，也不能删掉这一项；先和对方商量退出。")


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
