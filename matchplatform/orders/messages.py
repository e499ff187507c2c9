"""Who in the offices is told what of an order. Names, telephones and words of the villager stay out of notices."""

from collections.abc import Iterable
from typing import Any

from matchplatform.accounts.queries import county_officers, township_officers
from matchplatform.core.clock import local
from matchplatform.core.rules import Transition
from matchplatform.notices.operations import tell
from matchplatform.orders.models import Order


def _where(order: Order) -> str:
    return f"{order.category.name}，{order.township.name}{order.village}"


def offices(order: Order) -> list[int]:
    """The township's officers; the county's where the township has none, and always for what was not done."""
    township = township_officers(order.township_code)
    return county_officers(order.county_code) if order.disputed_at is not None or not township else township


def _send(actor: Any, order: Order, who: Iterable[int], kind: str, head: str, body: str) -> None:
    tell(actor, who, kind, f"{head}：{_where(order)}", body, "order", order.code)


def placed(actor: Any, order: Order) -> None:
    """Somebody calls within the promised days."""
    _send(actor, order, offices(order), "to_do", "群众点单", f"请在 {local(order.due_at):%m-%d %H:%M} 前打电话核实。")


def spoken(actor: Any, order: Order, row: Transition, reason: str) -> None:
    """What the villager said of it."""
    handled = [order.handled_by] if order.handled_by else []
    match row.verb:
        case "dispute":
            _send(actor, order, {*county_officers(order.county_code), *handled}, "to_do", "群众说没有办好",
                  f"请重新核实，{local(order.due_at):%m-%d %H:%M} 前答复。")
        case "confirm":
            _send(actor, order, handled, "good", "群众确认办好了", "")
        case "rate":
            _send(actor, order, handled, "good" if (order.stars or 0) >= 3 else "told",
                  f"群众打了 {order.stars} 分", "")
        case _:
            _send(actor, order, handled, "told", "群众撤回了点单", "姓名、电话和写的话已经删掉。")


def moved(actor: Any, order: Order, row: Transition, reason: str) -> None:
    """What the desk, the pairing or the clock did with it."""
    match row.verb:
        case "lapse":
            _send(actor, order, offices(order), "to_do", "点单超时退回队列", f"{reason}请接着核实。")
        case "deliver":
            _send(actor, order, {*township_officers(order.township_code), *offices(order)}, "told", "组织说办完了",
                  "等本人确认。本人不方便上网的，请打电话问，由没有经手的同事登记。")
        case "requeue":
            _send(actor, order, offices(order), "to_do", "点单退回队列", reason)
        case "unserve":
            _send(actor, order, offices(order), "told", "点单重新等组织", "原来的结对停了，需求重新等人接。")
        case _:
            return


def remind(order: Order, head: str, body: str) -> None:
    """Something waits too long."""
    _send(None, order, offices(order), "to_do", head, body)
