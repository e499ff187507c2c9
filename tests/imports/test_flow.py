"""The way of a list: file, columns, rows, saved; the same file or row again makes nothing twice."""

import pytest

from matchplatform.extensions import db
from matchplatform.imports import forms
from matchplatform.needs.models import Need
from tests.imports.sheets_made import HEADER, need_row, needs_sheet, workbook
from tests.imports.steps import checked, imported, item_now, number_in, rows_of, states, upload
from tests.web.pages import parsed, statements


def test_a_list_becomes_drafts_of_the_county(people, as_county_officer):
    number = imported(as_county_officer, needs_sheet(3))
    assert states(number) == ["created"] * 3
    assert item_now(number).status == "done"
    needs = db.session.scalars(db.select(Need).order_by(Need.id)).all()
    assert [one.title for one in needs] == [f"第{n}村老年食堂缺设备" for n in (1, 2, 3)]
    assert {(one.status, one.county_code, one.created_by) for one in needs} == {
        ("draft", "420921", people.county_officer.id)}
    assert [one.record_code for one in rows_of(number)] == [one.code for one in needs]


def test_what_is_read_is_shown_before_anything_is_saved(as_county_officer):
    number = number_in(upload(as_county_officer, needs_sheet(2)))
    page = as_county_officer.get(f"/desk/imports/{number}/columns").get_data(as_text=True)
    for said in ("核对每一列是什么", "项目名称", "第1村老年食堂缺设备", "检查这 2 行"):
        assert said in page
    assert as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"}).status_code == 303
    page = as_county_officer.get(f"/desk/imports/{number}/rows").get_data(as_text=True)
    assert "导入可以导入的 2 行" in page
    assert db.session.scalar(db.select(db.func.count()).select_from(Need)) == 0


def test_the_good_rows_go_in_and_the_bad_ones_stay_to_be_mended(as_county_officer):
    bad = need_row(3, 帮扶领域="养猪", 联系电话="1387")
    number = imported(as_county_officer, needs_sheet(2, bad))
    assert states(number) == ["created", "created", "faulty"]
    page = as_county_officer.get(f"/desk/imports/{number}/rows").get_data(as_text=True)
    assert "养猪" in page
    assert "手机号要 11 位" in page
    row = rows_of(number)[2]
    category, phone = HEADER.index("帮扶领域"), HEADER.index("联系电话")
    answer = as_county_officer.post(f"/desk/imports/{number}/rows/{row.id}", data={
        "do": "check", f"cell-0-{category}": "养老服务"})
    assert answer.headers["Location"].endswith(f"/rows/{row.id}")  # the telephone is still wrong
    assert states(number)[2] == "faulty"
    as_county_officer.post(f"/desk/imports/{number}/rows/{row.id}", data={
        "do": "check", f"cell-0-{phone}": "13871230009"})
    assert states(number)[2] == "good"
    as_county_officer.post(f"/desk/imports/{number}/run")
    assert states(number) == ["created"] * 3
    assert db.session.scalar(db.select(Need.category_code).order_by(Need.id.desc())) == "elderly_care"


def test_a_row_is_left_out_and_taken_in_again(as_county_officer):
    number = checked(as_county_officer, needs_sheet(2))
    row = rows_of(number)[0]
    here = f"/desk/imports/{number}/rows/{row.id}"
    as_county_officer.post(here, data={"do": "leave_out"})
    assert states(number) == ["left_out", "good"]
    as_county_officer.post(here, data={"do": "take_again"})
    assert states(number) == ["good", "good"]
    as_county_officer.post(here, data={"do": "leave_out"})
    as_county_officer.post(f"/desk/imports/{number}/run")
    assert states(number) == ["left_out", "created"]


def test_a_row_that_is_in_cannot_be_changed_any_more(as_county_officer):
    number = imported(as_county_officer, needs_sheet(1))
    row = rows_of(number)[0]
    for verb in ("check", "leave_out", "take_again"):
        as_county_officer.post(f"/desk/imports/{number}/rows/{row.id}", data={"do": verb, "cell-0-1": "别的名字"})
        assert states(number) == ["created"]
    assert db.session.scalar(db.select(Need.title)) == "第1村老年食堂缺设备"


