"""Amendments: one side proposes, the other confirms or declines; what is confirmed changes the pairing at once."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.agreements import amendment_queries, messages, queries, rules
from matchplatform.agreements.models import Amendment
from matchplatform.agreements.wording import packed
from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.pairings.amending_operations import AMENDABLE, amend
from matchplatform.pairings.hold_operations import hold
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import parties_of


def propose(actor: Any, pairing: Pairing, values: dict[str, Any]) -> Amendment:
    """Propose an amendment. `values`: reason, text, starts_on, ends_on, funds_fen, in_kind_fen, and lines (line of
    the need -> quantity); what is left out or the same as now changes nothing.

    Raises Refusal with the rule, Conflict when another one was proposed in the same moment.
    """
    hold(pairing)
    mine = parties_of(actor, pairing)
    demand(rules.amend_verdict(pairing.status, mine, queries.open_amendment(pairing) is not None))
    reason = (values.get("reason") or "").strip()
    if not reason:
        raise Refusal("还没有写为什么要改。", "请写一两句，对方会看到。")
    terms = {name: values[name] for name in AMENDABLE
             if values.get(name) is not None and values[name] != getattr(pairing, name)}
    lines = {line_id: quantity for line_id, quantity in (values.get("lines") or {}).items()
             if quantity != pairing.taken.get(line_id, 0)}
    text = (values.get("text") or "").strip()
    if not (terms or lines or text):
        raise Refusal("和现在的协议一样，没有要改的。", "请改期限、金额、数量里的一项，或者写清要补充什么。")
    _look(pairing, terms, lines)
    side = rules.side_of(mine)
    amendment = Amendment(pairing_id=pairing.id, side=side, status="proposed", reason=reason, text=text, **terms,
                          lines=packed(lines), proposed_by=actor.id, proposed_at=clock.now())
    try:
        with db.session.begin_nested():
            db.session.add(amendment)
            db.session.flush()
    except IntegrityError as error:
        raise Conflict("对方刚刚也提了一份补充协议。", "请先答复那一份。") from error
    what = amendment_queries.summary(amendment)
    _log(actor, pairing, "amendment_propose", "提出补充协议", amendment, reason)
    messages.amendment(actor, pairing, "propose", side, what, reason)
    db.session.flush()
    return amendment


def decide(actor: Any, pairing: Pairing, amendment: Amendment, verb: str, reason: str = "",
           version: int | None = None) -> Transition:
    """Confirm, decline or withdraw an amendment. Confirming gives it its number, notes what stood before and changes
    the pairing. Raises Refusal with the rule, Conflict when it was answered meanwhile."""
    hold(pairing)
    db.session.execute(sa.select(Amendment.id).where(Amendment.id == amendment.id).with_for_update(key_share=True))
    db.session.refresh(amendment)
    mine = parties_of(actor, pairing)
    if amendment.status != "proposed" or (version is not None and version != amendment.version):
        raise Conflict(f"这份补充协议已经办过了，现在是“{amendment.state.label}”。", "请看最新内容。")
    own = rules.amendment_parties(amendment, mine, pairing.status)
    if not own and rules.side_of(mine):
        raise Refusal(f"这件结对现在是“{pairing.state.label}”，不能答复补充协议。", "结对在办的时候才能答复。")
    reason = reason.strip()
    demand(rules.AMENDING.verdict(verb, "proposed", own, reason))
    row = rules.AMENDING.find(verb, "proposed")
    if row is None:
        raise RuntimeError(f"{verb} passed the verdict without a row")
    what = amendment_queries.summary(amendment)
    with db.session.no_autoflush:
        if verb == "confirm":
            amendment.number = queries.next_number(pairing)
            amendment.former = packed(amendment_queries.present_terms(pairing))
        amendment.status, amendment.answer = row.target, reason
        amendment.decided_by, amendment.decided_at = actor.id, clock.now()
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError) as error:
        raise Conflict("这份补充协议刚刚办过了。", "请看最新内容。") from error
    if verb == "confirm":
        terms = {name: getattr(amendment, name) for name in AMENDABLE if getattr(amendment, name) is not None}
        _look(pairing, terms, amendment.quantities)
        amend(actor, pairing, terms, amendment.quantities, f"补充协议第 {amendment.number} 号：{what}")
    _log(actor, pairing, f"amendment_{verb}", f"补充协议：{row.label}", amendment, reason)
    messages.amendment(actor, pairing, verb, amendment.side, what, reason)
    db.session.flush()
    return row


def _look(pairing: Pairing, terms: dict[str, Any], lines: dict[int, int]) -> None:
    """Is it possible at all, as things stand now?"""
    if "starts_on" in terms or "ends_on" in terms:
        demand(rules.term_verdict(terms.get("starts_on", pairing.starts_on), terms.get("ends_on", pairing.ends_on),
                                  clock.today()))
    if lines:
        demand(rules.quantities_verdict(
            {one.id: one for one in pairing.need.lines}, pairing.taken,
            {one.need_line_id: one.delivered or 0 for one in pairing.lines}, lines))


def _log(actor: Any, pairing: Pairing, verb: str, label: str, amendment: Amendment, reason: str) -> None:
    record(actor, verb, label, "pairing", object_id=pairing.code, object_label=pairing.title,
           county_code=pairing.county_code, organization_id=pairing.organization_id, reason=reason,
           detail={"amendment": amendment.id, "number": amendment.number, "lines": amendment.lines,
                   **{name: str(getattr(amendment, name)) for name in AMENDABLE
                      if getattr(amendment, name) is not None}})
