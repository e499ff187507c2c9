"""What we hand out can be filled in and handed in again, and runs nothing in anybody's spreadsheet program."""

import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchplatform.imports.fields import FIELDS, fields_of
from matchplatform.imports.layout import find_layout
from matchplatform.imports.mapping import propose_mapping
from matchplatform.imports.reading import SheetFault, open_sheet
from matchplatform.imports.rows import Context, Fault, Record, Row, parse_row
from matchplatform.imports.workbook import REASON, SKIPPED, faulty_rows, safe, template
from tests.imports import messy
from tests.imports.known import CONTEXT, TOWNSHIPS, understood
from tests.imports.test_reading import saved
from tests.imports.test_rows import NEED, OFFERING, ORGANIZATION

pytestmark = pytest.mark.once
FULL = {
    "need": NEED | {"编号": "XC-01", "帮扶方式": "造血", "紧急程度": "紧急", "乡镇（街道）": "白沙镇",
                    "村（社区）": "程家河村",
                    "要的东西": "炉灶2台×3500元", "已落实资金（万元）": 3, "资金缺口（万元）": 5.5, "受益人数": 68,
                    "受益户数": 52,
                    "开始日期": "2027-03-01", "结束日期": "2027-12-31", "接单截止": "2027-02-20", "联系人": "李明",
                    "联系电话": "13871230001", "公开范围": "登录可见", "怎样算办成": "食堂开伙",
                    "责任单位": "白沙镇人民政府"},
    "offering": OFFERING | {"容量（同时能做几个）": 3, "可投入资金（万元）": 10, "收费方式": "低偿",
                            "可服务区域": "孝感市、随州市", "联系人": "李明",
                            "联系电话": "0712-4712306"},
    "organization": ORGANIZATION | {"类型": "社会团体", "评估等级": "4A", "等级有效期至": "2028-12-31",
                                    "慈善组织": "是", "专职人数": 6,
                                    "年报年度": 2025, "年报结论": "合格", "已建立党组织": "否"},
}


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def plain(cell):
    """A heading of the template without its mark."""
    return cell.value.rstrip("＊").removesuffix("（提交前要有）").removesuffix("（上架前要有）")


@pytest.mark.parametrize("kind", FIELDS)
def test_a_template_filled_in_is_read_as_it_was_meant(kind):
    book = opened(template(kind, CONTEXT))
    sheet = book.worksheets[0]
    labels = [plain(cell) for cell in sheet[1]]
    for label, value in FULL[kind].items():
        sheet.cell(3, labels.index(label) + 1, value)
    layout, mapping, records, rows = understood(saved(book), kind)
    assert mapping.unmapped == []
    assert all(one.field and one.confidence == 1.0 for one in mapping.columns)
    assert [record.number for record in records] == [3]
    assert (2, "示例行，已跳过。") in layout.left_out
    assert rows[0].faults == []
    assert not any(one.unit_guessed for one in mapping.columns)
    values = rows[0].values
    wanted = {"need": {"aid_mode": "capacity", "urgency": "urgent", "township_code": "420921106",
                       "funds_gap_fen": 5_500_000, "beneficiaries": 68, "publicity": "signed_in",
                       "contact_phone": "13871230001"},
              "offering": {"capacity": 3, "funds_fen": 10_000_000, "cost_model": "low", "areas": ["420900", "421300"]},
              "organization": {"rating": "4A", "is_charity": True, "full_time_staff": 6, "report_year": 2025,
                               "report_result": "passed", "has_party_branch": False}}[kind]
    assert {name: values[name] for name in wanted} == wanted


@pytest.mark.parametrize("kind", FIELDS)
def test_an_empty_template_asks_to_be_filled_in(kind):
    with pytest.raises(SheetFault, match="还没有内容"):
        find_layout(open_sheet(template(kind, CONTEXT), "a.xlsx").sheets[0], kind)


