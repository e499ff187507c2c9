"""What can be given to all drafts of an import, and what a draft takes of it."""

import datetime as dt
from types import SimpleNamespace

import pytest

from matchplatform.imports import filling, forms
from matchplatform.imports.fields import FIELDS, fields_of
from matchplatform.imports.mapping import Column, Mapping
from matchplatform.needs import rules as needs
from matchplatform.offerings import rules as offerings
from tests.imports.known import CONTEXT

pytestmark = pytest.mark.once
NEED = {"closing_at": None, "starts_on": None, "ends_on": None, "goal": "", "unit": "", "contact_name": "",
        "contact_phone": None, "aid_mode": "relief", "urgency": "normal"}
NAMES = filling.COMMON["need"]


def record(**values):
    return SimpleNamespace(**(NEED | values))


def mapping(*names, kind="need", **constants):
    return Mapping(kind, [Column(n, name, name) for n, name in enumerate(names)], constants)


def read(**texts):
    return filling.read("need", texts, NAMES, CONTEXT)


@pytest.mark.parametrize("kind", FIELDS)
def test_everything_that_may_be_common_is_a_field(kind):
    assert set(filling.COMMON[kind]) <= set(fields_of(kind))


def test_what_handing_in_asks_for_and_can_be_common_is_offered_for_all():
    assert {one.name for one in needs.REQUIRED} - set(NAMES) == {"title", "category_code", "body", "beneficiaries"}
    assert {one.name for one in offerings.REQUIRED} - set(filling.COMMON["offering"]) == {
        "title", "category_code", "body"}


@pytest.mark.parametrize(("columns", "offered"), [
    (mapping(), {"aid_mode", "urgency"}), (None, {"aid_mode", "urgency"}), (mapping("aid_mode"), {"urgency"}),
    (mapping("aid_mode", urgency="紧急"), set()), (mapping("title"), {"aid_mode", "urgency"})])
def test_a_choice_is_offered_only_where_nothing_in_the_sheet_says_it(columns, offered):
    assert set(filling.open_fields("need", columns)) & {"aid_mode", "urgency"} == offered
    assert "closing_at" in filling.open_fields("need", columns)


@pytest.mark.parametrize(("values", "is_edited", "lacks"), [
    ({}, False, set(NAMES)), ({}, True, set(NAMES) - {"aid_mode", "urgency"}),
    ({"goal": "开伙", "aid_mode": "both"}, False, set(NAMES) - {"goal", "aid_mode"}),
    ({"contact_phone": "13871230001"}, False, set(NAMES) - {"contact_phone"})])
def test_a_draft_lacks_what_is_empty_and_choices_that_nobody_made(values, is_edited, lacks):
    assert set(filling.lacking("need", record(**values), NAMES, is_edited)) == lacks


def test_what_is_typed_is_read_as_a_cell_of_the_sheet_is():
    found = read(closing_at="2027年2月20日", goal="每天有饭", contact_phone="１３８７１２３０００１", aid_mode="造血",
                 starts_on="  ", title="不许")
    assert found.faults == {}
    assert {name: found.values[name] for name in ("goal", "contact_phone", "aid_mode")} == {
        "goal": "每天有饭", "contact_phone": "13871230001", "aid_mode": "capacity"}
    assert set(found.values) == {"closing_at", "goal", "contact_phone", "aid_mode"}
    assert "title" not in found.texts


@pytest.mark.parametrize(("texts", "name", "said"), [
    ({"closing_at": "2020-01-01"}, "closing_at", "已经过去"), ({"closing_at": "2039-01-01"}, "closing_at", "两年"),
    ({"closing_at": "下个月"}, "closing_at", "接单截止"), ({"contact_phone": "1387"}, "contact_phone", "联系电话"),
    ({"starts_on": "2027-12-01", "ends_on": "2027-03-01"}, "ends_on", "要晚于开始日期"),
    ({"aid_mode": "随便"}, "aid_mode", "帮扶方式"), ({"unit": "<b>"}, "unit", "责任单位"),
    ({"goal": "字" * 1001}, "goal", "最多 1000 字"), ({"unit": "无"}, "unit", "等于没有填")])
def test_a_fault_is_told_at_its_field_and_the_text_stays(texts, name, said):
    found = read(**texts)
    assert list(found.faults) == [name]
    assert said in found.faults[name]
    assert found.texts == texts


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(("held", "given", "taken"), [
    ({}, {"goal": "甲"}, {"goal": "甲"}), ({"goal": "乙"}, {"goal": "甲"}, {}),
    ({}, {"aid_mode": "relief"}, {}), ({}, {"aid_mode": "both"}, {"aid_mode": "both"}),
    ({"ends_on": day("2027-03-01")}, {"starts_on": day("2027-04-01"), "goal": "甲"}, {"goal": "甲"}),
    ({"ends_on": day("2027-03-01")}, {"starts_on": day("2027-02-01"), "ends_on": day("2027-12-01")},
     {"starts_on": day("2027-02-01")}),
    ({"starts_on": day("2027-05-01")}, {"ends_on": day("2027-05-01")}, {})])
def test_a_draft_takes_only_what_it_lacks_and_no_date_against_its_other_one(held, given, taken):
    one = record(**held)
    assert filling.taken("need", one, filling.lacking("need", one, NAMES, False), given) == taken


def test_the_box_counts_what_each_field_lacks_and_takes():
    drafts = [(one, filling.lacking("need", one, NAMES, False)) for one in (
        record(), record(goal="有"), record(starts_on=day("2028-01-01"), unit="镇政府"))]
    given = read(goal="每天有饭", ends_on="2027-12-31")
    asked, changing = filling.asks("need", drafts, given)
    found = {one.name: (one.missing, one.filled, one.clashing) for one in asked}
    assert (found["goal"], found["ends_on"], found["unit"]) == ((2, 2, 0), (3, 2, 1), (2, 0, 0))
    assert changing == 3
    assert {one.name: one.is_needed for one in asked}["aid_mode"] is False


@pytest.mark.parametrize(("filled", "expected", "said", "unsaid"), [
    ({"goal": 3}, {"goal": 3}, "填好了：怎样算办成 3 条。", "这期间"),
    ({"goal": 1}, {"goal": 3}, "原来要填 3 条，其中 2 条这期间有人填过", "没有要填的了"),
    ({}, {"goal": 3}, "没有要填的了。怎样算办成原来要填 3 条，其中 3 条", "填好了"),
    ({}, {"x": 3}, "没有要填的了。", "这期间")])
def test_it_is_told_how_many_were_filled_and_why_fewer(filled, expected, said, unsaid):
    sentence = filling.said("need", "条", filled, expected)
    assert said in sentence
    assert unsaid not in sentence


def test_the_columns_page_offers_what_is_often_the_same_and_says_what_is_needed():
    _, offered = forms.common_fields(mapping("title", "category_code", "body", "unit"))
    names = [one.name for one in offered]
    assert {"closing_at", "starts_on", "ends_on", "goal", "aid_mode", "urgency"} <= set(names)
    assert "unit" not in names
    assert [one.name for one in forms.needed_among("need", offered)] == [
        "closing_at", "starts_on", "ends_on", "goal", "contact_name", "contact_phone"]
    assert forms.choices_for_all("need", fields_of("need")["aid_mode"]) == ["造血", "输血与造血并用"]
    assert forms.usual_choice("need", fields_of("need")["aid_mode"]) == "输血"
