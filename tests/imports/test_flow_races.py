"""Two people at once, and processes that die: each row becomes one record, whatever happens."""

import signal
import subprocess
import sys
import time

import pytest

from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import first_break
from matchplatform.extensions import db
from matchplatform.imports import rules
from matchplatform.imports.models import Import
from matchplatform.jobs.models import Job
from matchplatform.needs.models import Need
from matchplatform.notices.models import Notice
from tests.imports.racers import hand_in_at_once, save_at_once
from tests.imports.sheets_made import need_row, needs_sheet
from tests.imports.steps import checked, item_now, number_in, rows_of, states, upload

ROWS = 900  # five chunks


def settled():
    """Give the database to the others."""
    db.session.commit()
    db.session.remove()
    db.engine.dispose()


def titles():
    db.session.rollback()
    return sorted(db.session.scalars(db.select(Need.title)))


def test_two_who_save_the_same_rows_at_once_make_each_once(app, people, as_county_officer, as_second_county_officer):
    first = checked(as_county_officer, needs_sheet(30))
    second = checked(as_second_county_officer, needs_sheet(30, need_row(99)), "我这份多一行.xlsx")
    assert states(first) == ["good"] * 30
    actors = (people.county_officer.id, first), (people.second_county_officer.id, second)
    settled()
    assert save_at_once(app.config["SQLALCHEMY_DATABASE_URI"], *actors) == ["saved", "saved"]
    assert titles() == sorted(f"第{n}村老年食堂缺设备" for n in (*range(1, 31), 99))
    found = [*states(first), *states(second)]
    assert (found.count("created"), found.count("known")) == (31, 30)
    assert first_break()[1] is None


def test_two_who_hand_in_the_same_file_at_once_get_one_import(app, people):
    actors, data = (people.county_officer.id, people.second_county_officer.id), needs_sheet(2)
    settled()
    answers = hand_in_at_once(app.config["SQLALCHEMY_DATABASE_URI"], data, *actors)
    assert len({number for number, _ in answers}) == 1
    assert sorted(is_new for _, is_new in answers) == [False, True]
    assert db.session.scalar(db.select(db.func.count()).select_from(Import)) == 1


def test_a_double_click_saves_once(app, people, as_county_officer):
    number = checked(as_county_officer, needs_sheet(20))
    actor = people.county_officer.id
    settled()
    answers = save_at_once(app.config["SQLALCHEMY_DATABASE_URI"], (actor, number), (actor, number))
    assert answers.count("saved") == 1
    assert len(titles()) == 20
    assert states(number) == ["created"] * 20


@pytest.fixture
def large(app, monkeypatch, as_county_officer):
    """An import whose saving is queued for a consumer; the application leaves it to one."""
    monkeypatch.setattr(rules, "CHECKED_AT_ONCE", ROWS + 1)
    number = checked(as_county_officer, needs_sheet(ROWS, need_row(ROWS + 1, 帮扶领域="养猪")))
    monkeypatch.setitem(app.config, "JOBS", "external")
    monkeypatch.setitem(app.config, "JOBS_DATABASE", "/nonexistent/jobs.db")  # the sweep finds the job all the same
    answer = as_county_officer.post(f"/desk/imports/{number}/run")
    assert number_in(answer) == number
    assert item_now(number).status == "running"
    return number


