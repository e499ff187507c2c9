"""What the pages of an import say: what was taken for granted, what was left out, names too long or missing."""

import io

import pytest
from openpyxl import load_workbook

from matchplatform.imports import ahead, unsaid
from matchplatform.imports.queries import ahead_of, mapping_of
from tests.imports.sheets_made import HEADER, need_row, needs_sheet, workbook
from tests.imports.steps import checked, imported, item_now, number_in, rows_of, upload
from tests.web.pages import parsed, words

BOTH = "表里没有帮扶方式、紧急程度这几列：帮扶方式都按“输血”，紧急程度都按“一般”。"


def columns(client, data):
    """(import, the page of its columns)."""
    number = number_in(upload(client, data))
    return number, words(client.get(f"/desk/imports/{number}/columns"))


def with_choices(*rows):
    """A sheet with columns of its own for the two choices."""
    return workbook([*HEADER, "帮扶方式", "紧急程度"], [[*need_row(n), *one] for n, one in enumerate(rows, 1)])


def test_a_choice_that_no_column_makes_is_said_once_on_both_pages(as_county_officer):
    number, page = columns(as_county_officer, needs_sheet(3))
    assert page.count(BOTH) == 1
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    assert words(as_county_officer.get(f"/desk/imports/{number}/rows")).count(BOTH) == 1


def test_a_choice_that_some_cells_leave_open_is_said_with_their_number(as_county_officer):
    said = "有 2 行没写帮扶方式，按“输血”。"
    number, page = columns(as_county_officer, with_choices(("造血", "急"), ("", "一般"), ("/", "紧急")))
    assert page.count(said) == 1
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    page = words(as_county_officer.get(f"/desk/imports/{number}/rows"))
    assert page.count(said) == 1
    assert "没写紧急程度" not in page


@pytest.mark.parametrize("ways", [("造血", "急"), ("输血", "一般")])
def test_nothing_is_said_of_choices_that_the_sheet_makes(as_county_officer, ways):
    number, page = columns(as_county_officer, with_choices(ways, ways))
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    page += words(as_county_officer.get(f"/desk/imports/{number}/rows"))
    assert "按“输血”" not in page
    assert "按“一般”" not in page


def test_nothing_is_said_of_a_choice_that_a_person_made_for_all(as_county_officer):
    number, _ = columns(as_county_officer, needs_sheet(2))
    as_county_officer.post(f"/desk/imports/{number}/columns", data={
        "do": "check", "constant-aid_mode": "造血", "constant-urgency": "紧急"})
    assert "表里没有" not in words(as_county_officer.get(f"/desk/imports/{number}/rows"))


def test_a_wrong_word_is_a_fault_and_not_left_open(as_county_officer):
    number = checked(as_county_officer, with_choices(("输写", "急"), ("", "急")))
    mapping = mapping_of(item_now(number))
    assert {one.field: one.blank for one in mapping.columns if one.blank} == {"aid_mode": 1}


def test_rows_below_a_need_are_no_rows_that_leave_a_choice_open(people, as_county_officer):
    """A need with three things in three rows is one need."""
    header = ["项目名称", "帮扶领域", "要办的事", "帮扶方式", "紧急程度", "事项", "数量", "单位"]
    rows = [["老年食堂缺设备", "养老服务", need_row(1)[5], "造血", "急", "炉灶", 2, "台"],
            ["", "", "", "", "", "冰箱", 1, "台"], ["", "", "", "", "", "桌子", 10, "张"]]
    number, page = columns(as_county_officer, workbook(header, rows))
    assert "没写" not in page
    read = ahead_of(people.county_officer, item_now(number))
    assert unsaid.blanks_in(read.mapping, ahead.gather(read.layout(), read.mapping)) == {}


def test_a_hidden_sheet_that_was_left_out_is_a_warning(as_county_officer):
    book = load_workbook(io.BytesIO(needs_sheet(1)))
    book.create_sheet("旧的名单").sheet_state = "hidden"
    book["旧的名单"].append(["项目名称", "帮扶领域"])
    data = io.BytesIO()
    book.save(data)
    number = number_in(upload(as_county_officer, data.getvalue()))
    page = as_county_officer.get(f"/desk/imports/{number}/columns").get_data(as_text=True)
    before, _, after = page.partition("隐藏的工作表没有读：旧的名单")
    assert after
    assert before.rsplit('<div class="hint', 1)[1].startswith(' "')  # neither calm nor blocked


