"""Complaints: one side complains, the other answers, the office rules. The table was written from the issue."""

import itertools

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.tracking import complaint_operations, rules
from matchplatform.tracking.models import Complaint
from tests import factories
from tests.tracking.making import DAY, under_way

STATES = ("open", "answered", "ruled", "withdrawn")
VERBS = ("answer", "rule", "withdraw")
COUNTY, ORGANIZATION = {"county_officer", "second_county_officer"}, {"organization_member"}
OFFICE = {"province_officer", "second_province_officer"}
# (verb, from) -> (to, who when the county complained, who when the organization did)
TABLE = {
    ("answer", "open"): ("answered", ORGANIZATION, COUNTY),
    ("rule", "open"): ("ruled", OFFICE, OFFICE),
    ("rule", "answered"): ("ruled", OFFICE, OFFICE),
    ("withdraw", "open"): ("withdrawn", COUNTY, ORGANIZATION),
    ("withdraw", "answered"): ("withdrawn", COUNTY, ORGANIZATION),
}


@pytest.fixture
def pairing(people):
    return under_way()


def at(people, pairing, state, side="county"):
    """A complaint in a state."""
    who = {"county": (people.county_officer, people.organization_member),
           "organization": (people.organization_member, people.county_officer)}[side]
    made = complaint_operations.complain(who[0], pairing, "约好十月进场，到现在没有人来过。")
    if state in ("answered", "ruled"):
        complaint_operations.move(who[1], made, "answer", "车坏了，下周一定到。")
    if state == "ruled":
        complaint_operations.move(people.province_officer, made, "rule", "限十天内进场。", ruling="upheld")
    if state == "withdrawn":
        complaint_operations.move(who[0], made, "withdraw", "已经来了。")
    return made


def test_the_table_has_every_state_and_verb():
    assert set(rules.COMPLAINT_STATES.values) == set(STATES)
    assert {(row.verb, row.source): row.target for row in rules.COMPLAINTS.table} == {
        key: row[0] for key, row in TABLE.items()}


@pytest.mark.parametrize("side", ["county", "organization"])
@pytest.mark.parametrize("state", STATES)
def test_every_person_on_every_state_and_verb(people, pairing, side, state):
    """The open ones after the answer's last day, so that the office may rule."""
    made = at(people, pairing, state, side)
    db.session.commit()
    wrong = []
    for name, verb in itertools.product(factories.PEOPLE, VERBS):
        row = TABLE.get((verb, state))
        may = row is not None and name in row[1 if side == "county" else 2]
        with frozen(now() + 20 * DAY):
            try:
                complaint_operations.move(getattr(people, name), made, verb, "说明理由", ruling="partly")
                done = True
            except Refusal:
                done = False
        db.session.rollback()
        if done != may:
            wrong.append((name, verb, done))
    assert wrong == []


def test_the_accused_is_heard_before_anything_is_ruled(people, pairing):
    made = at(people, pairing, "open")
    with pytest.raises(Refusal, match="现在还不能裁定"):
        complaint_operations.move(people.province_officer, made, "rule", "限期进场。", ruling="upheld")
    with frozen(made.answer_by + DAY):
        complaint_operations.move(people.province_officer, made, "rule", "限期进场。", ruling="upheld")
    assert (made.status, made.ruling) == ("ruled", "upheld")


def test_a_ruling_says_which_way_it_goes(people, pairing):
    made = at(people, pairing, "answered")
    with pytest.raises(Refusal, match="没有选裁定的结果"):
        complaint_operations.move(people.province_officer, made, "rule", "限期进场。", ruling="whatever")


def test_one_open_complaint_a_side(people, pairing):
    at(people, pairing, "open")
    with pytest.raises(Conflict, match="还没有办完"):
        complaint_operations.complain(people.second_county_officer, pairing, "还有一件事也没有办。")
    complaint_operations.complain(people.organization_member, pairing, "县里答应的车辆一直没有安排。")
    assert db.session.scalar(sa.select(sa.func.count(Complaint.id))) == 2


def test_a_ruled_one_makes_room_for_the_next(people, pairing):
    at(people, pairing, "ruled")
    assert complaint_operations.complain(people.county_officer, pairing, "十天过了还是没有来。").status == "open"


@pytest.mark.parametrize("status", ["proposed", "accepted", "declined", "rejected"])
def test_nothing_to_complain_of_before_the_approval(people, status):
    pairing = factories.make_pairing(status=status)
    with pytest.raises(Refusal, match="还没有批准"):
        complaint_operations.complain(people.county_officer, pairing, "一直没有人回电话。")


def test_strangers_and_the_office_do_not_complain(people, pairing):
    for actor in (people.province_officer, people.other_county_officer, people.other_organization_member):
        with pytest.raises(Refusal):
            complaint_operations.complain(actor, pairing, "一直没有人回电话。")


def test_both_sides_and_the_office_are_told_but_the_actor(people, pairing):
    made = at(people, pairing, "answered")
    complaint_operations.move(people.province_officer, made, "rule", "限十天内进场。", ruling="upheld")
    told = set(db.session.scalars(sa.select(Notice.user_id).where(Notice.title.contains("投诉已裁定"))))
    assert {people.county_officer.id, people.organization_member.id} <= told
    assert people.province_officer.id not in told


def test_a_stale_page_rules_nothing(people, pairing):
    made = at(people, pairing, "open")
    seen = made.version
    complaint_operations.move(people.organization_member, made, "answer", "下周一定到。")
    with pytest.raises(Conflict):
        complaint_operations.move(people.county_officer, made, "withdraw", "来了。", seen)


def test_the_database_wants_a_ruling_with_the_state(people, pairing):
    made = at(people, pairing, "answered")
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(Complaint).where(Complaint.id == made.id).values(status="ruled"))
    db.session.rollback()
