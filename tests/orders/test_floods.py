"""From one address, with one telephone, from a thousand: each is told in a sentence with the other way."""

import pytest

from matchplatform.core import origin
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.orders import desk_operations, rules
from matchplatform.orders.models import Order
from tests.orders.making import BODY, filled, make_order, minutes_later, send
from tests.web.pages import words


@pytest.fixture
def from_address():
    token = origin.address.set("10.1.1.1")
    yield origin.address.set
    origin.address.reset(token)


def test_one_address_is_stopped_for_an_hour_and_told_whom_to_call(people, from_address):
    desk_operations.set_office(people.township_officer, {"phone": "0712-4712306", "hours": "工作日"})
    for n in range(rules.ADDRESS_HOUR):
        make_order(body=f"{BODY}{n}")
    with pytest.raises(Refusal, match="0712-4712306"):
        make_order(body="再来一张，老人想吃口热饭。")
    from_address("10.1.1.2")
    make_order(body="再来一张，老人想吃口热饭。")
    from_address("10.1.1.1")
    with minutes_later(61):
        make_order(body="过了一个小时，老人还是想吃口热饭。")


def test_one_address_has_a_limit_for_the_day(people, from_address):
    day = 0
    for n in range(rules.ADDRESS_DAY):
        if n % rules.ADDRESS_HOUR == 0:
            day += 1
        with minutes_later(61 * day):
            make_order(body=f"{BODY}{n}")
    with minutes_later(61 * (day + 1)), pytest.raises(Refusal, match="太多"):
        make_order(body="再来一张，老人想吃口热饭。")


def test_one_telephone_has_a_limit_for_the_day(people, from_address):
    for n in range(rules.PHONE_DAY):
        from_address(f"10.2.0.{n}")
        make_order(body=f"{BODY}{n}", phone="13871296021")
    with pytest.raises(Refusal, match="这个电话今天已经交了 5 张单"):
        make_order(body="再来一张，老人想吃口热饭。", phone="13871296021")
    make_order(body="别人的电话，老人想吃口热饭。", phone="13871296022")


def test_a_thousand_telephones_from_a_thousand_addresses_are_one_flood(people, from_address):
    for n in range(rules.TOWNSHIP_HOUR):
        from_address(f"10.3.{n // 250}.{n % 250}")
        make_order(body=f"{BODY}{n}")
    from_address("10.4.0.1")
    with pytest.raises(Refusal, match="这个乡镇"):
        make_order(body="再来一张，老人想吃口热饭。")
    order = make_order(body="打电话来说的，老人想吃口热饭。", actor=people.township_officer, channel="phone")
    assert order.status == "submitted"  # the office itself goes on


def test_sending_the_same_again_counts_nothing(people, from_address):
    from matchplatform.orders import operations
    from tests.orders.making import township

    for _ in range(50):
        operations.place_order(rules.RESIDENT, operations.Wanted(
            operations.Place(township(), "万冲村"), "elderly_care", BODY, "13871296021"))
    assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 1


def test_the_page_keeps_every_word_when_the_limit_is_reached(as_visitor, people):
    for n in range(rules.ADDRESS_HOUR):
        assert send(as_visitor, filled(as_visitor, body=f"{BODY}{n}")).status_code == 303
    values = filled(as_visitor, body="再来一张，老人想吃口热饭。")
    answer = send(as_visitor, values)
    assert answer.status_code == 422
    assert "从您这个网络交上来的单太多了" in words(answer)
    assert values["body"] in answer.get_data(as_text=True)


def test_guessing_the_sum_has_a_limit(as_visitor, people):
    for _ in range(rules.WRONG_SUMS_HOUR):
        assert "没有算对" in words(send(as_visitor, filled(as_visitor, answer="99")))
    assert "算错的次数太多" in words(send(as_visitor, filled(as_visitor)))


def test_the_form_asks_nothing_that_only_eyes_can_answer(as_visitor, people):
    page = as_visitor.get("/order").get_data(as_text=True)
    assert "等于几？" in page
    assert "<canvas" not in page
    assert "captcha" not in page.lower()
