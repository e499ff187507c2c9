"""The pages of a pairing's course: every page for everybody, every button, nothing typed is lost, foreign ones 404."""

import io

import pytest
from openpyxl import load_workbook

from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.organizations.models import Organization
from matchplatform.pairings import operations as pairings
from matchplatform.pairings.queries import pairing_by_code
from matchplatform.pairings.relay_operations import relay
from matchplatform.tracking import complaint_operations, operations, queries, rules
from tests import factories
from tests.tracking.making import DAY, said, under_way
from tests.web.pages import parsed, words

READERS = ("county_officer", "organization_member", "province_officer", "city_officer")
STRANGERS = ("other_county_officer", "other_organization_member")
PATHS = ("progress", "visits", "complaints")


@pytest.fixture
def pairing(people):
    """With a plan, a report, a visit and a complaint."""
    made = under_way()
    fridge = made.lines[0].need_line_id
    operations.set_plan(people.county_officer, made, "monthly", [
        rules.Step("设备进场", today() - 30 * DAY, 40), rules.Step("开始供餐", today() + 60 * DAY, 60)], None)
    operations.report(people.organization_member, made, this_month(),
                      said(brought={fridge: 1}, difficulties="路没修好"))
    operations.note_visit(people.province_officer, made, {
        "way": "visit", "on_day": today(), "whom": "村支书", "note": "灶台装好了，还差排烟。",
        "follow_up_on": today() + DAY, "once": "v"})
    complaint_operations.complain(people.county_officer, made, "约好十月进场，到现在没有人来过。")
    db.session.commit()
    return made


def this_month():
    return rules.period_of(today(), "monthly").code


def again(pairing):
    db.session.expire_all()
    return pairing_by_code(pairing.code)


@pytest.mark.parametrize("role", READERS)
def test_everybody_concerned_reads_every_page(request, pairing, role):
    browser = request.getfixturevalue(f"as_{role}")
    for path in ("", *(f"/{one}" for one in PATHS), f"/progress/{this_month()}"):
        parsed(browser.get(f"/desk/pairings/{pairing.code}{path}"))
    page = words(browser.get(f"/desk/pairings/{pairing.code}"))
    for expected in ("完成 0%", "里程碑过了日期", "已到 1 / 4 台", "灶台装好了", "约好十月进场"):
        assert expected in page, expected


@pytest.mark.parametrize("role", STRANGERS)
def test_to_strangers_nothing_is_there(request, pairing, role):
    browser = request.getfixturevalue(f"as_{role}")
    for path in (*PATHS, f"progress/{this_month()}"):
        assert browser.get(f"/desk/pairings/{pairing.code}/{path}").status_code == 404
    assert browser.post(f"/desk/pairings/{pairing.code}/visits", data={}).status_code == 404
    assert browser.post(f"/desk/pairings/{pairing.code}/milestones/1/done").status_code == 404


def test_a_report_is_typed_on_a_telephone_and_lands(as_organization_member, people):
    pairing = under_way(days_ago=3)
    db.session.commit()
    fridge = pairing.lines[0].need_line_id
    parsed(as_organization_member.get(f"/desk/pairings/{pairing.code}/progress/new"))
    answer = as_organization_member.post(f"/desk/pairings/{pairing.code}/progress/new", data={
        "period": rules.period_of(pairing.starts_on, "monthly").code, "done": "冰箱送到村里两台。",
        f"brought-{fridge}": "２台", "funds_fen": "1.5", "people": "1,200 人", "households": ""}, follow_redirects=True)
    parsed(answer)
    made, = queries.reports_of(pairing.id)
    assert (made.brought, made.funds_fen, made.people, made.households) == ({fridge: 2}, 1_500_000, 1200, 0)
    assert "上传附件" in words(answer)


@pytest.mark.parametrize(("field", "typed", "told"), [
    ("people", "很多", "要填整数"), ("funds_fen", "-3", "到位资金"), ("done", "", "做了什么还没有填"),
    ("people", "99999999999", "不能大于"), ("brought", "9", "这次最多 4")])
