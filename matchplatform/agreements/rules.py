"""The law of agreements and their amendments on one screen."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions
from matchplatform.files.rules import JPEG, NOBODY, OWN, PDF, PNG, WEBP
from matchplatform.pairings.rules import APPROVED, UNDER_WAY, span_verdict

METHODS = Choices(Choice("", "还没有签", "wait"), Choice("both", "双方在系统里确认", "go"),
                  Choice("copy", "上传了签好的协议", "go"))
SIDES = Choices(Choice("county", "县里"), Choice("organization", "社会组织"))
COPY_TYPES = frozenset({PDF, JPEG, PNG, WEBP})
RENEW_DAYS = 90   # before its end, in which both sides are asked whether they go on
MOST_DEPARTMENTS = 10

AMENDMENT_STATES = Choices(Choice("proposed", "等对方确认", "wait"), Choice("confirmed", "已生效", "go"),
                           Choice("declined", "对方没有同意", "no"), Choice("withdrawn", "已撤回"))
AMENDING = Lifecycle(AMENDMENT_STATES, "proposed", (
    *transitions("confirm", "同意并生效", "responder", [("proposed", "confirmed")], tone="goal",
                 confirm="同意以后马上生效：期限、金额、数量按补充协议改，原来的留着备查。", done="补充协议已生效。"),
    *transitions("decline", "不同意", "responder", [("proposed", "declined")], reason=True, tone="stop",
                 done="已答复不同意，对方会看到理由。"),
    *transitions("withdraw", "撤回", "proposer", [("proposed", "withdrawn")], tone="stop", done="补充协议已撤回。"),
))


class Agreement(Protocol):
    """The columns that the rules read."""

    sha256: str
    method: str
    organization_hash: str
    county_hash: str


class Amendment(Protocol):
    """The columns that the rules read."""

    side: str
    status: str


def side_of(mine: set[str]) -> str:
    """county, organization, or nothing for those who only read."""
    return next((one for one in SIDES.values if one in mine), "")


def other_side(side: str) -> str:
    """Whom the one side deals with."""
    return "organization" if side == "county" else "county"


def edit_verdict(status: str, mine: set[str]) -> Verdict:
    """May somebody with these relations work on the text of a pairing in this state?"""
    if not side_of(mine):
        return Verdict.no("协议由县里和社会组织拟。", "审批部门可以看，不能改。")
    if status == "approved":
        return Verdict.yes()
    if status in UNDER_WAY:
        return Verdict.no("协议已经签了，正文不能再改。", "要改期限、金额、数量，请提一份补充协议。")
    if status in APPROVED:
        return Verdict.no("这件结对已经结束，协议只能看。")
    return Verdict.no("批准以后才签协议。", "请先等双方同意和审批。")


def confirm_verdict(agreement: Agreement | None, side: str, seen: str, is_current: bool) -> Verdict:
    """May this side confirm the text whose hash it saw? The organization comes first, the county completes."""
    if agreement is None or not agreement.sha256:
        return Verdict.no("还没有拟好的协议。", "请先填写协议内容并保存。")
    if not side:
        return Verdict.no("协议由县里和社会组织确认。")
    if seen != agreement.sha256:
        return Verdict.no("协议文本刚刚改过，您确认的不是现在这一版。", "请把现在这一版看一遍，再确认。")
    if not is_current:
        return Verdict.no("这一版存好以后，结对的事项或双方的登记信息改过。",
                          "请到“改协议”里核对，再保存一次，然后确认。")
    if side == "organization" and agreement.organization_hash == agreement.sha256:
        return Verdict.no("您的组织已经确认过这一版。", "等县里确认，协议就签好了。")
    if side == "county" and agreement.organization_hash != agreement.sha256:
        return Verdict.no("社会组织还没有确认这一版。", "请先请对方确认；对方确认以后，由县里确认，协议就签好了。")
    return Verdict.yes()


def amend_verdict(status: str, mine: set[str], has_open: bool) -> Verdict:
    """May somebody with these relations propose an amendment?"""
    if not side_of(mine):
        return Verdict.no("补充协议由县里或社会组织提出。")
    if status == "suspended":
        return Verdict.no("这件结对暂停着，先不改协议。", "请县里或审批部门恢复实施以后再提。")
    if status != "active":
        return Verdict.no("协议签好、结对在办的时候才能提补充协议。")
    if has_open:
        return Verdict.no("还有一份补充协议没有答复。", "一次只能提一份：请先答复或撤回那一份。")
    return Verdict.yes()


def amendment_parties(amendment: Amendment, mine: set[str], status: str) -> set[str]:
    """What somebody with these relations to the pairing is to the amendment. Nobody answers what his side proposed,
    and nobody answers while the pairing is not under way; withdrawing is always open."""
    side = side_of(mine)
    if not side:
        return set()
    if side == amendment.side:
        return {"proposer"}
    return {"responder"} if status == "active" else set()


def quantities_verdict(lines: Mapping[int, Any], present: Mapping[int, int], delivered: Mapping[int, int],
                       wanted: Mapping[int, int]) -> Verdict:
    """Are the new quantities possible? `lines`: the need's lines; nothing below what was brought, nothing beyond what
    the need still lacks, and something must remain."""
    for line_id, quantity in wanted.items():
        line = lines.get(line_id)
        if line is None:
            return Verdict.no("需求里没有这一项。", "请刷新页面，按现在的事项填写。")
        if quantity < 0:
            return Verdict.no(f"{line.item}的数量不能是负数。", "不办了就填 0。")
        if quantity < delivered.get(line_id, 0):
            return Verdict.no(f"{line.item}已经办到 {delivered[line_id]} {line.unit}，不能改成 {quantity}"
                              f" {line.unit}。", "最少写已经办到的数量。")
        most = present.get(line_id, 0) + line.residual
        if quantity > most:
            return Verdict.no(f"{line.item}最多能写 {most} {line.unit}，您写的是 {quantity} {line.unit}。",
                              "需求一共要这么多，别的已经有人认下。")
    after = {**present, **wanted}
    if present and not any(after.values()):
        return Verdict.no("全部事项都改成 0，协议就没有内容了。", "不再办了，请用“终止”。")
    return Verdict.yes()


def term_verdict(starts_on: dt.date, ends_on: dt.date, today: dt.date) -> Verdict:
    """An amended term still runs forward, at most ten years, and does not end in the past."""
    verdict = span_verdict(starts_on, ends_on)
    if verdict and ends_on < today:
        return Verdict.no("新的截止日期已经过去了。", "请写今天或以后的日子；事情办完了，请县里登记办成。")
    return verdict


def is_ending(status: str, ends_on: dt.date | None, today: dt.date) -> bool:
    """Is it time to ask: renew or conclude?"""
    return status in UNDER_WAY and ends_on is not None and (ends_on - today).days <= RENEW_DAYS


def file_reach(mine: set[str], sees: bool) -> str:
    """How near somebody is to the signed copies: both sides and whoever may see the pairing; nobody else knows."""
    return OWN if mine or sees else NOBODY


def can_attach(status: str, mine: set[str]) -> Verdict:
    """Both sides may put signed copies there from the approval until the end."""
    if not side_of(mine):
        return Verdict.no("签好的协议由县里或社会组织上传。")
    if status in ("approved", *UNDER_WAY):
        return Verdict.yes()
    return Verdict.no("这件结对现在不能上传协议。", "批准以后、办完以前可以上传。")


def can_remove(is_signed_copy: bool) -> Verdict:
    """The copy that was registered stays."""
    if is_signed_copy:
        return Verdict.no("这是登记在案的协议，要留着。", "传错了，请把对的也传上来，并在补充协议里说明。")
    return Verdict.yes()
