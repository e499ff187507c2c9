"""Dates as people write them; moments in Shanghai, stored in UTC."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core import clock

pytestmark = pytest.mark.once

DATES = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
SHAPES = st.sampled_from(("{0.year}年{0.month}月{0.day}日", "{0:%Y-%m-%d}", "{0.year}/{0.month}/{0.day}",
                          "{0.year}.{0.month}.{0.day}", "{0:%Y%m%d}", " {0.year} 年 {0.month} 月 {0.day} 日 "))


def sentence(parse, text):
    """What a parser says of a text that it refuses; None when it takes it."""
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return None


@given(DATES, SHAPES)
def test_every_way_of_writing_a_date_is_read(day, shape):
    assert clock.parse_date(shape.format(day)) == day


@pytest.mark.parametrize("typed", ["２０２６年１月５日", "２０２６－０１－０５", "2026年01月05"])
def test_full_width_and_sloppy_dates(typed):
    assert clock.parse_date(typed) == dt.date(2026, 1, 5)


@pytest.mark.parametrize(("typed", "said"), [
    ("2026-02-30", "日历上"), ("2026-13-01", "日历上"), ("去年", "填写日期"), ("", "填写日期"), ("1899-12-31", "1900"),
    ("2101-01-01", "2100"), ("9999年12月31日", "2100"), ("2026-1", "填写日期"), ("1/5/2026", "填写日期"),
    ("00000000", "日历上")])
def test_what_is_no_date_is_refused_with_the_cure(typed, said):
    with pytest.raises(ValueError, match=said):
        clock.parse_date(typed)


@pytest.mark.parametrize(("typed", "utc"), [
    ("2026-11-25 17:30", (2026, 11, 25, 9, 30)), ("2026年11月25日 9时", (2026, 11, 25, 1, 0)),
    ("2026-11-25T00:05", (2026, 11, 24, 16, 5)), ("2026-11-25", (2026, 11, 25, 9, 0)),
    ("2026年11月25日 17点5分", (2026, 11, 25, 9, 5)), ("2026-11-25 ８：００", (2026, 11, 25, 0, 0))])
def test_a_moment_is_shanghais(typed, utc):
    assert clock.parse_moment(typed) == dt.datetime(*utc, tzinfo=dt.UTC)


@pytest.mark.parametrize("typed", ["2026-11-25 24:00", "2026-11-25 12:60", "2026-02-30 10:00", "下午三点"])
def test_what_is_no_moment(typed):
    with pytest.raises(ValueError):
        clock.parse_moment(typed)


@given(DATES)
def test_a_day_begins_and_ends_in_shanghai(day):
    start, end = clock.start_of_day(day), clock.end_of_day(day)
    assert clock.local(start).date() == clock.local(end).date() == day
    assert clock.local(start - dt.timedelta(seconds=1)).date() < day < clock.local(end + dt.timedelta(seconds=1)).date()


@given(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC)))
def test_a_frozen_clock_answers_its_moment_and_its_shanghai_date(moment):
    with clock.frozen(moment):
        assert clock.now() == moment
        assert clock.today() == clock.local(moment).date()


def test_a_clock_thaws_even_after_an_error():
    moment = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(KeyError), clock.frozen(moment):
        raise KeyError
    assert clock.now() > moment


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_sentence(text):
    for parse in (clock.parse_date, clock.parse_moment):
        said = sentence(parse, text)
        assert said is None or any("一" <= c <= "鿿" for c in said), said
