"""A large sheet is checked in the background: nobody changes its columns under it, and it may be killed anywhere."""

import signal
import subprocess
import sys
import threading
from functools import partial

import pytest

from matchplatform.accounts.queries import user_by_id
from matchplatform.core.errors import Conflict
from matchplatform.database import writing
from matchplatform.extensions import db
from matchplatform.imports import ahead, operations, queries, rules, work
from matchplatform.imports.models import Import
from matchplatform.imports.queries import Content
from matchplatform.jobs import work as jobs
from matchplatform.jobs.models import Job
from matchplatform.notices.models import Notice
from tests.imports.sheets_made import HEADER, need_row, needs_sheet
from tests.imports.steps import item_now, number_in, rows_of, states, upload
from tests.imports.test_flow_races import settled, wait_for

ROWS = 23


@pytest.fixture
def waiting(app, monkeypatch, as_county_officer, as_second_county_officer):
    """(import, job) of a sheet whose check is queued, in chunks of five."""
    monkeypatch.setattr(rules, "CHECKED_AT_ONCE", 10)
    monkeypatch.setattr(rules, "CHECK_CHUNK", 5)
    monkeypatch.setattr(work, "_BREATH", 0)
    monkeypatch.setitem(app.config, "JOBS", "external")
    monkeypatch.setitem(app.config, "JOBS_DATABASE", "/nonexistent/jobs.db")
    number = number_in(upload(as_county_officer, needs_sheet(ROWS - 1, need_row(ROWS, 帮扶领域="养猪"))))
    answer = as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    assert answer.status_code == 303
    assert item_now(number).status == "checking"
    job = db.session.scalar(db.select(Job.id))
    settled()
    return number, job


def meanwhile(monkeypatch, act, after=1):
    """Do something once the job has stored so many chunks, as another process does: in a session of its own."""
    real, seen = work._next, []

    def stored(job, done, total):
        real(job, done, total)
        seen.append(done)
        if len(seen) == after:
            thread = threading.Thread(target=act)
            thread.start()
            thread.join()

    monkeypatch.setattr(work, "_next", stored)
    return seen


def by_hand(app, number, **values):
    """Change the import behind the operations' back, its rows gone, as a going back or giving up leaves it."""
    def act():
        token = writing.set(True)
        try:
            with app.app_context():
                db.session.execute(db.update(Import).where(Import.id == number).values(**values))
                operations.clear_rows(db.session.get(Import, number))
                db.session.commit()
                db.session.remove()
        finally:
            writing.reset(token)
    return act


