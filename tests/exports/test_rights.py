"""Who gets what out: nobody a row that he does not see on the page, nobody a telephone that is not his own record's."""

import json

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.exports import rules
from matchplatform.exports.reader import contact
from matchplatform.exports.shelves import SHELVES
from matchplatform.extensions import db
from matchplatform.needs.list_queries import desk_need_ids
from matchplatform.needs.queries import need_by_code
from tests import factories
from tests.conftest import sign_in_directly
from tests.exports.shelf import book, export, rows
from tests.web.pages import parsed, words

PHONE = "13871236021"
ROLES = ("visitor", "county_officer", "township_officer", "organization_member", "city_officer", "province_officer",
         "system_admin", "security_admin", "auditor")
PUBLIC = {"needs", "offerings", "organizations", "pairings", "publications"}
DESKS = {"desk-needs": {"county_officer", "township_officer", "city_officer", "province_officer"},
         "desk-offerings": {"organization_member", "province_officer"},
         "desk-pairings": {"county_officer", "organization_member", "city_officer", "province_officer"},
         "desk-organizations": {"city_officer", "province_officer"}}


@pytest.fixture
def everything(people):
    """A need, an offering and a pairing in every state that matters, here and elsewhere."""
    made = {state: factories.make_need(status=state, contact_phone=PHONE) for state in factories.NEED_PATHS}
    made["town"] = factories.make_need(status="draft", township_code=people.township_officer.township_code)
    made["elsewhere"] = factories.make_need(status="draft", county=factories.OTHER_COUNTY,
                                            author="other_county_officer", releaser="province_officer")
    made["signed in"] = factories.make_need(publicity="signed_in")
    own = factories.first_organization()
    made["offering"] = factories.make_offering(own)
    made["offering draft"] = factories.make_offering(own, status="draft")
    for state in ("proposed", "approved", "active"):
        made[state] = factories.make_pairing(status=state)
    factories.make_organization(vetted=False, name="还没入库（演示）", authority="420900", level="city")
    factories.make_publication()
    db.session.commit()
    return {key: one.code for key, one in made.items()}


def client(app, people, role):
    return app.test_client() if role == "visitor" else sign_in_directly(app, getattr(people, role))


@pytest.mark.parametrize("role", ROLES)
def test_a_list_is_taken_out_only_by_those_who_have_its_page(app, people, everything, role):
    browser = client(app, people, role)
    for library in SHELVES:
        answer = export(browser, library, query="state=all" if library == "desk-organizations" else "")
        if library in PUBLIC or role in DESKS[library]:
            assert answer.status_code == 200, library
        elif role == "visitor":
            assert answer.status_code == 303, library
            assert "/sign-in" in answer.location
        else:
            assert answer.status_code == 404, library
    # neither door opens the other's lists
    assert browser.post("/exports", data={"library": "desk-needs", "format": "csv"}).status_code == 404
    if role != "visitor":
        assert browser.post("/desk/exports", data={"library": "needs", "format": "csv"}).status_code == 404


@pytest.mark.parametrize("role", sorted(DESKS["desk-needs"]))
def test_a_desk_exports_exactly_what_its_page_lists(app, people, everything, role):
    actor = getattr(people, role)
    listed = [row["编号"] for row in rows(export(client(app, people, role), "desk-needs"))]
    wanted = SHELVES["desk-needs"].wanted("")
    assert [need_by_code(code).id for code in listed] == list(desk_need_ids(actor, wanted))
    assert everything["elsewhere"] not in listed
    drafts = everything["draft"] in listed
    assert drafts == (role == "county_officer")
    assert (everything["town"] in listed) == (role in ("county_officer", "township_officer"))
    assert (everything["submitted"] in listed) == (role in ("county_officer", "province_officer"))


def test_the_public_gets_released_needs_only(as_visitor, as_county_officer, as_auditor, everything):
    listed = {row["编号"] for row in rows(export(as_visitor, "needs"))}
    for state in ("draft", "submitted", "returned", "withdrawn", "town", "elsewhere", "signed in"):
        assert everything[state] not in listed
    for state in ("published", "matched", "fulfilled", "closed"):
        assert everything[state] in listed
    for browser in (as_county_officer, as_auditor):
        assert everything["signed in"] in {row["编号"] for row in rows(export(browser, "needs"))}


def test_the_public_gets_approved_pairings_only_without_offers_and_scores(as_visitor, everything):
    found = rows(export(as_visitor, "pairings"))
    assert {row["结对编号"] for row in found} == {everything["approved"], everything["active"]}
    assert not {"匹配度", "拟投入资金（万元）", "县里联系电话"} & set(found[0])


def test_the_public_gets_vetted_organizations_and_published_offerings_only(as_visitor, everything):
    assert "还没入库（演示）" not in {row["名称"] for row in rows(export(as_visitor, "organizations"))}
    listed = {row["编号"] for row in rows(export(as_visitor, "offerings"))}
    assert everything["offering"] in listed
    assert everything["offering draft"] not in listed


@pytest.mark.parametrize("role", ROLES)
def test_no_public_list_carries_a_telephone(app, people, everything, role):
    browser = client(app, people, role)
    for library in PUBLIC:
        for wanted in ("csv", "ledger"):
            assert "1387123" not in export(browser, library, wanted).get_data(as_text=True)
        cells = [str(cell) for sheet in book(export(browser, library, "xlsx"))
                 for row in sheet.iter_rows(values_only=True) for cell in row]
        assert not [one for one in cells if "1387123" in one]


@pytest.mark.parametrize(("role", "whole"), [("county_officer", True), ("city_officer", False),
                                             ("province_officer", False)])
