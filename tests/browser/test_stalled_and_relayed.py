"""A pairing on a telephone: planned, reported, silent for months, found on the board, handed on with its history."""

import pytest

from matchplatform.accounts.models import User
from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.organizations.models import Organization
from tests import factories
from tests.browser.steps import fill, press, said
from tests.browsers import PHONE, sign_in
from tests.tracking.making import DAY, under_way


@pytest.mark.once
def test_a_stalled_pairing_is_found_and_handed_on(server, window):
    pairing = under_way(days_ago=75)
    member_of_other = db.session.scalars(db.select(User).where(User.username == "other_organization_member")).one()
    other = db.session.get(Organization, member_of_other.organization_id)
    factories.make_offering(other)
    fridge, code, new_name = pairing.lines[0].need_line_id, pairing.code, other.name
    db.session.commit()
    db.session.remove()
    member, officer, second = window(server, PHONE), window(server, PHONE), window(server, PHONE)

    # the organization reports late and brings one fridge, in the wrong unit at first
    sign_in(member, "organization_member")
    member.goto("/desk/tracking")
    said(member, "停滞")
    member.goto(f"/desk/pairings/{code}")
    member.locator("#course a.btn-goal").click()
    fill(member, {"done": "送去冰箱一台，已经通电。", f"brought-{fridge}": "1", "funds_fen": "50000", "people": "12"})
    press(member, "报出进展")
    said(member, "按元算是 5 万元")
    fill(member, {"funds_fen": "0.5"})
    press(member, "报出进展")
    said(member, "进展已报")
    assert member.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # the county plans, one milestone has passed already, and hands the rest on
    sign_in(officer, "county_officer")
    officer.goto(f"/desk/pairings/{code}/plan")
    fill(officer, {"steps-0-title": "冰箱到位", "steps-0-due_on": f"{today() - 5 * DAY:%Y-%m-%d}",
                   "steps-0-share": "40",
                   "steps-1-title": "桌椅到位", "steps-1-due_on": f"{today() + 60 * DAY:%Y-%m-%d}",
                   "steps-1-share": "50"})
    press(officer, "保存实施计划")
    said(officer, "还差 10")
    fill(officer, {"steps-1-share": "60"})
    press(officer, "保存实施计划")
    said(officer, "里程碑过了日期")
    officer.get_by_text("做不下去了？").click()
    officer.locator("label.q-row", has_text=new_name).first.click()
    fill(officer, {"reason": "两个月没有人来，双方同意换一家。",
                   "message": "冰箱到了一台，还差三台和二十套桌椅，请接着办。"})
    press(officer, "终止原来的，请新的一家接力")
    said(officer, "已接力")
    said(officer, "接过来")

    # the other organization reads what was done before and agrees
    sign_in(second, "other_organization_member")
    second.goto("/desk/pairings")
    second.locator("main table a").first.click()
    second.locator("#course a").first.click()
    said(second, "送去冰箱一台，已经通电")
    second.go_back()
    press(second, "同意")
    said(second, "已同意，报审批")
