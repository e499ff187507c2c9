"""Telephone numbers: stored form, what is refused with which cure, and the mask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core.phone import masked, parse_phone

pytestmark = pytest.mark.once


def outcome(text):
    """The stored form, or the sentence that refuses it."""
    try:
        return parse_phone(text)
    except ValueError as error:
        return str(error)


MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LANDLINES = st.from_regex(r"0[0-9]{2,3}-[0-9]{7,8}(-[0-9]{1,5})?", fullmatch=True)


@pytest.mark.parametrize(("typed", "stored"), [
    ("138 7123 4567", "13871234567"), ("138-7123-4567", "13871234567"), ("+86 13871234567", "13871234567"),
    ("86-13871234567", "13871234567"), ("１３８７１２３４５６７", "13871234567"), ("0712-4712306", "0712-4712306"),
    ("（0712）4712306", "0712-4712306"), ("027-87654321-102", "027-87654321-102")])
def test_the_stored_form(typed, stored):
    assert parse_phone(typed) == stored


@pytest.mark.parametrize(("typed", "said"), [
    ("1387123456", "现在是 10 位"), ("138712345678", "现在是 12 位"), ("4712306", "加区号"),
    ("12345678", "现在是 8 位"), ("1387123٤٥٦٧", "手机号"),
    ("", "11 位手机号"), ("电话", "11 位手机号"), ("=13871234567", "11 位手机号"), ("22871234567", "11 位手机号"),
    ("13871234567 或 13871234568", "现在是 22 位")])
def test_refused_with_the_cure(typed, said):
    with pytest.raises(ValueError, match=said):
        parse_phone(typed)


@given(MOBILES | LANDLINES)
def test_the_stored_form_is_stable(number):
    assert parse_phone(parse_phone(number)) == parse_phone(number)


@given(MOBILES)
def test_a_mask_hides_four_of_a_mobiles_digits(number):
    assert masked(number) == f"{number[:3]}****{number[7:]}"


@given(LANDLINES)
def test_a_mask_hides_most_of_a_landline(number):
    shown = masked(number)
    assert "****" in shown
    assert number not in shown
    assert sum(c.isdigit() for c in shown) <= 7


@pytest.mark.parametrize(("number", "shown"), [
    ("13871236021", "138****6021"), ("0712-4712306", "0712-47****6"), (None, "未填"), ("", "未填"), ("12345", "****")])
def test_masks(number, shown):
    assert masked(number) == shown


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_sentence(text):
    answer = outcome(text)
    assert answer.endswith("。") or (answer.isascii() and answer.replace("-", "").isdigit())
