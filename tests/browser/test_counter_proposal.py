"""A county orders, the organization can do a part only and says so on the telephone, the county agrees."""

import pytest

from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.browser.steps import code_in, fill, press, said
from tests.browsers import PHONE, sign_in


@pytest.mark.once
def test_an_order_answered_with_a_part_of_it(server, window):
    need = factories.make_need()
    offering = factories.make_offering(factories.first_organization(), capacity=1)
    code, line, of_need = offering.code, need.lines[0].id, need.code
    db.session.commit()
    db.session.remove()
    county, member = window(server, PHONE), window(server, PHONE)

    sign_in(county, "county_officer")
    county.goto(f"/desk/offerings/{code}/order?need={of_need}")
    fill(county, {"message": "请你们来办这件事，越早越好。"})
    press(county, "点单")
    said(county, "已报出")
    said(county, "已为这次点单留出 1 个容量")
    number = code_in(county)

    sign_in(member, "organization_member")
    member.goto(f"/desk/pairings/{number}")
    member.get_by_role("link", name="只能办一部分，提别的条件").click()
    assert member.input_value(f"[name=take-{line}]") == "17"
    fill(member, {f"take-{line}": "18", "message": "今年只够办十套，明年再补。", "funds_fen": "2", "in_kind_fen": "0"})
    press(member, "发给县里")
    said(member, "只差 17 套")
    assert member.input_value("[name=message]") == "今年只够办十套，明年再补。"
    fill(member, {f"take-{line}": "10"})
    assert member.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    press(member, "发给县里")
    said(member, "已发给县里")

    county.goto(f"/desk/pairings/{number}")
    said(county, "今年只够办十套，明年再补。")
    press(county, "同意，就这样办")
    county.locator("main details[open] button").click()
    said(county, "已同意，按新的条件报审批")
    pairing = db.session.scalar(db.select(Pairing).where(Pairing.code == number))
    assert (pairing.status, pairing.taken, pairing.offered_funds_fen) == ("accepted", {line: 10}, 2_000_000)
