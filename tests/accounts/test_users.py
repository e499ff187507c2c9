"""The administrators' desk: who opens what, with which scope, and what is shown once."""

import re

import pytest
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts import operations, queries, rules
from matchplatform.accounts.models import User
from matchplatform.audit.models import AuditRow
from matchplatform.catalog.queries import townships
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from tests import factories
from tests.conftest import sign_in_directly
from tests.web.pages import statements

NEW = {"role": "province_officer", "username": "sheng.wang", "name": "王芳", "position": "科长"}


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def shown_password(answer):
    return re.search(r"<code>([^<]+)</code>", answer.get_data(as_text=True))[1]


def account(username):
    db.session.expire_all()
    return db.session.scalar(db.select(User).where(User.username == username))


@pytest.mark.parametrize("name", sorted(factories.PEOPLE))
def test_only_administrators_see_accounts_and_only_the_system_administrator_opens_them(app, people, name):
    client = sign_in_directly(app, getattr(people, name))
    sees = name in ("system_admin", "security_admin")
    assert client.get("/desk/users").status_code == (200 if sees else 403)
    opens = name == "system_admin"
    assert client.get("/desk/users/new").status_code == (200 if opens else 403)
    target = people.county_officer.id
    for path in (f"/desk/users/{target}/disable", f"/desk/users/{target}/password"):
        if not opens:
            assert client.post(path, data={"reason": "试试"}).status_code == 403
    assert account("county_officer").enabled


@pytest.mark.parametrize(("role", "typed", "column", "value"), [
    ("county_officer", {"county_code": "420921"}, "county_code", "420921"),
    ("city_officer", {"city_code": "420900"}, "city_code", "420900"),
    ("city_officer", {"city_code": "429004"}, "city_code", "429004"),
    ("township_officer", {"county_code": "420921", "township": "first by name"}, "township_code", "first"),
    ("township_officer", {"township": "first by code"}, "township_code", "first"),
    ("organization_member", {"organization": "湖北社区公益基金会（演示）"}, "organization_id", "organization"),
    ("organization_member", {"organization": "by uscc"}, "organization_id", "organization"),
    ("province_officer", {"county_code": "420921"}, None, None), ("auditor", {}, None, None)])
def test_each_role_is_opened_with_its_one_scope(as_system_admin, people, role, typed, column, value):
    township, organization = townships("420921")[0], factories.first_organization()
    known = {"first by name": township.name, "first by code": township.code, "by uscc": organization.uscc.lower(),
             "first": township.code, "organization": organization.id}
    typed = {key: known.get(one, one) for key, one in typed.items()}
    answer = as_system_admin.post("/desk/users/new", data={**NEW, "role": role, **typed})
    assert answer.status_code == 200, text_of(answer)
    made = account("sheng.wang")
    scope = {name: getattr(made, name) for name in ("city_code", "county_code", "township_code", "organization_id")}
    assert {key: one for key, one in scope.items() if one is not None} == (
        {column: known.get(value, value)} if column else {})
    assert made.must_change_password


@pytest.mark.parametrize(("typed", "said"), [
    ({"role": "county_officer"}, "请选县"), ({"role": "city_officer", "city_code": "999999"}, "请选市"),
    ({"role": "township_officer", "county_code": "420921", "township": "没有乡"}, "乡镇的名称"),
    ({"role": "organization_member", "organization": "没有这家"}, "要先入驻"),
    ({"role": "king"}, "没有这个角色"), ({"role": ""}, "角色还没有填"), ({"username": "王芳"}, "英文字母开头"),
    ({"username": "county_officer"}, "已经有人用了"), ({"name": "=1+1"}, "不能用 = 开头"),
    ({"name": ""}, "姓名还没有填")])
def test_bad_input_is_told_beside_the_field_and_stays(as_system_admin, people, typed, said):
    answer = as_system_admin.post("/desk/users/new", data={**NEW, **typed})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "科长" in answer.get_data(as_text=True)
    assert account("sheng.wang") is None


def test_the_initial_password_is_shown_once_works_and_is_kept_nowhere_in_clear(app, as_system_admin, people):
    password = shown_password(as_system_admin.post("/desk/users/new", data=NEW))
    client = app.test_client()
    answer = client.post("/sign-in", data={"username": NEW["username"], "password": password})
    assert answer.status_code == 303
    assert client.get("/mine").headers["Location"] == "/password"
    assert password not in as_system_admin.get("/desk/users").get_data(as_text=True)
    assert not any(password in row.detail + row.reason for row in db.session.scalars(db.select(AuditRow)))


