"""The shape of a row of the plan as it is typed."""

from typing import Any

from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from matchplatform.needs.plan_rules import QUARTERS
from matchplatform.web.forms import (
    AtMost,
    CountField,
    PlainLine,
    PlatformForm,
    StringField,
    TextAreaField,
    WanField,
    required,
)


class PlanRowForm(PlatformForm):
    """One thing that the county means to ask for."""

    version = HiddenField()
    title = StringField("要办的事", validators=[required("要办的事", "一句话写清给谁办什么。"), PlainLine("要办的事"),
                                            AtMost(60, "要办的事")])
    category_code = SelectField("帮扶领域", validate_choice=False,
                                validators=[required("帮扶领域", "请从列表里选一个。")])
    township_code = SelectField("乡镇（街道）", validate_choice=False)
    quarter = SelectField("季度", validate_choice=False,
                          choices=[SelectChoice(*one) for one in QUARTERS.pairs])
    amount_fen = WanField("大约要多少钱（万元）", name_shown="大约要多少钱")
    people = CountField("大约多少人受益", unit="人", name_shown="受益人数")
    note = TextAreaField("备注", validators=[AtMost(500, "备注")])

    def validate_category_code(self, field: Any) -> None:
        if field.data and field.data not in {one.value for one in field.choices}:
            raise ValidationError("没有这个帮扶领域，请从列表里选一个。")

    def validate_township_code(self, field: Any) -> None:
        if field.data and field.data not in {one.value for one in field.choices}:
            raise ValidationError("选的乡镇不在本县，请从列表里重新选；全县的选“全县”。")

    def validate_quarter(self, field: Any) -> None:
        if str(field.data) not in QUARTERS:
            raise ValidationError("季度请从四个里选一个。")

    @property
    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        typed = {one.name: one.data for one in self if one.name not in ("version", "csrf_token")}
        return {**typed, "quarter": int(typed["quarter"])}
