"""The plan of coming needs: a county keeps its own, a row becomes a draft, what is left goes to the next year."""

import datetime as dt
import itertools
from types import SimpleNamespace

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.catalog.queries import townships
from matchplatform.core.clock import today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import operations as needs
from matchplatform.needs import plan_operations as operations
from matchplatform.needs import plan_queries as queries
from matchplatform.needs import plan_rules as rules
from matchplatform.needs.models import Need
from matchplatform.needs.plan_models import PlanRow
from matchplatform.needs.seed import load_templates
from tests import factories
from tests.needs.test_pages import Strict
from tests.pairings.test_pages import text_of

YEAR = today().year
VALUES = {"title": "给三个村的老年食堂添设备", "category_code": "elderly_care", "township_code": None, "quarter": 2,
          "amount_fen": 12_000_000, "people": 180, "note": "万冲、白沙、小河三个村。"}
POSTED = {"title": "给三个村的老年食堂添设备", "category_code": "elderly_care", "township_code": "", "quarter": "2",
          "amount_fen": "12", "people": "180人", "note": "三个村。"}

# verb -> (from, to); the county's own officers only
TABLE = {"write": ("planned", "drafted"), "drop": ("planned", "dropped"), "restore": ("dropped", "planned"),
         "carry": ("planned", "carried"), "give_back": ("carried", "planned")}


@pytest.fixture
def row(people):
    made = operations.add_row(people.county_officer, YEAR, VALUES)
    db.session.commit()
    return made


def strict(answer):
    parser = Strict()
    parser.feed(answer.get_data(as_text=True))
    assert parser.faults == []
    return text_of(answer)


# ---- the law

def test_the_table_is_what_the_county_expects():
    assert {one.verb: (one.source, one.target) for one in rules.LIFECYCLE.table} == TABLE
    for verb, state in itertools.product(TABLE, rules.STATES.values):
        assert bool(rules.LIFECYCLE.verdict(verb, state, {"keeper"})) == (TABLE[verb][0] == state)
        assert not rules.LIFECYCLE.verdict(verb, state, set())


@pytest.mark.parametrize("name", factories.PEOPLE)
@pytest.mark.parametrize("state", ["planned", "drafted", "dropped", "carried"])
def test_who_may_change_and_delete_a_row(people, name, state):
    actor, found = getattr(people, name), SimpleNamespace(status=state, county_code=factories.COUNTY)
    own = name in ("county_officer", "second_county_officer")
    assert bool(rules.can_edit(actor, found)) == (own and state == "planned")
    assert bool(rules.can_delete(actor, found)) == (own and state in ("planned", "dropped"))
    assert rules.can_edit(actor, found).reason or (own and state == "planned")


