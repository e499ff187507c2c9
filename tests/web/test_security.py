"""The doors of the house: addresses that lead elsewhere, forms without their token, headers, cookies, lost races."""

import pytest
import sqlalchemy as sa
from flask import Blueprint

from matchplatform.audit.queries import newest_mark
from matchplatform.audit.rules import KINDS
from matchplatform.catalog.models import Category
from matchplatform.extensions import db
from matchplatform.web.access import access_of, public, safe_path
from tests import factories
from tests.conftest import make_app, sign_in_directly


@pytest.fixture
def strict(app, template):
    """The application on the same database with everything switched on that tests leave off."""
    made = make_app(template.url, WTF_CSRF_ENABLED=True, TESTING=False, PROPAGATE_EXCEPTIONS=False)
    views = Blueprint("strict", __name__)

    @views.post("/strict/<how>")
    @public
    def lose(how):
        db.session.get(Category, "health").name = how
        db.session.flush()
        raise sa.exc.OperationalError("UPDATE", {}, FAULTS[how])

    made.register_blueprint(views)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


class Fault(Exception):
    """A driver's error with the code that the database gave."""

    def __init__(self, text, sqlstate=None):
        super().__init__(text)
        self.sqlstate = sqlstate


FAULTS = {"deadlock": Fault("deadlock detected", "40P01"), "serialization": Fault("could not serialize", "40001"),
          "lock": Fault("lock timeout", "55P03"), "busy": Fault("database is locked"),
          "away": Fault("server closed the connection", "57P01")}


@pytest.mark.parametrize(("target", "path"), [
    ("/mine?kind=bid", "/mine?kind=bid"), ("http://localhost/needs", "/needs"), ("", None), (None, None),
    ("//evil.example", None), ("/\\evil.example", None), ("\\/evil.example", None), ("////evil.example", None),
    ("http:evil", None), ("http://evil.example/mine", None), ("http://localhost@evil.example/", None),
    ("http://[", None), ("//／evil", None), ("javascript:alert(1)", None), ("javascript:/mine", None),
    ("/\t/evil.example", None), ("/mine\r\nSet-Cookie: a=b", None), ("/mine\x00", None), (" //evil.example", None),
    ("mine", None), ("http://localhost:8080/mine", None)])
def test_a_way_back_leads_only_into_this_site(app, target, path):
    with app.test_request_context("/"):
        assert safe_path(target) == path


@pytest.mark.parametrize(("target", "path"), [
    ("/duijie/mine", "/duijie/mine"), ("/duijie", "/duijie"), ("/mine", None), ("/duijie2/mine", None)])
def test_under_a_sub_path_another_application_of_the_host_is_another_site(app, target, path):
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/duijie"}):
        assert safe_path(target) == path


def test_under_a_sub_path_signing_in_leads_back_to_the_page_asked_for(as_visitor, people):
    below = {"SCRIPT_NAME": "/duijie"}
    asked = as_visitor.get("/desk/needs?state=draft", environ_overrides=below)
    assert asked.location == "/duijie/sign-in?next=/duijie/desk/needs?state%3Ddraft"
    answer = as_visitor.post("/sign-in", environ_overrides=below, data={
        "username": "county_officer", "password": "Test-pass-2026", "next": "/duijie/desk/needs?state=draft"})
    assert answer.location == "/duijie/desk/needs?state=draft"


def test_a_filter_cannot_bend_the_links_of_the_page(as_visitor):
    page = as_visitor.get("/needs?_external=1&_scheme=javascript&_anchor=x&endpoint=portal.help&q=a")
    assert page.status_code == 200
    assert "javascript:" not in page.get_data(as_text=True)
    assert "http://localhost/needs" not in page.get_data(as_text=True)


def _posts(app):
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods:
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<int:{name}>", "1").replace(f"<{name}>", "x")
            yield rule.endpoint, path


# Nobody's session stands behind a villager's order: the form is signed itself and good once, and asking for a number
# is no act of anybody.
OWN_SIGNATURE = {"orders.hand_in", "orders.place", "orders.follow"}


