"""The people of an organization: who opens, changes and closes accounts, and that there is always an owner."""

import itertools
import re

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.models import User
from matchplatform.accounts.operations import open_account
from matchplatform.accounts.queries import has_owner
from matchplatform.audit.models import AuditRow
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.offerings.rules import can_draft
from matchplatform.offerings.rules import parties as offering_parties
from matchplatform.organizations import member_operations as members
from matchplatform.organizations import member_rules, operations, rules
from matchplatform.organizations.models import Organization
from matchplatform.pairings.operations import bid
from matchplatform.pairings.rules import parties as pairing_parties
from tests import factories
from tests.conftest import sign_in_directly
from tests.organizations.racers import race
from tests.organizations.test_lifecycle import make
from tests.organizations.test_pages import text_of
from tests.web.pages import parsed

NEW = {"name": "王小川", "username": "xiaochuan.wang", "position": "项目部", "member_role": "staff"}


def colleague(organization, role="staff", username="tong.shi", **values):
    return factories.make_user("organization_member", username=username, name="同事", organization_id=organization.id,
                               member_role=role, **values)


@pytest.fixture
def own(people):
    return factories.first_organization()


def test_only_an_owner_manages_and_only_his_own_people(people, own):
    """Role of the actor × verb × whom: written from the domain's words, not from the rules."""
    staff, reader, closed = (colleague(own, role, name, enabled=enabled) for role, name, enabled in (
        ("staff", "a.one", True), ("reader", "a.two", True), ("staff", "a.three", False)))
    owner, stranger = people.organization_member, people.other_organization_member
    for actor, account, verb in itertools.product((owner, staff, reader, stranger, people.province_officer),
                                                  (owner, staff, reader, closed), member_rules.VERBS):
        expected = actor is owner and (
            (verb == "enable") == (account is closed) and (account is not owner or verb == "role"))
        assert bool(member_rules.can_act_on(actor, account, verb)) is expected, (actor.username, account.username,
                                                                                verb)


def test_what_each_role_may_do_with_the_organization_and_its_work(people, own):
    staff, reader = colleague(own, "staff", "a.one"), colleague(own, "reader", "a.two")
    owner = people.organization_member
    assert [rules.parties(one, own) for one in (owner, staff, reader)] == [{"member", "owner"}, {"member"}, {"reader"}]
    offering, pairing = factories.make_offering(own), factories.make_pairing()
    assert [offering_parties(one, offering) for one in (owner, staff, reader)] == [{"member"}, {"member"}, {"reader"}]
    assert [bool(pairing_parties(one, pairing)) for one in (owner, staff, reader)] == [True, True, False]
    assert [bool(can_draft(one)) for one in (owner, staff, reader)] == [True, True, False]
    with pytest.raises(Refusal):
        bid(reader, factories.make_need(), offering, {})
    draft = make(people, "draft")
    staff.organization_id = draft.id
    with pytest.raises(Refusal, match="不能“提交入库审核”"):
        operations.act(staff, draft, "submit")
    assert operations.edit_organization(staff, draft, {"address": "别处"}) == ["住所"]
    reader.organization_id = draft.id
    with pytest.raises(Refusal):
        operations.edit_organization(reader, draft, {"address": "另一处"})


def test_a_reader_sees_the_pages_and_changes_nothing(app, people, own):
    offering = factories.make_offering(own)
    browser = sign_in_directly(app, colleague(own, "reader"))
    for path in ("/desk/organization", "/desk/organization/edit", "/desk/organization/members", "/mine",
                 "/desk/offerings", f"/desk/offerings/{offering.code}", "/desk/pairings"):
        parsed(browser.get(path))
    assert "上传登记证书" not in text_of(browser.get("/desk/organization"))
    browser.post(f"/desk/offerings/{offering.code}/pause")
    browser.post("/desk/organization/edit", data={"address": "别处"})
    db.session.expire_all()
    assert (offering.status, own.address) == ("published", "")


def test_an_invited_colleague_gets_a_password_once_and_must_change_it(app, as_organization_member, people, own):
    answer = as_organization_member.post("/desk/organization/members/new", data=NEW)
    page = answer.get_data(as_text=True)
    parsed(answer)
    password = re.search(r"<code>([^<]+)</code>", page)[1]
    user = db.session.scalar(db.select(User).where(User.username == NEW["username"]))
    assert (user.organization_id, user.member_role, user.must_change_password) == (own.id, "staff", True)
    assert password not in as_organization_member.get("/desk/organization/members").get_data(as_text=True)
    browser = app.test_client()
    browser.post("/sign-in", data={"username": NEW["username"], "password": password})
    assert browser.get("/mine").headers["Location"] == "/password"
    logged = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "open_account")).one()
    assert (logged.organization_id, password in logged.detail) == (own.id, False)


@pytest.mark.parametrize(("typed", "said"), [
    ({"username": "organization_member"}, "已经有人用了"), ({"username": "Auditor"}, "已经有人用了"),
    ({"name": ""}, "姓名还没有填"), ({"member_role": "boss"}, "没有这个角色"), ({"username": "一"}, "账号名要"),
    ({"name": "长" * 41}, "最多 40 字")])
def test_a_bad_invitation_is_told_and_stays(as_organization_member, people, typed, said):
    answer = as_organization_member.post("/desk/organization/members/new", data={**NEW, **typed})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert NEW["position"] in answer.get_data(as_text=True)


def test_another_organizations_people_are_not_found(as_organization_member, people, own):
    for verb in (*member_rules.VERBS, "x"):
        path = f"/desk/organization/members/{people.other_organization_member.id}/{verb}"
        assert as_organization_member.post(path, data={"reason": "x", "member_role": "staff"}).status_code == 404
    assert as_organization_member.post(f"/desk/organization/members/{people.auditor.id}/disable").status_code == 404


