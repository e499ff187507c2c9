"""An organization on a telephone: registered, returned with the remedy beside the fields, admitted, its first bid."""

import datetime as dt

import pytest

from matchplatform.accounts.models import User
from matchplatform.core.clock import today
from matchplatform.core.uscc import make_uscc
from matchplatform.extensions import db
from matchplatform.organizations.models import Organization
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.browser.steps import (
    code_in,
    compare_all,
    fill,
    press,
    said,
    send_certificate,
    write_offering,
)
from tests.browsers import PHONE, sign_in
from tests.files.makers import PROGRAM

NAME = "湖北暖灶慈善基金会（演示）"


@pytest.mark.once
def test_from_registration_to_the_first_bid_with_a_return_on_the_way(server, window):
    need = factories.make_need()
    code_of_need = need.code
    db.session.commit()
    db.session.remove()
    member, province = window(server, PHONE), window(server)

    # a company's code is told what to do instead; the right one opens the account
    member.goto("/register")
    said(member, "先准备好这几样")
    fill(member, {"uscc": "91420100666666666X", "name": NAME, "contact_name": "陈晓岚",
                  "contact_phone": "13871230001", "username": "nuanzao", "password": "Warm-stove-26",
                  "again": "Warm-stove-26"})
    member.check("[name=consent]")
    press(member, "入驻，开通账号")
    said(member, "企业不在这里入驻")
    fill(member, {"uscc": make_uscc("53", "420000", "51234567"), "password": "Warm-stove-26",
                  "again": "Warm-stove-26"})
    member.check("[name=consent]")
    press(member, "入驻，开通账号")
    said(member, "账号已开通")

    # a program is no certificate, whatever it is called; a photograph is
    send_certificate(member, "登记证书.jpg", PROGRAM)
    said(member, "登记证书.jpg")
    assert member.locator("#attachment-error").is_visible()
    send_certificate(member)
    said(member, "已上传 1 个附件")
    member.goto("/desk/organization/edit")
    fill(member, {"founded_on": "2012年5月1日", "address": "武汉市演示路 1 号", "legal_representative": "王建国",
                  "purpose": "为乡村老人办助餐。", "full_time_staff": "6",
                  "certificate_ends_on": f"{today() + dt.timedelta(days=60):%Y-%m-%d}"})
    press(member, "保存资料")
    press(member, "提交入库审核")
    said(member, "资料在审核")

    # returned: the address differs from the certificate
    sign_in(province, "province_officer")
    province.goto("/desk/vetting")
    province.get_by_role("link", name=NAME).first.click()
    province.locator(".paper-scroll img").wait_for()
    province.locator("input[name=said-address][value=differs]").check(force=True)
    province.fill("[name=note-address]", "证书上是武汉市演示路 8 号")
    press(province, "退回补正")
    said(province, "已退回")

    # the member reads it beside the field, mends it, hands it in again
    member.goto("/mine")
    press_link(member, "去补正")
    said(member, "证书上是武汉市演示路 8 号")
    assert "演示路 8 号" in member.locator(".mend-field:has([name=address]) .mend").inner_text()
    fill(member, {"address": "武汉市演示路 8 号"})
    press(member, "保存资料")
    press(member, "提交入库审核")

    # admitted, after the registry was looked up
    province.goto("/desk/vetting")
    province.get_by_role("link", name=NAME).first.click()
    said(province, "核对记录")
    province.select_option("[name=rating]", "4A")
    fill(province, {"rating_ends_on": "2029-01-01", "report_year": "2025", "basis": "登记系统，当天查询"})
    province.select_option("[name=report_result]", "passed")
    press(province, "保存登记信息")
    compare_all(province)
    said(province, "已通过")

    # the passport is green, and says what comes next
    member.goto("/desk/organization/passport")
    assert member.locator(".passport.bad").count() == 0
    assert member.locator(".passport.good").count() == 2
    said(member, "还剩 60 天")

    # an offering, and the first bid
    write_offering(member)
    member.goto(f"/needs/{code_of_need}")
    member.locator("main a:has-text('接单'), .sticky-act a:has-text('接单')").locator("visible=true").first.click()
    fill(member, {"message": "设备由我们送到村，下个月可以开餐。", "offered_funds_fen": "5",
                  "offered_in_kind_fen": "6"})
    press(member, "接单")
    said(member, "已报出")
    number = code_in(member)
    pairing = db.session.scalar(db.select(Pairing).where(Pairing.code == number))
    assert (pairing.status, pairing.organization.name) == ("proposed", NAME)
    owner = db.session.scalar(db.select(User).where(User.username == "nuanzao"))
    assert (owner.member_role, owner.organization_id) == ("owner", pairing.organization_id)
    assert db.session.get(Organization, pairing.organization_id).status == "vetted"


def press_link(page, name):
    page.locator(f"main a:has-text('{name}')").locator("visible=true").first.click()
