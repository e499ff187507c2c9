"""Money as people write it, in 分, and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core.money import (
    FEN_PER_WAN,
    FEN_PER_YUAN,
    MAX_FEN,
    chinese_number,
    exact_wan,
    in_wan,
    in_yuan,
    parse_wan,
    parse_yuan,
)

pytestmark = pytest.mark.once


def outcome(parse, text):
    """The amount, or the sentence that refuses it."""
    try:
        return parse(text)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(("typed", "fen"), [
    ("12.5", 12_500_000), (" 1,200 ", 1_200_000_000), ("12.5万", 12_500_000), ("12.5 万元", 12_500_000),
    ("１２．５", 12_500_000), ("0", 0), ("0.000001", 1), (".5", 500_000), ("+3", 3_000_000), ("100000", MAX_FEN),
    ("￥3", 3_000_000)])
def test_wan_as_typed(typed, fen):
    assert parse_wan(typed) == fen


@pytest.mark.parametrize(("typed", "said"), [
    ("十万", "请写成 10。"), ("十万零一千", "请写成 10.1。"), ("38000元", "请写成 3.8。"), ("-1", "不能是负数"),
    ("1e309", "要填数字"), ("inf", "要填数字"), ("NaN", "要填数字"), ("", "要填数字"), ("0.0000001", "1 分钱"),
    ("100000.01", "太大了"), ("9" * 400, "要填数字"), ("9" * 30, "太大了"), ("=1+1", "要填数字"), ("1.2.3", "要填数字"),
    ("约 5", "要填数字")])
def test_wan_is_refused_with_the_cure(typed, said):
    with pytest.raises(ValueError) as caught:
        parse_wan(typed, "资金缺口")
    assert said in str(caught.value)
    assert "资金缺口" in str(caught.value)


@pytest.mark.parametrize(("typed", "fen"), [("3800", 380_000), ("0.01", 1), ("3,800.50元", 380_050)])
def test_yuan_as_typed(typed, fen):
    assert parse_yuan(typed) == fen


def test_wan_in_a_field_of_yuan_comes_back_with_its_value():
    with pytest.raises(ValueError, match="请写成 38000"):
        parse_yuan("3.8万元")


@given(st.integers(0, MAX_FEN // 100))
def test_what_is_shown_in_wan_is_read_back(hundred_fen):
    fen = hundred_fen * 100  # shown to four decimals of 万元: one 元
    assert parse_wan(in_wan(fen)) == fen


@given(st.integers(0, MAX_FEN))
def test_what_is_shown_in_yuan_is_read_back(fen):
    assert parse_yuan(in_yuan(fen)) == fen


@given(st.decimals(0, 1000, places=6))
def test_no_fen_is_lost_or_won(amount):
    assert parse_wan(f"{amount:f}") == int(amount * FEN_PER_WAN)
    assert FEN_PER_WAN == 10_000 * FEN_PER_YUAN


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_sentence(text):
    for parse in (parse_wan, parse_yuan):
        answer = outcome(parse, text)
        assert answer.endswith("。") if isinstance(answer, str) else 0 <= answer <= MAX_FEN


@pytest.mark.parametrize(("text", "number"), [
    ("十", 10), ("二十五", 25), ("一百零八", 108), ("三千元", 3000), ("两万", 20_000), ("一亿零五", 100_000_005),
    ("十万零一千", 101_000), ("壹佰元整", 100), ("〇", 0)])
def test_chinese_numerals(text, number):
    assert chinese_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "元", "12", "十二个", "abc"])
def test_what_is_no_chinese_numeral(text):
    assert chinese_number(text) is None


def test_nothing_is_shown_as_a_dash():
    assert (in_wan(None), in_yuan(None), in_wan(12_863_000_000), in_wan(0)) == ("—", "—", "12,863", "0")


@given(st.integers(0, MAX_FEN))
def test_what_stands_in_a_box_is_read_back_to_the_fen(fen):
    assert parse_wan(exact_wan(fen)) == fen
