"""The shape of what is typed about agreements."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, Field, HiddenField
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from matchplatform.agreements import contents, rules
from matchplatform.core.typed import parse_count
from matchplatform.pairings.rules import span_verdict
from matchplatform.web.forms import (
    AtMost,
    CountField,
    DayField,
    PhoneField,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    WanField,
    clean_text,
    required,
)


def _line(name: str, most: int = 100, must: bool = True) -> StringField:
    first = [required(name)] if must else []
    return StringField(name, validators=[*first, PlainLine(name), AtMost(most, name)])


def _text(name: str, most: int = 2000) -> TextAreaField:
    return TextAreaField(name, validators=[AtMost(most, name)])


class TextForm(PlatformForm):
    """The content of an agreement; a draft may leave most of it open, the confirmation asks for all."""

    seen = HiddenField()
    number = _line("协议编号", 60, must=False)
    civil_office = _line("甲方（民政部门）")
    farm_office = _line("甲方（农业农村部门）")
    organization = _line("乙方（社会组织）")
    departments = _text("行业部门", 600)
    purpose = _text("帮扶目的")
    starts_on = DayField("开始日期", name_shown="开始日期")
    ends_on = DayField("截止日期", name_shown="截止日期")
    funds_fen = WanField("资金（万元）", name_shown="资金")
    in_kind_fen = WanField("物资折价（万元）", name_shown="物资折价")
    sure = BooleanField("数额没有写错，就按这样保存")
    payment = _text("资金怎么拨、物资怎么交")
    county_duties = _text("甲方的责任")
    organization_duties = _text("乙方的责任")
    department_duties = _text("行业部门的责任")
    county_contact = _line("甲方联系人", 40, must=False)
    county_phone = PhoneField("甲方联系电话", name_shown="甲方联系电话")
    organization_contact = _line("乙方联系人", 40, must=False)
    organization_phone = PhoneField("乙方联系电话", name_shown="乙方联系电话")
    reporting = _text("进展报告")
    changing = _text("变更")
    leaving = _text("退出")
    dispute = _text("争议")
    other = _text("其他约定")
    copies = CountField("一式几份", name_shown="一式几份", unit="份", least=1, most=99)

    def validate_departments(self, field: Any) -> None:
        rows = contents.departments_of({"departments": field.data or ""})
        if len(rows) > rules.MOST_DEPARTMENTS:
            raise ValidationError(f"行业部门最多写 {rules.MOST_DEPARTMENTS} 个，现在是 {len(rows)} 个。")
        if any(len(one) > 60 for one in rows):
            raise ValidationError("一个行业部门的名称最多 60 字，一行写一个。")

    def validate_ends_on(self, field: Any) -> None:
        if field.data and self.starts_on.data:
            verdict = span_verdict(self.starts_on.data, field.data)
            if not verdict:
                raise ValidationError(f"{verdict.reason}{verdict.remedy}")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in contents.LABELS}

    def fill(self, content: dict[str, Any]) -> None:
        """Show a content."""
        shown = {**content, **contents.days_of(content)}
        for name in contents.LABELS:
            value = shown.get(name)
            getattr(self, name).data = None if value == "" else value


@dataclass(frozen=True)
class QuantityRow:
    """A line of the need: how much the pairing takes now, what was typed, what is wrong with it."""

    line: Any
    present: int
    delivered: int
    typed: str
    fault: str = ""


class QuantitiesField(Field):
    """New quantities, posted as quantity-<the line's number>; an empty box leaves the line as it is. `data` is
    {line: quantity}, only what was typed for lines of this need."""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors, self.raw_data, self.data, self.rows = [], None, {}, []
        self._typed = {}
        for key in formdata or ():
            found = re.fullmatch(r"quantity-(\d{1,9})", key)
            if found:
                self._typed[int(found[1])] = clean_text(formdata.getlist(key)[0])[:40]

    def offer(self, lines: Iterable[Any], present: Mapping[int, int], delivered: Mapping[int, int]) -> None:
        """Take what was typed for these lines; those that nobody can take more of are left out."""
        for line in lines:
            taken = present.get(line.id, 0)
            if not taken and not line.residual:
                continue
            typed = self._typed.get(line.id, str(taken) if not self._typed else "")
            fault = ""
            try:
                if typed.strip():
                    self.data[line.id] = parse_count(typed, line.item, line.unit)
            except ValueError:
                fault = f"“{line.item}”的数量要填整数，例如 {taken or line.residual}；不办了填 0。"
            self.rows.append(QuantityRow(line, taken, delivered.get(line.id, 0), typed, fault))

    def pre_validate(self, form: Any) -> None:
        faults = [row.fault for row in self.rows if row.fault]
        if faults:
            raise ValidationError(faults[0])


class AmendmentForm(PlatformForm):
    """What is to become different; everything stands there as it is now."""

    starts_on = DayField("开始日期", name_shown="开始日期")
    ends_on = DayField("截止日期", name_shown="截止日期")
    funds_fen = WanField("资金（万元）", name_shown="资金")
    in_kind_fen = WanField("物资折价（万元）", name_shown="物资折价")
    sure = BooleanField("数额没有写错，就按这样提出")
    lines = QuantitiesField("事项和数量")
    text = _text("补充约定")
    reason = TextAreaField("为什么改", validators=[required("为什么改", "写一两句，对方会看到。"),
                                              AtMost(1000, "为什么改")])

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {name: getattr(self, name).data for name in (
            "starts_on", "ends_on", "funds_fen", "in_kind_fen", "lines", "text", "reason")}
