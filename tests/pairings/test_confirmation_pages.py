"""What the two sides and the approvers see when something was changed after a bid."""

import pytest

from matchplatform.extensions import db
from matchplatform.offerings.operations import edit_offering
from matchplatform.organizations.operations import edit_organization
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.pairings.test_confirmations import change_need
from tests.web.pages import parsed, words


@pytest.fixture
def changed(people):
    """A bid on a need that was changed afterwards."""
    pairing = factories.make_pairing(need=factories.make_need())
    change_need(people, pairing.need)
    db.session.commit()
    return pairing.code


def test_the_member_sees_the_differences_and_two_buttons(as_organization_member, changed):
    answer = as_organization_member.get(f"/desk/pairings/{changed}")
    parsed(answer)
    said = words(answer)
    for one in ("需求改了什么", "等您确认", "餐桌椅", "17 套", "12 套", "继续（按新内容）", "不再办，撤回"):
        assert one in said
    assert "“撤回”的理由" not in said
    assert "需求改了，请您确认" in words(as_organization_member.get("/mine"))
    assert "改了：要办的事、要的东西" in words(as_organization_member.get("/notices"))


def test_the_member_reads_why_and_whose_change_it_was(as_organization_member, changed):
    said = words(as_organization_member.get(f"/desk/pairings/{changed}"))
    assert "为什么改： 核实过了" in said
    assert "陈思 让改动生效，请对方确认 要办的事、要的东西。刘敏提的改动，为什么改：核实过了" in said
    assert "刘敏提的改动，为什么改：核实过了。看过以后选" in words(as_organization_member.get("/notices"))


def test_meanwhile_the_state_reads_as_what_is_awaited(as_organization_member, as_county_officer, changed):
    for browser in (as_organization_member, as_county_officer):
        for path in (f"/desk/pairings/{changed}", "/desk/pairings"):
            assert "待确认改动" in words(browser.get(path)), path
    assert "起等您。看过以后选继续" in words(as_organization_member.get("/mine"))
    assert "对方确认后由您答复" in words(as_county_officer.get("/mine"))
    as_organization_member.post(f"/desk/pairings/{changed}/confirm")
    assert "待确认改动" not in words(as_county_officer.get(f"/desk/pairings/{changed}"))


def test_continuing_frees_the_county_to_agree(as_organization_member, as_county_officer, changed):
    said = words(as_county_officer.get(f"/desk/pairings/{changed}"))
    assert "等社会组织确认" in said
    assert "等对方确认改动" in words(as_county_officer.get("/mine"))
    answer = as_county_officer.post(f"/desk/pairings/{changed}/accept", follow_redirects=True)
    assert "需求改过，等社会组织确认改动" in words(answer)
    assert "已确认按新内容办" in words(as_organization_member.post(f"/desk/pairings/{changed}/confirm",
                                                            follow_redirects=True))
    as_county_officer.post(f"/desk/pairings/{changed}/accept")
    assert db.session.scalar(db.select(Pairing.status).where(Pairing.code == changed)) == "accepted"


def test_leaving_asks_no_reason(as_organization_member, changed):
    answer = as_organization_member.post(f"/desk/pairings/{changed}/retract", follow_redirects=True)
    parsed(answer)
    assert "已撤回，不影响以后" in words(answer)
    assert "因内容改动撤回这件结对" in words(answer)


def test_the_approval_desk_says_that_it_waits_for_the_other_side(as_province_officer, people):
    pairing = factories.make_pairing(status="accepted", need=factories.make_need())
    change_need(people, pairing.need)
    db.session.commit()
    answer = as_province_officer.get(f"/desk/approvals?case={pairing.code}")
    parsed(answer)
    assert "等对方确认改动" in words(answer)
    assert "现在不能批准：需求改过，等社会组织确认改动" in words(answer)


def test_the_county_sees_what_the_organization_changed(as_county_officer, people):
    pairing = factories.make_pairing(need=factories.make_need(), origin="order")
    edit_offering(people.organization_member, pairing.offering, {"funds_fen": 1_000_000})
    db.session.commit()
    answer = as_county_officer.get(f"/desk/pairings/{pairing.code}")
    parsed(answer)
    said = words(answer)
    for one in ("供给改了什么", "3.84 万元", "1 万元", "等您确认", "继续（按新内容）"):
        assert one in said
    assert "供给改了，请您确认" in words(as_county_officer.get("/mine"))
    assert "发布后改过 1 次" in words(as_county_officer.get(f"/offerings/{pairing.offering.code}"))


def test_a_bid_page_from_before_the_change_keeps_what_was_typed(as_organization_member, people):
    need = factories.make_need()
    offering = factories.make_offering(factories.first_organization())
    change_need(people, need, {"contact_name": "李主任"})
    db.session.commit()
    page = as_organization_member.get(f"/desk/needs/{need.code}/bid").get_data(as_text=True)
    assert 'name="seen" value="2"' in page
    change_need(people, need)
    db.session.commit()
    typed = {"choice": offering.code, "message": "设备十天到位，县里请腾好房子。", "offered_funds_fen": "1",
             "offered_in_kind_fen": "0", f"take-{need.lines[0].id}": "5"}
    answer = as_organization_member.post(f"/desk/needs/{need.code}/bid", data={**typed, "seen": "2"})
    assert answer.status_code == 422
    assert "这条需求改过：要办的事、要的东西" in words(answer)
    assert "设备十天到位" in words(answer)
    assert 'name="seen" value="3"' in answer.get_data(as_text=True)
    assert as_organization_member.post(f"/desk/needs/{need.code}/bid", data={**typed, "seen": "3"}).status_code == 303


@pytest.mark.parametrize(("client", "offering_status", "organization_status"), [
    ("as_organization_member", 200, 200), ("as_other_organization_member", 404, 404),
    ("as_province_officer", 200, 200), ("as_city_officer", 403, 404), ("as_county_officer", 403, 403),
    ("as_auditor", 200, 200)])
def test_histories_of_offerings_and_organizations_have_their_readers(
        request, people, client, offering_status, organization_status):
    organization = factories.first_organization()
    offering = factories.make_offering(organization)
    edit_offering(people.organization_member, offering, {"body": offering.body + "还可以帮着培训炊事员。"})
    edit_organization(people.organization_member, organization, {"address": "孝昌县城关"})
    db.session.commit()
    browser = request.getfixturevalue(client)
    for path, status, said in ((f"/desk/offerings/{offering.code}", offering_status, "服务内容与标准"),
                               (f"/desk/organizations/{organization.id}", organization_status, "住所")):
        answer = browser.get(f"{path}/history")
        assert answer.status_code == status
        if status == 200:
            parsed(answer)
            assert f"改了 1 处：{said}" in words(answer)
            parsed(browser.get(f"{path}/history?v=1&a=1&b=2"))
