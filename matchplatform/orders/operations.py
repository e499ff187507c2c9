"""What villagers do: order, take back, say whether it was done, rate; an officer does it in their name when they told
him so. And what is counted against floods."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.audit.operations import hold_chain
from matchplatform.catalog.queries import category, region
from matchplatform.catalog.village_queries import village_now
from matchplatform.core import clock, origin
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition, Verdict
from matchplatform.database import fingerprint
from matchplatform.extensions import db
from matchplatform.orders import messages, queries, rules, wording
from matchplatform.orders.models import Order, OrderTry
from matchplatform.orders.moving import begin, make, note
from matchplatform.orders.receipts import new_receipt
from matchplatform.pairings.operations import due_after


@dataclass(frozen=True)
class Place:
    """Where somebody lives: a village that is there today, or a name in words under a township."""

    township_code: str
    village: str
    village_id: int | None = None
    former: str = ""


@dataclass(frozen=True)
class Wanted:
    """What the form said, cleaned; `form` is what makes two clicks one order ("" where there is none)."""

    place: Place
    category_code: str
    body: str
    phone: str
    name: str = ""
    form: str = ""
    channel: str = "web"


@dataclass(frozen=True)
class Placed:
    """The order; `again`: it was there already, nothing new was written."""

    order: Order
    again: bool


def place_now(township_code: str, village_id: int | None, written: str) -> Place:
    """Where an order goes today: what was merged away lands in its successor with a trace. Raises Refusal."""
    found = village_now(village_id)
    if found.is_gone:
        raise Refusal(f"“{found.former.name}”已经撤销了。", "请重新选村；名单里没有，就在下面写村名。")
    if found.village is not None:
        return Place(found.village.township_code, found.village.name, found.village.id,
                     found.former.name if found.former else "")
    one = region(township_code)
    if one is None or one.level != "township":
        raise Refusal("还没有选乡镇。", "请先选县，再选乡镇。")
    if not written.strip():
        raise Refusal("还没有选村。", "请从名单里选；名单里没有，就在下面写村名。")
    return Place(township_code, written.strip())


def place_order(actor: Any, wanted: Wanted) -> Placed:
    """A new order, of a villager (`rules.RESIDENT`) or entered by an officer who read it back.

    The same form, or the same words from the same telephone and village within a day, answer the order that is there.
    Raises Refusal with what is wrong, or where too many came.
    """
    hold_chain()  # until the commit: of ten clicks at once the second sees what the first wrote, and counts are exact
    moment, where = clock.now(), wanted.place
    again = queries.order_of_form(_form_hash(wanted.form)) if wanted.form else None
    again = again or queries.same_order(wanted.phone, where.township_code, where.village, wanted.body,
                                        moment - rules.SAME_WITHIN)
    if again is not None:
        return Placed(again, True)
    demand(_understood(wanted))
    by_office = actor.role != "resident"
    if by_office:
        demand(rules.can_enter(actor))
        demand(_in_reach(actor, where.township_code))
    else:
        _refuse_floods(wanted)
    order = _write(actor, wanted, by_office)
    note(actor, order, "place", "代填点单" if by_office else "点单", "", detail={
        "channel": wanted.channel, "consent": rules.CONSENT_VERSION, "former_village": where.former})
    messages.placed(actor, order)
    db.session.flush()
    return Placed(order, False)


def _write(actor: Any, wanted: Wanted, by_office: bool) -> Order:
    moment, where, receipt = clock.now(), wanted.place, new_receipt()
    county = region(where.township_code).parent_code
    order = Order(
        code=queries.next_code(county, clock.local(moment).year), receipt=receipt,
        receipt_hash=queries.receipt_hash(receipt), form_hash=_form_hash(wanted.form) if wanted.form else None,
        county_code=county, township_code=where.township_code, village_id=where.village_id, village=where.village,
        former_village=where.former, category_code=wanted.category_code, body=wanted.body, name=wanted.name,
        phone=wanted.phone, phone_print=fingerprint(f"phone:{wanted.phone}"),
        consent_version=rules.CONSENT_VERSION, channel=wanted.channel,
        entered_by=actor.id if by_office else None, read_back_at=moment if by_office else None,
        status="submitted", submitted_at=moment, due_at=due_after(moment, rules.PROMISED_DAYS), created_at=moment,
        updated_at=moment)
    try:
        with db.session.begin_nested():
            db.session.add(order)
            db.session.flush()
    except IntegrityError:
        raise Conflict("同时交单的人太多，这次没有收下。", "您填的都还在，请再按一次。")
    return order


def _form_hash(form: str) -> str:
    return fingerprint(f"form:{form}")


def _understood(wanted: Wanted) -> Verdict:
    fault = wording.body_fault(wanted.body) or wording.name_fault(wanted.name)
    if not fault and category(wanted.category_code) is None:
        fault = "还没有选哪方面的事。请点一个图。"
    if not fault and (wanted.channel == "web") == (wanted.channel in rules.HEARD):
        fault = "没有这种来法。"
    return Verdict.no(fault) if fault else Verdict.yes()


def _in_reach(actor: Any, township_code: str) -> Verdict:
    one = region(township_code)
    if actor.role == "township_officer" and actor.township_code != township_code:
        return Verdict.no("只能代填本乡镇的点单。")
    if actor.role == "county_officer" and one.parent_code != actor.county_code:
        return Verdict.no("只能代填本县的点单。")
    return Verdict.yes()


# ---- floods

def _refuse_floods(wanted: Wanted) -> None:
    """Count this order; raises Refusal where the limit was reached before, with the telephone as the other way."""
    moment, address = clock.now(), origin.address.get()
    hour, day = moment - rules.FOLLOW_HOUR, moment - rules.SAME_WITHIN
    township = wanted.place.township_code
    way = other_way(township)
    if queries.tries("address", address, hour) >= rules.ADDRESS_HOUR or \
            queries.tries("address", address, day) >= rules.ADDRESS_DAY:
        raise Refusal("从您这个网络交上来的单太多了，这次没有收。", f"请过一个小时再交；{way}")
    if queries.tries("phone", wanted.phone, day) >= rules.PHONE_DAY:
        raise Refusal(f"这个电话今天已经交了 {rules.PHONE_DAY} 张单。", f"明天还可以再交；{way}")
    if queries.tries("township", township, hour) >= rules.TOWNSHIP_HOUR:
        raise Refusal("您这个乡镇这一小时交上来的单太多了，这次没有收。", f"请过一个小时再交；{way}")
    for kind, key in (("address", address), ("phone", wanted.phone), ("township", township)):
        count_try(kind, key)


def other_way(township_code: str | None, county_code: str | None = None) -> str:
    """The sentence with the office's telephone; says so where there is none yet."""
    office = queries.office_near(township_code, county_code)
    if office is None:
        return "急事请直接到村委会或乡镇政府说。"
    return f"急事请打 {office.phone}{f'（{office.hours}）' if office.hours else ''}。"


