"""Who sees which needs, and how the lists are narrowed, counted and ordered."""

import datetime as dt

import pytest

from matchplatform.catalog.queries import townships
from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import NotFound
from matchplatform.extensions import db
from matchplatform.needs import filters, queries, rules
from matchplatform.needs.filters import DeskFilter, NeedFilter
from matchplatform.needs.list_queries import NeedDesk, NeedList
from tests import factories
from tests.web.pages import statements

PUBLIC = set(rules.PUBLIC)
STATES = PUBLIC | {"draft", "submitted", "returned", "withdrawn"}


@pytest.fixture
def everything(people):
    """A need of every state in the county, in its township, and in another county."""
    rows = {}
    for state in STATES:
        rows[state] = factories.make_need(status=state)
        rows[state, "township"] = factories.make_need(status=state,
                                                      township_code=people.township_officer.township_code)
        rows[state, "other"] = factories.make_need(status=state, county=factories.OTHER_COUNTY,
                                                   author="other_county_officer", releaser="province_officer")
    return rows


def sees(actor, wanted=None):
    return {need.code for need in NeedDesk(actor, wanted or DeskFilter()).page(100).items}


def test_each_desk_has_its_own_reach(people, everything):
    county = {everything[state].code for state in STATES} | {everything[state, "township"].code for state in STATES}
    other = {everything[state, "other"].code for state in STATES}
    township = {everything[state, "township"].code for state in STATES}

    def of(states):
        return {need.code for key, need in everything.items()
                if (key if isinstance(key, str) else key[0]) in states}

    assert sees(people.county_officer) == sees(people.second_county_officer) == county
    assert sees(people.other_county_officer) == other
    assert sees(people.township_officer) == township
    assert sees(people.city_officer) == of(PUBLIC) & county
    assert sees(people.province_officer) == of(PUBLIC | {"submitted"})
    for name in ("organization_member", "system_admin", "security_admin", "auditor"):
        assert sees(getattr(people, name)) == set()


def test_a_foreign_draft_does_not_exist(people, everything):
    for state in STATES:
        code = everything[state, "other"].code
        for name in ("county_officer", "township_officer", "city_officer", "organization_member"):
            if state in PUBLIC:
                assert queries.desk_need(getattr(people, name), code).code == code
            else:
                with pytest.raises(NotFound):
                    queries.desk_need(getattr(people, name), code)
            with pytest.raises(NotFound):
                queries.own_need(getattr(people, name), code)
        if state in PUBLIC:
            assert queries.public_need(code).code == code
        else:
            with pytest.raises(NotFound):
                queries.public_need(code)
    with pytest.raises(NotFound):
        queries.need_by_code("XQ420921-2020-999")


def test_the_library_shows_released_needs_only(people, everything):
    page = NeedList(NeedFilter()).page(100)
    assert {need.status for need in page.items} == PUBLIC
    assert {need.id for need in queries.need_texts()} == {need.id for need in page.items}


def test_what_can_be_ordered_against_is_open(people, everything):
    late = factories.make_need(closing_at=now() - dt.timedelta(seconds=1))
    rows = queries.open_needs_of(factories.COUNTY)
    assert {need.status for need in rows} == {"published"}
    assert late not in rows
    assert all(need.county_code == factories.COUNTY for need in rows)


def test_shown_states_follow_the_clock(people):
    need = factories.make_need()
    for moment, state in ((need.closing_at, "open"), (need.closing_at + dt.timedelta(seconds=1), "expired")):
        with frozen(moment):
            for one in ("open", "expired"):
                found = NeedList(NeedFilter(state=(one,))).page().items
                assert (need in found) == (one == state), (moment, one)
            counts = NeedDesk(people.county_officer, DeskFilter()).state_counts()
            assert counts == {"published" if state == "open" else "expired": 1}


def test_search_gives_the_order_and_the_code_finds_its_need(people):
    rows = [factories.make_need(title=f"第{n}件") for n in range(4)]
    draft = factories.make_need(status="draft")
    ids = [rows[2].id, draft.id, 99_999, rows[0].id]
    page = NeedList(NeedFilter(q="老人"), ids).page()
    assert [need.id for need in page.items] == [rows[2].id, rows[0].id]
    assert page.total == 2
    assert NeedList(NeedFilter(q="老人", sort="newest"), ids).page().total == 2
    assert NeedList(NeedFilter(q=rows[3].code.lower()), []).page().items == [rows[3]]
    second = NeedList(NeedFilter(q="老人", page=2), ids).page(1)
    assert ([need.id for need in second.items], second.page, second.pages) == ([rows[0].id], 2, 2)
    assert NeedList(NeedFilter(q="没有"), []).page().items == []


def test_a_hit_far_down_the_search_is_found_too(people):
    need = factories.make_need()
    assert NeedList(NeedFilter(q="x"), [*range(10_000, 14_000), need.id]).page().items == [need]


def test_the_order_by_relevance_is_only_there_with_words():
    assert NeedFilter(sort="best").sort == "newest"
    assert NeedFilter(q="灶台").sort == "best"
    assert NeedFilter(q="灶台", sort="gap").sort == "gap"
    assert NeedFilter(sort="'; drop table").sort == "newest"


