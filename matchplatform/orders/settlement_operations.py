"""What becomes of a need moves the orders behind it. Needs and pairings lie in tiers below and may not ask us; they
find us where they look for what hangs on them."""

from typing import Any

from matchplatform.core import clock
from matchplatform.core.rules import Transition
from matchplatform.needs.followers import followers as need_followers
from matchplatform.needs.models import Need
from matchplatform.orders import messages, queries, rules
from matchplatform.orders.models import Order
from matchplatform.orders.moving import hold, make
from matchplatform.pairings.followers import followers as pairing_followers
from matchplatform.pairings.operations import due_after


def settle(actor: Any, need: Need) -> None:
    """Bring the orders behind a need to where its pairings stand; what its villager has confirmed stays."""
    orders = queries.orders_of(need, rules.FOLLOWING)
    if not orders:
        return
    target = rules.target_of(queries.pairing_states(need))
    for order in orders:
        hold(order)
        if order.status in rules.FOLLOWING and order.status != target:
            _follow(actor, order, target)


def _follow(actor: Any, order: Order, target: str) -> None:
    verb = rules.verb_between(order.status, target)
    row = rules.LIFECYCLE.find(verb, order.status)
    if row is None:
        raise RuntimeError(f"{verb} from {order.status} has no row")

    def besides(one: Order) -> None:
        one.delivered_at = clock.now() if target == "delivered" else None
        one.reminded_at = None

    make(actor, order, row, "", besides)
    messages.moved(actor, order, row, "")


def requeue(actor: Any, need: Need, reason: str) -> None:
    """A need was withdrawn or not achieved: its orders wait again for somebody who tells their villagers."""
    due = due_after(clock.now(), rules.PROMISED_DAYS)

    def besides(one: Order) -> None:
        one.due_at = due

    for order in queries.orders_of(need, rules.FOLLOWING):
        hold(order)
        row: Transition | None = rules.LIFECYCLE.find("requeue", order.status)
        if row is not None:
            why = f"需求 {need.code} 不办了：{reason}"
            make(actor, order, row, why, besides)
            messages.moved(actor, order, row, why)


pairing_followers.moved = settle
need_followers.ended = requeue
