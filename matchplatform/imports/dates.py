"""Days, moments and terms as people write them: 2026.3.1, 3月底, 2026年3月-12月, 46082. Pure.

A list says the same term row after row, so what was read is remembered.
"""

import calendar
import datetime as dt
import re
from functools import lru_cache

from matchplatform.core import clock
from matchplatform.imports.aliases import half_width
from matchplatform.imports.numbers import NOTHING, OPEN, Doubt, Understood, is_blank

_LONG = frozenset({"长期", "长期有效", "常年", "全年", "不限", "无固定期限"})
_HOW = "请写成 2027-03-01 或 2027年3月1日。"
_EPOCH = dt.date(1899, 12, 30)  # day 0 of a workbook's dates
_STRONG = re.compile(r"至今|—+|–+|~+|至|到|--+")
_FULL = re.compile(r"\d{4}(年\d{1,2}月\d{1,2}日?|([-/.])\d{1,2}\2\d{1,2})")
_MONTH = re.compile(r"(\d{4})[年./-](\d{1,2})月?(初|上旬|中旬|中|下旬|底|末)?")
_BARE_MONTH = re.compile(r"(\d{1,2})月(?:(\d{1,2})日?)?(初|上旬|中旬|中|下旬|底|末)?")
_YEAR = re.compile(r"(\d{4})年?(全年|年?初|年?底|年?末|年?内|上半年|下半年)?")
_PART_OF_YEAR = {"初": ((1, 1), (1, 31)), "底": ((12, 1), (12, 31)), "末": ((12, 1), (12, 31)),
                 "上半年": ((1, 1), (6, 30)), "下半年": ((7, 1), (12, 31))}


def _folded(text: str) -> str:
    plain = re.sub(r"\s*\d{1,2}:\d{2}(:\d{2})?$", "", half_width(text).strip())
    return re.sub(r"(前|之前|以前|止)$", "", re.sub(r"\s", "", plain).replace("号", "日"))


def _day(text: str, is_end: bool, year: int | None = None) -> tuple[dt.date, bool] | None:
    """The day meant, and whether it was said exactly; None when it is none. May raise ValueError for no real day."""
    plain = _folded(text)
    if re.fullmatch(r"[2-7]\d{4}(\.\d+)?", plain):
        return _EPOCH + dt.timedelta(days=int(float(plain))), False
    if re.fullmatch(r"\d{6}", plain) and "01" <= plain[4:] <= "12":
        plain = f"{plain[:4]}年{plain[4:]}月"
    if re.fullmatch(r"\d{8}", plain) or _FULL.fullmatch(plain):
        return clock.parse_date(plain), True
    found = _MONTH.fullmatch(plain)
    if found and 1 <= int(found[2]) <= 12:
        return _in_month(int(found[1]), int(found[2]), found[3], is_end), False
    found = _YEAR.fullmatch(plain)
    if found and 1900 <= int(found[1]) <= 2100:
        part = _PART_OF_YEAR.get((found[2] or "").lstrip("年"), ((1, 1), (12, 31)))
        return dt.date(int(found[1]), *part[is_end]), False
    if year is not None:
        found = _BARE_MONTH.fullmatch(plain) or re.fullmatch(r"(\d{1,2})(?:[./-](\d{1,2}))?()", plain)
        if found and 1 <= int(found[1]) <= 12:
            if found[2]:
                return dt.date(year, int(found[1]), int(found[2])), True
            return _in_month(year, int(found[1]), found[3], is_end), False
    return None


def _in_month(year: int, month: int, part: str | None, is_end: bool) -> dt.date:
    last = calendar.monthrange(year, month)[1]
    first_and_last = {"初": (1, 10), "上旬": (1, 10), "中旬": (11, 20), "中": (15, 15), "下旬": (21, last),
                      "底": (last, last), "末": (last, last)}.get(part or "", (1, last))
    return dt.date(year, month, first_and_last[is_end])


def _sensible(day: dt.date, name: str) -> dt.date:
    if not 1900 <= day.year <= 2100:
        raise Doubt(f"{name}的年份要在 1900 到 2100 之间。")
    return day


