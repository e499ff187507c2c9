"""Whose desk a decision lies on: handing over to a colleague, delegating while away."""

import datetime as dt
from typing import Any

from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.models import User
from matchplatform.accounts.queries import unit_name
from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.notices.operations import tell
from matchplatform.pairings import messages, rules
from matchplatform.pairings.delegation_models import Delegation
from matchplatform.pairings.delegation_queries import away, possible_deputies, standing
from matchplatform.pairings.hold_operations import hold
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.operations import log_move
from matchplatform.pairings.queries import parties_of


def hand_over(actor: Any, pairing: Pairing, colleague: User | None, note: str, version: int | None = None) -> None:
    """Lay the decision into a colleague's hands, or back to the office (None). It binds nobody: any approver may
    still decide, but it stands on the colleague's page and leaves the others'.

    Raises Refusal with the rule that forbids it, Conflict when the page was old.
    """
    hold(pairing)
    if version is not None and version != pairing.version:
        raise Conflict("别人刚刚办理了这件结对。", "请看最新内容再转交。")
    demand(rules.hand_over_verdict(pairing.status, parties_of(actor, pairing),
                                   parties_of(colleague, pairing) if colleague is not None else None))
    if pairing.handler_id == (colleague.id if colleague is not None else None):
        whose = "就在这位同志手上" if colleague is not None else "还没有分给谁"
        raise Refusal(f"这件结对{whose}。", "不用再转。")
    before, pairing.handler_id = pairing.handler_id, colleague.id if colleague is not None else None
    db.session.flush()
    said = f"转给{colleague.name}。{note}" if colleague is not None else f"退回本处。{note}"
    log_move(actor, pairing, "hand_over", "转交审批", pairing.status, said)
    messages.handed_over(actor, pairing, colleague, before, note)
    db.session.flush()


def delegate(actor: Any, deputy: User, starts_on: dt.date, ends_on: dt.date, reason: str) -> Delegation:
    """Let another officer decide in the actor's place from one day to another. It ends by itself.

    Raises Refusal on dates, a deputy who may not stand in or is away himself, or when one runs already; Conflict when
    two at once were begun.
    """
    demand(rules.lender_verdict(actor.role))
    demand(rules.delegation_verdict(starts_on, ends_on, clock.today()))
    if not reason.strip():
        raise Refusal("还没有写为什么委托。", "例如：出差、休假。")
    if deputy.id not in {one.id for one in possible_deputies(actor)}:
        raise Refusal("不能委托给这位同志。", "请选本处同事；市（州）民政局也可以委托省民政厅。")
    if away(deputy.id, starts_on, ends_on):
        raise Refusal(f"{deputy.name}这几天也委托出去了。", "请换一位，或者换个日期。")
    if any(one.lender_id == actor.id for one in standing(actor.id)):
        raise Refusal("您已经有一份没到期的委托。", "请先收回那一份。")
    for lent in standing_to(actor.id, starts_on, ends_on):
        raise Refusal(f"这几天别人委托了您（到 {lent.ends_on:%Y-%m-%d}）。", "请先请对方收回，再委托给别人。")
    _tidy(actor.id)
    made = Delegation(lender_id=actor.id, deputy_id=deputy.id, starts_on=starts_on, ends_on=ends_on,
                      reason=reason.strip())
    try:
        with db.session.begin_nested():
            db.session.add(made)
            db.session.flush()
    except IntegrityError:
        raise Conflict("您刚刚已经委托过了。", "请看最新的委托。")
    term = f"{starts_on:%Y-%m-%d} 至 {ends_on:%Y-%m-%d}"
    _log(actor, "delegate", "委托审批", made, deputy, f"{term}。{made.reason}")
    tell(actor, [deputy.id], "told", f"{unit_name(actor)}{actor.name}委托您代为审批",
         f"{term}。{made.reason}。到期自动结束。", "delegation", str(made.id))
    return made


def end_delegation(actor: Any, delegation: Delegation) -> None:
    """The lender takes it back before its last day, or the deputy gives it back."""
    db.session.refresh(delegation, with_for_update=True)
    if actor.id not in (delegation.lender_id, delegation.deputy_id):
        raise Refusal("这份委托和您无关。", "只有委托的人和受托的人能结束它。")
    if delegation.ended_at is not None:
        raise Conflict("这份委托已经结束。", "请看最新的委托。")
    delegation.ended_at = clock.now()
    db.session.flush()
    other = delegation.deputy_id if actor.id == delegation.lender_id else delegation.lender_id
    _log(actor, "end_delegation", "结束委托", delegation, db.session.get(User, other), "")
    tell(actor, [other], "told", f"{actor.name}结束了审批的委托", "从现在起各办各的。", "delegation",
         str(delegation.id))


def standing_to(user_id: int, starts_on: dt.date, ends_on: dt.date) -> list[Delegation]:
    """What others have lent this person on any of these days: it is not lent on."""
    return [one for one in standing(user_id) if one.deputy_id == user_id and one.starts_on <= ends_on
            and one.ends_on >= starts_on]


def _tidy(lender_id: int) -> None:
    """What ran out makes room for the next one."""
    for one in db.session.scalars(db.select(Delegation).where(
            Delegation.lender_id == lender_id, Delegation.ended_at.is_(None), Delegation.ends_on < clock.today())):
        one.ended_at = clock.end_of_day(one.ends_on)
    db.session.flush()


def _log(actor: Any, verb: str, label: str, delegation: Delegation, other: Any, reason: str) -> None:
    record(actor, verb, label, "delegation", object_id=str(delegation.id), object_label=other.name, reason=reason,
           detail={"lender": delegation.lender_id, "deputy": delegation.deputy_id,
                   "starts_on": str(delegation.starts_on), "ends_on": str(delegation.ends_on)})
