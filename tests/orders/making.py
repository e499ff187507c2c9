"""Villages and orders for tests, and what a villager does in a browser without script."""

import datetime as dt
import itertools
import re
from contextlib import contextmanager

from matchplatform.catalog.models import Village
from matchplatform.catalog.queries import townships
from matchplatform.core import clock
from matchplatform.extensions import db
from matchplatform.orders import desk_operations, guard, operations, rules
from matchplatform.orders.models import Order
from tests import factories

_phones = itertools.count(13_871_230_000)
BODY = "我们湾里七个老人，都八十上下，中午做不动饭，想有个地方吃口热的。"


def township():
    """The township of `township_officer`."""
    return townships(factories.COUNTY)[0].code


def make_village(name="万冲村", code=None):
    village = Village(township_code=code or township(), name=name)
    db.session.add(village)
    db.session.flush()
    return village


def make_order(*, actor=rules.RESIDENT, body=BODY, phone=None, village="万冲村", category="elderly_care",
               name="李大爷", code=None, channel="web", form=""):
    """Placed through the operation; a fresh telephone each."""
    placed = operations.place_order(actor, operations.Wanted(
        operations.Place(code or township(), village), category, body, phone or str(next(_phones)), name, form,
        channel))
    assert not placed.again
    return placed.order


def in_hand(order, officer):
    desk_operations.take(officer, order)
    return order


def accepted(order, officer, need=None):
    in_hand(order, officer)
    if need is None:
        desk_operations.accept_as_need(officer, order, "")
    else:
        desk_operations.accept_into_need(officer, order, need)
    return order


def delivered(order, officer):
    """Its need was done by an organization."""
    need = factories.make_need()
    factories.make_pairing(need=need, status="completed")
    return accepted(order, officer, need)


def at(status, people, **values):
    """An order in a state, handled by the county's first officer."""
    order = make_order(**values)
    officer, states = people.county_officer, rules.STEPS
    if status == "withdrawn":
        operations.speak(rules.RESIDENT, order, "withdraw")
    elif status == "returned":
        desk_operations.send_back(officer, in_hand(order, officer), "电话打不通三次。")
    elif status == "reviewing":
        in_hand(order, officer)
    elif status in ("accepted", "serving"):
        need = factories.make_need()
        if status == "serving":
            factories.make_pairing(need=need, status="active")
        accepted(order, officer, need)
    elif states.index(status) >= states.index("delivered"):
        delivered(order, officer)
        if status in ("confirmed", "rated"):
            operations.speak(rules.RESIDENT, order, "confirm")
        if status == "rated":
            operations.speak(rules.RESIDENT, order, "rate", stars=5)
    assert order.status == status
    db.session.commit()
    return order


def reload(order):
    db.session.rollback()
    return db.session.get(Order, order.id, populate_existing=True)


# ---- in a browser without script

@contextmanager
def minutes_later(minutes=1):
    with clock.frozen(clock.now() + dt.timedelta(minutes=minutes)):
        yield


def opened(browser, path="/order"):
    """The hidden signature and the answer to the sum of a fresh form."""
    page = browser.get(path).get_data(as_text=True)
    return signature_of(browser, page)


def signature_of(browser, page):
    text = re.search(r'name="form" value="([^"]+)"', page)[1]
    form = guard.read_form("test-secret", text)
    return text, str(form.answer)


def filled(browser, **changes):
    """What a villager sends who filled everything in."""
    signature, answer = opened(browser)
    return {"form": signature, "answer": answer, "county_code": factories.COUNTY, "township_code": township(),
            "village_id": "", "village": "万冲村", "category_code": "elderly_care", "body": BODY,
            "phone": str(next(_phones)), "name": "李大爷", "consent": "y", "website": "", **changes}


def send(browser, values, path="/order"):
    """A minute after the form was opened."""
    with minutes_later():
        return browser.post(path, data=values)


def receipt_on(page):
    """The number that the page shows."""
    return re.search(r"data-receipt>([\d ]+)<", page.get_data(as_text=True))[1].replace(" ", "")
