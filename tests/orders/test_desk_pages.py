"""The offices' desk: every page, every button, and nothing of another office's."""

import pytest

from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.orders import desk_operations, desk_queries, rules
from matchplatform.orders.models import Order
from tests import factories
from tests.conftest import sign_in_directly
from tests.orders.making import BODY, at, in_hand, make_order, make_village, minutes_later, receipt_on, reload, township
from tests.web.pages import parsed, statements, words


def post(browser, order, verb, **values):
    return browser.post(f"/desk/orders/{order.code}/{verb}", data={"version": str(reload(order).version), **values},
                        follow_redirects=True)


@pytest.mark.parametrize("status", rules.STATES.values)
@pytest.mark.parametrize("role", ["county_officer", "township_officer", "second_county_officer"])
def test_every_state_has_its_page_for_every_officer(request, people, status, role):
    order = at(status, people)
    page = request.getfixturevalue(f"as_{role}").get(f"/desk/orders/{order.code}")
    parsed(page)
    assert rules.STATES[status].label in words(page)
    assert not order.phone or order.phone not in page.get_data(as_text=True)


def test_the_list_counts_filters_and_says_what_is_late(as_county_officer, people):
    at("submitted", people, body="想给村里的老年食堂添一台冰箱。")
    at("returned", people)
    late = at("reviewing", people)
    late.due_at = now().replace(year=2020)
    db.session.commit()
    page = as_county_officer.get("/desk/orders")
    parsed(page)
    assert "超期" in words(page)
    assert "共 3 张" in words(page)
    for query, number in (("state=returned", 1), ("state=submitted&state=reviewing", 2), ("late=1", 1), ("mine=1", 1),
                          ("q=冰箱", 1), ("q=没有的字", 0), ("category=health", 0), (f"township={township()}", 3),
                          ("sort=newest", 3), ("sort=moved", 3), ("sort=x&page=99", 3)):
        page = as_county_officer.get(f"/desk/orders?{query}")
        parsed(page)
        assert f"共 {number} 张" in words(page), query


def test_an_order_is_found_by_the_number_that_its_villager_reads_out(as_township_officer, people):
    order, other = at("submitted", people), at("submitted", people, body="村小缺一位音乐老师，三十个学生。")
    spoken = order.receipt[:4] + " " + order.receipt[4:]
    page = words(as_township_officer.get(f"/desk/orders?q={spoken}"))
    assert order.code in page
    assert other.code not in page


def test_an_order_in_hand_too_long_is_listed_as_waiting(as_county_officer, people):
    from matchplatform.core import clock

    order = at("reviewing", people)
    with clock.frozen(order.held_until.replace(year=order.held_until.year + 1)):
        assert desk_queries.state_counts(people.county_officer, desk_queries.OrderFilter()) == {"submitted": 1}
        assert desk_queries.waiting_count(people.township_officer) == 1
    assert desk_queries.state_counts(people.county_officer, desk_queries.OrderFilter()) == {"reviewing": 1}
    assert desk_queries.waiting_count(people.township_officer) == 0


def test_the_list_s_statements_do_not_grow_with_its_rows(as_county_officer, people):
    at("reviewing", people)
    at("accepted", people)
    as_county_officer.get("/desk/orders")
    few = statements(lambda: as_county_officer.get("/desk/orders"))
    for n in range(8):
        at("accepted" if n % 2 else "reviewing", people)
    assert statements(lambda: as_county_officer.get("/desk/orders")) <= few


@pytest.mark.parametrize("role", ["other_county_officer", "organization_member", "province_officer", "city_officer"])
def test_no_other_office_sees_or_moves_an_order(request, people, role):
    order = at("submitted", people)
    browser = request.getfixturevalue(f"as_{role}")
    for method, path in (("GET", ""), ("POST", "/take"), ("POST", "/unmask"), ("POST", "/join")):
        answer = browser.open(f"/desk/orders/{order.code}{path}", method=method, data={"purpose": "打电话核实"})
        assert answer.status_code in (403, 404)
    assert reload(order).status == "submitted"


def test_an_officer_verifies_and_makes_a_need_of_it(as_township_officer, people):
    order = at("submitted", people, phone="13871296021")
    post(as_township_officer, order, "take")
    assert "没有留电话" not in words(post(as_township_officer, order, "unmask", purpose="打电话核实"))
    page = post(as_township_officer, order, "accept", title="万冲村的老人想有个食堂")
    assert "写成了需求草稿" in words(page)
    need = db.session.scalar(db.select(Need).where(Need.title == "万冲村的老人想有个食堂"))
    assert (reload(order).status, order.need_id) == ("accepted", need.id)
    assert "1 位乡亲要" in words(as_township_officer.get(f"/desk/orders/{order.code}"))


