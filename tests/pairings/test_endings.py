"""What ends: the office's radar, and the members' reminders, each once."""

import datetime as dt
import io

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from matchplatform.accounts.queries import members
from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings import radar_queries as queries
from matchplatform.pairings.radar_operations import remind_of_endings
from matchplatform.pairings.radar_queries import RadarFilter
from matchplatform.pairings.radar_work import send_reminders
from tests import factories
from tests.web.pages import parsed, statements, words


def day(days):
    return today() + dt.timedelta(days=days)


@pytest.fixture
def many(people):
    """One organization for each thing that ends, and two that are nobody's business."""
    city = {"level": "city", "authority": "420900"}
    made = {
        "rating": factories.make_organization(name="等级将到期（演示）", rating_ends_on=day(20)),
        "over": factories.make_organization(name="等级已到期（演示）", rating_ends_on=day(-40)),
        "certificate": factories.make_organization(name="证书将到期（演示）", certificate_ends_on=day(90), **city),
        "tax": factories.make_organization(name="税前扣除将到期（演示）", tax_from_year=today().year - 2,
                                           tax_to_year=today().year),
        "penalty": factories.make_organization(name="处罚将期满（演示）", penalty_on=day(-9), penalty_until=day(5)),
        "later": factories.make_organization(name="还早（演示）", rating_ends_on=day(91)),
        "draft": factories.make_organization(name="没入库（演示）", rating_ends_on=day(3), vetted=False)}
    pairing = factories.make_pairing(status="active")
    pairing.ends_on = day(6)
    db.session.commit()
    return made, pairing


def names(actor, **wanted):
    return [(row.name, row.thing) for row in queries.endings(actor, RadarFilter(**wanted)).items]


def test_what_ends_within_ninety_days_by_date_and_what_has_run_out(people, many):
    _made, pairing = many
    tax_left = (dt.date(today().year, 12, 31) - today()).days
    soon = [(5, "处罚将期满（演示）", "penalty"), (6, pairing.organization.name, "agreement"),
            (20, "等级将到期（演示）", "rating"), (90, "证书将到期（演示）", "certificate")]
    if tax_left <= 90:
        soon.append((tax_left, "税前扣除将到期（演示）", "tax"))
    assert names(people.province_officer) == [one[1:] for one in sorted(soon)]
    assert names(people.province_officer, state="over") == [("等级已到期（演示）", "rating")]
    assert names(people.province_officer, thing=("agreement",)) == [(pairing.organization.name, "agreement")]
    assert names(people.province_officer, q="证书") == [("证书将到期（演示）", "certificate")]
    assert len(names(people.province_officer, state="all", sort="late")) == len(soon) + 1


def test_a_city_sees_its_own_and_nobody_else_anything(people, many):
    assert names(people.city_officer) == [("证书将到期（演示）", "certificate")]
    assert names(people.county_officer) == names(people.organization_member) == []


def test_the_page_its_counts_and_its_workbook(as_province_officer, many):
    page = as_province_officer.get("/desk/organizations/radar?state=all")
    parsed(page)
    for name in ("等级将到期（演示）", "过期 40 天"):
        assert name in words(page)
    answer = as_province_officer.post("/desk/organizations/radar/export.xlsx", data={"state": "over"})
    rows = list(load_workbook(io.BytesIO(answer.data)).active.values)
    assert [row[0] for row in rows] == ["社会组织", "等级已到期（演示）"]


def test_the_pages_statements_do_not_grow_with_its_rows(as_province_officer, many):
    get = lambda: as_province_officer.get("/desk/organizations/radar?state=all")  # noqa: E731
    get()
    few = statements(get)
    for _ in range(12):
        factories.make_organization(rating_ends_on=day(9))
    db.session.commit()
    assert statements(get) == few


def told(organization):
    return db.session.scalars(sa.select(Notice.title).where(
        Notice.user_id.in_(members(organization.id)), Notice.title.contains("到期"))).all()


def test_members_are_told_at_ninety_thirty_and_seven_days_and_never_twice(people):
    organization = factories.first_organization()
    organization.rating_ends_on = day(95)
    db.session.commit()
    seen = []
    for passed in (0, 5, 6, 40, 65, 66, 80, 88, 89, 95, 96):
        for _ in range(2):  # a job begun again
            remind_of_endings(organization.id, day(passed))
        seen.append(len(told(organization)))
    assert seen == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]


def test_whoever_comes_late_gets_the_reminder_that_fits_and_a_new_date_begins_anew(people):
    organization = factories.first_organization()
    organization.rating_ends_on = day(5)
    assert remind_of_endings(organization.id, today()) == 1
    assert remind_of_endings(organization.id, day(1)) == 0
    organization.rating_ends_on = day(80)
    assert remind_of_endings(organization.id, day(1)) == 1
    assert "还剩 5 天" in told(organization)[0]


def test_the_morning_goes_through_all_of_them_and_tells_of_agreements_too(people, many):
    _made, pairing = many
    sent, failed = send_reminders(today())
    assert (sent > 0, failed) == (True, 0)
    assert any(pairing.code in one for one in told(pairing.organization))
    assert not any("行政处罚" in one for one in db.session.scalars(sa.select(Notice.title)))
    assert send_reminders(today())[0] == 0
