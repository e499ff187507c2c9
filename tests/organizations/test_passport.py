"""The passport: each rule with its verdict and since when; the table of moments was written by hand."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core import clock
from matchplatform.core.clock import SHANGHAI, frozen, now, today
from matchplatform.extensions import db
from matchplatform.organizations import operations, passport, radar_rules, rules
from matchplatform.organizations.passport import Version
from matchplatform.organizations.vetting_rules import complete
from tests import factories
from tests.organizations.test_lifecycle import make
from tests.organizations.test_pages import text_of
from tests.web.pages import parsed


def at(*day):
    return dt.datetime(*day, 12, 0, tzinfo=SHANGHAI).astimezone(dt.UTC)


class Strict:
    requires_rating, requires_three_years, requires_three_staff = True, True, True


PLAIN = {"registration_level": "province", "rating": "4A", "rating_ends_on": "2026-06-30", "founded_on": "2010-01-01",
         "full_time_staff": 5, "report_year": 2025, "report_result": "passed", "is_abnormal": False,
         "is_dishonest": False, "penalty_until": None}
HISTORY = [Version(at(2026, 1, 5), "draft", PLAIN), Version(at(2026, 1, 9), "vetted", PLAIN),
           Version(at(2026, 3, 1), "vetted", {**PLAIN, "is_abnormal": True}),
           Version(at(2026, 4, 1), "vetted", {**PLAIN, "is_abnormal": True, "penalty_until": "2026-05-10"}),
           Version(at(2026, 8, 1), "vetted", {**PLAIN, "penalty_until": "2026-05-10"})]


def found_on(moment, history=HISTORY, campaign=Strict, needs_province=True):
    seen = [one for one in history if one.at <= moment]
    checks = rules.registry_checks(passport.facts(seen[-1]), campaign, clock.local(moment).date(), needs_province)
    return {one.check.key: (one.check.allowed, one.since and clock.local(one.since).date().isoformat())
            for one in passport.standings(checks, seen, campaign, moment, needs_province)}


@pytest.mark.parametrize(("day", "key", "allowed", "since"), [
    ((2026, 1, 6), "vetted", False, None), ((2026, 2, 1), "vetted", True, "2026-01-09"),
    ((2026, 2, 1), "abnormal", True, None), ((2026, 3, 2), "abnormal", False, "2026-03-01"),
    ((2026, 4, 2), "abnormal", False, "2026-03-01"), ((2026, 9, 1), "abnormal", True, "2026-08-01"),
    ((2026, 4, 2), "penalty", False, "2026-04-01"),
    ((2026, 5, 10), "penalty", False, "2026-04-01"), ((2026, 5, 12), "penalty", True, "2026-05-11"),
    ((2026, 6, 30), "rating", True, None), ((2026, 7, 2), "rating", False, "2026-07-01"),
    ((2026, 9, 1), "rating", False, "2026-07-01"), ((2026, 9, 1), "dishonest", True, None),
    ((2026, 9, 1), "level", True, None)])
def test_since_when_a_rule_has_stood_as_it_stands(day, key, allowed, since):
    assert found_on(at(*day))[key] == (allowed, since)


def test_three_years_come_without_anybody_touching_the_record():
    young = [Version(at(2026, 1, 5), "vetted", {**PLAIN, "founded_on": "2023-04-01"})]
    assert found_on(at(2026, 3, 1), young)["age"] == (False, None)
    assert found_on(at(2026, 4, 2), young)["age"] == (True, "2026-04-01")


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([None, "2026-02-10", "2026-03-20"])), min_size=1,
                max_size=8))
def test_since_when_agrees_with_asking_every_day(steps):
    """By brute force: the verdict of each day at its end, walked back from today."""
    history = [Version(at(2026, 1, 1) + dt.timedelta(days=9 * n), "vetted",
                       {**PLAIN, "is_abnormal": bad, "rating_ends_on": ends}) for n, (bad, ends) in enumerate(steps)]
    end = at(2026, 4, 15)
    got = found_on(end, history)
    for key in ("abnormal", "rating"):
        day = clock.local(end).date()
        allowed, first = got[key][0], None
        while day >= dt.date(2026, 1, 1):
            moment = dt.datetime.combine(day, dt.time(23, 59), SHANGHAI)
            stood = [one for one in history if one.at <= moment][-1]
            checks = rules.registry_checks(passport.facts(stood), Strict, day, True)
            if next(one for one in checks if one.key == key).allowed != allowed:
                first = (day + dt.timedelta(days=1)).isoformat()
                break
            day -= dt.timedelta(days=1)
        assert got[key][1] == first


@pytest.mark.parametrize(("left", "mark"), [
    (91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)])
def test_which_reminder_is_due(left, mark):
    assert radar_rules.mark_of(today() + dt.timedelta(days=left), today()) == mark


def test_the_members_see_their_own_and_staff_those_within_reach(as_organization_member, as_province_officer,
                                                                as_city_officer, as_county_officer, people):
    organization = make(people, "submitted")
    operations.act(people.province_officer, organization, "vet", checklist=complete())
    db.session.commit()
    with frozen(now() + dt.timedelta(days=40)):
        operations.record_registry(people.province_officer, organization, {
            "is_abnormal": True}, "公告")
        db.session.commit()
        seen_on = today()
    own = as_organization_member.get("/desk/organization/passport")
    parsed(own)
    assert "在活动异常名录里" in text_of(own)
    assert f"{seen_on.year}年{seen_on.month}月{seen_on.day}日起" in text_of(own)
    path = f"/desk/organizations/{organization.id}/passport"
    parsed(as_province_officer.get(path))
    assert (as_city_officer.get(path).status_code, as_county_officer.get(path).status_code) == (404, 403)
    other = factories.make_organization(vetted=False)
    db.session.commit()
    assert as_organization_member.get(f"/desk/organizations/{other.id}/passport").status_code == 403


def test_every_rule_is_shown_for_both_sorts_of_counties(as_organization_member, people):
    make(people, "draft", level="city", authority="420900")
    db.session.commit()
    shown = text_of(as_organization_member.get("/desk/organization/passport"))
    assert "重点帮扶县只与省级社会组织结对" in shown
    assert "接其他县" in shown
