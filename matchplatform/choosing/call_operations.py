"""What a county does with a call before it chooses: declare, change, answer, open, end."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.rules import may_write
from matchplatform.audit.operations import record
from matchplatform.choosing import messages, queries, rules
from matchplatform.choosing.models import Call, CallItem, CallQuestion
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.needs.rules import is_open
from matchplatform.organizations.queries import organization_of
from matchplatform.pairings.followers import followers
from matchplatform.pairings.queries import live_on


@dataclass(frozen=True)
class Terms:
    """What a call declares."""

    closing_at: dt.datetime
    questions_until: dt.datetime
    may_choose: int
    requirements: Sequence[str]
    criteria: Sequence[tuple[str, int]]
    note: str = ""


def hold(call: Call) -> None:
    """Hold the need, then the call, and read both anew: the second of two writers sees what the first did."""
    db.session.execute(sa.select(Need.id).where(Need.id == call.need_id).with_for_update(key_share=True))
    db.session.execute(sa.select(Call.id).where(Call.id == call.id).with_for_update())
    db.session.refresh(call)
    db.session.refresh(call.need)


def refuse_old_page(call: Call, version: int | None) -> None:
    """Somebody else was faster."""
    if version is not None and version != call.version:
        raise Conflict("同事刚刚办理了这次征集。", f"现在是“{call.state.label}”，请看最新内容再办。")



def log(actor: Any, call: Call, act: str, label: str, reason: str = "", **detail: Any) -> None:
    """One audit row on the need whose call it is."""
    record(actor, act, label, "need", object_id=call.need.code, object_label=call.need.title,
           county_code=call.county_code, reason=reason, detail=detail)


def _check(terms: Terms, need: Need) -> None:
    demand(rules.times_verdict(terms.closing_at, terms.questions_until, need.closing_at, clock.now()))
    demand(rules.items_verdict(terms.requirements, terms.criteria))
    if not 1 <= terms.may_choose <= rules.MOST_CHOSEN:
        raise Refusal(f"最多选几家要在 1—{rules.MOST_CHOSEN} 之间。", "通常选 1 家。")


def _items(terms: Terms) -> list[CallItem]:
    rows: list[tuple[str, str, int | None]] = [("requirement", text, None) for text in terms.requirements]
    rows += [("criterion", text, weight) for text, weight in terms.criteria]
    return [CallItem(position=n, kind=kind, text=text, weight=weight) for n, (kind, text, weight) in enumerate(rows, 1)]


def _said(terms: Terms) -> dict[str, Any]:
    return {"closing_at": terms.closing_at.isoformat(), "questions_until": terms.questions_until.isoformat(),
            "may_choose": terms.may_choose, "requirements": list(terms.requirements),
            "criteria": [list(one) for one in terms.criteria]}


def declare(actor: Any, need: Need, terms: Terms) -> Call:
    """Make the call of a published need. Raises Refusal with what is wrong, Conflict where it has one already."""
    if actor.role != "county_officer" or actor.county_code != need.county_code:
        raise Refusal("这条需求不是本县的。", "征集由需求所在的县发起。")
    db.session.execute(sa.select(Need.id).where(Need.id == need.id).with_for_update(key_share=True))
    db.session.refresh(need)
    demand(is_open(need, clock.now()))
    if queries.call_of(need.id) is not None:
        raise Conflict("这条需求已经有一次征集。", "一条需求只征集一次，请看已有的那一次。")
    waiting = [one.code for one in live_on(need.id) if one.status == "proposed" and one.origin == "bid"]
    if waiting:
        raise Refusal(f"已经有组织直接接单，还没有答复：{'、'.join(waiting[:3])}。", "请先同意或谢绝，再征集。")
    _check(terms, need)
    call = Call(need_id=need.id, county_code=need.county_code, status="open", closing_at=terms.closing_at,
                questions_until=terms.questions_until, may_choose=terms.may_choose, note=terms.note,
                created_by=actor.id, items=_items(terms))
    try:
        with db.session.begin_nested():
            db.session.add(call)
            db.session.flush()
    except IntegrityError:
        raise Conflict("同事刚刚为这条需求发起了征集。", "请看已有的那一次。") from None
    db.session.refresh(call)
    log(actor, call, "declare_call", "发起征集", **_said(terms))
    messages.declared(actor, call)
    return call


def change(actor: Any, call: Call, terms: Terms, version: int | None = None) -> None:
    """Change what was declared, as long as nobody has sent a reply."""
    hold(call)
    refuse_old_page(call, version)
    if "county" not in rules.call_parties(actor, call):
        raise Refusal("这次征集不是本县的。")
    demand(rules.change_verdict(call, queries.sent_count(call), clock.now()))
    _check(terms, call.need)
    for reply in queries.drafts_of(call):  # what drafts said of items that are no more goes with them
        reply.items = []
    db.session.flush()
    call.items = []
    db.session.flush()
    call.items = _items(terms)
    call.closing_at, call.questions_until = terms.closing_at, terms.questions_until
    call.may_choose, call.note = terms.may_choose, terms.note
    db.session.flush()
    log(actor, call, "change_call", "修改征集", **_said(terms))


def ask(actor: Any, call: Call, body: str) -> CallQuestion:
    """An organization's question; everybody will read it, nobody who asked."""
    if not may_write(actor, actor.organization_id) or actor.organization_id is None:
        raise Refusal("提问由社会组织提出。", "请用社会组织的账号登录。")
    hold(call)
    demand(rules.question_verdict(call, clock.now()))
    if len(body) < 5:
        raise Refusal("问题太短，县里看不明白。", "请写一句完整的话。")
    if any(name in body for name in (actor.name, organization_of(actor).name)):
        raise Refusal("问题里写了您或您组织的名称，公开后别人会知道是谁问的。", "请去掉名称再提。")
    question = CallQuestion(call_id=call.id, organization_id=actor.organization_id, asked_by=actor.id, body=body[:500])
    db.session.add(question)
    db.session.flush()
    record(actor, "ask_call", "提问", "pairing", object_id=f"ZJ{question.id}", object_label=call.need.title,
           reason=question.body, detail={"need": call.need.code, "offering": ""})
    messages.asked(actor, call, question.body)
    return question


