"""A row is checked as the form would check it, whole, and the same record is known again."""

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchplatform.core.uscc import make_uscc
from matchplatform.imports.fields import FIELDS, fields_of
from matchplatform.imports.mapping import propose_mapping
from matchplatform.imports.rows import Context, Record, fingerprint, parse_row
from matchplatform.needs.operations import COLUMNS as NEED_COLUMNS
from matchplatform.offerings.operations import COLUMNS as OFFERING_COLUMNS
from matchplatform.organizations.models import Organization
from tests.imports import messy
from tests.imports.known import CONTEXT, TOWNSHIPS, row_of, understood

pytestmark = pytest.mark.once

NEED = {"项目名称": "食堂缺炉灶", "帮扶领域": "养老", "要办的事": "村里 68 位老人中午没人做饭，食堂房子已经腾出来了。"}
OFFERING = {"服务项目名称": "食堂开办辅导", "帮扶领域": "养老",
            "服务内容与标准": "派两名师傅驻点一个月，教会采购、做饭、记账。"}
USCC = make_uscc("51", "420900", "A1234567")
ORGANIZATION = {"统一社会信用代码": USCC, "组织名称": "孝感市助老服务协会"}


def sentences(row):
    return " ".join(fault.sentence for fault in row.faults)


def test_the_values_are_what_the_operations_take():
    row = row_of("need", NEED)
    assert row.faults == []
    expected = {*NEED_COLUMNS, "township_code", "lines"} - {"basis_code", "basis_clause"}  # no column cites a document
    assert expected <= row.values.keys()
    assert {*OFFERING_COLUMNS, "areas"} <= row_of("offering", OFFERING).values.keys()
    organization = row_of("organization", ORGANIZATION)
    assert organization.faults == []
    assert organization.values.keys() <= set(Organization.__table__.columns.keys())
    assert (organization.values["kind"], organization.values["registration_level"]) == ("51", "city")


def test_what_an_empty_cell_means():
    values = row_of("need", NEED).values
    assert (values["aid_mode"], values["urgency"], values["publicity"]) == ("relief", "normal", "public")
    assert (values["funds_gap_fen"], values["starts_on"], values["village"], values["lines"]) == (0, None, "", [])
    assert row_of("offering", OFFERING).values["capacity"] == 1
    assert row_of("organization", ORGANIZATION).values["report_result"] == "missing"


def test_what_handing_in_will_still_want_is_named():
    assert "接单截止" in row_of("need", NEED).missing
    assert row_of("offering", OFFERING).missing == ["可服务区域", "联系人", "联系电话"]


