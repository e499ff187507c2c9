"""The libraries' pages: what is typed, what is counted, what stands in the URL, and what a page costs."""

import datetime as dt
import json

import pytest

from matchplatform.catalog.models import Region
from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.matching import finding
from matchplatform.needs.filters import NeedFilter
from matchplatform.offerings.filters import OfferingFilter
from matchplatform.organizations.queries import OrganizationFilter
from matchplatform.web.listing import read_arguments, written
from tests import factories
from tests.web.pages import parsed, statements, words


def hidden(tree, action):
    """Forms of an address -> their hidden fields."""
    elements = [e for e in tree.iter() if isinstance(e.tag, str)]
    return [[(e.get("name"), e.get("value")) for e in form.iter() if e.get("type") == "hidden"]
            for form in elements if form.tag.endswith("}form") and form.get("action") == action]


@pytest.mark.parametrize("typed", ["12", "12万", "１２ 万元", "12.0"])
def test_money_is_understood_as_people_write_it(people, as_visitor, typed):
    large = factories.make_need(funds_gap_fen=12_000_000, title="差十二万")
    factories.make_need(funds_gap_fen=11_990_000, title="差得少些")
    db.session.commit()
    shown = words(as_visitor.get("/needs", query_string={"gap_min": typed}))
    assert "差十二万" in shown
    assert "差得少些" not in shown
    assert "资金缺口至少 12 万元" in shown
    assert finding.all_ids(NeedFilter(gap_min=typed)) == [large.id]


@pytest.mark.parametrize(("name", "typed", "told"), [
    ("gap_min", "很多", "资金缺口至少要填数字，单位万元"), ("gap_max", "十万零一千", "请写成 10.1"),
    ("people", "许多人", "受益至少要填整数"), ("closing_by", "下个月", "截止不晚于：请按“2026年1月5日”"),
    ("from_on", "2026-02-30", "不是日历上有的日子")])
def test_what_is_not_understood_is_told_beside_the_field_and_ignored(people, as_visitor, name, typed, told):
    factories.make_need()
    db.session.commit()
    answer = as_visitor.get("/needs", query_string={name: typed})
    tree, shown = parsed(answer), words(answer)
    field = next(e for e in tree.iter() if isinstance(e.tag, str) and e.get("name") == name)
    assert (field.get("value"), field.get("aria-invalid")) == (typed, "true")
    beside = next(e for e in tree.iter() if isinstance(e.tag, str) and e.get("id") == field.get("aria-describedby"))
    assert told in "".join(beside.itertext())
    assert "有 1 个条件没有用上" in shown
    assert "老人一天只做一顿饭" in shown


def test_two_ends_the_wrong_way_round_are_told(people, as_visitor):
    factories.make_need()
    db.session.commit()
    shown = words(as_visitor.get("/needs?gap_min=20&gap_max=3"))
    assert "最多小于最少，请对调这两个数。" in shown
    assert "老人一天只做一顿饭" in shown
    assert "后一个日期早于前一个" in words(as_visitor.get("/offerings?from_on=2026-05-01&to_on=2026-04-01"))


def test_what_only_those_who_signed_in_may_see_is_not_even_counted_for_others(people, as_visitor, as_county_officer):
    hidden_one = factories.make_need(publicity="signed_in", title="只给登录的人看")
    factories.make_need()
    db.session.commit()
    assert "只给登录的人看" not in words(as_visitor.get("/needs"))
    assert "共 1 条" in words(as_visitor.get("/needs"))
    assert "只给登录的人看" not in words(as_visitor.get(f"/needs?q={hidden_one.code}"))
    assert "只给登录的人看" not in words(as_visitor.get("/needs?publicity=signed_in"))
    assert "只给登录的人看" in words(as_county_officer.get("/needs?publicity=signed_in"))
    assert finding.all_ids(NeedFilter(), None) != finding.all_ids(NeedFilter(), people.county_officer)


def test_needs_with_something_left_to_take_are_told_apart(people):
    def need(committed):
        made = factories.make_need()
        made.lines[0].committed = committed
        db.session.flush()
        return made

    some, whole = need(16), factories.make_need(lines=False)
    taken = need(17)
    found = finding.all_ids(NeedFilter(residual=True))
    assert {some.id, whole.id} <= set(found)
    assert taken.id not in found


def test_closing_soon_counts_only_what_is_still_open(people):
    soon = factories.make_need(closing_at=now() + dt.timedelta(days=6, hours=23))
    factories.make_need(closing_at=now() + dt.timedelta(days=8))
    factories.make_need(closing_at=now() - dt.timedelta(days=1))
    assert finding.all_ids(NeedFilter(closing="7")) == [soon.id]
    group = next(one for one in finding.find_needs(NeedFilter()).facets if one.key == "closing")
    assert {one.value: one.count for one in group.options} == {"7": 1, "30": 2, "90": 2}


def test_the_whole_state_stands_in_every_form_and_every_link(people, as_visitor):
    factories.make_need()
    db.session.commit()
    query = "q=老人&category=elderly_care&key=1&gap_min=2&people=5&view=cards&sort=gap"
    tree = parsed(as_visitor.get(f"/needs?{query}"))
    facets, search, sorting = (dict(fields) for fields in hidden(tree, "/needs"))
    everything = {"q": "老人", "category": "elderly_care", "key": "1", "gap_min": "2", "people": "5", "view": "cards",
                  "sort": "gap"}
    assert facets == {name: everything[name] for name in ("q", "view", "sort")}
    assert search == {name: everything[name] for name in everything if name not in ("q", "sort")}
    assert sorting == {name: everything[name] for name in everything if name != "sort"}


