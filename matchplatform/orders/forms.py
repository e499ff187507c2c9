"""The shape of an order as a villager fills it, or an officer for him."""

from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from matchplatform.orders import rules, wording
from matchplatform.web.forms import Filled, PhoneField, PlatformForm, StringField, TextAreaField


class OrderFields(PlatformForm):
    """What both forms ask; the choices of places and matters are set by the view."""

    county_code = SelectField("县（市、区）", validate_choice=False)
    township_code = SelectField("乡镇（街道）", validate_choice=False)
    village_id = SelectField("村（社区）", validate_choice=False)
    village = StringField("村名")
    category_code = RadioField("哪方面的事", validate_choice=False)
    body = TextAreaField("写几句话")
    name = StringField("怎么称呼您（可以不写）")
    phone = PhoneField("电话号码", name_shown="电话号码", validators=[
        Filled("电话号码", "请填 11 位手机号；没有手机，就填带区号的座机。")])

    def offer(self, **choices: list[tuple[str, str]]) -> None:
        """The lists of places; a field without a list has none to choose from yet."""
        for name, rows in choices.items():
            self[name].choices = [SelectChoice("", "请选择"), *(SelectChoice(*one) for one in rows)]

    def _listed(self, name: str) -> bool:
        return self[name].data in {one.value for one in self[name].choices if one.value}

    def validate_county_code(self, field: Any) -> None:
        if not self._listed("county_code"):
            raise ValidationError("还没有选县。请从名单里选您家在哪个县。")

    def validate_township_code(self, field: Any) -> None:
        if not self._listed("township_code"):
            raise ValidationError("还没有选乡镇。请先选县，再选乡镇。")

    def validate_village(self, field: Any) -> None:
        text = field.data or ""
        if "\n" in text or "<" in text or ">" in text or len(text) > 40:
            raise ValidationError("村名写一行字就行，最多 40 字。")
        if text and not wording.letters(text):
            raise ValidationError("村名要写文字，比如：万冲村。")
        if not text and self.village_number is None and self.township_code.data:
            raise ValidationError("还没有选村。请从名单里选；名单里没有，就在这里写村名。")

    def validate_category_code(self, field: Any) -> None:
        if field.data not in {one.value for one in field.choices}:
            raise ValidationError("还没有选哪方面的事。请点一个图。")

    def validate_body(self, field: Any) -> None:
        if fault := wording.body_fault(field.data or ""):
            raise ValidationError(fault)

    def validate_name(self, field: Any) -> None:
        if fault := wording.name_fault(field.data or ""):
            raise ValidationError(fault)

    @property
    def village_number(self) -> int | None:
        """The chosen village, or None when its name is written."""
        text = self.village_id.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


class OrderForm(OrderFields):
    """The public form. It carries its own signature (orders.guard) instead of the session's token: a browser that was
    closed meanwhile must not lose what somebody wrote."""

    class Meta(PlatformForm.Meta):
        csrf = False

    form = HiddenField()
    answer = StringField("算一算")
    website = StringField("这一格请空着")
    consent = BooleanField("我同意乡镇和县里打这个电话联系我。")

    def validate_consent(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("还没有打勾。您同意了，我们才能打这个电话。")


class ProxyForm(OrderFields):
    """An officer's form for somebody who called or came by."""

    channel = RadioField("怎么说的", validate_choice=False, choices=[SelectChoice(*one) for one in rules.HEARD.pairs])
    read_back = BooleanField("已把上面的内容念给本人听，本人同意这样写")
    consent = BooleanField("本人口头同意乡镇和县里打这个电话联系")
    once = HiddenField()

    def validate_channel(self, field: Any) -> None:
        if field.data not in rules.HEARD:
            raise ValidationError("还没有选是打电话说的，还是当面说的。")

    def validate_read_back(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("还没有勾选。请把写的念一遍给本人听，同意了再勾。")

    def validate_consent(self, field: Any) -> None:
        if not field.data:
            raise ValidationError("还没有勾选。请先把个人信息说明讲给本人听。")
