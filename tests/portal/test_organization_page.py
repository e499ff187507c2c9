"""An organization's public page: its record of work, a rating only while it counts, and a suspension said plainly."""

import datetime as dt

import pytest

from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.organizations import operations
from tests import factories
from tests.web.pages import parsed, statements, words


def test_the_record_counts_by_state_field_and_county_and_keeps_money_apart(as_visitor, people):
    organization = factories.make_organization(name="荆楚助老会（演示）")
    done = factories.make_pairing(status="completed", organization=organization, need=factories.make_need(
        status="published", title="老人食堂开起来"))
    factories.make_pairing(status="active", organization=organization,
                           need=factories.make_need(county=factories.OTHER_COUNTY, title="另一个县的事"))
    factories.make_pairing(status="approved", organization=organization, need=factories.make_need(title="才批准的"))
    factories.make_pairing(status="proposed", organization=organization, need=factories.make_need(title="还在谈的"))
    db.session.commit()
    page = as_visitor.get(f"/organizations/{organization.id}")
    parsed(page)
    said = words(page)
    assert "7.68 万元 协议资金 12 万元 物资折价" in said  # two agreements of 3.84 and 6
    assert "孝昌县 2 件" in said
    assert "养老服务 3 件" in said
    assert "已经办成 老人食堂开起来" in said
    assert f"{done.completed_at.astimezone(dt.timezone(dt.timedelta(hours=8))).day}日 办成" in said
    assert "还在谈的" not in said


@pytest.mark.parametrize(("rating", "ends", "said"), [
    ("4A", 1, "4A"), ("4A", 0, "4A"), ("4A", -1, "没有在有效期内的等级"), ("", None, "没有在有效期内的等级")])
def test_a_rating_is_shown_only_while_it_counts(as_visitor, people, rating, ends, said):
    organization = factories.make_organization(
        rating=rating, rating_ends_on=None if ends is None else today() + dt.timedelta(days=ends))
    db.session.commit()
    shown = words(as_visitor.get(f"/organizations/{organization.id}"))
    assert said in shown
    assert ("4A" in shown) is (said == "4A")


def test_a_suspended_ones_page_says_so_and_not_why(as_visitor, as_county_officer, people):
    organization = factories.make_organization(name="荆楚助老会（演示）")
    offering = factories.make_offering(organization, title="不再显示的供给")
    pairing = factories.make_pairing(status="active", offering=offering)
    operations.act(people.province_officer, organization, "suspend", "账目举报待查")
    db.session.commit()
    for browser, refused in ((as_visitor, 303), (as_county_officer, 404)):
        page = browser.get(f"/organizations/{organization.id}")
        parsed(page)
        said = words(page)
        assert "资格暂停" in said
        assert "账目举报" not in said
        assert "不再显示的供给" not in said
        assert pairing.code in said
        assert browser.post("/unmask", data={"kind": "organization", "code": str(organization.id),
                                             "purpose": "商量送货"}).status_code == refused


def test_the_statements_do_not_grow_with_the_record(as_visitor, people):
    organization = factories.make_organization()
    offering = factories.make_offering(organization, capacity=50)
    counts = []
    for more in (1, 0, 4):
        for _ in range(more):
            factories.make_pairing(status="completed", offering=offering, need=factories.make_need(), ended_at=now())
        db.session.commit()
        counts.append(statements(lambda: as_visitor.get(f"/organizations/{organization.id}")))
    assert counts[1] == counts[2]