@pytest.mark.parametrize("verb", ["remap", "discard"])
def test_nobody_changes_the_columns_under_a_check(app, waiting, monkeypatch, as_second_county_officer, verb):
    number, job = waiting
    answers = []

    def act():
        answers.append(as_second_county_officer.post(f"/desk/imports/{number}/{verb}"))
        answers.append(as_second_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"}))

    meanwhile(monkeypatch, act)
    act()  # while it is queued
    assert jobs.run_job(app, job) == "done"  # and while it is running
    assert len(answers) == 4
    page = as_second_county_officer.get(answers[0].headers["Location"]) if answers[0].status_code < 400 else answers[0]
    assert "正在后台办理" in page.get_data(as_text=True)
    assert item_now(number).status == "preview"
    assert states(number) == ["good"] * (ROWS - 1) + ["faulty"]
    assert db.session.scalar(db.select(db.func.count()).select_from(Job)) == 1


@pytest.mark.parametrize("act", ["remap", "begin_check"])
def test_an_operation_refuses_while_the_check_is_open(waiting, act):
    """Not only the page."""
    item = item_now(waiting[0])
    with pytest.raises(Conflict, match="正在后台办理"):
        getattr(operations, act)(user_by_id(item.owner_id), item)
    db.session.rollback()


@pytest.mark.parametrize("values", [
    {"status": "mapping"}, {"status": "discarded", "sheets_kept": None}, {"header_row": 2}], ids=str)
@pytest.mark.parametrize("after", [1, 3, 5])  # of five chunks: within, and before the end
def test_a_check_whose_columns_went_ends_quietly_and_leaves_nothing(app, waiting, monkeypatch, values, after):
    number, job = waiting
    seen = meanwhile(monkeypatch, by_hand(app, number, **values), after)
    assert jobs.run_job(app, job) == "done"
    assert len(seen) == after
    assert rows_of(number) == []
    assert item_now(number).status == values.get("status", "checking")
    assert db.session.scalar(db.select(db.func.count()).select_from(Notice)) == 0


def test_a_check_whose_columns_went_before_its_first_chunk_leaves_nothing(app, waiting, monkeypatch):
    number, job = waiting
    real = ahead.checked_rows

    def read(*arguments):
        found = real(*arguments)
        thread = threading.Thread(target=by_hand(app, number, header_row=2))
        thread.start()
        thread.join()
        return found

    monkeypatch.setattr(ahead, "checked_rows", read)
    assert jobs.run_job(app, job) == "done"
    assert rows_of(number) == []


def test_columns_changed_after_a_check_are_those_of_the_next(app, waiting, monkeypatch, as_county_officer):
    """The rows of the former columns are gone at once."""
    number, job = waiting
    jobs.run_job(app, job)
    as_county_officer.post(f"/desk/imports/{number}/remap")
    assert item_now(number).status == "mapping"
    assert rows_of(number) == []
    as_county_officer.post(f"/desk/imports/{number}/columns", data={
        "do": "check", f"column-{HEADER.index('帮扶领域')}": "", "constant-category_code": "教育帮扶"})
    job = db.session.scalar(db.select(db.func.max(Job.id)))
    settled()
    assert jobs.run_job(app, job) == "done"
    assert states(number) == ["good"] * ROWS


def test_a_killed_check_begins_anew_and_finds_each_row_once(app, monkeypatch, repository, tmp_path, people,
                                                            as_county_officer):
    officer = people.county_officer.id
    monkeypatch.setitem(app.config, "JOBS", "external")
    monkeypatch.setitem(app.config, "JOBS_DATABASE", "/nonexistent/jobs.db")
    number = number_in(upload(as_county_officer, needs_sheet(1_700, need_row(1_701, 帮扶领域="养猪"))))
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    started = []

    def consumer():
        settled()
        started.append(subprocess.Popen(
            [sys.executable, "-m", "tests.imports.racers", app.config["SQLALCHEMY_DATABASE_URI"],
             str(tmp_path / "jobs.db")], cwd=repository, stderr=subprocess.DEVNULL))
        return started[-1]

    try:
        first = consumer()
        wait_for(lambda: len(states(number)) >= rules.CHECK_CHUNK)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        assert len(states(number)) % rules.CHECK_CHUNK == 0  # chunks are whole
        assert item_now(number).status == "checking"
        as_county_officer.post(f"/desk/imports/{number}/remap")
        assert item_now(number).status == "checking"  # it is going to be taken up again
        consumer()
        wait_for(lambda: item_now(number).status == "preview")
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
            process.wait(20)
    rows = rows_of(number)
    assert [one.position for one in rows] == list(range(1_701))
    assert [one.state for one in rows] == ["good"] * 1_700 + ["faulty"]
    assert Content.of(rows[0]).record.cells[0] == "XC-00001"
    job = db.session.scalars(db.select(Job).where(Job.kind == "import-check")).one()
    assert (job.status, job.done, job.tries) == ("done", 1_701, 2)
    assert [one.user_id for one in db.session.scalars(
        db.select(Notice).where(Notice.subject_kind == "import"))] == [officer]
    settled()


@pytest.mark.parametrize("count", [3, 23])
def test_a_sheet_is_gone_through_while_nobody_waits_for_our_lock(app, monkeypatch, as_county_officer, count):
    """On SQLite a request that may write locks all others out from its first statement on."""
    monkeypatch.setattr(rules, "CHECKED_AT_ONCE", 10)
    names, free = ("propose_mapping", "layout_in", "unpacked", "packed", "gather", "checked_rows"), []

    def watched(name, real, *arguments):
        free.append((name, not db.session().in_transaction() or not writing.get()))
        return real(*arguments)

    for name in names:
        monkeypatch.setattr(ahead, name, partial(watched, name, getattr(ahead, name)))
    number = number_in(upload(as_county_officer, needs_sheet(count)))
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "look", "sheet": "0", "header": "1"})
    assert as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"}).status_code == 303
    assert states(number) == ["good"] * count
    assert {name for name, _ in free} == set(names)
    assert [name for name, is_free in free if not is_free] == []


def test_what_was_read_before_by_other_columns_does_not_count(people, as_county_officer):
    number = number_in(upload(as_county_officer, needs_sheet(2)))
    item, actor = item_now(number), people.county_officer
    read = queries.ahead_of(actor, item)
    old = read.checked(read.mapping, 10)
    operations.choose_columns(actor, item, {HEADER.index("帮扶领域"): ""}, {}, {})
    operations.check_now_or_later(actor, item, old)
    db.session.commit()
    assert states(number) == ["faulty", "faulty"]  # the old columns had said what it is about