def test_filters_narrow_and_orders_order(people):
    a = factories.make_need(category_code="health", aid_mode="both", urgency="urgent", funds_gap_fen=500,
                            beneficiaries=10, closing_at=now() + dt.timedelta(days=2))
    b = factories.make_need(county=factories.OTHER_COUNTY, funds_gap_fen=900, beneficiaries=5,
                            closing_at=now() + dt.timedelta(days=9))
    c = factories.make_need(county=factories.PLAIN_COUNTY, status="closed", funds_gap_fen=100, beneficiaries=90)

    def found(**wanted):
        return NeedList(NeedFilter(**wanted)).page().items

    assert found(category=("health",)) == [a]
    assert found(aid_mode=("both",)) == found(urgency=("urgent",)) == [a]
    assert found(city="422800") == found(county=factories.OTHER_COUNTY) == [b]
    assert set(found(key=True)) == {a, b}
    assert found(state=("closed",)) == [c]
    assert found(category=("health",), city="422800") == []
    assert found(sort="gap") == [b, a, c]
    assert found(sort="people") == [c, a, b]
    assert found(sort="closing") == [a, b, c]
    assert found(city="nowhere") == found(state=("nonsense",)) == []


def options(wanted, key, ids=None):
    group = next(one for one in NeedList(wanted, ids).facets() if one.key == key)
    return {one.value: one.count for one in group.options if one.count}


def test_counts_ignore_their_own_group(people):
    factories.make_need(category_code="health")
    factories.make_need(category_code="education", urgency="urgent")
    factories.make_need(category_code="health", county=factories.OTHER_COUNTY)
    wanted = NeedFilter(category=("health",))
    assert options(wanted, "category") == {"health": 2, "education": 1}
    assert options(wanted, "city") == {"420900": 1, "422800": 1}
    assert options(wanted, "urgency") == {"normal": 2}
    inside = NeedFilter(category=("health",), city="420900", county="420921")
    assert options(inside, "city") == {"420900": 1, "422800": 1}
    assert options(inside, "county") == {"420921": 1}
    assert options(inside, "category") == {"health": 1, "education": 1}
    assert options(wanted, "state") == {"open": 2}
    assert options(wanted, "key") == {"1": 2}
    chosen = next(one for one in NeedList(wanted).facets() if one.key == "category").chosen
    assert [one.value for one in chosen] == ["health"]


def test_facets_of_a_search_count_its_hits(people):
    rows = [factories.make_need() for _ in range(3)]
    assert options(NeedFilter(q="老人"), "category", [rows[0].id, rows[1].id]) == {"elderly_care": 2}


def test_the_desks_filters(people):
    place = townships(factories.COUNTY)[1].code
    a = factories.make_need(title="灶台 100% 坏了", township_code=place)
    b = factories.make_need(status="draft", category_code="health", village="李家湾")
    actor = people.county_officer
    assert sees(actor, DeskFilter(q="100%")) == {a.code}
    assert sees(actor, DeskFilter(q="李家湾")) == sees(actor, DeskFilter(category=("health",))) == {b.code}
    assert sees(actor, DeskFilter(q=b.code.lower())) == {b.code}
    assert sees(actor, DeskFilter(township=place)) == {a.code}
    assert sees(actor, DeskFilter(state=("draft",))) == {b.code}
    assert sees(people.province_officer, DeskFilter(city="420900")) == {a.code}
    assert sees(people.province_officer, DeskFilter(city="420900", county="420922")) == set()
    assert sees(actor, DeskFilter(sort="nonsense", page=99)) == {a.code, b.code}
    assert NeedDesk(actor, DeskFilter(state=("draft",))).state_counts() == {"draft": 1, "published": 1}


def test_facets_take_a_fixed_number_of_statements(people):
    factories.make_need()
    wanted = NeedFilter(city="420900")
    NeedList(wanted).facets()
    few = statements(lambda: NeedList(wanted).facets())
    for n in range(8):
        factories.make_need(county=("420921", "420922", "422801")[n % 3], category_code=("health", "education")[n % 2])
    db.session.commit()
    NeedList(wanted).facets()
    assert statements(lambda: NeedList(wanted).facets()) <= few <= 8


@pytest.mark.parametrize(("client", "path"), [
    ("as_county_officer", "/desk/needs"), ("as_province_officer", "/desk/needs?city=420900"),
    ("as_township_officer", "/desk/needs"), ("as_city_officer", "/desk/needs")])
def test_statements_of_the_list_do_not_grow_with_rows(request, people, client, path):
    browser = request.getfixturevalue(client)
    codes = [one.code for one in townships(factories.COUNTY)[:6]]

    def fill(count):
        for n in range(count):
            factories.make_need(township_code=people.township_officer.township_code if n % 2 else codes[n % 6])
        db.session.commit()

    def read():
        assert browser.get(path).status_code == 200

    fill(3)
    read()
    few = statements(read)
    fill(12)
    read()
    assert statements(read) <= few


def test_every_shown_state_has_a_word():
    assert [one.value for one in filters.SHOWN] == ["open", "expired", "matched", "fulfilled", "closed",
                                                       "unsuccessful"]
    assert {one.value for one in filters.DESK_STATES} == {*rules.STATES.values, "expired"}
