"""The steering board: its numbers are the lengths of the lists behind them."""

import datetime as dt
import json
import re

import pytest

from matchplatform.catalog.models import Campaign, KeyCounty
from matchplatform.catalog.queries import current_campaign
from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.pairings.rules import STATES
from matchplatform.reports import queries
from tests import factories
from tests.web.pages import parsed, statements, words


@pytest.fixture
def pairings(people):
    """One pairing in every state."""
    made = {state: factories.make_pairing(status=state, need=factories.make_need(title=f"事情{state}"))
            for state in STATES.values}
    db.session.commit()
    return made


@pytest.mark.parametrize("role", ["province_officer", "city_officer"])
def test_the_board_stands_in_both_sizes(request, pairings, role):
    browser = request.getfixturevalue(f"as_{role}")
    for path in ("/desk/dashboard", "/desk/dashboard?counties=all", "/desk/dashboard?counties=nothing"):
        parsed(browser.get(path))


@pytest.mark.parametrize("role", ["county_officer", "organization_member", "auditor", "system_admin"])
def test_others_do_not_enter(request, people, role):
    assert request.getfixturevalue(f"as_{role}").get("/desk/dashboard").status_code == 403


def test_every_stage_of_the_funnel_is_as_long_as_its_list(pairings, people, as_province_officer):
    for step in queries.funnel(people.province_officer):
        arguments = "&".join(f"state={one}" for one in step.states)
        shown = words(as_province_officer.get(f"/desk/pairings?{arguments}"))
        assert f"共 {step.total} 件" in shown, step.label


def test_the_funnel_tells_where_the_rest_is(pairings, people):
    steps = {step.label: step for step in queries.funnel(people.province_officer)}
    assert [step.total for step in steps.values()] == [10, 7, 5, 3, 1]
    assert steps["双方同意"].lost == "谢绝 1，撤回 1，还在等答复 1"
    assert steps["签协议"].lost == "批准了还没签 1，终止 1"
    assert steps["办成"].lost == "还在办 1，已暂停 1"


@pytest.mark.parametrize("field", ["confirm_need_from", "confirm_offering_from"])
def test_who_must_confirm_a_change_has_not_agreed_yet(pairings, people, as_province_officer, field):
    setattr(pairings["accepted"], field, 1)
    db.session.commit()
    steps = {step.label: step for step in queries.funnel(people.province_officer)}
    assert [step.total for step in steps.values()] == [10, 6, 5, 3, 1]
    assert steps["双方同意"].lost == "谢绝 1，撤回 1，还在等答复 1，等确认改动 1"
    for step in steps.values():
        shown = words(as_province_officer.get("/desk/pairings?" + "&".join(f"state={one}" for one in step.states)))
        assert f"共 {step.total} 件" in shown


def test_a_city_sees_only_its_counties(pairings, people, as_city_officer):
    factories.make_pairing(status="active", need=factories.make_need(county=factories.OTHER_COUNTY))
    db.session.commit()
    assert queries.funnel(people.city_officer)[0].total == 10
    assert [row.name for row in queries.city_rows(people.city_officer)] == ["孝感市"]
    assert "恩施市" not in words(as_city_officer.get("/desk/dashboard?counties=all"))


def test_every_cell_of_the_matrix_leads_to_as_many_needs(people, as_province_officer):
    for n in range(3):
        factories.make_need(title=f"事{n}")
    factories.make_need(title="截止了", closing_at=now() - dt.timedelta(hours=1))
    db.session.commit()
    page = as_province_officer.get("/desk/dashboard").get_data(as_text=True)
    href = re.search(r'href="([^"]+)" aria-label="孝昌县 养老服务 3 条"', page)[1].replace("&amp;", "&")
    assert "找到 3 条" in words(as_province_officer.get(href))


def test_the_trend_ends_with_the_number_of_the_day(pairings, as_province_officer):
    tree = parsed(as_province_officer.get("/desk/dashboard"))
    block = next(e for e in tree.iter() if isinstance(e.tag, str) and e.get("id") == "trend-data")
    chart = json.loads(block.text)
    assert chart["actual"][-1] == [today().isoformat(), 1]
    assert chart["plan"][-1][1] == chart["goal"] == 160


def test_exceptions_lead_to_their_lists(people, as_province_officer):
    factories.make_pairing(status="approved", approved_at=now() - dt.timedelta(days=40))
    late = factories.make_pairing(status="active", need=factories.make_need(title="到期了"))
    late.starts_on, late.ends_on = today() - dt.timedelta(days=90), today() - dt.timedelta(days=1)
    db.session.commit()
    assert queries.slow_to_sign(people.province_officer) == queries.overdue(people.province_officer) == 1
    assert "共 1 件" in words(as_province_officer.get("/desk/pairings?late=sign"))
    assert "共 1 件" in words(as_province_officer.get("/desk/pairings?late=term"))


def test_the_board_stands_after_the_deadline_and_without_a_campaign(pairings, as_province_officer):
    campaign = current_campaign()
    campaign.ends_on = today() - dt.timedelta(days=3)
    db.session.commit()
    answer = as_province_officer.get("/desk/dashboard")
    parsed(answer)
    assert "行动已结束" in words(answer)
    db.session.execute(db.delete(KeyCounty))
    db.session.execute(db.delete(Campaign))
    db.session.commit()
    answer = as_province_officer.get("/desk/dashboard?counties=all")
    parsed(answer)
    assert "还没有行动" in words(answer)


def test_statements_do_not_grow_with_the_rows(pairings, as_province_officer):
    def look():
        assert as_province_officer.get("/desk/dashboard?counties=all").status_code == 200

    look()
    before = statements(look)
    for n in range(4):
        factories.make_pairing(status="active", need=factories.make_need(title=f"又一件{n}", county="422801"))
    db.session.commit()
    assert statements(look) == before


def test_heat_has_five_steps():
    assert [queries.heat(n, 8) for n in (0, 1, 4, 8)] == [0, 1, 3, 5]
    assert queries.heat(1, 1) == 2
