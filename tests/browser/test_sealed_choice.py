"""Three organizations answer a call on the telephone, nobody sees what before it closes, the county chooses one."""

import datetime as dt

import pytest

from matchplatform.accounts.models import User
from matchplatform.choosing.models import Call, Reply
from matchplatform.core.clock import local, now, today
from matchplatform.extensions import db
from tests import factories
from tests.browser.steps import fill, press, said
from tests.browsers import PHONE, sign_in
from tests.choosing import scenes

PLANS = {"organization_member": "先看场地，再进设备，春节前开餐。",
         "other_organization_member": "分两批进设备，三月开餐。",
         "third": "请县里先通水电，再进设备，五月开餐。"}


def moment(days):
    return f"{local(now() + dt.timedelta(days=days)):%Y-%m-%d %H:%M}"


def answer(page, code, name, plan):
    """A member fills the reply on a telephone: kept, resumed, checked, sent."""
    sign_in(page, name)
    page.goto(f"/needs/{code}/call")
    said(page, "以服务器时间为准，现在是")
    page.get_by_role("link", name="填应征书").click()
    fill(page, {"plan": plan})
    press(page, "先存草稿")
    said(page, "草稿已保存")
    said(page, "送出前还要补")
    assert page.input_value("[name=plan]") == plan
    page.check("[name=choice]")
    fill(page, {"people": "负责人一名，厨师两名，做过同类食堂。", "starts_on": f"{today() + dt.timedelta(days=40)}",
                "ends_on": f"{today() + dt.timedelta(days=300)}", "funds_fen": "3", "in_kind_fen": "5",
                "person_days": "60"})
    for one in page.locator("textarea[name^=evidence-]").all():
        one.fill("2024年在邻县办过，有备案号和照片。")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    press(page, "检查并送出")
    said(page, "已送出，截止前谁也看不到内容")


@pytest.mark.once
def test_three_sealed_replies_and_a_choice(server, window):
    need, _third = factories.make_need(), scenes.member_of("third")
    members = {one.username: one for one in db.session.scalars(db.select(User).where(User.username.in_(PLANS)))}
    for one in members.values():
        scenes.offering_of(one)
    code, numbers = need.code, {name: one.id for name, one in members.items()}
    db.session.commit()
    db.session.remove()
    county = window(server, PHONE)
    sign_in(county, "county_officer")
    county.goto(f"/desk/needs/{code}")
    county.get_by_role("link", name="发起征集").click()
    fill(county, {"closing_at": moment(10), "questions_until": moment(8), "requirements": "办过老年食堂",
                  "criteria": "服务方案 60%\n资金和物资 30%"})
    press(county, "公开征集")
    said(county, "合计是 90%，少了 10 个百分点")
    fill(county, {"criteria": "服务方案 60%\n资金和物资 40%"})
    press(county, "公开征集")
    said(county, "征集已公开")

    members = {name: window(server, PHONE) for name in PLANS}
    for name, page in members.items():
        answer(page, code, name, PLANS[name])

    # the number is all that the county sees
    county.goto(f"/desk/needs/{code}/call")
    said(county, "份应征书已送出")
    shown = county.locator("main").inner_text()
    assert not any(plan in shown for plan in PLANS.values())
    assert "截止前谁也看不到内容" in shown
    assert county.locator("main button:has-text('开启应征书')").count() == 0

    # the closing moment passes
    db.session.execute(db.update(Call).values(closing_at=now() - dt.timedelta(minutes=1),
                                              questions_until=now() - dt.timedelta(minutes=2)))
    db.session.commit()
    db.session.remove()
    late = members["third"]
    late.goto(f"/desk/needs/{code}/reply")
    assert late.locator("button:has-text('重新送出')").count() == 0
    said(late, "有结果会告诉您")

    county.goto(f"/desk/needs/{code}/call")
    press(county, "开启应征书")
    county.locator("main details[open] button").click()
    said(county, "放在一起比")
    replies = {one.created_by: one.code for one in db.session.scalars(db.select(Reply))}
    db.session.remove()
    chosen = replies[numbers["other_organization_member"]]
    for reply, points in ((chosen, ("90", "80")), (replies[numbers["organization_member"]], ("70", "80"))):
        card = county.locator(f"section[id='{reply}']")
        card.locator("select").select_option("yes")
        for box, value in zip(card.locator("input[inputmode=numeric]").all(), points, strict=True):
            box.fill(value)
        card.locator("button:has-text('保存这份的评审')").click()
        said(county, "评审已保存")
    said(county, "86.0")
    assert county.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    county.locator(f"input[name=choose][value='{chosen}']").check()
    county.fill("[name=common]", "别家开餐的时间更早")
    press(county, "选定，报审批")
    said(county, "已选定 1 家")

    winner, loser = members["other_organization_member"], members["organization_member"]
    winner.goto(f"/desk/needs/{code}/reply")
    said(winner, "已成为结对")
    loser.goto(f"/desk/needs/{code}/reply")
    said(loser, "别家开餐的时间更早")
    reply = db.session.scalar(db.select(Reply).where(Reply.code == chosen))
    assert (reply.status, reply.pairing.status) == ("chosen", "accepted")
