"""Progress reports: who may report what when, what follows from it, and what two at once come to."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import frozen, now, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings import operations as pairings
from matchplatform.tracking import operations, queries, rules
from matchplatform.tracking.models import ProgressReport
from tests import factories
from tests.tracking.making import DAY, said, under_way


@pytest.fixture
def pairing(people):
    return under_way()


def this_month(rhythm="monthly"):
    return rules.period_of(today(), rhythm).code


def test_a_report_brings_the_lines_and_tells_the_other_side(people, pairing):
    fridge, tables = [one.need_line_id for one in pairing.lines]
    made = operations.report(people.organization_member, pairing, this_month(),
                             said(brought={fridge: 1, tables: 0}, difficulties="路修到一半，车进不去。"))
    assert made.brought == {fridge: 1}
    assert [one.delivered for one in pairing.lines] == [1, 0]
    db.session.refresh(pairing.need)
    assert [one.delivered for one in pairing.need.lines] == [1, 0]
    told = set(db.session.scalars(sa.select(Notice.user_id).where(Notice.subject_code == pairing.code)))
    assert people.county_officer.id in told
    assert people.province_officer.id in told     # a difficulty is written
    assert people.organization_member.id not in told
    row = db.session.scalars(sa.select(AuditRow).where(AuditRow.act == "progress")).one()
    assert (row.object_id, row.county_code, row.organization_id) == (
        pairing.code, pairing.county_code, pairing.organization_id)


REPORTERS = {"county_officer": True, "second_county_officer": True, "organization_member": True,
             "province_officer": False, "city_officer": False, "other_organization_member": False,
             "other_county_officer": False}


@pytest.mark.parametrize(("role", "may"), REPORTERS.items())
def test_the_two_sides_report_and_nobody_else(people, pairing, role, may):
    actor = getattr(people, role)
    if may:
        assert operations.report(actor, pairing, this_month(), said()).side == (
            "county" if "county" in role else "organization")
    else:
        with pytest.raises(Refusal):
            operations.report(actor, pairing, this_month(), said())


@pytest.mark.parametrize("status", ["terminated", "completed", "suspended", "approved"])
def test_no_progress_of_what_is_not_under_way(people, status):
    pairing = under_way(status=status)
    with pytest.raises(Refusal, match="报进展"):
        operations.report(people.organization_member, pairing, this_month(), said())


def test_one_report_a_period(people, pairing):
    operations.report(people.organization_member, pairing, this_month(), said())
    with pytest.raises(Conflict, match="已经报过"):
        operations.report(people.county_officer, pairing, this_month(), said())


def test_the_database_keeps_the_second_report_out(people, pairing):
    made = operations.report(people.organization_member, pairing, this_month(), said())
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.insert(ProgressReport).values(
            pairing_id=pairing.id, period=made.period, side="county", done="再报一次", difficulties="", funds_fen=0,
            in_kind_fen=0, households=0, people=0, trained=0, employed=0, sales_fen=0, reported_by=made.reported_by,
            reported_at=now(), version=1))
    db.session.rollback()


@pytest.mark.parametrize("name", rules.FIGURES)
def test_the_database_refuses_a_negative_figure(people, pairing, name):
    made = operations.report(people.organization_member, pairing, this_month(), said())
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(ProgressReport).where(ProgressReport.id == made.id).values(**{name: -1}))
    db.session.rollback()


def test_wan_typed_as_yuan_is_asked_about_and_then_taken(people, pairing):
    huge = said(funds_fen=500_000_000_000)
    with pytest.raises(operations.Doubt, match="是不是把元当成万元填了") as told:
        operations.report(people.organization_member, pairing, this_month(), huge)
    assert told.value.field == "funds_fen"
    made = operations.report(people.organization_member, pairing, this_month(), {**huge, "sure": True})
    assert made.funds_fen == 500_000_000_000


def test_more_than_was_agreed_is_refused_with_the_line(people, pairing):
    fridge = pairing.lines[0].need_line_id
    with pytest.raises(Refusal, match="冰箱约定 4 台"):
        operations.report(people.organization_member, pairing, this_month(), said(brought={fridge: 5}))


def test_mending_moves_the_lines_by_the_difference(people, pairing):
    fridge, tables = [one.need_line_id for one in pairing.lines]
    made = operations.report(people.organization_member, pairing, this_month(), said(brought={fridge: 3, tables: 5}))
    operations.mend(people.county_officer, made, said(brought={tables: 8}, people=20), made.version)
    assert [one.delivered for one in pairing.lines] == [0, 8]
    assert (made.brought, made.people, made.mended_by) == ({tables: 8}, 20, people.county_officer.id)
    row = db.session.scalars(sa.select(AuditRow).where(AuditRow.act == "progress_mend")).one()
    assert '"people": 12' in row.detail
    assert '"people": 20' in row.detail


def test_a_stale_page_mends_nothing(people, pairing):
    made = operations.report(people.organization_member, pairing, this_month(), said())
    seen = made.version
    operations.mend(people.county_officer, made, said(people=20), seen)
    with pytest.raises(Conflict):
        operations.mend(people.organization_member, made, said(people=30), seen)
    assert made.people == 20


def test_nothing_is_mended_after_the_end(people, pairing):
    made = operations.report(people.organization_member, pairing, this_month(), said())
    pairings.act(people.county_officer, pairing, "terminate", "双方同意不做了")
    with pytest.raises(Refusal, match="已终止"):
        operations.mend(people.organization_member, made, said(people=30), None)


def test_funds_and_goods_are_summed_apart(people, pairing):
    with frozen(now() - 40 * DAY):
        operations.report(people.organization_member, pairing, rules.period_of(today(), "monthly").code,
                          said(funds_fen=200, in_kind_fen=70))
    operations.report(people.organization_member, pairing, this_month(), said(funds_fen=300, in_kind_fen=5))
    totals = queries.totals_of(pairing.id)
    assert (totals.reports, totals.funds_fen, totals.in_kind_fen, totals.people) == (2, 500, 75, 24)


def test_late_stalled_and_next_are_told_together(people, pairing):
    """Signed a hundred days ago and never a word: late for every period past its day, stalled since day 60."""
    standing = queries.standing_of(pairing)
    assert standing.stalled_since == today() - 40 * DAY
    assert standing.late
    assert standing.next_report == standing.late[0]
    for period in standing.late:
        operations.report(people.organization_member, pairing, period.code, said())
    standing = queries.standing_of(pairing)
    assert (standing.late, standing.stalled_since) == ((), None)


def test_what_rests_is_not_late(people, pairing):
    pairings.act(people.county_officer, pairing, "suspend", "活动室要加固")
    standing = queries.standing_of(pairing)
    assert (standing.late, standing.stalled_since, standing.next_report) == ((), None, None)
    pairings.act(people.county_officer, pairing, "resume", "修好了")
    standing = queries.standing_of(pairing)  # what happened before the rest is not asked any more
    assert (standing.late, standing.stalled_since) == ((), None)


def test_a_plan_is_set_by_either_side_and_seen_by_both(people, pairing):
    steps = [rules.Step("设备进场", today() + 10 * DAY, 40), rules.Step("开始供餐", today() + 60 * DAY, 60)]
    plan = operations.set_plan(people.county_officer, pairing, "quarterly", steps, None)
    assert [one.share for one in plan.milestones] == [40, 60]
    first = plan.milestones[0]
    operations.tick(people.organization_member, pairing, first.id, True)
    assert queries.standing_of(pairing).done_share == 40
    with pytest.raises(Conflict):
        operations.tick(people.county_officer, pairing, first.id, True)
    with pytest.raises(Refusal, match="已经完成，不能删"):
        operations.set_plan(people.county_officer, pairing, "monthly", [rules.Step("全部", today() + DAY, 100)],
                            plan.version)
    with pytest.raises(Conflict):
        operations.set_plan(people.county_officer, pairing, "monthly", steps, None)  # the page did not know of the plan


@pytest.mark.parametrize(("steps", "words"), [
    ([("进场", 10, 50)], "正好是 100%"), ([], "还没有写里程碑"), ([("进场", 900, 100)], "不在协议期限"),
    ([("进场", -200, 100)], "不在协议期限")])
def test_a_plan_that_does_not_add_up_is_refused(people, pairing, steps, words):
    with pytest.raises(Refusal, match=words):
        operations.set_plan(people.county_officer, pairing, "monthly",
                            [rules.Step(title, today() + day * DAY, share) for title, day, share in steps], None)


def test_a_visit_is_noted_once_and_followed_up_once(people, pairing):
    values = {"way": "visit", "on_day": today(), "whom": "村支书", "note": "灶台装好了，还差排烟。",
              "follow_up_on": today() + 7 * DAY, "once": "a" * 32}
    visit = operations.note_visit(people.province_officer, pairing, values)
    assert operations.note_visit(people.province_officer, pairing, values).id == visit.id
    operations.follow(people.county_officer, pairing, visit.id)
    with pytest.raises(Conflict):
        operations.follow(people.county_officer, pairing, visit.id)
    with pytest.raises(Refusal, match="早于走访"):
        operations.note_visit(people.county_officer, pairing, {**values, "once": "b", "follow_up_on": today() - DAY})
    with pytest.raises(Refusal, match="还没有到"):
        operations.note_visit(people.county_officer, pairing, {**values, "once": "c", "on_day": today() + DAY})


def test_another_pairings_milestone_and_visit_are_not_there(people, pairing):
    from matchplatform.core.errors import NotFound

    other = under_way(organization=factories.make_organization())
    plan = operations.set_plan(people.county_officer, other, "monthly", [rules.Step("全部", today() + DAY, 100)], None)
    with pytest.raises(NotFound):
        operations.tick(people.county_officer, pairing, plan.milestones[0].id, True)
