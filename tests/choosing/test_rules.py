"""Who may move a call and a reply where. The tables were written from the domain, not from rules.py."""

import datetime as dt
import itertools
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.choosing import rules
from matchplatform.core.clock import SHANGHAI
from tests.factories import PEOPLE

COUNTY = {"county_officer", "second_county_officer"}
OWN = {"organization_member"}

REPLY_TABLE = {
    ("send", "draft"): ("sent", OWN), ("send", "sent"): ("sent", OWN),
    ("resume", "withdrawn"): ("draft", OWN),
    ("withdraw", "sent"): ("withdrawn", OWN), ("withdraw", "faulty"): ("withdrawn", OWN),
    ("withdraw", "shortlisted"): ("withdrawn", OWN),
    ("fault", "sent"): ("faulty", COUNTY), ("mend", "faulty"): ("sent", OWN),
    ("shortlist", "sent"): ("shortlisted", COUNTY), ("unlist", "shortlisted"): ("sent", COUNTY),
    # the two ends of a choice, which nobody has a button for
    ("choose", "sent"): ("chosen", set()), ("choose", "shortlisted"): ("chosen", set()),
    ("pass_over", "sent"): ("not_chosen", set()), ("pass_over", "faulty"): ("not_chosen", set()),
    ("pass_over", "shortlisted"): ("not_chosen", set()),
}
REPLY_STATES = ("draft", "sent", "faulty", "shortlisted", "chosen", "not_chosen", "withdrawn")
REPLY_VERBS = ("send", "resume", "withdraw", "fault", "mend", "shortlist", "unlist", "choose", "pass_over")
CALL_TABLE = {("open", "open"): ("reviewing", COUNTY), ("decide", "reviewing"): ("decided", COUNTY),
              ("end", "open"): ("ended", COUNTY), ("end", "reviewing"): ("ended", COUNTY)}
CALL_STATES, CALL_VERBS = ("open", "reviewing", "decided", "ended"), ("open", "decide", "end")


def person(name):
    role, _shown, scope = PEOPLE[name]
    organization = {"first": 1, "second": 2}.get(scope.get("organization"))
    return SimpleNamespace(role=role, county_code=scope.get("county_code"), organization_id=organization,
                           member_role="owner" if organization else None)


CALL = SimpleNamespace(county_code="420921")
REPLY = SimpleNamespace(organization_id=1)


@pytest.mark.parametrize(("name", "verb", "state"), [*itertools.product(PEOPLE, REPLY_VERBS, REPLY_STATES)])
def test_who_moves_a_reply(name, verb, state):
    target, who = REPLY_TABLE.get((verb, state), (None, set()))
    mine = rules.reply_parties(person(name), REPLY, CALL)
    assert bool(rules.LIFECYCLE.verdict(verb, state, mine, "写明理由")) is (name in who)
    row = rules.LIFECYCLE.find(verb, state)
    assert (row.target if row else None) == target


@pytest.mark.parametrize(("name", "verb", "state"), [*itertools.product(PEOPLE, CALL_VERBS, CALL_STATES)])
def test_who_moves_a_call(name, verb, state):
    target, who = CALL_TABLE.get((verb, state), (None, set()))
    mine = rules.call_parties(person(name), CALL)
    assert bool(rules.CALL_LIFECYCLE.verdict(verb, state, mine, "写明理由")) is (name in who)
    row = rules.CALL_LIFECYCLE.find(verb, state)
    assert (row.target if row else None) == target


def test_nothing_is_missing_from_the_tables():
    assert {(row.verb, row.source) for row in rules.LIFECYCLE.table} == set(REPLY_TABLE)
    assert {(row.verb, row.source) for row in rules.CALL_LIFECYCLE.table} == set(CALL_TABLE)
    assert rules.STATES.values == REPLY_STATES


def test_a_reader_of_the_organization_moves_nothing():
    reader = SimpleNamespace(**{**vars(person("organization_member")), "member_role": "reader"})
    assert rules.reply_parties(reader, REPLY, CALL) == set()


@given(st.lists(st.integers(1, 100), min_size=1, max_size=12))
def test_weights_make_a_hundred(weights):
    criteria = [(f"第{n}项", weight) for n, weight in enumerate(weights)]
    assert bool(rules.items_verdict([], criteria)) is (sum(weights) == 100)


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(0, 100)), min_size=1, max_size=6))
def test_the_total_lies_between_the_worst_and_the_best(rows):
    whole = sum(weight for weight, _ in rows)
    items = [SimpleNamespace(item=SimpleNamespace(kind="criterion", weight=100 * weight / whole), points=points)
             for weight, points in rows]
    total = rules.weighted_total(items)
    assert min(points for _, points in rows) - 0.1 <= total <= max(points for _, points in rows) + 0.1


def test_a_total_waits_for_every_criterion():
    def item(points, weight=50):
        return SimpleNamespace(item=SimpleNamespace(kind="criterion", weight=weight), points=points)

    assert rules.weighted_total([item(80), item(None)]) is None
    assert rules.weighted_total([item(80), item(0)]) == 40.0


@pytest.mark.parametrize("points", [-1, 101])
def test_points_outside_the_scale(points):
    assert not rules.points_verdict(points)
    assert rules.points_verdict(0)
    assert rules.points_verdict(100)


@pytest.mark.parametrize(("weekday", "county", "city"), [
    (dt.date(2026, 12, 4), dt.date(2026, 12, 11), dt.date(2026, 12, 16)),   # a Friday
    (dt.date(2026, 12, 5), dt.date(2026, 12, 11), dt.date(2026, 12, 16)),   # a Saturday counts from Monday
    (dt.date(2026, 12, 7), dt.date(2026, 12, 14), dt.date(2026, 12, 17)),   # a Monday
])
def test_five_working_days_and_three_more(weekday, county, city):
    since = dt.datetime.combine(weekday, dt.time(17, 0), SHANGHAI)
    day = dt.timedelta(days=1)
    assert [rules.step_due(since, one) for one in (county - day, county, city - day, city)] == [
        "", "county", "county", "city"]
