"""Signing in: one message, five failures, two kinds of end, and a copied cookie that dies with the session."""

import datetime as dt
import re
import time

import pytest
from flask.sessions import SecureCookieSessionInterface

from matchplatform.accounts import rules
from matchplatform.accounts.models import SignIn, User
from matchplatform.accounts.queries import token_hash
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock
from matchplatform.extensions import db
from tests.conftest import PASSWORD, sign_in_directly

WRONG = "Wrong-pass-2026"


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def try_in(client, username="county_officer", password=PASSWORD, **more):
    return client.post("/sign-in", data={"username": username, "password": password, **more})


def is_in(client):
    return client.get("/password").status_code == 200


def account(username="county_officer"):
    db.session.expire_all()
    return db.session.scalar(db.select(User).where(User.username == username))


def test_the_right_password_opens_a_session_and_leaves_a_trace(as_visitor, people):
    answer = try_in(as_visitor)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mine")
    assert is_in(as_visitor)
    row = db.session.scalars(db.select(AuditRow).where(AuditRow.act == "sign_in")).one()
    assert (row.result, row.actor_name, row.address) == ("done", "刘敏", "127.0.0.1")


def test_the_name_is_the_same_in_capitals_and_with_blanks_around(as_visitor, people):
    assert try_in(as_visitor, " County_Officer ").status_code == 303


def test_every_failure_is_told_in_the_same_words(app, people):
    people.second_county_officer.enabled = False
    people.other_county_officer.locked_until = clock.now() + dt.timedelta(minutes=5)
    people.city_officer.last_sign_in_at = people.city_officer.opened_at = clock.now() - dt.timedelta(days=91)
    db.session.commit()
    answers = [try_in(app.test_client(), *one) for one in (
        ("county_officer", WRONG), ("nobody-here", PASSWORD), ("second_county_officer", PASSWORD),
        ("other_county_officer", PASSWORD), ("city_officer", PASSWORD))]
    assert {answer.status_code for answer in answers} == {422}
    assert all(rules.SAME_MESSAGE in text_of(answer) for answer in answers)
    bodies = {re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True)) for answer in answers}
    assert len(bodies) == 1
    rows = db.session.scalars(db.select(AuditRow.reason).where(AuditRow.act == "sign_in")).all()
    assert len(rows) == 5
    assert len(set(rows)) == 4  # the audit knows the difference; closed and idle share a reason


def test_five_failures_lock_for_fifteen_minutes_even_against_the_right_password(as_visitor, people):
    for _ in range(rules.MAX_FAILURES):
        assert try_in(as_visitor, password=WRONG).status_code == 422
    assert try_in(as_visitor).status_code == 422
    assert not is_in(as_visitor)
    locked_until = account().locked_until
    assert dt.timedelta(minutes=14) < locked_until - clock.now() <= dt.timedelta(minutes=15)
    with clock.frozen(locked_until + dt.timedelta(seconds=1)):
        assert try_in(as_visitor).status_code == 303
    assert account().failures == 0


def test_four_failures_and_a_success_start_the_count_anew(as_visitor, people):
    for _ in range(2):
        for _ in range(4):
            try_in(as_visitor, password=WRONG)
        assert try_in(as_visitor).status_code == 303
        as_visitor.post("/sign-out")
    assert account().locked_until is None


def test_too_many_refusals_from_one_address_close_the_door_for_it(app, people, monkeypatch):
    monkeypatch.setattr(rules, "ADDRESS_LIMIT", 3)
    for n in range(4):
        assert try_in(app.test_client(), f"nobody-{n}").status_code == 422
    answer = try_in(app.test_client())
    assert answer.status_code == 429
    assert rules.TOO_MANY in text_of(answer)
    elsewhere = app.test_client().post("/sign-in", data={"username": "county_officer", "password": PASSWORD},
                                       environ_base={"REMOTE_ADDR": "10.1.2.3"})
    assert elsewhere.status_code == 303


