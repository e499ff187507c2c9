"""The definition of the count, case by case."""

import datetime as dt

import pytest

from matchplatform.catalog.models import Campaign
from matchplatform.catalog.queries import current_campaign, forget
from matchplatform.core.clock import SHANGHAI, frozen, now, today
from matchplatform.extensions import db
from matchplatform.pairings import counts, operations, queries
from tests import factories

DAY = dt.timedelta(days=1)
KEY, OTHER_KEY, PLAIN = factories.COUNTY, factories.OTHER_COUNTY, factories.PLAIN_COUNTY


def paired(status="approved", county=KEY, level="province", days_ago=10, ended_days_ago=None, organization=None):
    """A pairing approved so many days ago, ended so many days ago."""
    organization = organization or factories.make_organization(level=level)
    values = {} if ended_days_ago is None else {"ended_at": now() - ended_days_ago * DAY}
    return factories.make_pairing(status=status, need=factories.make_need(county=county),
                                  organization=organization, approved_at=now() - days_ago * DAY, **values)


# what the pairing is, as of how many days ago, does it count
CASES = [
    ({"status": "proposed"}, 0, False), ({"status": "accepted"}, 0, False), ({"status": "declined"}, 0, False),
    ({"status": "withdrawn"}, 0, False), ({"status": "rejected"}, 0, False), ({"status": "approved"}, 0, True),
    ({"status": "active"}, 0, True), ({"status": "completed"}, 0, True), ({"status": "terminated"}, 0, False),
    ({"status": "suspended"}, 0, False),
    # level and county
    ({"level": "city"}, 0, False), ({"level": "county"}, 0, False), ({"level": "nation"}, 0, False),
    ({"county": PLAIN}, 0, False), ({"county": OTHER_KEY}, 0, True),
    # as of a date: approved later does not count yet, on the day itself it does
    ({"days_ago": 10}, 11, False), ({"days_ago": 10}, 10, True), ({"days_ago": 10}, 9, True),
    # terminated meanwhile: counts for the days before it ended, not from that day on
    ({"status": "terminated", "days_ago": 30, "ended_days_ago": 10}, 11, True),
    ({"status": "terminated", "days_ago": 30, "ended_days_ago": 10}, 10, False),
    ({"status": "terminated", "days_ago": 30, "ended_days_ago": 10}, 31, False),
    # completed: counts on, unless it was over before the campaign began
    ({"status": "completed", "days_ago": 300, "ended_days_ago": 200}, 0, True),
    ({"status": "completed", "days_ago": 900, "ended_days_ago": 500}, 0, False),
    ({"status": "active", "days_ago": 900}, 0, True),
]


@pytest.mark.parametrize(("what", "days_ago", "counts_then"), CASES)
def test_what_counts(people, what, days_ago, counts_then):
    pairing = paired(**what)
    campaign = current_campaign()
    as_of = today() - days_ago * DAY
    found = queries.count_of(campaign, as_of)
    assert (found.total == 1) is counts_then
    assert found.organizations == ({pairing.organization_id} if counts_then else set())
    assert len(queries.counted_organizations(campaign, as_of)) == found.total
    assert sum(queries.count_by_county(campaign, as_of).values()) == found.total
    assert sum(queries.count_by_city(campaign, as_of).values()) == found.total
    if days_ago == 0:
        verdict = queries.why_counts(pairing, campaign)
        assert bool(verdict) is counts_then
        assert verdict.reason
        assert queries.trend(campaign)[-1] == (today(), found.total)


def test_a_pairing_that_rests_does_not_count_while_it_rests(people):
    """Approved 40 days ago, rested 30 to 20 days ago and again since 10 days ago: the past stays as it was."""
    pairing = paired(status="active", days_ago=40)
    for verb, days_ago in (("suspend", 30), ("resume", 20), ("suspend", 10)):
        with frozen(now() - days_ago * DAY):
            operations.act(people.county_officer, pairing, verb, "活动室要加固")
    campaign = current_campaign()
    figures = {ago: queries.count_of(campaign, today() - ago * DAY).total for ago in (41, 31, 30, 25, 20, 11, 10, 0)}
    assert figures == {41: 0, 31: 1, 30: 0, 25: 0, 20: 1, 11: 1, 10: 0, 0: 0}
    assert "暂停" in queries.why_counts(pairing, campaign).reason
    with frozen(now() - 5 * DAY):
        operations.act(people.province_officer, pairing, "terminate", "四个月没有进展")
    assert {ago: queries.count_of(campaign, today() - ago * DAY).total for ago in (11, 8, 0)} == {11: 1, 8: 0, 0: 0}


def test_an_organization_counts_once(people):
    organization = factories.make_organization()
    for county in (KEY, KEY, OTHER_KEY):
        paired(county=county, organization=organization)
    campaign = current_campaign()
    assert queries.count_of(campaign).total == 1
    assert queries.count_by_county(campaign) == {KEY: 1, OTHER_KEY: 1}
    assert queries.count_by_city(campaign) == {"420900": 1, "422800": 1}
    row, = queries.counted_organizations(campaign)
    assert len(row.pairings) == 3
    assert len(row.counties) == 2


