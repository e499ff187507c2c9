"""The audit: every row fits the one before it, one changed byte is found, and the database refuses changes."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from matchplatform.audit import queries, rules
from matchplatform.audit.models import AuditRow
from matchplatform.audit.operations import record
from matchplatform.core import clock, origin
from matchplatform.extensions import db


@pytest.fixture
def rows(people):
    """Six rows of different shapes."""
    made = [record(people.county_officer, "create", "新建", "need", object_id="XQ1", object_label="需求“甲”",
                   county_code="420921", detail={"金额": 12, "起": dt.date(2026, 1, 1)}),
            record(None, "sign_in", "登录", "account", object_label="nobody", result="refused", reason="没有这个账号"),
            record(people.province_officer, "approve", "批准", "pairing", object_id=7, organization_id=1,
                   reason="同意"),
            record(people.auditor, "look", "查看", "system"),
            record(people.county_officer, "edit", "修改", "need", object_id="XQ1", reason="错字\n换行"),
            record(people.city_officer, "unmask", "查看完整号码", "contact", object_id="3", reason="商量送货")]
    db.session.commit()
    return made


def unlocked(statement, **values):
    """Go around the triggers, as somebody with the database file would."""
    db.session.commit()  # reading has taken SQLite's one write lock
    postgresql = db.engine.dialect.name == "postgresql"
    with db.engine.begin() as connection:
        if postgresql:
            connection.exec_driver_sql("ALTER TABLE audit_rows DISABLE TRIGGER ALL")
        else:
            connection.exec_driver_sql("DROP TRIGGER audit_rows_no_update")
            connection.exec_driver_sql("DROP TRIGGER audit_rows_no_delete")
        connection.execute(sa.text(statement), values)
    db.session.expire_all()


def test_every_row_fits(rows):
    assert queries.first_break() == (6, None)
    assert rows[0].previous_hash == rules.GENESIS
    assert [one.previous_hash for one in rows[1:]] == [one.hash for one in rows[:-1]]


def test_an_empty_chain_is_whole(app):
    assert queries.first_break() == (0, None)


@pytest.mark.parametrize(("column", "value"), [
    ("reason", "同意。"), ("actor_name", "周 正"), ("actor_id", 1), ("address", "10.0.0.1"), ("act", "reject"),
    ("label", "驳回"), ("kind", "need"), ("object_id", "8"), ("object_label", "x"), ("county_code", "420921"),
    ("organization_id", 2), ("result", "refused"), ("detail", "{}"), ("actor_role", "auditor"),
    ("hash", "0" * 64), ("previous_hash", "0" * 64)])
def test_one_changed_value_is_found_where_it_stands(rows, column, value):
    number = rows[2].id
    unlocked(f"UPDATE audit_rows SET {column} = :value WHERE id = :number", value=value, number=number)
    assert queries.first_break() == (2, number)


def test_a_changed_moment_is_found(rows):
    number = rows[2].id
    moment = rows[2].at + dt.timedelta(microseconds=1)
    stored = moment if db.engine.dialect.name == "postgresql" else moment.replace(tzinfo=None).isoformat(" ")
    unlocked("UPDATE audit_rows SET at = :moment WHERE id = :number", moment=stored, number=number)
    assert queries.first_break() == (2, number)


def test_a_row_that_was_taken_out_is_missed(rows):
    after = rows[3].id
    unlocked("DELETE FROM audit_rows WHERE id = :number", number=rows[2].id)
    assert queries.first_break() == (2, after)


@pytest.mark.parametrize("statement", ["UPDATE audit_rows SET reason = 'x'", "DELETE FROM audit_rows",
                                       "UPDATE audit_rows SET reason = reason WHERE id = 1"])
def test_the_database_refuses_changes_and_deletions(rows, statement):
    with pytest.raises(DBAPIError, match="audit rows cannot be changed"):
        db.session.execute(sa.text(statement))
    db.session.rollback()
    assert queries.first_break() == (6, None)


def test_the_model_refuses_them_too(rows):
    rows[0].reason = "x"
    with pytest.raises(DBAPIError):
        db.session.flush()
    db.session.rollback()
    db.session.delete(rows[0])
    with pytest.raises(DBAPIError):
        db.session.flush()
    db.session.rollback()


def test_a_row_says_who_from_where_and_with_what_result(people):
    token = origin.address.set("192.0.2.7")
    try:
        row = record(people.city_officer, "export", "导出", "export", object_label="长" * 300)
        system = record(None, "seed", "载入", "system")
    finally:
        origin.address.reset(token)
    assert (row.actor_id, row.actor_name, row.actor_role, row.address, row.result) == (
        people.city_officer.id, "李文涛", "city_officer", "192.0.2.7", "done")
    assert len(row.object_label) == 200
    assert (system.actor_id, system.actor_name) == (None, "平台")
    assert queries.first_break() == (2, None)


def test_what_is_rolled_back_leaves_no_row_and_no_gap(people):
    record(people.auditor, "look", "查看", "system")
    db.session.commit()
    record(people.auditor, "look", "查看", "system")
    db.session.rollback()
    record(people.auditor, "look", "查看", "system")
    db.session.commit()
    assert queries.first_break() == (2, None)


def test_the_list_filters(rows):
    def found(**wanted):
        return [one.act for one in queries.rows(queries.AuditFilter(**wanted)).items]

    assert found() == ["unmask", "edit", "look", "approve", "sign_in", "create"]
    assert found(kind=("need",)) == ["edit", "create"]
    assert found(result="refused") == ["sign_in"]
    assert found(q="周正") == ["approve"]
    assert found(q="XQ1") == ["edit", "create"]
    assert found(start="2999-01-01") == found() or found(start="2099-01-01") == []
    assert found(end=f"{clock.today():%Y年%m月%d日}") == found()
    assert found(start="去年") == found()
    assert queries.rows(queries.AuditFilter(page=99), size=4).page == 2


def test_the_history_of_one_record_is_in_order(rows):
    assert [one.act for one in queries.history("need", "XQ1")] == ["create", "edit"]
    assert queries.history("pairing", "XQ1") == []
    assert queries.newest_mark(("need",)) == (rows[4].id, rows[4].hash)
    assert queries.newest_mark(("export",)) == (0, "")


def test_acts_from_an_address_are_counted(people):
    token = origin.address.set("192.0.2.7")
    try:
        for result in ("refused", "refused", "done"):
            record(None, "sign_in", "登录", "account", result=result)
    finally:
        origin.address.reset(token)
    since = clock.now() - dt.timedelta(minutes=15)
    assert queries.recent_from("192.0.2.7", "sign_in", since) == 3
    assert queries.recent_from("192.0.2.7", "sign_in", since, "refused") == 2
    assert queries.recent_from("192.0.2.8", "sign_in", since) == 0
    assert queries.recent_from("192.0.2.7", "sign_in", clock.now() + dt.timedelta(seconds=1)) == 0


def test_only_the_auditor_reads_it_and_only_reads(app, people, rows):
    from tests import factories
    from tests.conftest import sign_in_directly

    for name in factories.PEOPLE:
        client = sign_in_directly(app, getattr(people, name))
        if name != "auditor":
            assert client.get("/desk/audit").status_code == 403
        assert client.post("/desk/audit").status_code == 405
    assert [rule.methods - {"HEAD", "OPTIONS"} for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("audit.")] == [{"GET"}]


def test_the_auditor_comes_from_a_row_to_every_version_of_its_record(as_auditor, people):
    from matchplatform.needs.operations import edit_need
    from tests import factories

    need = factories.make_need(status="draft")
    edit_need(people.county_officer, need, {"title": "还没有交的草稿"})
    db.session.commit()
    page = f"/desk/needs/{need.code}/history"
    assert f'href="{page}"' in as_auditor.get("/desk/audit?kind=need").get_data(as_text=True)
    assert "改了 1 处" in as_auditor.get(page).get_data(as_text=True)
    assert as_auditor.get(f"/desk/needs/{need.code}").status_code == 403


def test_the_command_says_where_the_chain_breaks(app, rows):
    runner = app.test_cli_runner()
    assert "共 6 条" in runner.invoke(args=["verify-audit"]).output
    number = rows[1].id
    unlocked("UPDATE audit_rows SET reason = 'x' WHERE id = :number", number=number)
    broken = runner.invoke(args=["verify-audit"])
    assert broken.exit_code == 1
    assert f"第 {number} 条" in broken.output


def test_rows_are_the_same_when_read_back(rows):
    db.session.expire_all()
    assert len(db.session.scalars(db.select(AuditRow)).all()) == 6