def test_every_form_wants_its_token(strict, people):
    """Also signing out: another site can neither act for somebody nor throw him out."""
    for role in ("province_officer", "system_admin", "organization_member", "county_officer"):
        browser = sign_in_directly(strict, getattr(people, role))
        before = newest_mark(KINDS.values)
        db.session.rollback()  # one of them asks the database and must not wait for this test
        for endpoint, path in _posts(strict):
            answer = browser.post(path, headers={"Referer": "http://evil.example/"}, data={"reason": "别处来的"})
            if endpoint in OWN_SIGNATURE:
                assert answer.status_code in (200, 422), endpoint
                continue
            assert (answer.status_code, answer.location) == (303, "/"), endpoint
        db.session.rollback()
        assert newest_mark(KINDS.values) == before
        assert browser.get("/mine").status_code == 200


def test_whoever_has_an_initial_password_can_do_nothing_but_change_it(app, people):
    user = factories.make_user("province_officer", username="fresh.officer", must_change_password=True)
    browser = sign_in_directly(app, user)
    for endpoint, path in _posts(app):
        if access_of(app, endpoint) == frozenset({"*"}) or endpoint == "accounts.sign_out":
            continue
        answer = browser.post(path, data={"reason": "试试"})
        if endpoint == "accounts.password":
            assert answer.status_code == 422
        else:
            assert (answer.status_code, answer.location) == (303, "/password"), endpoint
    assert browser.get("/desk/approvals").location == "/password"


@pytest.mark.parametrize("path", ["/", "/static/tokens.css", "/static/missing.css", "/no-such-page", "/sign-in"])
def test_every_answer_carries_the_headers(app, template, path):
    made = make_app(template.url, SESSION_COOKIE_SECURE=True)
    with made.test_client().get(path) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        kept = answer.headers["Cache-Control"]
        assert ("max-age" in kept) == (path == "/static/tokens.css"), kept
    with made.app_context():
        db.engine.dispose()


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app, template, people):
    db.session.commit()  # or the sign-in would wait for the lock
    made = make_app(template.url, SESSION_COOKIE_SECURE=True)
    answer = made.test_client().post("/sign-in", base_url="https://localhost", data={
        "username": "county_officer", "password": "Test-pass-2026"})
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    with made.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("how", ["deadlock", "serialization", "lock", "busy"])
def test_a_lost_race_is_told_in_a_sentence_and_leaves_nothing(strict, how):
    strict.config["WTF_CSRF_ENABLED"] = False
    browser = strict.test_client()
    answer = browser.post(f"/strict/{how}", headers={"Referer": "http://localhost/help"})
    assert (answer.status_code, answer.location) == (303, "/help")
    assert "别人刚刚改动了同一条记录" in browser.get("/help").get_data(as_text=True)
    db.session.rollback()
    assert db.session.get(Category, "health").name == "医疗健康"


def test_a_database_that_is_away_is_no_lost_race(strict):
    strict.config["WTF_CSRF_ENABLED"] = False
    answer = strict.test_client().post("/strict/away")
    assert answer.status_code == 500
    assert "出了点问题" in answer.get_data(as_text=True)


def test_with_the_database_down_the_load_balancer_hears_503_and_people_a_plain_page(tmp_path):
    away = make_app(f"sqlite:///{tmp_path}/no/such/folder/away.db", TESTING=False, PROPAGATE_EXCEPTIONS=False)
    browser = away.test_client()
    with browser.session_transaction() as session:  # the page would ask the database who this is
        session["_user_id"], session["seen"] = "token", 9e12
    assert browser.get("/healthz").status_code == 503
    answer = browser.get("/mine")
    assert answer.status_code == 500
    assert "出了点问题" in answer.get_data(as_text=True)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_ten_megabytes_are_refused_in_words(strict, people, kind):
    for browser in (strict.test_client(), sign_in_directly(strict, people.county_officer)):
        for path in ("/sign-in", "/unmask", "/desk/needs/new", "/no-such-page"):
            answer = browser.post(path, data=b"a=" + b"x" * 10_000_000, content_type=kind)
            assert answer.status_code in ((404,) if path == "/no-such-page" else (413, 303)), path
            assert answer.status_code != 303 or answer.location == "/"