def test_a_reset_ends_sessions_and_the_lock_and_shows_the_password_once(app, as_system_admin, people):
    people.county_officer.failures = 4
    client = sign_in_directly(app, people.county_officer)
    password = shown_password(as_system_admin.post(f"/desk/users/{people.county_officer.id}/password"))
    assert client.get("/password").status_code == 302
    fresh = app.test_client()
    assert fresh.post("/sign-in", data={"username": "county_officer", "password": password}).status_code == 303
    assert account("county_officer").must_change_password


def test_closing_and_opening_want_a_reason(as_system_admin, people):
    path = f"/desk/users/{people.auditor.id}"
    as_system_admin.post(f"{path}/disable", data={"reason": " "})
    assert account("auditor").enabled
    as_system_admin.post(f"{path}/disable", data={"reason": "已调离"})
    assert not account("auditor").enabled
    as_system_admin.post(f"{path}/enable", data={"reason": "回到岗位"})
    assert account("auditor").enabled
    assert as_system_admin.post(f"{path}/promote", data={"reason": "x"}).status_code == 404
    assert as_system_admin.post("/desk/users/99999/disable", data={"reason": "x"}).status_code == 404


def test_nobody_administers_himself(people):
    for act in (lambda: operations.reset_password(people.system_admin, people.system_admin),
                lambda: operations.set_enabled(people.system_admin, people.system_admin, False, "休假")):
        with pytest.raises(Refusal, match="自己的账号"):
            act()


@pytest.mark.parametrize("name", sorted(set(factories.PEOPLE) - {"system_admin"}))
def test_nobody_else_opens_or_resets(people, name):
    actor = getattr(people, name)
    with pytest.raises(Refusal, match="系统管理员"):
        operations.open_office_account(actor, NEW, None)
    with pytest.raises(Refusal, match="系统管理员"):
        operations.reset_password(actor, people.county_officer)


@pytest.mark.parametrize("scope", [{}, {"city_code": "420900"}, {"county_code": "420921", "city_code": "420900"}])
def test_the_database_refuses_a_role_without_exactly_its_scope(people, scope):
    with pytest.raises(IntegrityError):
        factories.make_user("county_officer", username="crooked", **scope)
    db.session.rollback()


def test_the_list_filters_by_words_role_and_state(as_system_admin, people):
    people.auditor.enabled = False
    db.session.commit()
    for query, names in (("q=刘敏", {"county_officer"}), ("q=AUDIT", {"auditor"}), ("q=%25", set()),
                         ("role=auditor&role=city_officer", {"auditor", "city_officer"}),
                         ("state=closed", {"auditor"}), ("state=locked", set()),
                         ("state=nonsense&role=auditor", {"auditor"})):
        shown = as_system_admin.get(f"/desk/users?{query}").get_data(as_text=True)
        assert {name for name in factories.PEOPLE if f">{name}<" in shown} == names, query


def test_the_sql_and_the_python_of_an_accounts_state_agree(people):
    from datetime import timedelta

    from matchplatform.core.clock import now

    moment = now()
    people.auditor.enabled = False
    people.county_officer.locked_until = moment + timedelta(minutes=3)
    people.city_officer.opened_at = moment - timedelta(days=91)
    people.province_officer.must_change_password = True
    people.second_province_officer.opened_at = moment - timedelta(days=200)
    people.second_province_officer.last_sign_in_at = moment - timedelta(days=2)
    db.session.flush()
    by_sql = {user.username: state.value for state in queries.USER_STATES
              for user in queries.users(queries.UserFilter(state=state.value)).items}
    assert by_sql == {name: queries.state_of(getattr(people, name), moment).value for name in factories.PEOPLE}
    assert set(by_sql.values()) == set(queries.USER_STATES.values)


def test_the_number_of_statements_does_not_grow_with_the_list(as_system_admin, people):
    def counted():
        return statements(lambda: as_system_admin.get("/desk/users"))

    before = counted()
    for n, township in enumerate(townships("420921")[:6]):
        factories.make_user("township_officer", username=f"town.{n}", township_code=township.code)
        organization = factories.make_organization()
        factories.make_user("organization_member", username=f"member.{n}", organization_id=organization.id)
    db.session.commit()
    assert counted() == before


def test_every_role_has_a_label_and_a_unit(people):
    assert {queries.unit_name(getattr(people, name)) for name in ("county_officer", "city_officer")} == {
        "孝昌县农业农村局", "孝感市民政局"}
    assert queries.unit_name(people.organization_member) == "湖北社区公益基金会（演示）"
    assert set(rules.SCOPE) | rules.ADMINISTRATORS | {"province_officer"} == set(rules.ROLES.values)
