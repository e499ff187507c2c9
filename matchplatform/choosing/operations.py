"""What an organization does with its reply: draft, send, mend, withdraw, resume."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.rules import may_write
from matchplatform.audit.operations import record
from matchplatform.choosing import messages, queries, rules
from matchplatform.choosing.call_operations import hold
from matchplatform.choosing.models import Call, Reply, ReplyItem, ReplyLine
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.needs.rules import is_open, take_verdict
from matchplatform.organizations.models import Organization
from matchplatform.pairings.checks import checks_of, failures
from matchplatform.pairings.confirmation_queries import version_shown

FIELDS = ("plan", "people", "starts_on", "ends_on", "funds_fen", "in_kind_fen", "person_days")
MENDABLE = ("plan", "people")  # a formal fault is mended without touching what was offered
_ATTEMPTS = 5



def _insist_writer(actor: Any) -> None:
    if actor.organization_id is None or not may_write(actor, actor.organization_id):
        raise Refusal("应征书由社会组织的负责人或经办人填写。", "您的账号只能看，请本组织的负责人来办。")


def _log(actor: Any, reply: Reply, act: str, label: str, reason: str = "") -> None:
    """Who did what; never what the reply says, and nothing by which the county would find it before closing."""
    record(actor, act, label, "pairing", object_id=reply.code, object_label=reply.call.need.title, reason=reason,
           detail={"need": reply.call.need.code, "offering": ""})


def _refuse_old_page(reply: Reply, version: int | None) -> None:
    if version is not None and version != reply.version:
        raise Conflict("本组织的同事刚刚改过这份应征书。", f"现在是“{reply.state.label}”，请看最新内容再办。")


def _fill(reply: Reply, values: dict[str, Any], names: Iterable[str]) -> None:
    """Take over what was typed."""
    for name in names:
        if name in values:
            fallback = 0 if name.endswith("_fen") or name == "person_days" else None
            value = values[name]
            setattr(reply, name, (value or "") if name in MENDABLE else fallback if value is None else value)
    known = {one.item_id: one for one in reply.items}
    wanted = {one.id for one in reply.call.items}
    for item_id, text in (values.get("evidence") or {}).items():
        if item_id not in wanted:
            continue
        if item_id in known:
            known[item_id].evidence = text or ""
        else:
            reply.items.append(ReplyItem(item_id=item_id, evidence=text or ""))


def _fill_lines(reply: Reply, asked: dict[int, int] | None) -> None:
    mine = {one.id for one in reply.call.need.lines}
    taken = {line: n for line, n in (asked or {}).items() if line in mine and n > 0}
    known = {one.need_line_id: one for one in reply.lines}
    for line, quantity in taken.items():
        if line in known:
            known[line].quantity = quantity
        else:
            reply.lines.append(ReplyLine(need_line_id=line, quantity=quantity))
    for line, row in known.items():
        if line not in taken:
            reply.lines.remove(row)


def _blank(actor: Any, call: Call) -> Reply:
    """A new draft; the number is drawn again where two drew the same."""
    for _ in range(_ATTEMPTS):
        reply = Reply(code=queries.next_code(clock.today().year), call_id=call.id,
                      organization_id=actor.organization_id, status="draft", created_by=actor.id)
        try:
            with db.session.begin_nested():
                db.session.add(reply)
                db.session.flush()
        except IntegrityError:
            if queries.own_reply(actor, call) is not None:
                raise Conflict("本组织的同事刚刚开始填这份应征书。", "请刷新页面，接着那一份填。") from None
            continue
        db.session.refresh(reply)
        return reply
    raise Conflict("同时保存的人太多，这次没有保存。", "请稍等几秒再试。")


def _write(actor: Any, call: Call, values: dict[str, Any], version: int | None) -> Reply:
    _insist_writer(actor)
    hold(call)
    demand(rules.send_verdict(call, clock.now()))
    reply = queries.own_reply(actor, call)
    if reply is None:
        reply = _blank(actor, call)
    else:
        db.session.refresh(reply)
        _refuse_old_page(reply, version)
    offering = values.get("offering")
    if offering is not None and offering.organization_id != reply.organization_id:
        raise Refusal("这项供给不是您的组织发布的。", "请从本组织的供给里选一项。")
    with db.session.no_autoflush:
        if offering is not None:
            reply.offering_id = offering.id
        _fill(reply, values, FIELDS)
        _fill_lines(reply, values.get("lines"))
    return reply


def save_draft(actor: Any, call: Call, values: dict[str, Any], version: int | None = None) -> Reply:
    """Keep what is written so far; nothing is checked but whose it is and that there is still time."""
    before = queries.own_reply(actor, call)
    if before is not None and before.status != "draft":
        raise Refusal(f"应征书现在是“{before.state.label}”，不能存为草稿。", "要改就改好再“送出应征书”，或先撤回。")
    reply = _write(actor, call, values, version)
    db.session.flush()
    db.session.refresh(reply)
    return reply


def gaps(reply: Reply) -> list[str]:
    """What is still missing or wrong, a sentence each; empty: it may be sent."""
    need, found = reply.call.need, []
    if reply.offering is None:
        found.append("还没有选用哪项供给。")
    if need.lines and not reply.lines:
        found.append("还没有写承担哪几项、多少。")
    for one in reply.lines:
        verdict = take_verdict(one.line, one.quantity)
        if not verdict:
            found.append(f"{verdict.reason}{verdict.remedy}")
    for name, text in (("打算怎么办", reply.plan), ("谁来办", reply.people)):
        if len(text) < 10:
            found.append(f"“{name}”还没有写清楚，至少 10 个字。")
    if reply.starts_on is None or reply.ends_on is None:
        found.append("还没有写从哪天到哪天。")
    elif reply.ends_on <= reply.starts_on:
        found.append("完成日期要晚于开始日期。")
    if not (reply.funds_fen or reply.in_kind_fen or reply.person_days):
        found.append("资金、物资折价、人力投入至少写一样。")
    said = {one.item_id: one.evidence for one in reply.items}
    found += [f"“{one.text}”还没有写依据。" for one in reply.call.items if len(said.get(one.id, "")) < 2]
    return found


def send(actor: Any, call: Call, values: dict[str, Any], version: int | None = None) -> Reply:
    """Send the reply, or send it anew before closing. The server's clock at this moment decides.

    Raises Refusal with everything that is missing, Conflict where a colleague was faster.
    """
    reply = _write(actor, call, values, version)
    demand(rules.LIFECYCLE.verdict("send", reply.status, rules.reply_parties(actor, reply, call)))
    demand(is_open(call.need, clock.now()))
    db.session.flush()
    db.session.refresh(reply)
    missing = gaps(reply)
    if missing:
        raise Refusal("".join(missing), "补好再送出；已经填的都还在。")
    failed = failures(checks_of(call.need, reply.offering))
    if failed:
        raise Refusal(failed[0].reason, failed[0].remedy)
    _refuse_too_many(reply)
    reply.sent_by, reply.sent_at, reply.need_version = actor.id, clock.now(), version_shown(call.need)
    reply.status = "sent"
    db.session.flush()
    _log(actor, reply, "send_reply", "送出应征书")
    messages.sent(actor, reply, queries.sent_count(call))
    return reply


def _refuse_too_many(reply: Reply) -> None:
    """Two of one organization at once queue up at its row."""
    db.session.execute(sa.select(Organization.id).where(Organization.id == reply.organization_id)
                       .with_for_update(key_share=True))
    most, waiting = queries.most_pending(), queries.pending_count(reply.organization_id, reply.id)
    if waiting >= most:
        raise Refusal(f"您的组织已有 {waiting} 份应征书在等结果，最多同时等 {most} 份。",
                      "请等其中一份有结果，或撤回一份，再送出。")


def act(actor: Any, reply: Reply, verb: str, values: dict[str, Any] | None = None,
        version: int | None = None) -> Transition:
    """withdraw, resume, mend. `values` (for mend): plan, people, evidence."""
    call = reply.call
    _insist_writer(actor)
    hold(call)
    db.session.refresh(reply)
    _refuse_old_page(reply, version)
    if verb not in ("withdraw", "resume", "mend"):
        raise Refusal("没有这个操作。", "请从页面上的按钮办理。")
    demand(rules.LIFECYCLE.verdict(verb, reply.status, rules.reply_parties(actor, reply, call)))
    row, moment = rules.LIFECYCLE.find(verb, reply.status), clock.now()
    sealed = rules.is_sealed(call, moment)
    if verb == "withdraw":
        demand(rules.withdraw_verdict(call, moment))
    elif verb == "resume":
        demand(rules.send_verdict(call, moment))
    else:
        demand(rules.mend_verdict(reply, moment))
        _fill(reply, values or {}, MENDABLE)
    with db.session.no_autoflush:
        if verb in ("withdraw", "mend"):
            reply.fault, reply.mend_until = "", None
        reply.status = row.target
    db.session.flush()
    _log(actor, reply, f"{verb}_reply", row.label)
    if verb == "withdraw":
        messages.withdrawn(actor, reply, sealed)
    elif verb == "mend":
        missing = gaps(reply)
        if missing:
            raise Refusal("".join(missing), "补好再送回。")
        messages.mended(actor, reply)
    return row