@pytest.fixture
def consumers(app, repository, tmp_path):
    """Start consumers as processes; what still runs at the end is killed."""
    started, url = [], app.config["SQLALCHEMY_DATABASE_URI"]

    def start():
        settled()
        process = subprocess.Popen([sys.executable, "-m", "tests.imports.racers", url, str(tmp_path / "jobs.db")],
                                   cwd=repository, stderr=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(20)


def wait_for(what, seconds=90.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        db.session.rollback()
        db.session.expire_all()
        found = what()
        db.session.rollback()
        if found:
            return
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def test_a_killed_import_goes_on_where_it_ended(large, consumers, people, as_county_officer):
    def made():
        return db.session.scalar(db.select(db.func.count()).select_from(Need))

    officer = people.county_officer.id
    first = consumers()
    wait_for(lambda: made() >= rules.CHUNK)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    after = made()
    assert 0 < after < ROWS
    assert after % rules.CHUNK == 0  # chunks are whole
    assert states(large).count("created") == after
    page = as_county_officer.get(f"/desk/imports/{large}/progress").get_data(as_text=True)
    assert "刷新看看" in page
    consumers()
    wait_for(lambda: item_now(large).status == "done")
    assert made() == ROWS
    assert titles() == sorted(f"第{n}村老年食堂缺设备" for n in range(1, ROWS + 1))
    assert len({one.record_code for one in rows_of(large)}) == ROWS + 1  # each its own, and "" for the faulty one
    assert states(large).count("faulty") == 1
    job = db.session.scalars(db.select(Job).where(Job.kind == "import-run")).one()
    assert (job.status, job.done, job.total, job.tries) == ("done", ROWS, ROWS, 2)
    creates = db.select(db.func.count()).where(AuditRow.act == "create", AuditRow.kind == "need")
    assert db.session.scalar(creates) == ROWS
    assert first_break()[1] is None
    told = db.session.scalars(db.select(Notice).where(Notice.subject_kind == "import")).one()
    assert (told.user_id, told.subject_kind, told.subject_code) == (officer, "import", str(large))
    assert f"建了 {ROWS:,} 条草稿；1 行要改，还留着" in told.body
    settled()


def test_a_second_start_while_it_is_running_is_refused(large, as_county_officer):
    as_county_officer.post(f"/desk/imports/{large}/run")
    assert db.session.scalar(db.select(db.func.count()).select_from(Job)) == 1
    for verb in ("undo", "discard", "remap", "submit"):
        as_county_officer.post(f"/desk/imports/{large}/{verb}")
        assert item_now(large).status == "running"


def test_who_began_it_and_was_shut_out_saves_nothing_more(app, large, people, as_second_county_officer):
    from matchplatform.accounts.models import User
    from matchplatform.jobs import work

    db.session.get(User, people.county_officer.id).enabled = False
    db.session.commit()
    job = db.session.scalar(db.select(Job.id))
    settled()
    assert work.run_job(app, job) == "failed"
    assert titles() == []
    page = as_second_county_officer.get(f"/desk/imports/{large}/progress").get_data(as_text=True)
    assert "发起的账号已经停用。请由同事接着办。" in page
    assert "接着导入" in page
    as_second_county_officer.post(f"/desk/imports/{large}/run")  # a colleague goes on
    job = db.session.scalar(db.select(Job.id).order_by(Job.id.desc()))
    settled()
    assert work.run_job(app, job) == "done"
    assert len(titles()) == ROWS


def test_large_sheets_are_checked_and_taken_back_in_the_background(app, monkeypatch, as_county_officer):
    """Immediately here, as all jobs of tests; in chunks all the same."""
    monkeypatch.setattr(rules, "CHECKED_AT_ONCE", 10)
    monkeypatch.setattr(rules, "AT_ONCE", 10)
    monkeypatch.setattr(rules, "CHUNK", 7)
    number = number_in(upload(as_county_officer, needs_sheet(25)))
    as_county_officer.post(f"/desk/imports/{number}/columns", data={"do": "check"})
    assert states(number) == ["good"] * 25
    as_county_officer.post(f"/desk/imports/{number}/run")
    assert states(number) == ["created"] * 25
    as_county_officer.post(f"/desk/imports/{number}/undo")
    assert (item_now(number).status, titles()) == ("undone", [])
    again = checked(as_county_officer, needs_sheet(25))
    as_county_officer.post(f"/desk/imports/{again}/run")
    as_county_officer.post(f"/desk/imports/{again}/submit")
    assert set(db.session.scalars(db.select(Need.status))) == {"submitted"}
    jobs = db.session.scalars(db.select(Job).order_by(Job.id)).all()
    assert [(one.kind.removeprefix("import-"), one.status, one.done) for one in jobs] == [
        (kind, "done", 25) for kind in ("check", "run", "undo", "check", "run", "submit")]
    assert db.session.scalar(db.select(db.func.count()).where(Notice.title.like("待放行%"))) == 1
    assert first_break()[1] is None


def test_the_part_in_the_middle_says_how_far_it_is(large, as_county_officer):
    db.session.execute(db.update(Job).values(status="running", done=450, runner="x:1:y"))
    db.session.commit()
    answer = as_county_officer.get(f"/desk/imports/{large}/progress", headers={"HX-Request": "true"})
    page = answer.get_data(as_text=True)
    assert page.lstrip().startswith("<section")
    assert "导入了 <b class=\"num\">450</b> / <span class=\"num\">900</span> 行" in page
    assert "HX-Request" in answer.headers["Vary"]
    assert "HX-Redirect" not in answer.headers
    db.session.execute(db.update(Job).values(status="done"))
    db.session.execute(db.update(Import).values(status="done"))
    db.session.commit()
    answer = as_county_officer.get(f"/desk/imports/{large}/progress", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].endswith(f"/desk/imports/{large}")
