"""The panel that asks for missing facts: in pauses only, and never in the way."""

import pytest

from matchplatform.extensions import db
from matchplatform.needs.seed import load_templates
from tests.browsers import WIDE, sign_in

pytestmark = pytest.mark.once

PANEL = "[hx-post$='/questions']"


def test_missing_facts_are_asked_for_in_a_pause_and_go_when_they_are_told(server, window):
    load_templates()
    db.session.commit()
    db.session.remove()
    page = window(server, WIDE)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/questions") else None)
    sign_in(page, "county_officer")
    page.goto("/desk/needs/new")
    page.get_by_text("用模板写，省得从头想").click()
    page.get_by_role("link", name="老年食堂", exact=True).click()
    assert page.input_value("[name=title]").startswith("某村某个老人")
    page.locator("[name=title]").fill("")
    page.locator("[name=title]").press_sequentially("万冲村老人吃饭难，想办老年食堂", delay=40)
    page.locator(f"{PANEL} li").first.wait_for()
    assert len(asked) == 1
    text = page.inner_text(PANEL)
    assert "下面还空着" in text
    assert "大约有多少人" in text
    page.fill("[name=beneficiaries]", "68")
    page.fill("[name=body]", "从去年起，村里 68 个老人一天做一顿饭。腾出的房子水电都通，以后由老年协会管账。"
                             "春节前要开餐。")
    page.locator(PANEL).get_by_text("大约有多少人").wait_for(state="detached")
    assert "送餐" in page.inner_text(PANEL) or page.locator(f"{PANEL} summary").count()
    page.route("**/questions", lambda route: route.fulfill(status=500, body="broken"))
    text = page.inner_text(PANEL)
    page.fill("[name=village]", "万冲村")
    page.wait_for_timeout(1300)
    assert page.inner_text(PANEL) == text
