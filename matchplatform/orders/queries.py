"""Reading orders: the villager's own by its number, what is counted against floods, and the offices' telephones."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.catalog.queries import region
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound
from matchplatform.database import fingerprint, last_number
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.orders import rules
from matchplatform.orders.models import Order, OrderEvent, OrderOffice, OrderTry
from matchplatform.pairings.models import Pairing

_DEPTH = 10  # needs merged into one that was merged into another


def receipt_hash(receipt: str) -> str:
    """By what an order is found; 63 bits drawn by lot need no key."""
    return hashlib.sha256(f"receipt:{receipt}".encode()).hexdigest()


def order_by_receipt(receipt: str, last_four: str) -> Order | None:
    """The order with this number whose telephone ends in these digits, or None; which of the two was wrong, nobody
    learns."""
    found = db.session.scalar(sa.select(Order).where(Order.receipt_hash == receipt_hash(receipt)))
    digits = "".join(one for one in (found.phone or "") if one.isdigit()) if found else ""
    return found if found is not None and len(last_four) == 4 and digits[-4:] == last_four else None


def order_by_id(order_id: int | None) -> Order | None:
    """For a browser that proved it may see this one."""
    return db.session.get(Order, order_id) if order_id else None


def same_order(phone: str, township_code: str, village: str, body: str, since: dt.datetime) -> Order | None:
    """The order with the same words from the same telephone and village since a moment."""
    rows = db.session.scalars(sa.select(Order).where(
        Order.phone_print == fingerprint(f"phone:{phone}"), Order.township_code == township_code,
        Order.village == village, Order.submitted_at >= since).order_by(Order.id))
    return next((one for one in rows if one.body == body), None)


def order_of_form(form_hash: str) -> Order | None:
    """What came on this form already."""
    return db.session.scalar(sa.select(Order).where(Order.form_hash == form_hash))


def tries(kind: str, key: str, since: dt.datetime) -> int:
    """How often since a moment; `key` is what was hashed: an address, a number."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(OrderTry).where(
        OrderTry.kind == kind, OrderTry.key == fingerprint(f"{kind}:{key}"), OrderTry.at >= since)) or 0


def next_code(county_code: str, year: int) -> str:
    """The county's next number of the year: DD420921-2026-0012."""
    prefix = f"DD{county_code}-{year}-"
    return f"{prefix}{last_number(Order.code, prefix) + 1:04d}"


# ---- the offices

def office_of(region_code: str) -> OrderOffice | None:
    """The telephone that a township or county has entered for itself."""
    return db.session.get(OrderOffice, region_code)


def office_near(township_code: str | None, county_code: str | None = None) -> OrderOffice | None:
    """Whom a villager calls: the township, else its county; None where neither has entered a number."""
    one = region(township_code)
    codes = [code for code in (township_code, one.parent_code if one is not None else county_code) if code]
    found = {row.region_code: row for row in db.session.scalars(
        sa.select(OrderOffice).where(OrderOffice.region_code.in_(codes)))} if codes else {}
    return next((found[code] for code in codes if code in found), None)


# ---- what hangs on what

def joined_to(order: Order) -> list[Order]:
    """The orders that were put together with this one."""
    return list(db.session.scalars(sa.select(Order).where(Order.joined_to_id == order.id).order_by(Order.id)))


def latest_event(order: Order) -> OrderEvent | None:
    """The newest move of an order."""
    return db.session.scalar(sa.select(OrderEvent).where(OrderEvent.order_id == order.id)
                             .order_by(OrderEvent.id.desc()).limit(1))


def _family(need: Need) -> list[int]:
    """The need and all that were merged into it: their orders are now for this one."""
    ids, codes = [need.id], [need.code]
    for _ in range(_DEPTH):
        rows = db.session.execute(sa.select(Need.id, Need.code).where(Need.merged_into_code.in_(codes))).all()
        codes = [row.code for row in rows if row.id not in ids]
        ids += [row.id for row in rows if row.id not in ids]
        if not codes:
            break
    return ids


def orders_of(need: Need, states: Sequence[str] = rules.ON_NEED) -> list[Order]:
    """The orders that stand behind a need, also behind those that were merged into it."""
    return list(db.session.scalars(sa.select(Order).where(
        Order.need_id.in_(_family(need)), Order.status.in_(states)).order_by(Order.id)))


def askers_of(need: Need) -> int:
    """How many villagers asked for what a need wants: each telephone once, erased ones each for itself."""
    prints = db.session.scalars(sa.select(Order.phone_print).where(
        Order.need_id.in_(_family(need)), Order.status.in_(rules.ON_NEED))).all()
    return len({one for one in prints if one}) + sum(one is None for one in prints)


def root_of(need: Need) -> Need:
    """The need that stands for this one today: what it was merged into, or itself."""
    for _ in range(_DEPTH):
        if need.merged_into_code is None:
            break
        need = db.session.scalars(sa.select(Need).where(Need.code == need.merged_into_code)).one()
    return need


def pairing_states(need: Need) -> list[str]:
    """The states of all pairings on a need."""
    return list(db.session.scalars(sa.select(Pairing.status).where(Pairing.need_id == need.id)))


# ---- what is due

def lapsed_ids(moment: dt.datetime) -> list[int]:
    """Orders whose officer let the time pass."""
    return list(db.session.scalars(sa.select(Order.id).where(
        Order.status == "reviewing", Order.held_until < moment, Order.joined_to_id.is_(None)).order_by(Order.id)))


def unconfirmed_ids(since: dt.datetime) -> list[int]:
    """Orders that were delivered before a moment and of which nobody was reminded since."""
    return list(db.session.scalars(sa.select(Order.id).where(
        Order.status == "delivered", Order.delivered_at <= since,
        sa.or_(Order.reminded_at.is_(None), Order.reminded_at <= since)).order_by(Order.id)))


def overdue_ids(moment: dt.datetime, since: dt.datetime) -> list[int]:
    """Orders whose promised day has passed and of which nobody was reminded since a moment."""
    return list(db.session.scalars(sa.select(Order.id).where(
        Order.status.in_(rules.WAITING), Order.due_at < moment, Order.joined_to_id.is_(None),
        sa.or_(Order.reminded_at.is_(None), Order.reminded_at <= since)).order_by(Order.id)))


def erasable_ids(before: dt.datetime) -> list[int]:
    """Orders that ended so long ago that what is personal goes."""
    return list(db.session.scalars(sa.select(Order.id).where(
        Order.ended_at < before, Order.erased_at.is_(None)).order_by(Order.id)))


def by_id(order_id: int) -> Order:
    """Raises NotFound."""
    found = db.session.get(Order, order_id)
    if found is None:
        raise NotFound
    return found


def standing_of(actor: Any, order: Order) -> list[Any]:
    """The verbs that the actor has on an order now."""
    return rules.open_verbs(actor, order) if not rules.is_lapsed(order, now()) else [
        row for row in rules.LIFECYCLE.open_to(rules.parties(actor, order), "submitted")
        if order.joined_to_id is None or row.verb in rules.SPOKEN]
