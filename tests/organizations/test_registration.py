"""Self-registration: a draft and an account in one go, and every kind of bad input."""

import json
import re

import pytest

from matchplatform.accounts.models import User
from matchplatform.audit.models import AuditRow
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.uscc import make_uscc, parse_uscc
from matchplatform.extensions import db
from matchplatform.organizations import operations, rules, views
from matchplatform.organizations.models import Organization
from tests import factories

CODE = make_uscc("52", "420000", "60000001")
FORM = {"uscc": CODE, "name": "荆楚助餐服务中心（演示）", "contact_name": "方老师", "contact_phone": "138 7123 0009",
        "username": "jingchu.fang", "password": "Zhucan#2026", "again": "Zhucan#2026", "consent": "y",
        "consent_version": rules.CONSENT_VERSION}


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def register(client, **changes):
    return client.post("/register", data={key: one for key, one in {**FORM, **changes}.items() if one is not None})


def made():
    return db.session.scalar(db.select(Organization).where(Organization.name == FORM["name"]))


def test_an_organization_and_its_account_come_in_one_go_and_the_session_begins(as_visitor, people):
    answer = register(as_visitor)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/organization")
    assert as_visitor.get("/desk/organization").status_code == 200
    organization = made()
    assert (organization.status, organization.kind, organization.registration_level, organization.authority_code) == (
        "draft", "52", "province", "420000")
    assert organization.contact_phone == "13871230009"
    user = db.session.scalar(db.select(User).where(User.username == "jingchu.fang"))
    assert (user.role, user.organization_id, user.must_change_password) == ("organization_member", organization.id,
                                                                          False)
    row = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "register_organization")).one()
    detail = json.loads(row.detail)
    assert row.actor_id == user.id
    assert detail["consent_version"] == rules.CONSENT_VERSION
    assert detail["consented_at"]
    assert "13871230009" not in row.detail


@pytest.mark.parametrize(("changes", "said"), [
    ({"uscc": CODE[:-1]}, "现在是 17 位"), ({"uscc": CODE[:-1] + ("0" if CODE[-1] != "0" else "1")}, "校验码对不上"),
    ({"uscc": "91350100M000100Y43"}, "企业"), ({"uscc": ""}, "统一社会信用代码还没有填"),
    ({"uscc": "字" * 40_000}, "要 18 位"), ({"uscc": make_uscc("53", "310000", "60000002")}, "外省"),
    ({"name": ""}, "组织名称还没有填"), ({"name": "<b>组织名称</b>"}, "不能有 &lt; 或 &gt;"),
    ({"name": "=1+1+1"}, "不能用 = 开头"),
    ({"name": "长" * 101}, "最多 100 字"), ({"name": "中心"}, "至少写 4 个字"),
    ({"contact_phone": "1387123000"}, "手机号要 11 位"), ({"contact_phone": ""}, "联系电话还没有填"),
    ({"contact_phone": "4712306"}, "加区号"), ({"username": "方"}, "英文字母开头"),
    ({"username": ""}, "账号名还没有填"),
    ({"username": "county_officer"}, "已经有人用了"), ({"password": "short", "again": "short"}, "10 位以上"),
    ({"password": "Password@123", "again": "Password@123"}, "太常见"), ({"again": "Other#2026x"}, "两遍密码不一样"),
    ({"consent": None}, "要勾选同意"), ({"consent_version": "2020-01"}, "说明更新了"),
    ({"website": "http://spam.example"}, "没有提交成功")])
def test_bad_input_is_named_stays_typed_and_stores_nothing(as_visitor, people, changes, said):
    before = db.session.scalar(db.select(db.func.count()).select_from(Organization))
    answer = register(as_visitor, **changes)
    assert answer.status_code == 422
    assert said in text_of(answer)
    kept = next(one for key, one in FORM.items() if key in ("contact_name", "name") and key not in changes)
    assert kept in answer.get_data(as_text=True)
    assert FORM["password"] not in answer.get_data(as_text=True)
    assert db.session.scalar(db.select(db.func.count()).select_from(Organization)) == before
    assert db.session.scalar(db.select(User).where(User.username == "jingchu.fang")) is None


