"""The shape of a need as it is typed. A draft wants title, field of help and text; handing in wants the rest."""

import re
from dataclasses import dataclass, field
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from matchplatform.core import clock, money
from matchplatform.needs import rules
from matchplatform.web.forms import (
    AtLeast,
    AtMost,
    CountField,
    DayField,
    MomentField,
    PhoneField,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    TypedText,
    WanField,
    Wanted,
    clean_text,
    required,
)

MOST_LINES = 30
BLANK_LINES = 3          # rows to write in, for whoever has no script
MOST_QUANTITY = 100_000_000
_NONE = "没有就填 0。"

# The form's parts for the list at its left: anchor, name, the fields inside.
SECTIONS = (
    ("s1", "做什么事", ("title", "category_code", "aid_mode", "urgency", "township_code", "village", "body")),
    ("s2", "要多少", ("lines", "supplies", "funds_secured_fen", "funds_gap_fen")),
    ("s3", "帮到谁", ("beneficiaries", "old_and_young", "households", "lifted_households", "monitored_households")),
    ("s4", "期限与截止", ("starts_on", "ends_on", "closing_at")),
    ("s5", "目标与配合", ("goal", "conditions", "basis", "citation", "preferred_organization")),
    ("s6", "联系人和公开范围", ("unit", "contact_name", "contact_phone", "publicity")),
)


class Enough:
    """Enough said, asked only of a form that is handed in whole."""

    def __init__(self, limit: int, name: str, cure: str = "") -> None:
        self.rule = AtLeast(limit, name, cure)

    def __call__(self, form: Any, field: Any) -> None:
        if form.whole:
            self.rule(form, field)


@dataclass
class LineRow:
    """One row of the table as it was typed, with its faults by column."""

    item: str = ""
    quantity: str = ""
    unit: str = ""
    unit_price: str = ""
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not (self.item or self.quantity or self.unit or self.unit_price)


class LinesField(Field):
    """The table of things needed, posted as lines-0-item, lines-0-quantity, lines-0-unit, lines-0-unit_price.

    Blank rows are skipped, a half-filled one is named with its number; what was typed stays in `rows`. `data` is a
    list of {item, quantity, unit, unit_price_fen}.
    """

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors, self.raw_data = [], None
        if formdata:
            self.rows = self._typed(formdata)
            self.data = self._parsed()
        else:
            self.data = [] if data is unset_value or data is None else [
                {"item": one.item, "quantity": one.quantity, "unit": one.unit, "unit_price_fen": one.unit_price_fen}
                for one in data]
            self.rows = [LineRow(one["item"], str(one["quantity"]), one["unit"],
                                 money.in_yuan(one["unit_price_fen"]).replace(",", "")) for one in self.data]

    def _typed(self, formdata: Any) -> list[LineRow]:
        rows: dict[int, LineRow] = {}
        for key in formdata:
            found = re.fullmatch(rf"{re.escape(self.name)}-(\d{{1,3}})-(item|quantity|unit|unit_price)", key)
            if found:
                row = rows.setdefault(int(found[1]), LineRow())
                setattr(row, found[2], clean_text(formdata.getlist(key)[0]).replace("\n", " ")[:200])
        typed = [rows[number] for number in sorted(rows)]
        while typed and typed[-1].is_blank:  # the page adds fresh ones itself
            typed.pop()
        return typed

    def _parsed(self) -> list[dict[str, Any]]:
        values = []
        filled = [(number, row) for number, row in enumerate(self.rows, 1) if not row.is_blank]
        for number, row in filled:
            values.append({"item": self._name(row, number), "quantity": self._quantity(row, number),
                           "unit": self._unit(row, number), "unit_price_fen": self._price(row, number)})
            self.process_errors += row.faults.values()
        if len(filled) > MOST_LINES:
            self.process_errors.append(f"最多填 {MOST_LINES} 项，现在有 {len(filled)} 项，请合并相近的事项。")
        return values

    def _name(self, row: LineRow, number: int) -> str:
        if not row.item:
            row.faults["item"] = f"第 {number} 项没有写事项。请写要什么，不要这一行就清空。"
        elif len(row.item) > 60:
            row.faults["item"] = f"第 {number} 项的事项最多 60 字，现在是 {len(row.item)} 字。"
        else:
            try:
                PlainLine(f"第 {number} 项的事项")(None, _Said(row.item))
            except ValidationError as fault:
                row.faults["item"] = str(fault)
        return row.item

    def _quantity(self, row: LineRow, number: int) -> int:
        text = re.sub(r"[,，\s]", "", row.quantity)
        said = f"第 {number} 项的数量"
        spoken = money.chinese_number(text) if text else None
        if not text:
            row.faults["quantity"] = f"{said}没有填。请填大于 0 的整数。"
        elif not re.fullmatch(r"[+＋]?\d{1,12}", text):
            row.faults["quantity"] = (f"{said}要填数字。“{row.quantity}”请写成 {int(spoken)}。" if spoken
                                      else f"{said}要填大于 0 的整数，例如 17。")
        elif not 0 < int(text.lstrip("+＋")) <= MOST_QUANTITY:
            row.faults["quantity"] = f"{said}要大于 0、不超过 {MOST_QUANTITY:,}，请核对。"
        else:
            return int(text.lstrip("+＋"))
        return 0

    def _unit(self, row: LineRow, number: int) -> str:
        if not row.unit:
            row.faults["unit"] = f"第 {number} 项没有写单位，例如“套”“人次”。"
        elif len(row.unit) > 10 or re.search(r"[<>=+@]", row.unit):
            row.faults["unit"] = f"第 {number} 项的单位最多 10 个字，不带符号，例如“套”“人次”。"
        return row.unit

    def _price(self, row: LineRow, number: int) -> int:
        if not row.unit_price:
            return 0
        try:
            return money.parse_yuan(row.unit_price, f"第 {number} 项的单价")
        except ValueError as fault:
            row.faults["unit_price"] = str(fault)
            return 0

    def blanks(self) -> list[LineRow]:
        """Rows to write in below the filled ones."""
        return [LineRow() for _ in range(max(0, min(BLANK_LINES, MOST_LINES - len(self.rows))))]


