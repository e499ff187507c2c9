"""The lists answer from memory exactly what plain SQL answers from the database, on random small libraries."""

import datetime as dt
import itertools

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchplatform.catalog.queries import areas_covering, counties, key_county_codes
from matchplatform.columns import keeping
from matchplatform.core.clock import end_of_day, now, today
from matchplatform.extensions import db
from matchplatform.needs import rules as need_rules
from matchplatform.needs.filters import NeedFilter
from matchplatform.needs.list_queries import NeedList
from matchplatform.needs.models import Need, NeedLine
from matchplatform.offerings.filters import OfferingFilter
from matchplatform.offerings.list_queries import OfferingList
from matchplatform.offerings.models import Offering, OfferingArea
from matchplatform.organizations.models import Organization
from tests import factories

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
COUNTIES = (factories.COUNTY, "420922", factories.OTHER_COUNTY, factories.PLAIN_COUNTY)
DAYS = st.none() | st.integers(-3, 3)
_numbers = itertools.count(1)


def some(values):
    """None, one or two of the values, as a filter holds them."""
    return st.lists(st.sampled_from(values), unique=True, max_size=2).map(tuple)


def day(offset):
    return None if offset is None else today() + dt.timedelta(days=offset)


def written_day(offset):
    return "" if offset is None else day(offset).isoformat()


NEEDS = st.lists(st.fixed_dictionaries({
    "status": st.sampled_from(["draft", "published", "published", "matched", "closed", "fulfilled"]),
    "category_code": st.sampled_from(["health", "education"]), "county_code": st.sampled_from(COUNTIES),
    "aid_mode": st.sampled_from(["relief", "both"]), "urgency": st.sampled_from(["normal", "urgent"]),
    "publicity": st.sampled_from(["public", "public", "signed_in"]), "closing": DAYS, "gap": st.integers(0, 3),
    "beneficiaries": st.integers(0, 3), "starts": DAYS, "ends": DAYS,
    "lines": st.lists(st.tuples(st.just(2), st.integers(0, 2)), max_size=2)}), max_size=9)
NEED_FILTERS = st.builds(
    NeedFilter, category=some(["health", "education"]), city=st.sampled_from(["", "420900", "422800"]),
    county=st.sampled_from(["", "", factories.COUNTY]), aid_mode=some(["relief", "both"]),
    urgency=some(["normal", "urgent"]), state=some(["open", "expired", "matched", "closed"]), key=st.booleans(),
    residual=st.booleans(), publicity=some(["public", "signed_in"]), closing=st.sampled_from(["", "", "7"]),
    gap_min=st.sampled_from(["", "1", "2万元"]), gap_max=st.sampled_from(["", "2"]),
    people=st.sampled_from(["", "2人"]), closing_by=DAYS.map(written_day), from_on=DAYS.map(written_day),
    to_on=DAYS.map(written_day), sort=st.sampled_from(["newest", "closing", "gap", "people"]))


@pytest.fixture
def writers(people):
    return people