@pytest.mark.parametrize("wanted", [
    NeedFilter(), NeedFilter(q="茶", category=("health", "education"), key=True, gap_min="12万", sort="gap"),
    OfferingFilter(rating=("5A",), free=True, county="420921"), OrganizationFilter(q="暖", city="420900")])
def test_a_filter_written_as_arguments_reads_as_itself(wanted):
    from werkzeug.datastructures import MultiDict

    arguments = written(wanted)
    assert read_arguments(type(wanted), MultiDict((k, v) for k, values in arguments.items() for v in values)) == wanted
    assert written(NeedFilter()) == {}


def test_offerings_stand_on_the_map_where_they_serve(people, as_visitor):
    factories.make_offering(factories.first_organization(), areas=("420900",))
    factories.make_offering(factories.first_organization(), areas=("420921", "422801"))
    db.session.commit()
    answer = as_visitor.get("/offerings?view=map")
    tree = parsed(answer)
    block = next(e for e in tree.iter() if isinstance(e.tag, str) and e.get("id") == "map-data")
    rows = {row["code"]: row["value"] for row in json.loads(block.text)["counties"]}
    assert (rows["420921"], rows["420922"], rows["422801"], rows["420102"]) == (2, 1, 1, 0)
    assert "孝昌县 重点帮扶县 孝感市 2" in words(answer)
    assert json.loads(block.text)["href"].startswith("/offerings?")
    assert "余量 3 / 3 个" in words(as_visitor.get("/offerings?view=cards"))


def test_organizations_are_found_by_what_they_offer_and_where_they_are_registered(people, as_visitor):
    near = factories.make_organization(name="孝感暖灶服务中心", level="city", authority="420900", kind="52")
    far = factories.make_organization(name="恩施养老协会", level="city", authority="422800", kind="51")
    factories.make_offering(near, category_code="health")
    factories.make_offering(far, category_code="health", status="paused")
    db.session.commit()
    assert finding.all_ids(OrganizationFilter(category=("health",))) == [near.id]
    assert finding.all_ids(OrganizationFilter(city="422800")) == [far.id]
    shown = words(as_visitor.get("/organizations?category=health&city=420900"))
    assert near.name in shown
    assert "医疗健康 去掉这个条件" in shown
    assert "孝感市 去掉这个条件" in shown
    assert near.name not in words(as_visitor.get("/organizations?city=420800"))


def test_what_came_since_a_moment_heeds_the_filter_and_stands_newest_first(people):
    old = factories.make_need(category_code="health")
    moment = now()
    new = [factories.make_need(category_code="health"), factories.make_need(category_code="health")]
    factories.make_need(category_code="education")
    db.session.flush()
    for one, minutes in ((old, -5), (new[0], 1), (new[1], 2)):
        one.released_at = moment + dt.timedelta(minutes=minutes)
    db.session.flush()
    finding_since = finding.newer_than(NeedFilter(category=("health",)), moment)
    assert finding_since == [new[1].id, new[0].id]
    assert finding.newer_than(NeedFilter(), new[1].released_at) == []
    offering = factories.make_offering(factories.first_organization())
    assert finding.newer_than(OfferingFilter(), moment) == [offering.id]


def fill(count):
    """Records enough for so many pages, in several counties and townships."""
    places = [*db.session.scalars(db.select(Region.code).where(Region.level == "township").limit(9))]
    organization = factories.first_organization()
    for n in range(count):
        township = places[n % 9]
        factories.make_need(title=f"老人吃饭{n}", county=township[:6], township_code=township, lines=n % 2 == 0)
        factories.make_offering(organization, title=f"老年厨房{n}", areas=(("420000",), ("420921", "422801"))[n % 2],
                                ends_on=today() + dt.timedelta(days=n))
    db.session.commit()


@pytest.mark.parametrize(("who", "path"), [
    ("visitor", "/needs?state=open&category=elderly_care&gap_min=1"), ("visitor", "/needs?q=老人"),
    ("visitor", "/needs?view=cards"), ("visitor", "/needs?view=map&key=1"), ("visitor", "/needs?sort=closing&page=2"),
    ("visitor", "/offerings?q=厨房&free=1"), ("visitor", "/offerings?view=cards&county=420921&city=420900"),
    ("visitor", "/offerings?view=map"), ("visitor", "/organizations?category=elderly_care"),
    ("county_officer", "/desk/needs?q=老人"), ("province_officer", "/desk/needs?sort=closing"),
    ("organization_member", "/desk/offerings"), ("province_officer", "/desk/offerings?county=420921")])
def test_a_page_takes_as_many_statements_for_300_records_as_for_10(request, people, who, path):
    browser = request.getfixturevalue(f"as_{who}")

    def look():
        assert browser.get(path).status_code == 200

    counts = []
    for count in (30, 270):  # two pages in either case
        fill(count)
        look()
        counts.append(statements(look))
    assert counts[0] == counts[1]
