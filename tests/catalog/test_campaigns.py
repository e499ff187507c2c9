"""Campaigns: one at a time, steered by the province with a reason, and what their dates mean."""

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.audit.models import AuditRow
from matchplatform.catalog import operations, queries, rules
from matchplatform.core.clock import today
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.extensions import db
from tests import factories

DAY = dt.timedelta(days=1)


def values(**changes):
    return {"name": "下一个三年行动", "source": "某号文件", "starts_on": today() + 61 * DAY,
            "ends_on": today() + 900 * DAY, "goal": 200, "requires_rating": True, "requires_three_years": False,
            "requires_three_staff": False, **changes}


def current():
    queries.forget()
    return queries.current_campaign()


def logged(act):
    return db.session.scalars(db.select(AuditRow).where(AuditRow.act == act)).all()


@pytest.mark.parametrize(("starts", "ends", "allowed"), [
    ("2026-01-01", "2028-12-31", True), ("2025-12-31", "2028-12-31", False), ("2022-01-01", "2023-01-01", False),
    ("2022-01-01", "2022-12-31", True), ("2024-01-01", "2024-06-30", False), ("2022-01-01", "2027-01-01", False),
    ("2026-01-01", "2026-01-01", False), ("2027-01-01", "2026-01-01", False), ("2026-01-01", "2037-01-01", False)])
def test_two_campaigns_never_run_at_once(starts, ends, allowed):
    other = SimpleNamespace(name="三年行动", starts_on=dt.date(2023, 1, 1), ends_on=dt.date(2025, 12, 31))
    verdict = rules.dates_verdict(dt.date.fromisoformat(starts), dt.date.fromisoformat(ends), [other])
    assert bool(verdict) is allowed
    assert allowed or (verdict.reason and verdict.remedy)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), st.integers(1, 900), st.integers(1, 400),
       st.dates(dt.date(2019, 1, 1), dt.date(2034, 1, 1)))
def test_the_plan_grows_evenly_from_nothing_to_the_goal(start, days, goal, day):
    campaign = SimpleNamespace(starts_on=start, ends_on=start + days * DAY, goal=goal)
    got = rules.planned(campaign, day)
    assert 0 <= got <= goal
    assert got <= rules.planned(campaign, day + DAY)
    assert rules.planned(campaign, campaign.ends_on) == goal
    assert rules.planned(campaign, start - DAY) == 0


@pytest.mark.parametrize(("day", "state"), [
    ("2022-12-31", "coming"), ("2023-01-01", "running"), ("2025-12-31", "running"), ("2026-01-01", "ended")])
def test_the_last_day_still_counts(day, state):
    campaign = SimpleNamespace(starts_on=dt.date(2023, 1, 1), ends_on=dt.date(2025, 12, 31), goal=160)
    assert rules.campaign_state(campaign, dt.date.fromisoformat(day)).value == state


def test_the_current_campaign_runs_else_ended_last_else_comes_next(app):
    running = current()
    assert running.name == "测试行动"
    operations_before = queries.current_campaign(running.ends_on + DAY)
    assert operations_before.id == running.id
    assert queries.current_campaign(dt.date(2000, 1, 1)) is not None


def test_the_next_campaign_copies_the_list_to_be_verified_again(people):
    model = current()
    model.key_counties[0].status = "verified"
    campaign = operations.open_campaign(people.province_officer, values(), model)
    assert {row.county_code for row in campaign.key_counties} == {row.county_code for row in model.key_counties}
    assert {row.status for row in campaign.key_counties} == {"unverified"}
    assert campaign.key_counties[0].source == model.key_counties[0].source
    assert current().id == model.id
    assert queries.current_campaign(campaign.starts_on).id == campaign.id
    row, = logged("open_campaign")
    assert (row.kind, row.actor_name) == ("campaign", "周正")
    later = values(name="再下一个", starts_on=campaign.ends_on + DAY, ends_on=campaign.ends_on + 100 * DAY)
    assert operations.open_campaign(people.province_officer, later, None).key_counties == []


@pytest.mark.parametrize(("changes", "said"), [
    ({"starts_on": today()}, "日期重叠"), ({"name": "测试行动"}, "已经有一个叫"),
    ({"ends_on": today() + 61 * DAY}, "晚于开始")])
def test_a_campaign_that_breaks_a_rule_is_refused(people, changes, said):
    with pytest.raises(Refusal, match=said):
        operations.open_campaign(people.province_officer, values(**changes), None)