def test_quarters_and_their_days():
    assert rules.days_of(2026, 1) == (dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    assert rules.days_of(2026, 4) == (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    for month, quarter in zip(range(1, 13), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], strict=True):
        assert rules.quarter_of(dt.date(2026, month, 28)) == (2026, quarter)


# ---- acts

def test_only_the_county_adds_rows_and_only_for_years_nearby(people):
    for name in ("township_officer", "city_officer", "province_officer", "organization_member"):
        with pytest.raises(Refusal, match="计划由本县"):
            operations.add_row(getattr(people, name), YEAR, VALUES)
    with pytest.raises(Refusal, match="计划只能填"):
        operations.add_row(people.county_officer, YEAR + 4, VALUES)
    with pytest.raises(Refusal, match="不在本县"):
        operations.add_row(people.county_officer, YEAR, {
            **VALUES, "township_code": townships(factories.OTHER_COUNTY)[0].code})
    with pytest.raises(Refusal, match="没有这个帮扶领域"):
        operations.add_row(people.county_officer, YEAR, {**VALUES, "category_code": "no_such"})


def test_a_row_becomes_a_draft_and_the_two_know_each_other(people, row):
    load_templates()
    need = operations.write_need(people.second_county_officer, row, row.version)
    assert (need.status, need.title, need.funds_gap_fen, need.beneficiaries, need.category_code) == (
        "draft", VALUES["title"], 12_000_000, 180, "elderly_care")
    assert need.body.startswith(VALUES["note"])
    assert "已有条件：" in need.body  # the outline of the template whose name is nearest
    assert (row.status, row.need_id, queries.row_of_need(need)) == ("drafted", need.id, row)
    kinds = {(one.kind, one.act) for one in db.session.scalars(db.select(AuditRow))}
    assert {("plan", "create"), ("plan", "write"), ("need", "create"), ("need", "from_plan")} <= kinds


def test_a_row_is_written_once(people, row):
    need = operations.write_need(people.county_officer, row)
    with pytest.raises(Conflict, match=need.code):
        operations.write_need(people.second_county_officer, row)
    assert db.session.scalar(db.select(db.func.count()).select_from(Need)) == 1


def test_two_rows_with_the_same_words_do_not_share_a_draft(people, row):
    twin = operations.add_row(people.county_officer, YEAR, VALUES)
    operations.write_need(people.county_officer, row)
    with pytest.raises(Refusal, match="刚才已经照同样的话写过"):
        operations.write_need(people.county_officer, twin)


def test_a_written_row_is_neither_changed_nor_deleted(people, row):
    operations.write_need(people.county_officer, row)
    with pytest.raises(Refusal, match="已经写成需求"):
        operations.edit_row(people.county_officer, row, {"title": "别的"})
    with pytest.raises(Refusal, match="不能删"):
        operations.move(people.county_officer, row, "delete")


def test_a_stale_page_changes_nothing(people, row):
    seen = row.version
    operations.edit_row(people.second_county_officer, row, {"people": 200}, seen)
    with pytest.raises(Conflict, match="同事刚刚改过"):
        operations.edit_row(people.county_officer, row, {"people": 90}, seen)
    assert row.people == 200


def test_what_is_left_over_goes_to_the_next_year_once(people, row):
    operations.move(people.county_officer, operations.add_row(people.county_officer, YEAR, {
        **VALUES, "title": "不办了的"}), "drop")
    made = operations.carry(people.county_officer, YEAR)
    assert [(one.year, one.quarter, one.title, one.carried_from_id) for one in made] == [
        (YEAR + 1, 2, VALUES["title"], row.id)]
    assert row.status == "carried"
    with pytest.raises(Refusal, match="没有剩下的行"):
        operations.carry(people.second_county_officer, YEAR)


def test_deleting_a_carried_row_gives_the_old_one_back(people, row):
    made = operations.carry(people.county_officer, YEAR)
    with pytest.raises(Refusal, match="已经转到下年"):
        operations.move(people.county_officer, row, "delete")
    said = operations.move(people.county_officer, made[0], "delete")
    assert f"{YEAR} 年的那一行回到" in said
    assert (row.status, db.session.scalar(db.select(db.func.count()).select_from(PlanRow))) == ("planned", 1)


def test_sums_leave_out_what_was_dropped_or_carried(people, row):
    dropped = operations.add_row(people.county_officer, YEAR, {**VALUES, "title": "另一件"})
    operations.move(people.county_officer, dropped, "drop")
    sums = queries.whole(queries.county_plan(factories.COUNTY, YEAR))
    assert (sums.rows, sums.written, sums.amount_fen, sums.people) == (1, 0, 12_000_000, 180)
    for name, seen in (("city_officer", 1), ("province_officer", 1), ("other_county_officer", 0),
                       ("organization_member", 0)):
        found = queries.by_category(getattr(people, name), queries.PlanFilter(YEAR))
        assert [one.sums.rows for one in found] == [1] * seen, name


def test_what_is_due_is_this_quarters_and_the_next_ones_a_month_before(people):
    operations.add_row(people.county_officer, YEAR, {**VALUES, "quarter": 3})
    first = dt.date(YEAR, 7, 1)
    assert queries.due_rows(factories.COUNTY, first) == [("本季度", YEAR, 1)]
    assert queries.due_rows(factories.COUNTY, first - dt.timedelta(days=20)) == [("下季度", YEAR, 1)]
    assert queries.due_rows(factories.COUNTY, first - dt.timedelta(days=40)) == []


# ---- pages

def test_the_county_keeps_its_plan_on_one_page(as_county_officer):
    answer = as_county_officer.post(f"/desk/plans?year={YEAR}", data=POSTED, follow_redirects=True)
    assert "已记进" in strict(answer)
    row = db.session.scalars(db.select(PlanRow)).one()
    assert (row.quarter, row.amount_fen, row.people) == (2, 12_000_000, 180)
    page = strict(as_county_officer.get(f"/desk/plans/{row.id}"))
    assert "存下这一行" in page
    answer = as_county_officer.post(f"/desk/plans/{row.id}", data={**POSTED, "people": "200", "version": row.version},
                                    follow_redirects=True)
    assert "计划已改" in strict(answer)
    answer = as_county_officer.post(f"/desk/plans/{row.id}/drop", follow_redirects=True)
    assert "不办了" in strict(answer)
    as_county_officer.post(f"/desk/plans/{row.id}/restore")
    answer = as_county_officer.post("/desk/plans/carry", data={"year": YEAR}, follow_redirects=True)
    assert f"1 行转到 {YEAR + 1} 年" in strict(answer)


def test_faults_are_told_beside_the_fields(as_county_officer):
    answer = as_county_officer.post("/desk/plans", data={**POSTED, "title": "", "amount_fen": "很多", "quarter": "9",
                                                         "township_code": "422801001"})
    text = strict(answer)
    assert answer.status_code == 422
    for said in ("要办的事还没有填", "大约要多少钱要填数字", "季度请从四个里选一个", "不在本县"):
        assert said in text, said


def test_a_row_is_written_from_the_page(as_county_officer, row):
    answer = as_county_officer.post(f"/desk/plans/{row.id}/write", data={"version": row.version})
    need = db.session.scalars(db.select(Need)).one()
    assert answer.location.endswith(f"/desk/needs/{need.code}/edit")
    page = strict(as_county_officer.get(f"/desk/plans?year={YEAR}"))
    assert need.code in page
    assert "需求现在：草稿" in page
    assert f"{YEAR} 年计划" in strict(as_county_officer.get(f"/desk/needs/{need.code}"))


def test_city_and_province_read_and_others_stay_out(as_city_officer, as_province_officer, as_other_county_officer,
                                                    as_organization_member, as_township_officer, row):
    for browser in (as_city_officer, as_province_officer):
        assert VALUES["title"] not in strict(browser.get(f"/desk/plans?year={YEAR}"))
        page = strict(browser.get(f"/desk/plans?year={YEAR}&county={factories.COUNTY}"))
        assert VALUES["title"] in page
        assert "写成需求" not in page.replace("已写成需求", "")
        assert browser.post("/desk/plans", data=POSTED).status_code in (303, 403, 409, 422)
        assert browser.post(f"/desk/plans/{row.id}/drop").status_code == 403
    assert as_other_county_officer.get(f"/desk/plans/{row.id}").status_code == 404
    assert as_other_county_officer.post(f"/desk/plans/{row.id}/delete").status_code == 404
    assert as_organization_member.get("/desk/plans").status_code == 403
    assert as_township_officer.get("/desk/plans").status_code == 403
    assert db.session.scalar(db.select(db.func.count()).select_from(PlanRow)) == 1


def test_a_county_of_another_city_is_not_shown_to_a_city(as_city_officer, people):
    operations.add_row(people.other_county_officer, YEAR, {**VALUES, "title": "恩施的一行"})
    db.session.commit()
    assert "恩施的一行" not in text_of(as_city_officer.get(f"/desk/plans?county={factories.OTHER_COUNTY}"))


def test_what_is_due_waits_on_the_desk(as_county_officer, people):
    year, quarter = rules.quarter_of(today())
    operations.add_row(people.county_officer, year, {**VALUES, "quarter": quarter})
    db.session.commit()
    assert "本季度计划还有 1 条没写" in text_of(as_county_officer.get("/mine"))


def test_a_withdrawn_need_stays_the_trace_of_its_row(people, row):
    need = operations.write_need(people.county_officer, row)
    needs.edit_need(people.county_officer, need, {"village": "万冲村"})
    assert row.status == "drafted"
