"""Looking an organization through: what is compared, what a return must say, and where its member reads it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.audit.models import AuditRow
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.organizations import operations, rules, vetting_queries
from matchplatform.organizations.vetting_models import Vetting
from matchplatform.organizations.vetting_rules import (
    COMPARED,
    FINDINGS,
    REASONS,
    Checklist,
    Finding,
    complete,
    spoken,
    to_mend,
    verdict,
)
from tests import factories
from tests.organizations.test_lifecycle import make
from tests.organizations.test_pages import ALL_SAME, text_of
from tests.web.pages import parsed

SAME = {name: Finding("same") for name in COMPARED}


def differing(name, note=""):
    return {**SAME, name: Finding("differs", note)}


@pytest.mark.parametrize(("verb", "checklist", "said"), [
    ("vet", complete(), ""),
    ("vet", Checklist(), "还没有核对"),
    ("vet", Checklist({name: SAME[name] for name in COMPARED if name != "address"}), "还没有核对：住所"),
    ("vet", Checklist(differing("address", "武昌区")), "住所和证书不一致"),
    ("vet", Checklist(SAME, ("unreadable",)), "先去掉这些理由"),
    ("return", complete(), "要写明理由"),
    ("return", Checklist(differing("address")), "没有写证书上是怎样的"),
    ("return", Checklist(differing("address", "武昌区")), ""),
    ("return", Checklist({}, ("unreadable",)), ""),
    ("return", Checklist({}, (), "请补年报"), ""),
    ("return", Checklist({"rating": Finding("same")}, (), "x"), "看不懂"),
    ("return", Checklist({"name": Finding("maybe")}, (), "x"), "看不懂"),
    ("return", Checklist({}, ("no-such",)), "看不懂"),
    ("return", Checklist({}, (), "长" * 1001), "最多"),
    ("return", Checklist({"name": Finding("differs", "长" * 201)}), "最多")])
def test_what_was_found_carries_the_decision_or_the_sentence_says_why_not(verb, checklist, said):
    got = verdict(verb, checklist)
    assert bool(got) is (said == "")
    assert said in got.reason + got.remedy


@given(st.dictionaries(st.sampled_from(COMPARED), st.builds(Finding, st.sampled_from(FINDINGS.values), st.text(
    max_size=20))), st.lists(st.sampled_from(sorted(REASONS)), unique=True), st.text(max_size=40))
def test_a_checklist_comes_back_from_plain_data_and_every_fault_is_said_beside_its_field(findings, reasons, words):
    made = Checklist(findings, tuple(reasons), words)
    assert Checklist.from_data(made.as_data()) == Checklist(
        {name: findings[name] for name in COMPARED if name in findings}, tuple(reasons), words)
    fields = {*made.differing, *(REASONS[one].field for one in reasons), *([""] if words else [])}
    assert set(to_mend(made)) == fields
    assert bool(spoken(made)) == bool(made.differing or reasons or words)


def test_a_pass_keeps_what_was_compared_in_the_audit_and_in_the_history(people):
    organization = make(people, "submitted")
    operations.act(people.province_officer, organization, "vet", checklist=complete())
    row = db.session.scalars(db.select(Vetting)).one()
    assert (row.verb, row.decided_by, row.checklist) == ("vet", people.province_officer.id, complete())
    logged = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "vet_organization")).one()
    assert '"checked"' in logged.detail


def test_nobody_passes_without_having_compared(people):
    organization = make(people, "submitted")
    with pytest.raises(Refusal, match="还没有核对"):
        operations.act(people.province_officer, organization, "vet")
    assert organization.status == "submitted"


def test_a_return_is_read_beside_the_fields_that_it_names(as_province_officer, as_organization_member, people):
    organization = make(people, "submitted")
    db.session.commit()
    answer = as_province_officer.post(f"/desk/vetting/{organization.id}/decide", data={
        "verb": "return", "version": organization.version, "said-address": "differs",
        "note-address": "证书上是武昌区中南路 9 号", "said-name": "same", "reasons": ["unreadable", "purpose"],
        "words": "电话请写手机"})
    assert answer.status_code == 303
    page = as_organization_member.get("/desk/organization/edit")
    tree = parsed(page)
    marks = ["".join(one.itertext()) for one in tree.iter() if isinstance(one.tag, str)
             and one.get("class") == "mend-field"]
    assert [("住所" in one, "中南路 9 号" in one) for one in marks] == [(False, False), (True, True)]
    assert "宗旨" in marks[0]
    assert "电话请写手机" in text_of(page)
    assert "四边都拍进去" in text_of(as_organization_member.get("/desk/organization"))
    operations.edit_organization(people.organization_member, organization, {"address": "武昌区中南路 9 号"})
    operations.act(people.organization_member, organization, "submit")
    assert vetting_queries.to_mend(organization) == {}
    db.session.commit()
    shown = text_of(as_province_officer.get(f"/desk/vetting/{organization.id}"))
    assert "核对记录" in shown
    assert "证书上是武昌区中南路 9 号" in shown


@pytest.mark.parametrize("sent", [{"verb": "vet"}, {**ALL_SAME, "said-address": "differs", "note-address": "别处"},
                                  {"verb": "return"}, {"verb": "return", "said-name": "x" * 300}])
def test_a_refused_decision_keeps_what_was_ticked_and_decides_nothing(as_province_officer, people, sent):
    organization = make(people, "submitted")
    db.session.commit()
    answer = as_province_officer.post(f"/desk/vetting/{organization.id}/decide", data=sent)
    page = parsed(answer, 422)
    ticked = {(one.get("name"), one.get("value")) for one in page.iter() if isinstance(one.tag, str)
              and one.get("checked") is not None}
    assert ticked == {(key, value) for key, value in sent.items() if key.startswith("said-") and value in FINDINGS}
    if "note-address" in sent:
        assert 'value="别处"' in answer.get_data(as_text=True)
    db.session.expire_all()
    assert organization.status == "submitted"
    assert db.session.scalars(db.select(Vetting)).all() == []


def test_the_next_case_opens_by_itself_and_the_queue_ends_at_the_list(as_province_officer, people):
    first, second = (make(people, "submitted") for _ in range(2))
    db.session.commit()
    answer = as_province_officer.post(f"/desk/vetting/{first.id}/decide", data=ALL_SAME)
    assert answer.headers["Location"] == f"/desk/vetting/{second.id}"
    assert "这是下一家" in text_of(as_province_officer.get(answer.headers["Location"]))
    answer = as_province_officer.post(f"/desk/vetting/{second.id}/decide", data=ALL_SAME)
    assert answer.headers["Location"] == "/desk/vetting"


def test_one_walks_through_the_queue_in_both_directions(people):
    cases = [make(people, "submitted") for _ in range(3)]
    places = [vetting_queries.place_of(people.province_officer, one.id) for one in cases]
    assert [(one.number, one.total) for one in places] == [(1, 3), (2, 3), (3, 3)]
    assert [(one.previous_id, one.next_id) for one in places] == [
        (None, cases[1].id), (cases[0].id, cases[2].id), (cases[1].id, None)]
    assert vetting_queries.place_of(people.province_officer, 0).next_id == cases[0].id


def test_whoever_submitted_gets_no_checklist(as_province_officer, people):
    organization = make(people, "submitted", submitter="province_officer")
    db.session.commit()
    page = as_province_officer.get(f"/desk/vetting/{organization.id}").get_data(as_text=True)
    assert 'name="said-name"' not in page
    assert "要由另一个人审" in page
    assert as_province_officer.post(f"/desk/vetting/{organization.id}/decide", data=ALL_SAME).status_code == 422
    db.session.expire_all()
    assert organization.status == "submitted"


def test_of_two_vetters_the_second_is_told_and_nothing_is_decided_twice(people):
    organization = make(people, "submitted")
    version = organization.version
    operations.act(people.province_officer, organization, "vet", version=version, checklist=complete())
    with pytest.raises(Conflict, match="已入库"):
        operations.act(people.second_province_officer, organization, "return", "再看看", version)
    assert len(db.session.scalars(db.select(Vetting)).all()) == 1


def test_every_common_reason_points_to_something_that_a_member_can_mend():
    for one in REASONS.values():
        assert one.field in ("certificate", *rules.MEMBER_FIELDS["returned"])
        assert one.cure


def test_a_vetters_page_in_every_state(as_province_officer, people):
    for state, has_papers in itertools.product(("draft", "submitted", "returned", "vetted", "suspended"), (1, 0)):
        organization = make(people, state)
        if not has_papers:
            for one in vetting_queries.papers_of(organization):
                db.session.delete(one)
        db.session.commit()
        page = as_province_officer.get(f"/desk/vetting/{organization.id}")
        parsed(page)
        assert ('name="said-name"' in page.get_data(as_text=True)) is (state == "submitted")


def test_the_factory_gives_every_organization_of_the_lifecycle_a_certificate(people):
    assert [one.document for one in vetting_queries.papers_of(make(people, "draft"))] == ["registration"]
    assert vetting_queries.missing_to_submit(factories.make_organization(vetted=False))[-1] == rules.NO_CERTIFICATE
