"""The panel beside the form of a need: asked in pauses, silent when the server is away."""

import pytest

from matchplatform.audit.operations import record
from matchplatform.extensions import db
from tests import factories
from tests.browser.steps import NEED
from tests.browsers import PHONE, sign_in

pytestmark = pytest.mark.once

BESIDE = "[data-beside]"


def test_like_needs_and_likely_offerings_appear_in_a_pause_and_a_fault_disturbs_nothing(server, window):
    need = factories.make_need(title="以前那条老年食堂", status="closed")
    offering = factories.make_offering(factories.first_organization(), title="给老年食堂配灶台冰箱桌椅",
                                       body=NEED["body"])
    # The server may have looked at its empty libraries already: like every act, these leave their rows in the audit.
    record(None, "close", "关闭", "need", object_id=need.code, object_label=need.title)
    record(None, "publish", "发布", "offering", object_id=offering.code, object_label=offering.title)
    db.session.commit()
    page = window(server, PHONE)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/similar") else None)
    sign_in(page, "county_officer")
    page.goto("/desk/needs/new")
    note = page.get_by_text("可能已经有同样的需求。")
    assert not note.is_visible()
    page.locator("[name=title]").press_sequentially(NEED["title"], delay=40)
    page.fill("[name=body]", NEED["body"])
    page.locator(f"{BESIDE} li").first.wait_for()
    assert len(asked) == 1
    assert note.is_visible()
    text = page.inner_text(BESIDE)
    for said in ("很可能是同一件事", "已关闭", "以前那条老年食堂", "给老年食堂配灶台冰箱桌椅"):
        assert said in text
    page.route("**/similar", lambda route: route.fulfill(status=500, body="broken"))
    page.fill("[name=body]", "想把进山的路修一修，雨天车子上不来。")
    page.wait_for_timeout(1200)
    assert len(asked) == 2
    assert page.inner_text(BESIDE) == text
    assert page.input_value("[name=body]").startswith("想把进山的路")
    page.unroute("**/similar")
    page.fill("[name=title]", "进山的路坏了")
    page.get_by_text("没有说同一件事的需求").wait_for()
    assert not note.is_visible()
    assert not page.locator("[data-likely]").count()
