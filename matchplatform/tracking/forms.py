"""The shape of what is typed about a pairing's course."""

import datetime as dt
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from matchplatform.core.clock import parse_date
from matchplatform.core.line import length_fault, line_fault
from matchplatform.core.typed import parse_count
from matchplatform.tracking import rules
from matchplatform.tracking.rules import FIGURES, Step
from matchplatform.web.forms import (
    AtLeast,
    AtMost,
    CountField,
    DayField,
    Filled,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    WanField,
    clean_text,
    required,
)

_SHOWN = 5  # rows of the table before anybody adds one


@dataclass
class StepRow:
    """One row of the milestones as it was typed, with its faults by column."""

    number: str = ""
    title: str = ""
    due_on: str = ""
    share: str = ""
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not (self.title or self.due_on or self.share)


class StepsField(Field):
    """The milestones, posted as steps-0-title, steps-0-due_on, steps-0-share and steps-0-number of a known one.

    Blank rows are skipped; what was typed stays in `rows`. `data` is a list of Step.
    """

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors, self.raw_data = [], None
        if formdata:
            numbers = sorted({int(found[1]) for key in formdata if (found := re.fullmatch(
                rf"{self.name}-(\d{{1,3}})-\w+", key))})
            self.rows = [self._row(formdata, n) for n in numbers[:50]]
            self.rows = [one for one in self.rows if not one.is_blank]
            self.data = [step for one in self.rows if (step := self._parsed(one)) is not None]
        else:
            milestones = [] if data is unset_value or data is None else data
            self.rows = [StepRow(str(one.id), one.title, f"{one.due_on:%Y-%m-%d}", str(one.share))
                         for one in milestones]
            self.data = []

    def _row(self, formdata: Any, n: int) -> StepRow:
        return StepRow(*(clean_text(formdata.get(f"{self.name}-{n}-{name}"))[:200]
                         for name in ("number", "title", "due_on", "share")))

    @staticmethod
    def _parsed(row: StepRow) -> Step | None:
        if not row.title:
            row.faults["title"] = "做到什么还没有写。"
        elif fault := length_fault(row.title, "里程碑", 60) or line_fault(row.title, "里程碑"):
            row.faults["title"] = fault
        day: dt.date | None = None
        try:
            day = parse_date(row.due_on) if row.due_on else None
        except ValueError as error:
            row.faults["due_on"] = str(error)
        if not row.due_on:
            row.faults["due_on"] = "日期还没有填。"
        share = 0
        with suppress(ValueError):  # told below, like a number out of bounds
            share = parse_count(row.share.replace("％", "%"), "占比", "%")
        if not 1 <= share <= 100:
            row.faults["share"] = "占比填 1 到 100 的整数。"
        if row.faults or day is None:
            return None
        number = row.number
        return Step(row.title, day, share, int(number) if re.fullmatch(r"\d{1,9}", number) else None)

    def blanks(self) -> list[None]:
        """Empty rows below the filled ones."""
        return [None] * max(1, _SHOWN - len(self.rows))

    def pre_validate(self, form: Any) -> None:
        for n, row in enumerate(self.rows, 1):
            for fault in row.faults.values():
                raise ValidationError(f"第 {n} 行：{fault}")
        verdict = rules.shares_verdict([one.share for one in self.data])
        if not verdict:
            raise ValidationError(f"{verdict.reason}{verdict.remedy}")


class PlanForm(PlatformForm):
    """How often, and the milestones."""

    version = HiddenField()
    rhythm = RadioField("多久报一次进展", choices=[SelectChoice(*one) for one in rules.RHYTHMS.pairs],
                        default="monthly")
    steps = StepsField("里程碑")


@dataclass(frozen=True)
class BroughtRow:
    """A line with what may still come, what was typed for it and what is wrong with that."""

    line: Any
    agreed: int
    before: int
    typed: str
    fault: str = ""

    @property
    def left(self) -> int:
        return self.agreed - self.before


