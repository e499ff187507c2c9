"""The villager's form: whatever is wrong is said in a sentence, nothing typed is lost, one thing is one order."""

import pytest

from matchplatform.catalog.village_operations import close_village
from matchplatform.core import clock
from matchplatform.extensions import db
from matchplatform.orders import queries, rules
from matchplatform.orders.models import Order
from matchplatform.orders.receipts import grouped
from tests import factories
from tests.orders.making import BODY, filled, make_order, make_village, minutes_later, receipt_on, send, township
from tests.web.pages import parsed, words

pytestmark = pytest.mark.usefixtures("people")


def orders():
    db.session.rollback()
    return list(db.session.scalars(db.select(Order).order_by(Order.id)))


def test_a_villager_orders_and_sees_the_number_once_more(as_visitor):
    answer = send(as_visitor, filled(as_visitor, phone="138 7129 6021"))
    assert answer.status_code == 303
    page = as_visitor.get(answer.headers["Location"])
    parsed(page)
    (order,) = orders()
    assert (order.phone, order.status, order.township_code) == ("13871296021", "submitted", township())
    assert receipt_on(page) == order.receipt
    assert grouped(order.receipt) in page.get_data(as_text=True)
    said = words(page)
    assert "13871296021" not in said
    assert "138****6021" in said
    assert "李大爷" not in said
    assert "李**" in said
    assert "三个工作日内" in said


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"body": "饭"}, "写得太短了"), ({"body": "😀" * 8}, "只有表情或符号"),
    ({"body": "老" * 5000}, "请删去 4500 字"),
    ({"body": "啊" * 40}, "同样的字重复"), ({"body": ""}, "还没有写想要什么"),
    ({"body": "我的身份证号是420921194703051234，请帮忙办"}, "像身份证号"),
    ({"phone": "4712306"}, "座机号前面要加区号"), ({"phone": "138712960211"}, "现在是 12 位"),
    ({"phone": "1387129602"}, "现在是 10 位"), ({"phone": ""}, "电话号码还没有填"),
    ({"consent": ""}, "还没有打勾"), ({"category_code": "x"}, "还没有选哪方面的事"),
    ({"county_code": "", "township_code": ""}, "还没有选县"),
    ({"township_code": ""}, "还没有选乡镇"), ({"village": ""}, "还没有选村"), ({"answer": "99"}, "没有算对"),
    ({"answer": ""}, "请填一个数"), ({"name": "13871296021"}, "称呼里不要写号码"),
    ({"website": "http"}, "那一格请空着"),
    ({"form": "x"}, "这一页开得太久了"), ({"village": "<b>"}, "村名写一行字")])
def test_what_is_wrong_is_said_and_what_was_typed_stays(as_visitor, changes, sentence):
    answer = send(as_visitor, filled(as_visitor, **changes))
    parsed(answer, 422)
    assert sentence in words(answer)
    kept = changes.get("body", BODY)
    assert kept in answer.get_data(as_text=True)
    assert orders() == []


def test_a_form_that_was_sent_at_once_is_told_to_look_again(as_visitor):
    values = filled(as_visitor)
    answer = as_visitor.post("/order", data=values)
    assert answer.status_code == 422
    assert "交得太快了" in words(answer)
    assert send(as_visitor, values).status_code == 303


def test_a_form_from_yesterday_comes_back_with_a_new_sum_and_every_word(as_visitor):
    values = filled(as_visitor)
    with minutes_later(60 * 24):
        answer = as_visitor.post("/order", data=values)
    parsed(answer, 422)
    assert BODY in answer.get_data(as_text=True)
    assert values["phone"] in answer.get_data(as_text=True)
    assert values["form"] not in answer.get_data(as_text=True)


@pytest.mark.parametrize("answer", ["digit", "full", "chinese"])
def test_the_sum_may_be_answered_as_people_write(as_visitor, answer):
    values = filled(as_visitor)
    n = int(values["answer"])
    values["answer"] = {"digit": f" {n} ", "full": "０１２３４５６７８９"[n] if n < 10 else "１０",
                        "chinese": "零一二三四五六七八九十"[n]}[answer]
    assert send(as_visitor, values).status_code == 303


def test_the_same_order_ten_times_is_one_order_with_one_number(as_visitor):
    values = filled(as_visitor)
    numbers = {receipt_on(as_visitor.get(send(as_visitor, values).headers["Location"])) for _ in range(10)}
    again = {**filled(as_visitor), "phone": values["phone"]}  # the same words on a fresh form
    page = as_visitor.get(send(as_visitor, again).headers["Location"])
    assert numbers == {receipt_on(page)}
    assert "没有重复" in words(page)
    assert len(orders()) == 1


