"""What came of a pairing, on telephones: completed, reported, evaluated by both sides, certified and checked."""

import io
import re

import pypdfium2
import pytest

from matchplatform.extensions import db
from tests.browser.steps import complete, counted, fill, press, said
from tests.browsers import PHONE, sign_in
from tests.results.making import DONE
from tests.tracking.making import under_way


@pytest.mark.once
def test_completed_with_evaluation_and_certificate(server, window):
    pairing = under_way(days_ago=100)
    code, title = pairing.code, pairing.need.title
    db.session.commit()
    db.session.remove()
    member, officer, visitor = (window(server, PHONE) for _ in range(3))
    page = f"/desk/pairings/{code}"

    sign_in(officer, "county_officer")
    complete(officer, code)

    # the organization reports; what it typed stays where a figure is wrong
    sign_in(member, "organization_member")
    member.goto(page)
    member.get_by_role("link", name="写结项报告").click()
    fill(member, {"done": DONE, "funds_fen": "50000", "people": "68", "households": "52"})
    press(member, "交对方确认")
    said(member, "按元算是 5 万元")
    assert member.input_value("[name=done]") == DONE
    fill(member, {"funds_fen": "5"})
    press(member, "交对方确认")
    member.wait_for_url(f"**{page}**")
    said(member, "待对方确认")
    assert member.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # the county confirms, says what it thinks, and issues the certificate
    officer.goto(page)
    said(officer, DONE)
    press(officer, "确认属实")
    officer.locator("main details[open] button", has_text="确认属实").click()
    said(officer, "结项报告已确认")
    officer.get_by_role("link", name="写评价").click()
    press(officer, "交评价")
    said(officer, "打几分还没有填")
    officer.locator("label", has_text="5 分，很好").click()
    fill(officer, {"words": "答应的都做到了，老人很满意。"})
    press(officer, "交评价")
    said(officer, "您的评价对方还看不到")
    press(officer, "发贡献证书")
    officer.get_by_role("link", name="下载证书").wait_for()

    # sealed until both have spoken
    member.goto(page)
    assert "老人很满意" not in member.inner_text("main")
    member.get_by_role("link", name="写评价").click()
    member.locator("label", has_text="4 分，好").click()
    fill(member, {"words": "县里配合好，场地给得及时。"})
    press(member, "交评价")
    said(member, "老人很满意")
    press(member, "回复一次")
    fill(member, {"reply": "谢谢，明年再来。"})
    member.locator("main details[open] button", has_text="回复").click()
    said(member, "谢谢，明年再来。")

    # the certificate says what was done, and its code is what anybody can check
    with member.expect_download() as got:
        member.get_by_role("link", name="下载证书").click()
    text = pypdfium2.PdfDocument(io.BytesIO(got.value.path().read_bytes()))[0].get_textpage().get_text_range()
    number = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", text)[0]
    visitor.goto("/")
    visitor.get_by_role("link", name="查证书").first.click()
    visitor.fill("#code", number.lower().replace("-", " "))
    visitor.locator("main button").first.click()
    visitor.wait_for_url("**/verify/*")
    said(visitor, "证书是真的")
    forged = number[:-1] + ("A" if number[-1] != "A" else "C")
    visitor.goto("/verify")
    visitor.fill("#code", forged)
    visitor.locator("main button").first.click()
    said(visitor, "没有这张证书")

    # and the public page tells the whole way
    visitor.goto(f"/pairings/{code}")
    for what in (title, "签订协议，开始实施", DONE, "老人很满意", "谢谢，明年再来。"):
        said(visitor, what)
    assert visitor.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert counted(visitor) == 1