def test_the_same_file_again_leads_to_the_former_import(as_county_officer, as_second_county_officer):
    data = needs_sheet(2)
    number = imported(as_county_officer, data)
    for client in (as_county_officer, as_second_county_officer):
        assert number_in(upload(client, data, "另一个名字.xlsx")) == number
    page = as_county_officer.get(f"/desk/imports/{number}/result").get_data(as_text=True)
    assert "导入了 2 条需求" in page
    assert db.session.scalar(db.select(db.func.count()).select_from(Need)) == 2


def test_rows_that_are_in_already_are_named_and_left_alone(as_county_officer):
    """A longer list next month: what was in the first is not made again."""
    imported(as_county_officer, needs_sheet(2))
    second = checked(as_county_officer, needs_sheet(3), "下个月.xlsx")
    assert states(second) == ["known", "known", "good"]
    codes = list(db.session.scalars(db.select(Need.code).order_by(Need.id)))
    assert [one.known_code for one in rows_of(second)][:2] == codes
    page = as_county_officer.get(f"/desk/imports/{second}/rows?state=known").get_data(as_text=True)
    assert f"编号 <span class=\"num\">{codes[0]}</span>" in page
    as_county_officer.post(f"/desk/imports/{second}/run")
    assert states(second) == ["known", "known", "created"]
    assert db.session.scalar(db.select(db.func.count()).select_from(Need)) == 3


def test_a_row_that_came_in_meanwhile_is_not_made_twice(as_county_officer, as_second_county_officer):
    """Both looked at their rows before either saved."""
    first = checked(as_county_officer, needs_sheet(2))
    second = checked(as_second_county_officer, needs_sheet(3), "我也有一份.xlsx")
    assert states(second) == ["good"] * 3
    as_county_officer.post(f"/desk/imports/{first}/run")
    as_second_county_officer.post(f"/desk/imports/{second}/run")
    assert states(second) == ["known", "known", "created"]
    assert db.session.scalar(db.select(db.func.count()).select_from(Need)) == 3


def test_county_and_township_share_one_library(people, as_county_officer, as_township_officer):
    from matchplatform.catalog.queries import region

    town = region(people.township_officer.township_code).name
    row = need_row(1, town)
    imported(as_county_officer, workbook(HEADER, [row]))
    number = checked(as_township_officer, workbook(HEADER, [row]))
    assert states(number) == ["known"]


def test_two_rows_of_one_number_are_told_apart(as_county_officer):
    number = checked(as_county_officer, needs_sheet(1, need_row(2, 编号="XC-00001")))
    assert states(number) == ["good", "faulty"]
    page = as_county_officer.get(f"/desk/imports/{number}/rows").get_data(as_text=True)
    assert "第 2 行重复" in page


def test_mending_one_row_into_another_is_refused(as_county_officer):
    bad = need_row(2, 编号="", 帮扶领域="养猪")
    number = checked(as_county_officer, needs_sheet(1, bad))
    row = rows_of(number)[1]
    as_county_officer.post(f"/desk/imports/{number}/rows/{row.id}", data={"do": "check", "cell-0-0": "XC-00001",
                                                                         "cell-0-2": "养老服务"})
    assert states(number) == ["good", "faulty"]
    assert "同一条" in as_county_officer.get(f"/desk/imports/{number}/rows").get_data(as_text=True)


def test_what_no_column_says_is_given_for_all_rows(as_county_officer):
    header = [one for one in HEADER if one != "帮扶领域"]
    rows = [[v for one, v in zip(HEADER, need_row(n), strict=True) if one != "帮扶领域"] for n in (1, 2)]
    number = number_in(upload(as_county_officer, workbook(header, rows)))
    answer = as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    assert answer.status_code == 422
    assert "还不知道哪一列是帮扶领域" in answer.get_data(as_text=True)
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check",
                                                                   "constant-category_code": "教育帮扶"})
    assert states(number) == ["good", "good"]
    as_county_officer.post(f"/desk/imports/{number}/run")
    assert set(db.session.scalars(db.select(Need.category_code))) == {"education"}