def count_try(kind: str, key: str) -> None:
    """One more of its kind; only a keyed hash is kept, and that for two days."""
    db.session.add(OrderTry(kind=kind, key=fingerprint(f"{kind}:{key}"), at=clock.now()))
    db.session.flush()


def wrong_sums(address: str) -> int:
    """How often within an hour the sum was answered wrongly from an address."""
    return queries.tries("answer", address, clock.now() - rules.FOLLOW_HOUR)


def forget_tries() -> int:
    """Drop what is too old to count; answers how many."""
    return db.session.execute(sa.delete(OrderTry).where(OrderTry.at < clock.now() - rules.TRIES_KEPT)).rowcount


def look_up(receipt: str, last_four: str) -> Order | None:
    """The villager's order, or None; wrong ones are counted by address and by number, and a right one is not shown
    either while there were too many. Raises Refusal then."""
    address, moment = origin.address.get(), clock.now()
    if queries.tries("follow", address, moment - rules.FOLLOW_MINUTES) >= rules.FOLLOW_ADDRESS or \
            queries.tries("number", receipt, moment - rules.FOLLOW_HOUR) >= rules.FOLLOW_NUMBER:
        raise Refusal("查错的次数太多，先停一停。", "请过一个小时再查；急事请打乡镇的电话。")
    found = queries.order_by_receipt(receipt, last_four)
    if found is None:
        count_try("follow", address)
        count_try("number", receipt)
    return found


# ---- the villager's word

def speak(actor: Any, order: Order, verb: str, *, reason: str = "", stars: int | None = None, words: str = "",
          read_back: bool = False, version: int | None = None) -> Transition:
    """confirm, dispute, rate or withdraw: by the villager himself, or by an officer to whom he said it and who read it
    back. Raises Refusal, Conflict."""
    if verb not in rules.SPOKEN:
        raise Refusal("没有这个操作。")
    reason = reason.strip()
    row = begin(actor, order, verb, reason, version)
    if actor.role != "resident" and not read_back:
        raise Refusal("还没有勾选“已向本人复述并得到同意”。", "请在电话里念一遍给本人听，同意了再勾。")
    if len(reason) > wording.MOST or len(words) > wording.MOST:
        raise Refusal(f"最多写 {wording.MOST} 字。", "请删短一些再交。")
    if verb == "rate":
        demand(rules.stars_verdict(stars))
    moment, by = clock.now(), actor.id

    def besides(one: Order) -> None:
        if verb == "confirm":
            one.confirmed_at, one.confirmed_by, one.ended_at = moment, by, moment
        elif verb == "dispute":
            one.disputed_at, one.due_at, one.joined_to_id = moment, due_after(moment, rules.PROMISED_DAYS), None
        elif verb == "rate":
            one.stars, one.rating_words = stars, words.strip()
        else:
            erase(one)
            one.due_at, one.ended_at, one.joined_to_id = None, moment, None

    if verb in ("withdraw", "dispute"):
        let_go(order)
    make(actor, order, row, reason, besides)
    messages.spoken(actor, order, row, reason)
    db.session.flush()
    return row


def erase(order: Order) -> None:
    """What is personal goes: name, telephone, words. The trace stays: village, matter, days, how it ended."""
    for event in [one for one in order.events if one.verb == "dispute"]:  # read before anything half-erased is flushed
        event.reason = ""
    order.name, order.phone, order.phone_print, order.body, order.rating_words = "", None, None, "", ""
    order.erased_at = clock.now()


def let_go(order: Order) -> None:
    """What was joined to an order that leaves goes on with the first of them in front."""
    others = queries.joined_to(order)
    for one in others:
        one.joined_to_id = None if one is others[0] else others[0].id
        if one is others[0]:
            one.due_at = one.due_at or order.due_at
    db.session.flush()
