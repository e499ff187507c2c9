"""A villager's way on a telephone of 390 px: ordering in large type, the township's call, the last word."""

from types import SimpleNamespace

import pytest

from matchplatform.accounts.models import User
from matchplatform.catalog.models import Village
from matchplatform.catalog.queries import townships
from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.orders import rules
from matchplatform.orders.models import Order
from matchplatform.pairings import operations as pairings
from tests import factories
from tests.browser.steps import press, said, with_reason
from tests.browsers import PHONE, sign_in

pytestmark = pytest.mark.once

BODY = "我们湾里七个老人，都八十上下，中午做不动饭，想有个地方吃口热的。"
SMALL = """() => [...document.querySelectorAll('main a, main button, main input, main select, main label.tile')]
  .filter(e => e.offsetParent && !e.closest('.visually-hidden') && e.type !== 'radio' && e.type !== 'hidden')
  .map(e => [e, Math.round((e.closest('label') || e).getBoundingClientRect().height)])
  .filter(([e, height]) => height < 60).map(([e, height]) => (e.name || e.textContent).trim() + ' ' + height)"""
TINY = """() => [...new Set([...document.querySelectorAll('main *')]
  .filter(e => e.offsetParent && !e.closest('.visually-hidden') && parseFloat(getComputedStyle(e).fontSize) < 18)
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
  .map(e => e.className + ':' + e.textContent.trim().slice(0, 20)))]"""


@pytest.fixture
def village(people):
    made = Village(township_code=townships(factories.COUNTY)[0].code, name="万冲村")
    db.session.add(made)
    db.session.flush()
    found = SimpleNamespace(id=made.id, township=made.township_code)
    db.session.commit()
    db.session.remove()  # a test that goes on reading would hold the lock that the server needs
    return found


def is_large(page):
    """长辈版: text of at least 18 px, targets of at least 60 px, nothing that sticks out."""
    assert page.evaluate(TINY) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def sum_of(page):
    """Reads the sum as anybody does."""
    words = page.locator("label[for=answer]").inner_text()
    left, right = ("零一二三四五六七八九十".index(words[n]) for n in (0, 2))
    return str(left + right if words[1] == "加" else left - right)


def order(page, phone="13871296021"):
    page.wait_for_timeout(1000 * rules.FASTEST_SECONDS)
    page.locator("label.tile", has_text="养老").click()
    page.fill("[name=body]", BODY)
    page.fill("[name=phone]", phone)
    page.fill("[name=answer]", sum_of(page))
    page.check("[name=consent]")
    page.get_by_role("button", name="交上去").locator("visible=true").click()


def test_a_villager_orders_the_need_is_met_and_he_has_the_last_word(server, window, people, village):
    phone = window(server, PHONE)
    phone.goto("/")
    phone.get_by_role("link", name="我是乡亲，我要点单").click()
    is_large(phone)
    phone.select_option("[name=county_code]", factories.COUNTY)
    phone.select_option("[name=township_code]", village.township)
    phone.wait_for_selector("[name=village_id]")
    phone.select_option("[name=village_id]", label="万冲村")
    order(phone, "1387129602")
    said(phone, "现在是 10 位")
    assert phone.input_value("[name=body]") == BODY
    is_large(phone)
    phone.fill("[name=phone]", "13871296021")
    phone.get_by_role("button", name="交上去").locator("visible=true").click()
    phone.wait_for_url("**/order/done")
    is_large(phone)
    receipt = phone.locator("[data-receipt]").inner_text()

    desk = window(server, PHONE)
    sign_in(desk, "township_officer")
    desk.goto("/desk/orders")
    desk.locator("main table a").first.click()
    press(desk, "我来核实")
    said(desk, "已在您手上")
    press(desk, "查看完整号码")
    desk.fill("[name=purpose]", "打电话核实")
    press(desk, "看这个号码")
    said(desk, "13871296021")
    desk.fill("[name=title]", "万冲村七个老人想吃口热饭")
    press(desk, "写成需求草稿")
    said(desk, "已受理，写成了需求草稿")

    meet_the_need()

    phone.goto("/order/follow")
    is_large(phone)
    phone.fill("[name=number]", receipt)
    phone.fill("[name=digits]", "6021")
    phone.get_by_role("button", name="查一查").click()
    phone.wait_for_url("**/order/standing")
    said(phone, "办好了没有")
    is_large(phone)
    phone.locator("label.order-star", has_text="很满意").last.click()
    phone.fill("[name=words]", "饭菜热乎。")
    phone.get_by_role("button", name="办好了", exact=True).click()
    said(phone, "谢谢您的评价")
    said(phone, "您打了 5 分")
    desk.goto("/desk/orders?state=rated")
    desk.locator("main table a").first.click()
    said(desk, "本人在网上")


def meet_the_need():
    """What the pages of needs and pairings are tested for elsewhere: the county releases it, an organization comes."""
    people = SimpleNamespace(**{one.username: one for one in db.session.scalars(db.select(User))})
    need = db.session.scalar(db.select(Need).where(Need.title == "万冲村七个老人想吃口热饭"))
    model = factories.make_need(lines=False)
    for name in ("goal", "beneficiaries", "starts_on", "ends_on", "closing_at", "unit", "contact_name",
                 "contact_phone"):
        setattr(need, name, getattr(model, name))
    need.submitted_by, need.submitted_at = people.county_officer.id, model.submitted_at
    need.status = "submitted"
    need.released_by, need.released_at = people.second_county_officer.id, model.released_at
    need.status = "published"
    db.session.flush()
    pairing = factories.make_pairing(need=need, status="accepted")
    pairings.act(people.province_officer, pairing, "approve")
    pairings.act(people.county_officer, pairing, "sign", terms={
        "agreement_number": "", "signed_on": today(), "starts_on": today(),
        "ends_on": today().replace(year=today().year + 1), "funds_fen": 1, "in_kind_fen": 1})
    pairings.act(people.county_officer, pairing, "complete")
    db.session.commit()
    db.session.remove()


def test_without_script_the_form_works_and_what_is_not_done_goes_back(server, chromium, window, people, village):
    context = chromium.new_context(base_url=server, viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/order")
    page.fill("[name=body]", BODY)
    page.select_option("[name=county_code]", factories.COUNTY)
    page.get_by_role("button", name="往下选乡镇").click()
    page.select_option("[name=township_code]", village.township)
    page.get_by_role("button", name="往下选村").click()
    page.select_option("[name=village_id]", label="万冲村")
    assert page.input_value("[name=body]") == BODY
    order(page)
    page.wait_for_url("**/order/done")
    page.get_by_role("link", name="撤回重写").click()
    page.locator("details", has_text="不办了，撤回").locator("summary").click()
    page.get_by_role("button", name="撤回并删掉").click()
    said(page, "都删掉了")
    context.close()
    assert db.session.scalar(db.select(Order.body)) == ""


def test_an_officer_returns_an_order_with_a_reason_that_its_villager_reads(server, window, people, village):
    phone = window(server, PHONE)
    phone.goto(f"/order?village={village.id}")
    order(phone)
    phone.wait_for_url("**/order/done")
    desk = window(server, PHONE)
    sign_in(desk, "county_officer")
    desk.goto("/desk/orders")
    desk.locator("main table a").first.click()
    press(desk, "我来核实")
    said(desk, "已在您手上")
    with_reason(desk, "退回", "村里食堂下月开张，已经告诉本人去报名。")
    said(desk, "已退回")
    phone.goto("/order/standing")
    said(phone, "村里食堂下月开张，已经告诉本人去报名。")