@lru_cache(maxsize=2048)
def parse_day(text: str, name: str, is_end: bool = False) -> Understood:
    """A day; of a month or a year alone the first day, or the last where it is an end."""
    plain = _folded(text)
    if is_blank(plain) or plain in NOTHING:
        return Understood(None)
    if plain in OPEN or plain in _LONG:
        return Understood(None, f"{name}写的是“{text}”，按没填。")
    try:
        found = _day(text, is_end)
    except ValueError as fault:
        raise Doubt(f"{name}：{str(fault).rstrip('。')}。") from None
    if found is None:
        raise _day_doubt(plain, text, name)
    day, exact = found
    return Understood(_sensible(day, name), "" if exact else f"{name}“{text}”按 {day:%Y-%m-%d} 读。")


def _day_doubt(plain: str, text: str, name: str) -> Doubt:
    short = re.fullmatch(r"(\d{2})[年./-](\d{1,2})[月./-](\d{1,2})日?", plain)
    if short and 1 <= int(short[2]) <= 12 and 1 <= int(short[3]) <= 28:
        return Doubt(f"{name}的年份要写四位数。{_HOW}", f"20{short[1]}-{int(short[2]):02d}-{int(short[3]):02d}")
    if _BARE_MONTH.fullmatch(plain):
        return Doubt(f"{name}“{text[:40]}”没有写年份。{_HOW}")
    return Doubt(f"{name}“{text[:40]}”认不出是哪一天。{_HOW}")


def _timed(plain: str) -> str:
    """Without seconds, a blank between day and time."""
    return re.sub(r"日(?=\d)", "日 ", re.sub(r"(:\d{2}):\d{2}$", r"\1", plain).replace("号", "日"))


@lru_cache(maxsize=2048)
def parse_moment(text: str, name: str) -> Understood:
    """A day with an optional time, as an aware UTC datetime; 17:00 when no time is given."""
    plain = half_width(text).strip()
    if is_blank(plain) or plain in NOTHING:
        return Understood(None)
    if re.search(r"\d[:时点]", plain):
        try:
            return Understood(clock.parse_moment(_timed(plain)))
        except ValueError as fault:
            raise Doubt(f"{name}：{str(fault).rstrip('。')}。") from None
    day = parse_day(text, name, is_end=True)
    if day.value is None:
        return day
    return Understood(dt.datetime.combine(day.value, dt.time(17), clock.SHANGHAI).astimezone(dt.UTC), day.note)


@lru_cache(maxsize=2048)
def parse_period(text: str, name: str) -> Understood:
    """A first and a last day in one cell; a single day is the last one. Either may be None."""
    plain = _folded(text)
    if is_blank(plain) or plain in NOTHING:
        return Understood((None, None))
    if plain in _LONG or plain in OPEN:
        return Understood((None, None), f"{name}写的是“{text}”，起止日期按没填。")
    single = re.fullmatch(r"\d{4}年?(全年|年?内|上半年|下半年)?", plain) is None
    try:
        whole = _day(plain, True) if single else None
    except ValueError:
        whole = None
    if whole is not None:
        day = _sensible(whole[0], name)
        return Understood((None, day), f"{name}“{text}”只写了一个日期，按结束日期 {day:%Y-%m-%d} 读。")
    try:
        pair = _pair(plain)
    except ValueError as fault:
        raise Doubt(f"{name}：{str(fault).rstrip('。')}。") from None
    if pair is None:
        raise Doubt(f"{name}“{text[:40]}”要写从哪天到哪天，例如 2027年3月—2027年12月。")
    first, last = _sensible(pair[0], name), _sensible(pair[1], name)
    return Understood((first, last), f"{name}“{text}”按 {first:%Y-%m-%d} 到 {last:%Y-%m-%d} 读。")


def _pair(plain: str) -> tuple[dt.date, dt.date] | None:
    """The two days of a term, cut where both halves are days; clear signs (至, —) are tried before a hyphen."""
    if _YEAR.fullmatch(plain):
        first, last = _day(plain, False), _day(plain, True)
        return (first[0], last[0]) if first and last else None
    cuts = [(found.start(), found.end()) for found in _STRONG.finditer(plain)]
    cuts += [(at, at + 1) for at, c in enumerate(plain) if c in "-/"]
    for start, end in cuts:
        try:
            first = _day(plain[:start].rstrip("(").lstrip("从自"), False)
            last = _day(plain[end:].rstrip(")"), True, first[0].year if first else None)
        except ValueError:
            continue
        if first and last:
            return first[0], last[0]
    return None
