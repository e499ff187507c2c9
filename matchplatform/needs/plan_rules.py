"""The law of a county's plan of coming needs (需求计划). Pure."""

import datetime as dt
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions

STATES = Choices(Choice("planned", "计划中", "wait"), Choice("drafted", "已写成需求", "go"),
                 Choice("dropped", "不办了"), Choice("carried", "转到下年", "info"))
QUARTERS = Choices(Choice("1", "一季度"), Choice("2", "二季度"), Choice("3", "三季度"), Choice("4", "四季度"))
YEARS_BACK, YEARS_AHEAD = 3, 3

LIFECYCLE = Lifecycle(STATES, "planned", (
    *transitions("write", "写成需求", "keeper", [("planned", "drafted")], tone="primary"),
    *transitions("drop", "不办了", "keeper", [("planned", "dropped")], done="已标为不办了，可以再拿回来。"),
    *transitions("restore", "还是要办", "keeper", [("dropped", "planned")], done="已放回计划。"),
    *transitions("carry", "转到下年", "keeper", [("planned", "carried")]),
    *transitions("give_back", "留在原年", "keeper", [("carried", "planned")]),
))
DELETABLE = ("planned", "dropped")


class Row(Protocol):
    """The columns that the rules read."""

    status: str
    county_code: str


def can_keep(actor: Any, county_code: str | None) -> Verdict:
    """A county's officers keep its plan."""
    if actor.role == "county_officer" and actor.county_code == county_code:
        return Verdict.yes()
    return Verdict.no("计划由本县（市、区）农业农村局填。", "省、市可以看，不能改。")


def can_edit(actor: Any, row: Row) -> Verdict:
    """A row is changed as long as it is only planned."""
    verdict = can_keep(actor, row.county_code)
    if not verdict or row.status == "planned":
        return verdict
    if row.status == "drafted":
        return Verdict.no("这一行已经写成需求。", "要改内容，请改那条需求。")
    return Verdict.no(f"这一行现在是“{STATES[row.status].label}”，不能改。", "要办的话，先“还是要办”，或到下一年改。")


def can_delete(actor: Any, row: Row) -> Verdict:
    """What became a need, or went to the next year, stays as a trace."""
    verdict = can_keep(actor, row.county_code)
    if not verdict or row.status in DELETABLE:
        return verdict
    if row.status == "drafted":
        return Verdict.no("这一行已经写成需求，不能删。", "需求不办了，请在那条需求上处理。")
    return Verdict.no("这一行已经转到下年，不能删。", "请删下一年的那一行，这一行就回到计划中。")


def year_verdict(year: int, today: dt.date) -> Verdict:
    """Plans are made for years near the present one."""
    if today.year - YEARS_BACK <= year <= today.year + YEARS_AHEAD:
        return Verdict.yes()
    return Verdict.no(f"计划只能填 {today.year - YEARS_BACK}—{today.year + YEARS_AHEAD} 年。", "请从页面上方选年份。")


def quarter_of(day: dt.date) -> tuple[int, int]:
    """(year, quarter) of a day."""
    return day.year, (day.month + 2) // 3


def days_of(year: int, quarter: int) -> tuple[dt.date, dt.date]:
    """The first and the last day of a quarter."""
    first = dt.date(year, 3 * quarter - 2, 1)
    after = dt.date(year + 1, 1, 1) if quarter == 4 else dt.date(year, 3 * quarter + 1, 1)
    return first, after - dt.timedelta(days=1)