def test_what_is_typed_wrong_is_named_and_nothing_is_lost(as_organization_member, people, field, typed, told):
    pairing = under_way(days_ago=3)
    db.session.commit()
    fridge = pairing.lines[0].need_line_id
    data = {"period": rules.period_of(pairing.starts_on, "monthly").code, "done": "冰箱送到村里两台。",
            f"brought-{fridge}": "2", "people": "12", "funds_fen": "1", "difficulties": "下雨路滑，车进不来。"}
    data[f"brought-{fridge}" if field == "brought" else field] = typed
    answer = as_organization_member.post(f"/desk/pairings/{pairing.code}/progress/new", data=data)
    parsed(answer, 422)
    assert told in words(answer)
    assert "下雨路滑，车进不来。" in answer.get_data(as_text=True)
    assert f'value="{typed}"' in answer.get_data(as_text=True) or field == "done"
    assert queries.reports_of(pairing.id) == []


def test_ten_thousand_times_too_much_is_asked_and_then_taken(as_organization_member, people):
    pairing = under_way(days_ago=3)
    db.session.commit()
    data = {"period": rules.period_of(pairing.starts_on, "monthly").code, "done": "资金已经到位。",
            "funds_fen": "50000"}
    path = f"/desk/pairings/{pairing.code}/progress/new"
    answer = as_organization_member.post(path, data=data)
    parsed(answer, 422)
    assert "按元算是 5 万元" in words(answer)
    assert 'name="sure"' in answer.get_data(as_text=True)
    assert as_organization_member.post(path, data={**data, "sure": "y"}).status_code == 303
    assert queries.reports_of(pairing.id)[0].funds_fen == 50_000_000_000


def test_a_report_is_corrected_in_its_form(as_county_officer, pairing):
    made, = queries.reports_of(pairing.id)
    fridge = pairing.lines[0].need_line_id
    path = f"/desk/pairings/{pairing.code}/progress/{made.period}/edit"
    page = as_county_officer.get(path)
    parsed(page)
    assert f'name="brought-{fridge}" value="1"' in page.get_data(as_text=True)
    seen = made.version
    assert as_county_officer.post(path, data={"version": str(seen), "done": "送去冰箱四台，都通了电。",
                                              f"brought-{fridge}": "4", "people": "30"}).status_code == 303
    assert again(pairing).lines[0].delivered == 4
    stale = as_county_officer.post(path, data={"version": str(seen), "done": "送去冰箱三台。", "people": "31"},
                                   follow_redirects=True)
    assert "别人刚刚" in words(stale)


def test_a_plan_is_written_and_faults_stand_in_their_rows(as_county_officer, people):
    pairing = under_way(days_ago=3)
    db.session.commit()
    path = f"/desk/pairings/{pairing.code}/plan"
    parsed(as_county_officer.get(path))
    first, second = f"{today() + 10 * DAY:%Y-%m-%d}", f"{today() + 40 * DAY:%Y年%-m月%-d日}"
    data = {"rhythm": "quarterly", "steps-0-title": "设备进场", "steps-0-due_on": first, "steps-0-share": "40%",
            "steps-1-title": "开始供餐", "steps-1-due_on": "某一天", "steps-1-share": "60"}
    answer = as_county_officer.post(path, data=data)
    parsed(answer, 422)
    assert "第 2 行" in words(answer)
    assert 'value="某一天"' in answer.get_data(as_text=True)
    assert as_county_officer.post(path, data={**data, "steps-1-due_on": second}).status_code == 303
    plan = queries.plan_of(pairing.id)
    assert (plan.rhythm, [one.share for one in plan.milestones]) == ("quarterly", [40, 60])
    stale = as_county_officer.post(path, data={**data, "steps-1-due_on": second}, follow_redirects=True)
    assert "别人刚刚" in words(stale)


def test_a_milestone_is_ticked_and_unticked(as_organization_member, pairing):
    number = queries.plan_of(pairing.id).milestones[0].id
    path = f"/desk/pairings/{pairing.code}/milestones/{number}"
    assert "完成 40%" in words(as_organization_member.post(f"{path}/done", follow_redirects=True))
    assert "完成 0%" in words(as_organization_member.post(f"{path}/undone", follow_redirects=True))
    assert as_organization_member.post(f"{path}/whatever").status_code == 404