def test_an_officer_puts_it_to_a_need_that_is_there(as_county_officer, as_visitor, people):
    need = factories.make_need()
    orders = [at("reviewing", people, phone=f"1387129602{n}", body=f"{BODY}{n}号院的也要。") for n in range(3)]
    for order in orders:
        post(as_county_officer, order, "accept", need=need.code)
        assert reload(order).need_id == need.id
    assert "3 位乡亲点单" in words(as_visitor.get(f"/needs/{need.code}"))


def test_another_county_s_need_is_no_need_to_put_it_to(as_county_officer, people):
    order = at("reviewing", people)
    foreign = factories.make_need(county=factories.OTHER_COUNTY, author="other_county_officer")
    db.session.commit()
    assert as_county_officer.post(f"/desk/orders/{order.code}/accept", data={"need": foreign.code}).status_code == 404


def test_a_second_click_and_a_stale_page_get_a_sentence(as_county_officer, as_second_county_officer, people):
    order = at("submitted", people)
    version = str(order.version)
    path = f"/desk/orders/{order.code}/take"
    as_county_officer.post(path, data={"version": version})
    again = as_second_county_officer.post(path, data={"version": version}, follow_redirects=True)
    assert "刘敏" in words(again)
    assert "已经办了“我来核实”" in words(again)
    assert "没有这个操作" in words(as_county_officer.post(
        f"/desk/orders/{order.code}/fly", follow_redirects=True, headers={"Referer": "/desk/orders"}))


# ---- put together

def test_two_that_say_the_same_are_handled_as_one_and_both_numbers_go_on(as_county_officer, as_visitor, people):
    first = at("submitted", people, phone="13871296021")
    second = at("reviewing", people, phone="13871296022", body="老人中午做不动饭，想有个吃热饭的地方，七八个老人。")
    page = as_county_officer.get(f"/desk/orders/{second.code}")
    assert first.code in page.get_data(as_text=True)
    said = words(post(as_county_officer, second, "join", other=first.code))
    assert "一起办" in said
    assert (reload(second).joined_to_id, second.status) == (first.id, "submitted")
    assert "共 1 张" in words(as_county_officer.get("/desk/orders"))
    post(as_county_officer, first, "take")
    assert reload(second).status == "reviewing"
    post(as_county_officer, first, "accept", title="老人想有个食堂")
    assert reload(second).status == reload(first).status == "accepted"
    assert second.need_id == first.need_id
    for order, digits in ((first, "6021"), (second, "6022")):
        answer = as_visitor.post("/order/follow", data={"number": order.receipt, "digits": digits})
        assert answer.location == "/order/standing"
        assert "已受理" in words(as_visitor.get("/order/standing"))
    need = db.session.get(Need, first.need_id)
    assert "2 位乡亲要" in words(as_county_officer.get(f"/desk/orders/{first.code}"))
    assert need.created_by == people.county_officer.id


def test_what_is_joined_is_moved_with_its_head_only(people):
    first, second = make_order(), in_hand(make_order(body="想吃口热饭，七个老人都八十了。"), people.county_officer)
    desk_operations.join(people.county_officer, second, first)
    from matchplatform.core.errors import Refusal

    with pytest.raises(Refusal, match="合到另一张"):
        desk_operations.take(people.county_officer, second)
    third = in_hand(make_order(body="老人吃饭的事，村里都在说。"), people.county_officer)
    with pytest.raises(Refusal, match="已经合到别的单"):
        desk_operations.join(people.county_officer, third, second)
    desk_operations.split(people.county_officer, second)
    assert second.joined_to_id is None
    assert desk_operations.take(people.county_officer, second).target == "reviewing"


def test_when_the_head_is_withdrawn_the_next_one_takes_its_place(people):
    from matchplatform.orders import operations

    first = make_order()
    others = [in_hand(make_order(body=f"想吃口热饭，{n}号院的老人。"), people.county_officer) for n in (3, 4)]
    for one in others:
        desk_operations.join(people.county_officer, one, first)
    operations.speak(rules.RESIDENT, first, "withdraw")
    assert (others[0].joined_to_id, others[1].joined_to_id) == (None, others[0].id)


# ---- by proxy

def proxy(**changes):
    return {"channel": "phone", "township_code": township(), "village": "万冲村", "category_code": "elderly_care",
            "body": BODY, "phone": "0712-4712306", "name": "李大爷", "read_back": "y", "consent": "y", **changes}


@pytest.mark.parametrize("role", ["township_officer", "county_officer"])
def test_an_officer_enters_what_somebody_told_him_and_hands_out_the_number(request, people, role):
    browser = request.getfixturevalue(f"as_{role}")
    parsed(browser.get("/desk/orders/new"))
    answer = browser.post("/desk/orders/new", data=proxy())
    assert answer.location == "/order/done"
    page = browser.get("/order/done")
    parsed(page)
    order = db.session.scalar(db.select(Order))
    assert receipt_on(page) == order.receipt
    assert (order.channel, order.entered_by) == ("phone", getattr(people, role).id)
    assert order.read_back_at is not None
    again = browser.post("/desk/orders/new", data=proxy(), follow_redirects=True)
    assert "没有重复建" in words(again)
    said = words(browser.get(f"/desk/orders/{order.code}"))
    assert "已向本人复述并得到同意" in said
    assert "本人口头同意" in said


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"read_back": ""}, "请把写的念一遍给本人听"), ({"consent": ""}, "请先把个人信息说明讲给本人听"),
    ({"channel": ""}, "还没有选是打电话说的"), ({"body": "饭"}, "写得太短了"), ({"phone": "123"}, "电话"),
    ({"village": ""}, "还没有选村"), ({"channel": "web"}, "还没有选是打电话说的")])
