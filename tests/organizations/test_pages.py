"""The pages of both sides over HTTP: scopes, what may be edited when, registry facts, stale pages."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from matchplatform.accounts.queries import members
from matchplatform.audit.models import AuditRow
from matchplatform.columns import keeping
from matchplatform.core.clock import today
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.core.uscc import make_uscc, parse_uscc
from matchplatform.extensions import db
from matchplatform.matching.finding import find_organizations
from matchplatform.notices.models import Notice
from matchplatform.organizations import operations, queries, rules
from matchplatform.organizations.list_queries import OrganizationList
from matchplatform.organizations.models import Organization
from matchplatform.organizations.vetting_rules import COMPARED, complete
from tests import factories
from tests.conftest import sign_in_directly
from tests.organizations.test_lifecycle import make
from tests.web.pages import parsed, statements, words

PROFILE = {"name": "湖北社区公益基金会（演示）", "supervisor": "省民政厅", "legal_representative": "陈晓岚",
           "founded_on": "2010年5月1日", "address": "武昌区测试路 1 号", "purpose": "社区养老、助餐。",
           "full_time_staff": "8", "contact_name": "陈晓岚", "contact_phone": "13871230001"}
REGISTRY = {"rating": "4A", "rating_ends_on": "2027-12-31", "report_year": "2025", "report_result": "passed",
            "full_time_staff": "9", "basis": "中国社会组织政务服务平台，当天查询"}
ALL_SAME = {"verb": "vet", **{f"said-{name}": "same" for name in COMPARED}}


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "vetted", "suspended"])
def test_the_members_pages_in_every_state(as_organization_member, people, state):
    organization = make(people, state)
    db.session.commit()
    shown = text_of(as_organization_member.get("/desk/organization"))
    assert organization.name in shown
    assert rules.STATES[state].label in shown
    assert "13871230001" not in shown
    edit = as_organization_member.get("/desk/organization/edit")
    assert edit.status_code == 200
    page = edit.get_data(as_text=True)
    assert ('name="uscc"' in page) is (state in ("draft", "returned"))
    assert ('name="contact_phone"' in page) is (state != "submitted")
    assert 'name="rating"' not in page


@pytest.mark.parametrize("client", ["as_county_officer", "as_province_officer", "as_auditor", "as_system_admin"])
def test_the_own_organization_is_only_for_members(request, people, client):
    assert request.getfixturevalue(client).get("/desk/organization").status_code == 403


def test_the_whole_way_from_draft_to_vetted_over_http(as_organization_member, as_province_officer, people):
    organization = make(people, "draft", legal_representative="")
    db.session.commit()
    assert "还差 1 项" in text_of(as_organization_member.get("/desk/organization"))
    act = f"/desk/organizations/{organization.id}"
    as_organization_member.post(f"{act}/submit")
    assert "缺法定代表人" in text_of(as_organization_member.get("/desk/organization"))
    answer = as_organization_member.post("/desk/organization/edit", data={
        **PROFILE, "uscc": organization.uscc, "version": str(organization.version)})
    assert answer.status_code == 303, text_of(answer)
    assert as_organization_member.post(f"{act}/submit").status_code == 303
    assert organization.name in text_of(as_province_officer.get("/desk/vetting")) or PROFILE["name"] in text_of(
        as_province_officer.get("/desk/vetting"))
    assert as_province_officer.post(f"{act}/vet").status_code == 404  # passed beside the certificate alone
    decided = as_province_officer.post(f"/desk/vetting/{organization.id}/decide", data=ALL_SAME)
    assert decided.status_code == 303
    db.session.expire_all()
    assert db.session.get(Organization, organization.id).status == "vetted"
    assert as_province_officer.get("/desk/vetting").status_code == 200


@pytest.mark.parametrize(("typed", "said"), [
    ({"founded_on": "2999-01-01"}, "年份要在"), ({"founded_on": "2099-01-01"}, "还没有到"),
    ({"founded_on": "去年"}, "填写日期"), ({"full_time_staff": "八"}, "请写成 8"),
    ({"full_time_staff": "-1"}, "不能小于 0"), ({"full_time_staff": "1e309"}, "整数"),
    ({"purpose": "长" * 40_000}, "最多 2000 字"), ({"name": "@x"}, "不能用 @ 开头"),
    ({"contact_phone": "12345"}, "手机号要 11 位"), ({"contact_phone": "2345"}, "电话要填"),
    ({"uscc": "53"}, "现在是 2 位")])
def test_bad_profile_input_is_told_and_stays(as_organization_member, people, typed, said):
    organization = make(people, "draft")
    db.session.commit()
    answer = as_organization_member.post("/desk/organization/edit", data={
        **PROFILE, "uscc": organization.uscc, **typed})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert next(iter(typed.values()))[:50] in answer.get_data(as_text=True)
    db.session.expire_all()
    assert organization.supervisor == ""


def test_a_corrected_code_changes_kind_and_level_with_it(people):
    organization = make(people, "draft")
    code = parse_uscc(make_uscc("51", "420900", "62000001"))
    operations.edit_organization(people.organization_member, organization, {"uscc": code})
    assert (organization.uscc, organization.kind, organization.registration_level) == (code.code, "51", "city")
    taken = db.session.scalar(db.select(Organization).where(Organization.name.startswith("荆楚支教")))
    with pytest.raises(Refusal, match="已经入驻过"):
        operations.edit_organization(people.organization_member, organization, {"uscc": parse_uscc(taken.uscc)})


@pytest.mark.parametrize(("state", "values", "said"), [
    ("vetted", {"name": "另一个名称"}, "不能改名称"), ("vetted", {"rating": "5A"}, "不能改评估等级"),
    ("draft", {"is_abnormal": False}, "不能改活动异常名录"), ("draft", {"status": "vetted"}, "不能改status"),
    ("submitted", {"address": "别处"}, "撤回修改")])
def test_what_the_state_keeps_shut_is_refused_not_dropped(people, state, values, said):
    organization = make(people, state)
    with pytest.raises(Refusal, match=said):
        operations.edit_organization(people.organization_member, organization, values)


def test_posting_shut_fields_over_http_changes_nothing(as_organization_member, people):
    organization = make(people, "vetted")
    db.session.commit()
    as_organization_member.post("/desk/organization/edit", data={
        **PROFILE, "name": "冒名", "rating": "5A", "uscc": "x", "address": "新地址", "status": "draft"})
    db.session.expire_all()
    assert (organization.name != "冒名", organization.rating, organization.status) == (True, "4A", "vetted")
    assert organization.address == "新地址"


def test_nobody_else_edits_an_organization(people):
    organization = make(people, "draft")
    for name in sorted(set(factories.PEOPLE) - {"organization_member"}):
        with pytest.raises(Refusal):
            operations.edit_organization(getattr(people, name), organization, {"address": "别处"})


def test_an_old_page_does_not_overwrite_a_newer_one(people):
    organization = make(people, "draft")
    version = organization.version
    operations.edit_organization(people.organization_member, organization, {"address": "甲地"}, version)
    with pytest.raises(Conflict):
        operations.edit_organization(people.organization_member, organization, {"address": "乙地"}, version)
    assert organization.address == "甲地"


def test_the_audit_of_an_edit_says_what_changed_but_no_telephone(people):
    organization = make(people, "draft")
    operations.edit_organization(people.organization_member, organization,
                                 {"address": "甲地", "contact_phone": "13900001111"})
    row = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "edit_organization")).one()
    assert "甲地" in row.detail
    assert "13900001111" not in row.detail
    assert "13871230001" not in row.detail
    assert operations.edit_organization(people.organization_member, organization, {"address": "甲地"}) == []


@pytest.mark.parametrize(("level", "authority", "seen"), [
    ("city", "420900", True), ("county", "420921", True), ("county", "422801", False), ("province", "420000", False),
    ("county", "429004", False)])
def test_a_city_reaches_its_own_registrations_and_others_are_not_found(as_city_officer, people, level, authority,
                                                                      seen):
    organization = make(people, "submitted", level=level, authority=authority)
    db.session.commit()
    path = f"/desk/vetting/{organization.id}"
    assert as_city_officer.get(path).status_code == (200 if seen else 404)
    assert (organization.name in text_of(as_city_officer.get("/desk/vetting?state=all"))) is seen
    answer = as_city_officer.post(f"{path}/decide", data=ALL_SAME)
    assert answer.status_code == (303 if seen else 404)
    assert as_city_officer.post(path, data=REGISTRY).status_code == (303 if seen else 404)


@pytest.mark.parametrize("client", ["as_county_officer", "as_organization_member", "as_auditor", "as_system_admin"])
def test_the_vetting_desk_is_for_civil_affairs(request, people, client):
    browser = request.getfixturevalue(client)
    assert browser.get("/desk/vetting").status_code == 403
    assert browser.get(f"/desk/vetting/{factories.first_organization().id}").status_code == 403


def test_staff_record_the_registry_and_the_members_are_told(as_province_officer, people):
    organization = make(people, "submitted")
    db.session.commit()
    path = f"/desk/vetting/{organization.id}"
    answer = as_province_officer.post(path, data={**REGISTRY, "is_abnormal": "y", "penalty_on": "2026-01-01",
                                                  "penalty_until": "2026-12-31", "version": organization.version})
    assert answer.status_code == 303, text_of(answer)
    db.session.expire_all()
    assert (organization.is_abnormal, organization.full_time_staff, str(organization.penalty_until)) == (
        True, 9, "2026-12-31")
    row = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "record_registry")).one()
    assert row.reason == REGISTRY["basis"]
    told = db.session.scalars(db.select(Notice.user_id).where(Notice.subject_kind == "organization")).all()
    assert set(told) == set(members(organization.id))
    assert "在活动异常名录里" in text_of(as_province_officer.get(path))


@pytest.mark.parametrize(("typed", "said"), [
    ({"basis": ""}, "依据还没有填"), ({"rating": "", "rating_ends_on": "2027-01-01"}, "没有选评估等级"),
    ({"report_year": "二〇二五年"}, "年报年度"), ({"penalty_until": "2026-02-30"}, "日历上"),
    ({"tax_from_year": "2025"}, "一起填"), ({"rating": "6A"}, "评估等级")])
def test_bad_registry_input_is_told_and_stays(as_province_officer, people, typed, said):
    organization = make(people, "submitted")
    db.session.commit()
    answer = as_province_officer.post(f"/desk/vetting/{organization.id}", data={**REGISTRY, **typed})
    assert answer.status_code == 422
    assert said in text_of(answer)
    if "basis" not in typed:
        assert REGISTRY["basis"] in answer.get_data(as_text=True)


def test_a_second_vetter_on_an_old_page_gets_a_sentence(as_province_officer, as_second_province_officer, people):
    organization = make(people, "submitted")
    db.session.commit()
    version, path = organization.version, f"/desk/vetting/{organization.id}/decide"
    returned = as_province_officer.post(path, data={"verb": "return", "words": "住所不全", "version": version})
    assert returned.status_code == 303
    answer = as_second_province_officer.post(path, data={
        **ALL_SAME, "version": version, "back": f"/desk/vetting/{organization.id}"})
    assert answer.status_code == 303
    assert "退回补正" in text_of(as_second_province_officer.get(answer.headers["Location"]))
    db.session.expire_all()
    assert organization.status == "returned"


def test_who_sees_an_organization_that_is_not_vetted(app, people):
    organization = make(people, "submitted", level="city", authority="420900")
    from flask_login import AnonymousUserMixin

    seen = {name for name in factories.PEOPLE if _sees(getattr(people, name), organization)}
    assert seen == {"organization_member", "city_officer", "province_officer", "second_province_officer"}
    assert not _sees(AnonymousUserMixin(), organization)
    operations.act(people.province_officer, organization, "vet", checklist=complete())
    assert _sees(AnonymousUserMixin(), organization)
    operations.act(people.province_officer, organization, "suspend", "投诉待查")
    assert not _sees(people.county_officer, organization)


def _sees(actor, organization):
    try:
        return queries.visible_organization(actor, organization.id) is organization
    except NotFound:
        return False


def test_the_public_register_filters_and_sorts(people):
    for name, kind, level, rating in (("甲服务中心", "52", "city", "5A"), ("乙促进会", "51", "county", ""),
                                      ("丙基金会", "53", "province", "3A")):
        factories.make_organization(name=name, kind=kind, level=level, rating=rating,
                                    authority={"city": "420900", "county": "420921", "province": "420000"}[level])
    factories.make_organization(name="丁没入库", vetted=False)

    def found(**wanted):
        listed = OrganizationList(queries.OrganizationFilter(**wanted), {})
        names = {one.id: one.name for one in listed.page(100).items}
        assert list(names) == listed.ids
        return [one for one in names.values() if "（演示）" not in one]

    assert set(found()) == {"甲服务中心", "乙促进会", "丙基金会"}
    assert found(kind=("52",)) == ["甲服务中心"]
    assert set(found(level=("city", "county"))) == {"甲服务中心", "乙促进会"}
    assert found(rating=("none",)) == ["乙促进会"]
    assert found(q="促进") == ["乙促进会"]
    assert found(q="100%_") == []
    assert found(sort="rating") == ["甲服务中心", "丙基金会", "乙促进会"]
    assert found(sort="name") == ["丙基金会", "甲服务中心", "乙促进会"]  # bǐng, jiǎ, yǐ
    assert found(q=organization_by_name("乙促进会").uscc[4:14].lower()) == ["乙促进会"]
    assert set(found(sort="nonsense", page=99)) == {"甲服务中心", "乙促进会", "丙基金会"}


def organization_by_name(name):
    return db.session.scalar(db.select(Organization).where(Organization.name == name))


def counts(**wanted):
    """Group -> option -> how many, of those beside the register."""
    found = find_organizations(queries.OrganizationFilter(**wanted))
    return {one.key: {option.value: option.count for option in one.options if option.count} for one in found.facets}


def test_counts_beside_the_register_are_the_lengths_of_the_lists(people):
    for n in range(12):
        made = factories.make_organization(
            name=f"第{n}家", kind=("51", "52", "53")[n % 3], level=("city", "county", "province")[n % 3],
            authority=("420900", "422801", "429004")[n % 3], rating=("5A", "4A", "")[n % 3],
            rating_ends_on=today() + dt.timedelta(days=n - 4))
        if n % 2:
            factories.make_offering(made, category_code=("health", "education")[n % 4 // 2])
    db.session.commit()
    for chosen in ({}, {"kind": ("51",)}, {"rating": ("4A", "none"), "q": "家"}, {"category": ("health",)},
                   {"city": "420900", "level": ("city",)}):
        for key, options in counts(**chosen).items():
            for value, n in options.items():
                only = {**chosen, key: value if key == "city" else (value,)}
                assert find_organizations(queries.OrganizationFilter(**only)).page.total == n, only
    assert counts(q="第")["city"] == {"420900": 4, "422800": 4, "429004": 4}
    assert counts(q="第")["rating"] == {"5A": 2, "4A": 3, "none": 7}


def test_who_is_not_vetted_leaves_no_trace_in_the_counts(people):
    before = counts()
    for status in ("draft", "submitted", "suspended"):
        hidden = factories.make_organization(name=f"看不见{status}", kind="51", level="county", authority="422801",
                                             rating="1A")
        factories.make_offering(hidden, category_code="health")
        if status == "suspended":
            operations.act(people.province_officer, hidden, "suspend", "投诉待查")
        else:
            db.session.flush()
            db.session.execute(sa.update(Organization).where(Organization.id == hidden.id).values(
                status=status, vetted_by=None))
    db.session.commit()
    keeping.forget()
    assert counts() == before
    assert find_organizations(queries.OrganizationFilter(q="看不见")).page.total == 0


def test_a_rating_that_has_run_out_counts_as_none(people):
    factories.make_organization(name="到期了", rating="5A", rating_ends_on=today() - dt.timedelta(days=1))
    factories.make_organization(name="今天还算", rating="5A", rating_ends_on=today())
    db.session.commit()
    for rating, shown in (("5A", "今天还算"), ("none", "到期了")):
        page = find_organizations(queries.OrganizationFilter(q=shown, rating=(rating,))).page
        assert [one.name for one in page.items] == [shown]
        assert find_organizations(queries.OrganizationFilter(q=shown, rating=("4A",))).page.total == 0


def test_the_registers_filters_stand_in_every_form_and_can_be_taken_off(people, as_visitor):
    factories.make_organization(name="孝感暖灶服务中心", level="city", authority="420900", kind="52", rating="4A")
    db.session.commit()
    tree = parsed(as_visitor.get("/organizations?q=暖灶&kind=52&city=420900&sort=newest&level=nonsense&city=1"))
    fields = [{(e.get("name"), e.get("value")) for e in form.iter() if e.get("type") == "hidden"}
              for form in tree.iter() if form.get("action") == "/organizations"]
    assert fields == [{("q", "暖灶"), ("sort", "newest")}, {("kind", "52"), ("city", "420900"), ("sort", "newest")},
                      {("q", "暖灶"), ("kind", "52"), ("city", "420900")}]
    shown = words(as_visitor.get("/organizations?q=暖灶&kind=52&city=420900"))
    assert "找到 1 家" in shown
    assert shown.count("去掉这个条件") == 3
    assert "看全部社会组织" in words(as_visitor.get("/organizations?city=420800"))


def test_the_vetting_list_keeps_its_state_in_the_url_and_its_statement_count(app, people):
    client = sign_in_directly(app, people.province_officer)

    def counted():
        return statements(lambda: client.get("/desk/vetting?state=all&level=province&sort=name&q=演示"))

    before = counted()
    for _ in range(12):
        factories.make_organization()
    db.session.commit()
    assert counted() == before


def test_foreign_and_unknown_numbers_are_not_found(as_organization_member, as_province_officer, people):
    other = people.other_organization_member.organization_id
    assert as_organization_member.post(f"/desk/organizations/{other}/recall").status_code == 404
    assert as_province_officer.get("/desk/vetting/999999").status_code == 404
    assert as_province_officer.post("/desk/organizations/999999/vet").status_code == 404
