"""Agreements on the page "我的待办": whose turn it is."""

from flask import g

from matchplatform.agreements import amendment_operations, operations
from matchplatform.extensions import db
from matchplatform.portal.waiting import desk_of
from tests.agreements.making import approved, prepare


def todo(user):
    g.pop("desk", None)
    return [one.title.split("：")[0] for one in desk_of(user).todo if one.kind == "sign"]


def test_the_turn_goes_from_one_to_the_other(app, people):
    pairing = approved()
    db.session.commit()
    county, member = people.county_officer, people.organization_member
    with app.test_request_context():
        assert (todo(county), todo(member)) == (["登记协议"], [])
        agreement = prepare(county, pairing)
        assert (todo(county), todo(member)) == (["登记协议"], ["看协议，确认"])
        operations.confirm(member, pairing, agreement.sha256)
        assert (todo(county), todo(member)) == (["确认协议"], [])
        operations.confirm(county, pairing, agreement.sha256)
        assert (todo(county), todo(member)) == ([], [])
        made = amendment_operations.propose(county, pairing, {"text": "每月开一次会。", "reason": "说清楚"})
        assert (todo(county), todo(member)) == ([], ["补充协议"])
        assert todo(people.other_organization_member) == todo(people.other_county_officer) == []
        amendment_operations.decide(member, pairing, made, "confirm")
        assert (todo(county), todo(member)) == ([], [])
