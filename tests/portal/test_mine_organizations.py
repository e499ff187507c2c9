"""What an organization's people and the offices find on their page about the register and about what ends."""

import datetime as dt

import pytest
from flask import g

from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.files.queries import attachments_of
from matchplatform.portal.waiting import desk_of
from tests import factories
from tests.organizations.test_lifecycle import make
from tests.organizations.test_members import colleague
from tests.web.pages import words


def rows(app, actor):
    db.session.commit()  # a request's end undoes what is not
    with app.test_request_context():
        g.pop("desk", None)  # the test's own context lies below, and keeps what the last one asked
        desk = desk_of(actor)
        return [one.title for one in desk.todo], [one.title for one in desk.waiting]


@pytest.mark.parametrize(("role", "todo"), [
    ("owner", ["资料齐了，提交入库审核"]), ("staff", []), ("reader", [])])
def test_only_the_owner_is_asked_to_hand_in_what_is_complete(app, people, role, todo):
    organization = make(people, "draft")
    people.organization_member.member_role = role
    db.session.flush()
    assert rows(app, people.organization_member) == (todo, [])
    assert organization.status == "draft"


def test_what_is_missing_is_named_with_the_certificate_among_it(app, people):
    organization = make(people, "draft", legal_representative="")
    for one in attachments_of("organization", organization.code):
        db.session.delete(one)
    db.session.commit()
    with app.test_request_context():
        found = desk_of(people.organization_member).todo[0]
    assert found.text == "还差法定代表人、登记证书。"
    assert found.page[0] == "organizations.edit"


def test_a_return_is_for_whoever_may_mend_it_and_a_submission_is_waited_for(app, people):
    organization = make(people, "returned")
    staff = colleague(organization)
    for one in (people.organization_member, staff):
        assert rows(app, one) == (["入库资料退回补正"], [])
    assert rows(app, colleague(organization, "reader", "reads.only")) == ([], [])
    submitted = make(people, "submitted")
    assert rows(app, people.organization_member) == ([], ["入库审核"])
    assert rows(app, colleague(submitted, "reader", "reads.too")) == ([], ["入库审核"])


def test_what_ends_within_ninety_days_stands_beside_both_sides(as_organization_member, as_province_officer, people):
    organization = factories.first_organization()
    organization.certificate_ends_on = today() + dt.timedelta(days=30)
    db.session.commit()
    assert "登记证书" in words(as_organization_member.get("/mine"))
    assert f"{organization.name}：登记证书" in words(as_province_officer.get("/mine"))
