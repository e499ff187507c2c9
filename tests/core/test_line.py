"""What a line of text may not hold is one rule, for the forms and for the cells of a sheet."""

from types import SimpleNamespace

import pytest
from wtforms.validators import ValidationError

from matchplatform.core.line import FORMULA_SIGNS, length_fault, line_fault, shortness_fault
from matchplatform.imports.cells import plain_line
from matchplatform.imports.fields import Field
from matchplatform.imports.numbers import Doubt
from matchplatform.web.forms import AtLeast, AtMost, PlainLine

NAME = Field("name", "摊位名称", "line", required=True, limit=10, least=2)


def in_form(text):
    """The sentence of the form's validators, or nothing."""
    for one in (PlainLine("摊位名称"), AtMost(10, "摊位名称"), AtLeast(2, "摊位名称")):
        try:
            one(None, SimpleNamespace(data=text))
        except ValidationError as fault:
            return str(fault)
    return ""


def in_sheet(text):
    """The sentence of the check of a cell, or nothing."""
    try:
        plain_line(NAME, text)
    except Doubt as fault:
        return fault.sentence
    return ""


@pytest.mark.parametrize("text", [
    "老年食堂", "a<b", *(f"{one}食堂" for one in FORMULA_SIGNS), "食" * 10, "食" * 11, "食", "=<食", "食堂-二期"])
def test_a_form_and_a_sheet_say_the_same(text):
    assert in_form(text) == in_sheet(text)


@pytest.mark.parametrize(("text", "said"), [
    ("老年食堂", ""), ("", ""), ("a\nb", "项目名称请写在一行里。"),
    ("a<b", "项目名称里不能有 < 或 >，请改用文字，例如“大于”“小于”。"),
    ("＝1", "项目名称不能用 ＝ 开头，表格软件会把它当成公式。")])
def test_a_line_is_told_what_is_wrong(text, said):
    assert line_fault(text, "项目名称") == said


@pytest.mark.parametrize(("count", "said"), [(3, ""), (4, "名称最多 3 字，现在是 4 字，请删去 1 字。")])
def test_a_long_text_is_told_how_much_is_too_much(count, said):
    assert length_fault("字" * count, "名称", 3) == said


@pytest.mark.parametrize(("count", "said"), [(3, ""), (2, "名称至少写 3 个字。请写全称。")])
def test_a_short_text_is_told_so(count, said):
    assert shortness_fault("字" * count, "名称", 3, "请写全称。") == said