def test_columns_are_changed_by_hand_and_again_after_a_look_at_the_rows(as_county_officer):
    number = number_in(upload(as_county_officer, workbook(
        ["甲", "乙", "丙", "项目名称", "要办的事"], [["养老服务", "x", "y", "老人一天只做一顿饭", need_row(1)[5]]])))
    here = f"/desk/imports/{number}/columns"
    assert as_county_officer.post(here, data={"do": "check", "column-0": "title"}).status_code == 422  # two titles
    assert as_county_officer.post(here, data={"do": "check", "column-0": "no_such_field"}).status_code == 422
    as_county_officer.post(here, data={"do": "check", "column-0": "category_code"})
    assert states(number) == ["good"]
    as_county_officer.post(f"/desk/imports/{number}/remap")
    assert item_now(number).status == "mapping"
    as_county_officer.post(here, data={"do": "check", "column-0": "category_code", "column-1": "village"})
    as_county_officer.post(f"/desk/imports/{number}/run")
    assert db.session.scalar(db.select(Need.village)) == "x"
    as_county_officer.post(f"/desk/imports/{number}/remap")
    assert item_now(number).status == "done"  # too late


def test_another_header_row_is_looked_at(as_county_officer):
    rows = [["项目名称", "帮扶领域", "要办的事"], ["旧表头", "旧", "旧"], HEADER, need_row(1)]
    number = number_in(upload(as_county_officer, workbook(["全县汇总"], rows)))
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "look", "sheet": "0", "header": "4"})
    page = as_county_officer.get(f"/desk/imports/{number}/columns").get_data(as_text=True)
    assert "表头在第 4 行" in page
    assert "检查这 1 行" in page


def test_an_import_can_be_given_up_and_begun_again(as_county_officer):
    data = needs_sheet(1)
    number = checked(as_county_officer, data)
    as_county_officer.post(f"/desk/imports/{number}/discard")
    item = item_now(number)
    assert (item.status, item.sheets_kept, rows_of(number)) == ("discarded", None, [])
    assert number_in(upload(as_county_officer, data)) != number


def test_an_import_with_records_cannot_be_given_up(as_county_officer):
    number = imported(as_county_officer, needs_sheet(1))
    as_county_officer.post(f"/desk/imports/{number}/discard")
    assert item_now(number).status == "done"


def test_every_state_is_found_again_on_the_first_page(as_county_officer, as_second_county_officer):
    begun = number_in(upload(as_county_officer, needs_sheet(1), "刚传上来.xlsx"))
    looked_at = checked(as_county_officer, needs_sheet(2), "看过了.xlsx")
    done = imported(as_county_officer, needs_sheet(3), "导入了.xlsx")
    for client in (as_county_officer, as_second_county_officer):
        page = client.get("/desk/imports").get_data(as_text=True)
        for name, state in (("刚传上来.xlsx", "待核对各列"), ("看过了.xlsx", "待导入"), ("导入了.xlsx", "已导入")):
            assert name in page
            assert state in page
        for number, turn in ((begun, "columns"), (looked_at, "rows"), (done, "result")):
            assert client.get(f"/desk/imports/{number}").headers["Location"].endswith(f"/{number}/{turn}")


def test_texts_of_the_sheet_go_when_nobody_needs_them(as_county_officer):
    number = imported(as_county_officer, needs_sheet(1, need_row(2, 帮扶领域="养猪")))
    created, faulty = rows_of(number)
    assert item_now(number).sheets_kept is None
    assert created.content is None
    assert "养猪" in faulty.content


def test_cells_are_encrypted_at_rest(as_county_officer):
    checked(as_county_officer, needs_sheet(1))
    stored = db.session.execute(db.text("SELECT content, (SELECT sheets_kept FROM imports) FROM import_rows")).one()
    assert all(text.startswith("gAAAA") for text in stored)


@pytest.mark.parametrize(("data", "name", "said"), [
    (b"", "空的.xlsx", "文件是空的"),
    (b"%PDF-1.7 abc", "表格.xlsx", "PDF"),
    (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "表格.csv", "病毒特征")])
