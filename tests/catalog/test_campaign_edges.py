"""Before, between and after campaigns every page says how things stand; a final figure stands still."""

import datetime as dt

import pytest

from matchplatform.catalog.models import Campaign
from matchplatform.catalog.queries import current_campaign, forget
from matchplatform.core.clock import frozen, now, today
from matchplatform.extensions import db
from matchplatform.pairings import operations
from matchplatform.pairings.queries import count_of
from tests import factories


def _none(campaign):
    db.session.delete(campaign)


def _future(campaign):
    campaign.starts_on, campaign.ends_on = today() + dt.timedelta(days=30), today() + dt.timedelta(days=400)


def _ended(campaign):
    campaign.ends_on = today() - dt.timedelta(days=3)


def _last_day(campaign):
    campaign.ends_on = today()


def _no_counties(campaign):
    campaign.key_counties.clear()


@pytest.mark.parametrize("case", [_none, _future, _ended, _last_day, _no_counties])
def test_every_page_stands_whatever_the_campaign(request, app, people, case):
    pairing = factories.make_pairing(status="accepted")
    factories.make_pairing(status="active")
    current = current_campaign()
    for other in db.session.scalars(db.select(Campaign).where(Campaign.id != current.id)):
        db.session.delete(other)
    case(current)
    need, offering, code = pairing.need.code, pairing.offering.code, pairing.code
    db.session.commit()
    forget()
    paths = [rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments]
    paths += [f"/needs/{need}", f"/offerings/{offering}", f"/desk/pairings/{code}", f"/desk/needs/{need}/bid",
              f"/desk/offerings/{offering}/order", f"/desk/needs/{need}/matches", f"/desk/approvals?case={code}",
              f"/desk/approvals/bulk?case={code}", f"/desk/offerings/{offering}/matches"]
    for name in ("visitor", "county_officer", "organization_member", "city_officer", "province_officer"):
        browser = request.getfixturevalue(f"as_{name}")
        for path in paths:
            assert browser.get(path).status_code < 500, (name, path)
    if case is _ended:
        assert "行动已结束" in browser.get("/").get_data(as_text=True)


def test_the_final_figure_stands_still_whatever_happens_afterwards(people):
    campaign = current_campaign()
    kept, ended, late = (factories.make_pairing(
        status="accepted" if n == 2 else "active", organization=factories.make_organization(),
        approved_at=now() - dt.timedelta(days=50)) for n in range(3))
    operations.act(people.province_officer, ended, "terminate", "双方商定不办了")
    before = count_of(campaign)
    assert before.organizations == {kept.organization_id}
    with frozen(now() + dt.timedelta(days=90)):
        forget()
        operations.act(people.second_province_officer, late, "approve")
        operations.act(people.province_officer, ended, "reinstate", "又要办了")
        operations.act(people.province_officer, kept, "terminate", "期满不续")
        assert count_of(campaign) == before
        operations.act(people.province_officer, kept, "reinstate", "还是续办")
        assert count_of(campaign) == before
    forget()