@pytest.mark.parametrize(("kind", "cells", "field", "said"), [
    ("need", NEED | {"项目名称": ""}, "title", "项目名称还没有填"),
    ("need", NEED | {"项目名称": "长" * 61}, "title", "请删去 1 字"),
    ("need", NEED | {"项目名称": "<b>食堂</b>"}, "title", "不能有 <"),
    ("need", NEED | {"项目名称": "+食堂"}, "title", "不能用 + 开头"),
    ("need", NEED | {"项目名称": "=A1"}, "title", "是公式"), ("need", NEED | {"要办的事": "#REF!"}, "body", "错误值"),
    ("need", NEED | {"要办的事": "长" * 5001}, "body", "最多 5000 字"),
    ("need", NEED | {"帮扶领域": "啥"}, "category_code", "没有“啥”"),
    ("need", NEED | {"开始日期": "2027-03-01", "结束日期": "2027-03-01"}, "ends_on", "要晚于开始日期"),
    ("need", NEED | {"接单截止": "2026-11-01"}, "closing_at", "已经过去"),
    ("need", NEED | {"接单截止": "2029-11-01"}, "closing_at", "两年"),
    ("need", NEED | {"受益人数": "60", "其中一老一小": "61"}, "old_and_young", "不能多于"),
    ("need", NEED | {"受益户数": "6", "其中脱贫户": "7"}, "lifted_households", "不能多于"),
    ("need", NEED | {"总投资": "5", "已落实资金": "3", "资金缺口": "3"}, "funds_total", "不等于"),
    ("need", NEED | {"总投资": "5", "已落实资金": "6"}, "funds_total", "还少"),
    ("need", NEED | {"乡镇": "百沙镇"}, "township_code", "是不是“白沙镇”"),
    ("need", NEED | {"联系电话": "1387123"}, "contact_phone", "11 位"),
    ("need", NEED | {"要的东西": "炊具"}, "lines", "看不出数量"),
    ("need", NEED | {"受益人数": "1" * 2001}, "beneficiaries", "太长了"),
    ("need", NEED | {"品名": "炉灶", "数量": "2" * 61, "计量单位": "台"}, "lines", "太长"),
    ("need", NEED | {"村": "长" * 41}, "village", "最多 40 字"),
    ("offering", OFFERING | {"结束日期": "2026-11-24"}, "ends_on", "已经过去"),
    ("offering", OFFERING | {"容量": "0"}, "capacity", "不能小于 1"),
    ("offering", OFFERING | {"社会组织": "别的协会"}, "organization", "自己组织"),
    ("offering", OFFERING | {"可服务区域": "北京"}, "areas", "认不出"),
    ("organization", ORGANIZATION | {"统一社会信用代码": USCC[:-1]}, "uscc", "18 位"),
    ("organization", ORGANIZATION | {"统一社会信用代码": make_uscc("51", "430000", "A1234567")}, "uscc", "湖北省"),
    ("organization", ORGANIZATION | {"类型": "基金会"}, "kind", "信用代码说明是“社会团体”"),
    ("organization", ORGANIZATION | {"登记级别": "省级"}, "registration_level", "信用代码说明是“市级”"),
    ("organization", ORGANIZATION | {"组织名称": "协会"}, "name", "至少写 4 个字"),
    ("organization", ORGANIZATION | {"成立日期": "2030-01-01"}, "founded_on", "还没有到"),
    ("organization", ORGANIZATION | {"等级有效期至": "2027-01-01"}, "rating_ends_on", "没有选评估等级"),
    ("organization", ORGANIZATION | {"年报结论": "合格"}, "report_year", "没有填年报年度"),
    ("organization", ORGANIZATION | {"税前扣除起始年度": "2026"}, "tax_from_year", "一起填"),
    ("organization", ORGANIZATION | {"处罚有效期至": "2026-01-01"}, "penalty_until", "没有填处罚日期"),
])
def test_every_rule_of_the_form_is_asked(kind, cells, field, said):
    faults = row_of(kind, cells).faults
    assert [fault.field for fault in faults] == [field]
    assert said in faults[0].sentence


def test_a_fault_says_where_it_stands():
    fault = row_of("need", NEED | {"手机": "1387123"}).faults[0]
    assert (fault.label, fault.typed, fault.column) == ("手机", "1387123", 3)


def test_two_of_total_secured_and_gap_make_the_third():
    row = row_of("need", NEED | {"总投资": "8.5", "已落实": "3"})
    assert row.values["funds_gap_fen"] == 5_500_000
    assert "5.5 万元" in " ".join(row.notes)
    assert row_of("need", NEED | {"总投资": "8.5", "资金缺口": "3"}).values["funds_secured_fen"] == 5_500_000
    assert row_of("need", NEED | {"总投资": "8.5"}).values["funds_gap_fen"] == 8_500_000
    assert "funds_total" not in row.values


def test_several_columns_of_text_are_joined_under_their_labels():
    row = row_of("need",
                 {"项目名称": "食堂", "帮扶领域": "养老", "项目背景": "老人多", "项目内容": "办食堂", "备注": "x"})
    assert row.values["body"] == "项目背景：老人多\n项目内容：办食堂"


def test_a_column_of_its_own_goes_before_one_said_with_others():
    row = row_of("need", NEED | {"开始日期": "2027-03-01", "实施期限": "2027年1月-2027年12月"})
    assert (str(row.values["starts_on"]), str(row.values["ends_on"])) == ("2027-03-01", "2027-12-31")


