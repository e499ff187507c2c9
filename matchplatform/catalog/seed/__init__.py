"""Loads the reference rows; safe to run again."""

import csv
import datetime as dt
import lzma
from importlib import resources

import sqlalchemy as sa

from matchplatform.catalog.models import Campaign, Category, KeyCounty, Region, Village
from matchplatform.catalog.queries import forget
from matchplatform.catalog.rules import CATEGORIES, POLICY_NAMED, PROVINCE
from matchplatform.extensions import db

POLICY_CAMPAIGN = {"name": "湖北省社会组织建功先行区三年行动（2023—2025年）", "starts_on": dt.date(2023, 1, 1),
                   "ends_on": dt.date(2025, 12, 31), "goal": 160,
                   "source": "《湖北省社会组织建功先行区三年行动方案（2023—2025年）》第九条"}
KEY_COUNTIES_RECORDED = dt.date(2026, 11, 24)


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file beside this module."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def load_regions() -> int:
    """Insert the divisions that are not there yet; answers how many were added. `stat_area` rows stay out."""
    known = set(db.session.scalars(sa.select(Region.code)))
    points = {row["adcode"]: (float(row["rep_lon"]), float(row["rep_lat"])) for row in rows("county_points.csv")}
    added = []
    divisions = [row for row in rows("divisions.csv") if row["level"] != "stat_area"]
    # Townships of the two statistical areas hang on the city itself: the areas are no divisions.
    above = {row["code"]: row["parent_code"] for row in rows("divisions.csv") if row["level"] == "stat_area"}
    for row in divisions:
        row["parent_code"] = above.get(row["parent_code"], row["parent_code"])
    county_city = {row["code"]: row["code"] if row["parent_code"] == PROVINCE else row["parent_code"]
                   for row in divisions if row["level"] == "county"}
    for row in divisions:
        code, level = row["code"], row["level"]
        if code in known:
            continue
        city = {"city": code, "county": county_city.get(code),
                "township": county_city.get(row["parent_code"], row["parent_code"])}.get(level)
        lon, lat = points.get(code, (None, None))
        if lon is None and row["lon"]:
            lon, lat = float(row["lon"]), float(row["lat"])
        added.append(Region(code=code, name=row["name"], level=level, parent_code=row["parent_code"] or None,
                            city_code=city, is_city=level == "city" or city == code, longitude=lon, latitude=lat))
    order = ("province", "city", "county", "township")
    for level in order:
        db.session.add_all([r for r in added if r.level == level])
        db.session.flush()
    return len(added)


def load_villages() -> int:
    """Insert the villages of the townships that have none yet; answers how many were added. What staff have recorded
    in a township, mergers above all, is never touched."""
    packed = resources.files(__package__).joinpath("villages.tsv.xz").read_bytes()
    lines = lzma.decompress(packed).decode().splitlines()[1:]
    begun = set(db.session.scalars(sa.select(Village.township_code).distinct()))
    known = set(db.session.scalars(sa.select(Region.code).where(Region.level == "township"))) - begun
    added = [{"township_code": code, "name": name} for code, _, names in (line.partition("\t") for line in lines)
             if code in known for name in names.split(" ")]
    if added:
        db.session.execute(sa.insert(Village), added)
    return len(added)


def load_categories() -> int:
    """Insert the twelve categories of the domain that are not there yet."""
    known = set(db.session.scalars(sa.select(Category.code)))
    added = [Category(code=code, name=name, drawing=drawing, position=10 * n, named_by_policy=n <= POLICY_NAMED)
             for n, (code, name, drawing) in enumerate(CATEGORIES, 1) if code not in known]
    db.session.add_all(added)
    db.session.flush()
    return len(added)


def add_key_counties(campaign: Campaign) -> None:
    """Give a campaign the 37 rows of the seed list, each marked 待核对."""
    for row in rows("key_counties.csv"):
        campaign.key_counties.append(KeyCounty(
            county_code=row["code"], source=row["source"], recorded_on=KEY_COUNTIES_RECORDED, status="unverified",
            note=f"{row['former_poor_county_level']}贫困县，{row['left_poverty_year']} 年退出"))
    db.session.flush()


def load_catalog() -> dict[str, int]:
    """Regions, categories, and the policy's campaign with its key counties."""
    counts = {"regions": load_regions(), "categories": load_categories(), "campaigns": 0}
    if not db.session.scalar(sa.select(sa.func.count()).select_from(Campaign)):
        campaign = Campaign(**POLICY_CAMPAIGN)
        db.session.add(campaign)
        db.session.flush()
        add_key_counties(campaign)
        counts["campaigns"] = 1
    forget()
    return counts
