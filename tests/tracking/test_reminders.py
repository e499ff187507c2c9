"""The day's reminders: each thing once, to those whom it concerns, and the board shows the same."""

import pytest
import sqlalchemy as sa

from matchplatform.core.clock import frozen, now, today
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.tracking import board_queries, complaint_operations, operations, queries, reminders, rules
from matchplatform.tracking.board_queries import BoardFilter
from tests import factories
from tests.tracking.making import DAY, said, under_way


def heads(pairing):
    """Titles of the notices by the platform itself, without whose pairing it is."""
    rows = db.session.scalars(sa.select(Notice.title).where(Notice.subject_code == pairing.code))
    return {one.split("：")[0] for one in rows}


def test_each_thing_is_said_once(people):
    pairing = under_way()
    first = reminders.remind(pairing.id, today())
    assert first > 0
    said_first = heads(pairing)
    assert "60 天没有进展" in said_first
    assert any("还没报" in one for one in said_first)
    assert any("没有按时报" in one for one in said_first)
    assert reminders.remind(pairing.id, today()) == 0


def test_the_office_hears_of_what_stands_still(people):
    pairing = under_way()
    reminders.remind(pairing.id, today())
    told = set(db.session.scalars(sa.select(Notice.user_id).where(Notice.title.startswith("60 天没有进展"))))
    assert {people.county_officer.id, people.organization_member.id, people.province_officer.id} <= told


def test_a_report_is_asked_for_when_its_period_is_over(people):
    pairing = under_way(days_ago=3)
    period = rules.period_of(today(), "monthly")
    with frozen(now() + (period.last - today()).days * DAY + DAY):
        reminders.remind(pairing.id, today())
    assert heads(pairing) == {f"请报{period.label}的进展"}


def test_a_missed_milestone_and_a_visit_to_follow(people):
    pairing = under_way(days_ago=10)
    operations.set_plan(people.county_officer, pairing, "monthly", [rules.Step("设备进场", today() - DAY, 100)], None)
    operations.note_visit(people.province_officer, pairing, {
        "way": "call", "on_day": today() - 3 * DAY, "note": "说下周进场。", "follow_up_on": today(), "once": "x"})
    db.session.execute(sa.delete(Notice))
    reminders.remind(pairing.id, today())
    assert heads(pairing) == {"里程碑过了日期", "今天该回访了"}
    told = set(db.session.scalars(sa.select(Notice.user_id).where(Notice.title.startswith("今天该回访了"))))
    assert told == {people.province_officer.id}


def test_the_office_may_rule_when_nobody_answered(people):
    pairing = under_way(days_ago=3)
    made = complaint_operations.complain(people.county_officer, pairing, "约好的没有来。")
    with frozen(made.answer_by + DAY):
        reminders.remind(pairing.id, today())
    assert any("可以裁定" in one for one in heads(pairing))


def test_what_rests_is_left_in_peace(people):
    pairing = under_way(status="suspended")
    assert reminders.remind(pairing.id, today()) == 0


CASES = [  # how long ago signed, which reports are in, rhythm -> troubles
    (100, (), "monthly", {"stalled", "late"}), (100, "all", "monthly", set()), (3, (), "monthly", set()),
    (100, (), "quarterly", None), (200, (), "quarterly", {"stalled", "late"}),
]


@pytest.mark.parametrize(("days_ago", "reported", "rhythm", "wanted"), CASES)
def test_the_board_and_the_page_say_the_same(people, days_ago, reported, rhythm, wanted):
    pairing = under_way(days_ago=days_ago)
    operations.set_plan(people.county_officer, pairing, rhythm, [rules.Step("全部", today() + DAY, 100)], None)
    if reported == "all":
        for period in queries.periods_of(pairing, rhythm):
            operations.report(people.organization_member, pairing, period.code, said())
    standing = queries.standing_of(pairing)
    shown = {row.pairing.id: set(row.troubles)
             for row in board_queries.board(people.province_officer, BoardFilter(trouble="all")).items}[pairing.id]
    from_page = ({"stalled"} if standing.stalled_since else set()) | ({"late"} if standing.late else set())
    assert shown == from_page
    assert wanted is None or shown == wanted


def test_the_board_counts_what_it_lists_for_each_reader(people):
    mine, other = under_way(), under_way(days_ago=3, organization=factories.make_organization())
    complaint_operations.complain(people.county_officer, other, "约好的没有来。")
    for name, codes in (("county_officer", {mine.code, other.code}), ("organization_member", {mine.code}),
                        ("province_officer", {mine.code, other.code}), ("other_county_officer", set())):
        actor = getattr(people, name)
        page = board_queries.board(actor, BoardFilter())
        counts = board_queries.trouble_counts(actor, BoardFilter())
        assert {row.pairing.code for row in page.items} == codes
        assert counts["any"] == len(codes) == board_queries.troubled(actor)
    counts = board_queries.trouble_counts(people.province_officer, BoardFilter())
    assert (counts["stalled"], counts["late"], counts["complaint"], counts["all"]) == (1, 1, 1, 2)


def test_the_job_tells_everybody_and_goes_on_after_a_fault(people, monkeypatch):
    pairings = [under_way(), under_way(organization=factories.make_organization())]
    db.session.commit()
    real = reminders.remind

    def faulty(number, day):
        if number == pairings[0].id:
            raise RuntimeError("this one cannot be read")
        return real(number, day)

    monkeypatch.setattr(reminders, "remind", faulty)
    told, failed = reminders.send_reminders(today())
    assert failed == 1
    assert told > 0
    assert heads(pairings[0]) == set()
    assert heads(pairings[1])
