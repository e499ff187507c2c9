"""Who brings in what, and whose imports one sees."""

from types import SimpleNamespace

import pytest

from matchplatform.core.uscc import make_uscc
from matchplatform.extensions import db
from matchplatform.imports import rules
from matchplatform.needs.models import Need
from matchplatform.notices.models import Notice
from matchplatform.offerings.models import Offering
from matchplatform.organizations.models import Organization
from tests.imports.sheets_made import HEADER, need_row, needs_sheet, workbook
from tests.imports.steps import checked, imported, number_in, rows_of, states, upload

OFFERINGS = ["服务项目名称", "帮扶领域", "服务内容与标准", "容量", "可服务区域", "联系人", "联系电话"]
ORGANIZATIONS = ["统一社会信用代码", "组织名称", "成立日期", "评估等级", "等级有效期至", "年报年度", "年报结论",
                 "专职人数"]


def offering_row(number, **changes):
    values = dict(zip(OFFERINGS, [
        f"乡村老年食堂开办辅导之{number}", "养老服务",
        "派两名师傅驻点一个月，教会采购、做饭、记账和食品安全，每季度回访。", 3,
        "孝感市", "李明", "13871230001"], strict=True))
    return list((values | changes).values())


def organization_row(number, authority="420900", **changes):
    values = dict(zip(ORGANIZATIONS, [make_uscc("51", authority, f"{70_000_000 + number:08d}"), f"孝感市第{number}协会",
                                      "2015-06-01", "4A", "2028-12-31", 2025, "合格", 6], strict=True))
    return list((values | changes).values())


def offerings_sheet(count):
    return workbook(OFFERINGS, [offering_row(n) for n in range(1, count + 1)])


def organizations_sheet(count, authority="420900"):
    return workbook(ORGANIZATIONS, [organization_row(n, authority) for n in range(1, count + 1)])


@pytest.mark.parametrize(("role", "kind"), [
    ("county_officer", "need"), ("township_officer", "need"), ("organization_member", "offering"),
    ("province_officer", "organization"), ("city_officer", "organization"), ("system_admin", None),
    ("security_admin", None), ("auditor", None), ("", None)])
def test_each_role_brings_in_its_own_kind(role, kind):
    actor = SimpleNamespace(role=role)
    assert rules.kind_for(actor) == kind
    for other in rules.KINDS.values:
        assert bool(rules.may_import(actor, other)) is (other == kind)


@pytest.mark.parametrize("client", ["as_system_admin", "as_security_admin", "as_auditor"])
def test_administrators_import_nothing(request, client):
    assert request.getfixturevalue(client).get("/desk/imports").status_code == 403


def test_a_visitor_is_asked_to_sign_in(as_visitor):
    assert "/sign-in" in as_visitor.get("/desk/imports").headers["Location"]


def test_another_office_does_not_see_it(as_county_officer, as_other_county_officer, as_township_officer,
                                        as_organization_member, as_province_officer):
    number = checked(as_county_officer, needs_sheet(1, need_row(2, 帮扶领域="养猪")))
    row = rows_of(number)[1].id
    for client in (as_other_county_officer, as_township_officer, as_organization_member, as_province_officer):
        for page in ("", "/columns", "/rows", f"/rows/{row}", "/progress", "/result", "/undo", "/faulty.xlsx"):
            assert client.get(f"/desk/imports/{number}{page}").status_code == 404, page
        for verb in ("/run", "/undo", "/discard", "/remap", f"/rows/{row}", "/columns"):
            assert client.post(f"/desk/imports/{number}{verb}", data={"do": "leave_out"}).status_code == 404, verb
        assert "需求清单.xlsx" not in client.get("/desk/imports").get_data(as_text=True)
    assert states(number) == ["good", "faulty"]


def test_a_row_of_another_import_is_not_found_under_this_one(as_county_officer):
    first, second = checked(as_county_officer, needs_sheet(1)), checked(as_county_officer, needs_sheet(2))
    row = rows_of(second)[1].id
    assert as_county_officer.post(f"/desk/imports/{first}/rows/{row}", data={"do": "leave_out"}).status_code == 404
    assert as_county_officer.get(f"/desk/imports/{first}/rows/{row}").status_code == 404


def test_the_same_file_in_another_county_is_another_import(as_county_officer, as_other_county_officer):
    data = needs_sheet(2)
    assert imported(as_county_officer, data) != imported(as_other_county_officer, data)
    assert sorted(db.session.scalars(db.select(Need.county_code))) == ["420921", "420921", "422801", "422801"]


def test_a_township_writes_for_itself_only(people, as_township_officer):
    from matchplatform.catalog.queries import townships

    own, other = (townships("420921")[n].name for n in (0, 1))
    number = checked(as_township_officer, workbook(HEADER, [need_row(1, own), need_row(2), need_row(3, other)]))
    assert states(number) == ["good", "good", "faulty"]
    as_township_officer.post(f"/desk/imports/{number}/run")
    assert set(db.session.scalars(db.select(Need.township_code))) == {people.township_officer.township_code}