def test_a_visit_sent_twice_is_one_visit(as_province_officer, pairing):
    path = f"/desk/pairings/{pairing.code}/visits"
    data = {"once": "abc", "way": "call", "on_day": f"{today():%Y-%m-%d}", "note": "问了进度，说下周进场。"}
    for _ in range(2):
        assert as_province_officer.post(path, data=data).status_code == 303
    assert len(queries.visits_of(pairing.id)) == 2  # one stood there before
    answer = as_province_officer.post(path, data={**data, "once": "d", "on_day": "2099-01-01"})
    parsed(answer, 422)
    assert "还没有到" in words(answer)
    assert "说下周进场" in answer.get_data(as_text=True)
    number = next(one.id for one in queries.visits_of(pairing.id) if one.follow_up_on)
    assert "已跟进" in words(as_province_officer.post(f"{path}/{number}/followed", follow_redirects=True))


def test_a_complaint_goes_its_way_through_the_pages(as_organization_member, as_province_officer, pairing):
    path = f"/desk/pairings/{pairing.code}/complaints"
    made, = queries.complaints_of(pairing.id)
    answered = as_organization_member.post(f"{path}/{made.id}/answer", data={
        "reason": "车坏了，下周一定到。", "version": str(made.version)}, follow_redirects=True)
    assert "待裁定" in words(answered)
    empty = as_province_officer.post(f"{path}/{made.id}/rule", data={"reason": "限十天内进场。", "back": path},
                                     follow_redirects=True)
    assert "没有选裁定的结果" in words(empty)
    ruled = as_province_officer.post(f"{path}/{made.id}/rule", data={"reason": "限十天内进场。", "ruling": "upheld"},
                                     follow_redirects=True)
    parsed(ruled)
    assert "投诉成立" in words(ruled)


def test_relay_page_and_the_history_that_goes_along(as_county_officer, as_other_organization_member, people, pairing):
    parsed(as_county_officer.get(f"/desk/pairings/{pairing.code}/relay"))
    offering = factories.make_offering(db.session.get(Organization,
                                                      people.other_organization_member.organization_id))
    made = relay(people.county_officer, again(pairing), offering, "四个月没有进展。",
                 "还差三台冰箱和二十套桌椅。", None)
    db.session.commit()
    page = words(as_other_organization_member.get(f"/desk/pairings/{made.code}"))
    assert "接力" in page
    history = as_other_organization_member.get(f"/desk/pairings/{made.code}/former/{pairing.code}")
    parsed(history)
    assert "十二位老人吃上午饭" in words(history)
    assert as_other_organization_member.get(f"/desk/pairings/{pairing.code}/progress").status_code == 404
    assert as_other_organization_member.get(f"/desk/pairings/{made.code}/former/{made.code}").status_code == 404


@pytest.mark.parametrize("role", READERS)
def test_the_board_lists_filters_and_leaves_as_a_workbook(request, pairing, role):
    browser = request.getfixturevalue(f"as_{role}")
    for query, there in (("", True), ("trouble=complaint", True), ("trouble=milestone", True),
                         ("trouble=stalled", False), ("trouble=all&q=没有的字", False),
                         ("trouble=x&sort=x&page=9", True)):
        page = browser.get(f"/desk/tracking?{query}")
        parsed(page)
        assert (pairing.code in words(page)) is there, query
    answer = browser.post("/desk/tracking/export.xlsx", data={"trouble": "all"})
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert pairing.code in [cell.value for row in sheet.iter_rows() for cell in row]


def test_nothing_is_written_where_the_state_forbids_it(as_county_officer, people, pairing):
    pairings.act(people.county_officer, again(pairing), "suspend", "活动室要加固")
    db.session.commit()
    page = as_county_officer.get(f"/desk/pairings/{pairing.code}/progress/new")
    parsed(page)
    assert "正在暂停" in words(page)
    assert "不能改实施计划" in words(as_county_officer.get(f"/desk/pairings/{pairing.code}/plan"))
