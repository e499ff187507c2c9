"""Who sees which offerings, and how the lists are narrowed, counted and ordered."""

import datetime as dt

import pytest

from matchplatform.core.clock import today
from matchplatform.core.errors import NotFound
from matchplatform.extensions import db
from matchplatform.offerings import filters, queries, rules
from matchplatform.offerings.filters import DeskFilter, OfferingFilter
from matchplatform.offerings.list_queries import OfferingDesk, OfferingList
from tests import factories
from tests.web.pages import statements

STATES = ("draft", "published", "paused", "withdrawn")


def make(**changes):
    return factories.make_offering(changes.pop("organization", None) or factories.first_organization(), **changes)


def found(**wanted):
    return OfferingList(OfferingFilter(**wanted)).page().items


def sees(actor, wanted=None):
    return {one.code for one in OfferingDesk(actor, wanted or DeskFilter()).page(100).items}


def test_each_desk_has_its_own_reach(people):
    own = {state: make(status=state).code for state in STATES}
    second = db.session.get(factories.Organization, people.other_organization_member.organization_id)
    other = {state: make(organization=second, status=state).code for state in STATES}
    assert sees(people.organization_member) == set(own.values())
    assert sees(people.other_organization_member) == set(other.values())
    overseen = {rows[state] for rows in (own, other) for state in STATES if state != "draft"}
    assert sees(people.province_officer) == overseen
    for name in ("county_officer", "township_officer", "city_officer", "auditor"):
        assert sees(getattr(people, name)) == set()


def test_a_foreign_or_paused_offering_does_not_exist(people):
    stranger = people.other_organization_member
    for state in STATES:
        code, public = make(status=state).code, state == "published"
        for look in (lambda one: queries.desk_offering(stranger, one), queries.public_offering,
                     lambda one: queries.desk_offering(people.county_officer, one)):
            if public:
                assert look(code).code == code
            else:
                with pytest.raises(NotFound):
                    look(code)
        with pytest.raises(NotFound):
            queries.own_offering(stranger, code)
        assert queries.own_offering(people.organization_member, code).code == code
        assert queries.offering_by_code(code).code == code


def test_the_library_shows_what_is_up_also_full_and_run_out(people):
    open_one, full = make(), make(capacity=1, capacity_taken=1)
    late = make(ends_on=today() - dt.timedelta(days=1))
    for state in STATES:
        make(status=state) if state != "published" else None
    assert set(found()) == {open_one, full, late}
    assert (found(state=("open",)), found(state=("full",)), found(state=("expired",))) == ([open_one], [full], [late])
    assert {one.id for one in queries.offering_texts()} == {open_one.id, full.id, late.id}
    assert set(queries.open_offerings_of(open_one.organization_id)) == {open_one, full, late}
    last_day = make(ends_on=today())
    assert last_day in found(state=("open",))


def test_a_place_is_served_through_its_county_its_city_or_the_province(people):
    county, city = make(areas=("420921",)), make(areas=("420900",))
    province, far = make(areas=("420000",)), make(areas=("422801", "420922"))
    assert set(found(county="420921")) == {county, city, province}
    assert set(found(city="420900")) == {county, city, province, far}
    assert set(found(county="420922")) == {city, province, far}
    assert set(found(city="422800")) == {province, far}
    assert len(found(county="nonsense")) == 4


def test_filters_narrow_and_orders_order(people):
    fresh = factories.make_organization(rating="5A")
    worn = factories.make_organization(rating="5A", rating_ends_on=today() - dt.timedelta(days=1))
    a = make(organization=fresh, category_code="health", cost_model="low", capacity=9, funds_fen=0, in_kind_fen=1,
             ends_on=today() + dt.timedelta(days=9))
    b = make(organization=worn, capacity=5, funds_fen=500, in_kind_fen=0, ends_on=today() + dt.timedelta(days=3))
    assert found(category=("health",)) == found(cost_model=("low",)) == found(rating=("5A",)) == [a]
    assert found(rating=("none",)) == [b]
    assert set(found(rating=("5A", "none"))) == {a, b}
    assert found(sort="capacity") == [a, b]
    assert found(sort="support") == [b, a]
    assert found(sort="ending") == [b, a]
    assert found(rating=("4A",)) == []


