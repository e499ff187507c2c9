"""What people write in cells, and what it means; what cannot be read comes back with the cure."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core.money import MAX_FEN
from matchplatform.imports import things
from matchplatform.imports.dates import parse_day, parse_moment, parse_period
from matchplatform.imports.numbers import Doubt, parse_count, parse_money, parse_people, parse_year, parse_years
from matchplatform.imports.words import (
    parse_areas,
    parse_category,
    parse_code,
    parse_contact,
    parse_phones,
    parse_place,
    parse_rating,
    parse_township,
    parse_yes_no,
)
from matchplatform.needs import forms
from tests.imports.known import AREAS, CONTEXT, TOWNSHIPS, told

pytestmark = pytest.mark.once
PARENTS = ("孝昌县", "孝感市")


def doubt(parse, *arguments):
    with pytest.raises(Doubt) as caught:
        parse(*arguments)
    return caught.value


@pytest.mark.parametrize(("typed", "yuan"), [
    ("12.5", 125_000), ("12万元", 120_000), ("3.5万", 35_000), ("120000元", 120_000), ("1,200元", 1_200),
    ("１２．５", 125_000),
    ("约5万", 50_000), ("5万左右", 50_000), ("5万余元", 50_000), ("十二万", 120_000), ("三万五", 35_000),
    ("十二", 120_000),
    ("叁万伍仟元整", 35_000), ("1万5千", 15_000), ("5千", 5_000), ("5w", 50_000), ("￥3万", 30_000),
    ("人民币3万元", 30_000),
    ("无", 0), ("没有", 0), ("0", 0), ("1.2亿", 120_000_000), ("3.3333333", 33_333.33), ("二十万元", 200_000)])
def test_money_in_a_column_of_wan(typed, yuan):
    assert parse_money(typed, "万元", "资金缺口").value == round(yuan * 100)


@pytest.mark.parametrize(("typed", "yuan"), [("35000", 35_000), ("3.5万", 35_000), ("800元", 800), ("三千八", 3_800),
                                             ("1,200.50", 1_200.5)])
def test_money_in_a_column_of_yuan(typed, yuan):
    assert parse_money(typed, "元", "金额").value == round(yuan * 100)


@pytest.mark.parametrize("typed", ["", "/", "—", "-", "－", "待定", "不详"])
def test_money_left_open(typed):
    assert parse_money(typed, "万元", "资金缺口").value is None


@pytest.mark.parametrize(("typed", "said"), [
    ("5-8万", "范围"), ("-3", "负数"), ("abc", "要填数字"), ("100001", "太大"), ("9" * 40, "要填数字"),
    ("1e400", "要填数字"),
    ("三", "")])
def test_money_is_refused_with_the_field_and_the_cure(typed, said):
    if not said:
        assert parse_money(typed, "万元", "资金缺口").value == 3_000_000
        return
    sentence = doubt(parse_money, typed, "万元", "资金缺口").sentence
    assert said in sentence
    assert "资金缺口" in sentence


@given(st.integers(0, MAX_FEN), st.sampled_from(["万元", "元"]), st.booleans(), st.booleans())
def test_every_amount_means_itself_however_it_is_written(fen, unit, said, grouped):
    per = 1_000_000 if unit == "万元" else 100
    whole, rest = divmod(fen, per)
    digits = len(str(per)) - 1
    text = (f"{whole:,}" if grouped else f"{whole}") + (f".{rest:0{digits}d}" if rest else "")
    other = "元" if unit == "万元" else "万元"
    assert parse_money(text + unit if said else text, other if said else unit, "金额").value == fen


@pytest.mark.parametrize(("typed", "number"), [
    ("68", 68), ("68人", 68), ("６８ 人", 68), ("1.2万人", 12_000), ("约60人", 60), ("60多人", 60), ("52户68人", 68),
    ("六十八", 68),
    ("一百二十人", 120), ("覆盖300人", 300), ("68.0", 68), ("1,200", 1_200), ("无", 0)])
def test_people_counted(typed, number):
    assert parse_count(typed, "受益人数", "人").value == number


@pytest.mark.parametrize(("typed", "said"),
                         [("68户", "单位是人"), ("68.5", "整数"), ("10-20", "范围"), ("若干", "要填整数"),
                                             ("-3", "不能小于"), ("2亿5千万人口的一半", ""), ("999999999", "不能大于")])
def test_people_not_counted(typed, said):
    assert said in doubt(parse_count, typed, "受益人数", "人").sentence


def test_households_and_people_in_one_cell():
    assert parse_people("52户、68人", "受益").value == (52, 68)
    assert parse_people("约1.2万人", "受益").value == (None, 12_000)
    assert "户数和人数" in doubt(parse_people, "全村", "受益").sentence


@pytest.mark.parametrize(("typed", "first", "last"), [
    ("2027-3-1", "2027-03-01", "2027-03-01"), ("2027.3.1", "2027-03-01", "2027-03-01"),
    ("2027/03/01", "2027-03-01", "2027-03-01"), ("20270301", "2027-03-01", "2027-03-01"),
    ("2027年3月1号", "2027-03-01", "2027-03-01"), ("2027-03-01 00:00:00", "2027-03-01", "2027-03-01"),
    ("46447", "2027-03-01", "2027-03-01"), ("2027年3月", "2027-03-01", "2027-03-31"),
    ("2027.3", "2027-03-01", "2027-03-31"), ("202703", "2027-03-01", "2027-03-31"),
    ("2027年2月底", "2027-02-28", "2027-02-28"), ("2027年3月中旬", "2027-03-11", "2027-03-20"),
    ("2027", "2027-01-01", "2027-12-31"), ("2027年上半年", "2027-01-01", "2027-06-30"),
    ("２０２７年３月１日", "2027-03-01", "2027-03-01"), ("2027年12月31日前", "2027-12-31", "2027-12-31")])
def test_days_as_written(typed, first, last):
    assert str(parse_day(typed, "日期").value) == first
    assert str(parse_day(typed, "日期", is_end=True).value) == last


@pytest.mark.parametrize(("typed", "said", "proposal"), [
    ("26.3.1", "四位数", "2026-03-01"), ("3月底", "没有写年份", ""), ("2027-2-30", "日历上", ""),
    ("明年春天", "认不出", ""),
    ("1899年1月1日", "1900", "")])
def test_days_not_understood(typed, said, proposal):
    found = doubt(parse_day, typed, "开始日期")
    assert said in found.sentence
    assert found.proposal == proposal


@given(st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(
    ["{0}-{1}-{2}", "{0}年{1}月{2}日", "{0}/{1:02}/{2:02}", "{0}.{1}.{2}", "{0}{1:02}{2:02}",
     "{0}-{1:02}-{2:02} 00:00:00"]))
def test_every_day_means_itself(day, form):
    understood = parse_day(form.format(day.year, day.month, day.day), "日期")
    assert understood.value == day
    assert not understood.note


@pytest.mark.parametrize(("typed", "first", "last"), [
    ("2027年3月-2027年12月", "2027-03-01", "2027-12-31"), ("2027年3月—12月", "2027-03-01", "2027-12-31"),
    ("2027.3-2027.12", "2027-03-01", "2027-12-31"), ("2027.3-12", "2027-03-01", "2027-12-31"),
    ("2027-03-01至2027-12-31", "2027-03-01", "2027-12-31"), ("2027-03-01-2027-12-31", "2027-03-01", "2027-12-31"),
    ("2027/3/1-2027/12/31", "2027-03-01", "2027-12-31"), ("20270301~20271231", "2027-03-01", "2027-12-31"),
    ("2027-2028", "2027-01-01", "2028-12-31"), ("2027年", "2027-01-01", "2027-12-31"),
    ("2027年全年", "2027-01-01", "2027-12-31"), ("2027年3月1日—12月31日", "2027-03-01", "2027-12-31"),
    ("2027年12月底前", "None", "2027-12-31"), ("2027-12-31", "None", "2027-12-31"), ("长期", "None", "None")])
def test_terms_as_written(typed, first, last):
    assert tuple(map(str, parse_period(typed, "实施期限").value)) == (first, last)


@pytest.mark.parametrize("typed", ["1年", "12个月", "三年", "待通知", "2027-13-01至2027-14-01"])
def test_terms_not_understood(typed):
    assert "实施期限" in doubt(parse_period, typed, "实施期限").sentence


@given(st.dates(dt.date(1901, 1, 1), dt.date(2098, 12, 31)), st.dates(dt.date(1901, 1, 1), dt.date(2098, 12, 31)),
       st.sampled_from(["%Y年%m月%d日", "%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d"]), st.sampled_from("-—至~到"))
def test_every_term_means_its_two_days(first, last, form, sign):
    assert parse_period(f"{first.strftime(form)}{sign}{last.strftime(form)}", "期限").value == (first, last)


def test_a_moment_without_time_is_five_in_the_afternoon():
    assert parse_moment("2027年3月1日", "接单截止").value == dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC)
    assert parse_moment("2027-03-01 12:30:00", "接单截止").value == dt.datetime(2027, 3, 1, 4, 30, tzinfo=dt.UTC)
    assert parse_moment("2027年3月1日17时", "接单截止").value == dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC)
    assert "时间" in doubt(parse_moment, "2027-03-01 25:00", "接单截止").sentence


@pytest.mark.parametrize(("typed", "code"), [
    ("养老服务", "elderly_care"), ("elderly_care", "elderly_care"), ("养老", "elderly_care"),
    ("乡村养老", "elderly_care"),
    ("教育类", "education"), ("助餐", "elderly_care"), ("产业帮扶、就业帮扶", "industry"),
    ("农业技术", "agricultural_technology"),
    ("医疗卫生", "health"), ("儿童", "childcare"), ("电商", "consumption")])
def test_fields_of_help_by_what_people_call_them(typed, code):
    assert parse_category(typed, CONTEXT.categories, "帮扶领域").value == code


def test_an_unknown_field_of_help_names_those_there_are():
    found = doubt(parse_category, "养劳服务", CONTEXT.categories, "帮扶领域")
    assert found.proposal == "养老服务"
    assert "产业帮扶、就业帮扶" in found.sentence


@pytest.mark.parametrize(("typed", "code"), [
    ("白沙镇", "420921106"), ("白沙", "420921106"), ("孝昌县白沙镇", "420921106"),
    ("湖北省孝感市孝昌县白沙镇", "420921106"),
    ("420921106", "420921106"), ("全县", ""), ("孝昌县", ""), ("/", None)])
def test_townships_by_name(typed, code):
    assert parse_township(typed, TOWNSHIPS, PARENTS, "乡镇").value == code


def test_a_county_may_be_named_in_full_or_short():
    for typed in ("长阳土家族自治县白沙镇", "长阳县白沙镇", "宜昌市长阳土家族自治县白沙镇"):
        for county in ("长阳县", "长阳土家族自治县"):
            assert parse_township(typed, TOWNSHIPS, (county, "宜昌市"), "乡镇").value == "420921106"


@pytest.mark.parametrize(("typed", "proposal"), [("百沙镇", "白沙镇"), ("花园乡", "花西乡"), ("三里镇", "")])
def test_an_unknown_township_is_refused_with_a_likely_one(typed, proposal):
    found = doubt(parse_township, typed, TOWNSHIPS, PARENTS, "乡镇")
    assert found.sentence.startswith(f"孝昌县没有“{typed}”")
    assert not proposal or found.proposal == proposal


@pytest.mark.parametrize(("typed", "place"), [
    ("白沙镇程家河村", ("420921106", "程家河村")), ("白沙 程家河村", ("420921106", "程家河村")),
    ("孝昌县白沙镇", ("420921106", "")),
    ("全县", ("", "")), ("白沙镇、程家河村", ("420921106", "程家河村"))])
def test_places_of_township_and_village(typed, place):
    assert parse_place(typed, TOWNSHIPS, PARENTS, "地点").value == place


def test_a_village_alone_is_asked_for_its_township():
    assert "从乡镇写起" in doubt(parse_place, "程家河村", TOWNSHIPS, PARENTS, "地点").sentence


@pytest.mark.parametrize(("typed", "codes"), [
    ("全省", ["420000"]), ("孝感市、随州市", ["420900", "421300"]), ("孝感", ["420900"]), ("大悟", ["420922"]),
    ("孝感市大悟县", ["420922"]), ("恩施州", ["422800"]), ("长阳县", ["420528"]),
    ("孝感市和随州市", ["420900", "421300"])])
def test_areas_by_name(typed, codes):
    assert parse_areas(typed, AREAS, "区域").value == codes


def test_areas_that_may_be_two_or_none():
    assert "有几个" in doubt(parse_areas, "恩施", AREAS, "区域").sentence
    assert "认不出" in doubt(parse_areas, "北京", AREAS, "区域").sentence


@pytest.mark.parametrize(("typed", "number"), [
    ("13871230001", "13871230001"), ("138 7123 0001", "13871230001"), ("13871230001/0712-4712306", "13871230001"),
    ("办公室：0712-4712306", "0712-4712306"), ("０７１２－４７１２３０６", "0712-4712306"), ("无", None)])
def test_telephones_as_written(typed, number):
    assert parse_phones(typed, "电话").value == number


@pytest.mark.parametrize(("typed", "said", "proposal"), [
    ("7124712306", "前面的 0 丢了", "0712-4712306"), ("1.38712E+10", "后几位丢了", ""), ("4712306", "加区号", ""),
    ("1387123000", "11 位", ""), ("问村长", "11 位手机号", "")])
def test_telephones_refused(typed, said, proposal):
    found = doubt(parse_phones, typed, "电话")
    assert said in found.sentence
    assert found.proposal == proposal


@pytest.mark.parametrize(("typed", "contact"), [
    ("李明 13871230001", ("李明", "13871230001")), ("李明（0712-4712306）", ("李明", "0712-4712306")),
    ("李明：电话13871230001", ("李明", "13871230001")), ("李明", ("李明", None)),
    ("13871230001 李明", ("李明", "13871230001"))])
def test_name_and_number_in_one_cell(typed, contact):
    assert parse_contact(typed, "联系人").value == contact


def test_ratings_years_and_yes():
    assert [parse_rating(text, "等级").value for text in ("4A", "ＡＡＡＡ", "四A级", "未评估", "5A级社会组织", "")] == [
        "4A", "4A", "4A", "", "5A", None]
    assert "5A、4A" in doubt(parse_rating, "6A", "等级").sentence
    assert parse_year("2025年度", "年度").value == 2025
    assert parse_years("2024—2026年", "税前").value == (2024, 2026)
    assert "四位数" in doubt(parse_year, "25", "年度").sentence
    assert [parse_yes_no(text, "党组织").value for text in ("是", "有", "√", "否", "未建立", "")] == [
        True, True, True, False, False, None]
    assert "“是”或“否”" in doubt(parse_yes_no, "大概", "党组织").sentence


def test_a_code_that_the_workbook_has_made_a_number_is_told_so():
    assert "当成数字" in doubt(parse_code, "9.14201001234568E+16", "统一社会信用代码").sentence


@pytest.mark.parametrize(("typed", "lines"), [
    ("炉灶2台×3500元；冰箱1台", [("炉灶", 2, "台", 3500), ("冰箱", 1, "台", 0)]),
    ("炉灶2台、冰箱1台", [("炉灶", 2, "台", 0), ("冰箱", 1, "台", 0)]),
    ("桌椅60套，电脑10台", [("桌椅", 60, "套", 0), ("电脑", 10, "台", 0)]),
    ("电脑10台，每台4000元", [("电脑", 10, "台", 4000)]), ("1.炉灶 两台\n2.冰箱1台(2800元/台)", [("炉灶", 2, "台", 0),
                                                                                ("冰箱", 1, "台", 2800)]),
    ("大米：50袋×120元/袋", [("大米", 50, "袋", 120)]),
    ("太阳能路灯（6米） 30盏 单价1200元", [("太阳能路灯（6米）", 30, "盏", 1200)]),
    ("无", [])])
def test_things_in_one_cell(typed, lines):
    assert [(one["item"], one["quantity"], one["unit"], one["unit_price_fen"] / 100)
            for one in things.parse_things(typed, "要的东西").value] == lines


@pytest.mark.parametrize(("typed", "said"), [("炊具", "看不出数量"), ("；".join(["灯1盏"] * 31), "最多 30 项"),
                                             ("炉灶0台", "不能小于 1"), ("灯" * 61 + "1盏", "最多 60 字")])
def test_things_refused(typed, said):
    assert said in doubt(things.parse_things, typed, "要的东西").sentence


THING = st.builds(lambda item, quantity, unit, price: {"item": item, "quantity": quantity, "unit": unit,
                                                       "unit_price_fen": price},
                  st.text("炉灶冰箱桌椅路灯图书床", min_size=1, max_size=8), st.integers(1, 99_999),
                  st.sampled_from("台套盏册床"), st.integers(0, 10_000_000))


@given(st.lists(THING, min_size=1, max_size=8))
def test_lines_written_into_a_cell_are_read_again(lines):
    assert things.parse_things(things.said(lines), "要的东西").value == lines


def test_limits_of_lines_are_the_forms():
    assert (things.MOST_LINES, things.MOST_QUANTITY) == (forms.MOST_LINES, forms.MOST_QUANTITY)


PARSERS = {
    "money": lambda text: parse_money(text, "万元", "金额"), "count": lambda text: parse_count(text, "人数", "人"),
    "people": lambda text: parse_people(text, "受益"), "year": lambda text: parse_year(text, "年度"),
    "years": lambda text: parse_years(text, "年度"), "day": lambda text: parse_day(text, "日期"),
    "moment": lambda text: parse_moment(text, "截止"), "period": lambda text: parse_period(text, "期限"),
    "category": lambda text: parse_category(text, CONTEXT.categories, "领域"),
    "township": lambda text: parse_township(text, TOWNSHIPS, PARENTS, "乡镇"),
    "place": lambda text: parse_place(text, TOWNSHIPS, PARENTS, "地点"),
    "areas": lambda text: parse_areas(text, AREAS, "区域"), "phone": lambda text: parse_phones(text, "电话"),
    "contact": lambda text: parse_contact(text, "联系人"), "rating": lambda text: parse_rating(text, "等级"),
    "code": lambda text: parse_code(text, "代码"), "things": lambda text: things.parse_things(text, "要的东西"),
}
TYPED = st.one_of(st.text(), st.text("0123456789.,-/年月日至—万元千百十一二三户人台×；、 约0E+()（）", max_size=30))


@pytest.mark.parametrize("name", PARSERS)
@given(text=TYPED)
def test_any_text_gives_a_value_or_a_sentence(name, text):
    sentence = told(Doubt, PARSERS[name], text)
    assert not sentence or len(sentence) > 6
