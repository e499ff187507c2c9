"""What was typed is never lost: a tab closed in the middle, a page that failed, a form put right on another page."""

import pytest

from tests.browser.steps import NEED, fill, press, said
from tests.browsers import sign_in

pytestmark = pytest.mark.once


def holds(page, values):
    return {name: page.input_value(f"[name='{name}']") for name in values} == values


def test_a_closed_tab_is_found_again_and_a_saved_form_leaves_nothing_behind(server, window):
    page = window(server)
    sign_in(page, "county_officer")
    page.goto("/desk/needs/new")
    fill(page, NEED)
    page.wait_for_timeout(900)  # the draft is kept a moment after the last key
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(f"{server}/desk/needs/new")
    said(page, "已找回")
    assert holds(page, NEED)
    page.select_option("[name=category_code]", "elderly_care")
    press(page, "只存草稿")
    said(page, "草稿已存")
    page.wait_for_selector("body[data-ready]")  # the page's script has seen that it was accepted
    page.goto(f"{server}/desk/needs/new")
    assert not page.get_by_text("已找回").count()
    assert page.input_value("[name=title]") == ""


def test_a_draft_can_be_thrown_away(server, window):
    page = window(server)
    sign_in(page, "county_officer")
    page.goto("/desk/needs/new")
    page.fill("[name=title]", "写错了的一条")
    page.wait_for_timeout(900)
    page.reload()
    said(page, "已找回")
    assert page.input_value("[name=title]") == "写错了的一条"
    page.get_by_role("button", name="不要这份").click()
    assert page.input_value("[name=title]") == ""
    page.reload()
    assert not page.get_by_text("已找回").count()
