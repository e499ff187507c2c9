"""A need is changed after organizations took it: what each of them sees, and who goes on."""

from matchplatform.accounts.models import User
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.browser.steps import code_in, fill, press, said
from tests.browsers import PHONE, sign_in


def bid(page, need, offering, words):
    page.goto(f"/desk/needs/{need}/bid?offering={offering}")
    fill(page, {"message": words, "offered_funds_fen": "1", "offered_in_kind_fen": "0"})
    page.locator("main input[name^='take-']").first.fill("5")
    press(page, "接单")
    said(page, "已报出")
    return code_in(page)


def test_a_need_is_changed_after_two_organizations_took_it(server, window):
    """Two bids; the county changes quantity and text, a colleague releases; one goes on, one leaves, one is agreed."""
    organizations = [db.session.get(Organization, db.session.scalar(
        db.select(User.organization_id).where(User.username == name)))
        for name in ("organization_member", "other_organization_member")]
    need = factories.make_need().code
    offerings = [factories.make_offering(one).code for one in organizations]
    db.session.commit()
    db.session.remove()
    county, colleague, stays, province = (window(server) for _ in range(4))
    leaves = window(server, PHONE)
    for page, name in ((county, "county_officer"), (colleague, "second_county_officer"),
                       (stays, "organization_member"), (leaves, "other_organization_member"),
                       (province, "province_officer")):
        sign_in(page, name)
    kept = bid(stays, need, offerings[0], "设备由我们送到村，下个月可以开餐。")
    left = bid(leaves, need, offerings[1], "我们可以派两位厨师驻村一个月。")

    # the county changes what is wanted; it sees beforehand what would change and who will hear of it
    county.goto(f"/desk/needs/{need}")
    county.locator("main a:has-text('改内容')").first.click()
    fill(county, {"lines-0-quantity": "12", "body": "村里75岁以上老人80个。村委会腾出120平方的房子，水电都通了，"
                                                   "就差灶台、冰箱、消毒柜和桌椅板凳。"})
    press(county, "看看改了什么")
    said(county, "2 件结对还没批准")
    assert county.locator("main del").count() > 0
    press(county, "回去再改")
    assert county.input_value("[name='lines-0-quantity']") == "12"
    press(county, "看看改了什么")
    county.fill("[name=reason]", "镇里自己买了五套")
    press(county, "提交改动")
    said(county, "等陈思放行")
    assert county.locator("main button:has-text('放行改动')").count() == 0
    stays.goto(f"/needs/{need}")
    said(stays, "17 套")

    # a colleague releases it: the public reads the new text and what was changed
    colleague.goto("/mine")
    colleague.locator("main a:has-text('看改了什么')").first.click()
    said(colleague, "镇里自己买了五套")
    press(colleague, "放行改动")
    colleague.locator("main details[open] button").click()
    said(colleague, "已告诉 2 件结对的社会组织")
    province.goto(f"/needs/{need}")
    said(province, "发布后改过 1 次")

    # until they answer, the county cannot agree
    county.goto(f"/desk/pairings/{kept}")
    said(county, "等社会组织确认")
    assert county.locator("main button:has-text('同意')").count() == 0

    # one goes on, the other leaves on the telephone without writing why
    stays.goto("/mine")
    said(stays, "需求改了，请您确认")
    stays.locator("main a:has-text('看改了什么')").first.click()
    said(stays, "您看过的")
    press(stays, "继续（按新内容）")
    said(stays, "已确认按新内容办")
    leaves.goto(f"/desk/pairings/{left}")
    said(leaves, "需求改了什么")
    press(leaves, "不再办，撤回")
    said(leaves, "已撤回，不影响以后")

    # the county agrees with the one that confirmed
    county.goto(f"/desk/pairings/{kept}")
    press(county, "同意")
    said(county, "已同意")
    states = dict(db.session.execute(db.select(Pairing.code, Pairing.status)).tuples().all())
    assert states == {kept: "accepted", left: "withdrawn"}
    assert db.session.scalar(db.select(Need.body).where(Need.code == need)).startswith("村里75岁以上老人80个")

    # how it stood this morning is still to be read
    county.goto(f"/desk/needs/{need}/history")
    county.locator("main a:has-text('看这一版的全文')").last.click()
    said(county, "当时的内容，不是现在的")
    said(county, "餐桌椅 17 套")
