"""What becomes of pairings when the county takes the need itself back."""

import pytest

from matchplatform.audit.queries import first_break, history
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.needs import operations as needs
from matchplatform.notices.models import Notice
from matchplatform.pairings import operations
from tests import factories

WHY = "村里自己筹到了钱"


def told(code):
    return {(one.user_id, one.kind) for one in db.session.scalars(db.select(Notice).where(Notice.subject_code == code))}


@pytest.mark.parametrize(("status", "end"), [("proposed", "declined"), ("accepted", "rejected")])
@pytest.mark.parametrize("origin", ["bid", "order"])
def test_withdrawing_a_need_ends_what_is_not_approved_and_tells_both_sides_why(people, status, end, origin):
    pairing = factories.make_pairing(status=status, origin=origin)
    needs.act(people.county_officer, pairing.need, "withdraw", WHY)
    assert (pairing.status, pairing.status_reason, pairing.need.status) == (end, WHY, "withdrawn")
    assert pairing.offering.capacity_taken == 0
    assert pairing.due_at is None
    heard = told(pairing.code)
    assert (people.organization_member.id, "refused") in heard
    assert people.county_officer.id not in {one for one, _ in heard}
    assert ((people.province_officer.id, "told") in heard) == (status == "accepted")
    assert [(row.act, row.reason) for row in history("pairing", pairing.code)] == [("lapse", WHY)]
    assert first_break()[1] is None


@pytest.mark.parametrize("status", ["approved", "active"])
def test_a_need_with_an_approved_pairing_is_not_withdrawn(people, status):
    need = factories.make_need()
    waiting = factories.make_pairing(need=need, organization=factories.make_organization())
    pairing = factories.make_pairing(need=need, status=status)
    with pytest.raises(Refusal, match=f"{pairing.code}.*终止"):
        needs.act(people.county_officer, need, "withdraw", WHY)
    assert (need.status, waiting.status) == ("published", "proposed")
    operations.act(people.county_officer, pairing, "terminate", "双方商定不办了")
    needs.act(people.county_officer, need, "withdraw", WHY)
    assert (need.status, pairing.status, waiting.status) == ("withdrawn", "terminated", "declined")


def test_the_page_refuses_it_in_a_sentence_and_leaves_no_trace(as_county_officer, people):
    pairing = factories.make_pairing(status="approved")
    code, number = pairing.need.code, pairing.need_id
    db.session.commit()
    answer = as_county_officer.post(f"/desk/needs/{code}/withdraw", data={"reason": WHY}, follow_redirects=True)
    assert pairing.code in answer.get_data(as_text=True)
    assert "逐件办成或终止" in answer.get_data(as_text=True)
    assert db.session.get(type(pairing.need), number).status == "published"


def test_nobody_has_a_button_for_it(people):
    for name in factories.PEOPLE:
        with pytest.raises(Refusal, match="不能“随需求结束”"):
            operations.act(getattr(people, name), factories.make_pairing(), "lapse", WHY)


def test_what_ended_with_its_need_can_come_back_but_is_not_approved_while_the_need_is_away(people):
    pairing = factories.make_pairing(status="accepted")
    needs.act(people.county_officer, pairing.need, "withdraw", WHY)
    operations.act(people.province_officer, pairing, "reinstate", "县里说还要办")
    assert (pairing.status, pairing.offering.capacity_taken) == ("accepted", 1)
    with pytest.raises(Refusal, match="需求现在是“已撤回”"):
        operations.act(people.second_province_officer, pairing, "approve")


def test_an_organization_that_may_not_be_approved_is_not_reinstated_as_approved(people):
    pairing = factories.make_pairing(status="terminated")
    pairing.organization.is_dishonest = True
    with pytest.raises(Refusal, match="现在不能恢复：在严重违法失信名单里"):
        operations.act(people.province_officer, pairing, "reinstate", "再办一次")


def test_an_offering_that_is_gone_is_not_replaced_by_another_unasked(as_organization_member, people):
    need, organization = factories.make_need(), factories.first_organization()
    gone, other = (factories.make_offering(organization).code for _ in range(2))
    offering = db.session.scalar(db.select(factories.Offering).where(factories.Offering.code == gone))
    offering.status = "withdrawn"
    db.session.commit()
    typed = {"choice": gone, "message": "下个月可以进场，设备送到村。", "offered_funds_fen": "1",
             "offered_in_kind_fen": "0"}
    answer = as_organization_member.post(f"/desk/needs/{need.code}/bid", data=typed)
    assert answer.status_code == 422
    assert "您选的那一项现在不能用了" in answer.get_data(as_text=True)
    assert "下个月可以进场" in answer.get_data(as_text=True)
    assert db.session.scalar(db.select(db.func.count()).select_from(factories.Pairing)) == 0
    answer = as_organization_member.post(f"/desk/needs/{need.code}/bid", data=typed | {"choice": other})
    assert answer.status_code == 303
