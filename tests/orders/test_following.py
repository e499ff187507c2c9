"""Who follows an order proves it by number and digits; a guesser learns nothing, and no faster for trying."""

import datetime as dt

import pytest

from matchplatform.core import clock
from matchplatform.extensions import db
from matchplatform.orders import operations, receipts, rules
from matchplatform.orders.models import Order, OrderTry
from tests.conftest import sign_in_directly
from tests.orders.making import at, filled, make_order, minutes_later, reload, send
from tests.web.pages import parsed, words


@pytest.fixture
def order(people):
    made = make_order(phone="13871296021")
    db.session.commit()
    return made


def ask(browser, number, digits):
    return browser.post("/order/follow", data={"number": number, "digits": digits})


def wrong_number(number):
    other = receipts.new_receipt()
    assert other != number
    return other


def test_number_and_digits_show_the_order_in_masked_data(as_visitor, order):
    answer = ask(as_visitor, receipts.grouped(order.receipt), "6021")
    assert answer.status_code == 303
    page = as_visitor.get(answer.headers["Location"])
    parsed(page)
    said = words(page)
    assert order.body in said
    assert "138****6021" in said
    assert order.phone not in page.get_data(as_text=True)
    assert "李大爷" not in said
    assert order.code not in page.get_data(as_text=True)


def test_a_wrong_number_and_wrong_digits_are_answered_alike(as_visitor, order):
    answers = [ask(as_visitor, order.receipt, "0000"), ask(as_visitor, wrong_number(order.receipt), "6021"),
               ask(as_visitor, order.receipt, ""), ask(as_visitor, order.receipt, "16021")]
    said = {words(one).replace(receipts.grouped(order.receipt), "") for one in answers}
    assert len(said) == 1
    assert all(one.status_code == 422 and "没有查到这张单" in words(one) for one in answers)
    assert "老人" not in "".join(said)
    assert as_visitor.get("/order/standing").status_code == 302


@pytest.mark.parametrize("path", ["/order/done", "/order/standing"])
def test_the_pages_of_an_order_show_nothing_to_who_has_proved_nothing(as_visitor, order, path):
    answer = as_visitor.get(path, follow_redirects=True)
    assert order.body not in answer.get_data(as_text=True)
    assert order.receipt not in answer.get_data(as_text=True).replace(" ", "")
    assert "查我的点单" in words(answer)


@pytest.mark.parametrize("verb", ["confirm", "dispute", "rate", "withdraw", "accept", "x"])
def test_nobody_speaks_for_a_villager_without_his_number(as_visitor, order, verb):
    assert as_visitor.post(f"/order/standing/{verb}", data={"stars": "5", "reason": "试"}).status_code == 404
    assert reload(order).status == "submitted"


def test_too_many_wrong_tries_from_one_address_stop_even_the_right_one(as_visitor, order):
    for _ in range(rules.FOLLOW_ADDRESS):
        assert "没有查到" in words(ask(as_visitor, receipts.new_receipt(), "6021"))
    answer = ask(as_visitor, order.receipt, "6021")
    assert answer.status_code == 422
    assert "先停一停" in words(answer)
    with minutes_later(16):
        assert ask(as_visitor, order.receipt, "6021").status_code == 303


def test_digits_of_a_known_number_cannot_be_tried_from_many_addresses(app, order):
    for n in range(rules.FOLLOW_NUMBER):
        browser = app.test_client()
        browser.environ_base["REMOTE_ADDR"] = f"10.0.0.{n}"
        assert "没有查到" in words(ask(browser, order.receipt, f"{n:04d}"))
    fresh = app.test_client()
    fresh.environ_base["REMOTE_ADDR"] = "10.0.1.1"
    assert "先停一停" in words(ask(fresh, order.receipt, "6021"))
    made_up = receipts.new_receipt()  # a number that nobody has stops after as many tries, in the same words
    for n in range(rules.FOLLOW_NUMBER + 1):
        browser = app.test_client()
        browser.environ_base["REMOTE_ADDR"] = f"10.0.2.{n}"
        answer = ask(browser, made_up, "6021")
    assert "先停一停" in words(answer)


def test_what_is_counted_names_neither_address_nor_number(as_visitor, order):
    ask(as_visitor, order.receipt, "0000")
    kept = list(db.session.scalars(db.select(OrderTry)))
    assert {one.kind for one in kept} == {"follow", "number", "address", "phone", "township"}
    assert all(len(one.key) == 64 for one in kept)
    with minutes_later(60 * 49):
        assert operations.forget_tries() == 5


@pytest.mark.parametrize(("typed", "sentence"), [
    ("123", "您填了 3 个"), ("", "单号还没有填"), ("abc", "单号只有数字"), ("1" * 20, "抄错了")])
def test_a_number_that_cannot_be_one_is_told_at_once(as_visitor, order, typed, sentence):
    answer = ask(as_visitor, typed, "6021")
    parsed(answer, 422)
    assert sentence in words(answer)


