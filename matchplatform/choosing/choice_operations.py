"""What a county does with opened replies: formal faults, judging, scoring, shortlist, and the choice itself."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from matchplatform.accounts.queries import user_by_id
from matchplatform.audit.operations import record
from matchplatform.choosing import messages, queries, rules
from matchplatform.choosing.call_operations import hold, log, refuse_old_page
from matchplatform.choosing.models import Call, Reply, ReplyItem
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.confirmation_queries import changed_meanwhile
from matchplatform.pairings.messages import changed
from matchplatform.revisions.differences import labels

VERBS = ("fault", "shortlist", "unlist")



def _hold_reply(actor: Any, reply: Reply, version: int | None) -> Call:
    """The call under review with its reply, read anew."""
    call = reply.call
    hold(call)
    db.session.refresh(reply)
    if "county" not in rules.call_parties(actor, call):
        raise Refusal("这次征集不是本县的。")
    if call.status != "reviewing":
        raise Conflict(f"征集现在是“{call.state.label}”，不能再改应征书的评审。", "请看最新内容。")
    if version is not None and version != reply.version:
        raise Conflict(f"{reply.organization.name}的应征书刚刚有变动。",
                       f"现在是“{reply.state.label}”，请看最新内容再办。")
    return call


def _log(actor: Any, reply: Reply, act: str, label: str, reason: str = "", **detail: Any) -> None:
    record(actor, act, label, "pairing", object_id=reply.code, object_label=reply.call.need.title,
           county_code=reply.call.county_code, organization_id=reply.organization_id, reason=reason,
           detail={"need": reply.call.need.code, "offering": reply.offering.code if reply.offering else "", **detail})


def act(actor: Any, reply: Reply, verb: str, reason: str = "", version: int | None = None) -> Transition:
    """fault (with what to mend), shortlist, unlist."""
    _hold_reply(actor, reply, version)
    if verb not in VERBS:
        raise Refusal("没有这个操作。", "请从页面上的按钮办理。")
    reason = reason.strip()
    demand(rules.LIFECYCLE.verdict(verb, reply.status, rules.reply_parties(actor, reply, reply.call), reason))
    row = rules.LIFECYCLE.find(verb, reply.status)
    with db.session.no_autoflush:
        if verb == "fault":
            reply.fault = reason.rstrip("。") + "。"
            reply.mend_until = clock.now() + dt.timedelta(hours=rules.MEND_HOURS)
        reply.status = row.target
    db.session.flush()
    _log(actor, reply, f"{verb}_reply", row.label, reason)
    if verb == "fault":
        messages.faulty(actor, reply)
    elif verb == "shortlist":
        messages.shortlisted(actor, reply)
    return row


def judge(actor: Any, reply: Reply, passed: Mapping[int, bool | None], points: Mapping[int, int | None],
          version: int | None = None) -> None:
    """Which requirements are met, and 0–100 for each criterion; what is left out stays open."""
    call = _hold_reply(actor, reply, version)
    if reply.status not in rules.JUDGED:
        raise Refusal(f"应征书现在是“{reply.state.label}”，不能评审。", "请等对方改正送回。")
    known = reply.by_item
    for item in call.items:
        row = known.get(item.id)
        if row is None:
            row = ReplyItem(item_id=item.id)
            reply.items.append(row)
        if item.kind == "requirement":
            row.passed = passed.get(item.id)
        else:
            value = points.get(item.id)
            if value is not None:
                demand(rules.points_verdict(value))
            row.points = value
    reply.updated_at = clock.now()  # the judgement is part of the reply: its version moves
    db.session.flush()
    db.session.refresh(reply)
    _log(actor, reply, "judge_reply", "评审应征书", total=reply.total,
         points={str(one.item_id): one.points for one in reply.items if one.points is not None},
         passed={str(one.item_id): one.passed for one in reply.items if one.passed is not None})


def choose(actor: Any, call: Call, codes: Sequence[str], common_reason: str = "",
           reasons: Mapping[str, str] | None = None, version: int | None = None) -> list[Reply]:
    """Choose one or several: a pairing for each, agreed on both sides and on its way to approval, all or none.

    Who is not chosen is told why: its own reason, else the common one. Raises Refusal where a rule or the pairing's
    own law forbids it (nothing is changed then), Conflict when somebody was faster.
    """
    with db.session.begin_nested():
        return _choose(actor, call, codes, common_reason.strip(), reasons or {}, version)


def _choose(actor: Any, call: Call, codes: Sequence[str], common: str, reasons: Mapping[str, str],
            version: int | None) -> list[Reply]:
    hold(call)
    refuse_old_page(call, version)
    demand(rules.CALL_LIFECYCLE.verdict("decide", call.status, rules.call_parties(actor, call)))
    replies = {one.code: one for one in queries.held_replies(call)}
    _check_choice(call, codes, replies)
    why = {code: (reasons.get(code) or "").strip() or common for code in replies if code not in codes}
    silent = [replies[code].organization.name for code, reason in why.items() if not reason]
    if silent:
        raise Refusal(f"还没有写没选上的理由：{'、'.join(silent)}。", "请逐家写，或写一句共同的理由；对方会看到。")
    call.decided_by, call.decided_at, call.status = actor.id, clock.now(), "decided"
    db.session.flush()
    chosen = [replies[code] for code in dict.fromkeys(codes)]
    for reply in chosen:
        _pair(actor, reply)
    for code, reason in why.items():
        reply = replies[code]
        with db.session.no_autoflush:
            reply.fault, reply.mend_until, reply.status_reason = "", None, reason
            reply.status = "not_chosen"
    db.session.flush()
    log(actor, call, "choose", "选定应征书", chosen=[one.code for one in chosen], totals={
        code: one.total for code, one in replies.items()}, reasons=why)
    for code in why:
        messages.not_chosen(actor, replies[code], queries.next_needs(replies[code]))
    return chosen


def _check_choice(call: Call, codes: Sequence[str], replies: Mapping[str, Reply]) -> None:
    if not codes:
        raise Refusal("还没有勾选选哪一家。", "请至少勾一家；一家都不选的话，请“结束征集”并写明理由。")
    if len(set(codes)) > call.may_choose:
        raise Refusal(f"这次征集最多选 {call.may_choose} 家，您勾了 {len(set(codes))} 家。", "请去掉几家。")
    for code in codes:
        if code not in replies:
            raise Conflict(f"应征书 {code} 刚刚已经撤回或有了结果，这次没有选定。", "请看最新内容再选。")
        demand(rules.eligible_verdict(replies[code].organization.name, replies[code]))
    for one in replies.values():
        if one.status == "faulty" and rules.mend_verdict(one, clock.now()):
            raise Refusal(f"{one.organization.name}还在改正形式问题，期限到 {rules.said(one.mend_until)}。",
                          "请等对方改正送回，或到期以后再选。")


def _ask_what_changed(actor: Any, reply: Reply) -> None:
    """The need was changed after the reply was sent: its organization is asked, as for every change of a need."""
    pairing, changes = reply.pairing, changed_meanwhile(reply.call.need, reply.need_version)
    if changes:
        pairing.confirm_need_from = reply.need_version
        pairings.log_move(actor, pairing, "ask", "请对方确认改动", pairing.status, f"征集期间改了{labels(changes)}")
        changed(actor, pairing, labels(changes), True, "organization", "应征书送出以后改的")
        db.session.flush()


def _pair(actor: Any, reply: Reply) -> None:
    """The pairing: bid in the name of who sent the reply, accepted by the officer."""
    call = reply.call
    values = {"message": reply.plan, "offered_funds_fen": reply.funds_fen, "offered_in_kind_fen": reply.in_kind_fen,
              "lines": reply.taken or None, "said_at": reply.sent_at}
    try:
        pairing = pairings.bid(user_by_id(reply.sent_by), call.need, reply.offering, values)
        pairings.act(actor, pairing, "accept", terms={"said_at": reply.sent_at})
    except Refusal as refusal:
        raise type(refusal)(f"不能选{reply.organization.name}：{refusal.reason}", refusal.remedy) from refusal
    with db.session.no_autoflush:
        reply.pairing_id = pairing.id
        reply.status = "chosen"
    db.session.flush()
    db.session.refresh(reply)
    _ask_what_changed(actor, reply)
    _log(actor, reply, "choose_reply", "选定", pairing=pairing.code, total=reply.total)
    messages.chosen(actor, reply)