def test_a_telephone_is_whole_for_the_records_own_people_only(app, people, everything, role, whole):
    found = {row["编号"]: row["联系电话"] for row in rows(export(client(app, people, role), "desk-needs"))}
    assert found[everything["published"]] == (PHONE if whole else "138****6021")


def test_each_side_of_a_pairing_has_its_own_telephone_whole(app, people, everything):
    need = factories.make_need(contact_phone=PHONE)
    offering = factories.make_offering(factories.first_organization(), contact_phone="13871230001")
    code = factories.make_pairing(need=need, offering=offering, organization=factories.first_organization()).code
    db.session.commit()
    for role, county, member in (("county_officer", PHONE, "138****0001"),
                                 ("organization_member", "138****6021", "13871230001"),
                                 ("province_officer", "138****6021", "138****0001")):
        row = next(one for one in rows(export(client(app, people, role), "desk-pairings")) if one["结对编号"] == code)
        assert (row["县里联系电话"], row["组织联系电话"]) == (county, member), role


def test_the_vetting_desks_telephones_are_masked(as_province_officer, everything):
    found = rows(export(as_province_officer, "desk-organizations", query="state=all"))
    assert {row["联系电话"] for row in found} == {"138****0001"}


def test_a_telephone_that_is_not_there_is_nothing():
    assert (contact(None, True), contact("", False)) == ("", "")


def test_an_export_is_put_on_record_with_who_what_and_how_many(as_county_officer, as_visitor, everything):
    count = len(rows(export(as_county_officer, "needs", query="state=open&category=elderly_care&city=420900")))
    row = db.session.scalar(db.select(AuditRow).where(AuditRow.kind == "export").order_by(AuditRow.id.desc()))
    assert (row.act, row.label, row.object_id, row.actor_name) == ("export", "导出CSV", "needs", "刘敏")
    assert json.loads(row.detail) == {"format": "csv", "count": count, "filter": {
        "状态": "可接单", "帮扶领域": "养老服务", "市（州）": "孝感市"}}
    export(as_visitor, "needs", "ledger")
    row = db.session.scalar(db.select(AuditRow).where(AuditRow.kind == "export").order_by(AuditRow.id.desc()))
    assert (row.actor_id, row.actor_name, row.address) == (None, "访客", "127.0.0.1")


def test_a_ledgers_address_shows_it_to_whoever_made_it_and_asks_others_first(as_county_officer, as_province_officer,
                                                                             as_visitor, everything):
    answer = as_county_officer.post("/desk/exports", data={
        "library": "desk-needs", "format": "ledger", "query": "?state=published&q=%E9%A5%AD"})
    assert (answer.status_code, answer.location) == (
        303, "/desk/exports/desk-needs/ledger?state=published&q=%E9%A5%AD")
    records = db.session.query(AuditRow).filter_by(kind="export").count
    assert records() == 1
    for _ in range(2):
        assert "单位负责人：" in words(as_county_officer.get(answer.location))
    other = as_county_officer.get("/desk/exports/desk-needs/ledger?state=published")
    assert "单位负责人：" not in words(other)
    for asked in (other, as_province_officer.get(answer.location), as_visitor.get("/exports/needs/wechat")):
        parsed(asked)
        assert "生成" in words(asked)
        assert everything["published"] not in asked.get_data(as_text=True)
    assert records() == 1
    for path in ("/exports/desk-needs/ledger", "/exports/needs/xlsx", "/exports/pairings/wechat"):
        assert as_visitor.get(path).status_code in (403, 404), path
    assert as_visitor.get("/desk/exports/desk-needs/ledger").status_code in (302, 303)
    assert "没有可以导出的内容" in words(as_visitor.get("/exports/needs/ledger?category=health"))


def test_a_visitor_exports_so_often_an_hour_and_whoever_signs_in_goes_on(as_visitor, as_county_officer, everything,
                                                                       monkeypatch):
    monkeypatch.setattr(rules, "PER_HOUR", 3)
    for _ in range(3):
        assert export(as_visitor, "offerings").status_code == 200
    refused = export(as_visitor, "offerings")
    assert (refused.status_code, refused.location) == (303, "/needs")
    assert "一小时内已经导出 3 次" in as_visitor.get("/needs").get_data(as_text=True)
    assert export(as_county_officer, "offerings").status_code == 200


def test_a_format_that_is_none_and_an_empty_list_are_told_in_a_sentence(as_visitor, as_province_officer, everything):
    for wanted, query, said in (("pdf", "", "没有这种导出格式"), ("csv", "category=health", "没有可以导出的内容"),
                                ("csv", "q=" + "x" * 5000, "筛选条件太多")):
        assert export(as_visitor, "needs", wanted, query).status_code == 303
        assert said in as_visitor.get("/needs").get_data(as_text=True)
    assert export(as_visitor, "pairings", "wechat").status_code == 303
    assert db.session.scalar(db.select(AuditRow.id).where(AuditRow.kind == "export")) is None


@pytest.mark.parametrize(("wanted", "count", "signed_in", "allowed", "job"), [
    ("xlsx", 5_000, False, True, False), ("xlsx", 5_001, False, False, True), ("xlsx", 5_001, True, True, True),
    ("xlsx", 100_000, True, True, True), ("xlsx", 100_001, True, False, True),
    ("ledger-xlsx", 5_001, False, False, True), ("ledger-xlsx", 5_001, True, True, True),
    ("csv", 1_000_000, False, True, False), ("csv", 0, True, False, False),
    ("ledger", 2_000, False, True, False), ("ledger", 2_001, True, False, False),
    ("wechat", 100, False, True, False), ("pdf", 1, True, False, False)])
def test_how_much_at_once(wanted, count, signed_in, allowed, job):
    verdict = rules.can_export(wanted, count, signed_in)
    assert bool(verdict) == allowed
    assert allowed or verdict.remedy
    assert rules.is_job(wanted, count) == job