def test_a_browser_sees_an_order_for_half_an_hour(as_visitor, order, monkeypatch):
    import time

    ask(as_visitor, order.receipt, "6021")
    assert as_visitor.get("/order/standing").status_code == 200
    later = time.time() + rules.LOOKING.total_seconds() + 5
    monkeypatch.setattr("matchplatform.orders.views.time.time", lambda: later)
    assert as_visitor.get("/order/standing").status_code == 302
    assert as_visitor.post("/order/standing/withdraw").status_code == 404


def test_leaving_closes_the_order_on_a_shared_telephone(as_visitor, order):
    ask(as_visitor, order.receipt, "6021")
    as_visitor.post("/order/leave")
    assert as_visitor.get("/order/standing").status_code == 302


def test_withdrawing_erases_name_telephone_and_words(as_visitor, order):
    ask(as_visitor, order.receipt, "6021")
    receipt = order.receipt
    answer = as_visitor.post("/order/standing/withdraw", follow_redirects=True)
    assert "都删掉了" in words(answer)
    gone = reload(order)
    assert (gone.status, gone.name, gone.phone, gone.phone_print, gone.body) == ("withdrawn", "", None, None, "")
    assert gone.erased_at is not None
    assert gone.village == "万冲村"
    assert "没有查到" in words(ask(as_visitor, receipt, "6021"))
    raw = db.session.execute(db.text("SELECT name, phone, body, phone_print FROM orders")).one()
    assert tuple(raw) == ("", None, "", None)


@pytest.mark.parametrize("status", ["accepted", "serving", "delivered", "confirmed", "rated", "returned"])
def test_what_was_accepted_is_no_longer_withdrawn(as_visitor, people, status):
    order = at(status, people, phone="13871296021")
    ask(as_visitor, order.receipt, "6021")
    page = words(as_visitor.get("/order/standing"))
    assert "不办了，撤回" not in page
    as_visitor.post("/order/standing/withdraw")
    assert reload(order).status == status


def test_the_villager_confirms_and_rates_in_one_go(as_visitor, people):
    order = at("delivered", people, phone="13871296021")
    ask(as_visitor, order.receipt, "6021")
    assert "办好了没有" in words(as_visitor.get("/order/standing"))
    page = as_visitor.post("/order/standing/confirm", data={"stars": "4", "words": "饭菜热乎，<b>就是</b>远了点。"},
                           follow_redirects=True)
    parsed(page)
    done = reload(order)
    assert (done.status, done.stars, done.confirmed_by) == ("rated", 4, None)
    assert "您打了 4 分" in words(page)


@pytest.mark.parametrize("stars", ["0", "6", "", "x", "99999999999"])
def test_a_rating_is_one_to_five(as_visitor, people, stars):
    order = at("confirmed", people, phone="13871296021")
    ask(as_visitor, order.receipt, "6021")
    as_visitor.post("/order/standing/rate", data={"stars": stars})
    assert reload(order).status == "confirmed"


def test_not_done_goes_back_to_the_county_with_the_villager_s_words(as_visitor, people):
    order = at("delivered", people, phone="13871296021")
    ask(as_visitor, order.receipt, "6021")
    answer = as_visitor.post("/order/standing/dispute", data={"reason": ""}, follow_redirects=True)
    assert "要写明理由" in words(answer)
    as_visitor.post("/order/standing/dispute", data={"reason": "灶台装了，一次饭也没有开过。"})
    back = reload(order)
    assert (back.status, back.need_id, back.state.value) == ("submitted", None, "disputed")
    county, township = (sign_in_directly(as_visitor.application, getattr(people, name))
                        for name in ("county_officer", "township_officer"))
    page = county.get(f"/desk/orders/{back.code}")
    parsed(page)
    assert "灶台装了，一次饭也没有开过" in words(page)
    take = f"/desk/orders/{back.code}/take"
    assert take in page.get_data(as_text=True)
    assert take not in township.get(f"/desk/orders/{back.code}").get_data(as_text=True)
    assert "退回县里重新办" in words(as_visitor.get("/order/standing"))


@pytest.mark.parametrize("status", rules.STATES.values)
def test_every_state_has_its_page(as_visitor, people, status):
    order = at(status, people, phone="13871296021")
    if status == "withdrawn":
        return
    ask(as_visitor, order.receipt, "6021")
    page = as_visitor.get("/order/standing")
    parsed(page)
    assert rules.STATES[status].label in words(page)


def test_the_auditor_reads_what_villagers_did_without_an_account(as_auditor, people):
    at("rated", people)
    page = as_auditor.get("/desk/audit?kind=order")
    parsed(page)
    assert "群众本人" in words(page)


def test_the_number_is_kept_encrypted_and_found_by_its_hash(order):
    raw, hashed = db.session.execute(db.text("SELECT receipt, receipt_hash FROM orders")).one()
    assert order.receipt not in raw
    assert order.receipt not in hashed


def test_the_page_of_the_number_forgets_after_half_an_hour(as_visitor, people, monkeypatch):
    import time

    send(as_visitor, filled(as_visitor))
    assert as_visitor.get("/order/done").status_code == 200
    later = time.time() + rules.LOOKING.total_seconds() + 5
    monkeypatch.setattr("matchplatform.orders.views.time.time", lambda: later)
    assert as_visitor.get("/order/done").status_code == 302
    assert clock.now() - db.session.scalar(db.select(Order.submitted_at)) < dt.timedelta(hours=1)