LONG = f"{'孝昌县二〇二七年乡村振兴需求汇总' * 12}{'x' * 20}.xlsx"


def test_a_long_file_name_is_cut_in_the_middle_and_whole_in_its_title(as_county_officer):
    number = checked(as_county_officer, needs_sheet(2, need_row(3, 帮扶领域="养猪")), LONG)
    kept = item_now(number).file_name
    row = rows_of(number)[2].id
    pages = ["/desk/imports", f"/desk/imports/{number}/rows", f"/desk/imports/{number}/rows/{row}"]
    as_county_officer.post(f"/desk/imports/{number}/remap")
    seen = [(f"/desk/imports/{number}/columns", as_county_officer.get(f"/desk/imports/{number}/columns"))]
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    pages[2] = f"/desk/imports/{number}/rows/{rows_of(number)[2].id}"
    seen += [(one, as_county_officer.get(one)) for one in pages]
    as_county_officer.post(f"/desk/imports/{number}/run")
    seen += [(one, as_county_officer.get(one)) for one in (
        f"/desk/imports/{number}/{turn}" for turn in ("result", "undo", "submit"))]
    for where, answer in seen:
        parsed(answer)
        assert f'title="{kept}"' in answer.get_data(as_text=True), where
        assert kept not in words(answer), where
        assert "孝昌县二〇二七年" in words(answer), where
        assert "xxx.xlsx" in words(answer), where


def test_a_long_name_keeps_its_ending(as_county_officer):
    number = number_in(upload(as_county_officer, needs_sheet(1), LONG))
    assert item_now(number).file_name.endswith(".xlsx")
    assert len(item_now(number).file_name) == 200


def test_a_row_without_a_name_is_shown_by_its_first_words(as_county_officer):
    header = ["序号", "编号", "项目名称", "帮扶领域", "要办的事"]
    rows = [[1, 101, "", "养老服务", need_row(1)[5]], [2, 102, "=1+", "养老服务", need_row(1)[5]],
            [3, 103, "", "", "缺一台炉灶"]]
    number = checked(as_county_officer, workbook(header, rows))
    assert [one.title for one in rows_of(number)] == ["没有名称，写的是“养老服务”", "=1+",
                                                      "没有名称，写的是“缺一台炉灶”"]
    page = words(as_county_officer.get(f"/desk/imports/{number}/rows"))
    assert "第 2 行 没有名称，写的是“养老服务”" in page


def test_the_result_of_an_undone_import_lists_nothing_that_is_gone(as_county_officer):
    number = imported(as_county_officer, needs_sheet(3, need_row(4, 帮扶领域="养猪")))
    as_county_officer.post(f"/desk/imports/{number}/undo")
    for query in ("", "?state=undone", "?state=created"):
        page = words(as_county_officer.get(f"/desk/imports/{number}/result{query}"))
        assert "撤销了 3 条" in page
        assert "老年食堂缺设备" not in page
        assert "没有这样的行" not in page


def test_what_was_taken_back_of_a_large_import_is_left_out_where_the_rest_stays(people, as_county_officer):
    from matchplatform.extensions import db
    from matchplatform.imports import run_operations

    number = imported(as_county_officer, needs_sheet(3))
    item, rows = item_now(number), rows_of(number)
    item.status = "undoing"
    run_operations.undo_rows(people.county_officer, item, rows[:1])  # the others went on their way meanwhile
    run_operations.end_undo(people.county_officer, item)
    db.session.commit()
    for query in ("", "?state=undone"):
        page = words(as_county_officer.get(f"/desk/imports/{number}/result{query}"))
        assert "第1村老年食堂" not in page
        assert "第2村老年食堂" in page
        assert "已撤销" not in page


def test_a_form_without_a_file_names_the_formats_in_words(as_county_officer):
    page = words(as_county_officer.post("/desk/imports", data={}))
    assert "还没有选文件。请选一份 Excel 工作簿、CSV 或文本表格。" in page
    assert ".xls" not in page
