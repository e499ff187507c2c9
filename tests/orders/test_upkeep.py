"""Every morning: what lapsed goes back, offices are reminded once a day, what is old is erased; nothing twice."""

import datetime as dt

import pytest

from matchplatform.core import clock
from matchplatform.extensions import db
from matchplatform.jobs.work import _daily
from matchplatform.notices.models import Notice
from matchplatform.orders import rules, upkeep
from tests.orders.making import at, reload


def morning(days):
    moment = clock.now() + dt.timedelta(days=days)
    with clock.frozen(moment):
        done = upkeep.tend(moment)
        db.session.commit()
    return done


def told(title):
    return [one.user_id for one in db.session.scalars(db.select(Notice).where(Notice.title.startswith(title)))]


def test_the_work_is_registered_for_every_day():
    assert "orders" in _daily


def test_what_lapsed_goes_back_and_the_township_hears_of_it(people):
    order = at("reviewing", people)
    assert morning(0) == 0
    assert morning(8) >= 1
    assert reload(order).status == "submitted"
    assert told("点单超时退回队列") == [people.township_officer.id]


def test_an_order_past_its_promise_is_reminded_of_once_a_day(people):
    at("submitted", people)
    assert morning(8) == 1
    assert morning(8) == 0
    assert told("点单超期") == [people.township_officer.id]
    morning(9)
    assert len(told("点单超期")) == 2


def test_what_nobody_confirmed_is_asked_about_and_never_confirmed(people):
    order = at("delivered", people)
    morning(rules.UNCONFIRMED_DAYS - 1)
    assert told("请问问办好了没有") == []
    for days in (8, 9, 20, 200):
        morning(days)
    assert reload(order).status == "delivered"
    assert people.township_officer.id in told("请问问办好了没有")


@pytest.mark.parametrize("status", ["confirmed", "rated", "returned"])
def test_a_year_after_the_end_what_is_personal_goes(people, status):
    order = at(status, people)
    morning(rules.KEPT_DAYS - 1)
    assert reload(order).phone is not None
    morning(rules.KEPT_DAYS + 1)
    gone = reload(order)
    assert (gone.status, gone.phone, gone.name, gone.body, gone.phone_print) == (status, None, "", "", None)


def test_what_is_under_way_is_never_erased(people):
    order = at("serving", people)
    morning(rules.KEPT_DAYS * 3)
    assert reload(order).phone is not None
