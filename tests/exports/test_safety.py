"""No text that leaves the platform is a formula, in whichever file, and every other text stays what it was."""

import csv
import datetime as dt
import io
from types import SimpleNamespace

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matchplatform.exports import layout, messages, table, workbook
from matchplatform.exports.layout import About, Column
from matchplatform.exports.safety import MARK, STARTS, neutral, plain

pytestmark = pytest.mark.once

COLUMNS = (Column("名称", lambda r: r.text, size="l"), Column("资金（万元）", lambda r: r.fen, "wan", sums=True),
           Column("人数", lambda r: r.people, "number", sums=True), Column("开始", lambda r: r.day, "day"),
           Column("截止", lambda r: r.at, "moment"))
AT = dt.datetime(2026, 11, 25, 1, 30, tzinfo=dt.UTC)
ABOUT = About("=名单", "孝昌县农业农村局", (("搜索", "“=1+1”"),), 1, dt.datetime(2026, 11, 25, 9, 30), "刘敏",
              ("+说明",))


def record(text, fen=10_100_000, people=68):
    return SimpleNamespace(text=text, fen=fen, people=people, day=dt.date(2026, 1, 5), at=AT)


def of_workbook(*records, ledger=False):
    target = io.BytesIO()
    if ledger:
        workbook.write_ledger(target, records, COLUMNS, ABOUT, ("填表人",))
    else:
        workbook.write_list(target, records, COLUMNS, ABOUT)
    return openpyxl.load_workbook(io.BytesIO(target.getvalue()))


def of_csv(*records):
    text = b"".join(table.rows(records, COLUMNS)).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


TEXTS = st.text(max_size=60) | st.builds(lambda start, rest: start + rest, st.sampled_from(STARTS),
                                         st.text(max_size=20))


@given(TEXTS)
@example("=1+1")
@example("=cmd|' /C calc'!A0")
@example("@SUM(A1)")
@example("+8613871236021")
@example("-2+3")
@example("\t=1")
@example("\r=1")
@example("\x00=1")
@example("＝1+1")
@example("#N/A")
@example("\ud800x")
@example("'=1")
def test_text_read_back_is_the_text_or_neutral_and_never_a_formula(text):
    wanted = plain(text)
    for cell in (of_workbook(record(text))["清单"]["A2"], of_workbook(record(text), ledger=True)["台账"]["B4"]):
        assert cell.data_type in ("s", "n")
        assert cell.data_type == "s" or cell.value is None
        # openpyxl reads an empty text as nothing, and _x0041_ as it stands
        assert (cell.value or "") in (wanted, MARK + wanted)
        assert not (cell.value or "").startswith(STARTS)
    read = of_csv(record(text))[1][0]
    assert read in (wanted, MARK + wanted)
    assert not read.startswith(STARTS)


@given(TEXTS)
def test_text_that_begins_harmlessly_is_only_cleaned(text):
    if not plain(text).startswith(STARTS):
        assert neutral(text) == plain(text)


def test_titles_conditions_and_notes_are_no_formulas_either():
    book = of_workbook(record("甲"))
    for sheet in book:
        assert [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []
    said = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert said["名称"] == "'=名单"
    assert said["搜索"] == "“=1+1”"
    assert said["说明"] == "'+说明"
    assert (said["条数"], said["导出人"], said["导出时间"]) == ("1", "刘敏", "2026-11-25 09:30")


def test_numbers_are_numbers_and_dates_are_dates():
    cells = list(of_workbook(record("甲"))["清单"][2])
    assert [cell.value for cell in cells] == ["甲", 10.1, 68, dt.datetime(2026, 1, 5), dt.datetime(2026, 11, 25, 9, 30)]
    assert [cell.number_format for cell in cells[1:]] == ["#,##0.00####", "#,##0", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
    assert of_csv(record("甲"))[1] == ["甲", "10.1", "68", "2026-01-05", "2026-11-25 09:30"]


def test_nothing_known_is_an_empty_cell():
    bare = SimpleNamespace(text="", fen=None, people=None, day=None, at=None)
    rows = list(of_workbook(bare, record("甲"))["清单"].iter_rows(min_row=2, values_only=True))
    assert rows[0] == (None,) * 5
    assert rows[1][0] == "甲"
    assert of_csv(bare)[1] == [""] * 5


def test_lines_of_a_csv_end_as_windows_wants_them():
    assert b"".join(table.rows([record("甲"), record("乙")], COLUMNS)).count(b"\r\n") == 3


def test_the_list_has_a_frozen_header_a_filter_and_widths_by_content():
    sheet = of_workbook(record("一个相当长的名称，占掉很多地方"), record("短"))["清单"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:E2"
    assert sheet.column_dimensions["A"].width == 2 + 2 * len("一个相当长的名称，占掉很多地方")
    assert sheet.column_dimensions["C"].width == 8


def test_the_ledger_is_set_up_for_landscape_pages_with_its_header_on_each():
    sheet = of_workbook(record("甲"), record("乙", fen=5_000_000, people=2), ledger=True)["台账"]
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$3:$3"
    assert [cell.value for cell in sheet[6]][:4] == ["合计", None, 15.1, 70]
    assert "单位：万元" in sheet["A2"].value
    assert sheet["A8"].value == "填表人："


def test_a_text_beyond_a_cell_is_cut_and_says_so():
    cut = neutral("长" * 40_000)
    assert len(cut) < 32_767
    assert cut.endswith("（太长，后面省略）")


@given(st.lists(st.text(min_size=1, max_size=400), min_size=1, max_size=60))
def test_no_message_is_longer_than_a_chat_takes_and_none_of_the_items_is_lost(items):
    told = messages.pieces("【标题】", items, "结尾")
    assert all(len(one) <= messages.LONGEST for one in told)
    rest = "\n".join(told)
    for item in items:
        assert item in rest
    if len(told) > 1:
        assert told[-1].startswith(f"【标题】（第 {len(told)} 段，共 {len(told)} 段）")


def test_one_item_longer_than_a_message_is_cut_and_the_message_still_fits():
    told = messages.pieces("标题", ["长" * 5000, "短"])
    assert [len(one) <= messages.LONGEST for one in told] == [True, True]
    assert told[0].endswith("…")


def test_columns_are_as_wide_as_chinese_is():
    assert layout.width_of("名称ab") == 6
    assert layout.width_of("第一行\n第二行很长很长") == 6
