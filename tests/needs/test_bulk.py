"""Many needs at once are written as one by one: the same columns, the same rows in the audit and the history."""

import datetime as dt
import json

import pytest
import sqlalchemy as sa

from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import first_break
from matchplatform.core.clock import now, today
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.needs import bulk_operations, operations
from matchplatform.needs.models import Need
from matchplatform.notices.models import Notice
from matchplatform.revisions.models import Revision

VALUES = {"title": "老人一天只做一顿饭", "category_code": "elderly_care",
          "body": "村里75岁以上老人68个，食堂房子腾出来了，还差灶台。",
          "village": "万冲村", "funds_secured_fen": 100, "funds_gap_fen": 200, "beneficiaries": 68,
          "starts_on": today() + dt.timedelta(days=40), "ends_on": today() + dt.timedelta(days=90),
          "closing_at": now() + dt.timedelta(days=20), "goal": "春节前开餐", "unit": "白沙镇", "contact_name": "李明",
          "contact_phone": "13871230001",
          "lines": [{"item": "炉灶", "quantity": 2, "unit": "台", "unit_price_fen": 350_000}]}
OWN = {"id", "code", "created_at", "updated_at", "contact_phone"}


def columns(need):
    found = {one.key: getattr(need, one.key) for one in sa.inspect(Need).column_attrs if one.key not in OWN}
    return found | {"phone": need.contact_phone, "lines": [(one.position, one.item, one.quantity, one.unit,
                                                            one.unit_price_fen) for one in need.lines]}


def test_one_of_many_is_what_it_would_be_alone(people):
    alone = operations.create_need(people.county_officer, VALUES)
    [many] = bulk_operations.create_needs(people.county_officer, [VALUES], [{"import": 7, "row": 3}])
    db.session.expire_all()
    assert columns(many) == columns(alone)
    first, second = db.session.scalars(sa.select(AuditRow).where(AuditRow.act == "create").order_by(AuditRow.id)).all()
    for name in ("actor_id", "actor_name", "actor_role", "address", "label", "kind", "object_label", "county_code",
                 "organization_id", "result", "reason"):
        assert getattr(first, name) == getattr(second, name), name
    assert json.loads(second.detail) == json.loads(first.detail) | {"import": 7, "row": 3}
    one, two = db.session.scalars(sa.select(Revision).order_by(Revision.id)).all()
    assert (one.snapshot, one.act, one.label, one.status, one.number) == (
        two.snapshot, two.act, two.label, two.status, two.number)
    assert first_break() == (2, None)


def test_numbers_follow_each_other(people):
    operations.create_need(people.county_officer, VALUES)
    made = bulk_operations.create_needs(people.county_officer, [VALUES] * 3, [{}] * 3)
    assert [one.code[-3:] for one in made] == ["002", "003", "004"]
    assert operations.create_need(people.second_county_officer, VALUES).code[-3:] == "005"


@pytest.mark.parametrize("changes", [{"category_code": "pigs"}, {"township_code": "422801001"}])
def test_one_that_breaks_a_rule_stops_all(people, changes):
    with pytest.raises(Refusal):
        bulk_operations.create_needs(people.county_officer, [VALUES, VALUES | changes], [{}, {}])
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Need)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditRow)) == 0


def test_who_may_not_write_one_may_not_write_many(people):
    with pytest.raises(Refusal):
        bulk_operations.create_needs(people.organization_member, [VALUES], [{}])


def test_handing_in_many_asks_the_same_of_each(people):
    made = bulk_operations.create_needs(people.county_officer, [VALUES, VALUES | {"goal": ""}, VALUES], [{}] * 3)
    operations.act(people.county_officer, made[2], "submit")
    db.session.execute(sa.delete(Notice))
    done = bulk_operations.submit_needs(people.second_county_officer, [one.code for one in made], "一起交")
    bulk_operations.tell_submitted(people.second_county_officer, done)
    db.session.expire_all()
    assert [one.status for one in made] == ["submitted", "draft", "submitted"]
    assert done == [made[0].code]
    assert (made[0].submitted_by, made[2].submitted_by) == (people.second_county_officer.id, people.county_officer.id)
    assert list(db.session.scalars(sa.select(Notice.user_id))) == [people.county_officer.id]
    with pytest.raises(Refusal):  # who handed it in does not release it
        operations.act(people.second_county_officer, made[0], "publish")
    operations.act(people.county_officer, made[0], "publish")
    assert first_break()[1] is None


def test_only_drafts_are_removed_and_their_numbers_are_spent(people):
    made = bulk_operations.create_needs(people.county_officer, [VALUES, VALUES], [{}] * 2)
    operations.act(people.county_officer, made[0], "submit")
    codes = [one.code for one in made]
    assert bulk_operations.remove_drafts(people.county_officer, codes, "撤销导入") == 1
    assert list(db.session.scalars(sa.select(Need.code))) == codes[:1]
    assert operations.create_need(people.second_county_officer, VALUES).code[-3:] == "003"
    assert first_break()[1] is None
