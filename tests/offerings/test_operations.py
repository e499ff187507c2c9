"""What each act on an offering does besides changing the state, and what its capacity holds."""

import datetime as dt

import pytest
import sqlalchemy as sa

from matchplatform.core.clock import SHANGHAI, frozen, now, today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.offerings import operations, queries, rules
from matchplatform.offerings.models import Offering
from tests import factories

BODY = "设备包含双头灶、蒸饭柜、四门冰箱，开餐第一年按人次给予运营补贴。"


def values(**changes):
    return {"title": "老年食堂设备包", "category_code": "elderly_care", "body": BODY, "capacity": 3,
            "areas": ["420900"], "contact_name": "陈晓岚", "contact_phone": "13871230001", **changes}


def make(**changes):
    return factories.make_offering(factories.first_organization(), **changes)


def told(offering):
    rows: dict[str, set[int]] = {}
    for notice in db.session.scalars(db.select(Notice).where(Notice.subject_code == offering.code)):
        rows.setdefault(notice.kind, set()).add(notice.user_id)
    return rows


def acts(offering):
    return [(row.act, row.organization_id) for row in queries.history_of(offering)]


def test_numbers_run_by_year(people):
    first = operations.create_offering(people.organization_member, values())
    second = operations.create_offering(people.other_organization_member, values())
    assert (first.code, second.code) == (f"GJ{today().year}-0001", f"GJ{today().year}-0002")
    with frozen(now() + dt.timedelta(days=366)):
        later = operations.create_offering(people.organization_member, values())
    assert later.code == f"GJ{today().year + 1}-0001"


def test_a_number_drawn_twice_is_drawn_again(people, monkeypatch):
    taken = operations.create_offering(people.organization_member, values()).code
    drawn, right = iter([taken, taken]), queries.next_code
    monkeypatch.setattr(queries, "next_code", lambda year: next(drawn, None) or right(year))
    fresh = operations.create_offering(people.other_organization_member, values())
    assert (fresh.code, fresh.area_codes) == (f"GJ{today().year}-0002", ["420900"])


def test_the_same_words_within_a_minute_are_one_offering(people):
    moment = now()
    with frozen(moment):
        first = operations.create_offering(people.organization_member, values())
        assert operations.create_offering(people.organization_member, values()) is first
        assert operations.create_offering(people.other_organization_member, values()) is not first
    with frozen(moment + dt.timedelta(seconds=61)):
        assert operations.create_offering(people.organization_member, values()) is not first


@pytest.mark.parametrize("name", ["county_officer", "province_officer", "auditor"])
def test_others_write_no_offerings(people, name):
    with pytest.raises(Refusal, match="社会组织"):
        operations.create_offering(getattr(people, name), values())


@pytest.mark.parametrize(("wanted", "kept"), [
    (["420000", "420900", "420921"], ["420000"]), (["420900", "420921", "422801"], ["420900", "422801"]),
    (["429004"], ["429004"]), (["420921", "420922"], ["420921", "420922"])])
def test_an_area_within_a_wider_one_is_left_out(people, wanted, kept):
    assert operations.create_offering(people.organization_member, values(areas=wanted)).area_codes == kept


def test_an_unknown_area_is_refused(people):
    with pytest.raises(Refusal, match="不认识"):
        operations.create_offering(people.organization_member, values(areas=["110000"]))


def test_areas_are_exchanged_row_by_row_and_raise_the_version(people):
    offering = operations.create_offering(people.organization_member, values(areas=["420900", "422801"]))
    db.session.commit()
    before = offering.version
    operations.edit_offering(people.organization_member, offering, {"areas": ["422801", "420100"]}, before)
    db.session.commit()
    assert (offering.area_codes, offering.version) == (["420100", "422801"], before + 1)


def test_an_edit_that_changes_nothing_leaves_no_trace(people):
    offering = operations.create_offering(people.organization_member, values())
    before = offering.version
    operations.edit_offering(people.organization_member, offering, values())
    assert offering.version == before
    assert [act for act, _ in acts(offering)] == ["create"]


def test_a_published_offering_is_edited_and_the_audit_shows_it(people):
    offering = make()
    operations.edit_offering(people.organization_member, offering, {"body": BODY + "今年起含培训。"})
    assert offering.status == "published"
    assert acts(offering) == [("edit", offering.organization_id)]


def test_a_published_offering_stays_complete(people):
    offering = make()
    with pytest.raises(Refusal, match="可服务区域"):
        operations.edit_offering(people.organization_member, offering, {"areas": []})
    with pytest.raises(Refusal, match="联系电话"):
        operations.edit_offering(people.organization_member, offering, {"contact_phone": None})
    assert (offering.area_codes, offering.contact_phone) == (["420000"], "13871230001")