@dataclass(frozen=True)
class _Said:
    """Text in the guise of a field, for validators that look at one."""

    data: str


class NeedForm(PlatformForm):
    """A need; `whole` asks for everything that handing it in wants."""

    whole = False
    standing: Any = None  # the need as it is, where there is one

    version = HiddenField()
    title = StringField("项目名称", validators=[required("项目名称", "请用一句话说清谁遇到了什么难处。"),
                                            PlainLine("项目名称"), AtMost(60, "项目名称")])
    category_code = SelectField("帮扶领域", validate_choice=False,
                                validators=[required("帮扶领域", "请从列表里选一个。")])
    aid_mode = RadioField("帮扶方式", default="relief", validate_choice=False,
                          choices=[SelectChoice(*one) for one in rules.AID_MODES.pairs])
    urgency = RadioField("紧急程度", default="normal", validate_choice=False,
                         choices=[SelectChoice(*one) for one in rules.URGENCIES.pairs])
    township_code = SelectField("乡镇（街道）", validate_choice=False)
    village = StringField("村（社区）", validators=[PlainLine("村（社区）"), AtMost(40, "村（社区）")])
    body = TextAreaField("要办的事", validators=[
        required("要办的事", "请写清现状、已有条件、还差什么。"),
        Enough(rules.SHORTEST_BODY, "要办的事", "请写清现状、已有条件、还差什么。"), AtMost(5000, "要办的事")])
    lines = LinesField("要的东西")
    supplies = TextAreaField("物资与人员需求", validators=[AtMost(1000, "物资与人员需求")])
    funds_secured_fen = WanField("已落实资金（万元）", name_shown="已落实资金",
                                 validators=[Wanted("已落实资金", _NONE)])
    funds_gap_fen = WanField("资金缺口（万元）", name_shown="资金缺口", validators=[Wanted("资金缺口", _NONE)])
    beneficiaries = CountField("受益人数", unit="人", name_shown="受益人数", validators=[Wanted("受益人数")])
    old_and_young = CountField("其中一老一小", unit="人", name_shown="一老一小")
    households = CountField("受益户数", unit="户", name_shown="受益户数")
    lifted_households = CountField("其中脱贫户", unit="户", name_shown="脱贫户")
    monitored_households = CountField("其中监测户", unit="户", name_shown="监测户")
    starts_on = DayField("开始日期", name_shown="开始日期", validators=[Wanted("开始日期")])
    ends_on = DayField("结束日期", name_shown="结束日期", validators=[Wanted("结束日期")])
    closing_at = MomentField("接单截止", name_shown="接单截止", validators=[
        Wanted("接单截止", "请给社会组织留出至少 5 个工作日。")])
    goal = TextAreaField("怎样算办成", validators=[Wanted("怎样算办成", "请写看得见、数得清的结果。"),
                                              AtMost(1000, "怎样算办成")])
    conditions = TextAreaField("当地能配合什么", validators=[AtMost(1000, "当地能配合什么")])
    basis = StringField("依据的规划或政策", validators=[PlainLine("依据的规划或政策"), AtMost(200, "依据的规划或政策")])
    citation = StringField("引用发布的文件", validators=[AtMost(110, "引用发布的文件")])
    preferred_organization = StringField("指定承接机构", validators=[
        PlainLine("指定承接机构"), AtMost(100, "指定承接机构")])
    publicity = RadioField("公开范围", default="public", validate_choice=False,
                           choices=[SelectChoice(*one) for one in rules.PUBLICITY.pairs])
    unit = StringField("责任单位", validators=[Wanted("责任单位"), PlainLine("责任单位"), AtMost(60, "责任单位")])
    contact_name = StringField("联系人", validators=[Wanted("联系人"), PlainLine("联系人"), AtMost(40, "联系人")])
    contact_phone = PhoneField("联系电话", name_shown="联系电话", validators=[Wanted("联系电话")])

    def validate_category_code(self, field: Any) -> None:
        if field.data and field.data not in {one.value for one in field.choices}:
            raise ValidationError("没有这个帮扶领域，请从列表里选一个。")

    def validate_township_code(self, field: Any) -> None:
        if field.data and field.data not in {one.value for one in field.choices}:
            raise ValidationError("选的乡镇不在本县，请从列表里重新选；全县的需求选“全县”。")

    def validate_citation(self, field: Any) -> None:
        if field.data and not re.fullmatch(r"FB\d{6}-\d{4}-\d{3,6}(#[a-z0-9-]+)?", field.data):
            raise ValidationError("引用的文件没有看懂，请先查找，再从查到的文件里选。")

    def validate_aid_mode(self, field: Any) -> None:
        if field.data not in rules.AID_MODES:
            raise ValidationError("帮扶方式请从三种里选一种。")

    def validate_urgency(self, field: Any) -> None:
        if field.data not in rules.URGENCIES:
            raise ValidationError("紧急程度请从三档里选一档。")

    def validate_publicity(self, field: Any) -> None:
        if field.data not in rules.PUBLICITY:
            raise ValidationError("公开范围请从两种里选一种。")

    def validate_beneficiaries(self, field: Any) -> None:
        if self.whole and field.data == 0:
            raise ValidationError("受益人数要大于 0。")

    def validate_closing_at(self, field: Any) -> None:
        if field.data is not None:
            verdict = rules.closing_verdict(field.data, clock.now())
            if not verdict:
                raise ValidationError(f"{verdict.reason}{verdict.remedy}")

    def validate_ends_on(self, field: Any) -> None:
        if field.data and self.starts_on.data and field.data <= self.starts_on.data:
            raise ValidationError("结束日期要晚于开始日期，请核对年份。")

    def _at_most(self, field: Any, whole: Any, name: str) -> None:
        most = whole.data or 0
        if field.data and field.data > most and not whole.errors:
            raise ValidationError(f"{name}（{field.data}）不能多于{whole.name_shown}（{most}），请核对这两个数。")

    def validate_old_and_young(self, field: Any) -> None:
        self._at_most(field, self.beneficiaries, "一老一小")

    def validate_lifted_households(self, field: Any) -> None:
        self._at_most(field, self.households, "脱贫户")

    def validate_monitored_households(self, field: Any) -> None:
        self._at_most(field, self.households, "监测户")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        code, _, anchor = (self.citation.data or "").partition("#")
        return {one.name: one.data for one in self if one.name not in ("version", "csrf_token", "citation")} | {
            "basis_code": code or None, "basis_clause": anchor}

    def section_states(self) -> list[tuple[str, str, str]]:
        """(anchor, name, wrong | done | open) of each part, for the list at the left."""
        rows = []
        for anchor, name, names in SECTIONS:
            fields = [self[one] for one in names if one in self]
            asked = [one for one in fields if one.flags.required]
            done = all(one.data not in (None, "") for one in asked) and any(
                one.data not in (None, "", [], 0) for one in fields)
            rows.append((anchor, name, "wrong" if any(one.errors for one in fields) else "done" if done else "open"))
        return rows


def begin_with(form: NeedForm, template: Any) -> None:
    """Lay a template's words into an empty form; how many of each thing is for the writer to say."""
    if template is not None:
        for name in ("category_code", "title", "body", "goal", "conditions"):
            form[name].data = getattr(template, name)
        form.lines.rows = [LineRow(one.item, "", one.unit) for one in template.usual_lines]


class ChangeForm(NeedForm):
    """A released need, which stays complete. What was not touched keeps its exact value: the page shows minutes and
    ten-thousands, the record knows seconds and 分; and a closing time that has passed may stay."""

    whole = True

    def _untouched(self, field: Any) -> bool:
        old = getattr(self.standing, field.name, None)
        return isinstance(field, TypedText) and old is not None and field.typed == field.show(old)

    def validate_closing_at(self, field: Any) -> None:
        if not self._untouched(field):
            super().validate_closing_at(field)

    @property
    def values(self) -> dict[str, Any]:
        return {name: getattr(self.standing, name) if name in self and self._untouched(self[name]) else value
                for name, value in super().values.items()}
