"""The platform's main job, walked by the people who do it, each in a window of his own."""

from matchplatform.accounts.models import User
from matchplatform.audit.models import AuditRow
from matchplatform.core.uscc import make_uscc
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.browser.steps import (
    code_in,
    compare_all,
    complete,
    counted,
    fill,
    press,
    release_need,
    said,
    send_certificate,
    sign_agreement,
    with_reason,
    write_need,
    write_offering,
)
from tests.browsers import PHONE, sign_in


def test_from_a_need_by_a_bid_to_one_more_in_the_count(server, window):
    """County, colleague, a new organization, province: need → offering → 接单 → approval → agreement → done."""
    county, colleague, organization, province = (window(server) for _ in range(4))
    before = counted(province)

    # the county writes a need; it cannot release its own
    sign_in(county, "county_officer")
    need = write_need(county)
    assert county.locator("main button:has-text('放行发布')").count() == 0
    sign_in(colleague, "second_county_officer")
    release_need(colleague, need)
    said(colleague, "老人一天只做一顿饭")

    # an organization registers; a wrong code is named, the right one opens an account
    organization.goto("/register")
    code = make_uscc("53", "420000", "51234567")
    fill(organization, {"uscc": code[:-1] + ("0" if code[-1] != "0" else "1"), "name": "湖北暖灶慈善基金会（演示）",
                        "contact_name": "陈晓岚", "contact_phone": "13871230001", "username": "nuanzao",
                        "password": "Warm-stove-26", "again": "Warm-stove-26"})
    organization.check("[name=consent]")
    press(organization, "入驻，开通账号")
    said(organization, "校验码")
    assert organization.input_value("[name=name]") == "湖北暖灶慈善基金会（演示）"
    fill(organization, {"uscc": code, "password": "Warm-stove-26", "again": "Warm-stove-26"})
    organization.check("[name=consent]")
    press(organization, "入驻，开通账号")
    organization.wait_for_url(lambda url: "/register" not in url)
    organization.goto("/desk/organization/edit")
    fill(organization, {"founded_on": "2012年5月1日", "address": "武汉市演示路 1 号", "legal_representative": "王建国",
                        "purpose": "为乡村老人办助餐。", "full_time_staff": "6"})
    press(organization, "保存资料")
    send_certificate(organization)
    organization.goto("/desk/organization")
    press(organization, "提交入库审核")
    said(organization, "已提交")

    # the province looks it up in the registry and lets it in
    sign_in(province, "province_officer")
    province.goto("/desk/vetting")
    province.get_by_role("link", name="湖北暖灶慈善基金会（演示）").first.click()
    province.select_option("[name=rating]", "4A")
    fill(province, {"rating_ends_on": "2029-01-01", "report_year": "2025", "basis": "登记系统，当天查询"})
    province.select_option("[name=report_result]", "passed")
    press(province, "保存登记信息")
    compare_all(province)
    said(province, "已通过")

    # it posts an offering, sees the need ranked with reasons, and bids
    offering = write_offering(organization)
    said(organization, "老人一天只做一顿饭，吃剩菜")
    organization.locator("main a:has-text('接单')").first.click()
    fill(organization, {"message": "设备由我们送到村，下个月可以开餐。", "offered_funds_fen": "5",
                        "offered_in_kind_fen": "6"})
    press(organization, "接单")
    said(organization, "已报出")
    pairing = code_in(organization)

    # the county agrees; before that the province has nothing to decide
    province.goto("/desk/approvals")
    assert province.get_by_text("湖北暖灶慈善基金会").count() == 0
    county.goto("/mine")
    said(county, "湖北暖灶慈善基金会（演示）要接")
    county.goto(f"/desk/pairings/{pairing}")
    press(county, "同意")
    said(county, "已同意")

    # the province compares and approves
    province.goto(f"/desk/approvals?case={pairing}")
    said(province, "为什么是")
    said(province, f"批准后 {before} → {before + 1} 家")
    province.fill("#opinion", "材料齐全，同意结对。")
    press(province, "批准结对")
    said(province, "已批准")
    assert counted(province) == before + 1

    # agreement, work, result
    sign_agreement(county, pairing)
    complete(county, pairing)
    assert counted(county) == before + 1

    db.session.rollback()
    found = db.session.scalar(db.select(Pairing).where(Pairing.code == pairing))
    assert (found.status, found.funds_fen, found.in_kind_fen) == ("completed", 5_000_000, 6_000_000)
    assert found.offering.code == offering
    assert found.offering.capacity_left == 2
    acts = [row.act for row in db.session.scalars(
        db.select(AuditRow).where(AuditRow.kind == "pairing", AuditRow.object_id == pairing).order_by(AuditRow.id))]
    assert acts == ["propose", "accept", "approve", "sign", "complete"]
    member = db.session.scalar(db.select(User.id).where(User.username == "nuanzao"))
    told = db.session.scalars(db.select(Notice).where(Notice.user_id == member)).all()
    assert {notice.subject_code for notice in told} >= {pairing}
    assert len([n for n in told if n.subject_code == pairing]) == 4  # accept, approve, sign, complete; never his own


def test_from_an_order_to_one_more_in_the_count(server, window):
    """The other way round, the county on a phone: 点单 → the organization agrees → approval → agreement."""
    factories.make_need(title="教学点缺音乐老师", category_code="education", body="教学点三十七个孩子，没有音乐老师，"
                        "盼有人每周来上两节音乐课，把合唱队办起来。")
    offering = factories.make_offering(
        factories.first_organization(), title="乡村音乐课支教", category_code="education",
        body="音乐老师每周到教学点上音乐课，带孩子们组建合唱队，自带乐器和教材。").code
    db.session.commit()
    county, organization, province = window(server, PHONE), window(server), window(server)
    before = counted(county)
    sign_in(county, "county_officer")
    county.goto(f"/offerings/{offering}")
    county.locator("a:has-text('点单')").locator("visible=true").first.click()
    fill(county, {"message": "下学期开学就要，教室和住处都已备好。"})
    press(county, "点单")
    said(county, "已报出")
    pairing = code_in(county)
    sign_in(organization, "organization_member")
    organization.goto(f"/desk/pairings/{pairing}")
    with_reason(organization, "谢绝", "本学期老师已经排满。")
    said(organization, "已谢绝")
    county.goto(f"/desk/pairings/{pairing}")
    said(county, "本学期老师已经排满。")
    with_reason(organization, "恢复", "调出了一位老师，可以去。")
    press(organization, "同意")
    said(organization, "已同意")
    sign_in(province, "province_officer")
    province.goto("/desk/approvals")
    province.check(f"[name=case][value='{pairing}']")
    province.locator("main button:has-text('清单')").first.click()
    said(province, f"{before} → {before + 1}")
    press(province, "批准")
    said(province, "已批准")
    assert counted(province) == before + 1
    sign_agreement(county, pairing)
    db.session.rollback()
    found = db.session.scalar(db.select(Pairing).where(Pairing.code == pairing))
    assert (found.status, found.origin) == ("active", "order")
