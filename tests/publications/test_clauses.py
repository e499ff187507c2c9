"""Clauses are recognised, named by their own numbers, and no character of the text is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.publications.clauses import clause, clauses, contents, numeral, parse

pytestmark = pytest.mark.once

PLAN = """二、要办的几件事
(三)农村的事
7.建一个平台，把需求和供给放在一起。
8、建两个项目库。
（1）需求归农业农村部门；
9．结对帮扶。
三、怎样保证
（一）加强组织。各地要当成一件大事。"""
LAW = """第一章 总则
第一条 各级都要办。
第二条　分两步：
（一）先摸底；
（二）再公布。
第二条之一 外地的照办。
第二章 附则
第三条：自公布之日起实施。"""
DIGITS = "零一二三四五六七八九"


def spoken(number):
    """A number below 1,000 as people write it."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    said = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{DIGITS[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (DIGITS[ones] if ones or not number else "")


def test_numbered_headings_items_and_points():
    found = {one.anchor: (one.path, one.label) for one in clauses(parse(PLAN))}
    assert found == {
        "bufen-2": ("二", "二、"), "bufen-2-xiang-3": ("二(三)", "(三)"),
        "bufen-2-xiang-3-mu-7": ("二(三)7", "7."), "bufen-2-xiang-3-mu-8": ("二(三)8", "8、"),
        "bufen-2-xiang-3-mu-8-dian-1": ("二(三)8（1）", "（1）"), "bufen-2-xiang-3-mu-9": ("二(三)9", "9．"),
        "bufen-3": ("三", "三、"), "bufen-3-xiang-1": ("三（一）", "（一）")}


def test_articles_count_through_the_chapters():
    found = {one.anchor: one.path for one in clauses(parse(LAW))}
    assert found == {
        "zhang-1": "", "tiao-1": "第一条", "tiao-2": "第二条", "tiao-2-xiang-1": "第二条（一）",
        "tiao-2-xiang-2": "第二条（二）", "tiao-2-zhi-1": "第二条之一", "zhang-2": "", "tiao-3": "第三条"} | {
        "zhang-1": "第一章", "zhang-2": "第二章"}
    assert clause(LAW, "tiao-3").text == "自公布之日起实施。"
    assert clause(LAW, "tiao-9") is None
    assert clause(LAW, "") is None


@pytest.mark.parametrize("line", [
    "第三条的规定不变。", "第三条、第四条照旧。", "1.5万元以内", "2026年起", "（三个月内）办完", "十、", "第条 空的",
    "一般情况下", "12345.长号"])
def test_what_only_looks_like_a_clause(line):
    block = parse(line)[0]
    assert block.anchor == "" or line == "十、"


@pytest.mark.parametrize(("line", "is_heading"), [
    ("一、总体要求", True), ("（一）加强组织。各地要办。", False), ("第一章 总则", True), ("第一条 总则", False),
    ("（一）先摸底；", False), ("1.建一个平台", False)])
def test_a_heading_is_no_sentence(line, is_heading):
    assert parse(line)[0].is_heading is is_heading


@given(st.integers(1, 999))
def test_numerals_both_ways(number):
    assert numeral(spoken(number)) == numeral(str(number)) == number


@pytest.mark.parametrize(("text", "number"), [
    ("二〇二六", 2026), ("一千零一", 1001), ("两", 2), ("十", 10), ("１２", 12), ("百十千", None), ("", None),
    ("甲", None), ("〇一二三四五", None)])
def test_numerals_of_other_kinds(text, number):
    assert numeral(text) == number


LINES = st.one_of(
    st.text(alphabet="第条章一二十〇百、（）()1234567890．. 之的；。老年食堂\u3000", max_size=14),
    st.builds("第{}条 {}".format, st.integers(1, 40).map(spoken), st.text("甲乙丙。；", max_size=6)),
    st.builds("{}、{}".format, st.integers(1, 20).map(spoken), st.text("甲乙丙。；", max_size=6)),
    st.builds("（{}）{}".format, st.integers(1, 20).map(spoken), st.text("甲乙丙。；", max_size=6)),
    st.builds("{}.{}".format, st.integers(1, 99), st.text("甲乙丙。；", max_size=6)))


@given(st.lists(LINES, max_size=30))
def test_no_character_is_lost_and_every_anchor_is_one_and_safe(lines):
    blocks = parse("\n".join(lines))
    squeezed = lambda text: re.sub(r"[\s\u3000:：]", "", text)  # noqa: E731
    assert squeezed("".join(one.label + one.text for one in blocks)) == squeezed("".join(lines))
    anchors = [one.anchor for one in clauses(blocks)]
    assert len(anchors) == len(set(anchors))
    assert all(re.fullmatch(r"[a-z]+(-{1,2}[a-z0-9]+)*", one) and len(one) <= 80 for one in anchors)
    assert all(one.path and one.label for one in clauses(blocks))


@given(st.lists(LINES, min_size=1, max_size=15), st.text("甲乙丙。", min_size=1, max_size=8))
def test_a_paragraph_more_moves_no_anchor(lines, extra):
    before = [one.anchor for one in clauses(parse("\n".join(lines)))]
    assert [one.anchor for one in clauses(parse("\n".join([extra, *lines, extra])))] == before


@given(st.lists(LINES, max_size=40), st.integers(1, 20))
def test_a_table_of_contents_is_no_longer_than_asked(lines, most):
    blocks = parse("\n".join(lines))
    listed = contents(blocks, most) if clauses(blocks) else []
    assert len(listed) <= most
    assert bool(listed) == bool(clauses(blocks))