@pytest.mark.parametrize("name", sorted(set(factories.PEOPLE) - {"province_officer", "second_province_officer"}))
def test_nobody_but_the_province_steers(people, name):
    actor, campaign = getattr(people, name), current()
    row = campaign.key_counties[0]
    for act in (lambda: operations.open_campaign(actor, values(), None),
                lambda: operations.edit_campaign(actor, campaign, values(), "理由"),
                lambda: operations.add_key_county(actor, campaign, "420102", "来源", ""),
                lambda: operations.edit_key_county(actor, campaign, row, source="来源", note="", verified=True),
                lambda: operations.remove_key_county(actor, campaign, row, "理由"),
                lambda: operations.add_category(actor, "非遗传承", "culture"),
                lambda: operations.set_category_active(actor, queries.categories()[0], False, "理由")):
        with pytest.raises(Refusal, match="省民政厅"):
            act()
    assert db.session.scalars(db.select(AuditRow).where(AuditRow.kind == "campaign")).all() == []


def kept(campaign, **changes):
    return {name: getattr(campaign, name) for name in operations.CAMPAIGN_FIELDS} | changes


def test_editing_wants_a_reason_and_a_fresh_page_and_says_what_changed(people):
    campaign, actor = current(), people.province_officer
    version = campaign.version
    with pytest.raises(Refusal, match="理由"):
        operations.edit_campaign(actor, campaign, kept(campaign, goal=170), " ", version)
    operations.edit_campaign(actor, campaign, kept(campaign, goal=170), "厅务会调整", version)
    assert (campaign.goal, current().goal) == (170, 170)
    with pytest.raises(Conflict):
        operations.edit_campaign(actor, campaign, kept(campaign, goal=180), "再调整", version)
    with pytest.raises(Refusal, match="没有变化"):
        operations.edit_campaign(actor, campaign, kept(campaign), "没改", campaign.version)
    row, = logged("edit_campaign")
    assert ('"goal": ["160", "170"]' in row.detail, row.reason) == (True, "厅务会调整")
    with pytest.raises(Refusal, match="日期重叠"):
        operations.edit_campaign(actor, campaign, kept(campaign, starts_on=dt.date(2025, 6, 1)), "提前", None)


def test_a_county_is_added_verified_and_removed_and_the_kept_answers_follow(people):
    campaign, actor = current(), people.province_officer
    assert factories.PLAIN_COUNTY not in queries.key_county_codes()
    row = operations.add_key_county(actor, campaign, factories.PLAIN_COUNTY, "某号文件", "")
    assert factories.PLAIN_COUNTY in queries.key_county_codes()
    operations.edit_key_county(actor, campaign, row, source="另一号文件", note="附表一", verified=True)
    assert (row.status, row.recorded_on, row.source) == ("verified", today(), "另一号文件")
    assert queries.key_county_counts()[campaign.id] == (38, 1)
    with pytest.raises(Refusal, match="理由"):
        operations.remove_key_county(actor, campaign, row, "")
    operations.remove_key_county(actor, campaign, row, "不在文件附表里")
    assert factories.PLAIN_COUNTY not in queries.key_county_codes()
    with pytest.raises(NotFound):
        queries.key_county(campaign, factories.PLAIN_COUNTY)
    acts = [one.act for one in db.session.scalars(db.select(AuditRow).where(AuditRow.kind == "campaign"))]
    assert acts == ["add_key_county", "edit_key_county", "remove_key_county"]


@pytest.mark.parametrize(("code", "source", "said"), [
    ("420921", "某号文件", "已经在名单里"), ("420900", "某号文件", "没有这个县"), ("", "某号文件", "没有这个县"),
    ("420102", " ", "来源")])
def test_what_cannot_be_added_to_the_list(people, code, source, said):
    with pytest.raises(Refusal, match=said):
        operations.add_key_county(people.province_officer, current(), code, source, "")


def test_categories_are_added_renamed_and_put_aside(people):
    actor = people.province_officer
    row = operations.add_category(actor, "非遗传承", "culture")
    assert queries.categories()[-1].name == "非遗传承"
    operations.rename_category(actor, row, "非遗保护")
    with pytest.raises(Refusal, match="已经有"):
        operations.rename_category(actor, row, "养老服务")
    with pytest.raises(Refusal, match="已经有"):
        operations.add_category(actor, "养老服务", "elderly")
    with pytest.raises(Refusal, match="图案"):
        operations.add_category(actor, "数字乡村", "../../etc")
    operations.set_category_active(actor, row, False, "并入文化体育")
    assert "非遗保护" not in [one.name for one in queries.categories()]
    assert queries.category(row.code).name == "非遗保护"
    with pytest.raises(Refusal, match="已经是这个状态"):
        operations.set_category_active(actor, row, False, "再停一次")
    assert operations.add_category(actor, "数字乡村", "governance").code != row.code
