"""Filling in and handing in many drafts of an import in the background: as at once, and whatever breaks off goes on."""

import signal

import pytest

from matchplatform.audit.queries import first_break
from matchplatform.extensions import db
from matchplatform.imports import rules, submit_operations, submit_queries
from matchplatform.imports.models import Import
from matchplatform.jobs import work
from matchplatform.jobs.models import Job
from matchplatform.notices.models import Notice
from tests.imports.steps import imported, item_now
from tests.imports.test_flow_filling import acts, bare_sheet, fill, needs, page_of
from tests.imports.test_flow_races import consumers, settled, wait_for  # noqa: F401  (consumers is a fixture)


@pytest.fixture
def many(monkeypatch, as_county_officer):
    """An import of 25 drafts that are many here."""
    number = imported(as_county_officer, bare_sheet(25))
    monkeypatch.setattr(rules, "AT_ONCE", 10)
    monkeypatch.setattr(rules, "CHUNK", 7)
    return number


def test_many_are_filled_and_handed_in_by_jobs(people, many, as_county_officer):
    answer = fill(as_county_officer, many, **{"expected-goal": "25"})
    assert answer.headers["Location"].endswith("/progress")
    assert as_county_officer.get(answer.headers["Location"]).headers["Location"].endswith(f"/{many}/submit")
    assert {one.goal for one in needs()} == {"每天 60 位老人吃上热饭"}
    assert (acts("fill"), acts("fill_all", "import"), item_now(many).sheets_kept) == (25, 1, None)
    told = db.session.scalars(db.select(Notice).where(Notice.title.like("一起填写办完了%"))).one()
    assert told.body == "填好了：接单截止 25 条、联系人 25 条、怎样算办成 25 条。"
    as_county_officer.post(f"/desk/imports/{many}/submit")
    assert {one.status for one in needs()} == {"submitted"}
    jobs = db.session.scalars(db.select(Job).order_by(Job.id)).all()
    assert [(one.kind, one.status, one.done) for one in jobs] == [
        ("import-fill", "done", 25), ("import-submit", "done", 25)]
    as_county_officer.post(f"/desk/imports/{many}/submit")


@pytest.mark.parametrize("kind", ["fill", "submit"])
def test_a_job_that_broke_off_goes_on_and_does_nothing_twice(app, many, monkeypatch, as_county_officer, kind):
    """Killed between two chunks: what they did is stored, the rest is done by the next try, and all of it is told."""
    if kind == "submit":
        fill(as_county_officer, many)
    monkeypatch.setitem(app.config, "JOBS", "external")
    monkeypatch.setitem(app.config, "JOBS_DATABASE", "/nonexistent/jobs.db")
    if kind == "fill":
        fill(as_county_officer, many)
    else:
        as_county_officer.post(f"/desk/imports/{many}/submit")
    job = db.session.scalar(db.select(Job.id).where(Job.status == "queued"))
    calls, name = [], {"fill": "fill_some", "submit": "submit_some"}[kind]
    real = getattr(submit_operations, name)

    def breaks(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt  # as near to a kill as one process gets
        return real(*arguments)

    settled()
    monkeypatch.setattr(submit_operations, name, breaks)
    with pytest.raises(KeyboardInterrupt):
        work.run_job(app, job)
    done = [one for one in needs() if (one.goal if kind == "fill" else one.status == "submitted")]
    assert len(done) == 14
    db.session.execute(db.update(Job).where(Job.id == job).values(status="queued", runner=""))
    db.session.commit()
    settled()
    assert work.run_job(app, job) == "done"
    assert acts(kind) == 25
    told = db.session.scalars(db.select(Notice).where(Notice.title.like("一起%办完了%"))
                              .order_by(Notice.id.desc())).first()
    assert "25 条" in told.body
    if kind == "submit":
        assert db.session.scalar(db.select(db.func.count()).where(Notice.title == "待放行：25 条导入的需求")) == 1
    assert first_break()[1] is None


def test_a_killed_consumer_leaves_the_filling_to_the_next(app, many, monkeypatch, as_county_officer, consumers):  # noqa: F811
    monkeypatch.setitem(app.config, "JOBS", "external")
    monkeypatch.setitem(app.config, "JOBS_DATABASE", "/nonexistent/jobs.db")
    fill(as_county_officer, many)
    first = consumers()
    wait_for(lambda: acts("fill") > 0)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    consumers()
    wait_for(lambda: db.session.scalar(db.select(Job.status)) == "done")
    assert acts("fill") == 25
    assert {one.goal for one in needs()} == {"每天 60 位老人吃上热饭"}
    settled()


def test_while_it_is_filled_nothing_else_begins_and_what_is_typed_stays(app, many, monkeypatch, as_county_officer,
                                                                        as_second_county_officer):
    monkeypatch.setitem(app.config, "JOBS", "external")
    monkeypatch.setitem(app.config, "JOBS_DATABASE", "/nonexistent/jobs.db")
    fill(as_county_officer, many)
    answer = as_county_officer.get(f"/desk/imports/{many}/submit")
    assert answer.headers["Location"].endswith("/progress")
    assert "正在一起填写" in as_county_officer.get(answer.headers["Location"]).get_data(as_text=True)
    answer = fill(as_second_county_officer, many, **{"fill-contact_name": "赵刚"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "正在后台办理" in page
    assert 'value="赵刚"' in page
    as_second_county_officer.post(f"/desk/imports/{many}/undo")
    assert db.session.scalar(db.select(Import.status)) == "done"
    assert db.session.scalar(db.select(db.func.count()).select_from(Job)) == 1


def test_a_closing_time_that_passed_while_the_job_waited_is_told_and_what_was_typed_stays(
        app, many, monkeypatch, as_county_officer):
    monkeypatch.setitem(app.config, "JOBS", "external")
    monkeypatch.setitem(app.config, "JOBS_DATABASE", "/nonexistent/jobs.db")
    fill(as_county_officer, many)
    item = item_now(many)
    kept = submit_queries.Kept.of(item)
    kept.texts["closing_at"] = "2020-01-01"
    item.sheets_kept = kept.as_text()
    db.session.commit()
    job = db.session.scalar(db.select(Job.id))
    settled()
    assert work.run_job(app, job) == "failed"
    assert acts("fill") == 0
    assert 'value="2020-01-01"' in page_of(as_county_officer, many)
    assert "接单截止已经过去" in as_county_officer.get(f"/desk/imports/{many}/result").get_data(as_text=True)


def test_the_telephone_that_waits_to_be_filled_in_is_encrypted_at_rest(app, many, monkeypatch, as_county_officer):
    monkeypatch.setitem(app.config, "JOBS", "external")
    monkeypatch.setitem(app.config, "JOBS_DATABASE", "/nonexistent/jobs.db")
    fill(as_county_officer, many, **{"fill-contact_phone": "13900000001"})
    assert db.session.scalar(db.text("SELECT sheets_kept FROM imports")).startswith("gAAAA")
    assert "13900000001" not in db.session.scalar(db.text("SELECT mapping_json FROM imports"))
