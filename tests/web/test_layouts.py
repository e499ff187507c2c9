"""Headers, footers, versions of static files, error pages, life under a sub-path."""

import re

import pytest

from matchplatform.catalog.queries import current_campaign
from matchplatform.extensions import db
from matchplatform.web.jinja import static_version
from tests.web.pages import links, parsed, words

DESK_ROLES = ("county_officer", "township_officer", "organization_member", "city_officer", "province_officer")


def test_static_addresses_carry_a_version_that_follows_the_content(app, tmp_path):
    (tmp_path / "a.css").write_text("a{}")
    first = static_version(str(tmp_path), "a.css")
    (tmp_path / "a.css").write_text("a{color:red}")
    assert first != static_version(str(tmp_path), "a.css")
    assert static_version(str(tmp_path), "missing.css") is None
    with app.test_request_context():
        assert "?v=" in app.jinja_env.globals["url_for"]("static", filename="tokens.css")


def test_every_static_file_that_a_page_names_is_there(app, as_visitor):
    for address in links(parsed(as_visitor.get("/"))):
        if address.startswith("/static/"):
            with as_visitor.get(address) as answer:
                assert answer.status_code == 200, address


def test_unknown_facts_of_the_site_are_shown_as_to_be_filled(as_visitor):
    shown = words(as_visitor.get("/"))
    assert "网站标识码： 待填" in shown
    assert "地图审图号： 待填" in shown


@pytest.mark.parametrize("role", DESK_ROLES)
def test_the_desk_names_the_person_and_leads_out(request, people, role):
    browser = request.getfixturevalue(f"as_{role}")
    tree = parsed(browser.get("/mine"))
    shown = words(browser.get("/mine"))
    assert getattr(people, role).name in shown
    assert "退出登录" in shown
    forms = [e for e in tree.iter() if isinstance(e.tag, str) and e.get("data-sign-out") is not None]
    assert len(forms) == 2
    assert all(form.get("method") == "post" for form in forms)
    body = next(e for e in tree.iter() if isinstance(e.tag, str) and e.tag.endswith("}body"))
    assert body.get("data-user") == str(getattr(people, role).id)
    assert body.get("data-page") == "portal.mine"


def test_the_demo_says_so_on_every_page(as_visitor, as_county_officer):
    assert "演示数据" not in words(as_visitor.get("/"))
    current_campaign().is_demo = True
    db.session.commit()
    assert "演示数据" in words(as_visitor.get("/"))
    assert "演示数据" in words(as_county_officer.get("/mine"))


@pytest.mark.parametrize(("browser", "method", "path", "status"), [
    ("as_visitor", "get", "/nothing", 404), ("as_visitor", "post", "/help", 405),
    ("as_county_officer", "get", "/desk/audit", 403), ("as_county_officer", "get", "/needs/XQ0", 404),
    ("as_visitor", "post", "/unmask", 303)])
def test_error_pages_say_what_happened_and_lead_on(request, browser, method, path, status):
    answer = getattr(request.getfixturevalue(browser), method)(path)
    if status == 303:
        assert "sign-in" in answer.headers["Location"] or "next=" in answer.headers["Location"]
        return
    tree = parsed(answer, status)
    assert re.search(r"事件编号 \d{8}-[0-9A-F]{6}", words(answer))
    body = next(e for e in tree.iter() if isinstance(e.tag, str) and e.tag.endswith("}body"))
    assert body.get("data-fault") is not None
    assert "回首页" in words(answer)


def test_a_body_beyond_the_limit_is_answered_in_words(as_county_officer):
    answer = as_county_officer.post("/unmask", data={"purpose": "x" * (3 * 1024 * 1024)})
    parsed(answer, 413)
    assert "2 MB" in words(answer)


def test_the_site_lives_under_a_sub_path(as_visitor, as_province_officer):
    for browser, path in ((as_visitor, "/"), (as_visitor, "/needs?view=map"), (as_province_officer, "/desk/dashboard")):
        answer = browser.get(path, environ_overrides={"SCRIPT_NAME": "/duijie"})
        for address in links(parsed(answer)):
            assert address.startswith(("/duijie/", "#", "?")), address
        assert ('"href": "/duijie/needs?' in answer.get_data(as_text=True)) == ("needs" not in path)