def test_the_consent_box_is_not_ticked_beforehand(as_visitor):
    page = as_visitor.get("/register").get_data(as_text=True)
    box = re.search(r'<input[^>]*name="consent"[^>]*>', page)[0]
    assert "checked" not in box
    assert rules.CONSENT_VERSION in page
    assert all(sentence in page for sentence in rules.CONSENT_TEXT)


def test_checking_only_the_code_shows_what_it_says(as_visitor):
    answer = as_visitor.post("/register", data={"uscc": make_uscc("53", "420900", "60000003"), "recheck": "1"})
    assert answer.status_code == 200
    shown = text_of(answer)
    assert "基金会" in shown
    assert "市级" in shown
    assert "孝感市" in shown
    assert "还没有填" not in shown
    assert as_visitor.post("/register", data={"uscc": "123", "recheck": "1"}).status_code == 422


def test_a_registered_code_is_told_with_what_to_do_and_without_saying_whose(as_visitor, people):
    first = factories.first_organization()
    answer = register(as_visitor, uscc=first.uscc.lower())
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "已经入驻过" in shown
    assert "原来的经办人" in shown
    assert "陈晓岚" not in shown
    assert first.name not in shown


def test_who_is_signed_in_is_sent_away(as_county_officer):
    assert as_county_officer.get("/register").status_code == 303
    assert register(as_county_officer).headers["Location"] == "/mine"
    assert made() is None


def test_one_address_registers_five_an_hour(app, people):
    for n in range(views.MOST_AN_HOUR):
        answer = register(app.test_client(), uscc=make_uscc("52", "420000", f"6100000{n}"), username=f"member.{n}")
        assert answer.status_code == 303, text_of(answer)
    answer = register(app.test_client())
    assert answer.status_code == 429
    assert "一小时" in text_of(answer)
    assert FORM["contact_name"] in answer.get_data(as_text=True)


def test_trying_out_which_account_names_exist_leaves_a_trace_and_is_stopped(app, people, monkeypatch):
    monkeypatch.setattr(views, "MOST_REFUSED", 3)
    for n in range(3):
        answer = register(app.test_client(), username="province_officer", uscc=make_uscc("52", "420000", f"6100000{n}"))
        assert (answer.status_code, "已经有人用了" in text_of(answer)) == (422, True)
    answer = register(app.test_client(), username="province_officer")
    assert (answer.status_code, views.TOO_MANY in text_of(answer)) == (429, True)
    assert made() is None
    rows = db.session.execute(db.select(AuditRow.result, AuditRow.reason).where(
        AuditRow.act == "register_organization")).all()
    assert {tuple(row) for row in rows} == {("refused", "这个账号名已经有人用了，请换一个。")}
    assert len(rows) == 3


def test_the_second_of_two_at_the_same_moment_is_told(people, monkeypatch):
    """The look before the leap misses the other one; the unique constraint does not."""
    first = factories.first_organization()
    monkeypatch.setattr("matchplatform.organizations.queries.organization_by_uscc", lambda code: None)
    with pytest.raises(Conflict, match="刚刚有人"):
        operations.register(None, parse_uscc(first.uscc), FORM | {"contact_phone": "13871230009"},
                            rules.CONSENT_VERSION)
    with pytest.raises(Refusal, match="已经有人用了"):
        operations.register(None, parse_uscc(CODE), FORM | {"username": "county_officer"}, rules.CONSENT_VERSION)
    assert made() is None


def test_the_new_account_signs_in_again_later(app, as_visitor, people):
    register(as_visitor)
    answer = app.test_client().post("/sign-in", data={"username": "jingchu.fang", "password": FORM["password"]})
    assert answer.status_code == 303