def test_a_township_of_another_county_is_a_fault(as_other_county_officer):
    from matchplatform.catalog.queries import townships

    number = checked(as_other_county_officer, workbook(HEADER, [need_row(1, townships("420921")[0].name)]))
    assert states(number) == ["faulty"]


def test_an_organization_brings_in_its_own_offerings(people, as_organization_member):
    number = imported(as_organization_member, offerings_sheet(2), "供给清单.xlsx")
    assert states(number) == ["created"] * 2
    offerings = db.session.scalars(db.select(Offering).order_by(Offering.id)).all()
    assert {(one.organization_id, one.status, one.capacity) for one in offerings} == {
        (people.organization_member.organization_id, "draft", 3)}
    assert [one.area_codes for one in offerings] == [["420900"]] * 2
    page = as_organization_member.get(f"/desk/imports/{number}/submit").get_data(as_text=True)
    assert "上架这 2 项" in page
    as_organization_member.post(f"/desk/imports/{number}/submit")
    assert set(db.session.scalars(db.select(Offering.status))) == {"published"}


def test_the_province_brings_in_the_register(people, as_province_officer):
    number = imported(as_province_officer, organizations_sheet(2), "名册.xlsx")
    assert states(number) == ["created"] * 2
    made = db.session.scalars(db.select(Organization).where(Organization.imported_by.is_not(None))
                              .order_by(Organization.id)).all()
    assert {(one.status, one.rating, one.report_result, one.full_time_staff, one.registration_level, one.imported_by)
            for one in made} == {("draft", "4A", "passed", 6, "city", people.province_officer.id)}
    assert [one.record_code for one in rows_of(number)] == [str(one.id) for one in made]
    page = as_province_officer.get(f"/desk/imports/{number}/result").get_data(as_text=True)
    assert "同一个统一社会信用代码登记入驻" in page
    assert as_province_officer.get(f"/desk/imports/{number}/submit").status_code == 403


def test_an_organization_that_registered_itself_is_known(as_province_officer):
    first = db.session.scalars(db.select(Organization).order_by(Organization.id)).first()
    row = organization_row(1, **{"统一社会信用代码": first.uscc, "组织名称": first.name})
    number = checked(as_province_officer, workbook(ORGANIZATIONS, [row]))
    assert states(number) == ["known"]
    assert rows_of(number)[0].known_code == str(first.id)


@pytest.mark.parametrize(("authority", "state"), [
    ("420900", "good"), ("420921", "good"), ("420000", "faulty"), ("420100", "faulty"), ("429004", "faulty")])
def test_a_city_brings_in_what_it_vets(as_city_officer, authority, state):
    number = checked(as_city_officer, organizations_sheet(1, authority))
    assert states(number) == [state]


def test_an_unknown_state_or_page_shows_the_plain_list(as_county_officer):
    number = checked(as_county_officer, needs_sheet(1))
    for query in ("?state=nonsense", "?page=99", "?page=-1", "?state=faulty"):
        assert as_county_officer.get(f"/desk/imports/{number}/rows{query}").status_code == 200


def test_complete_drafts_are_handed_in_together_with_the_list_first(people, as_county_officer,
                                                                    as_second_county_officer):
    number = imported(as_county_officer, needs_sheet(2, need_row(3, 接单截止="")))
    page = as_county_officer.get(f"/desk/imports/{number}/submit").get_data(as_text=True)
    assert "提交审核这 2 条" in page
    assert "还没有填全：接单截止" in page
    as_county_officer.post(f"/desk/imports/{number}/submit")
    assert sorted(db.session.scalars(db.select(Need.status))) == ["draft", "submitted", "submitted"]
    told = db.session.scalars(db.select(Notice)).all()
    assert [(one.user_id, one.title) for one in told] == [
        (people.second_county_officer.id, "待放行：2 条导入的需求")]
    code = db.session.scalar(db.select(Need.code).where(Need.status == "submitted"))
    as_county_officer.post(f"/desk/needs/{code}/publish")  # nobody releases what he handed in
    db.session.expire_all()
    assert db.session.scalar(db.select(Need.status).where(Need.code == code)) == "submitted"
    as_second_county_officer.post(f"/desk/needs/{code}/publish")
    db.session.expire_all()
    assert db.session.scalar(db.select(Need.status).where(Need.code == code)) == "published"


def test_nothing_complete_is_told(as_county_officer):
    number = imported(as_county_officer, workbook(HEADER, [need_row(1, 接单截止="")]))
    as_county_officer.post(f"/desk/imports/{number}/submit")
    assert set(db.session.scalars(db.select(Need.status))) == {"draft"}
    assert "没有填写完整的草稿" in as_county_officer.get("/desk/imports").get_data(as_text=True)


def test_a_link_to_nothing_is_not_found(as_county_officer):
    assert as_county_officer.get("/desk/imports/999").status_code == 404
    assert number_in(upload(as_county_officer, needs_sheet(1))) != 999
