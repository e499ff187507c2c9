"""Running pairings on the page of what waits: late reports, what stands still, complaints."""

import pytest

from matchplatform.audit.operations import record
from matchplatform.core.clock import frozen, now
from matchplatform.extensions import db
from matchplatform.portal.course import course_rows
from matchplatform.tracking import complaint_operations
from matchplatform.web.navigation import badges
from tests.tracking.making import DAY, under_way
from tests.web.pages import parsed, statements, words


def titles(actor):
    return [row[0] for row in course_rows(actor)]


def test_a_silent_pairing_waits_for_both_sides_and_is_one_number_for_the_office(people):
    pairing = under_way()
    assert titles(people.organization_member) == [f"停滞、进展没报：{pairing.need.title}"]
    assert titles(people.county_officer) == [f"停滞、进展没报：{pairing.need.title}"]
    assert titles(people.province_officer) == ["1 件结对要过问"]
    assert titles(people.other_county_officer) == []
    assert course_rows(people.organization_member)[0][2][0] == "tracking.progress_new"


def test_a_complaint_waits_for_the_accused_and_then_for_the_office(people):
    made = complaint_operations.complain(people.county_officer, under_way(days_ago=3), "约好的一直没有人来。")
    assert [one[:4] for one in titles(people.organization_member)] == ["答复投诉"]
    assert titles(people.county_officer) == titles(people.province_officer) == []
    with frozen(made.answer_by + DAY):
        assert [one[:4] for one in titles(people.province_officer)] == ["裁定投诉"]
    complaint_operations.move(people.organization_member, made, "answer", "下周一定到。")
    assert [one[:4] for one in titles(people.province_officer)] == ["裁定投诉"]
    assert titles(people.organization_member) == []


def test_the_page_asks_no_more_of_the_database_the_more_stand_still(people):
    under_way()
    one = statements(lambda: course_rows(people.organization_member))
    for _ in range(3):
        under_way()
    assert len(course_rows(people.organization_member)) == 4
    assert statements(lambda: course_rows(people.organization_member)) == one


def test_the_menus_number_is_counted_once_an_act(people):
    under_way()
    record(None, "test", "测试", "system")
    db.session.commit()
    number = badges["tracking"]
    with frozen(now()):
        assert number(people.county_officer) == 1
        assert statements(lambda: number(people.county_officer)) == 1  # only whether anything has happened
        complaint_operations.complain(people.second_county_officer, under_way(days_ago=3), "约好的一直没有人来。")
        assert number(people.county_officer) == 2


@pytest.mark.parametrize("role", ["county_officer", "organization_member", "province_officer"])
def test_the_page_shows_them(request, people, role):
    under_way()
    db.session.commit()
    page = request.getfixturevalue(f"as_{role}").get("/mine?kind=progress")
    parsed(page)
    assert ("要过问" if role == "province_officer" else "停滞") in words(page)
