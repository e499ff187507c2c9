"""The law of following a pairing: which report is due when, what is late or stands still, who answers a complaint."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.core.clock import local
from matchplatform.core.money import in_wan
from matchplatform.core.rules import Choice, Choices, Lifecycle, Transition, Verdict, transitions
from matchplatform.pairings.rules import APPROVED, OUT_OF_SCALE

RHYTHMS = Choices(Choice("monthly", "每月报一次"), Choice("quarterly", "每季度报一次"))
STALL_DAYS = {"monthly": 60, "quarterly": 120}  # without a report so long, a pairing stands still
REPORT_DAYS = 10     # a period's report is due so many days after it ends
MOST_MILESTONES = 12
DOUBT_BARE = 1_000_000_000  # 分; asked from 1,000 万元 on where nothing was agreed
MOST_AHEAD = 366     # days that a "follow up by" may lie ahead

# What a report counts; money in 分, and in-kind value never in one sum with it.
FIGURES = ("funds_fen", "in_kind_fen", "households", "people", "trained", "employed", "sales_fen")

VISITS = Choices(Choice("visit", "实地走访"), Choice("call", "电话"), Choice("online", "线上"))
TROUBLES = Choices(Choice("stalled", "停滞", "no"), Choice("late", "进展没报", "wait"),
                   Choice("milestone", "里程碑过期", "wait"), Choice("visit", "待回访", "wait"),
                   Choice("complaint", "投诉待办", "no"))

COMPLAINT_STATES = Choices(Choice("open", "待对方答复", "wait"), Choice("answered", "待裁定", "wait"),
                           Choice("ruled", "已裁定", "go"), Choice("withdrawn", "已撤回"))
RULINGS = Choices(Choice("upheld", "投诉成立", "no"), Choice("partly", "部分成立", "wait"),
                  Choice("dismissed", "投诉不成立", "go"))
ANSWER_DAYS, RULING_DAYS = 5, 10  # working days
COMPLAINTS = Lifecycle(COMPLAINT_STATES, "open", (
    *transitions("answer", "答复", "accused", [("open", "answered")], reason=True, tone="primary",
                 done="已答复，报审批部门裁定。"),
    *transitions("rule", "裁定", "office", [("open", "ruled"), ("answered", "ruled")], reason=True, tone="primary",
                 done="已裁定，双方会收到消息。"),
    *transitions("withdraw", "撤回投诉", "complainant", [("open", "withdrawn"), ("answered", "withdrawn")], reason=True,
                 tone="stop", done="已撤回投诉。"),
))

_MONTH, _QUARTER = re.compile(r"(\d{4})-(0[1-9]|1[0-2])"), re.compile(r"(\d{4})Q([1-4])")


@dataclass(frozen=True)
class Period:
    """A month (2026-11) or a quarter (2026Q4) for which there is one report."""

    code: str
    first: dt.date
    last: dt.date

    @property
    def label(self) -> str:
        """2026年11月, 2026年第4季度."""
        number = int(self.code[-1]) if "Q" in self.code else self.first.month
        return f"{self.first.year}年第{number}季度" if "Q" in self.code else f"{self.first.year}年{number}月"

    @property
    def due_on(self) -> dt.date:
        """The last day on which its report is in time."""
        return self.last + dt.timedelta(days=REPORT_DAYS)

    def covers(self, taken_on: dt.date) -> bool:
        """May a photo of this day show what the report tells: from its first day until it is due?"""
        return self.first <= taken_on <= self.due_on

    @property
    def rhythm(self) -> str:
        return "quarterly" if "Q" in self.code else "monthly"


@dataclass(frozen=True)
class Step:
    """A milestone as it is wanted: `number` of the one that is kept, None for a new one."""

    title: str
    due_on: dt.date
    share: int
    number: int | None = None


def period_of(day: dt.date, rhythm: str) -> Period:
    """The period in which a day lies."""
    if rhythm == "quarterly":
        number = (day.month - 1) // 3
        return _spanning(f"{day.year}Q{number + 1}", dt.date(day.year, 3 * number + 1, 1), 3)
    return _spanning(f"{day:%Y-%m}", day.replace(day=1), 1)


def period_named(code: str) -> Period:
    """The period with this code. Raises ValueError for what is no period."""
    if found := _MONTH.fullmatch(code):
        return period_of(_first(found[1], int(found[2])), "monthly")
    if found := _QUARTER.fullmatch(code):
        return period_of(_first(found[1], 3 * int(found[2]) - 2), "quarterly")
    raise ValueError(f"no period: {code!r}")


def _first(year: str, month: int) -> dt.date:
    return dt.date(int(year), month, 1)  # the year 0 is a ValueError, as it should be


def _spanning(code: str, first: dt.date, months: int) -> Period:
    following = (first + dt.timedelta(days=31 * months)).replace(day=1)
    return Period(code, first, following - dt.timedelta(days=1))


def latest_due(rhythm: str, today: dt.date) -> Period:
    """The latest period whose report should be there: its last day in time is over."""
    period = period_of(today, rhythm)
    while period.due_on >= today:
        period = period_of(period.first - dt.timedelta(days=1), rhythm)
    return period


def periods_to_report(since: dt.date, ends_on: dt.date, rhythm: str, today: dt.date) -> list[Period]:
    """The periods from the day on which work began or went on to today or the agreement's end, the earliest first."""
    found, day = [], since
    while day <= min(today, ends_on):
        period = period_of(day, rhythm)
        found.append(period)
        day = period.last + dt.timedelta(days=1)
    return found


