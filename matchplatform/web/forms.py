"""Form fields that understand how people write money, dates and telephone numbers, and answer in sentences."""

import datetime as dt
import re
from typing import Any

from flask_babel import lazy_gettext  # noqa: F401  (WTForms' own messages come through Babel)
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, ValidationError
from wtforms.widgets import TextInput

from matchplatform.core import clock, money, phone
from matchplatform.core.line import length_fault, line_fault, shortness_fault

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str | None) -> str:
    """Without control and direction-changing characters, line ends unified, outer blanks gone."""
    return _CONTROL.sub("", (text or "").replace("\r\n", "\n")).strip()


def version_of(text: str | None) -> int | None:
    """The version that a page carried, or None when it carries none that can be read."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


class PlatformForm(FlaskForm):
    """Every form: text is cleaned before it is validated."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            filters = list(unbound_field.kwargs.get("filters", []))
            if unbound_field.field_class in (StringField, TextAreaField):
                filters.append(clean_text)
            return unbound_field.bind(form=form, filters=filters, **options)


def required(name: str, cure: str = "") -> DataRequired:
    """The field must be filled; the message names it."""
    return DataRequired(message=f"{name}还没有填。{cure}")


class AtMost:
    """No more than `limit` characters; says how many there are."""

    def __init__(self, limit: int, name: str) -> None:
        self.limit, self.name = limit, name
        self.field_flags = {"maxcount": limit}

    def __call__(self, _form: Any, field: Any) -> None:
        if fault := length_fault(field.data or "", self.name, self.limit):
            raise ValidationError(fault)


class AtLeast:
    """Enough said to be understood."""

    def __init__(self, limit: int, name: str, cure: str = "") -> None:
        self.limit, self.name, self.cure = limit, name, cure

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data and (fault := shortness_fault(field.data, self.name, self.limit, self.cure)):
            raise ValidationError(fault)


class PlainLine:
    """A title or name: one line, no web code, and nothing a spreadsheet would run as a formula."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, _form: Any, field: Any) -> None:
        if fault := line_fault(field.data or "", self.name):
            raise ValidationError(fault)


class TypedText(Field):
    """One line of text parsed into a value; what was typed stays in the box when it cannot be parsed."""

    widget = TextInput()

    def __init__(self, label: str = "", validators: Any = None, name_shown: str = "", **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.name_shown = name_shown or str(label)
        self.typed: str | None = None

    def parse(self, text: str) -> Any:
        raise NotImplementedError(type(self).__name__)

    def show(self, value: Any) -> str:
        return str(value)

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.typed = clean_text(valuelist[0])[:200]
        if not self.typed:
            self.data = None
            return
        try:
            self.data = self.parse(self.typed)
        except ValueError:
            self.data = None
            raise


class WanField(TypedText):
    """万元 as typed; `data` is 分."""

    def parse(self, text: str) -> int:
        return money.parse_wan(text, self.name_shown)

    def show(self, value: int) -> str:
        return money.exact_wan(value)


class YuanField(TypedText):
    """元 as typed; `data` is 分."""

    def parse(self, text: str) -> int:
        return money.parse_yuan(text, self.name_shown)

    def show(self, value: int) -> str:
        return money.in_yuan(value).replace(",", "")


class DayField(TypedText):
    """A date as people write it; `data` is a date."""

    def parse(self, text: str) -> dt.date:
        return clock.parse_date(text)

    def show(self, value: dt.date) -> str:
        return f"{value:%Y-%m-%d}"


class MomentField(TypedText):
    """A Shanghai date and time; `data` is an aware UTC datetime; 17:00 when no time is given."""

    def parse(self, text: str) -> dt.datetime:
        return clock.parse_moment(text)

    def show(self, value: dt.datetime) -> str:
        return f"{clock.local(value):%Y-%m-%d %H:%M}"


class PhoneField(TypedText):
    """A mobile or landline number in its stored form."""

    def parse(self, text: str) -> str:
        return phone.parse_phone(text)


class CountField(TypedText):
    """A whole number of people, households, days: 0 to `most`."""

    def __init__(self, *args: Any, unit: str = "", most: int = 100_000_000, least: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit, self.most, self.least = unit, most, least

    def parse(self, text: str) -> int:
        digits = text.translate(money._FULL).replace(",", "").replace(" ", "").removesuffix(self.unit or "\0")
        if not re.fullmatch(r"[+-]?\d{1,18}", digits):
            spoken = money.chinese_number(digits)
            if spoken is not None and digits:
                raise ValueError(f"{self.name_shown}要填数字。“{text}”请写成 {int(spoken)}。")
            raise ValueError(f"{self.name_shown}要填整数{f'，单位{self.unit}' if self.unit else ''}，例如 68。")
        number = int(digits)
        if number < self.least:
            raise ValueError(f"{self.name_shown}不能小于 {self.least}。")
        if number > self.most:
            raise ValueError(f"{self.name_shown}不能大于 {self.most:,}，请核对。")
        return number


class Filled:
    """Like `required`, for parsed fields where 0 is an answer; what could not be parsed keeps its own message."""

    field_flags = {"required": True}

    def __init__(self, name: str, cure: str = "") -> None:
        self.sentence = f"{name}还没有填。{cure}"

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is None and not field.errors:
            raise ValidationError(self.sentence)


class Wanted:
    """The field must be filled when the form is handed in whole (`form.whole`); a draft may leave it open."""

    field_flags = {"required": True}

    def __init__(self, name: str, cure: str = "") -> None:
        self.sentence = f"{name}还没有填。{cure}"

    def __call__(self, form: Any, field: Any) -> None:
        if form.whole and (field.data is None or field.data in ("", [])) and not field.errors:
            raise ValidationError(self.sentence)


__all__ = ["AtLeast", "AtMost", "CountField", "DayField", "Filled", "IntegerField", "MomentField", "PhoneField",
           "PlainLine", "PlatformForm", "StringField", "TextAreaField", "TypedText", "WanField", "Wanted", "YuanField",
           "clean_text", "required", "version_of"]
