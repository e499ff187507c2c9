"""Every act on a record keeps a version; the database lets nobody change one."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from matchplatform.core.clock import frozen, now
from matchplatform.extensions import db
from matchplatform.needs import operations as needs
from matchplatform.offerings import operations as offerings
from matchplatform.organizations import operations as organizations
from matchplatform.revisions import queries
from matchplatform.revisions.models import Revision
from matchplatform.revisions.operations import keep
from tests import factories

VALUES = {"title": "老人一天只做一顿饭", "category_code": "elderly_care", "body": "村里75岁以上老人68个，缺灶台。"}


def acts(kind, code):
    return [(one.number, one.act, one.status) for one in queries.versions(kind, code)]


def test_a_need_keeps_a_version_of_each_act_and_none_where_nothing_changed(people):
    need = needs.create_need(people.county_officer, VALUES)
    needs.edit_need(people.county_officer, need, {"goal": "春节前开餐"})
    needs.edit_need(people.county_officer, need, {"goal": "春节前开餐"})
    assert acts("need", need.code) == [(1, "create", "draft"), (2, "edit", "draft")]
    first, second = queries.versions("need", need.code)
    assert (first.values["goal"], second.values["goal"]) == ("", "春节前开餐")
    assert (second.actor_id, second.actor_name, second.label) == (people.county_officer.id, "刘敏", "修改需求")


def test_a_record_older_than_its_history_begins_with_what_stood_before_the_act(people):
    need = factories.make_need(status="draft")
    needs.edit_need(people.county_officer, need, {"title": "新名字"})
    assert acts("need", need.code) == [(1, "begin", "draft"), (2, "edit", "draft")]
    first, second = queries.versions("need", need.code)
    assert (first.values["title"], second.values["title"]) == ("老人一天只做一顿饭，吃剩菜", "新名字")
    assert (first.actor_id, first.actor_name) == (None, "平台")


def test_the_moves_of_the_pairing_desk_are_versions_too(people):
    need = factories.make_need()
    needs.mark_matched(people.province_officer, need)
    assert acts("need", need.code) == [(1, "match", "matched")]


def test_offerings_and_organizations_keep_theirs(people):
    member = people.organization_member
    offering = offerings.create_offering(member, {**VALUES, "areas": ["420000"]})
    offerings.edit_offering(member, offering, {"areas": ["420921"]})
    assert [one.values["areas"] for one in queries.versions("offering", offering.code)] == [["420000"], ["420921"]]
    organization = factories.first_organization()
    organizations.edit_organization(member, organization, {"address": "孝昌县城关"})
    organizations.record_registry(people.province_officer, organization, {"rating": "5A"}, "公告")
    assert acts("organization", str(organization.id)) == [
        (1, "begin", "vetted"), (2, "edit_organization", "vetted"), (3, "record_registry", "vetted")]


def test_as_of_is_what_stood_at_that_moment(people):
    start = now()
    with frozen(start):
        need = needs.create_need(people.county_officer, VALUES)
    with frozen(start + dt.timedelta(days=2)):
        needs.edit_need(people.county_officer, need, {"title": "第二版"})

    def at(**delta):
        found = queries.as_of("need", need.code, start + dt.timedelta(**delta))
        return found and found.number

    assert [at(seconds=-1), at(days=0), at(days=1), at(days=2), at(days=900)] == [None, 1, 1, 2, 2]


@pytest.mark.parametrize("statement", [sa.update(Revision).values(reason="改写"), sa.delete(Revision)])
def test_the_database_refuses_to_change_or_delete_a_version(people, statement):
    keep(people.county_officer, "need", "XQ1", "create", "新建", {"title": "一"})
    db.session.commit()
    with pytest.raises(DatabaseError, match="revisions cannot be changed"):
        db.session.execute(statement)
    db.session.rollback()
    assert acts("need", "XQ1") == [(1, "create", "")]


def test_two_versions_never_carry_one_number(people):
    keep(None, "need", "XQ1", "create", "新建", {})
    with pytest.raises(DatabaseError):
        db.session.execute(sa.insert(Revision).values(
            kind="need", code="XQ1", number=1, at=now(), actor_name="平台", act="edit", label="改", status="",
            snapshot="{}", reason=""))
    db.session.rollback()