def late_periods(periods: Sequence[Period], reported: Sequence[str], today: dt.date) -> list[Period]:
    """Those of them that are over, and past their last day in time, without a report."""
    return [one for one in periods if one.due_on < today and one.code not in reported]


def report_verdict(pairing: Any, period: Period, rhythm: str, today: dt.date) -> Verdict:
    """May progress of this period be reported for the pairing?"""
    if pairing.status == "suspended":
        return Verdict.no("这件结对正在暂停，不用报进展。", "恢复实施以后再报。")
    if pairing.status in ("terminated", "completed"):
        word = "已终止" if pairing.status == "terminated" else "已办成"
        return Verdict.no(f"这件结对{word}，不能再报进展。",
                          "要补充情况，请写在走访记录里；报错了请审批部门恢复这件结对。")
    if pairing.status != "active":
        return Verdict.no("协议还没有登记，现在不用报进展。", "登记协议以后再报。")
    if period.rhythm != rhythm:
        return Verdict.no(f"这件结对是{RHYTHMS[rhythm].label}。", "请选对应的月份或季度。")
    if period.first > today:
        return Verdict.no(f"{period.label}还没有到。", "请选已经开始的月份或季度。")
    if period.last < pairing.starts_on:
        return Verdict.no(f"协议从 {pairing.starts_on:%Y-%m-%d} 开始，{period.label}还没有实施。", "请选后面的时段。")
    return Verdict.yes()


def is_doubtful(amount: int, agreed: int) -> bool:
    """Is an amount (分) so far above what was agreed that 元 may have been typed as 万元?"""
    return amount >= OUT_OF_SCALE * agreed if agreed > 0 else amount >= DOUBT_BARE


def doubt_sentence(name: str, amount: int, agreed: int) -> str:
    """资金填了 50,000 万元，协议里是 5 万元。 What was typed, what was agreed, and what it would be in 元."""
    said = f"协议里是 {in_wan(agreed)} 万元，相差 {amount // agreed:,} 倍" if agreed else "协议里没有这一项"
    return (f"{name}填了 {in_wan(amount)} 万元，{said}。是不是把元当成万元填了？"
            f"按元算是 {in_wan(amount // 10_000)} 万元。")


def stalled_since(last_sign: dt.datetime, rhythm: str, today: dt.date) -> dt.date | None:
    """Since which day a pairing stands still, or None: no report for STALL_DAYS after the last sign of life."""
    day = local(last_sign).date() + dt.timedelta(days=STALL_DAYS[rhythm])
    return day if day < today else None