def test_a_county_off_the_list_no_longer_counts(people):
    paired()
    campaign = current_campaign()
    campaign.key_counties = [row for row in campaign.key_counties if row.county_code != KEY]
    db.session.flush()
    forget()
    assert queries.count_of(current_campaign()).total == 0


def test_after_the_deadline_the_figure_stands_still(people):
    campaign = current_campaign()
    paired()
    with frozen(now() + 100 * DAY):
        forget()
        late = paired(days_ago=10)
        assert queries.count_of(campaign).total == 1
        assert queries.count_of(campaign, today()).total == 1
        assert queries.trend(campaign)[-1] == (campaign.ends_on, 1)
        assert "截止以后" in queries.why_counts(late, campaign).reason
        assert queries.count_change(campaign, [late]).grows is False


def test_what_is_approved_in_the_last_second_of_the_deadline_counts(people):
    campaign = current_campaign()
    last = dt.datetime.combine(campaign.ends_on, dt.time(23, 59, 59), SHANGHAI).astimezone(dt.UTC)
    one = paired()
    one.approved_at = last
    db.session.flush()
    with frozen(last + 5 * DAY):
        assert queries.count_of(campaign).total == 1
        one.approved_at = last + dt.timedelta(seconds=1)
        db.session.flush()
        assert queries.count_of(campaign).total == 0


def test_the_trend_is_the_count_at_each_months_end(people):
    for days_ago in (5, 40, 41, 100, 390):
        paired(days_ago=days_ago)
    paired(status="terminated", days_ago=200, ended_days_ago=60)
    campaign = current_campaign()
    line = queries.trend(campaign)
    assert [n for _, n in line] == [queries.count_of(campaign, day).total for day, _ in line]
    assert line[-1] == (today(), 5)
    assert all((day + DAY).day == 1 for day, _ in line[:-1])


@pytest.mark.parametrize(("start", "end", "days"), [
    ("2026-01-31", "2026-03-01", ["2026-01-31", "2026-02-28", "2026-03-01"]),
    ("2026-12-05", "2026-12-05", ["2026-12-05"]), ("2026-12-06", "2026-12-05", [])])
def test_month_ends(start, end, days):
    assert counts.month_ends(dt.date.fromisoformat(start), dt.date.fromisoformat(end)) == [
        dt.date.fromisoformat(day) for day in days]


def test_one_statement_each(people):
    """However many pairings there are."""
    for _ in range(5):
        paired()
    campaign = current_campaign()
    queries.count_of(campaign)  # key counties are read once a request
    seen = []
    listener = lambda *a: seen.append(a[2])  # noqa: E731
    db.event.listen(db.engine, "before_cursor_execute", listener)
    try:
        for ask in (queries.count_of, queries.counted_organizations, queries.count_by_city,
                    queries.count_by_county, queries.trend):
            seen.clear()
            ask(campaign)
            assert len(seen) == 1, ask
    finally:
        db.event.remove(db.engine, "before_cursor_execute", listener)


def test_the_four_numbers(people):
    before = queries.headline()
    need = factories.make_need(beneficiaries=68)
    factories.make_pairing(status="active", need=need)
    factories.make_pairing(status="active", need=need, organization=factories.make_organization())
    factories.make_pairing(status="terminated", organization=factories.make_organization())
    after = queries.headline()
    assert (after.organizations, after.projects) == (before.organizations + 2, 2)
    assert (after.funds_fen, after.in_kind_fen) == (2 * 3_840_000, 2 * 6_000_000)
    assert after.beneficiaries == 68  # one need, one number, however many organizations help


def test_what_an_approval_makes_of_the_count(people):
    campaign = current_campaign()
    counted = paired()
    again = paired(status="accepted", organization=counted.organization)
    fresh = paired(status="accepted")
    twin = paired(status="accepted", organization=fresh.organization)
    city = paired(status="accepted", level="city")
    assert queries.change_sentence(fresh, campaign) == "批准后 1 → 2 家。"
    assert queries.change_sentence(again, campaign) == "批准后仍是 1 家：这家组织已经计入。"
    assert queries.change_sentence(city, campaign).startswith("批准后仍是 1 家：登记级别是“市级”")
    several = [again, fresh, twin, city]
    change = queries.count_change(campaign, several)
    assert (change.before, change.after) == (1, 2)
    words = queries.change_words(change, several, campaign)
    assert [words[one.id] for one in several] == ["已计入", "新增 1 家", "已计入", "不计入"]


def test_another_campaign_has_its_own_number(people):
    paired(days_ago=10)
    db.session.add(Campaign(name="下一个", starts_on=today() + 100 * DAY, ends_on=today() + 900 * DAY, goal=50))
    db.session.flush()
    coming = db.session.scalar(db.select(Campaign).where(Campaign.name == "下一个"))
    assert queries.count_of(coming).total == 0
    assert queries.trend(coming) == []