def test_capacity_never_goes_below_what_is_taken(people):
    offering = make(capacity=3, capacity_taken=2)
    with pytest.raises(Refusal, match="已排上的 2 个"):
        operations.edit_offering(people.organization_member, offering, {"capacity": 1})
    operations.edit_offering(people.organization_member, offering, {"capacity": 2})
    assert offering.state is rules.FULL


def test_a_withdrawn_offering_is_not_edited(people):
    with pytest.raises(Refusal, match="已下架"):
        operations.edit_offering(people.organization_member, make(status="withdrawn"), {"capacity": 9})
    with pytest.raises(Refusal, match="不是您的组织"):
        operations.edit_offering(people.other_organization_member, make(), {"capacity": 9})


def test_a_stale_edit_and_a_stale_act_are_told_who_did_what(people):
    offering = make()
    seen = offering.version
    with frozen(dt.datetime.combine(today(), dt.time(14, 5), SHANGHAI).astimezone(dt.UTC)):
        operations.act(people.province_officer, offering, "take_down", "内容不实", seen)
        with pytest.raises(Conflict) as caught:
            operations.edit_offering(people.organization_member, offering, {"capacity": 9}, seen)
        assert caught.value.reason == "周正 14:05 已经办了“责令下架”。"
        for version in (seen, None):
            with pytest.raises(Conflict, match="周正 14:05 已经办了“责令下架”"):
                operations.act(people.organization_member, offering, "pause", version=version)


@pytest.mark.parametrize(("status", "remedy"), [("draft", "提交入库审核"), ("submitted", "2 个工作日"),
                                                ("suspended", "省民政厅")])
def test_only_a_vetted_organization_puts_up_and_the_refusal_says_how(people, status, remedy):
    organization = factories.make_organization(vetted=status == "suspended")
    if status != "draft":
        organization.status = status
    member = factories.make_user("organization_member", username="fresh", organization_id=organization.id)
    for state, verb in (("draft", "publish"), ("paused", "resume")):
        offering = factories.make_offering(organization, status=state)
        with pytest.raises(Refusal, match="还没有入库") as caught:
            operations.act(member, offering, verb)
        assert remedy in caught.value.remedy
        assert offering.status == state


def test_an_incomplete_or_run_out_draft_does_not_go_up(people):
    offering = make(status="draft", areas=(), contact_phone=None)
    with pytest.raises(Refusal, match="还没有填全：可服务区域、联系电话"):
        operations.act(people.organization_member, offering, "publish")
    late = make(status="draft", ends_on=today() - dt.timedelta(days=1))
    with pytest.raises(Refusal, match="结束日期已经过去"):
        operations.act(people.organization_member, late, "publish")


def test_putting_up_is_dated_and_recorded(people):
    offering = make(status="draft")
    assert offering.published_at is None
    operations.act(people.organization_member, offering, "publish")
    assert offering.published_at is not None
    assert acts(offering) == [("publish", offering.organization_id)]


def test_being_taken_down_is_told_to_the_organization_with_the_reason(people):
    offering = make()
    operations.act(people.province_officer, offering, "take_down", "内容不实")
    assert told(offering) == {"refused": {people.organization_member.id}}
    assert offering.status_reason == "内容不实"
    notice = db.session.scalars(db.select(Notice).where(Notice.subject_code == offering.code)).one()
    assert "理由：内容不实" in notice.body


def test_taking_and_releasing_places(people):
    offering = make(capacity=2)
    operations.take_capacity(offering)
    operations.take_capacity(offering)
    assert (offering.capacity_taken, offering.capacity_left) == (2, 0)
    with pytest.raises(Conflict, match="容量已满：2 个"):
        operations.take_capacity(offering)
    operations.release_capacity(offering)
    assert offering.capacity_taken == 1
    for _ in range(3):
        operations.release_capacity(offering)
    assert offering.capacity_taken == 0


def test_the_last_place_is_decided_by_the_database_not_by_what_was_read(people):
    """The object still says that there is room; somebody else has taken it meanwhile."""
    offering = make(capacity=1)
    assert offering.capacity_left == 1
    db.session.execute(sa.update(Offering).where(Offering.id == offering.id).values(capacity_taken=1)
                       .execution_options(synchronize_session=False))
    assert offering.capacity_left == 1
    with pytest.raises(Conflict, match="容量"):
        operations.take_capacity(offering)
    assert offering.capacity_left == 0


def test_reserving_a_place_does_not_make_an_open_form_stale(people):
    offering = make(capacity=3)
    seen = offering.version
    operations.take_capacity(offering)
    operations.edit_offering(people.organization_member, offering, {"capacity": 5}, seen)
    assert (offering.capacity, offering.capacity_taken) == (5, 1)