def test_a_file_that_cannot_be_taken_is_told_in_a_sentence(as_county_officer, data, name, said):
    answer = upload(as_county_officer, data, name)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_forty_megabytes_are_refused_in_a_sentence(as_county_officer):
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    answer = as_county_officer.post("/desk/imports", data=head + b"0" * (40 * 1024 * 1024) + b"\r\n--b--\r\n",
                                    content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert "表格最多 20 MB，这份没有收下。请删去表里的图片" in answer.get_data(as_text=True)


def test_a_post_without_a_file_is_told(as_county_officer):
    answer = as_county_officer.post("/desk/imports", data={})
    assert answer.status_code == 422
    assert "还没有选文件" in answer.get_data(as_text=True)


def test_a_name_of_two_hundred_characters_is_cut_and_kept(as_county_officer):
    name = "很长的名字" * 60 + ".xlsx"
    number = number_in(upload(as_county_officer, needs_sheet(1), name))
    assert len(item_now(number).file_name) == 200


@pytest.mark.parametrize(("given", "kept"), [
    ("../../etc/passwd", "passwd"), ("C:\\表\\清单.xlsx", "清单.xlsx"), ("a\n\x00 b.xlsx", "a b.xlsx"),
    ("", "没有名字的表格"), ("..", ".."), (None, "没有名字的表格")])
def test_a_name_cannot_lead_anywhere(given, kept):
    """Only ever shown, never opened; but one line and no folders."""
    assert forms.file_name(given) == kept


def test_the_template_and_the_bad_rows_come_as_workbooks(as_county_officer):
    answer = as_county_officer.get("/desk/imports/template.xlsx")
    assert answer.data[:2] == b"PK"
    assert "attachment" in answer.headers["Content-Disposition"]
    number = checked(as_county_officer, needs_sheet(1, need_row(2, 帮扶领域="养猪")))
    answer = as_county_officer.get(f"/desk/imports/{number}/faulty.xlsx")
    assert answer.data[:2] == b"PK"
    assert answer.headers["Content-Disposition"].isascii()  # a server sends nothing else
    second = checked(as_county_officer, answer.data, "要改的.xlsx")  # can be handed in again as it is
    assert states(second) == ["faulty"]


def test_the_bad_rows_of_a_clean_list_are_none(as_county_officer):
    number = checked(as_county_officer, needs_sheet(1))
    assert as_county_officer.get(f"/desk/imports/{number}/faulty.xlsx").status_code == 302


def test_every_page_is_strict_html_in_every_state(as_county_officer):
    data = needs_sheet(2, need_row(3, 帮扶领域="养猪", 联系电话="1387"), need_row(4, 要办的事=""))
    number = number_in(upload(as_county_officer, data))
    here = f"/desk/imports/{number}"
    parsed(as_county_officer.get("/desk/imports"))
    parsed(as_county_officer.get(f"{here}/columns"))
    as_county_officer.post(f"{here}/columns", data={"do": "check"})
    parsed(as_county_officer.get(f"{here}/rows"))
    faulty = next(one for one in rows_of(number) if one.state == "faulty")
    parsed(as_county_officer.get(f"{here}/rows/{faulty.id}"))
    as_county_officer.post(f"{here}/run")
    for page in ("result", "rows", "undo", "submit", "result?state=faulty", "result?state=nonsense"):
        parsed(as_county_officer.get(f"{here}/{page}"))
    as_county_officer.post(f"{here}/submit")
    for page in ("result", "undo", "submit"):
        parsed(as_county_officer.get(f"{here}/{page}"))


def test_a_page_of_rows_takes_as_many_statements_for_two_rows_as_for_twenty(as_county_officer):
    few = checked(as_county_officer, needs_sheet(2, need_row(3, 帮扶领域="养猪")))
    many = checked(as_county_officer, needs_sheet(16, *(need_row(n, 帮扶领域="养猪") for n in range(50, 54)), first=60))
    counted = [statements(lambda number=number, page=page: as_county_officer.get(f"/desk/imports/{number}{page}"))
               for page in ("/rows", "/columns") for number in (few, many)]
    assert counted[0] == counted[1]
    assert counted[2] == counted[3]
    for number in (few, many):
        as_county_officer.post(f"/desk/imports/{number}/run")
    counted = [statements(lambda number=number, page=page: as_county_officer.get(f"/desk/imports/{number}{page}"))
               for page in ("/result", "/undo", "/submit") for number in (few, many)]
    assert counted[0] == counted[1]
    assert counted[2] == counted[3]
    assert counted[4] == counted[5]