def answer(actor: Any, call: Call, question: CallQuestion, text: str) -> None:
    """The county's answer, once; everybody reads it."""
    hold(call)
    db.session.refresh(question)
    if "county" not in rules.call_parties(actor, call):
        raise Refusal("这次征集不是本县的。")
    if question.answered_by is not None:
        raise Conflict("同事刚刚已经答复了这个问题。", "请看已有的答复。")
    if rules.is_closed(call, clock.now()):
        raise Refusal("征集已经截止，不再公开答复。", "请直接进入评审。")
    if not text:
        raise Refusal("答复还没有填。", "写清楚再发，所有人都能看到。")
    question.answer, question.answered_by, question.answered_at = text[:1000], actor.id, clock.now()
    db.session.flush()
    log(actor, call, "answer_call", "答复提问", reason=question.answer)
    messages.answered(actor, call, question.asked_by, question.answer)


def act(actor: Any, call: Call, verb: str, reason: str = "", version: int | None = None) -> Transition:
    """Open the replies after the closing moment, or end the call with a reason."""
    hold(call)
    refuse_old_page(call, version)
    if verb not in ("open", "end"):
        raise Refusal("没有这个操作。", "请从页面上的按钮办理。")
    reason = reason.strip()
    demand(rules.CALL_LIFECYCLE.verdict(verb, call.status, rules.call_parties(actor, call), reason))
    row = rules.CALL_LIFECYCLE.find(verb, call.status)
    if verb == "open":
        demand(rules.open_verdict(call, clock.now()))
        call.opened_by, call.opened_at, call.status = actor.id, clock.now(), row.target
        db.session.flush()
        log(actor, call, "open_replies", "开启应征书", replies=queries.sent_count(call))
        messages.opened(actor, call, queries.held_replies(call))
    else:
        _end(actor, call, reason)
    return row


def _end(actor: Any, call: Call, reason: str) -> None:
    """Nobody is chosen: each who replied is told why."""
    replies = queries.held_replies(call)
    with db.session.no_autoflush:
        call.status_reason, call.decided_by, call.decided_at = reason, actor.id, clock.now()
        call.status = "ended"
        for one in replies:
            one.status_reason = reason
            one.status = "not_chosen"
    db.session.flush()
    log(actor, call, "end_call", "结束征集", reason=reason, replies=len(replies))
    for one in replies:
        messages.not_chosen(actor, one, queries.next_needs(one))


def refuse_short_way(actor: Any, need: Need) -> None:
    """While a call runs, nobody takes its need the short way."""
    call = queries.running_call(need.id)
    if call is not None:
        raise Refusal(f"这条需求正在公开征集（{call.state.label}），不能直接接单。",
                      "请到需求页的“征集”里填写应征书。" if call.state.value == "open" else "请等县里选定。")


def end_with_need(actor: Any, need: Need, reason: str) -> None:
    """The county took the need back or did not achieve it: its call ends with it."""
    call = queries.running_call(need.id)
    if call is not None:
        hold(call)
        _end(actor, call, reason)


followers.before_bid = refuse_short_way
followers.need_ended = end_with_need
