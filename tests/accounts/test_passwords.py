"""What a password must be, the last five, and the forced change of initial ones."""

import datetime as dt
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.accounts import operations, rules
from matchplatform.accounts.models import SignIn
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from tests import factories
from tests.conftest import PASSWORD, sign_in_directly

NEW = "Xiaochang#2026"


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def change(client, present=PASSWORD, new=NEW, again=None):
    return client.post("/password", data={"present": present, "new": new, "again": new if again is None else again})


@pytest.mark.parametrize(("password", "said"), [
    ("Ab1-xyz", "10 位以上"), ("abcdefghijkl", "至少三种"), ("ABCDEF123456", "至少三种"),
    ("Password@123", "太常见"), ("P@ssw0rd123", "太常见"), ("Aa1!Aa1!Aa1!", "太常见"),
    ("County_officer9", "账号名"), ("A1" + "b" * 200, "最多 128"), ("", "10 位以上")])
def test_weak_passwords_are_refused_with_the_rule(password, said):
    verdict = rules.password_verdict(password, "county_officer")
    assert not verdict
    assert said in verdict.reason


@pytest.mark.parametrize("password", [NEW, "湖北 Xiang-42 cun", "a1-" * 5 + "xyz"])
def test_good_passwords_pass(password):
    assert rules.password_verdict(password, "county_officer")


@given(st.text(string.ascii_letters + string.digits + "-_#", max_size=9))
def test_nothing_shorter_than_ten_passes(password):
    assert not rules.password_verdict(password)


def test_initial_passwords_meet_the_rules():
    made = {operations.initial_password() for _ in range(50)}
    assert len(made) == 50
    assert all(rules.password_verdict(one) for one in made)


def test_changing_wants_the_present_one_and_twice_the_same(as_county_officer, people):
    for answer, said in ((change(as_county_officer, present="Wrong-pass-1"), "现在的密码不对"),
                         (change(as_county_officer, again="Other-pass-1"), "两遍新密码不一样"),
                         (change(as_county_officer, new="short"), "10 位以上"),
                         (change(as_county_officer, present=""), "现在的密码还没有填")):
        assert answer.status_code == 422
        assert said in text_of(answer)
    assert change(as_county_officer).status_code == 303


def test_changing_ends_the_other_sessions_and_keeps_this_one(app, people):
    here, elsewhere = (sign_in_directly(app, people.county_officer) for _ in range(2))
    assert change(here).status_code == 303
    assert here.get("/password").status_code == 200
    assert elsewhere.get("/password").status_code == 302
    assert len(db.session.scalars(db.select(SignIn).where(SignIn.ended_at.is_(None))).all()) == 1


def test_the_last_five_cannot_be_used_again_and_the_sixth_can(people):
    user, used = people.county_officer, [PASSWORD]
    for n in range(5):
        for old in used[-5:]:
            with pytest.raises(Refusal, match="最近五次"):
                operations.change_password(user, used[-1], old)
        used.append(f"Nongye-{n}-2026x")
        operations.change_password(user, used[-2], used[-1])
    operations.change_password(user, used[-1], PASSWORD)


def test_an_initial_password_leads_to_nothing_but_its_change(app, people):
    user = factories.make_user("county_officer", username="fresh", county_code=factories.COUNTY,
                               must_change_password=True)
    db.session.commit()
    client = sign_in_directly(app, user)
    for path in ("/mine", "/desk/pairings", "/notices"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/password")
    assert "先改初始密码" in text_of(client.get("/password"))
    assert client.post("/notices/read").headers["Location"] == "/password"
    assert change(client).status_code == 303
    assert client.get("/desk/pairings").status_code == 200


def test_an_initial_password_does_not_keep_anybody_from_leaving(app, people):
    user = factories.make_user("auditor", username="fresh", must_change_password=True)
    db.session.commit()
    assert sign_in_directly(app, user).post("/sign-out").headers["Location"] == "/"


def test_wrong_present_passwords_are_counted_and_lock_the_account_as_at_the_door(app, people):
    """Somebody who found an open screen cannot try passwords out: the fifth wrong one closes this way and the door."""
    browser = sign_in_directly(app, people.county_officer)
    sent = {"present": "Wrong-pass-1", "new": "Another-pass-9", "again": "Another-pass-9"}
    for number in range(1, 5):
        assert f"已错 {number} 次" in browser.post("/password", data=sent).get_data(as_text=True)
    assert "已锁定 15 分钟" in browser.post("/password", data=sent).get_data(as_text=True)
    right = {**sent, "present": PASSWORD}
    assert browser.post("/password", data=right).status_code == 422
    visitor = app.test_client()
    assert visitor.post("/sign-in", data={"username": "county_officer", "password": PASSWORD}).status_code == 422
    with clock.frozen(clock.now() + dt.timedelta(minutes=16)):
        assert browser.post("/password", data=right).status_code == 303
    db.session.expire_all()
    assert people.county_officer.failures == 0
    refused = db.session.scalars(db.select(AuditRow.reason).where(
        AuditRow.act == "change_password", AuditRow.result == "refused")).all()
    assert len(refused) == 5
    assert "锁定" in refused[-1]


def test_a_right_present_password_starts_the_count_anew(app, people):
    browser = sign_in_directly(app, people.county_officer)
    for present, new in (("Wrong-pass-1", "Another-pass-9"), (PASSWORD, "Another-pass-9")):
        browser.post("/password", data={"present": present, "new": new, "again": new})
    db.session.expire_all()
    assert (people.county_officer.failures, people.county_officer.locked_until) == (0, None)