def test_a_constant_fills_what_no_column_or_cell_says():
    row = row_of("need", {"项目名称": "食堂", "要办的事": NEED["要办的事"], "乡镇": ""}, category_code="教育",
                 township_code="白沙镇")
    assert row.faults == []
    assert (row.values["category_code"], row.values["township_code"]) == ("education", "420921106")
    assert row_of("need", NEED, category_code="教育").values["category_code"] == "elderly_care"


def test_a_township_officer_writes_for_his_own_township_only():
    context = Context(CONTEXT.categories, TOWNSHIPS, "孝昌县", "孝感市", "420921106", now=CONTEXT.now)
    assert row_of("need", NEED, context).values["township_code"] == "420921106"
    assert row_of("need", NEED | {"乡镇": "白沙"}, context).faults == []
    assert "只能填白沙镇" in sentences(row_of("need", NEED | {"乡镇": "丰山镇"}, context))
    assert "只能填白沙镇" in sentences(row_of("need", NEED | {"乡镇": "全县"}, context))


def test_a_countys_list_row_by_row():
    _, _, records, rows = understood(messy.county_list(), "need")
    assert [row.number for row in rows] == [7, 10, 11, 12, 14, 15, 16, 17, 18]
    assert {row.number: [fault.field for fault in row.faults] for row in rows if row.faults} == {
        12: ["township_code"], 17: ["body"], 18: ["funds_total"]}
    first = rows[0].values
    assert [number for number, _ in records[0].more] == [8, 9]
    assert [(one["item"], one["quantity"], one["unit"], one["unit_price_fen"]) for one in first["lines"]] == [
        ("炉灶", 2, "台", 350_000), ("冰箱", 1, "台", 280_000), ("桌椅", 15, "套", 60_000)]
    assert (first["funds_secured_fen"], first["funds_gap_fen"], first["beneficiaries"]) == (3_000_000, 5_500_000, 68)
    assert (first["township_code"], first["contact_phone"]) == ("420921106", "13871230001")
    assert rows[5].values["starts_on"] == dt.date(2027, 1, 1)
    assert rows[3].faults[0].proposal == "周巷镇"


def test_an_associations_list_row_by_row():
    _, mapping, _, rows = understood(messy.association_list(), "offering")
    assert mapping.unmapped == []
    assert {row.code: [fault.field for fault in row.faults] for row in rows} == {
        "ZL-01": [], "ZL-02": [], "ZL-03": ["contact"], "ZL-04": ["cost_model"], "ZL-05": []}
    assert (rows[0].values["funds_fen"], rows[0].values["in_kind_fen"]) == (10_000_000, 2_500_000)
    assert rows[1].values["funds_fen"] == 20_000_000
    assert rows[1].values["areas"] == ["420900"]


def test_a_text_table_of_wps_row_by_row():
    _, _, _, rows = understood(messy.township_text(), "need", "汇总.txt")
    assert [[fault.field for fault in row.faults] for row in rows] == [[], [], ["title"], ["ends_on"]]
    assert "第 3 行" in rows[2].faults[0].sentence
    assert [row.values["funds_gap_fen"] for row in rows] == [5_500_000, 1_200_000, 5_500_000, 800_000]
    assert "\n" in rows[0].values["body"]


def gathered(lines):
    text = "\n".join(lines).encode()
    return understood(text, "need", "a.csv")[2:]


def test_things_listed_line_by_line_belong_to_the_need_above():
    head = "项目名称,帮扶领域,要办的事,品名,数量,单位"
    body = NEED["要办的事"]
    for repeated in ("食堂", ""):  # a text table repeats the name or leaves it blank
        records, rows = gathered([head, f"食堂,养老,{body},炉灶,2,台", f"{repeated},,,冰箱,1,台",
                                  f"路灯,环境,{body},灯,3,盏"])
        assert [[number for number, _ in one.more] for one in records] == [[3], []]
        assert [line["item"] for line in rows[0].values["lines"]] == ["炉灶", "冰箱"]
    records, _ = gathered([head, f"食堂,养老,{body},炉灶,2,台", f"食堂,环境,{body},灯,3,盏"])
    assert len(records) == 2  # something else differs: another need