def test_the_last_owner_neither_steps_down_nor_is_closed(people, own):
    owner = people.organization_member
    with pytest.raises(Refusal, match="最后一位"):
        members.change_role(owner, own, owner, "staff")
    second = colleague(own, "owner", enabled=False)
    with pytest.raises(Refusal, match="最后一位"):
        members.change_role(owner, own, owner, "reader")
    members.set_enabled(owner, own, second, True, "回来了")
    members.change_role(owner, own, owner, "staff")
    assert (owner.member_role, second.member_role) == ("staff", "owner")
    with pytest.raises(Refusal, match="负责人管"):
        members.change_role(owner, own, second, "staff")


def test_handing_over_makes_one_owner_and_the_other_staff(as_organization_member, people, own):
    other = colleague(own)
    db.session.commit()
    path = f"/desk/organization/members/{other.id}/hand-over"
    assert as_organization_member.post(path).status_code == 303
    db.session.expire_all()
    assert (people.organization_member.member_role, other.member_role) == ("staff", "owner")
    told = db.session.scalars(db.select(Notice).where(Notice.user_id == other.id)).one()
    assert (told.kind, told.subject_kind) == ("to_do", "members")
    as_organization_member.post(path)  # the second click comes from somebody who is no owner any more
    db.session.expire_all()
    assert (people.organization_member.member_role, other.member_role) == ("staff", "owner")


def test_closing_an_account_wants_a_reason_and_ends_its_sessions(app, as_organization_member, people, own):
    other = colleague(own)
    browser = sign_in_directly(app, other)
    assert browser.get("/mine").status_code == 200
    path = f"/desk/organization/members/{other.id}/disable"
    as_organization_member.post(path)
    assert browser.get("/mine").status_code == 200
    as_organization_member.post(path, data={"reason": "已离职"})
    assert browser.get("/mine").status_code == 302
    db.session.expire_all()
    assert other.enabled is False


@pytest.mark.parametrize("act", ["step down", "disable"])
def test_of_two_owners_who_take_each_other_away_at_once_one_stays(app, template, people, own, act):
    first, second = people.organization_member.id, colleague(own, "owner").id
    db.session.commit()
    told = race(template.url, (first, act, second), (second, act, first))
    assert [one[0] for one in told] == ["Refusal", "success"], told
    db.session.expire_all()
    assert has_owner(factories.first_organization().id)


def test_of_two_vetters_at_the_same_moment_one_decides_and_the_other_gets_a_sentence(app, template, people):
    number, first, second = make(people, "submitted").id, *(
        getattr(people, name).id for name in ("province_officer", "second_province_officer"))
    db.session.commit()
    told = race(template.url, (first, "vet", number), (second, "return", number))
    assert [one[0] for one in told] == ["Conflict", "success"], told
    assert "别人刚刚" in told[0][1]


def test_the_first_account_is_the_owners_and_a_later_one_staff(people):
    organization = factories.make_organization(vetted=False)
    made = [open_account(None, username=name, name="某", role="organization_member", password="Long-enough-9",
                         organization_id=organization.id) for name in ("first.one", "second.one")]
    assert [one.member_role for one in made] == ["owner", "staff"]


@pytest.mark.parametrize(("role", "member_role", "scope"), [
    ("organization_member", None, True), ("organization_member", "boss", True), ("auditor", "owner", False)])
def test_the_database_knows_who_is_something_inside_an_organization(people, own, role, member_role, scope):
    with pytest.raises(IntegrityError):
        db.session.execute(sa.insert(User).values(
            username="bad.one", name="某", role=role, member_role=member_role, password_hash="x",
            organization_id=own.id if scope else None))


def test_the_province_puts_a_new_owner_in_when_the_old_one_has_left(app, as_province_officer, people, own):
    people.organization_member.enabled = False
    staff = colleague(own)
    db.session.commit()
    page = as_province_officer.get(f"/desk/vetting/{own.id}/members")
    parsed(page)
    assert "没有能登录的负责人" in text_of(page)
    path = f"/desk/vetting/{own.id}/members/{staff.id}/install"
    assert as_province_officer.post(path).status_code == 303  # without what it relies on
    db.session.expire_all()
    assert staff.member_role == "staff"
    answer = as_province_officer.post(path, data={"reason": "证书副本和授权书"})
    assert "<code>" in answer.get_data(as_text=True)
    db.session.expire_all()
    assert (staff.member_role, staff.must_change_password) == ("owner", True)
    assert as_province_officer.post(
        f"/desk/vetting/{own.id}/members/{people.other_organization_member.id}/install",
        data={"reason": "x"}).status_code == 404
    opened = as_province_officer.post(f"/desk/vetting/{own.id}/members/new", data={
        **NEW, "reason": "法定代表人授权书"})
    assert opened.status_code == 200
    assert db.session.scalar(db.select(User.member_role).where(User.username == NEW["username"])) == "owner"


@pytest.mark.parametrize("client", ["as_city_officer", "as_organization_member", "as_system_admin", "as_auditor"])
def test_nobody_but_the_province_puts_an_owner_in(request, people, own, client):
    browser = request.getfixturevalue(client)
    paths = (f"/desk/vetting/{own.id}/members/new", f"/desk/vetting/{own.id}/members/{people.organization_member.id}"
                                                    "/install")
    for path in paths:
        assert browser.post(path, data={**NEW, "reason": "x"}).status_code == 403


def test_each_organization_keeps_its_own_owner(people):
    assert all(has_owner(one) for one in db.session.scalars(sa.select(Organization.id).where(
        Organization.id.in_(sa.select(User.organization_id)))))
