"""What goes wrong in an office: wrong figures, expired sessions, two windows, two clicks."""


import pytest
import sqlalchemy as sa

from matchplatform.accounts.models import SignIn
from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.pairings.models import Pairing
from tests import factories
from tests.browser.steps import NEED, fill, press, said
from tests.browsers import PHONE, sign_in

pytestmark = pytest.mark.once

WRONG = [
    ("funds_gap_fen", "十万零一千", "请写成 10.1"), ("funds_gap_fen", "1e309", "要填数字"),
    ("funds_gap_fen", "-1", "负数"), ("closing_at", "2020年1月1日", "已经过去"),
    ("title", "<b>老人</b>", "不能有 <"), ("title", "=1+1 老人吃饭", "公式"),
    ("body", "长" * 40_000, "最多 5000 字"), ("contact_phone", "1387123602", "11 位"),
]


def test_a_wrong_value_is_named_beside_its_field_and_nothing_typed_is_lost(server, window):
    page = window(server)
    sign_in(page, "county_officer")
    for field, typed, message in WRONG:
        page.goto("/desk/needs/new")
        fill(page, {**NEED, field: typed})
        page.select_option("[name=category_code]", "elderly_care")
        press(page, "保存并预览")
        control = page.locator(f"[name={field}][aria-invalid=true]")
        control.wait_for()
        beside = " ".join(page.locator(f"[id='{one}']").inner_text()
                          for one in control.get_attribute("aria-describedby").split())
        assert message in beside, field
        for name, value in (NEED | {field: typed}).items():
            assert page.input_value(f"[name='{name}']") == value, (field, name)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Need)) == 0


def test_a_long_form_survives_an_expired_session(server, window):
    page = window(server)
    sign_in(page, "county_officer")
    page.goto("/desk/needs/new")
    fill(page, NEED)
    page.wait_for_timeout(900)  # the draft is kept a moment after the last key
    db.session.execute(sa.update(SignIn).values(ended_at=now()))
    db.session.commit()
    press(page, "只存草稿")
    said(page, "登录已过期")
    page.fill("[name=username]", "county_officer")
    page.fill("[name=password]", "Test-pass-2026")
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: url.endswith("/desk/needs/new"))
    said(page, "已找回")
    for name, value in NEED.items():
        assert page.input_value(f"[name='{name}']") == value, name


def test_a_stale_page_acts_on_a_decided_pairing_and_is_told_in_a_sentence(server, window):
    pairing = factories.make_pairing(status="accepted")
    code = pairing.code
    db.session.commit()
    first, second = window(server), window(server)
    sign_in(first, "province_officer")
    sign_in(second, "second_province_officer")
    for page in (first, second):
        page.goto(f"/desk/approvals?case={code}")
    press(first, "批准结对")
    said(first, "已批准")
    second.fill("#opinion", "请补充资金来源说明。")
    press(second, "驳回")
    said(second, "已批准这件结对")
    db.session.rollback()
    assert db.session.scalar(sa.select(Pairing.status).where(Pairing.code == code)) == "approved"


def test_two_clicks_make_one_need(server, window):
    page = window(server)
    sign_in(page, "county_officer")
    page.goto("/desk/needs/new")
    fill(page, NEED)
    page.select_option("[name=category_code]", "elderly_care")
    page.locator("main button[value=draft]").dblclick()
    page.wait_for_url(lambda url: not url.endswith("/new"))
    page.wait_for_load_state("networkidle")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Need)) == 1


def test_a_foreign_number_in_the_address_is_not_found(server, window):
    need = factories.make_need(status="draft").code
    db.session.commit()
    page = window(server, PHONE)
    sign_in(page, "other_county_officer")
    for path in (f"/desk/needs/{need}", f"/desk/needs/{need}/edit", f"/needs/{need}", "/desk/pairings/JD2026-9999"):
        assert page.goto(path).status == 404, path
        said(page, "没有找到")


def test_the_menu_and_the_primary_button_work_with_the_keyboard_on_a_phone(server, window):
    factories.make_need()
    db.session.commit()
    page = window(server, PHONE)
    page.goto("/")
    page.keyboard.press("Tab")
    assert "跳到正文" in page.evaluate("document.activeElement.textContent")
    toggler = page.locator(".navbar-toggler")
    toggler.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="需求项目库").first.wait_for(state="visible")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