@pytest.mark.parametrize("kind", FIELDS)
def test_the_templates_own_example_is_good(kind):
    """Whoever copies the example row's cells gets no fault."""
    book = opened(template(kind, CONTEXT))
    sheet = book.worksheets[0]
    for column in range(2, sheet.max_column + 1):
        sheet.cell(3, column, sheet.cell(2, column).value)
    if kind == "organization":
        sheet["A3"] = ORGANIZATION["统一社会信用代码"]
    _, _, _, rows = understood(saved(book), kind)
    assert rows[0].faults == []


def test_the_template_guides_the_hand():
    book = opened(template("need", CONTEXT))
    sheet = book.worksheets[0]
    assert book.sheetnames == ["需求", "填表说明", "选项"]
    assert book["选项"].sheet_state == "hidden"
    assert sheet.freeze_panes == "B2"
    assert sheet["A2"].value == SKIPPED
    labels = [cell.value for cell in sheet[1]]
    assert {"项目名称＊", "帮扶领域＊", "要办的事＊"} == {label for label in labels if label.endswith("＊")}
    lists = {}
    for check in sheet.data_validations.dataValidation:
        name, cells = check.formula1.split("!")
        column = cells.split("$")[1]
        at = str(check.sqref).split(":")[0].rstrip("0123456789")
        lists[sheet[f"{at}1"].value.rstrip("＊")] = [cell.value for cell in book[name][column] if cell.value]
    assert lists["帮扶领域"] == [name for _, name in CONTEXT.categories]
    assert lists["乡镇（街道）"] == [name for _, name in TOWNSHIPS]
    assert lists["紧急程度"] == ["一般", "较急", "紧急"]
    assert sheet["A1"].comment.text.startswith("自己表里的编号")
    phone = [plain(cell) for cell in sheet[1]].index("联系电话")
    assert sheet.column_dimensions[openpyxl.utils.get_column_letter(phone + 1)].number_format == "@"


@pytest.mark.parametrize(("kind", "mark", "marked"), [
    ("need", "（提交前要有）", {"受益人数", "开始日期", "结束日期", "接单截止", "怎样算办成", "责任单位", "联系人",
                         "联系电话"}),
    ("offering", "（上架前要有）", {"可服务区域", "联系人", "联系电话"}), ("organization", "要有）", set())])
def test_the_template_tells_what_is_needed_later_from_what_is_required_now(kind, mark, marked):
    book = opened(template(kind, CONTEXT))
    heads = book.worksheets[0][1]
    assert {plain(one) for one in heads if one.value.endswith(mark)} == marked
    assert all(mark.strip("（）") in one.comment.text for one in heads if plain(one) in marked)
    colours = {one.fill.fgColor.rgb for one in heads if plain(one) in marked}
    assert len(colours) == bool(marked)
    assert not colours & {one.fill.fgColor.rgb for one in heads if plain(one) not in marked}
    texts = [[cell.value for cell in row] for row in book["填表说明"]]
    assert {row[0] for row in texts if row[1] == mark.strip("（）")} == marked
    assert any("先导入成草稿" in str(row[0]) for row in texts) is bool(marked)


def test_a_township_officers_template_offers_his_own_township():
    context = Context(CONTEXT.categories, TOWNSHIPS, "孝昌县", "孝感市", "420921106", now=CONTEXT.now)
    book = opened(template("need", context))
    assert "白沙镇" in {cell.value for row in book["选项"] for cell in row}
    assert "丰山镇" not in {cell.value for row in book["选项"] for cell in row}


@pytest.mark.parametrize(("kind", "data", "name", "count"), [
    ("need", messy.county_list(), "a.xlsx", 3), ("offering", messy.association_list(), "b.xlsx", 2),
    ("need", messy.township_text(), "c.txt", 1)])
