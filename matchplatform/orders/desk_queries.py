"""Reading orders at the desk: the list with its counts, one order, and what is like it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from matchplatform.accounts.queries import names
from matchplatform.catalog.models import Region
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.core.rules import Choice
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.matching.duplicates import Everyday, Likeness, Purpose, likeness_of_needs
from matchplatform.matching.earlier import Earlier, like_typed
from matchplatform.orders import receipts, rules, wording
from matchplatform.orders.models import Order
from matchplatform.orders.queries import receipt_hash

SORTS = {"due": "快到期的在前", "newest": "最新的在前", "moved": "最近有动静"}
SHOWN = (rules.STATES["submitted"], rules.DISPUTED, *(one for one in rules.STATES if one.value != "submitted"))
LATE = Choice("late", "超期", "no")
_LIKE = 200       # orders of the township that are looked through
_SINCE = dt.timedelta(days=180)
MOST_LIKE = 5


@dataclass(frozen=True)
class OrderFilter:
    """The desk's filters as they stand in the URL. `state` holds values of SHOWN; `mine`: in my hands; `late`: past
    the promised day."""

    q: str = ""
    state: tuple[str, ...] = ()
    category: str = ""
    township: str = ""
    mine: bool = False
    late: bool = False
    sort: str = "due"
    page: int = 1

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            object.__setattr__(self, "sort", "due")


def _scope(actor: Any) -> sa.ColumnElement[bool]:
    """Whose orders somebody reads: the county's, the township's, nobody else's."""
    match actor.role:
        case "county_officer":
            return Order.county_code == actor.county_code
        case "township_officer":
            return Order.township_code == actor.township_code
        case _:
            return sa.false()


def _shown(moment: dt.datetime) -> sa.ColumnElement[str]:
    """The SQL twin of `rules.shown_state`."""
    waits = sa.or_(Order.status == "submitted", sa.and_(Order.status == "reviewing", Order.held_until < moment))
    return sa.case((sa.and_(waits, Order.disputed_at.is_not(None)), rules.DISPUTED.value), (waits, "submitted"),
                   else_=Order.status)


def _late(moment: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Order.status.in_(rules.WAITING), Order.due_at < moment)


def _conditions(actor: Any, wanted: OrderFilter, moment: dt.datetime) -> list[sa.ColumnElement[bool]]:
    """What narrows the list, the states left aside. What was put together is listed once, but found by its number."""
    found: list[sa.ColumnElement[bool]] = [_scope(actor)]
    if wanted.category:
        found.append(Order.category_code == wanted.category)
    if wanted.township:
        found.append(Order.township_code == wanted.township)
    if wanted.mine:
        found += [Order.held_by == actor.id, Order.held_until >= moment]
    if wanted.late:
        found.append(_late(moment))
    if not wanted.q:
        return [*found, Order.joined_to_id.is_(None)]
    try:
        return [*found, Order.receipt_hash == receipt_hash(receipts.parse_receipt(wanted.q))]
    except ValueError:
        return [*found, sa.or_(*(column.contains(wanted.q, autoescape=True)
                                 for column in (Order.body, Order.village, Order.former_village)),
                               Order.code == wanted.q.upper())]


def state_counts(actor: Any, wanted: OrderFilter) -> dict[str, int]:
    """Shown state -> how many the list would show, the chosen states left aside."""
    moment = now()
    shown = _shown(moment).label("shown")
    return {row.shown: row.n for row in db.session.execute(
        sa.select(shown, sa.func.count().label("n")).where(*_conditions(actor, wanted, moment)).group_by(shown))}


def late_count(actor: Any) -> int:
    """How many are past the promised day."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Order).where(
        _scope(actor), Order.joined_to_id.is_(None), _late(now()))) or 0


def desk_orders(actor: Any, wanted: OrderFilter, size: int = 20) -> Page[Order]:
    """The list within the actor's reach."""
    moment = now()
    rows = sa.select(Order).where(*_conditions(actor, wanted, moment))
    if wanted.state:
        rows = rows.where(_shown(moment).in_(wanted.state))
    order = {"due": (Order.due_at.is_(None), Order.due_at, Order.id.desc()),
             "newest": (Order.submitted_at.desc(), Order.id.desc()),
             "moved": (Order.updated_at.desc(), Order.id.desc())}[wanted.sort]
    return page_of(rows, order, wanted.page, size)


def desk_order(actor: Any, code: str) -> Order:
    """One within reach. Raises NotFound."""
    found = db.session.scalar(sa.select(Order).where(Order.code == code, _scope(actor)))
    if found is None:
        raise NotFound
    return found


