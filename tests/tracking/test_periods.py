"""Months and quarters, when their reports are due, what is late and what stands still; amounts that look wrong."""

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core.clock import SHANGHAI
from matchplatform.tracking import rules

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))


@given(DAYS, st.sampled_from(["monthly", "quarterly"]))
def test_a_day_lies_in_its_period_and_the_code_leads_back(day, rhythm):
    period = rules.period_of(day, rhythm)
    assert period.first <= day <= period.last
    assert rules.period_named(period.code) == period
    assert period.rhythm == rhythm
    following = rules.period_of(period.last + dt.timedelta(days=1), rhythm)
    assert following.first == period.last + dt.timedelta(days=1)


@pytest.mark.parametrize(("code", "label", "due"), [
    ("2026-11", "2026年11月", dt.date(2026, 12, 10)), ("2026Q4", "2026年第4季度", dt.date(2027, 1, 10)),
    ("2028-02", "2028年2月", dt.date(2028, 3, 10)),
])
def test_a_period_is_due_ten_days_after_its_end(code, label, due):
    period = rules.period_named(code)
    assert (period.label, period.due_on) == (label, due)


@pytest.mark.parametrize("code", ["", "2026-13", "2026-00", "2026Q5", "0000-01", "2026-1", "2026-11x", "二〇二六"])
def test_what_is_no_period_is_named_as_such(code):
    with pytest.raises(ValueError):
        rules.period_named(code)


@pytest.mark.parametrize(("rhythm", "today", "code"), [
    ("monthly", dt.date(2026, 11, 10), "2026-09"),   # October may still come today
    ("monthly", dt.date(2026, 11, 11), "2026-10"),
    ("quarterly", dt.date(2026, 10, 10), "2026Q2"), ("quarterly", dt.date(2026, 10, 11), "2026Q3"),
    ("monthly", dt.date(2027, 1, 11), "2026-12"),
])
def test_the_latest_period_that_should_be_there(rhythm, today, code):
    assert rules.latest_due(rhythm, today).code == code


def test_periods_run_from_the_beginning_to_today_or_the_end():
    codes = [one.code for one in rules.periods_to_report(dt.date(2026, 9, 20), dt.date(2027, 9, 19), "monthly",
                                                         dt.date(2026, 11, 27))]
    assert codes == ["2026-09", "2026-10", "2026-11"]
    ended = rules.periods_to_report(dt.date(2026, 9, 20), dt.date(2026, 10, 5), "monthly", dt.date(2026, 11, 27))
    assert [one.code for one in ended] == ["2026-09", "2026-10"]
    assert rules.periods_to_report(dt.date(2026, 12, 1), dt.date(2027, 1, 1), "monthly", dt.date(2026, 11, 27)) == []


@pytest.mark.parametrize(("rhythm", "days", "is_stalled"), [
    ("monthly", 60, False), ("monthly", 61, True), ("quarterly", 120, False), ("quarterly", 121, True)])
def test_sixty_days_without_a_word_or_a_hundred_and_twenty(rhythm, days, is_stalled):
    today = dt.date(2026, 11, 27)
    last = dt.datetime.combine(today - dt.timedelta(days=days), dt.time(23, 59), SHANGHAI)
    assert (rules.stalled_since(last, rhythm, today) is not None) is is_stalled


REPORTING = [  # status, period, may it be reported on 2026-11-27 with a term from 2026-09-20
    ("active", "2026-09", True), ("active", "2026-11", True), ("active", "2026-12", False),
    ("active", "2026-08", False), ("active", "2026Q4", False), ("suspended", "2026-11", False),
    ("terminated", "2026-11", False), ("completed", "2026-11", False), ("approved", "2026-11", False),
]


@pytest.mark.parametrize(("status", "code", "allowed"), REPORTING)
def test_when_a_period_may_be_reported(status, code, allowed):
    pairing = SimpleNamespace(status=status, starts_on=dt.date(2026, 9, 20))
    verdict = rules.report_verdict(pairing, rules.period_named(code), "monthly", dt.date(2026, 11, 27))
    assert bool(verdict) is allowed
    assert allowed or (verdict.reason and verdict.remedy)


@pytest.mark.parametrize(("amount", "agreed", "doubtful"), [
    (5_000_000, 5_000_000, False), (499_999_999, 5_000_000, False), (500_000_000, 5_000_000, True),
    (50_000_000_000, 5_000_000, True), (999_999_999, 0, False), (1_000_000_000, 0, True)])
def test_ten_thousand_times_the_agreed_is_asked_about(amount, agreed, doubtful):
    assert rules.is_doubtful(amount, agreed) is doubtful


def test_the_question_says_what_it_would_be_in_yuan():
    sentence = rules.doubt_sentence("资金", 50_000_000_000, 5_000_000)  # 50,000 万元 typed, 5 万元 agreed
    assert "50,000 万元" in sentence
    assert "协议里是 5 万元" in sentence
    assert "按元算是 5 万元" in sentence


@pytest.mark.parametrize(("shares", "allowed"), [
    ([100], True), ([30, 40, 30], True), ([], False), ([50, 49], False), ([50, 51], False), ([0, 100], False),
    ([101], False), ([10] * 10, True), ([8] * 12 + [4], False)])
def test_milestones_share_out_the_whole(shares, allowed):
    verdict = rules.shares_verdict(shares)
    assert bool(verdict) is allowed
    assert allowed or verdict.remedy