def test_search_gives_the_order_and_code_or_organization_finds_it_too(people):
    rows = [make(title=f"第{n}项") for n in range(3)]
    other = make(organization=factories.make_organization(name="暖灶慈善基金会（演示）"))
    ids = [rows[2].id, 99_999, rows[0].id]
    page = OfferingList(OfferingFilter(q="灶台"), ids).page()
    assert [one.id for one in page.items] == [rows[2].id, rows[0].id]
    assert OfferingList(OfferingFilter(q=rows[1].code.lower()), []).page().items == [rows[1]]
    assert OfferingList(OfferingFilter(q="暖灶"), []).page().items == [other]
    assert OfferingList(OfferingFilter(q="%"), []).page().items == []


def options(wanted, key):
    group = next(one for one in OfferingList(wanted).facets() if one.key == key)
    return {one.value: one.count for one in group.options if one.count}


def test_counts_ignore_their_own_group(people):
    make(areas=("420921", "420922"))
    make(areas=("420900", "420921"), category_code="health")
    make(areas=("422801",), category_code="health", cost_model="paid")
    wanted = OfferingFilter(category=("health",))
    assert options(wanted, "category") == {"health": 2, "elderly_care": 1}
    assert options(wanted, "city") == {"420900": 1, "422800": 1}
    assert options(wanted, "cost_model") == {"free": 1, "paid": 1}
    inside = OfferingFilter(city="420900", county="420922")
    assert options(inside, "city") == {"420900": 2, "422800": 1}
    assert options(inside, "county")["420921"] == 2
    assert options(inside, "county")["420984"] == 1
    assert options(inside, "category") == {"elderly_care": 1, "health": 1}
    assert options(inside, "rating") == {"4A": 2}
    assert options(inside, "state") == {"open": 2}


def test_the_desks_filters_and_state_counts(people):
    a = make(title="灶台 100% 新", areas=("420921",))
    b = make(status="draft", category_code="health")
    full = make(capacity=1, capacity_taken=1)
    actor = people.organization_member
    assert sees(actor, DeskFilter(q="100%")) == {a.code}
    assert sees(actor, DeskFilter(category=("health",))) == sees(actor, DeskFilter(state=("draft",))) == {b.code}
    assert sees(actor, DeskFilter(county="420984")) == {b.code, full.code}
    assert sees(actor, DeskFilter(state=("full",))) == {full.code}
    assert OfferingDesk(actor, DeskFilter(state=("draft",))).state_counts() == {"published": 1, "draft": 1, "full": 1}
    assert {one.value for one in filters.DESK_STATES} == {*rules.STATES.values, "full", "expired"}


def test_facets_take_a_fixed_number_of_statements(people):
    make()
    wanted = OfferingFilter(city="420900")
    OfferingList(wanted).facets()
    few = statements(lambda: OfferingList(wanted).facets())
    for n in range(8):
        make(organization=factories.make_organization(), areas=(("420000",), ("420900", "422801"))[n % 2])
    db.session.commit()
    OfferingList(wanted).facets()
    assert statements(lambda: OfferingList(wanted).facets()) <= few <= 8


@pytest.mark.parametrize("client", ["as_organization_member", "as_province_officer"])
def test_statements_of_the_list_do_not_grow_with_rows(request, people, client):
    browser = request.getfixturevalue(client)

    def fill(count):
        for n in range(count):
            make(areas=("420921", "422801") if n % 2 else ("420000",))
            make(organization=factories.make_organization())
        db.session.commit()

    def read():
        assert browser.get("/desk/offerings").status_code == 200

    fill(2)
    read()
    few = statements(read)
    fill(6)
    read()
    assert statements(read) <= few
