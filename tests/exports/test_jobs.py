"""Large exports: a job, a notice, a file for its owner only and for a day only; a long CSV leaves while it is read."""

import datetime as dt

import openpyxl
import pytest

from matchplatform.core.clock import frozen, now
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.database import writing
from matchplatform.exports import making, queries, rules, work
from matchplatform.exports.models import Export
from matchplatform.extensions import db
from matchplatform.jobs.models import Job
from matchplatform.jobs.work import run_job
from matchplatform.notices.models import Notice
from tests.exports.shelf import export, many_needs, rows
from tests.web.pages import parsed, words


@pytest.fixture
def small(app, people, tmp_path, monkeypatch):
    """An application for which six records are many."""
    monkeypatch.setattr(rules, "AT_ONCE", 5)
    monkeypatch.setitem(app.config, "EXPORTS_FOLDER", str(tmp_path / "exports"))
    many_needs(12)
    return tmp_path / "exports"


def newest():
    db.session.rollback()
    return db.session.scalar(db.select(Export).order_by(Export.id.desc()))


def test_many_are_made_in_the_background_and_the_owner_is_told(small, as_county_officer, people):
    answer = export(as_county_officer, "needs", "xlsx", "sort=gap")
    assert (answer.status_code, answer.location) == (303, "/desk/exports")
    made = newest()
    assert (made.status, made.total, made.user_id) == ("ready", 12, people.county_officer.id)
    notice = db.session.scalar(db.select(Notice).where(Notice.user_id == people.county_officer.id))
    assert notice.title.startswith("导出做好了：需求项目库-")
    inbox = as_county_officer.get("/notices").get_data(as_text=True)
    assert 'href="/desk/exports"' in inbox
    page = as_county_officer.get("/desk/exports")
    parsed(page)
    assert "可以下载" in words(page)
    with as_county_officer.get(f"/desk/exports/{made.id}") as file:
        assert file.status_code == 200
        assert "attachment" in file.headers["Content-Disposition"]
        (small / "copy.xlsx").write_bytes(file.data)
    assert openpyxl.load_workbook(small / "copy.xlsx")["清单"].max_row == 13


def test_nobody_but_the_owner_gets_the_file(small, as_county_officer, as_second_county_officer, as_visitor,
                                            as_province_officer):
    export(as_county_officer, "needs", "ledger-xlsx")
    address = f"/desk/exports/{newest().id}"
    for browser, status in ((as_county_officer, 200), (as_second_county_officer, 404), (as_province_officer, 404),
                            (as_visitor, 302)):
        with browser.get(address) as answer:
            assert answer.status_code == status


def test_after_a_day_the_file_is_gone(small, as_county_officer, people):
    export(as_county_officer, "needs", "xlsx")
    made = newest()
    assert len(list(small.iterdir())) == 1
    with frozen(now() + dt.timedelta(hours=23)):
        assert work.clean() == 0
        assert queries.own_export(people.county_officer, made.id)
    with frozen(now() + dt.timedelta(hours=25)):
        with pytest.raises(NotFound):
            queries.own_export(people.county_officer, made.id)
        assert work.clean() == 1
        assert work.clean() == 0
    assert list(small.iterdir()) == []


def test_a_visitor_hears_how_else(small, as_visitor):
    answer = export(as_visitor, "needs", "xlsx")
    assert (answer.status_code, answer.location) == (303, "/needs")
    said = words(as_visitor.get("/needs"))
    assert "Excel 一次最多 5 条，现在选中 12 条" in said
    assert "改选 CSV" in said
    assert len(rows(export(as_visitor, "needs"))) == 12


def test_a_run_that_was_killed_begins_again_and_leaves_one_whole_file(small, as_county_officer, monkeypatch):
    export(as_county_officer, "needs", "xlsx")
    made = newest()
    work.remove(made.file_name)
    (small / f"{made.id}-half.xlsx.part").write_bytes(b"PK half")
    made.status, made.file_name = "making", ""
    db.session.commit()
    job = db.session.scalar(db.select(Job).order_by(Job.id.desc()))
    job_id = job.id
    db.session.execute(db.update(Job).values(status="queued", runner=""))
    db.session.commit()
    assert run_job(as_county_officer.application, job_id) == "done"
    made = newest()
    assert made.status == "ready"
    assert openpyxl.load_workbook(small / made.file_name)["清单"].max_row == 13
    db.session.rollback()
    assert run_job(as_county_officer.application, job_id) == "taken"


def test_a_job_heeds_the_rights_of_the_moment_it_runs(small, app, people, as_county_officer):
    export(as_county_officer, "desk-needs", "xlsx")
    made = newest()
    people.county_officer.enabled = False
    db.session.commit()
    assert work._order(made).ids == []


def test_one_is_told_while_it_is_not_ready_or_could_not_be_made(small, as_county_officer, monkeypatch):
    def broken(*_arguments):
        raise Refusal("表做不成。", "请重试。")

    monkeypatch.setattr(work, "write", broken)
    export(as_county_officer, "needs", "xlsx")
    page = as_county_officer.get("/desk/exports")
    assert "没办成" in words(page)
    assert "表做不成。" in words(page)
    assert list(small.iterdir()) == []
    answer = as_county_officer.get(f"/desk/exports/{newest().id}", follow_redirects=True)
    assert "还没有做好" in words(answer)


def test_a_long_csv_leaves_in_pieces_while_it_is_read(app, people, as_visitor, monkeypatch):
    monkeypatch.setattr(rules, "AT_ONCE", 100)
    many_needs(1_300)
    answer = export(as_visitor, "needs")
    assert answer.is_streamed
    assert "Content-Length" not in answer.headers
    assert len(rows(answer)) == 1_300


def test_a_csv_is_read_without_holding_the_lock(app, people, as_visitor, monkeypatch):
    """SQLite has one writer: it must not wait until somebody has downloaded a list."""
    monkeypatch.setattr(rules, "AT_ONCE", 5)
    many_needs(12)
    seen = []
    rows_of = making.table.rows

    def looking(records, columns):
        def looked():
            for one in records:
                seen.append(writing.get())
                yield one

        return rows_of(looked(), columns)

    monkeypatch.setattr(making.table, "rows", looking)
    assert len(rows(export(as_visitor, "needs"))) == 12
    assert seen == [False] * 12
