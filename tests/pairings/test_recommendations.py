"""The second of the three consents: who recommends, and that nothing is approved without it."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.queries import city_officers, province_officers
from matchplatform.audit.models import AuditRow
from matchplatform.catalog.queries import current_campaign
from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.pairings import approval_queries, operations, rules
from matchplatform.pairings.approval_queries import QueueFilter
from matchplatform.pairings.models import Pairing, PairingEvent
from tests import factories
from tests.web.pages import parsed, words


@pytest.fixture
def wanted(people):
    """The campaign wants recommendations."""
    current_campaign().requires_recommendation = True
    db.session.flush()


@pytest.fixture
def agreed(people, wanted):
    """Proposed under that campaign and agreed to."""
    offering = factories.make_offering(factories.first_organization())
    pairing = operations.bid(people.organization_member, factories.make_need(), offering, {"message": "我们可以办。"})
    operations.act(people.county_officer, pairing, "accept")
    db.session.commit()
    return pairing


def to_do(pairing):
    """Who has something to do about it."""
    return set(db.session.scalars(sa.select(Notice.user_id).where(Notice.subject_code == pairing.code,
                                                                  Notice.kind == "to_do")))


def test_what_is_proposed_under_the_campaign_needs_a_recommendation_and_what_was_before_does_not(people, wanted):
    before = factories.make_pairing(status="accepted")
    operations.act(people.province_officer, before, "approve")
    assert before.status == "approved"
    current_campaign().requires_recommendation = False
    made = operations.bid(people.other_organization_member, factories.make_need(),
                          factories.make_offering(people.other_organization_member.organization_id and db.session.get(
                              factories.Organization, people.other_organization_member.organization_id)),
                          {"message": "我们可以办。"})
    assert not made.needs_recommendation


def test_nothing_is_approved_before_it_is_recommended(people, agreed):
    with pytest.raises(Refusal, match="还没有推荐"):
        operations.act(people.province_officer, agreed, "approve")
    operations.act(people.city_officer, agreed, "recommend", "情况属实。")
    assert (agreed.recommended_by, agreed.status) == (people.city_officer.id, "accepted")
    operations.act(people.province_officer, agreed, "approve")
    assert agreed.status == "approved"
    row = db.session.scalar(sa.select(AuditRow).where(AuditRow.object_id == agreed.code, AuditRow.act == "recommend"))
    assert row.reason == "情况属实。"


def test_not_even_the_database_keeps_an_approval_without_a_recommendation(people, agreed):
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Pairing).where(Pairing.id == agreed.id).values(
            status="approved", approver_id=people.province_officer.id, approved_at=now()))
    db.session.rollback()


def test_it_may_be_recommended_before_the_other_side_answers(people, wanted):
    pairing = operations.bid(people.organization_member, factories.make_need(),
                             factories.make_offering(factories.first_organization()), {"message": "我们可以办。"})
    operations.act(people.city_officer, pairing, "recommend")
    assert pairing.status == "proposed"
    operations.act(people.county_officer, pairing, "accept")
    assert set(province_officers()) <= to_do(pairing)
    assert not set(city_officers("420900")) & to_do(pairing)


def test_first_the_city_then_the_province_has_something_to_do(people, agreed):
    assert set(city_officers("420900")) <= to_do(agreed)
    assert not set(province_officers()) & to_do(agreed)
    operations.act(people.city_officer, agreed, "recommend")
    assert set(province_officers()) <= to_do(agreed)


def test_whoever_recommended_does_not_approve_but_a_colleague_does(people, agreed):
    operations.act(people.province_officer, agreed, "recommend")
    with pytest.raises(Refusal):
        operations.act(people.province_officer, agreed, "approve")
    operations.act(people.second_province_officer, agreed, "approve")
    assert agreed.status == "approved"


def test_only_who_recommended_takes_it_back_and_only_before_the_approval(people, agreed):
    operations.act(people.city_officer, agreed, "recommend")
    with pytest.raises(Refusal):
        operations.act(people.province_officer, agreed, "unrecommend", "再看看")
    operations.act(people.city_officer, agreed, "unrecommend", "还要核实资金来源")
    assert agreed.recommended_by is None
    operations.act(people.city_officer, agreed, "recommend")
    operations.act(people.province_officer, agreed, "approve")
    with pytest.raises((Refusal, Conflict)):
        operations.act(people.city_officer, agreed, "unrecommend", "太晚了")


def test_not_recommending_ends_it_with_a_reason_and_frees_what_it_held(people, agreed):
    with pytest.raises(Refusal):
        operations.act(people.city_officer, agreed, "object", "")
    operations.act(people.city_officer, agreed, "object", "县里另有安排")
    assert (agreed.status, agreed.offering.capacity_taken) == ("rejected", 0)
    with pytest.raises(Refusal):
        operations.act(people.city_officer, agreed, "reinstate", "想通了")
    operations.act(people.province_officer, agreed, "reinstate", "市里复核后同意")
    assert agreed.status == "accepted"


def test_what_comes_back_to_the_proposal_is_recommended_anew(people, agreed):
    operations.act(people.city_officer, agreed, "recommend")
    operations.act(people.organization_member, agreed, "withdraw", "人手不够")
    operations.act(people.organization_member, agreed, "reinstate", "又有人了")
    assert (agreed.status, agreed.recommended_by, agreed.recommended_at) == ("proposed", None, None)


def test_the_decision_has_its_own_days_after_the_recommendation(people, agreed):
    later = now() + dt.timedelta(days=5)
    with frozen(later):
        operations.act(people.city_officer, agreed, "recommend")
        assert agreed.due_at == rules.due_after(now())


def test_the_queue_holds_what_is_recommended_and_the_tab_the_rest(people, agreed):
    def codes(person, step=""):
        return [one.code for one in approval_queries.queue(person, QueueFilter(step=step)).items]

    province, city = people.province_officer, people.city_officer
    only = [agreed.code]
    assert (codes(province), codes(province, "recommend"), codes(city, "recommend")) == ([], only, only)
    assert (approval_queries.desk_count(province), approval_queries.desk_count(city)) == (0, 1)
    operations.act(city, agreed, "recommend")
    assert (codes(province), codes(province, "recommend"), codes(city, "recommend")) == (only, [], [])
    assert (approval_queries.desk_count(province), approval_queries.desk_count(city)) == (1, 0)


@pytest.mark.parametrize("role", ["county_officer", "organization_member", "other_county_officer"])
def test_nobody_else_recommends(request, people, agreed, role):
    with pytest.raises(Refusal):
        operations.act(getattr(people, role), agreed, "recommend")


def test_the_city_recommends_on_the_desk_and_sees_it_on_its_own_page(as_city_officer, as_province_officer, agreed):
    assert f"推荐：{agreed.need.title}" in words(as_city_officer.get("/mine"))
    page = as_city_officer.get(f"/desk/approvals?step=recommend&case={agreed.code}")
    parsed(page)
    assert "还没推荐" in words(page)
    assert "推荐的人不能再审批" in words(page)
    seen = words(as_province_officer.get(f"/desk/approvals?case={agreed.code}"))
    assert "还没推荐" in seen
    answer = as_city_officer.post(f"/desk/pairings/{agreed.code}/recommend", data={"version": agreed.version,
                                                                                   "reason": "情况属实"})
    assert answer.status_code == 303
    seen = words(as_province_officer.get(f"/desk/approvals?case={agreed.code}"))
    assert "三个同意 齐全" in seen
    assert "24:00 以前可以撤销" in seen


def test_on_an_old_page_it_is_told_who_ended_it_and_a_step_that_is_none_is_the_plain_queue(as_city_officer, people,
                                                                                            agreed):
    operations.act(people.organization_member, agreed, "withdraw", "人手不够")
    db.session.commit()
    seen = words(as_city_officer.get(f"/desk/approvals?step=recommend&case={agreed.code}"))
    assert f"{people.organization_member.name}" in seen
    assert "已撤回这件结对" in seen
    assert "推荐意见" not in seen
    plain = as_city_officer.get(f"/desk/approvals?step=zzz&case={agreed.code}")
    parsed(plain)
    assert "回到待审批清单" in words(plain)


class TestTakingBack:
    """Undo within the day."""

    @pytest.fixture
    def approved(self, people, agreed):
        operations.act(people.city_officer, agreed, "recommend")
        operations.act(people.province_officer, agreed, "approve", "同意")
        db.session.commit()
        return agreed

    def test_the_one_who_approved_takes_it_back_the_same_day_with_a_reason(self, people, approved):
        with pytest.raises(Refusal):
            operations.act(people.second_province_officer, approved, "revoke", "不是我批的")
        with pytest.raises(Refusal):
            operations.act(people.province_officer, approved, "revoke", " ")
        operations.act(people.province_officer, approved, "revoke", "点错了一行")
        assert (approved.status, approved.approver_id, approved.approved_at) == ("accepted", None, None)
        assert approved.due_at is not None
        assert approved.offering.capacity_taken == 1  # both sides still agree
        operations.act(people.second_province_officer, approved, "approve")
        assert approved.status == "approved"

    def test_the_count_goes_back_with_it(self, people, approved):
        from matchplatform.pairings import counts
        before = counts.count_of(current_campaign()).total
        operations.act(people.province_officer, approved, "revoke", "点错了一行")
        assert counts.count_of(current_campaign()).total == before - 1
        assert approved.need.status == "published"

    @pytest.mark.parametrize(("decided", "then", "may"), [
        ("2026-11-25T08:00+08:00", "2026-11-25T23:59+08:00", True),
        ("2026-11-25T08:00+08:00", "2026-11-26T00:00+08:00", False),
        ("2026-11-25T00:10+08:00", "2026-11-25T09:00+08:00", True),   # still the day before in UTC
        ("2026-11-25T23:50+08:00", "2026-11-26T00:10+08:00", False),  # the same day in UTC
    ])
    def test_the_day_is_the_day_in_shanghai(self, decided, then, may):
        moments = [dt.datetime.fromisoformat(one).astimezone(dt.UTC) for one in (decided, then)]
        assert bool(rules.revoke_verdict(*moments)) is may

    def test_the_next_day_it_is_ended_instead(self, people, approved):
        with frozen(now() + dt.timedelta(days=1)), pytest.raises(Refusal, match="当天"):
            operations.act(people.province_officer, approved, "revoke", "想晚了")

    def test_what_is_signed_is_not_taken_back(self, people):
        pairing = factories.make_pairing(status="active")
        with pytest.raises((Refusal, Conflict)):
            operations.act(people.province_officer, pairing, "revoke", "点错了一行")

    def test_the_page_offers_it_and_says_until_when(self, as_province_officer, approved):
        page = as_province_officer.get(f"/desk/approvals?case={approved.code}")
        parsed(page)
        assert "24:00 以前可以撤销" in words(page)
        answer = as_province_officer.post(f"/desk/pairings/{approved.code}/revoke",
                                          data={"version": approved.version, "reason": "点错了一行"})
        assert answer.status_code == 303
        assert db.session.scalar(sa.select(PairingEvent.reason).where(
            PairingEvent.pairing_id == approved.id, PairingEvent.verb == "revoke")) == "点错了一行"


class TestPressing:
    """帮扶讲自愿: one office that sends one organization order after order is asked to think again."""

    @pytest.mark.parametrize(("orders", "declined", "counties", "pressed"), [
        (0, 0, 0, False), (2, 2, 1, False), (3, 0, 1, True), (5, 3, 1, True), (1, 0, 3, False), (1, 0, 4, True)])
    def test_from_three_orders_of_a_county_or_four_counties_of_a_city(self, orders, declined, counties, pressed):
        verdict = rules.push_verdict(orders, declined, counties)
        assert bool(verdict) is not pressed
        assert not pressed or "自愿" in verdict.remedy
        assert not (orders >= 3 and declined) or f"{declined} 次被谢绝" in verdict.reason

    def test_bids_old_orders_and_relays_do_not_count(self, people):
        organization = factories.first_organization()
        for values in ({"origin": "bid"}, {"origin": "order", "proposed_at": now() - dt.timedelta(days=91)},
                       {"origin": "order"}, {"origin": "order", "status": "declined"}):
            factories.make_pairing(organization=organization, **values)
        assert approval_queries.pushed(factories.COUNTY, organization.id) == (2, 1, 1)

    def test_the_county_is_told_before_it_orders_and_the_approver_when_he_decides(self, as_county_officer,
                                                                                  as_province_officer, people):
        organization = factories.first_organization()
        offering = factories.make_offering(organization, capacity=9)
        factories.make_need()
        for _ in range(2):
            factories.make_pairing(organization=organization, origin="order", offering=offering)
        db.session.commit()
        assert "帮扶讲自愿" in words(as_county_officer.get(f"/desk/offerings/{offering.code}/order"))
        third = factories.make_pairing(organization=organization, origin="order", offering=offering,
                                       status="accepted")
        assert "请核实对方是自愿的" in words(as_province_officer.get(f"/desk/approvals?case={third.code}"))
