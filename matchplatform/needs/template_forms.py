"""The shape of a text template as it is typed."""

import re
from dataclasses import dataclass
from typing import Any

from wtforms import Field, HiddenField, SelectField
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from matchplatform.needs import template_rules as rules
from matchplatform.web.forms import AtMost, PlainLine, PlatformForm, StringField, TextAreaField, clean_text, required

_COLUMNS = (("item", 60), ("unit", 10), ("quantity", 40))
BLANKS = 2


@dataclass
class UsualRow:
    """One row as it was typed."""

    item: str = ""
    unit: str = ""
    quantity: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.item or self.unit or self.quantity)


class UsualLinesField(Field):
    """The things usually needed, posted as lines-0-item, lines-0-unit, lines-0-quantity; blank rows are skipped."""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors, self.raw_data = [], None
        if not formdata:
            listed = [] if data is unset_value or data is None else data
            self.rows = [UsualRow(one["item"], one["unit"], one.get("quantity", "")) for one in listed]
            self.data = [vars(row).copy() for row in self.rows]
            return
        rows: dict[int, UsualRow] = {}
        for key in formdata:
            found = re.fullmatch(rf"{re.escape(self.name)}-(\d{{1,3}})-(item|unit|quantity)", key)
            if found:
                setattr(rows.setdefault(int(found[1]), UsualRow()), found[2],
                        clean_text(formdata.getlist(key)[0]).replace("\n", " ")[:200])
        self.rows = [rows[number] for number in sorted(rows) if not rows[number].is_blank]
        self.data = [vars(row).copy() for row in self.rows]
        self._check()

    def _check(self) -> None:
        if len(self.rows) > rules.MOST_LINES:
            self.process_errors.append(f"常用事项最多 {rules.MOST_LINES} 项，现在是 {len(self.rows)} 项。")
        for number, row in enumerate(self.rows, 1):
            if not row.item or not row.unit:
                self.process_errors.append(f"第 {number} 项的事项和单位都要写，例如“餐桌椅”“套”。")
            for name, most in _COLUMNS:
                text = getattr(row, name)
                if len(text) > most or re.search(r"[<>]", text) or text[:1] in tuple("=+-@"):
                    self.process_errors.append(f"第 {number} 项里有一格太长或带符号（最多 {most} 字）：“{text[:12]}”。")

    def blanks(self) -> list[UsualRow]:
        """Rows to write in below the filled ones."""
        return [UsualRow() for _ in range(max(0, min(BLANKS, rules.MOST_LINES - len(self.rows))))]


class TemplateForm(PlatformForm):
    """A template: what the writer of a need finds in the form."""

    version = HiddenField()
    category_code = SelectField("帮扶领域", validate_choice=False,
                                validators=[required("帮扶领域", "请从列表里选一个。")])
    name = StringField("模板名称", validators=[required("模板名称", "例如“老年食堂”。"), PlainLine("模板名称"),
                                           AtMost(20, "模板名称")])
    title = StringField("项目名称的写法", validators=[PlainLine("项目名称的写法"), AtMost(60, "项目名称的写法")])
    body = TextAreaField("要办的事（提纲）", validators=[required("提纲", "至少写几个小标题。"),
                                                AtMost(2000, "要办的事（提纲）")])
    goal = TextAreaField("怎样算办成（提纲）", validators=[AtMost(500, "怎样算办成（提纲）")])
    conditions = TextAreaField("当地能配合什么（提纲）", validators=[AtMost(500, "当地能配合什么（提纲）")])
    lines = UsualLinesField("常用事项")
    hints = TextAreaField("一行问一件", validators=[AtMost(2000, "容易漏写的事")])

    def validate_category_code(self, field: Any) -> None:
        if field.data and field.data not in {one.value for one in field.choices}:
            raise ValidationError("没有这个帮扶领域，请从列表里选一个。")

    def validate_hints(self, field: Any) -> None:
        try:
            rules.parse_hints(field.data or "")
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {one.name: one.data for one in self if one.name not in ("version", "csrf_token")}
