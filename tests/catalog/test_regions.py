"""The seed: how many there are of each, how they hang together, and that loading again adds nothing."""

import pytest

from matchplatform.catalog import queries, rules
from matchplatform.catalog.models import Campaign, Category, KeyCounty, Region
from matchplatform.catalog.seed import load_catalog, rows
from matchplatform.extensions import db


def count(model, *conditions):
    return db.session.scalar(db.select(db.func.count()).select_from(model).where(*conditions))


def test_the_province_has_17_cities_103_counties_and_1475_townships(app):
    assert len(queries.cities()) == 17
    assert len(queries.counties()) == 103
    assert count(Region, Region.level == "township") == 1475
    assert count(Region, Region.level == "city") == 13
    assert count(Region, Region.level == "province") == 1
    assert count(Region) == 1 + 13 + 103 + 1475


def test_the_two_statistical_areas_are_left_out_and_their_townships_hang_on_the_city(app):
    left_out = {row["code"]: row["parent_code"] for row in rows("divisions.csv") if row["level"] == "stat_area"}
    assert set(left_out) == {"421071", "421171"}
    assert count(Region, Region.code.in_(left_out)) == 0
    for row in rows("divisions.csv"):
        if row["parent_code"] in left_out:
            assert db.session.get(Region, row["code"]).parent_code == left_out[row["parent_code"]]


def test_every_county_has_a_city_and_the_four_direct_ones_are_their_own(app):
    direct = {one.code for one in queries.counties() if one.is_city}
    assert {queries.region(code).name for code in direct} == {"仙桃市", "潜江市", "天门市", "神农架林区"}
    for county in queries.counties():
        city = queries.city_of(county.code)
        assert city.is_city
        assert (city.code == county.code) is (county.code in direct)
    assert sum(len(queries.counties(city.code)) for city in queries.cities()) == 103


def test_every_township_leads_to_a_city(app):
    orphans = db.session.scalars(db.select(Region.code).where(Region.level == "township", ~Region.city_code.in_(
        [city.code for city in queries.cities()]))).all()
    assert orphans == []


def test_the_37_key_counties_are_dated_sourced_and_to_be_verified(app):
    for campaign in queries.campaigns():
        assert len(campaign.key_counties) == 37
        for row in campaign.key_counties:
            assert (row.status, bool(row.source), bool(row.recorded_on)) == ("unverified", True, True)
            assert queries.regions()[row.county_code].level == "county"
    national = [row for row in rows("key_counties.csv") if row["former_poor_county_level"] == "国定"]
    assert len(national) == 28


def test_twelve_categories_six_of_them_named_by_the_policy(app):
    assert len(queries.categories()) == 12
    assert [one.name for one in queries.categories() if one.named_by_policy] == [
        "产业帮扶", "就业帮扶", "教育帮扶", "养老服务", "托幼服务", "消费帮扶"]


def test_the_policys_campaign_is_a_row_not_a_constant(app):
    campaign = db.session.scalar(db.select(Campaign).where(Campaign.source.contains("第九条")))
    assert (str(campaign.starts_on), str(campaign.ends_on), campaign.goal) == ("2023-01-01", "2025-12-31", 160)


def test_loading_again_adds_nothing(app):
    before = [count(model) for model in (Region, Category, Campaign, KeyCounty)]
    assert load_catalog() == {"regions": 0, "categories": 0, "campaigns": 0}
    assert [count(model) for model in (Region, Category, Campaign, KeyCounty)] == before


@pytest.mark.parametrize(("code", "short", "place"), [
    ("422800", "恩施州", "恩施土家族苗族自治州"), ("420528", "长阳县", "宜昌市长阳县"),
    ("420921", "孝昌县", "孝感市孝昌县"),
    ("429004", "仙桃市", "仙桃市"), (None, "待填", "待填"), ("999999", "待填", "待填")])
def test_what_people_call_a_place(app, code, short, place):
    assert (queries.short_name(code), queries.place(code)) == (short, place)


def test_townships_are_found_by_name_within_their_county_and_by_code(app):
    first = queries.townships("420921")[0]
    assert queries.township_named("420921", f" {first.name} ") == first.code
    assert queries.township_named("", first.code) == first.code
    for county, text in (("420102", first.name), ("420921", ""), ("420921", "420921"), ("420921", "没有乡")):
        assert queries.township_named(county, text) is None


@pytest.mark.parametrize(("areas", "level"), [
    (("420921",), "county"), (("420900",), "city"), (("420000",), "province"),
    (("422800", "420922"), None), ((), None)])
def test_which_served_areas_take_in_a_county(app, areas, level):
    assert queries.covers(areas, "420921") == level
    assert (level is None) == (not set(areas) & set(queries.areas_covering("420921")))
    assert rules.PROVINCE == "420000"
