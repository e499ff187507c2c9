"""The unified social credit code: real codes, altered ones, and what the parts mean."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core.uscc import ALPHABET, KINDS, UsccError, body_check_character, make_uscc, parse_uscc
from matchplatform.organizations import rules

pytestmark = pytest.mark.once

CASES = list(csv.DictReader(Path(__file__).with_name("uscc_cases.csv").read_text(encoding="utf-8-sig").splitlines()))
assert len(CASES) == 22

_BODY = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8)
_REGIONS = st.sampled_from(("100000", "420000", "420900", "420921", "429004", "422801"))
CODES = st.builds(make_uscc, st.sampled_from(sorted(KINDS)), _REGIONS, _BODY)


@pytest.mark.parametrize("case", CASES, ids=[case["code"] for case in CASES])
def test_every_collected_code_is_judged_right(case):
    code = case["code"]
    if case["valid"] == "1" and code[:2] in KINDS:
        assert parse_uscc(code).code == code
        assert body_check_character(code[8:16]) == code[16]
        return
    with pytest.raises(UsccError) as caught:
        parse_uscc(code)
    assert caught.value.rule == ("kind" if case["valid"] == "1" else "check")
    if len(code) == 18:
        assert (body_check_character(code[8:16]) == code[16]) == (case["gb11714_valid"] == "1")


@given(CODES)
def test_what_is_made_is_read_back(code):
    found = parse_uscc(code)
    assert (found.code, found.kind, found.authority) == (code, code[:2], code[2:8])


@given(CODES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(code, at, character):
    """Weights are powers of 3 and 31 is prime: no single change leaves the sum as it was."""
    altered = code[:at] + character + code[at + 1:]
    if altered == code:
        return
    with pytest.raises(UsccError):
        parse_uscc(altered)


@given(CODES, st.integers(0, 16))
def test_two_neighbours_changing_places_are_found(code, at):
    altered = code[:at] + code[at + 1] + code[at] + code[at + 2:]
    if altered == code:
        return
    with pytest.raises(UsccError):
        parse_uscc(altered)


@pytest.mark.parametrize("typed", [
    "53100000500021676k", " 5310 0000-5000 2167 6K\n", "５３１０００００５０００２１６７６Ｋ",
    "53100000 5000-21676k　"])
def test_blanks_hyphens_case_and_width_are_forgiven(typed):
    assert parse_uscc(typed).code == "53100000500021676K"


@pytest.mark.parametrize(("typed", "rule", "said"), [
    ("5342000050002167", "length", "现在是 16 位"), ("", "length", "18 位"),
    ("5342000050002I676K", "letters", "“I”"), ("53420000500021676O", "letters", "“O”"),
    ("91350100M000100Y43", "kind", "企业"), ("12440300455752807L", "kind", "机关或事业单位"),
    ("53042000500021676K", "region", "行政区划代码"), ("=1+2" * 4 + "XY", "letters", "不会有")])
def test_the_rule_that_failed_is_named(typed, rule, said):
    with pytest.raises(UsccError) as caught:
        parse_uscc(typed)
    assert caught.value.rule == rule
    assert said in str(caught.value)


def test_a_wrong_inner_check_with_a_right_outer_one_is_found():
    from matchplatform.core.uscc import check_character

    first17 = "5342000050002167" + ("1" if body_check_character("50002167") != "1" else "2")
    with pytest.raises(UsccError) as caught:
        parse_uscc(first17 + check_character(first17))
    assert caught.value.rule == "body_check"


@pytest.mark.parametrize(("authority", "level"), [
    ("100000", "nation"), ("420000", "province"), ("420900", "city"), ("422800", "city"), ("420921", "county"),
    ("429004", "county"), ("420102", "county")])
def test_the_authority_gives_the_registration_level(authority, level):
    assert parse_uscc(make_uscc("52", authority, "50002167")).level == level


@pytest.mark.parametrize(("authority", "taken"), [
    ("100000", True), ("420000", True), ("429021", True), ("310000", False), ("440300", False)])
def test_another_provinces_organization_never_passes_for_one_of_ours(authority, taken):
    verdict = rules.authority_verdict(authority)
    assert bool(verdict) is taken
    assert taken or (verdict.reason and verdict.remedy)
