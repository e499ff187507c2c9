"""What township and county do with an order: take it in hand, make a need of it or put it to one, put two together,
return it."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.catalog.queries import place, region
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.phone import parse_phone
from matchplatform.core.rules import Transition, Verdict
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.needs.operations import create_need
from matchplatform.needs.operations import hold as hold_need
from matchplatform.orders import messages, queries, rules, wording
from matchplatform.orders.models import Order, OrderOffice
from matchplatform.orders.moving import begin, carry, hold, make, note, title_of, wake
from matchplatform.orders.settlement_operations import settle
from matchplatform.pairings.operations import due_after

_LOOK = "请看最新内容再办。"


def take(actor: Any, order: Order, version: int | None = None) -> Transition:
    """Take it in hand for HELD_DAYS working days; of two who take it at once one has it. Raises Refusal, Conflict."""
    row = begin(actor, order, "take", "", version)
    until = due_after(clock.now(), rules.HELD_DAYS)

    def besides(one: Order) -> None:
        one.held_by, one.held_until, one.handled_by = actor.id, until, actor.id

    make(actor, order, row, "", besides)
    carry(actor, order, row, "", besides)
    return row


def put_back(actor: Any, order: Order, version: int | None = None) -> Transition:
    """Give it back to the queue. Raises Refusal, Conflict."""
    row = begin(actor, order, "put_back", "", version)
    make(actor, order, row)
    carry(actor, order, row)
    return row


def send_back(actor: Any, order: Order, reason: str, version: int | None = None) -> Transition:
    """Return it with a reason that its villager reads. Raises Refusal, Conflict."""
    reason = reason.strip()
    row = begin(actor, order, "return", reason, version)
    _end(actor, order, row, reason)
    return row


def _end(actor: Any, order: Order, row: Transition, reason: str) -> None:
    moment = clock.now()

    def besides(one: Order) -> None:
        one.due_at, one.ended_at = None, moment

    make(actor, order, row, reason, besides)
    carry(actor, order, row, reason, besides)


def reopen(actor: Any, order: Order, reason: str, version: int | None = None) -> Transition:
    """Put a returned one back into the queue, with a new promise. Raises Refusal, Conflict."""
    reason = reason.strip()
    row = begin(actor, order, "reopen", reason, version)
    if order.erased_at is not None:
        raise Refusal("电话已经按期限删掉了，不能再办。", "请本人重新点单。")
    due = due_after(clock.now(), rules.PROMISED_DAYS)

    def besides(one: Order) -> None:
        one.due_at, one.ended_at = due, None

    make(actor, order, row, reason, besides)
    carry(actor, order, row, reason, besides)
    return row


def accept_as_need(actor: Any, order: Order, title: str, version: int | None = None) -> Need:
    """A draft of a need in the villager's words without numbers, which the officer completes; the order waits for it.

    Raises Refusal, Conflict.
    """
    row = begin(actor, order, "accept", "", version)
    title = title.strip() or wording.title_of(order.body)
    if len(title) > wording.TITLE + 20:
        raise Refusal("需求名称最多 60 字。", "请删短一些。")
    need = create_need(actor, {
        "title": title, "category_code": order.category_code, "township_code": order.township_code,
        "village": order.village, "body": wording.without_numbers(order.body)})
    _accept(actor, order, row, need)
    return need


def accept_into_need(actor: Any, order: Order, need: Need, version: int | None = None) -> Transition:
    """Put it to a need of the county that is not over. Raises Refusal, Conflict."""
    hold_need(need)  # before the order, as pairings do: neither misses what the other has just written
    row = begin(actor, order, "accept", "", version)
    demand(need_verdict(order, need))
    _accept(actor, order, row, need)
    return row


def need_verdict(order: Order, need: Need) -> Verdict:
    """May an order be put to this need?"""
    if need.county_code != order.county_code:
        return Verdict.no("这条需求不是本县的。", "请选本县的需求，或者另写一条。")
    if need.status not in ("draft", "submitted", "returned", "published", "matched"):
        return Verdict.no(f"这条需求现在是“{need.state.label}”，不能再并进去。", "请另选一条，或者另写一条。")
    return Verdict.yes()


def _accept(actor: Any, order: Order, row: Transition, need: Need) -> None:
    def besides(one: Order) -> None:
        one.need_id, one.due_at, one.handled_by = need.id, None, actor.id

    reason = f"对应需求 {need.code}。"
    make(actor, order, row, reason, besides)
    carry(actor, order, row, reason, besides)
    settle(actor, need)


def join(actor: Any, order: Order, other: Order, version: int | None = None) -> None:
    """Put an order together with another that says the same. Both numbers go on working, both villagers speak for
    themselves; the office handles one. Raises Refusal, Conflict."""
    if other.need is not None:
        hold_need(queries.root_of(other.need))
    hold(other)
    wake(other)
    if other.joined_to_id is not None:
        raise Refusal("那张单已经合到别的单里。", "请合到它所在的那一张。")
    begin(actor, order, "put_back", "", version)  # who has it in hand decides
    demand(rules.join_verdict(order, other))
    for one in (order, *queries.joined_to(order)):
        one.joined_to_id = other.id
        db.session.flush()
        _bring(actor, one, other)
        note(actor, one, "join", "合到另一张单", one.status, f"和 {other.code} 说的是一件事，一起办。",
             {"joined_to": other.code})
    note(actor, other, "joined", "合进一张单", other.status, f"{order.code} 说的是一件事，合进来一起办。",
         {"joined": order.code})
    messages.moved(actor, order, rules.LIFECYCLE.table[0], "")


def _bring(actor: Any, one: Order, other: Order) -> None:
    """Bring what was joined to where the other stands."""
    if other.status == "submitted" and one.status == "reviewing":
        make(actor, one, _row("put_back", one))
    elif other.status == "reviewing" and one.status in rules.WAITING:
        if one.status == "submitted":
            make(actor, one, _row("take", one), "", lambda it: _lend(it, other))
        else:
            _lend(one, other)
            db.session.flush()
    elif other.need_id is not None and one.status == "reviewing":
        def besides(it: Order) -> None:
            it.need_id, it.due_at = other.need_id, None

        make(actor, one, _row("accept", one), "", besides)
        if other.need is not None:
            settle(actor, queries.root_of(other.need))


def _lend(one: Order, other: Order) -> None:
    one.held_by, one.held_until, one.handled_by = other.held_by, other.held_until, other.handled_by


def _row(verb: str, order: Order) -> Transition:
    row = rules.LIFECYCLE.find(verb, order.status)
    if row is None:
        raise RuntimeError(f"{verb} from {order.status} has no row")
    return row


def split(actor: Any, order: Order, version: int | None = None) -> None:
    """Take apart what was put together by mistake; it goes on by itself from where it stands. Raises Refusal."""
    hold(order)
    if version is not None and version != order.version:
        raise Conflict("这张单刚刚被改动了。", _LOOK)
    if order.joined_to_id is None:
        raise Refusal("这张单没有和别的合在一起。")
    if not rules.parties(actor, order) & {"desk"} or order.status not in rules.WAITING:
        raise Refusal("现在不能拆开。", "受理以后跟着同一条需求走，不用拆开。")
    former = queries.by_id(order.joined_to_id)
    order.joined_to_id, order.updated_at = None, clock.now()
    order.due_at = order.due_at or former.due_at
    note(actor, order, "split", "拆开单办", order.status, f"和 {former.code} 不是一件事。")


def show_phone(actor: Any, order: Order, purpose: str) -> str:
    """The whole number: an act on record with its purpose. Raises Refusal."""
    if len(purpose.strip()) < 4:
        raise Refusal("查看完整号码要写明用途。", "请至少写 4 个字，例如“打电话核实”。")
    if order.phone is None:
        raise Refusal("电话已经删掉了。", "本人撤回，或者办完满一年，就看不到了。")
    record(actor, "unmask", "查看完整号码", "contact", object_id=order.code, object_label=title_of(order),
           county_code=order.county_code, reason=purpose.strip()[:200])
    return order.phone


def set_office(actor: Any, values: dict[str, str], version: int | None = None) -> OrderOffice:
    """The telephone that villagers of the actor's township or county call. Raises Refusal, Conflict."""
    demand(rules.can_enter(actor))
    code = actor.township_code or actor.county_code
    try:
        phone = parse_phone(values["phone"])
    except ValueError as fault:
        raise Refusal(str(fault))
    office = queries.office_of(code)
    if office is None:
        office = OrderOffice(region_code=code, phone=phone, updated_by=actor.id)
        db.session.add(office)
    elif version != office.version:
        raise Conflict("别人刚刚改过这个电话。", _LOOK)
    office.phone, office.hours = phone, values.get("hours", "").strip()[:40]
    office.updated_by, office.updated_at = actor.id, clock.now()
    try:
        db.session.flush()
    except (IntegrityError, StaleDataError):
        raise Conflict("别人刚刚改过这个电话。", _LOOK)
    record(actor, "order_office", "登记点单电话", "order", object_id=code, object_label=place(code),
           county_code=region(code).parent_code if actor.township_code else code,
           detail={"phone": phone, "hours": office.hours})
    return office
