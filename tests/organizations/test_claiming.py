"""An organization that an office brought in is claimed by registering with its code; any other stays taken."""

import pytest
import sqlalchemy as sa

from matchplatform.audit.models import AuditRow
from matchplatform.core.errors import Refusal
from matchplatform.core.uscc import make_uscc, parse_uscc
from matchplatform.extensions import db
from matchplatform.organizations import operations, rules
from matchplatform.organizations.bulk_operations import import_organizations
from matchplatform.organizations.models import Organization
from tests.factories import make_organization

CODE = parse_uscc(make_uscc("51", "420900", "70000001"))
VALUES = {"name": "孝感市养老服务协会", "contact_name": "王芳", "contact_phone": "13871230077", "username": "wangfang",
          "password": "Laoren-2026-shi"}


@pytest.fixture
def imported(app, people):
    return import_organizations(people.province_officer, [(CODE, {
        "name": "孝感市养老服务协会（名册）", "rating": "4A", "full_time_staff": 6, "is_charity": True})],
        [{}], "名册")[0]


def test_registering_with_the_code_of_an_imported_organization_claims_it(imported):
    user = operations.register(None, CODE, VALUES, rules.CONSENT_VERSION)
    assert user.organization_id == imported.id
    assert db.session.scalar(sa.select(sa.func.count()).where(Organization.uscc == CODE.code)) == 1
    db.session.refresh(imported)
    assert (imported.name, imported.rating, imported.is_charity) == ("孝感市养老服务协会（名册）", "4A", True)
    assert (imported.contact_name, imported.contact_phone, imported.status) == ("王芳", "13871230077", "draft")
    row = db.session.scalars(sa.select(AuditRow).where(AuditRow.act == "register_organization")).one()
    assert '"claimed": true' in row.detail


def test_it_is_claimed_only_once(imported):
    operations.register(None, CODE, VALUES, rules.CONSENT_VERSION)
    with pytest.raises(Refusal, match="已经入驻过"):
        operations.register(None, CODE, VALUES | {"username": "another"}, rules.CONSENT_VERSION)


def test_one_that_registered_itself_cannot_be_claimed(app, people):
    other = make_organization(vetted=False)
    with pytest.raises(Refusal, match="已经入驻过"):
        operations.register(None, parse_uscc(other.uscc), VALUES, rules.CONSENT_VERSION)


@pytest.mark.parametrize(("imported_by", "status", "has_account", "allowed"), [
    (1, "draft", False, True), (1, "draft", True, False), (1, "submitted", False, False), (1, "vetted", False, False),
    (None, "draft", False, False), (None, "draft", True, False)])
def test_only_an_imported_draft_that_nobody_belongs_to_may_be_claimed(imported_by, status, has_account, allowed):
    organization = Organization(imported_by=imported_by, status="draft")
    organization.__dict__["status"] = status
    assert bool(rules.can_be_claimed(organization, has_account)) is allowed


@pytest.mark.parametrize(("role", "city", "level", "authority", "allowed"), [
    ("province_officer", None, "province", "420000", True), ("province_officer", None, "county", "420921", True),
    ("city_officer", "420900", "city", "420900", True), ("city_officer", "420900", "county", "420921", True),
    ("city_officer", "420900", "province", "420000", False), ("city_officer", "420900", "city", "420100", False),
    ("city_officer", "429004", "county", "429004", True), ("county_officer", None, "county", "420921", False)])
def test_an_office_brings_in_what_it_vets(role, city, level, authority, allowed):
    from types import SimpleNamespace

    assert bool(rules.import_reach(SimpleNamespace(role=role, city_code=city), level, authority)) is allowed


def test_a_row_out_of_reach_writes_nothing(people):
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Organization))
    with pytest.raises(Refusal, match="不在本市"):
        import_organizations(people.city_officer, [(parse_uscc(make_uscc("51", "420100", "70000002")), {
            "name": "武汉市某协会"})], [{}], "名册")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Organization)) == before
