"""Error pages: the house's look, a way back, an incident number that stands in the log too."""

import re

import pytest
import sqlalchemy as sa
from flask import Blueprint, abort

from matchplatform.extensions import db
from matchplatform.web.access import public
from tests.conftest import make_app
from tests.web.pages import parsed


@pytest.fixture
def faulty(app, template):
    """An application outside test mode, with a view for every fault."""
    made = make_app(template.url, TESTING=False, PROPAGATE_EXCEPTIONS=False)
    views = Blueprint("faulty", __name__)

    @views.get("/faulty/<int:status>")
    @public
    def fault(status):
        if status == 500:
            raise ZeroDivisionError("a mistake of ours")
        abort(status)

    @views.get("/faulty/database")
    @public
    def away():
        db.session.execute(sa.text("SELECT * FROM no_such_table"))

    made.register_blueprint(views)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(("status", "says"), [
    (400, "看不懂"), (403, "不归您看"), (404, "没有找到"), (413, "太大"), (429, "太频繁"), (500, "出了点问题")])
def test_each_error_has_its_page_with_a_way_on_and_a_number(faulty, caplog, status, says):
    answer = faulty.test_client().get(f"/faulty/{status}")
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    parsed(answer, status)
    assert says in page
    assert 'href="/"' in page
    number = re.search(r"\d{8}-[0-9A-F]{6}", page)[0]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    if status == 500:
        assert number in caplog.text
        assert "a mistake of ours" not in page


def test_a_fault_of_the_database_is_a_page_too(faulty):
    answer = faulty.test_client().get("/faulty/database")
    assert answer.status_code == 500
    assert "出了点问题" in answer.get_data(as_text=True)


def test_with_the_database_away_the_page_asks_nobody(faulty, monkeypatch, caplog):
    """The house's layout would ask who is reading; then the plain page answers."""
    from matchplatform.web import errors

    def away(*_arguments):
        raise sa.exc.OperationalError("SELECT", {}, Exception("the server went away"))

    monkeypatch.setattr(errors, "_full_page", away)
    answer = faulty.test_client().get("/faulty/500")
    assert answer.status_code == 500
    page = answer.get_data(as_text=True)
    parsed(answer, 500)
    number = re.search(r"\d{8}-[0-9A-F]{6}", page)[0]
    assert number in caplog.text