def test_the_bad_rows_come_back_with_reasons_and_can_be_handed_in_again(kind, data, name, count):
    layout, mapping, records, rows = understood(data, kind, name)
    bad = [(record, row) for record, row in zip(records, rows, strict=True)
           if row.faults and not any(fault.field == "title" for fault in row.faults)]
    assert len(bad) == count
    made = faulty_rows(kind, layout.header, bad, mapping)
    sheet = opened(made).worksheets[0]
    assert sheet["A1"].value == REASON
    assert sheet.freeze_panes == "B2"
    assert all(fault.sentence in sheet["A2"].value for fault in bad[0][1].faults)
    _, again, _, reread = understood(made, kind)
    assert again.unmapped == []
    assert [one.unit for one in again.columns[1:]] == [one.unit for one in mapping.columns]
    assert [[fault.field for fault in row.faults] for row in reread] == [
        [fault.field for fault in row.faults] for _, row in bad]
    assert [row.values for row in reread] == [row.values for _, row in bad]


def test_the_good_rows_of_a_merged_list_would_come_back_whole_too():
    layout, mapping, records, rows = understood(messy.county_list(), "need")
    again = understood(faulty_rows("need", layout.header, list(zip(records, rows, strict=True)), mapping), "need")[3]
    assert [row.values for row in again] == [row.values for row in rows]
    assert [row.fingerprint for row in again] == [row.fingerprint for row in rows]


def test_a_shared_sum_does_not_come_back_as_the_rows_own():
    header = ["项目名称", "帮扶领域", "要办的事", "资金缺口（万元）"]
    record = Record(3, ["路灯", "环境", NEED["要办的事"], "8"], [], {3: 2})
    mapping = propose_mapping(header, [record.cells], "need", ["", "", "", "万元"])
    row = parse_row(mapping, record, "need", CONTEXT)
    _, _, _, again = understood(faulty_rows("need", header, [(record, row)], mapping), "need")
    assert [fault.field for fault in again[0].faults] == ["funds_gap_fen"]


def test_a_persons_choice_of_columns_is_kept():
    header = ["甲", "乙", "丙", "丁"]
    record = Record(2, ["食堂", "养老", "短", "35000"], [])
    mapping = propose_mapping(header, [record.cells], "need").chosen(
        {0: "title", 1: "category_code", 2: "body", 3: "funds_gap_fen"}, None, {3: "元"})
    made = faulty_rows("need", header, [(record, Row(2, {}, [Fault("body", "丙", "短", "太短了。", "", 2)]))], mapping)
    _, again, _, _ = understood(made, "need")
    assert [one.field for one in again.columns[1:]] == ["title", "category_code", "body", "funds_gap_fen"]
    assert again.columns[4].unit == "元"


@given(st.text())
def test_nothing_written_is_a_formula(text):
    assert not safe(text).startswith(tuple("=+-@＝＋－＠\t\r"))


@given(st.lists(st.text(max_size=30), min_size=4, max_size=4))
@settings(max_examples=60)
def test_no_cell_of_the_bad_rows_is_a_formula_and_texts_come_back(texts):
    header = ["项目名称", "帮扶领域", "要办的事", "村"]
    fault = Fault("title", "项目名称", texts[0], "=1+1 请改", "", 0)
    made = faulty_rows("need", header, [(Record(2, ["食堂", *texts[1:]]), Row(2, {}, [fault]))])
    cells = [cell for row in opened(made).worksheets[0] for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert not any(str(cell.value or "").startswith(("=", "+", "-", "@", "\t")) for cell in cells)


@pytest.mark.parametrize("kind", FIELDS)
def test_every_field_of_the_template_is_explained(kind):
    sheet = opened(template(kind, CONTEXT))["填表说明"]
    told = {row[0].value: row for row in sheet.iter_rows()}
    for one in fields_of(kind).values():
        assert not one.template or one.label in told
    assert [row[1].value for row in told.values()].count("必填") == sum(
        1 for one in fields_of(kind).values() if one.required and one.template)
