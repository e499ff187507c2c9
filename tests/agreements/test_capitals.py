"""Amounts in capitals: what a clerk writes, and that each can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core.capitals import in_capitals
from matchplatform.core.money import MAX_FEN

pytestmark = pytest.mark.once

_DIGITS = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PLACES = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(text):
    """分 of an amount in capitals, by another way: place by place."""
    whole, small = text.split("元") if "元" in text else ("", text)
    total = section = digit = 0
    for c in whole:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _PLACES:
            section, digit = section + digit * _PLACES[c], 0
        elif c == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        else:
            total, section, digit = total + (section + digit) * 10 ** 8, 0, 0
    fen, digit = (total + section + digit) * 100, 0
    for c in small.removesuffix("整"):
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            fen += digit * (10 if c == "角" else 1)
    return fen


@pytest.mark.parametrize(("fen", "written"), [
    (0, "零元整"), (5, "伍分"), (50, "伍角整"), (100, "壹元整"), (105, "壹元零伍分"), (120, "壹元贰角整"),
    (32_504, "叁佰贰拾伍元零肆分"), (168_032, "壹仟陆佰捌拾元叁角贰分"), (1_000_000, "壹万元整"),
    (1_640_902, "壹万陆仟肆佰零玖元零贰分"), (3_840_000, "叁万捌仟肆佰元整"), (10_700_053, "壹拾万柒仟元伍角叁分"),
    (100_050_000, "壹佰万零伍佰元整"), (1_000_000_100, "壹仟万零壹元整"), (100_000_000_000, "壹拾亿元整"),
    (10_000_000_100, "壹亿零壹元整"), (60_010_001, "陆拾万零壹佰元零壹分")])
def test_as_a_clerk_writes_it(fen, written):
    assert in_capitals(fen) == written


@given(st.integers(min_value=0, max_value=10 * MAX_FEN))
def test_every_amount_can_be_read_back_and_has_no_doubled_zero(fen):
    written = in_capitals(fen)
    assert read_back(written) == fen
    assert "零零" not in written
    assert written.endswith("整") == (fen % 10 == 0)
    assert not written.startswith("零") or fen == 0


@pytest.mark.parametrize("fen", [-1, 10 ** 14])
def test_what_no_agreement_is_about_is_an_error(fen):
    with pytest.raises(ValueError, match="agreement"):
        in_capitals(fen)
