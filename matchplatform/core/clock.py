"""Time: stored in UTC, shown and reasoned about in Asia/Shanghai."""

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from contextvars import ContextVar
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen_now", default=None)


def now() -> dt.datetime:
    """The present moment as an aware UTC datetime."""
    return _frozen.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The date in Asia/Shanghai, which is the date every deadline means."""
    return local(now()).date()


def local(moment: dt.datetime) -> dt.datetime:
    """An aware moment in Asia/Shanghai; a naive one is taken as UTC, which is how it is stored."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(SHANGHAI)


def end_of_day(day: dt.date) -> dt.datetime:
    """The last second of a Shanghai date, in UTC."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), SHANGHAI).astimezone(dt.UTC)


def start_of_day(day: dt.date) -> dt.datetime:
    """The first moment of a Shanghai date, in UTC."""
    return dt.datetime.combine(day, dt.time(), SHANGHAI).astimezone(dt.UTC)


def workdays_later(moment: dt.datetime, days: int) -> dt.date:
    """The Shanghai day so many working days after a moment; weekends are left out, holidays are not known."""
    day = local(moment).date()
    while days:
        day += dt.timedelta(days=1)
        days -= day.weekday() < 5
    return day


def office_end_after(moment: dt.datetime, workdays: int) -> dt.datetime:
    """So many working days later at 17:30 in Shanghai, as UTC."""
    return dt.datetime.combine(workdays_later(moment, workdays), dt.time(17, 30), SHANGHAI).astimezone(dt.UTC)


def years_later(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; the 29th of February falls on the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def moved_to_come(days: tuple[dt.date | None, dt.date | None],
                  today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """A first and a last day moved on together by as many whole years as it takes for the first one that is given not
    to lie in the past."""
    first = days[0] or days[1]
    years = 0
    while first is not None and years < 200 and years_later(first, years) < today:
        years += 1
    one, other = (None if day is None else years_later(day, years) for day in days)
    return one, other


@contextlib.contextmanager
def frozen(moment: dt.datetime) -> Iterator[None]:
    """Let `now()` answer `moment` inside the block; the demo writes its history with it, tests theirs."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)


_DATE = re.compile(r"^(\d{4})\s*[年\-/.]\s*(\d{1,2})\s*[月\-/.]\s*(\d{1,2})\s*日?$")
_TIME = re.compile(r"^(.*?)[\sT]+(\d{1,2})\s*[:：时点]\s*(\d{1,2})?\s*分?$")
_DIGITS = str.maketrans("０１２３４５６７８９－／．：　", "0123456789-/.: ")


def parse_date(text: str) -> dt.date:
    """A date as people write it: 2026年1月5日, 2026-01-05, 2026/1/5, 2026.1.5, 20260105.

    Raises ValueError with a Chinese sentence when it is no date.
    """
    clean = text.translate(_DIGITS).strip()
    if re.fullmatch(r"\d{8}", clean):
        clean = f"{clean[:4]}-{clean[4:6]}-{clean[6:]}"
    found = _DATE.match(clean)
    if not found:
        raise ValueError("请按“2026年1月5日”或“2026-01-05”填写日期")
    try:
        day = dt.date(*map(int, found.groups()))
    except ValueError:
        raise ValueError(f"“{text.strip()}”不是日历上有的日子，请核对月份和日期") from None
    if not 1900 <= day.year <= 2100:
        raise ValueError("年份要在 1900 到 2100 之间")
    return day


def parse_moment(text: str, default_time: dt.time = dt.time(17, 0)) -> dt.datetime:
    """A Shanghai date with an optional time of day, as an aware UTC datetime; without a time, `default_time`."""
    clean = text.translate(_DIGITS).strip()
    found = _TIME.match(clean)
    if not found:
        return dt.datetime.combine(parse_date(clean), default_time, SHANGHAI).astimezone(dt.UTC)
    day, hour, minute = parse_date(found[1]), int(found[2]), int(found[3] or 0)
    if hour > 23 or minute > 59:
        raise ValueError("时间要写成“17:00”这样，小时 0—23，分钟 0—59")
    return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI).astimezone(dt.UTC)