def test_other_words_on_a_form_that_was_used_ask_for_one_more_click(as_visitor):
    values = filled(as_visitor)
    send(as_visitor, values)
    other = {**values, "body": "村小缺一位音乐老师，三十个学生没有上过音乐课。"}
    answer = send(as_visitor, other)
    assert answer.status_code == 422
    assert "已经交过了" in words(answer)
    assert other["body"] in answer.get_data(as_text=True)
    fresh = {**filled(as_visitor), "phone": values["phone"], "body": other["body"]}
    assert send(as_visitor, fresh).status_code == 303
    assert len(orders()) == 2


def test_the_same_words_a_day_later_are_a_new_order():
    first = make_order(phone="13871296021")
    with minutes_later(60 * 25):
        second = make_order(phone="13871296021")
    assert first.id != second.id


def test_another_telephone_or_village_is_another_order():
    make_order(phone="13871296021")
    make_order(phone="13871296022")
    make_order(phone="13871296021", village="七里村")
    assert len(orders()) == 0  # rolled back: nothing here was committed


# ---- places

def test_the_lists_come_one_after_the_other_and_keep_what_was_typed(as_visitor):
    village = make_village()
    db.session.commit()
    values = {"county_code": factories.COUNTY, "body": BODY, "phone": "138712", "category_code": "elderly_care",
              "name": "李大爷", "form": ""}
    answer = as_visitor.post("/order/place", data=values)
    parsed(answer)
    text = answer.get_data(as_text=True)
    assert f'value="{township()}"' in text
    assert BODY in text
    assert "138712" in text
    assert 'value="elderly_care" checked' in text
    assert "要改" not in words(answer)
    answer = as_visitor.post("/order/place", data={**values, "township_code": township()})
    assert f'value="{village.id}"' in answer.get_data(as_text=True)
    answer = as_visitor.post("/order/place", data={**values, "county_code": factories.OTHER_COUNTY,
                                                   "township_code": township(), "village_id": str(village.id)})
    assert f'value="{village.id}"' not in answer.get_data(as_text=True)  # another county: its townships, no village


def test_a_poster_brings_the_village_along(as_visitor):
    village = make_village()
    db.session.commit()
    answer = as_visitor.get(f"/order?village={village.id}")
    parsed(answer)
    assert f'value="{village.id}" selected' in answer.get_data(as_text=True)
    for bad in ("999999999", "x", "-1", "²"):
        assert as_visitor.get(f"/order?village={bad}&township=1&county=2").status_code == 200


def test_a_merged_village_is_named_and_its_successor_offered(as_visitor, people):
    old, new = make_village("万冲村"), make_village("七里村")
    close_village(people.county_officer, old, new)
    db.session.commit()
    answer = as_visitor.get(f"/order?village={old.id}")
    assert "“万冲村”已经并入“七里村”" in words(answer)
    assert f'value="{new.id}" selected' in answer.get_data(as_text=True)
    assert f'value="{old.id}"' not in answer.get_data(as_text=True)


def test_a_stale_page_s_order_lands_in_the_successor_with_a_trace(as_visitor, people):
    old, middle, new = make_village("万冲村"), make_village("七里村"), make_village("红旗村")
    db.session.commit()
    values = filled(as_visitor, village_id=str(old.id), village="")
    close_village(people.county_officer, old, middle)
    close_village(people.county_officer, middle, new)
    db.session.commit()
    assert send(as_visitor, values).status_code == 303
    (order,) = orders()
    assert (order.village_id, order.village, order.former_village) == (new.id, "红旗村", "万冲村")
    assert "“万冲村”已经并入“红旗村”" in words(as_visitor.get("/order/done"))


def test_a_village_that_was_given_up_is_told(as_visitor, people):
    old = make_village("万冲村")
    db.session.commit()
    values = filled(as_visitor, village_id=str(old.id), village="")
    close_village(people.county_officer, old, None)
    db.session.commit()
    answer = send(as_visitor, values)
    assert answer.status_code == 422
    assert "“万冲村”已经撤销了" in words(answer)
    assert BODY in answer.get_data(as_text=True)


def test_nothing_is_written_by_asking_for_the_next_list(as_visitor):
    as_visitor.post("/order/place", data=filled(as_visitor))
    assert orders() == []


def test_the_form_names_the_consent_and_its_version(as_visitor):
    page = as_visitor.get("/order/about")
    parsed(page)
    assert rules.CONSENT_VERSION in words(page)
    send(as_visitor, filled(as_visitor))
    assert orders()[0].consent_version == rules.CONSENT_VERSION
    assert queries.office_near(township()) is None
    assert clock.now() < orders()[0].due_at
