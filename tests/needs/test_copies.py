"""Copies of needs and offerings: everything but the dates, a history of their own."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import frozen, moved_to_come, now, today, years_later
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.needs.copy_operations import copy_need
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import columns
from matchplatform.offerings.copy_operations import copy_offering
from matchplatform.offerings.models import Offering
from matchplatform.revisions import queries as revisions
from tests import factories

OLD = dt.timedelta(days=500)
days = st.none() | st.dates(dt.date(2000, 1, 1), dt.date(2080, 1, 1))


@given(days, days, st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1)))
def test_dates_move_together_and_the_first_is_to_come(one, other, day):
    starts, ends = moved_to_come((one, other), day)
    assert (starts is None, ends is None) == (one is None, other is None)
    first = starts or ends
    assert first is None or first >= day
    if one and other:
        assert starts.year - one.year == ends.year - other.year
    if first and (one or other) >= day:
        assert (starts, ends) == (one, other)


def test_a_leap_day_falls_on_the_day_before():
    assert years_later(dt.date(2024, 2, 29), 1) == dt.date(2025, 2, 28)
    assert years_later(dt.date(2024, 2, 29), 4) == dt.date(2028, 2, 29)


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "published", "matched", "fulfilled", "closed",
                                   "withdrawn"])
def test_a_need_is_copied_from_any_state(people, state):
    former = factories.make_need(status=state, created_at=now() - OLD, starts_on=today() - OLD,
                                 ends_on=today() - OLD + dt.timedelta(days=60))
    copy = copy_need(people.second_county_officer, former)
    same = columns(former).keys() - {"starts_on", "ends_on", "closing_at"}
    assert {name: columns(copy)[name] for name in same} == {name: columns(former)[name] for name in same}
    assert (copy.status, copy.closing_at, copy.created_by) == ("draft", None, people.second_county_officer.id)
    assert copy.starts_on >= today()
    assert (copy.ends_on - copy.starts_on).days in (59, 60, 61)
    assert [one.number for one in revisions.versions("need", copy.code, None)] == [1]
    assert copy.released_by is copy.submitted_by is None
    told = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "copy")).one()
    assert (told.object_id, former.code in told.label, former.code in told.detail) == (copy.code, True, True)


def test_a_second_click_answers_the_same_draft(people):
    former = factories.make_need(created_at=now() - OLD)
    first, second = (copy_need(people.county_officer, former) for _ in range(2))
    assert first is second
    with frozen(now() + dt.timedelta(minutes=2)):
        assert copy_need(people.county_officer, former) is not first


def test_what_was_written_this_minute_is_not_copied_by_mistake(people):
    with pytest.raises(Refusal, match="不到一分钟"):
        copy_need(people.county_officer, factories.make_need(status="draft"))


def test_the_button_stands_on_the_need_and_leads_to_the_draft(as_township_officer, people):
    former = factories.make_need(status="fulfilled", township_code=people.township_officer.township_code,
                                 created_at=now() - OLD)
    db.session.commit()
    assert "照这条再写一条" in as_township_officer.get(f"/desk/needs/{former.code}").get_data(as_text=True)
    answer = as_township_officer.post(f"/desk/needs/{former.code}/copy")
    copy = db.session.scalars(db.select(Need).where(Need.status == "draft")).one()
    assert answer.location == f"/desk/needs/{copy.code}/edit"
    assert copy.township_code == former.township_code


def test_nobody_copies_what_is_not_his(as_other_county_officer, as_organization_member, as_province_officer):
    former = factories.make_need(created_at=now() - OLD)
    db.session.commit()
    assert as_other_county_officer.post(f"/desk/needs/{former.code}/copy").status_code == 404
    for browser in (as_organization_member, as_province_officer):
        assert browser.post(f"/desk/needs/{former.code}/copy").status_code == 403


@pytest.mark.parametrize("state", ["draft", "published", "paused", "withdrawn"])
def test_an_offering_is_copied_from_any_state(people, state):
    former = factories.make_offering(factories.first_organization(), status=state, created_at=now() - OLD,
                                     areas=("420921", "422801"), capacity=5, capacity_taken=2)
    copy = copy_offering(people.organization_member, former)
    assert (copy.status, copy.title, copy.capacity, copy.capacity_taken, sorted(copy.area_codes)) == (
        "draft", former.title, 5, 0, ["420921", "422801"])
    assert copy.code != former.code
    assert copy_offering(people.organization_member, former) is copy


def test_the_offering_has_its_button(as_organization_member, as_other_organization_member):
    former = factories.make_offering(factories.first_organization(), created_at=now() - OLD)
    db.session.commit()
    assert "照这项再写一项" in as_organization_member.get(f"/desk/offerings/{former.code}").get_data(as_text=True)
    assert as_other_organization_member.post(f"/desk/offerings/{former.code}/copy").status_code == 404
    answer = as_organization_member.post(f"/desk/offerings/{former.code}/copy")
    copy = db.session.scalars(db.select(Offering).where(Offering.status == "draft")).one()
    assert answer.location == f"/desk/offerings/{copy.code}/edit"
