"""What the registry says about eligibility: each rule passes and fails with a reason and a cure."""

import datetime as dt
from types import SimpleNamespace

import pytest

from matchplatform.organizations import rules

TODAY = dt.date(2026, 11, 25)
PRESETS = ("requires_rating", "requires_three_years", "requires_three_staff")


def organization(**changes):
    return SimpleNamespace(**{
        "id": 1, "status": "vetted", "registration_level": "province", "authority_code": "420000", "rating": "3A",
        "rating_ends_on": TODAY, "founded_on": dt.date(2023, 11, 25), "full_time_staff": 3, "report_year": 2025,
        "report_result": "passed", "is_abnormal": False, "is_dishonest": False, "penalty_until": None,
        "submitted_by": 1, **changes})


def failed(campaign_presets=(), needs_province=True, **changes):
    campaign = SimpleNamespace(**{name: name in campaign_presets for name in PRESETS})
    checks = rules.registry_checks(organization(**changes), campaign, TODAY, needs_province)
    for one in checks:
        assert one.allowed or (one.reason and one.remedy), one
    return {one.key for one in checks if not one.allowed}


def test_who_meets_every_rule_on_its_last_day_passes():
    assert failed(PRESETS) == set()


@pytest.mark.parametrize(("changes", "keys"), [
    ({"status": "draft"}, {"vetted"}), ({"status": "submitted"}, {"vetted"}), ({"status": "returned"}, {"vetted"}),
    ({"status": "suspended"}, {"vetted"}), ({"is_abnormal": True}, {"abnormal"}),
    ({"is_dishonest": True}, {"dishonest"}), ({"penalty_until": TODAY}, {"penalty"}),
    ({"penalty_until": TODAY - dt.timedelta(days=1)}, set()), ({"report_result": "basic"}, set()),
    ({"report_result": "failed"}, {"report"}), ({"report_result": "missing", "report_year": None}, {"report"}),
    ({"registration_level": "city"}, {"level"}), ({"registration_level": "county"}, {"level"}),
    ({"registration_level": "nation"}, {"level"}),
    ({"is_abnormal": True, "is_dishonest": True, "status": "draft"}, {"abnormal", "dishonest", "vetted"})])
def test_the_rules_that_always_hold(changes, keys):
    assert failed(**changes) == keys


@pytest.mark.parametrize("level", ["nation", "province", "city", "county"])
def test_other_counties_pair_with_every_level(level):
    assert failed(needs_province=False, registration_level=level) == set()


@pytest.mark.parametrize(("preset", "changes", "key"), [
    ("requires_rating", {"rating": ""}, "rating"), ("requires_rating", {"rating": "2A"}, "rating"),
    ("requires_rating", {"rating_ends_on": TODAY - dt.timedelta(days=1)}, "rating"),
    ("requires_three_years", {"founded_on": dt.date(2023, 11, 26)}, "age"),
    ("requires_three_years", {"founded_on": None}, "age"), ("requires_three_staff", {"full_time_staff": 2}, "staff")])
def test_presets_count_only_where_the_campaign_switches_them_on(preset, changes, key):
    assert failed((preset,), **changes) == {key}
    assert failed((), **changes) == set()


def test_without_a_campaign_the_presets_are_silent():
    checks = rules.registry_checks(organization(rating="", founded_on=None), None, TODAY, False)
    assert all(one.allowed for one in checks)


def test_three_years_from_the_29th_of_february():
    assert failed(("requires_three_years",), founded_on=dt.date(2024, 2, 29)) == {"age"}
    checks = rules.registry_checks(organization(founded_on=dt.date(2024, 2, 29)), SimpleNamespace(
        requires_rating=False, requires_three_years=True, requires_three_staff=False), dt.date(2027, 3, 1), True)
    assert all(one.allowed for one in checks)


@pytest.mark.parametrize(("values", "said"), [
    ({"rating": "", "rating_ends_on": TODAY}, "没有选评估等级"), ({"penalty_until": TODAY}, "没有填处罚日期"),
    ({"penalty_on": TODAY, "penalty_until": TODAY - dt.timedelta(days=1)}, "早于处罚日期"),
    ({"tax_from_year": 2025, "tax_to_year": None}, "一起填"),
    ({"tax_from_year": 2026, "tax_to_year": 2025}, "早于起始"),
    ({"report_result": "passed", "report_year": None}, "年报年度")])
def test_facts_of_the_registry_agree_among_themselves(values, said):
    verdict = rules.registry_verdict(values)
    assert not verdict
    assert said in verdict.reason
    assert rules.registry_verdict({"rating": "4A", "rating_ends_on": TODAY, "report_result": "passed",
                                   "report_year": 2025, "penalty_on": TODAY, "penalty_until": TODAY})
