"""An order answered with other terms: part of it, other amounts, other dates; the county accepts or declines."""

from typing import Any

from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.queries import user_by_id
from matchplatform.accounts.rules import may_write
from matchplatform.audit.operations import record
from matchplatform.choosing import rules
from matchplatform.choosing.counter_models import Counter, CounterLine
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.needs.rules import take_verdict
from matchplatform.notices.operations import tell
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.hold_operations import hold
from matchplatform.pairings.messages import county_side, organization_side, title
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.rules import RESERVED_DAYS, due_after

AMOUNTS = ("funds_fen", "in_kind_fen", "starts_on", "ends_on")




def _parties(actor: Any, pairing: Pairing) -> set[str]:
    in_county = actor.role == "county_officer" and actor.county_code == pairing.county_code
    own = {"organization"} if may_write(actor, pairing.organization_id) else set()
    return own | ({"county"} if in_county else set())


def _log(actor: Any, pairing: Pairing, act: str, label: str, reason: str, counter: Counter) -> None:
    record(actor, act, label, "pairing", object_id=pairing.code, object_label=title(pairing),
           county_code=pairing.county_code, organization_id=pairing.organization_id, reason=reason,
           detail={"need": pairing.need.code, "offering": pairing.offering.code, "funds_fen": counter.funds_fen,
                   "in_kind_fen": counter.in_kind_fen,
                   "lines": {str(one.need_line_id): one.quantity for one in counter.lines}})


def propose(actor: Any, pairing: Pairing, values: dict[str, Any], version: int | None = None) -> Counter:
    """Propose other terms back. `values`: message, lines, funds_fen, in_kind_fen, starts_on, ends_on.

    The kept place of the order is kept for the county's answer as long again. Raises Conflict where one is open.
    """
    hold(pairing)
    if "organization" not in _parties(actor, pairing):
        raise Refusal("这次点单不是给您的组织的。")
    if version is not None and version != pairing.version:
        raise Conflict("这件结对刚刚有变动。", "请看最新内容再提。")
    demand(rules.counter_verdict(pairing))
    asked = {line: n for line, n in (values.get("lines") or {}).items() if n > 0}
    known = {one.id: one for one in pairing.need.lines}
    if known and not asked:
        raise Refusal("还没有写能办哪几项。", "一项都办不了，请直接谢绝。")
    for line, quantity in asked.items():
        if line not in known:
            raise Refusal("有一项不在这条需求里。", "请刷新页面再填。")
        demand(take_verdict(known[line], quantity))
    counter = Counter(pairing_id=pairing.id, status="open", message=values.get("message") or "",
                      proposed_by=actor.id, proposed_at=clock.now(),
                      lines=[CounterLine(need_line_id=line, quantity=n) for line, n in asked.items()],
                      **{name: values.get(name) or (0 if name.endswith("_fen") else None) for name in AMOUNTS})
    try:
        with db.session.begin_nested():
            db.session.add(counter)
            db.session.flush()
    except IntegrityError:
        raise Conflict("本组织已经提过别的条件，县里还没有答复。", "请等县里答复，或先收回那一份。") from None
    if pairing.reserved_until is not None:
        pairing.reserved_until = due_after(clock.now(), RESERVED_DAYS)
    db.session.flush()
    db.session.refresh(counter)
    _log(actor, pairing, "propose_counter", "提出别的条件", counter.message, counter)
    tell(actor, county_side(pairing), "to_do", f"对方提了别的条件，请答复：{title(pairing)}", counter.message,
         "pairing", pairing.code)
    return counter


def act(actor: Any, counter: Counter, verb: str, reason: str = "", version: int | None = None) -> Transition:
    """accept, decline (with a reason), withdraw. Accepting makes both sides agree on the new terms, or nothing."""
    with db.session.begin_nested():
        return _act(actor, counter, verb, reason.strip(), version)


def _act(actor: Any, counter: Counter, verb: str, reason: str, version: int | None) -> Transition:
    pairing = counter.pairing
    hold(pairing)
    db.session.refresh(counter)
    mine = _parties(actor, pairing)
    if (version is not None and version != counter.version) or (
            counter.status != "open" and rules.COUNTER_LIFECYCLE.find(verb, "open")):
        raise Conflict("这份条件刚刚有人答复了。", f"现在是“{counter.state.label}”，请看最新内容。")
    demand(rules.COUNTER_LIFECYCLE.verdict(verb, counter.status, mine, reason))
    row = rules.COUNTER_LIFECYCLE.find(verb, counter.status)
    if verb != "withdraw":
        demand(rules.counter_verdict(pairing))
        counter.answered_by, counter.answered_at = actor.id, clock.now()
    with db.session.no_autoflush:
        counter.reason = reason
        counter.status = row.target
    db.session.flush()
    _log(actor, pairing, f"{verb}_counter", f"别的条件：{row.label}", reason, counter)
    if verb == "accept":
        _agree(pairing, counter)
    elif verb == "decline":
        tell(actor, organization_side(pairing), "refused", f"县里没有同意您提的条件：{title(pairing)}",
             f"理由：{reason}。仍然可以按原来的点单同意或谢绝。", "pairing", pairing.code)
    return row


def _agree(pairing: Pairing, counter: Counter) -> None:
    """The order takes the new quantities and amounts; who proposed them gave his consent with them."""
    wanted = {one.need_line_id: one.quantity for one in counter.lines}
    for one in list(pairing.lines):
        if one.need_line_id in wanted:
            one.quantity = wanted.pop(one.need_line_id)
        else:
            pairing.lines.remove(one)
    for line, quantity in wanted.items():
        pairing.lines.append(pairings.PairingLine(need_line_id=line, quantity=quantity))
    pairing.offered_funds_fen, pairing.offered_in_kind_fen = counter.funds_fen, counter.in_kind_fen
    db.session.flush()
    pairings.act(user_by_id(counter.proposed_by), pairing, "accept")