def waiting_count(actor: Any) -> int:
    """How many wait for the actor's office or are in his own hands: the menu's badge."""
    moment = now()
    mine = sa.or_(_shown(moment).in_(("submitted", rules.DISPUTED.value)),
                  sa.and_(Order.status == "reviewing", Order.held_by == actor.id))
    rows = sa.select(sa.func.count()).select_from(Order).where(_scope(actor), Order.joined_to_id.is_(None), mine)
    if actor.role == "township_officer":
        rows = rows.where(Order.disputed_at.is_(None))
    return db.session.scalar(rows) or 0


def joined_counts(orders: list[Order]) -> dict[int, int]:
    """Order -> how many were put to it."""
    rows = db.session.execute(sa.select(Order.joined_to_id, sa.func.count()).where(
        Order.joined_to_id.in_([one.id for one in orders])).group_by(Order.joined_to_id))
    return dict(rows.all())


def holder_names(orders: list[Order]) -> dict[int, str]:
    """Who has which in hand, by user number."""
    return names({one for order in orders for one in (order.held_by, order.handled_by, order.entered_by) if one})


@dataclass(frozen=True)
class Like:
    """Another order and how like it is."""

    order: Order
    likeness: Likeness


def similar_orders(actor: Any, order: Order) -> list[Like]:
    """Lately ordered in the same township and saying the same, the most like first; both must still have their
    words."""
    if not order.body:
        return []
    others = list(db.session.scalars(sa.select(Order).where(
        _scope(actor), Order.township_code == order.township_code, Order.id != order.id, Order.erased_at.is_(None),
        Order.joined_to_id.is_(None), Order.status.in_(rules.JOINABLE),
        Order.submitted_at >= now() - _SINCE).order_by(Order.id.desc()).limit(_LIKE)))
    texts = [Purpose("", one.body, one.county_code, one.township_code) for one in others]
    mine = Purpose("", order.body, order.county_code, order.township_code)
    found = [Like(one, likeness) for one, likeness in zip(others, likeness_of_needs(
        mine, texts, Everyday([("", one.body) for one in (mine, *texts)])), strict=True) if likeness.verdict]
    return sorted(found, key=lambda one: -one.likeness.score)[:MOST_LIKE]


def similar_needs(actor: Any, order: Order) -> list[Earlier]:
    """Needs of the county that say the same and can still take an order."""
    if not order.body:
        return []
    return [one for one in like_typed(actor, wording.title_of(order.body), order.body, order.township_code, "")
            if one.need.status in ("draft", "submitted", "returned", "published", "matched")]


@dataclass(frozen=True)
class Waited:
    """What my page says of orders: how many wait for somebody to take them, and the first day promised."""

    number: int
    due: dt.datetime | None


def queue_of(actor: Any) -> Waited:
    """The queue of the actor's office."""
    rows = sa.select(sa.func.count(Order.id), sa.func.min(Order.due_at)).where(
        _scope(actor), Order.joined_to_id.is_(None), _shown(now()).in_(("submitted", rules.DISPUTED.value)))
    if actor.role == "township_officer":
        rows = rows.where(Order.disputed_at.is_(None))
    number, due = db.session.execute(rows).one()
    return Waited(number, due)


def in_hand(actor: Any, most: int) -> list[Order]:
    """What the actor has taken and not finished, the most pressing first."""
    return list(db.session.scalars(sa.select(Order).where(
        Order.held_by == actor.id, Order.held_until >= now(), Order.joined_to_id.is_(None))
        .order_by(Order.due_at, Order.id).limit(most)))


def unconfirmed_of(actor: Any, most: int) -> list[Order]:
    """Delivered long ago, not yet confirmed, and not handled by the actor: he may call and ask."""
    return list(db.session.scalars(sa.select(Order).where(
        _scope(actor), Order.status == "delivered", Order.delivered_at < now() - dt.timedelta(
            days=rules.UNCONFIRMED_DAYS), sa.or_(Order.handled_by.is_(None), Order.handled_by != actor.id))
        .order_by(Order.delivered_at, Order.id).limit(most)))


def orders_of_need(actor: Any, need_id: int) -> list[Order]:
    """Those within the actor's reach that stand behind a need."""
    return list(db.session.scalars(sa.select(Order).where(_scope(actor), Order.need_id == need_id).order_by(Order.id)))


def township_choices(county_code: str) -> list[Region]:
    """Townships of which there are orders, for the county's filter."""
    one = aliased(Order)
    return list(db.session.scalars(sa.select(Region).where(Region.code.in_(
        sa.select(one.township_code).where(one.county_code == county_code).distinct())).order_by(Region.code)))
