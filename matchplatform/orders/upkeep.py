"""What is done with orders every morning: what lapsed goes back, offices are reminded, what is old is erased."""

import datetime as dt
from collections.abc import Callable

from matchplatform.core import clock
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.jobs.work import daily, one_by_one
from matchplatform.orders import messages, operations, queries, rules
from matchplatform.orders.models import Order
from matchplatform.orders.moving import hold, note, wake


def lapse(order: Order) -> None:
    """Back into the queue, and the office hears of it."""
    row = rules.LIFECYCLE.find("lapse", "reviewing")
    if row is not None and rules.is_lapsed(order, clock.now()):
        wake(order)
        messages.moved(None, order, row, order.status_reason)


def remind_overdue(order: Order) -> None:
    """Nobody has called by the promised day: the office is reminded once a day until somebody has."""
    if order.status in rules.WAITING and rules.is_overdue(order.due_at, clock.now()):
        messages.remind(order, "点单超期", f"答应 {clock.local(order.due_at):%m-%d %H:%M} 前打电话，请今天就打。")
        order.reminded_at = clock.now()


def remind_unconfirmed(order: Order) -> None:
    """The villager has not said whether it was done: the office is asked to call. Nothing is confirmed by itself."""
    if order.status == "delivered":
        messages.remind(order, "请问问办好了没有",
                        f"组织说办完已经 {rules.UNCONFIRMED_DAYS} 天，本人还没有确认。请由没有经手的同事打电话问。")
        order.reminded_at = clock.now()


def erase_old(order: Order) -> None:
    """A year after its end what is personal goes."""
    if order.erased_at is None:
        operations.erase(order)
        note(None, order, "erase", "按期限删除个人信息", order.status)


def tend(moment: dt.datetime) -> int:
    """The whole morning's work; answers how many orders were touched. Raises Refusal when some failed: then it is begun
    again for those alone."""
    morning = clock.start_of_day(clock.local(moment).date())
    work: tuple[tuple[list[int], Callable[[Order], None]], ...] = (
        (queries.lapsed_ids(moment), lapse), (queries.overdue_ids(moment, morning), remind_overdue),
        (queries.unconfirmed_ids(moment - dt.timedelta(days=rules.UNCONFIRMED_DAYS)), remind_unconfirmed),
        (queries.erasable_ids(moment - dt.timedelta(days=rules.KEPT_DAYS)), erase_old))
    touched, failed = 0, 0
    for ids, act in work:
        done, wrong = one_by_one(ids, lambda number, act=act: _one(number, act), "morning of order %s failed")
        touched, failed = touched + len(done), failed + wrong
    operations.forget_tries()
    if failed:
        raise Refusal(f"群众点单的每日整理：办了 {touched} 张；有 {failed} 张没有办成，原因在运行日志里。")
    return touched


def _one(number: int, act: Callable[[Order], None]) -> int:
    order = queries.by_id(number)
    hold(order)
    act(order)
    db.session.flush()
    return 1


@daily("orders", "群众点单的每日整理")
def run(moment: dt.datetime) -> None:
    """Every morning."""
    tend(moment)