def shares_verdict(shares: Sequence[int]) -> Verdict:
    """Milestones share out the whole of the work: at least one, at most MOST_MILESTONES, 100 % together."""
    if not shares:
        return Verdict.no("还没有写里程碑。", "请至少写一个，占 100%。")
    if len(shares) > MOST_MILESTONES:
        return Verdict.no(f"里程碑最多 {MOST_MILESTONES} 个，现在是 {len(shares)} 个。", "请合并相近的。")
    if any(one < 1 or one > 100 for one in shares):
        return Verdict.no("每个里程碑的占比要在 1 到 100 之间。", "请改成整数的百分比。")
    if sum(shares) != 100:
        more = f"还差 {100 - sum(shares)}" if sum(shares) < 100 else f"多了 {sum(shares) - 100}"
        return Verdict.no(f"占比合起来要正好是 100%，现在是 {sum(shares)}%，{more}。", "请调整各项的占比。")
    return Verdict.yes()


def milestone_days_verdict(days: Sequence[dt.date], starts_on: dt.date, ends_on: dt.date) -> Verdict:
    """Every milestone lies within the agreement's term."""
    for day in days:
        if not starts_on <= day <= ends_on:
            return Verdict.no(f"{day:%Y-%m-%d} 不在协议期限 {starts_on:%Y-%m-%d} 至 {ends_on:%Y-%m-%d} 里。",
                              "请改日期；要延期先改协议。")
    return Verdict.yes()


def plan_verdict(pairing: Any) -> Verdict:
    """Only what is active has a plan that may be changed or ticked."""
    if pairing.status == "active":
        return Verdict.yes()
    return Verdict.no(f"这件结对现在是“{pairing.state.label}”，不能改实施计划。", "在办的结对才有实施计划。")


def can_write(mine: set[str]) -> Verdict:
    """Plan, reports and ticks are for the two sides; the office reads along."""
    if mine & {"county", "organization"}:
        return Verdict.yes()
    return Verdict.no("这里由县里和社会组织填写。", "有情况要记，请写在走访记录里。")


def visit_verdict(day: dt.date, follow_up_on: dt.date | None, today: dt.date) -> Verdict:
    """A visit has been made; what follows lies after it and within a year."""
    if day > today:
        return Verdict.no("走访的日期还没有到。", "请在走访以后再记。")
    if (today - day).days > 730:
        return Verdict.no("走访的日期在两年以前。", "请核对年份。")
    if follow_up_on is not None and follow_up_on < day:
        return Verdict.no("回访的日期早于走访的日期。", "请核对日期。")
    if follow_up_on is not None and (follow_up_on - today).days > MOST_AHEAD:
        return Verdict.no("回访的日期在一年以后。", "请核对年份。")
    return Verdict.yes()


def complain_verdict(pairing: Any, mine: set[str]) -> Verdict:
    """One of the two sides complains of what was approved once."""
    if not mine & {"county", "organization"}:
        return Verdict.no("投诉由县里或社会组织提出。", "审批部门收到投诉后裁定。")
    if pairing.status not in APPROVED:
        return Verdict.no("这件结对还没有批准，不能投诉。", "现在可以谢绝、撤回或驳回。")
    return Verdict.yes()


def complaint_parties(mine: set[str], side: str, in_office: bool) -> set[str]:
    """What the reader is to a complaint that `side` (county or organization) made: complainant, accused, office."""
    found = set()
    if side in mine:
        found.add("complainant")
    if {"county": "organization", "organization": "county"}[side] in mine:
        found.add("accused")
    if in_office and not found:
        found.add("office")
    return found


def open_complaint_verbs(parties: set[str], status: str, answer_by: dt.datetime,
                         moment: dt.datetime) -> list[Transition]:
    """The verbs to show; nothing is offered to be ruled before the accused was heard."""
    return [row for row in COMPLAINTS.open_to(parties, status)
            if row.verb != "rule" or ruling_verdict(status, answer_by, moment)]


def ruling_verdict(status: str, answer_by: dt.datetime, moment: dt.datetime) -> Verdict:
    """The accused is heard first: before his answer, or the end of his time, nothing is ruled."""
    if status == "open" and moment <= answer_by:
        return Verdict.no(f"对方可以在 {local(answer_by):%m-%d %H:%M} 前答复，现在还不能裁定。",
                          "等答复或期限过了再裁定。")
    return Verdict.yes()