def test_what_an_officer_left_out_is_said(as_township_officer, changes, sentence):
    answer = as_township_officer.post("/desk/orders/new", data=proxy(**changes))
    parsed(answer, 422)
    assert sentence in words(answer)
    assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 0


def test_an_officer_enters_only_for_his_own_place(as_other_county_officer, people):
    answer = as_other_county_officer.post("/desk/orders/new", data=proxy())
    assert answer.status_code == 422
    assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 0


def test_the_county_lists_a_township_s_villages_without_losing_what_was_typed(as_county_officer):
    village = make_village()
    db.session.commit()
    answer = as_county_officer.post("/desk/orders/new", data=proxy(step="place", body="老人"))
    parsed(answer)
    assert f'value="{village.id}"' in answer.get_data(as_text=True)
    assert "写得太短了" not in words(answer)


# ---- the office, the villages, my page

def test_an_office_s_telephone_stands_where_villagers_look(as_township_officer, as_county_officer, as_visitor):
    assert "待填" in words(as_visitor.get(f"/order?township={township()}"))
    parsed(as_county_officer.get("/desk/orders/office"))
    as_county_officer.post("/desk/orders/office", data={"phone": "0712 4700000", "hours": "工作日"})
    assert "0712-4700000" in words(as_visitor.get(f"/order?township={township()}"))
    answer = as_township_officer.post("/desk/orders/office", data={"phone": "4712306"})
    parsed(answer, 422)
    assert "座机号前面要加区号" in words(answer)
    as_township_officer.post("/desk/orders/office", data={"phone": "0712-4712306", "hours": "8:30—17:30"})
    said = words(as_visitor.get(f"/order?township={township()}"))
    assert "0712-4712306" in said
    assert "0712-4700000" not in said
    stale = as_township_officer.post("/desk/orders/office", data={"phone": "0712-1111111", "version": "99"})
    assert "别人刚刚改过" in words(stale)


def test_the_county_keeps_the_names_of_its_villages(as_county_officer, as_township_officer, as_other_county_officer):
    old, new = make_village("万冲村"), make_village("七里村")
    db.session.commit()
    parsed(as_county_officer.get("/desk/villages"))
    as_township_officer.post("/desk/villages/new", data={"name": "新村"})
    page = as_township_officer.get("/desk/villages")
    parsed(page)
    assert "新村" in words(page)
    assert "已经有" in words(as_township_officer.post("/desk/villages/new", data={"name": "新村"},
                                                     follow_redirects=True, headers={"Referer": "/desk/villages"}))
    as_county_officer.post(f"/desk/villages/{old.id}/close", data={"into": str(new.id)})
    assert "并入 七里村" in words(as_county_officer.get(f"/desk/villages?township={township()}"))
    answer = as_county_officer.post(f"/desk/villages/{new.id}/close", data={"into": str(old.id)}, follow_redirects=True,
                                    headers={"Referer": "/desk/villages"})
    assert "自己也撤了" in words(answer)
    as_county_officer.post(f"/desk/villages/{old.id}/restore")
    assert "并入 七里村" not in words(as_county_officer.get(f"/desk/villages?township={township()}"))
    for path in (f"/desk/villages/{old.id}/close", f"/desk/villages/{old.id}/restore"):
        assert as_other_county_officer.post(path).status_code == 404
    assert as_other_county_officer.get(f"/desk/villages?township={township()}").status_code == 404


def test_my_page_says_what_waits(app, people):
    at("submitted", people)
    at("reviewing", people)
    old = at("delivered", people)
    old.delivered_at = now().replace(year=2020)
    db.session.commit()
    for name, in_hand_of, asks in (("county_officer", True, False), ("second_county_officer", False, True),
                                   ("township_officer", False, True)):
        page = sign_in_directly(app, getattr(people, name)).get("/mine")
        parsed(page)
        said = words(page)
        assert "群众点单：1 张等人核实" in said
        assert ("核实点单：养老服务" in said) is in_hand_of
        assert ("问问办好了没有：养老服务" in said) is asks


def test_the_same_words_again_by_an_officer_are_the_villager_s_own_order(as_township_officer, people):
    order = make_order(phone="13871296021")
    db.session.commit()
    with minutes_later(5):
        as_township_officer.post("/desk/orders/new", data=proxy(phone="13871296021"))
    db.session.rollback()
    assert db.session.scalars(db.select(Order.code)).all() == [order.code]
