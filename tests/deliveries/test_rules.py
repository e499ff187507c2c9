"""Who may want what when, when a failed one is tried again, what an address is."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.core.clock import now
from matchplatform.deliveries import rules
from matchplatform.notices.rules import KINDS

# kind -> the ways that may be chosen, from the issue: none, except for what has legal effect
ALLOWED = {"refused": {"at_once"}, "to_do": {"at_once", "daily"}, "told": {"at_once", "daily", "none"},
           "good": {"at_once", "daily", "none"}}


def test_every_kind_has_its_ways_and_a_usual_one():
    assert set(rules.ALLOWED) == set(KINDS.values) == set(ALLOWED)
    for channel in rules.CHANNELS.values:
        for kind, ways in ALLOWED.items():
            assert rules.USUAL[channel][kind] in ways
            for way in (*rules.WAYS.values, "whatever"):
                assert bool(rules.way_verdict(kind, way)) == (way in ways)
                assert rules.way_of(channel, kind, way) == (way if way in ways else rules.USUAL[channel][kind])


def test_it_is_tried_again_later_and_later_and_then_given_up():
    moment, waits = now(), []
    for attempts in range(1, 8):
        following = rules.next_try(attempts, moment)
        waits.append(None if following is None else (following - moment) / dt.timedelta(minutes=1))
    assert waits == [1, 5, 30, 120, 720, None, None]


@pytest.mark.parametrize(("typed", "kept"), [
    ("Li.Wei@Example.ORG", "Li.Wei@example.org"), (" a@b.cn ", "a@b.cn"), ("a＠b.cn", "a@b.cn"), ("a@b。cn", "a@b.cn")])
def test_an_address_as_people_type_it(typed, kept):
    assert rules.parse_mail(typed) == kept


@pytest.mark.parametrize("typed", ["", "a", "a@", "@b.cn", "a@b", "a b@c.cn", "a@b.cn\nBcc: x@y.cn", "a@-b.cn",
                                   "a" * 65 + "@b.cn", "a@" + "b" * 130 + ".cn", "<a@b.cn>", "a@b.cn,c@d.cn"])
def test_what_is_no_address(typed):
    with pytest.raises(ValueError, match="邮箱"):
        rules.parse_mail(typed)


@given(st.text())
def test_a_subject_is_one_line_whatever_it_was(text):
    line = rules.one_line(text)
    assert len(line) <= 150
    assert not {"\n", "\r", "\x0b", "\x85", "\u2028"} & set(line)


def test_a_masked_address_is_not_the_address():
    assert rules.masked("liwei@example.org") == "l***@example.org"
    assert rules.masked("13812340001") == "138****0001"
    assert rules.masked("123") == "****"
