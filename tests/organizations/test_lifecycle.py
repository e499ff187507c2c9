"""Who may move an organization where. The table was written from the domain page, not from rules.py."""

import datetime as dt
import itertools

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.queries import city_officers, members, province_officers
from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import SHANGHAI
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.notices.models import Notice
from matchplatform.organizations import operations, queries, rules
from matchplatform.organizations.models import Organization
from matchplatform.organizations.vetting_rules import complete
from tests import factories

OWNER, PROVINCE, CITY = {"organization_member"}, {"province_officer", "second_province_officer"}, {"city_officer"}

# (verb, from) -> (to, which side)
TABLE = {
    ("submit", "draft"): ("submitted", "owner"), ("submit", "returned"): ("submitted", "owner"),
    ("recall", "submitted"): ("draft", "owner"), ("vet", "submitted"): ("vetted", "vetter"),
    ("return", "submitted"): ("returned", "vetter"), ("suspend", "vetted"): ("suspended", "vetter"),
    ("reinstate", "suspended"): ("vetted", "vetter"),
}
NEEDS_REASON = {"return", "suspend", "reinstate"}
STATES = ("draft", "submitted", "returned", "vetted", "suspended")
VERBS = ("submit", "recall", "vet", "return", "suspend", "reinstate")
PATHS = {"draft": (), "submitted": ("submitted",), "returned": ("submitted", "returned"),
         "vetted": ("submitted", "vetted"), "suspended": ("submitted", "vetted", "suspended")}


def make(people, status, *, level="province", authority="420000", submitter="organization_member", **values):
    """An organization of `organization_member`'s, walked to a state."""
    made = factories.make_organization(
        level=level, authority=authority, vetted=False,
        **{"legal_representative": "陈晓岚", "address": "武昌区测试路 1 号", "purpose": "社区养老和助餐服务。",
           **values})
    people.organization_member.organization_id = made.id
    db.session.flush()
    with db.session.no_autoflush:
        for state in PATHS[status]:
            if state == "submitted":
                made.submitted_by, made.submitted_at = getattr(people, submitter).id, factories.now()
            if state == "vetted":
                made.vetted_by, made.vetted_at = people.second_province_officer.id, factories.now()
            made.status = state
    db.session.flush()
    factories.give_certificate(made)
    return made


def allowed(side, level):
    return OWNER if side == "owner" else PROVINCE | (CITY if level in ("city", "county") else set())


def test_the_table_has_every_state_and_verb():
    assert set(rules.STATES.values) == set(STATES)
    assert set(rules.LIFECYCLE.verbs) == set(VERBS)
    assert {(row.verb, row.source): row.target for row in rules.LIFECYCLE.table} == {
        key: row[0] for key, row in TABLE.items()}


@pytest.mark.parametrize(("level", "authority"), [
    ("province", "420000"), ("nation", "100000"), ("city", "420900"), ("county", "420921")])
def test_every_person_on_every_state_and_verb(people, level, authority):
    organization = make(people, "draft", level=level, authority=authority)
    organization.submitted_by = people.organization_member.id
    wrong = []
    for name, state, verb in itertools.product(factories.PEOPLE, STATES, VERBS):
        mine = rules.parties(getattr(people, name), organization)
        got = rules.LIFECYCLE.verdict(verb, state, mine, "说明理由")
        row = TABLE.get((verb, state))
        if bool(got) != (row is not None and name in allowed(row[1], level)):
            wrong.append((name, state, verb, got))
    assert wrong == []


@pytest.mark.parametrize(("authority", "city", "reaches"), [
    ("420900", "420900", True), ("420921", "420900", True), ("420900", "422800", False),
    ("429004", "429004", True), ("429004", "429005", False), ("429004", "420900", False)])
def test_a_city_vets_what_is_registered_in_it(people, authority, city, reaches):
    people.city_officer.city_code = city
    organization = make(people, "submitted", level="county" if authority != "420900" else "city", authority=authority)
    db.session.flush()
    assert ("vetter" in rules.parties(people.city_officer, organization)) is reaches
    found = [one.id for one, _ in queries.vetting_queue_for(people.city_officer, 10)]
    assert (organization.id in found) is reaches


