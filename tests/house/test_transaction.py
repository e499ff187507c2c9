"""One commit per request; GET never writes; nothing is left uncommitted."""

import pytest
import sqlalchemy as sa
from flask import Blueprint

from matchplatform.catalog.models import Category
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.web.access import public
from matchplatform.web.transaction import after_commit, keep_despite_refusal
from tests.conftest import make_app


@pytest.fixture
def probe(app, template):
    """An application on the same database with views that misbehave."""
    made = make_app(template.url)
    views = Blueprint("probe", __name__)
    told = []

    def rename(text):
        db.session.get(Category, "health").name = text

    @views.get("/probe/get")
    @public
    def get():
        rename("GET")
        db.session.flush()
        return "written"

    @views.post("/probe/<how>")
    @public
    def post(how):
        rename(how)
        after_commit(lambda: told.append(how))
        if how == "refuse":
            raise Refusal("不行。")
        if how == "conflict":
            raise Conflict("别人先办了。")
        if how == "error":
            return "fault", 422
        if how == "kept":
            keep_despite_refusal()
            return "counted", 403
        if how == "broken":
            db.session.add(Category(code="other", name="教育帮扶"))  # the name is taken: fails at the commit's flush
        return "ok"

    made.register_blueprint(views)
    made.told = told
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def name_now():
    db.session.rollback()
    return db.session.scalar(sa.select(Category.name).where(Category.code == "health"))


def test_get_never_commits(probe):
    with pytest.raises(RuntimeError, match="GET request tries to write"):
        probe.test_client().get("/probe/get")
    assert name_now() == "医疗健康"


@pytest.mark.parametrize(("how", "stays", "status"), [
    ("done", True, 200), ("refuse", False, 303), ("conflict", False, 303), ("error", False, 422),
    ("kept", True, 403), ("broken", False, 303)])
def test_a_post_commits_once_after_the_view_or_not_at_all(probe, how, stays, status):
    answer = probe.test_client().post(f"/probe/{how}")
    assert answer.status_code == status
    assert (name_now() == how) is stays
    assert (how in probe.told) is stays


def test_statements_of_a_get_are_all_reads(app, as_province_officer, as_county_officer, as_organization_member,
                                           as_system_admin, as_auditor, as_visitor):
    """Every page without arguments, as everybody who may see it: not one INSERT, UPDATE or DELETE."""
    written, listener = [], lambda *a: None

    def note(_connection, _cursor, statement, *_rest):
        if statement.lstrip().split(None, 1)[0].upper() in ("INSERT", "UPDATE", "DELETE"):
            written.append(statement)

    listener = note
    db.event.listen(db.engine, "before_cursor_execute", listener)
    try:
        paths = [rule.rule for rule in app.url_map.iter_rules()
                 if "GET" in rule.methods and not rule.arguments and rule.endpoint != "static"]
        for client in (as_province_officer, as_county_officer, as_organization_member, as_system_admin, as_auditor,
                       as_visitor):
            for path in paths:
                assert client.get(path).status_code < 500, path
    finally:
        db.event.remove(db.engine, "before_cursor_execute", listener)
    assert len(paths) > 20
    assert written == []
