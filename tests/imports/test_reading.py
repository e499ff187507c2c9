"""Any file gives sheets of text or one sentence with its cure."""

import datetime as dt
import io
import struct
import zipfile
import zlib

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchplatform.imports import delimited, packed
from matchplatform.imports.packed import MOST_PARTS
from matchplatform.imports.reading import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, SheetFault, open_sheet
from matchplatform.imports.sheets import clean, text_of
from matchplatform.web.forms import clean_text
from tests.imports import messy, old_excel
from tests.imports.known import told

pytestmark = pytest.mark.once


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def changed(data, **parts):
    """An .xlsx with parts put in or replaced (value None: left out)."""
    buffer = io.BytesIO()
    names = {name.replace("__", "/").replace("_dot_", "."): text for name, text in parts.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in names:
                new.writestr(name, old.read(name))
        for name, text in names.items():
            if text is not None:
                new.writestr(name, text)
    return buffer.getvalue()


def sheet_xml(inside):
    return ('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            f"{inside}</sheetData></worksheet>")


def refusal(data, name="表.xlsx"):
    with pytest.raises(SheetFault) as caught:
        open_sheet(data, name)
    return caught.value.sentence


def test_cells_become_what_a_person_would_have_typed():
    rows = open_sheet(workbook(["名称", "数", "日"], [" 食堂\r\n设备 ", 3.0, dt.date(2027, 3, 1)],
                               ["a", 0.1 + 0.2, dt.datetime(2027, 3, 1, 17, 5)],
                               [True, 13871230001, dt.time(9, 30)]), "a.xlsx").sheets[0].rows
    assert rows == [["名称", "数", "日"], ["食堂\n设备", "3", "2027-03-01"], ["a", "0.3", "2027-03-01 17:05"],
                    ["是", "13871230001", "09:30"]]


def test_a_long_number_is_shown_as_the_workbook_has_lost_it():
    assert text_of(91420100123456789.0) == "9.14201001234568E+16"


def test_formulas_never_computed_and_errors_keep_their_text():
    book = openpyxl.Workbook()
    book.active.append(["数", "错"])
    book.active.append(["=SUM(B1:B2)", "=NA()"])
    book.active["C2"] = "#REF!"
    book.active["C2"].data_type = "e"
    assert open_sheet(saved(book), "a.xlsx").sheets[0].rows[1] == ["=SUM(B1:B2)", "=NA()", "#REF!"]


def test_a_computed_formula_is_its_value():
    text = sheet_xml('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>')
    data = changed(workbook(["x"]), xl__worksheets__sheet1_dot_xml=text)
    assert open_sheet(data, "a.xlsx").sheets[0].rows == [["2", "#DIV/0!"]]


def test_hidden_sheets_are_left_out_and_said():
    book = openpyxl.Workbook()
    book.active["A1"] = "见"
    book.create_sheet("旧数据")["A1"] = "不见"
    book["旧数据"].sheet_state = "veryHidden"
    opened = open_sheet(saved(book), "a.xlsx")
    assert [sheet.name for sheet in opened.sheets] == ["Sheet"]
    assert "旧数据" in opened.notes[0]


def test_an_old_workbook_is_read_under_any_name():
    data = old_excel.workbook([["项目名称", "数"], ["老年食堂", 12.5], ["#N/A", 3]])
    opened = open_sheet(data, "清单.xlsx")
    assert opened.form == "xls"
    assert opened.sheets[0].rows == [["项目名称", "数"], ["老年食堂", "12.5"], ["#N/A", "3"]]
    assert "旧版（97-2003），已照样读取" in opened.notes[0]
    assert open_sheet(data, "清单.xls").notes == []


@pytest.mark.parametrize(("data", "said"), [
    (old_excel.workbook([["a"]], extra=("_VBA_PROJECT_CUR",)), "带有宏"),
    (old_excel.workbook([["a"]], more=struct.pack("<HHH", 0x2F, 2, 1)), "加了密码"),
    (old_excel.compound("EncryptedPackage", b"x"), "加了密码"),
    (old_excel.compound("WordDocument", b"x"), "Word 文档"),
    (old_excel.compound("Book", b"x"), "很旧的 Excel"),
    (old_excel.compound("Anything", b"x"), "不是表格"),
    (old_excel.workbook([["a"], *[[""]] * 3, ["", "", "b"]])[:3000], "不完整"),
    (old_excel.workbook([["a", *[""] * 250, "b"]]), "第 252 列"),
])
def test_an_old_workbook_is_refused_with_the_cure(data, said):
    sentence = refusal(data, "a.xls")
    assert said in sentence
    assert "请" in sentence


def test_a_circle_of_sectors_is_a_broken_file():
    data = bytearray(old_excel.workbook([["a"]]))
    struct.pack_into("<I", data, 512 + 4 * 1, 1)  # the directory leads back to itself
    assert "不完整" in refusal(bytes(data))


def many_parts():
    return changed(workbook(["a"]), **{f"xl__media__{n}": "" for n in range(MOST_PARTS)})


@pytest.mark.parametrize(("data", "said"), [
    (b"", "空的"), (b" \r\n\t ", "空的"), (b"\x00" * 2000, "空的"), (b"x" * (MOST_BYTES + 1), "最多 20 MB"),
    (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "病毒"),
    (b"%PDF-1.7 ...", "PDF"), (b"\x89PNG\r\n\x1a\n" + b"0" * 64, "图片"), (b"\xff\xd8\xff\xe0" + b"0" * 64, "图片"),
    (b"<html><table><tr><td>1</td></tr></table></html>", "网页"), (b"{\\rtf1 x}", "文档"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "网页或文档"),
    (b"Rar!\x1a\x07\x00" + b"0" * 64, "压缩包"), (b"PK\x03\x04 nothing", "不完整"),
    (workbook(["a"])[:-40], "不完整"),
    (changed(workbook(["a"]), xl__vbaProject_dot_bin="x"), "带有宏"),
    (changed(workbook(["a"]), **{"[Content_Types]_dot_xml": "<x>application/vnd.ms-excel.sheet.macroEnabled</x>"}),
     "带有宏"),
    (changed(workbook(["a"]), xl__macrosheets__sheet1_dot_xml="<x/>"), "带有宏"),
    (changed(workbook(["a"]), xl__workbook_dot_xml=None, word__document_dot_xml="<x/>"), "Word"),
    (changed(workbook(["a"]), xl__workbook_dot_xml=None, xl__workbook_dot_bin="x"), "二进制的工作簿"),
    (changed(workbook(["a"]), xl__workbook_dot_xml=None, content_dot_xml="x", mimetype="x"), ".ods"),
    (changed(workbook(["a"]), xl__workbook_dot_xml=None), "压缩包"),
    (many_parts(), "大得不正常"), (workbook(), "没有内容"),
    (changed(workbook(["a"]), xl__worksheets__sheet1_dot_xml="<worksheet><row"), "不完整"),
    (changed(workbook(["a"]),
             xl__worksheets__sheet1_dot_xml='<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'),
     "不完整"),
    (changed(workbook(["a"]), xl__worksheets__sheet1_dot_xml=sheet_xml(
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "第 16,384 列"),
    (changed(workbook(["a"]), xl__worksheets__sheet1_dot_xml=sheet_xml(
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row>')), "第 1,048,576 行"),
    (workbook([1] * 5000), "第 201 列"),
    (workbook(["a"] * MOST_COLUMNS, *[[""] * 199 + ["b"]] * 6000), "太大了"),
])
def test_a_file_is_refused_with_the_cure(data, said):
    sentence = refusal(data)
    assert said in sentence
    assert "请" in sentence


def test_two_hundred_columns_are_still_read():
    assert open_sheet(workbook([1] * MOST_COLUMNS), "a.xlsx").sheets[0].width == MOST_COLUMNS


def test_a_bomb_is_refused_by_what_it_says_of_itself():
    assert "大得不正常" in refusal(changed(workbook(["a"]), xl__media__big="0" * 30_000_000))


def test_a_bomb_that_lies_about_its_size_is_refused():
    data = bytearray(changed(workbook(["a"]), xl__styles_dot_xml="0" * 3_000_000))
    at = data.rindex(b"PK\x01\x02")
    while data[at + 46:at + 59] != b"xl/styles.xml":
        at = data.rindex(b"PK\x01\x02", 0, at)
    struct.pack_into("<I", data, at + 24, 100)
    struct.pack_into("<I", data, at + 16, zlib.crc32(b"0" * 100))  # even the sum of what it claims to be
    assert told(SheetFault, open_sheet, bytes(data), "a.xlsx")  # the hundred bytes it claims are no styles


def test_links_to_other_files_and_pictures_never_reach_the_reader():
    data = changed(workbook(["a"]), xl__externalLinks__externalLink1_dot_xml="<x", xl__media__image1_dot_png="x")
    assert open_sheet(data, "a.xlsx").sheets[0].rows == [["a"]]


def test_too_many_rows_are_refused_and_just_enough_are_not():
    rows = "\n".join(["名称,数", *["a,1"] * MOST_ROWS])
    assert len(open_sheet(rows.encode(), "a.csv").sheets[0].rows) == MOST_ROWS + 1
    assert "一次最多 20,000 行" in refusal("\n".join(["a,1"] * (MOST_ROWS + 300)).encode(), "a.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_tables_of_every_encoding_and_delimiter(encoding, delimiter, end):
    text = end.join(delimiter.join(row) for row in (["名称", "村", "数"], ["食堂", "\"a\nb\"", "３"],
                                                    ["路灯", "", "5"]))
    rows = open_sheet(text.encode(encoding), "a.csv").sheets[0].rows
    assert rows == [["名称", "村", "数"], ["食堂", "a\nb", "３"], ["路灯", "", "5"]]


@pytest.mark.parametrize(("data", "said"), [
    ("名称,村\n食堂,村".encode("utf-16-le"), "编码"), (b"\xff\xfe\x00\xd8\x00\xd8", "乱码"),
    (bytes(range(128, 256)) * 9, "乱码"),
    (("名称,村\n" + "食堂,白沙镇\n" * 40).encode()[:-3] + b"\xff\n", "损坏"),
    (b'a,"b\n' + b"c,d\n" * 20_000, "引号"), ((",".join("a" * 300) + "\n").encode(), "第 300 列"),
])
def test_a_text_table_is_refused_with_the_cure(data, said):
    sentence = refusal(data, "a.csv")
    assert said in sentence
    assert "请" in sentence


def test_the_first_line_may_name_the_delimiter():
    assert open_sheet(b"sep=;\na,b;c\n", "a.csv").sheets[0].rows == [["a,b", "c"]]


def test_commas_in_sentences_are_no_delimiter():
    text = "名称\t内容\n食堂\t缺炉灶，缺冰箱，缺桌椅\n路灯\t冬天黑，老人摔跤，请装灯\n"
    assert delimited.delimiter_of(text) == "\t"


def test_the_quote_that_makes_a_formula_harmless_is_taken_off():
    assert open_sheet("名称,数\n'=1+1,'abc\n".encode(), "a.csv").sheets[0].rows[1] == ["=1+1", "'abc"]


@given(st.text())
def test_cells_are_cleaned_at_least_as_forms_clean(text):
    assert clean_text(clean(text)) == clean(text)


@given(st.binary(max_size=2000))
@settings(max_examples=300)
def test_any_bytes_give_sheets_or_a_sentence(data):
    assert "请" in (told(SheetFault, open_sheet, data, "a.xlsx") or "请")


@given(st.sampled_from([workbook(["名称", "数"], ["a", 1]), old_excel.workbook([["名称"], ["a", 1.5]]),
                        messy.township_text()]), st.data())
@settings(max_examples=300)
def test_a_damaged_file_gives_sheets_or_a_sentence(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at:at + draw.draw(st.integers(0, 3))] = draw.draw(st.binary(max_size=4))
    assert "请" in (told(SheetFault, open_sheet, bytes(damaged), "a.xls") or "请")


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12), min_size=3, max_size=3),
                min_size=1, max_size=6))
@settings(max_examples=50)
def test_texts_come_back_from_a_workbook_as_they_were_put_in(rows):
    rows = [["名称", "村", "完"], *([*row[:2], "x"] for row in rows)]
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            if clean(text):
                cell = book.active.cell(number, column, clean(text))
                cell.data_type = "s"
    assert open_sheet(saved(book), "a.xlsx").sheets[0].rows == [[clean(clean(text)) for text in row] for row in rows]


def test_a_long_tail_of_blank_rows_costs_nothing():
    head = ",".join(f"列{n}" for n in range(200))
    book = open_sheet((f"{head}\n{'甲,' * 199}乙\n" + "\n" * 400_000).encode(), "表.csv")
    assert (len(book.sheets[0].rows), book.sheets[0].width) == (2, 200)


def test_blank_rows_between_keep_their_place_and_too_many_are_refused():
    rows = open_sheet("名称,数量\n\n\n灶台,2\n".encode(), "表.csv").sheets[0].rows
    assert rows == [["名称", "数量"], ["", ""], ["", ""], ["灶台", "2"]]
    with pytest.raises(SheetFault, match="最多 20,000 行"):
        open_sheet(("名称\n" + "\n" * 25_000 + "灶台\n").encode(), "表.csv")


def test_merged_ranges_that_lie_about_each_other_are_refused():
    inside = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>甲</t></is></c></row>' for n in range(1, 3001))
    ranges = "".join('<mergeCell ref="A1:A3000"/>' for _ in range(400))
    data = changed(workbook(["甲"]), **{"xl/worksheets/sheet1.xml": (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + inside +
        f'</sheetData><mergeCells count="400">{ranges}</mergeCells></worksheet>').encode()})
    assert "合并" in refusal(data)


def test_one_part_listed_as_many_sheets_is_refused():
    names = "".join(f'<sheet name="表{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 6))
    data = changed(workbook(["甲"]), **{"xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f"<sheets>{names}</sheets></workbook>").encode()})
    assert "读不出来" in refusal(data)


def test_a_sheet_of_endless_empty_cells_is_refused(monkeypatch):
    monkeypatch.setattr(packed, "MOST_AREA", 1000)
    data = changed(workbook(["甲"]), **{"xl/worksheets/sheet1.xml": (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">' +
        "<c/>" * 2500 + "</row></sheetData></worksheet>").encode()})
    assert "大得不正常" in refusal(data)