def test_a_faulty_thing_names_its_row():
    head = "项目名称,帮扶领域,要办的事,品名,数量,单位"
    _, rows = gathered([head, f"食堂,养老,{NEED['要办的事']},炉灶,2,台", ",,,冰箱,几,台"])
    assert [fault.field for fault in rows[0].faults] == ["lines"]
    assert "冰箱" in rows[0].faults[0].sentence


def test_a_sum_merged_over_several_needs_is_asked_for_one_by_one():
    import openpyxl

    from tests.imports.test_reading import saved
    book = openpyxl.Workbook()
    for row in (["项目名称", "帮扶领域", "要办的事", "资金缺口（万元）"], ["食堂", "养老", NEED["要办的事"], 8],
                ["路灯", "环境", NEED["要办的事"], None]):
        book.active.append(row)
    book.active.merge_cells("D2:D3")
    _, _, records, rows = understood(saved(book), "need")
    assert records[1].shared == {3: 2}
    assert rows[0].faults == []
    assert "第 2 行合并" in rows[1].faults[0].sentence
    assert Record.from_data(json.loads(json.dumps(records[1].as_data()))) == records[1]


@pytest.mark.parametrize(("first", "second", "field"), [
    ({"编号": "XC-01"}, {"编号": "ＸＣ01", "项目名称": "另一件"}, "code"), ({}, {"项目名称": "食堂 缺炉灶"}, "title")])
def test_doubles_in_one_sheet_name_the_other_row(first, second, field):
    base = {"编号": "", **NEED}
    lines = ["\t".join(base)] + ["\t".join((base | one).values()) for one in (first, second)]
    _, _, _, rows = understood("\n".join(lines).encode(), "need", "a.txt")
    assert rows[0].faults == []
    assert [fault.field for fault in rows[1].faults] == [field]
    assert "第 2 行" in rows[1].faults[0].sentence


def test_counting_numbers_are_no_numbers_of_records():
    base = {"编号": "", **NEED}
    lines = ["\t".join(base), "\t".join((base | {"编号": "1"}).values()),
             "\t".join((base | {"编号": "1", "项目名称": "另一件"}).values())]
    assert all(not row.faults for row in understood("\n".join(lines).encode(), "need", "a.txt")[3])


def test_the_same_record_is_known_again():
    values = row_of("need", NEED).values
    same = dict(values, title="食堂　缺炉灶！", funds_gap_fen=5)
    assert fingerprint("need", values) == fingerprint("need", same)
    assert fingerprint("need", values) != fingerprint("offering", values)
    assert fingerprint("need", values) != fingerprint("need", dict(values, township_code="420921106"))
    assert fingerprint("need", values, "XC-01") == fingerprint("need", dict(values, title="改了名"), "xc 01")
    assert fingerprint("need", values, "1") == fingerprint("need", values, "2")
    one, other = (row_of("organization", ORGANIZATION | {"组织名称": name}) for name in ("孝感市助老服务协会",
                                                                                     "孝感市助老协会"))
    assert one.fingerprint == other.fingerprint
    assert len(one.fingerprint) == 64


TEXT = st.one_of(st.just(""), st.text(max_size=20), st.sampled_from(
    ["=1+1", "#N/A", "无", "/", "12万元", "2027年3月-12月", "白沙镇", "13871230001", "是", "5A", "炉灶2台", "全省",
     "养老", "待定", "99999"]))


@pytest.mark.parametrize("kind", FIELDS)
@given(data=st.data())
@settings(max_examples=150)
def test_any_row_gives_values_and_sentences_and_never_an_exception(kind, data):
    fields = [*fields_of(kind).values()]
    mapping = propose_mapping([one.label for one in fields], [], kind)
    row = parse_row(mapping, data.draw(st.lists(TEXT, min_size=0, max_size=len(fields))), kind, CONTEXT)
    for fault in row.faults:
        assert fault.field in fields_of(kind)
        assert len(fault.sentence) > 6
        assert fault.label
    assert row.values.keys() == parse_row(mapping, [], kind, CONTEXT).values.keys()
    json.dumps(row.values, default=str)