def put_needs(people, rows):
    db.session.execute(sa.delete(NeedLine))
    db.session.execute(sa.delete(Need))
    for n, one in enumerate(rows, 1):
        released = one["status"] != "draft"
        moment = now() - dt.timedelta(minutes=n // 2)  # some at the same moment
        db.session.execute(sa.insert(Need).values(
            id=n, code=f"XQ-{n}", title="件", body="", created_by=people.county_officer.id, unit="",
            closing_at=None if one["closing"] is None else now() + dt.timedelta(days=one["closing"], minutes=1),
            funds_gap_fen=one["gap"] * 1_000_000, starts_on=day(one["starts"]), ends_on=day(one["ends"]),
            submitted_by=people.county_officer.id if released else None,
            released_by=people.second_county_officer.id if released else None,
            released_at=moment if released else None,
            **{name: one[name] for name in ("status", "category_code", "county_code", "aid_mode", "urgency",
                                            "publicity", "beneficiaries")}))
        for position, (quantity, committed) in enumerate(one["lines"], 1):
            db.session.execute(sa.insert(NeedLine).values(need_id=n, position=position, item="桌", unit="张",
                                                          quantity=quantity, committed=committed))
    keeping.forget()


def shown_need():
    return sa.case((Need.status != "published", Need.status),
                   (sa.and_(Need.closing_at.is_not(None), Need.closing_at < now()), "expired"), else_="open")


def wanting():
    """An open need of which something is still wanted."""
    lines = sa.select(NeedLine.id).where(NeedLine.need_id == Need.id)
    return sa.and_(shown_need() == "open", sa.or_(
        ~lines.exists(), lines.where(NeedLine.committed < NeedLine.quantity).exists()))


def need_conditions(wanted, signed_in):
    """Group -> condition, in plain SQL."""
    typed = wanted.typed.values
    return {
        "public": Need.status.in_(need_rules.PUBLIC), "seen": sa.true() if signed_in else Need.publicity == "public",
        "category": Need.category_code.in_(wanted.category) if wanted.category else sa.true(),
        "place": (Need.county_code == wanted.county if wanted.county else
                  Need.county_code.in_([one.code for one in counties(wanted.city)]) if wanted.city else sa.true()),
        "aid_mode": Need.aid_mode.in_(wanted.aid_mode) if wanted.aid_mode else sa.true(),
        "urgency": Need.urgency.in_(wanted.urgency) if wanted.urgency else sa.true(),
        "publicity": Need.publicity.in_(wanted.publicity) if wanted.publicity else sa.true(),
        "state": shown_need().in_(wanted.state) if wanted.state else sa.true(),
        "key": Need.county_code.in_(key_county_codes()) if wanted.key else sa.true(),
        "residual": wanting() if wanted.residual else sa.true(),
        "closing": sa.and_(shown_need() == "open", Need.closing_at <= now() + dt.timedelta(days=7))
        if wanted.closing else sa.true(),
        "typed": sa.and_(
            sa.true(), *[Need.funds_gap_fen >= typed[name] for name in ("gap_min",) if name in typed],
            *[Need.funds_gap_fen <= typed[name] for name in ("gap_max",) if name in typed],
            *[Need.beneficiaries >= typed[name] for name in ("people",) if name in typed],
            *[Need.closing_at <= end_of_day(typed[name]) for name in ("closing_by",) if name in typed],
            *[sa.or_(Need.ends_on.is_(None), Need.ends_on >= typed[name]) for name in ("from_on",) if name in typed],
            *[sa.or_(Need.starts_on.is_(None), Need.starts_on <= typed[name]) for name in ("to_on",) if name in typed])}


NEED_ORDERS = {"newest": (Need.released_at.desc(), Need.id.desc()), "gap": (Need.funds_gap_fen.desc(), Need.id.desc()),
               "people": (Need.beneficiaries.desc(), Need.id.desc())}


@QUIET
@given(rows=NEEDS, wanted=NEED_FILTERS, signed_in=st.booleans())
def test_needs_are_selected_ordered_and_counted_as_sql_does(writers, rows, wanted, signed_in):
    put_needs(writers, rows)
    groups = need_conditions(wanted, signed_in)
    order = NEED_ORDERS.get(wanted.sort) or (
        shown_need() != "open", Need.closing_at.is_(None), Need.closing_at, Need.id)
    expected = list(db.session.scalars(sa.select(Need.id).where(*groups.values()).order_by(*order)))
    found = NeedList(wanted, None, writers.county_officer if signed_in else None)
    assert found.ids == expected
    page = found.page(2)
    assert ([one.id for one in page.items], page.total) == (expected[:2], len(expected))

    def tally(without, column):
        conditions = [one for name, one in groups.items() if name != without]
        return dict(db.session.execute(sa.select(column, sa.func.count()).where(*conditions).group_by(column)).all())

    for group in found.facets():
        counts = {one.value: one.count for one in group.options if one.count}
        column = {"category": Need.category_code, "county": Need.county_code, "aid_mode": Need.aid_mode,
                  "urgency": Need.urgency, "state": shown_need(), "publicity": Need.publicity}.get(group.key)
        if group.key == "county":
            inside = {one.value for one in group.options}
            assert counts == {code: n for code, n in tally("place", column).items() if code in inside}
        elif column is not None:
            assert counts == tally(group.key, column), group.key
        elif group.key == "residual":
            kept = tally("residual", sa.case((wanting(), 1), else_=0))
            assert counts.get("1", 0) == kept.get(1, 0)
        elif group.key == "key":
            assert counts.get("1", 0) == sum(n for code, n in tally("key", Need.county_code).items()
                                             if code in key_county_codes())


OFFERINGS = st.lists(st.fixed_dictionaries({
    "status": st.sampled_from(["draft", "published", "published", "published", "paused"]),
    "category_code": st.sampled_from(["health", "education"]), "cost_model": st.sampled_from(["free", "paid"]),
    "taken": st.integers(0, 2), "funds": st.integers(0, 3), "starts": DAYS, "ends": DAYS,
    "organization": st.integers(0, 2),
    "areas": st.sets(st.sampled_from(["420000", "420900", "422800", *COUNTIES]), max_size=3)}), max_size=8)
OFFERING_FILTERS = st.builds(
    OfferingFilter, category=some(["health", "education"]), city=st.sampled_from(["", "420900", "422800"]),
    county=st.sampled_from(["", "", factories.COUNTY, "nowhere"]), rating=some(["5A", "4A", "none"]),
    cost_model=some(["free", "paid"]), kind=some(["51", "53"]), state=some(["open", "full", "expired"]),
    free=st.booleans(), funds_min=st.sampled_from(["", "1.5"]), from_on=DAYS.map(written_day),
    to_on=DAYS.map(written_day), sort=st.sampled_from(["newest", "capacity", "support", "ending"]))


@pytest.fixture
def organizations(people):
    made = [factories.make_organization(rating="5A"), factories.make_organization(rating="4A", kind="51"),
            factories.make_organization(rating="5A", rating_ends_on=today() - dt.timedelta(days=1))]
    return [one.id for one in made]


def put_offerings(organizations, rows):
    db.session.execute(sa.delete(OfferingArea))
    db.session.execute(sa.delete(Offering))
    for n, one in enumerate(rows, 1):
        db.session.execute(sa.insert(Offering).values(
            id=n, code=f"GJ-{n}", title="项", body="", organization_id=organizations[one["organization"]], capacity=2,
            capacity_taken=one["taken"], funds_fen=one["funds"] * 1_000_000, in_kind_fen=0,
            starts_on=day(one["starts"]), ends_on=day(one["ends"]),
            published_at=None if one["status"] == "draft" else now() - dt.timedelta(minutes=n // 2),
            **{name: one[name] for name in ("status", "category_code", "cost_model")}))
        for code in one["areas"]:
            db.session.execute(sa.insert(OfferingArea).values(offering_id=n, region_code=code))
    keeping.forget()


def shown_offering():
    return sa.case((sa.and_(Offering.ends_on.is_not(None), Offering.ends_on < today()), "expired"),
                   (Offering.capacity_taken >= Offering.capacity, "full"), else_="open")


def rated():
    valid = sa.or_(Organization.rating_ends_on.is_(None), Organization.rating_ends_on >= today())
    return sa.case((sa.and_(Organization.rating != "", valid), Organization.rating), else_="none")


def serving(codes):
    return Offering.id.in_(sa.select(OfferingArea.offering_id).where(OfferingArea.region_code.in_(codes)))


def within(city):
    return [city, "420000", *(one.code for one in counties(city))]


def offering_conditions(wanted):
    typed = wanted.typed.values
    return {
        "public": Offering.status == "published",
        "category": Offering.category_code.in_(wanted.category) if wanted.category else sa.true(),
        "place": (serving(areas_covering(wanted.county)) if wanted.county not in ("", "nowhere") else
                  serving(within(wanted.city)) if wanted.city else sa.true()),
        "rating": rated().in_(wanted.rating) if wanted.rating else sa.true(),
        "cost_model": Offering.cost_model.in_(wanted.cost_model) if wanted.cost_model else sa.true(),
        "kind": Organization.kind.in_(wanted.kind) if wanted.kind else sa.true(),
        "state": shown_offering().in_(wanted.state) if wanted.state else sa.true(),
        "free": Offering.capacity > Offering.capacity_taken if wanted.free else sa.true(),
        "typed": sa.and_(
            sa.true(), *[Offering.funds_fen >= typed[name] for name in ("funds_min",) if name in typed],
            *[sa.or_(Offering.ends_on.is_(None), Offering.ends_on >= typed[name])
              for name in ("from_on",) if name in typed],
            *[sa.or_(Offering.starts_on.is_(None), Offering.starts_on <= typed[name])
              for name in ("to_on",) if name in typed])}


OFFERING_ORDERS = {"newest": (Offering.published_at.desc(), Offering.id.desc()),
                   "capacity": ((Offering.capacity - Offering.capacity_taken).desc(), Offering.id.desc()),
                   "support": ((Offering.funds_fen + Offering.in_kind_fen).desc(), Offering.id.desc()),
                   "ending": (Offering.ends_on.is_(None), Offering.ends_on, Offering.id)}


@QUIET
@given(rows=OFFERINGS, wanted=OFFERING_FILTERS)
def test_offerings_are_selected_ordered_and_counted_as_sql_does(organizations, rows, wanted):
    put_offerings(organizations, rows)
    groups = offering_conditions(wanted)

    def ask(*columns):
        return sa.select(*columns).select_from(Offering).join(
            Organization, Organization.id == Offering.organization_id)

    expected = list(db.session.scalars(ask(Offering.id).where(*groups.values()).order_by(
        *OFFERING_ORDERS[wanted.sort])))
    found = OfferingList(wanted)
    assert found.ids == expected

    def tally(without, column):
        conditions = [one for name, one in groups.items() if name != without]
        return dict(db.session.execute(ask(column, sa.func.count()).where(*conditions).group_by(column)).all())

    for group in found.facets():
        counts = {one.value: one.count for one in group.options if one.count}
        column = {"category": Offering.category_code, "rating": rated(), "cost_model": Offering.cost_model,
                  "kind": Organization.kind, "state": shown_offering()}.get(group.key)
        if column is not None:
            assert counts == tally(group.key, column), group.key
        elif group.key in ("city", "county"):
            others = [one for name, one in groups.items() if name != "place"]
            for one in group.options:
                codes = within(one.value) if group.key == "city" else areas_covering(one.value)
                n = db.session.scalar(ask(sa.func.count()).where(*others, serving(codes)))
                assert counts.get(one.value, 0) == n, one
