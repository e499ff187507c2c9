"""The shape of an offering as it is typed. A draft wants title, field of help and text; going up wants the rest."""

from typing import Any

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from matchplatform.core import clock
from matchplatform.offerings import rules
from matchplatform.web.forms import (
    AtLeast,
    AtMost,
    CountField,
    DayField,
    PhoneField,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    WanField,
    Wanted,
    required,
)

_SAY = "请写清做什么、做到什么标准、一个点位多长时间。"

# The form's parts for the list at its left: anchor, name, the fields inside.
SECTIONS = (
    ("s1", "能做什么", ("title", "category_code", "body", "audience")),
    ("s2", "能做多少", ("capacity", "funds_fen", "in_kind_fen", "person_days", "cost_model")),
    ("s3", "可服务区域", ("areas",)),
    ("s4", "起止日期", ("starts_on", "ends_on")),
    ("s5", "配合与案例", ("conditions", "past_cases")),
    ("s6", "联系人", ("contact_name", "contact_phone")),
)


class OfferingForm(PlatformForm):
    """An offering; `whole` asks for everything that going up wants."""

    whole = False

    version = HiddenField()
    title = StringField("服务项目名称", validators=[required("服务项目名称", "请用一句话说清能做什么。"),
                                              PlainLine("服务项目名称"), AtMost(60, "服务项目名称")])
    category_code = SelectField("帮扶领域", validate_choice=False,
                                validators=[required("帮扶领域", "请从列表里选一个。")])
    body = TextAreaField("服务内容与标准", validators=[required("服务内容与标准", _SAY),
                                                AtMost(5000, "服务内容与标准")])
    audience = StringField("服务对象", validators=[PlainLine("服务对象"), AtMost(100, "服务对象")])
    capacity = CountField("容量（同时能做几个）", unit="个", name_shown="容量", least=1, most=10_000, default=1,
                          validators=[Wanted("容量")])
    funds_fen = WanField("可投入资金（万元）", name_shown="可投入资金")
    in_kind_fen = WanField("可投入物资折价（万元）", name_shown="物资折价")
    person_days = CountField("可投入人力（人·天）", unit="人天", name_shown="可投入人力", most=1_000_000)
    cost_model = RadioField("收费方式", default="free", validate_choice=False,
                            choices=[SelectChoice(*one) for one in rules.COST_MODELS.pairs])
    areas = SelectMultipleField("可服务区域", validate_choice=False, validators=[
        Wanted("可服务区域", "请勾选全省、市（州）或县（市、区）。")])
    starts_on = DayField("开始日期", name_shown="开始日期")
    ends_on = DayField("结束日期", name_shown="结束日期")
    conditions = TextAreaField("需要对方配合什么", validators=[AtMost(1000, "需要对方配合什么")])
    past_cases = TextAreaField("做过的案例", validators=[AtMost(2000, "做过的案例")])
    contact_name = StringField("联系人", validators=[Wanted("联系人"), PlainLine("联系人"), AtMost(40, "联系人")])
    contact_phone = PhoneField("联系电话", name_shown="联系电话", validators=[Wanted("联系电话")])

    def validate_category_code(self, field: Any) -> None:
        if field.data and field.data not in {one.value for one in field.choices}:
            raise ValidationError("没有这个帮扶领域，请从列表里选一个。")

    def validate_body(self, field: Any) -> None:
        if self.whole:
            AtLeast(rules.SHORTEST_BODY, "服务内容与标准", _SAY)(self, field)

    def validate_cost_model(self, field: Any) -> None:
        if field.data not in rules.COST_MODELS:
            raise ValidationError("收费方式请从三种里选一种。")

    def validate_areas(self, field: Any) -> None:
        if set(field.data or ()) - {one.value for one in field.choices}:
            raise ValidationError("可服务区域里有不认识的地方，请从列表里重新勾选。")

    def validate_ends_on(self, field: Any) -> None:
        if not field.data:
            return
        if self.starts_on.data and field.data <= self.starts_on.data:
            raise ValidationError("结束日期要晚于开始日期，请核对年份。")
        if field.data < clock.today():
            raise ValidationError("结束日期已经过去。请改到今天以后，长期有效就空着。")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        return {one.name: one.data for one in self if one.name not in ("version", "csrf_token")}

    def section_states(self) -> list[tuple[str, str, str]]:
        """(anchor, name, wrong | done | open) of each part, for the list at the left."""
        rows = []
        for anchor, name, names in SECTIONS:
            fields = [self[one] for one in names]
            done = all(one.data not in (None, "", []) for one in fields if one.flags.required) and any(
                one.data not in (None, "", [], 0) for one in fields)
            rows.append((anchor, name, "wrong" if any(one.errors for one in fields) else "done" if done else "open"))
        return rows
