"""Who sees and who may attach: every role, each publicity, each state."""

from types import SimpleNamespace

import pytest

from matchplatform.core.errors import NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.files import operations, queries, storage
from matchplatform.files.rules import PUBLICITY, is_readable
from matchplatform.needs import rules as needs
from matchplatform.offerings import rules as offerings
from tests import factories
from tests.files import makers

NOBODY_IN_PARTICULAR = SimpleNamespace(is_authenticated=False, id=None)
EVERYBODY = (*factories.PEOPLE, "visitor")
COUNTY = {"county_officer", "second_county_officer"}
PROVINCE = {"province_officer", "second_province_officer"}


def actor(people, name):
    return NOBODY_IN_PARTICULAR if name == "visitor" else getattr(people, name)


@pytest.mark.parametrize(("publicity", "readers"), [
    ("public", {"own", "signed_in", "anybody"}), ("signed_in", {"own", "signed_in"}), ("own", {"own"})])
def test_a_files_publicity_says_how_near_one_must_be(publicity, readers):
    for reach in ("own", "signed_in", "anybody", ""):
        file = SimpleNamespace(publicity=publicity, removed_at=None)
        assert is_readable(file, reach, False) is (reach in readers)
        assert is_readable(file, reach, True) is (reach == "own")
        assert not is_readable(SimpleNamespace(publicity=publicity, removed_at="now"), reach, False)
    assert {"public", "signed_in", "own"} == set(PUBLICITY.values)


NEED_READERS = {**dict.fromkeys(("draft", "returned", "withdrawn"), (COUNTY, set())),
                "submitted": (COUNTY | PROVINCE, set()),
                **dict.fromkeys(("published", "matched", "fulfilled", "closed"), (COUNTY | PROVINCE, set(EVERYBODY)))}


@pytest.mark.parametrize("publicity", ["public", "signed_in"])
@pytest.mark.parametrize("status", NEED_READERS)
def test_how_near_everybody_is_to_a_need(people, status, publicity):
    need = factories.make_need(status=status, publicity=publicity)
    own, others = NEED_READERS[status]
    for name in EVERYBODY:
        wanted = "own" if name in own else "signed_in" if name in others else ""
        if name == "visitor" and others:
            wanted = "anybody" if publicity == "public" else ""
        assert needs.reach(actor(people, name), need) == wanted, name


def test_a_township_is_near_to_its_own_needs_only(people):
    own = factories.make_need(status="draft", township_code=people.township_officer.township_code)
    assert needs.reach(people.township_officer, own) == "own"
    assert needs.reach(people.township_officer, factories.make_need(status="draft")) == ""


@pytest.mark.parametrize(("status", "who"), [
    ("draft", COUNTY), ("returned", COUNTY), ("submitted", set()), ("published", COUNTY), ("matched", COUNTY),
    ("fulfilled", set()), ("closed", set()), ("withdrawn", set())])
def test_who_attaches_to_a_need(people, status, who):
    need = factories.make_need(status=status)
    assert {name for name in EVERYBODY if needs.can_attach(actor(people, name), need)} == who


@pytest.mark.parametrize(("status", "who"), [("draft", {"township_officer"} | COUNTY), ("published", COUNTY)])
def test_a_township_attaches_while_it_writes(people, status, who):
    need = factories.make_need(status=status, township_code=people.township_officer.township_code)
    assert {name for name in EVERYBODY if needs.can_attach(actor(people, name), need)} == who


OFFERING_READERS = {"draft": (set(), ""), "published": (PROVINCE, "signed_in"), "paused": (PROVINCE, ""),
                    "withdrawn": (PROVINCE, "")}


@pytest.mark.parametrize("status", OFFERING_READERS)
def test_how_near_everybody_is_to_an_offering_and_who_attaches(people, status):
    offering = factories.make_offering(factories.first_organization(), status=status)
    province, others = OFFERING_READERS[status]
    for name in EVERYBODY:
        wanted = "own" if name == "organization_member" or name in province else others
        if name == "visitor" and others:
            wanted = "anybody"
        assert offerings.reach(actor(people, name), offering) == wanted, name
    attach = {name for name in EVERYBODY if offerings.can_attach(actor(people, name), offering)}
    assert attach == (set() if status == "withdrawn" else {"organization_member"})


def attached(people, record, kind, who, publicity="public"):
    upload = storage.receive("方案.pdf", makers.pdf(publicity.encode()))
    return operations.attach(getattr(people, who), kind, record.code, upload, publicity=publicity)[0]


@pytest.mark.parametrize("publicity", ["public", "signed_in", "own"])
@pytest.mark.parametrize(("kind", "status"), [("need", "draft"), ("need", "published"), ("offering", "draft"),
                                              ("offering", "published")])
def test_a_download_is_for_whoever_may_and_for_others_is_not_there(request, people, kind, status, publicity):
    who = "county_officer" if kind == "need" else "organization_member"
    record = (factories.make_need(status=status) if kind == "need" else
              factories.make_offering(factories.first_organization(), status=status))
    file = attached(people, record, kind, who, publicity)
    if kind == "need" and status == "published" and publicity != "own":
        operations.open_up(people.second_county_officer, file, publicity)
    db.session.commit()
    href = f"/files/{file.id}/方案.pdf"
    own = {who} | ({"second_county_officer"} if kind == "need" else set()) | (PROVINCE if status != "draft" else set())
    wider = set(EVERYBODY) if publicity == "public" else set(factories.PEOPLE) if publicity == "signed_in" else set()
    allowed = own | (wider if status == "published" else set())
    for name in EVERYBODY:
        answer = request.getfixturevalue(f"as_{name}").get(href, buffered=True)
        assert answer.status_code == (200 if name in allowed else 404), name
        assert (answer.data[:5] == b"%PDF-") is (name in allowed)


def test_what_has_no_owner_is_not_there(people):
    upload = storage.receive("方案.pdf", makers.pdf())
    for kind, code in (("user", "1"), ("need", "XQ000000-2026-001"), ("", "")):
        with pytest.raises(NotFound):
            operations.attach(people.county_officer, kind, code, upload)
    with pytest.raises(NotFound):
        queries.readable(people.county_officer, 4711)


@pytest.mark.parametrize(("name", "status", "error"), [
    ("other_county_officer", "draft", NotFound), ("organization_member", "draft", NotFound),
    ("province_officer", "draft", NotFound), ("other_county_officer", "published", Refusal),
    ("organization_member", "published", Refusal), ("province_officer", "published", Refusal),
    ("auditor", "published", Refusal), ("county_officer", "closed", Refusal)])
def test_attaching_is_refused_where_the_rules_say_so(people, kept, name, status, error):
    need = factories.make_need(status=status)
    upload = storage.receive("方案.pdf", makers.pdf())
    with pytest.raises(error):
        operations.attach(getattr(people, name), "need", need.code, upload)
    storage.discard(upload)
    assert kept() == []