class BroughtField(Field):
    """How much of each line came in the period, posted as brought-<the line's number>; empty or 0 is none.

    `offer` names the pairing's lines and what this report said before; `data` is {line: quantity}.
    """

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors, self.raw_data, self.data, self.rows = [], None, {}, []
        self._typed = {int(found[1]): clean_text(formdata.getlist(key)[0])[:40] for key in formdata or ()
                       if (found := re.fullmatch(r"brought-(\d{1,9})", key))}

    def offer(self, lines: Iterable[Any], own: dict[int, int]) -> None:
        """Take the typed quantities for these lines of the pairing, or show what the report holds."""
        for one in lines:
            mine = own.get(one.need_line_id, 0)
            typed = self._typed.get(one.need_line_id, str(mine) if mine and not self._typed else "")
            self.rows.append(self._row(one, one.delivered - mine, typed))
        self.data = {row.line.id: int(row.typed) for row in self.rows if row.typed and not row.fault}

    @staticmethod
    def _row(one: Any, before: int, typed: str) -> BroughtRow:
        left = one.quantity - before
        try:
            number = parse_count(typed, one.line.item, one.line.unit) if typed.strip() else 0
        except ValueError:
            return BroughtRow(one.line, one.quantity, before, typed, f"“{one.line.item}”要填整数，没有就空着。")
        if number > left:
            return BroughtRow(one.line, one.quantity, before, typed,
                              f"“{one.line.item}”约定 {one.quantity} {one.line.unit}，以前已到 {before}，"
                              f"这次最多 {left}。多给的写在“做了什么”里。")
        return BroughtRow(one.line, one.quantity, before, str(number) if number else "")

    def pre_validate(self, form: Any) -> None:
        for row in self.rows:
            if row.fault:
                raise ValidationError(row.fault)


class ProgressForm(PlatformForm):
    """One short form for a month or a quarter; it is filled on a telephone."""

    version = HiddenField()
    period = SelectField("哪个时段", validate_choice=False)
    done = TextAreaField("做了什么", validators=[
        required("做了什么", "写一两句：去了几次、办了什么。"), AtLeast(6, "做了什么", "写清楚办了什么事。"),
        AtMost(2000, "做了什么")])
    lines = BroughtField("送到了多少")
    funds_fen = WanField("到位资金（万元）", name_shown="到位资金")
    in_kind_fen = WanField("物资折价（万元）", name_shown="物资折价")
    households = CountField("受益户", name_shown="受益户", unit="户", most=1_000_000)
    people = CountField("受益人", name_shown="受益人", unit="人", most=10_000_000)
    trained = CountField("培训人次", name_shown="培训人次", unit="人次", most=10_000_000)
    employed = CountField("带动就业", name_shown="带动就业", unit="人", most=1_000_000)
    sales_fen = WanField("销售额（万元）", name_shown="销售额")
    difficulties = TextAreaField("遇到的困难", validators=[AtMost(2000, "遇到的困难")])
    sure = BooleanField("数额没有写错")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes; an empty figure is 0."""
        return {"done": self.done.data, "difficulties": self.difficulties.data, "brought": self.lines.data,
                "sure": self.sure.data, **{name: getattr(self, name).data or 0 for name in FIGURES}}


class VisitForm(PlatformForm):
    """A visit, call or meeting; `once` makes the same form one visit."""

    once = HiddenField()
    way = RadioField("怎么联系的", choices=[SelectChoice(*one) for one in rules.VISITS.pairs], default="visit")
    on_day = DayField("哪一天", name_shown="哪一天", validators=[Filled("哪一天")])
    whom = StringField("见了谁", validators=[PlainLine("见了谁"), AtMost(60, "见了谁")])
    note = TextAreaField("看到什么、说了什么", validators=[
        required("看到什么、说了什么"), AtLeast(6, "看到什么、说了什么", "写一两句就行。"),
        AtMost(2000, "看到什么、说了什么")])
    follow_up_on = DayField("哪天以前再跟进", name_shown="跟进的日期")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in ("way", "on_day", "whom", "note", "follow_up_on")}


class ComplaintForm(PlatformForm):
    """What somebody complains of."""

    body = TextAreaField("投诉什么", validators=[
        required("投诉什么"), AtLeast(10, "投诉什么", "写清楚哪天、哪件事。"), AtMost(2000, "投诉什么")])


class RelayForm(PlatformForm):
    """To whom what is left is handed on, and why."""

    version = HiddenField()
    choice = RadioField("交给哪家", validators=[required("交给哪家", "请选一项供给。")])
    reason = TextAreaField("为什么换一家", validators=[
        required("为什么换一家"), AtLeast(6, "为什么换一家", "原来的组织会看到。"), AtMost(1000, "为什么换一家")])
    message = TextAreaField("给新的一家的话", validators=[
        required("给新的一家的话"), AtLeast(10, "给新的一家的话", "写清楚已经做了什么、还差什么。"),
        AtMost(1000, "给新的一家的话")])
