"""The header is found wherever titles and notes put it; every column says what it is taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.imports.aliases import ALIASES, bare, names_of
from matchplatform.imports.fields import FIELDS, fields_of
from matchplatform.imports.layout import choose_sheet, find_layout, unit_of
from matchplatform.imports.mapping import Mapping, propose_mapping
from matchplatform.imports.reading import Sheet, SheetFault, Workbook
from tests.imports import messy
from tests.imports.known import told, understood

pytestmark = pytest.mark.once

HEADER = ["序号", "项目名称", "帮扶领域", "乡镇", "要办的事", "资金缺口"]
DATA = [["1", "食堂缺炉灶", "养老", "白沙镇", "老人中午没人做饭", "5"],
        ["2", "路灯", "环境", "丰山镇", "冬天黑老人摔跤", "3"]]


def sheet(rows, merged=()):
    width = max(len(row) for row in rows)
    return Sheet("清单", [row + [""] * (width - len(row)) for row in rows], list(merged))


ABOVE = st.lists(st.sampled_from([
    ["附件1"], ["孝昌县2027年乡村振兴帮扶需求项目清单"], [""],
    ["填报单位：孝昌县农业农村局", "", "", "", "填报日期：2026年11月"],
    ["", "", "", "", "单位：万元"], ["说明：请各乡镇于 11 月底前报送，一行一个项目，不要合并单元格。"]]), max_size=8)
BELOW = st.lists(st.sampled_from([
    [""], ["合计", "", "", "", "", "8"], ["合 计", "", "", "", "", "8"], ["注：资金以实际拨付为准"],
    ["填表人：李明", "", "审核人：王芳"], ["备注: 联系电话 0712-4712306"]]), max_size=4)


@given(ABOVE, BELOW, st.permutations(range(6)), st.booleans())
def test_the_header_is_found_wherever_titles_and_notes_are(above, below, order, blank_between):
    header = [HEADER[n] for n in order]
    data = [[row[n] for n in order] for row in DATA]
    rows = [*above, header, *([[""]] if blank_between else []), *data]
    below = below if order[0] == 0 else []  # a sum says so in its first column
    layout = find_layout(sheet([*rows, *below]), "need")
    assert layout.header == header
    assert [layout.cells[row] for row in layout.rows] == data
    assert len(layout.left_out) == sum(1 for row in below if any(row))


def test_two_rows_of_header_with_merged_groups():
    layout = find_layout(sheet(
        [["项目名称", "资金（万元）", "", "受益人数"], ["", "已落实", "缺口", ""], ["食堂", "3", "5", "68"]],
        [(0, 1, 0, 2), (0, 0, 1, 0), (0, 3, 1, 3)]), "need")
    assert layout.header == ["项目名称", "资金（万元）·已落实", "资金（万元）·缺口", "受益人数"]
    assert layout.units[1:3] == ["万元", "万元"]
    assert layout.rows == [2]


def test_two_rows_of_header_in_a_text_table():
    layout = find_layout(sheet([["项目名称", "资金(元)", "", "人数"], ["", "已落实", "缺口", ""],
                                ["食堂", "3", "5", "68"],
                                ["路灯", "", "6", "90"]]), "need")
    assert layout.header == ["项目名称", "资金(元)·已落实", "资金(元)·缺口", "人数"]
    assert layout.rows == [2, 3]


def test_one_row_of_header_over_a_first_row_with_blanks_is_one_row():
    layout = find_layout(sheet([["项目名称", "资金缺口", "帮扶领域", ""], ["食堂", "", "养老", "备注在这里"]]), "need")
    assert layout.header == ["项目名称", "资金缺口", "帮扶领域", ""]
    assert layout.rows == [1]


def test_the_unit_of_a_line_above_is_for_columns_that_say_none():
    layout = find_layout(sheet([["清单"], ["", "", "金额单位：万元"], ["项目名称", "总投资", "资金缺口（元）"],
                                ["食堂", "3", "5"]]), "need")
    assert layout.units == ["万元", "万元", "元"]
    mapping = propose_mapping(layout.header, layout.sample(), "need", layout.units)
    assert [one.unit for one in mapping.columns] == ["", "万元", "元"]
    assert not any(one.unit_guessed for one in mapping.columns)


@pytest.mark.parametrize(("label", "unit"), [
    ("资金（万元）", "万元"), ("资金(万)", "万元"), ("金额/元", "元"), ("单价（元）", "元"),
    ("金额（人民币元）", "元"), ("单元", ""),
    ("多元帮扶", ""), ("项目名称", ""), ("资金", "")])
def test_units_in_labels(label, unit):
    assert unit_of(label) == unit


def test_merged_cells_below_the_header_are_filled_downwards_and_remembered():
    layout = find_layout(sheet([["项目名称", "乡镇", "要办的事"], ["食堂", "白沙镇", "做饭"], ["路灯", "", "装灯"],
                                ["", "丰山镇", "补课"]],
                               [(1, 1, 2, 1)]), "need")
    assert [row[1] for row in layout.cells[1:]] == ["白沙镇", "白沙镇", "丰山镇"]
    assert layout.filled == {(2, 1): 1}


@pytest.mark.parametrize(("row", "said"), [
    (["合计", "", "", "8"], "合计"), (["本页小计", "", "", "3"], "合计"),
    (["项目名称", "帮扶领域", "乡镇", "资金缺口"], "表头"),
    (["示例（导入时会跳过）", "养老", "", "1"], "示例"), (["一、民生类"], "小标题"), (["注：以上为初步统计"], "说明"),
    (["填表人：李明", "审核：王芳"], "说明")])
def test_rows_that_are_no_data_are_left_out_with_a_word(row, said):
    rows = [["项目名称", "帮扶领域", "乡镇", "资金缺口"], ["食堂", "养老", "白沙镇", "5"], row,
            ["路灯", "环境", "白沙镇", "3"]]
    layout = find_layout(sheet(rows), "need")
    assert layout.rows == [1, 3]
    assert layout.left_out[0][0] == 3
    assert said in layout.left_out[0][1]


def test_numbers_of_columns_under_the_header_are_no_data():
    layout = find_layout(sheet([["项目名称", "帮扶领域", "乡镇", "资金缺口"], ["1", "2", "3", "4"],
                                ["食堂", "养老", "白沙镇", "5"]]), "need")
    assert layout.rows == [2]


def test_a_need_whose_name_begins_like_a_sum_is_data():
    layout = find_layout(sheet([["项目名称", "帮扶领域", "乡镇"], ["合计帮扶三十户修缮", "养老", "白沙镇"]]), "need")
    assert layout.rows == [1]


@pytest.mark.parametrize(("rows", "said"), [
    ([["a"], ["b"]], "没有找到表头"), ([["1", "2", "3"], ["4", "5", "6"]], "没有找到表头"), ([HEADER], "还没有内容"),
    ([HEADER, ["合计", "", "", "", "", "3"]], "还没有内容")])
def test_a_sheet_without_a_list_is_refused_with_the_cure(rows, said):
    with pytest.raises(SheetFault) as caught:
        find_layout(sheet(rows), "need")
    assert said in caught.value.sentence
    assert "请" in caught.value.sentence


def test_unknown_labels_still_make_a_header():
    layout = find_layout(sheet([["甲项", "乙项", "丙项"], ["x", "y", "5"]]), "need")
    assert layout.header == ["甲项", "乙项", "丙项"]


def test_the_sheet_that_looks_like_a_list_is_chosen():
    book = Workbook("xlsx",
                    [sheet([["填表说明"], ["请认真填写"]]), sheet([["项目名称", "数"], ["x", "1"]]),
                     sheet([HEADER, *DATA])])
    assert choose_sheet(book, "need") == 2
    assert choose_sheet(Workbook("xlsx", [sheet([["a"]])]), "need") == 0


@pytest.mark.parametrize("kind", ALIASES)
def test_every_alias_belongs_to_a_field_and_no_bare_name_to_two(kind):
    seen = {}
    for name, words in ALIASES[kind].items():
        assert name in fields_of(kind) or name in {one.name for fields in FIELDS.values() for one in fields}
        for word in words.split() if name in fields_of(kind) else ():
            assert seen.setdefault(bare(word), name) == name, word


@pytest.mark.parametrize("kind", ALIASES)
def test_every_label_of_ours_maps_to_its_own_field(kind):
    for one in fields_of(kind).values():
        assert names_of(kind)[bare(one.label)] == one.name
        others = [one] if not one.is_line or one.name == "line_item" else [fields_of(kind)["line_item"], one]
        mapping = propose_mapping([field.label for field in others], [["x"] * len(others)], kind)
        assert mapping.columns[-1].field == one.name


@pytest.mark.parametrize(("kind", "label", "field"), [
    ("need", "诉求", "title"), ("need", "帮扶类别", "category_code"), ("need", "项目名称（需求事项）", "title"),
    ("need", "所需资金(万元)", "funds_gap_fen"), ("need", "覆盖人数", "beneficiaries"),
    ("need", "负责人", "contact_name"),
    ("need", "手机", "contact_phone"), ("need", "＊项目名称", "title"), ("need", "项 目 名 称", "title"),
    ("need", "2027年项目名称", "title"), ("need", "受益户数（户）", "households"), ("need", "实施起止年限", "period"),
    ("offering", "服务范围", "areas"), ("offering", "收费标准", "cost_model"),
    ("offering", "物资折款（元）", "in_kind_fen"),
    ("organization", "统一社会信用代码（18位）", "uscc"), ("organization", "法人代表", "legal_representative"),
    ("organization", "社会组织名称", "name"), ("organization", "年检结论", "report_result")])
def test_other_peoples_labels(kind, label, field):
    assert propose_mapping([label], [], kind).columns[0].field == field


def test_columns_are_told_apart_by_what_is_in_them():
    mapping = propose_mapping(["负责人", "情况", "", "受益人数"],
                              [["李明 13871230001", "2027年3月-2027年12月", "0712-4712306", "52户68人"]] * 3, "need")
    assert [one.field for one in mapping.columns] == ["contact", "period", "contact_phone", "people"]


def test_nothing_is_silently_dropped():
    mapping = propose_mapping(["序号", "项目名称", "邮政编码", "原因（改好后不用删这一列）", ""],
                              [["1", "食堂", "432900", "x", "散落的字"]], "need")
    assert [one.label for one in mapping.unmapped] == ["邮政编码", ""]
    assert [one.label for one in mapping.columns if one.passed] == ["序号", "原因（改好后不用删这一列）"]
    assert mapping.missing == ["category_code", "body"]


def test_a_person_changes_the_mapping():
    mapping = propose_mapping(["项目名称", "说法", "金额"], [["食堂", "老人没饭吃", "35000"]], "need", ["", "", ""])
    assert mapping.columns[2].unit == "元"
    assert mapping.columns[2].unit_guessed
    chosen = mapping.chosen({1: "body"}, {"category_code": "养老"}, {2: "万元"})
    assert [one.field for one in chosen.columns] == ["title", "body", "funds_gap_fen"]
    assert chosen.columns[2].unit == "万元"
    assert not chosen.columns[2].unit_guessed
    assert chosen.missing == []
    assert [one.field for one in mapping.columns] == ["title", "", "funds_gap_fen"]
    with pytest.raises(SheetFault, match="只能对应一列"):
        mapping.chosen({1: "title"})
    with pytest.raises(SheetFault, match="不存在"):
        mapping.chosen({1: "password"})
    with pytest.raises(SheetFault, match="万元或元"):
        mapping.chosen({}, None, {2: "美元"})


@given(st.lists(st.text(max_size=6), min_size=1, max_size=6), st.sampled_from([*ALIASES]))
def test_a_mapping_is_plain_data(labels, kind):
    mapping = propose_mapping(labels, [["x"] * len(labels)], kind)
    assert Mapping.from_data(mapping.as_data()) == mapping


def test_a_countys_list_is_understood_whole():
    layout, mapping, _, _ = understood(messy.county_list(), "need")
    assert layout.title == messy.NEED_TITLE
    assert (layout.first_header, layout.last_header) == (3, 4)
    assert len(layout.rows) == 11
    assert [number for number, _ in layout.left_out] == [6, 13, 19, 20]
    assert mapping.unmapped == []
    assert mapping.missing == []


@given(st.lists(st.lists(st.sampled_from(["", "项目名称", "合计", "5", "白沙镇", "单位：万元", "注：x", "序号",
                                          "资金（万元）"]), min_size=1,
                         max_size=5), min_size=1, max_size=8), st.data())
def test_any_sheet_has_a_list_or_a_sentence(rows, draw):
    made = sheet(rows)
    if draw.draw(st.booleans()):
        r1, c1 = draw.draw(st.integers(0, len(rows) - 1)), draw.draw(st.integers(0, made.width - 1))
        made.merged = [(r1, c1, draw.draw(st.integers(r1, len(rows) + 2)), draw.draw(st.integers(c1, made.width + 2)))]
    sentence = told(SheetFault, find_layout, made, "need")
    assert "请" in (sentence or "请")
    if not sentence:
        layout = find_layout(made, "need")
        said = {row + 1 for row in layout.rows} | {number for number, _ in layout.left_out}
        for number, row in enumerate(made.rows, 1):  # every filled row is data, left out with a word, or above
            assert not any(row) or number in said or number <= layout.last_header + 1
