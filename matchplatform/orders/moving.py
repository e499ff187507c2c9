"""How an order is moved: held, looked at, moved along the table, written down. What each verb does besides stands with
those who do it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.catalog.queries import place
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.orders import queries, rules
from matchplatform.orders.models import Order, OrderEvent

_LOOK = "请看最新内容再办。"
PLATFORM = "平台"



def title_of(order: Order) -> str:
    """养老服务，孝感市孝昌县小悟乡万冲村: how an order is named in lists and in the audit; nothing personal."""
    return f"{order.category.name}，{place(order.township_code)}{order.village}"


def hold(order: Order) -> None:
    """Hold the row and read it anew; SQLite has one writer at a time anyway and ignores FOR UPDATE."""
    try:
        db.session.execute(sa.select(Order.id).where(Order.id == order.id).with_for_update(key_share=True))
    except OperationalError as error:
        raise Conflict("别人刚刚改动了这张单。", _LOOK) from error
    db.session.refresh(order)


def begin(actor: Any, order: Order, verb: str, reason: str, version: int | None) -> Transition:
    """Hold the order and say which row of the table the verb is now; what lapsed goes back into the queue first.

    Raises Refusal with the rule that forbids it, Conflict when somebody else was faster.
    """
    hold(order)
    seen = order.version
    wake(order)
    mine = rules.parties(actor, order)
    could = any(row.verb == verb and row.parties & (mine | {"holder"} if "desk" in mine else mine)
                for row in rules.LIFECYCLE.table)
    passed = could and rules.LIFECYCLE.find(verb, order.status) is None
    if (version is not None and version != seen) or (passed and queries.latest_event(order) is not None):
        raise Conflict(faster(actor, order), f"现在是“{order.state.label}”，{_LOOK}")
    demand(rules.together_verdict(order, verb))
    if verb in ("accept", "return", "put_back") and "desk" in mine and "holder" not in mine \
            and rules.LIFECYCLE.find(verb, order.status):
        raise Refusal("这张单在别的同事手上。", "请等他办完或放回队列；过了期限会自动退回队列。")
    demand(rules.LIFECYCLE.verdict(verb, order.status, mine, reason))
    row = rules.LIFECYCLE.find(verb, order.status)
    if row is None:
        raise RuntimeError(f"{verb} from {order.status} passed the verdict without a row")
    return row


def faster(actor: Any, order: Order) -> str:
    """陈思 14:05 已经办了“受理”。 Oneself is 您; the villager hears of the office only."""
    event = queries.latest_event(order)
    if event is None:
        return "这张单刚刚被改动了。"
    at = clock.local(event.at)
    said = f"{at:%H:%M}" if at.date() == clock.today() else f"{at.month}月{at.day}日 {at:%H:%M}"
    own = event.actor_id is not None and event.actor_id == actor.id
    who = "您" if own or (actor.role == "resident" and event.who == rules.RESIDENT.name) else \
        "经办人" if actor.role == "resident" else event.who
    return f"{who} {said} 已经办了“{event.label}”。"


def make(actor: Any, order: Order, row: Transition, reason: str = "",
         besides: Callable[[Order], None] | None = None) -> None:
    """The move itself with its event and audit row; `besides` is what else changes with it."""
    try:
        with db.session.no_autoflush:  # a half-made move must not meet the CHECK constraints
            if row.source == "reviewing":
                order.held_by = order.held_until = None
            if row.target == "submitted":
                order.need_id = order.delivered_at = None
            if besides is not None:
                besides(order)
            order.status_reason, order.updated_at = reason, clock.now()
            order.status = row.target
        db.session.flush()
    except (StaleDataError, IntegrityError):
        raise Conflict("别人刚刚改动了这张单。", _LOOK)
    note(actor, order, row.verb, row.label, row.source, reason)


def note(actor: Any, order: Order, verb: str, label: str, source: str, reason: str = "",
         detail: dict[str, Any] | None = None) -> None:
    """One event and one audit row; neither ever holds a name or a telephone of the villager. His words stand in the
    event only: the audit's rows can never be erased."""
    by = None if actor is None or actor.id is None else actor.id
    db.session.add(OrderEvent(order_id=order.id, at=clock.now(), actor_id=by,
                              who=PLATFORM if actor is None else actor.name, verb=verb, label=label, source=source,
                              target=order.status, reason=reason))
    record(actor, verb, label, "order", object_id=order.code, object_label=title_of(order),
           county_code=order.county_code, reason="" if verb == "dispute" else reason,
           detail={"from": source, "to": order.status, **(detail or {})})
    db.session.flush()


def wake(order: Order) -> None:
    """An order whose officer let the time pass goes back into the queue, with what is joined to it."""
    if rules.is_lapsed(order, clock.now()):
        row = rules.LIFECYCLE.find("lapse", order.status)
        if row is not None:
            make(None, order, row, f"{rules.HELD_DAYS} 个工作日没有办完。")
            carry(None, order, row, order.status_reason)


def carry(actor: Any, order: Order, row: Transition, reason: str = "",
          besides: Callable[[Order], None] | None = None) -> list[Order]:
    """Move along what is joined to an order; answers those that moved."""
    moved = []
    for one in queries.joined_to(order) if row.verb in rules.TOGETHER else ():
        theirs = rules.LIFECYCLE.find(row.verb, one.status)
        if theirs is not None and theirs.target == row.target:
            hold(one)
            make(actor, one, theirs, reason, besides)
            moved.append(one)
    return moved
