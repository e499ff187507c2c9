"""An agreement on two telephones: drafted by the county, read and confirmed by the organization, completed by the
county, later prolonged by an amendment."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from matchplatform.agreements.models import Amendment
from matchplatform.core.clock import today, years_later
from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing
from tests.agreements.making import approved
from tests.browser.steps import fill, press, said
from tests.browsers import PHONE, sign_in


def fits(page):
    """Nothing sticks out sideways, and nothing that axe calls a fault of this page."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.evaluate(
        "[...document.querySelectorAll('*')].filter(o => o.scrollWidth > o.clientWidth + 2)"
        ".map(o => o.tagName + '.' + o.className + o.scrollWidth + '/' + o.clientWidth).slice(0, 30).join(' ')")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.once
def test_both_confirm_on_telephones_and_prolong_later(server, window):
    made = approved()
    code, number = made.code, made.id
    db.session.commit()
    db.session.remove()
    county, member = window(server, PHONE), window(server, PHONE)
    sign_in(county, "county_officer")
    sign_in(member, "organization_member")

    # the county drafts it from the pairing's page; the amount typed in 元 is asked about
    county.goto(f"/desk/pairings/{code}")
    county.get_by_role("link", name="在系统里拟好，双方确认").click()
    said(county, "照结对写进去的")
    fits(county)
    fill(county, {"departments": "孝昌县教育局", "funds_fen": "38400"})
    press(county, "保存，看全文")
    said(county, "是不是把元当成万元填了")
    assert county.input_value("[name=departments]") == "孝昌县教育局"
    fill(county, {"funds_fen": "3.84"})
    press(county, "保存，看全文")
    said(county, "人民币叁万捌仟肆佰元整")
    said(county, "社会组织还没有确认这一版")
    fits(county)

    # the organization reads the same text with its hash and confirms first
    member.goto(f"/desk/pairings/{code}/agreement")
    assert member.locator("code").first.text_content() == county.locator("code").first.text_content()
    press(member, "确认这一版协议")
    said(member, "等县里确认，协议就签好了")

    # the county changes a word: the confirmation is gone; once more, and the county completes
    county.goto(f"/desk/pairings/{code}/agreement/edit")
    fill(county, {"other": "开餐前请乙方派人培训炊事员。"})
    press(county, "保存，看全文")
    said(county, "社会组织还没有确认这一版")
    member.reload()
    said(member, "开餐前请乙方派人培训炊事员")
    press(member, "确认这一版协议")
    said(member, "撤回确认")
    county.reload()
    press(county, "确认，签订协议")
    said(county, "双方都已确认，协议签好了")
    fits(county)
    with county.expect_download() as download:
        county.get_by_role("link", name="下载 Word 文件").click()
    assert download.value.suggested_filename == f"结对协议-{code}.docx"

    # later the organization asks for another year, and the county agrees
    end = years_later(db.session.get(Pairing, number).ends_on, 1)
    db.session.remove()
    member.goto(f"/desk/pairings/{code}/agreement/amendments/new")
    fill(member, {"ends_on": end.isoformat(), "reason": "老人还要吃饭，愿意再办一年。"})
    fits(member)
    press(member, "提出，请对方答复")
    said(member, "等县里答复")
    county.goto(f"/desk/pairings/{code}")
    county.get_by_role("link", name="看补充协议，答复").click()
    fits(county)
    press(county, "同意并生效")
    county.locator("details[open] button").click()
    said(county, "补充协议已生效")
    pairing = db.session.get(Pairing, number)
    assert (pairing.status, pairing.signed_on, pairing.ends_on) == ("active", today(), end)
    assert db.session.scalar(db.select(Amendment.number)) == 1