def test_empty_fields_are_named_and_what_was_typed_stays(as_visitor):
    answer = try_in(as_visitor, "xiaochang.liumin", "")
    assert answer.status_code == 422
    assert "密码还没有填" in text_of(answer)
    assert 'value="xiaochang.liumin"' in answer.get_data(as_text=True)
    assert try_in(as_visitor, "x" * 5000, "y" * 5000).status_code == 422


@pytest.mark.parametrize(("wanted", "led_to"), [
    ("/desk/needs?state=draft", "/desk/needs?state=draft"), ("https://elsewhere.example/x", "/mine"),
    ("//elsewhere.example/x", "/mine"), ("/\\elsewhere.example", "/mine"), ("javascript:alert(1)", "/mine"),
    ("", "/mine")])
def test_next_leads_only_into_this_site(as_visitor, people, wanted, led_to):
    assert try_in(as_visitor, next=wanted).headers["Location"] == led_to


@pytest.mark.parametrize(("name", "led_to"), [
    ("system_admin", "/desk/users"), ("security_admin", "/desk/users"), ("auditor", "/desk/audit")])
def test_administrators_begin_where_their_work_is(app, people, name, led_to):
    assert try_in(app.test_client(), name).headers["Location"] == led_to


def test_a_cookie_from_before_sign_in_is_worth_nothing_afterwards(as_visitor, people):
    with as_visitor.session_transaction() as session:
        session["planted"] = "by somebody else"
    try_in(as_visitor)
    with as_visitor.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent


def test_the_database_keeps_only_the_hash_of_the_token(as_visitor, people):
    try_in(as_visitor)
    with as_visitor.session_transaction() as session:
        token = session["_user_id"]
    stored = db.session.scalars(db.select(SignIn.token_hash)).one()
    assert stored == token_hash(token)
    assert token not in stored


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(app, people):
    client = app.test_client()
    try_in(client)
    with client.session_transaction() as session:
        copied = dict(session)
    thief = app.test_client()
    with thief.session_transaction() as session:
        session.update(copied)
    assert is_in(thief)
    assert client.post("/sign-out").status_code == 303
    assert not is_in(client)
    assert not is_in(thief)
    assert client.get("/sign-out").status_code == 405


def test_an_idle_session_ends_and_the_visitor_is_told(app, people):
    client = sign_in_directly(app, people.county_officer)
    assert is_in(client)
    with client.session_transaction() as session:
        session["seen"] = time.time() - app.config["SESSION_IDLE_SECONDS"] - 1
    answer = client.get("/password")
    assert answer.status_code == 302
    assert "登录已过期" in text_of(client.get(answer.headers["Location"]))
    assert not is_in(client)


def test_activity_keeps_a_session_awake(app, people):
    client = sign_in_directly(app, people.county_officer)
    with client.session_transaction() as session:
        session["seen"] = time.time() - app.config["SESSION_IDLE_SECONDS"] + 60
    assert is_in(client)
    with client.session_transaction() as session:
        assert time.time() - session["seen"] < 5


def test_a_session_ends_after_eight_hours_however_busy(app, as_visitor, people):
    try_in(as_visitor)
    ends_at = db.session.scalars(db.select(SignIn.ends_at)).one()
    assert dt.timedelta(hours=7, minutes=59) < ends_at - clock.now() <= dt.timedelta(hours=8)
    with clock.frozen(ends_at - dt.timedelta(seconds=1)):
        assert is_in(as_visitor)
    with clock.frozen(ends_at):
        assert not is_in(as_visitor)


def test_closing_an_account_ends_its_sessions(app, people, as_system_admin):
    client = sign_in_directly(app, people.county_officer)
    as_system_admin.post(f"/desk/users/{people.county_officer.id}/disable", data={"reason": "已调离"})
    assert not is_in(client)


def test_a_forged_cookie_opens_nothing(app, people):
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    client = app.test_client()
    client.set_cookie("platform", signer.dumps({"_user_id": str(people.county_officer.id), "seen": time.time()}))
    assert not is_in(client)