def test_nobody_vets_what_he_submitted(people):
    organization = make(people, "submitted", submitter="province_officer")
    assert "vetter" not in rules.parties(people.province_officer, organization)
    assert "vetter" in rules.parties(people.second_province_officer, organization)
    assert queries.vetting_count(people.province_officer) == 0
    assert queries.vetting_count(people.second_province_officer) == 1
    with pytest.raises(Refusal):
        operations.act(people.province_officer, organization, "vet")


def test_the_database_refuses_maker_as_checker_and_a_vetted_one_without_vetter(people):
    organization = make(people, "vetted")
    db.session.commit()
    for values in ({"submitted_by": organization.vetted_by}, {"vetted_by": None}):
        with pytest.raises(IntegrityError):
            db.session.execute(sa.update(Organization).where(Organization.id == organization.id).values(**values))
        db.session.rollback()


def test_a_status_changes_only_along_the_table(people):
    organization = make(people, "draft")
    with pytest.raises(Refusal, match="不能从"):
        organization.status = "vetted"


@pytest.mark.parametrize("verb", VERBS)
def test_a_reason_is_asked_for_where_something_is_refused_or_undone(verb):
    for row in rules.LIFECYCLE.table:
        if row.verb == verb:
            assert row.reason_required == (verb in NEEDS_REASON)


def test_every_allowed_move_is_made_logged_and_told(people):
    for (verb, source), (target, side) in TABLE.items():
        organization = make(people, source)
        actor = people.organization_member if side == "owner" else people.province_officer
        row = operations.act(actor, organization, verb, "写明理由。", organization.version,
                             complete() if verb == "vet" else None)
        assert (organization.status, row.target) == (target, target)
        logged = db.session.scalars(db.select(AuditRow).where(
            AuditRow.kind == "organization", AuditRow.object_id == str(organization.id))).one()
        reason = "" if verb == "vet" else "写明理由。"
        assert (logged.actor_id, logged.reason, logged.organization_id) == (actor.id, reason, organization.id)
        told = {one.user_id for one in db.session.scalars(db.select(Notice).where(
            Notice.subject_kind == "organization", Notice.subject_code == str(organization.id)))}
        expected = set(province_officers()) if side == "owner" else set(members(organization.id))
        assert told == expected - {actor.id}


def test_other_verbs_change_nothing(people):
    for state in STATES:
        organization = make(people, state)
        for verb in set(VERBS) - {verb for verb, source in TABLE if source == state}:
            for actor in (people.organization_member, people.province_officer):
                with pytest.raises((Refusal, Conflict)):
                    operations.act(actor, organization, verb, "写明理由")
        assert organization.status == state


def test_a_city_registration_is_told_to_the_city_and_to_the_province_where_there_is_nobody(people):
    for authority, told in (("420900", city_officers("420900")), ("422800", province_officers())):
        organization = make(people, "draft", level="city", authority=authority)
        assert operations.vetters(organization) == told


def test_a_stale_page_is_told(people):
    organization = make(people, "submitted")
    version = organization.version
    operations.act(people.province_officer, organization, "vet", version=version, checklist=complete())
    for verb in ("vet", "return"):
        with pytest.raises(Conflict, match="已入库"):
            operations.act(people.second_province_officer, organization, verb, "理由", version)


@pytest.mark.parametrize("field", rules.REQUIRED_TO_SUBMIT)
def test_submitting_wants_every_field(people, field):
    organization = make(people, "draft")
    if field == "kind":
        return  # the column's CHECK does not let it be empty
    setattr(organization, field, None if field in ("founded_on", "contact_phone") else "")
    db.session.flush()
    with pytest.raises(Refusal, match=f"缺{rules.FIELD_NAMES[field]}"):
        operations.act(people.organization_member, organization, "submit")


@pytest.mark.parametrize(("moment", "due"), [
    ((2026, 11, 24, 9, 0), (2026, 11, 26, 17, 30)), ((2026, 11, 27, 18, 0), (2026, 12, 1, 17, 30)),
    ((2026, 11, 28, 9, 0), (2026, 12, 1, 17, 30))])
def test_an_answer_is_due_in_two_working_days(moment, due):
    assert rules.due_at(dt.datetime(*moment, tzinfo=SHANGHAI).astimezone(dt.UTC)) == dt.datetime(*due, tzinfo=SHANGHAI)
