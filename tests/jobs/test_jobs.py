"""Jobs: begun after the commit, in one runner's hands, tried three times, told when they fail; daily hooks once."""

import datetime as dt

import pytest
import sqlalchemy as sa

from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.jobs import operations, queries, rules, work
from matchplatform.jobs.models import Job
from matchplatform.notices.models import Notice
from matchplatform.web.transaction import commit_or_conflict

MOMENT = dt.datetime(2026, 11, 25, 6, 0, tzinfo=dt.UTC)


@pytest.fixture
def kinds(monkeypatch):
    """Kinds and daily hooks of this test alone."""
    monkeypatch.setattr(work, "_kinds", {})
    monkeypatch.setattr(work, "_daily", {})


@pytest.fixture
def quiet(app, monkeypatch):
    """As in a consumer: a fault is logged and tried again, not raised."""
    monkeypatch.setitem(app.config, "JOBS", "external")


def queued(actor, kind, **values):
    number = operations.start(actor, kind, "7", **values).id
    commit_or_conflict()
    return number


def run(app, number):
    """As the consumer does; the test's own session must not hold the database meanwhile."""
    db.session.rollback()
    return work.run_job(app, number)


def sweep(app):
    db.session.rollback()
    work.sweep(app)


def job_now(number):
    db.session.rollback()
    db.session.expire_all()
    return queries.job_by_id(number)


@pytest.mark.parametrize(("source", "target", "moves"), [
    ("queued", "running", True), ("running", "done", True), ("running", "failed", True), ("running", "queued", True),
    ("queued", "failed", True), ("queued", "done", False), ("done", "queued", False), ("done", "running", False),
    ("failed", "queued", False), ("failed", "running", False), ("done", "failed", False)])
def test_a_job_moves_only_along_its_table(source, target, moves):
    assert rules.LIFECYCLE.moves(source, target) is moves


@pytest.mark.parametrize(("done", "total", "shown"), [(0, 0, 0), (0, 5, 0), (999, 1000, 99), (1999, 2000, 99),
                                                      (5, 5, 100), (6, 5, 100)])
def test_progress_says_hundred_only_when_all_is_done(done, total, shown):
    assert rules.percent(done, total) == shown


@pytest.mark.parametrize(("seconds", "stale"), [(0, False), (60, False), (61, True)])
def test_a_minute_of_silence_is_too_long(seconds, stale):
    assert rules.is_stale(MOMENT, MOMENT + dt.timedelta(seconds=seconds)) is stale


def test_a_job_begins_only_after_the_commit(app, people, kinds, as_county_officer):
    """A request that is undone starts nothing."""
    seen = []
    work.task("count")(lambda job: seen.append(job.subject_code))
    with app.test_request_context(method="POST"):
        app.preprocess_request()
        operations.start(people.county_officer, "count", "told")
        assert seen == []
        app.process_response(app.response_class("fault", 422))
        assert seen == []
        operations.start(people.county_officer, "count", "kept")
        app.process_response(app.response_class("fine", 200))
        assert seen == ["kept"]
    assert [one.status for one in db.session.scalars(sa.select(Job))] == ["done"]


def test_progress_is_stored_with_the_chunk_and_told_by_a_session_of_its_own(app, people, kinds):
    seen = []

    @work.task("count")
    def count(job):
        assert db.session() is not outside
        for step in range(1, 4):
            operations.progress(job, step, 3, f"第 {step} 步")
            work.save()
            seen.append((job.done, job.percent))

    outside = db.session()
    number = queued(people.county_officer, "count", total=3)
    assert run(app, number) == "done"
    assert seen == [(1, 33), (2, 66), (3, 100)]
    job = job_now(number)
    assert (job.status, job.done, job.total, job.tries, job.note) == ("done", 3, 3, 1, "第 3 步")
    assert job.ended_at is not None


def test_only_one_runner_gets_a_job(app, people, kinds):
    runs = []
    work.task("count")(lambda job: runs.append(job.id))
    number = queued(people.county_officer, "count")
    assert [run(app, number), run(app, number)] == ["done", "taken"]
    assert runs == [number]


def test_who_lost_the_job_cannot_store_anything_more(app, people, kinds, quiet):
    """A process that slept for two minutes wakes up while another has its job: its chunk is forgotten."""
    @work.task("count")
    def count(job):
        operations.progress(job, 1, 3)
        work.save()
        with db.engine.begin() as other:
            other.execute(sa.update(Job).values(runner="another:1:x"))
        db.session.execute(sa.update(Notice).values(title="never"))
        operations.progress(job, 2)

    number = queued(people.county_officer, "count")
    assert run(app, number) == "superseded"
    job = job_now(number)
    assert (job.status, job.done, job.runner) == ("running", 1, "another:1:x")


def test_a_refusal_ends_the_job_and_is_told_to_who_began_it(app, people, kinds, quiet):
    @work.task("count", "数数")
    def count(job):
        operations.progress(job, 5)
        raise Refusal("没有东西可数。", "请先放几样。")

    number = queued(people.county_officer, "count")
    assert run(app, number) == "failed"
    job = job_now(number)
    assert (job.status, job.note, job.done, job.tries) == ("failed", "没有东西可数。请先放几样。", 0, 1)
    told = db.session.scalars(sa.select(Notice)).one()
    assert (told.user_id, told.kind, told.title, told.subject_kind, told.subject_code) == (
        people.county_officer.id, "refused", "数数没有办完", "count", "7")
    assert told.body == job.note


def test_a_fault_is_tried_three_times_then_told(app, people, kinds, quiet, caplog):
    tries = []

    @work.task("count", "数数")
    def count(job):
        tries.append(job.tries)
        raise ValueError("broken")

    number = queued(people.county_officer, "count")
    assert [run(app, number) for _ in range(4)] == ["queued", "queued", "failed", "taken"]
    assert tries == [1, 2, 3]
    assert "试了 3 次都没有办完" in db.session.scalars(sa.select(Notice.body)).one()
    assert "broken" in caplog.text


def test_in_tests_a_fault_is_loud(app, people, kinds):
    @work.task("count")
    def count(job):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run(app, queued(people.county_officer, "count"))


def test_a_lost_race_is_tried_again(app, people, kinds, quiet):
    @work.task("count")
    def count(job):
        if job.tries == 1:
            raise Conflict("别人刚刚改动了。")

    number = queued(people.county_officer, "count")
    assert [run(app, number), run(app, number)] == ["queued", "done"]


def test_being_asked_to_stop_costs_no_try_and_loses_no_chunk(app, people, kinds, quiet):
    @work.task("count")
    def count(job):
        for step in range(job.done + 1, 4):
            operations.progress(job, step, 3)
            if step == 2 and job.tries == 1 and not stopped:
                stopped.append(step)
                work.stopping.set()
            work.save()

    stopped = []
    number = queued(people.county_officer, "count")
    try:
        assert run(app, number) == "queued"
    finally:
        work.stopping.clear()
    assert (job_now(number).done, job_now(number).tries) == (2, 0)
    assert run(app, number) == "done"
    assert job_now(number).done == 3


def test_the_sweep_takes_up_silent_jobs_and_wakes_what_waits(app, people, kinds):
    done = []
    work.task("count")(lambda job: done.append(job.id))
    silent, alive, waiting = (queued(people.county_officer, "count") for _ in range(3))
    for number in (silent, alive):
        operations.claim(number, "elsewhere:1:x")
    db.session.execute(sa.update(Job).where(Job.id == silent).values(
        heartbeat_at=clock.now() - dt.timedelta(seconds=90)))
    commit_or_conflict()
    sweep(app)
    assert done == [silent, waiting]
    assert [job_now(one).status for one in (silent, alive, waiting)] == ["done", "running", "done"]


def test_a_job_that_killed_its_process_three_times_is_given_up(app, people, kinds):
    work.task("count", "数数")(lambda job: None)
    number = queued(people.county_officer, "count")
    for _ in range(3):
        operations.claim(number, "elsewhere:1:x")
        db.session.execute(sa.update(Job).values(heartbeat_at=clock.now() - dt.timedelta(seconds=90)))
        operations.recover(queries.job_by_id(number), "数数")
        commit_or_conflict()
    assert job_now(number).status == "failed"
    assert "试了 3 次" in db.session.scalars(sa.select(Notice.body)).one()


def test_two_cannot_start_what_may_be_done_once(app, people):
    operations.start(people.county_officer, "count", "7", once="import:7")
    with pytest.raises(Conflict, match="已经在办"):
        operations.start(people.second_county_officer, "count", "7", once="import:7")


@pytest.mark.parametrize(("hour", "minute", "runs"), [(7, 29, 0), (7, 30, 1), (23, 50, 1)])
def test_daily_work_begins_at_half_past_seven(app, kinds, hour, minute, runs):
    seen = []
    work.daily("digest")(seen.append)
    with clock.frozen(dt.datetime(2026, 11, 25, hour, minute, tzinfo=clock.SHANGHAI)):
        sweep(app)
        sweep(app)  # the second consumer, and every further minute of the day
    assert len(seen) == runs


def test_daily_work_comes_every_day(app, kinds):
    seen = []
    work.daily("digest")(seen.append)
    for day in (25, 26):
        with clock.frozen(dt.datetime(2026, 11, day, 8, 0, tzinfo=clock.SHANGHAI)):
            sweep(app)
    assert [one.day for one in seen] == [25, 26]
    assert sorted(db.session.scalars(sa.select(Job.once))) == ["daily:digest:2026-11-25", "daily:digest:2026-11-26"]


@pytest.mark.parametrize(("status", "attempt", "minutes", "again"), [
    ("failed", 1, 60, True), ("failed", 2, 60, True), ("failed", 3, 600, False), ("failed", 1, 59, False),
    ("done", 1, 600, False), ("queued", 1, 600, False), ("running", 1, 600, False)])
def test_a_days_work_is_begun_again_only_after_a_failure_an_hour_later_and_not_often(status, attempt, minutes, again):
    assert rules.may_begin_again(status, MOMENT, attempt, MOMENT + dt.timedelta(minutes=minutes)) is again


@pytest.mark.parametrize("attempt", [1, 2, 11])
def test_a_days_word_tells_its_attempt(attempt):
    word = rules.daily_word("digest", dt.date(2026, 11, 25), attempt)
    assert rules.daily_attempt(word) == attempt


@pytest.mark.parametrize(("attempt", "hour", "said"), [(1, 8, "一小时后"), (2, 22, "一小时后"), (3, 8, "今天不再"),
                                                       (1, 23, "今天不再")])
def test_administrators_are_told_whether_it_is_tried_again_today(attempt, hour, said):
    assert said in rules.what_follows(attempt, dt.datetime(2026, 11, 25, hour, 10, tzinfo=clock.SHANGHAI))


def test_a_days_work_that_fails_is_tried_three_times_a_day_and_the_administrators_hear_of_it(app, people, kinds, quiet):
    hours = []

    @work.daily("digest", "每日摘要")
    def digest(moment):
        hours.append(clock.local(moment).hour)
        raise Refusal("没有成。")

    for hour in range(8, 20):
        with clock.frozen(dt.datetime(2026, 11, 25, hour, 30, tzinfo=clock.SHANGHAI)):
            sweep(app)
            for number in queries.waiting_ids():
                run(app, number)
    assert hours == [8, 9, 10]
    told = db.session.scalars(sa.select(Notice).order_by(Notice.id)).all()
    assert {one.user_id for one in told} == {people.system_admin.id}
    assert [(one.title, one.body) for one in told] == [
        *[("每日摘要没有办完", "没有成。一小时后平台自己再办一次，只办没有办好的。")] * 2,
        ("每日摘要没有办完", "没有成。今天不再自动办，明天早上照常；请查看运行日志，排除原因。")]
    with clock.frozen(dt.datetime(2026, 11, 26, 8, 0, tzinfo=clock.SHANGHAI)):
        sweep(app)
    assert queries.waiting_ids()


def test_a_fault_of_a_job_that_nobody_began_is_told_to_the_administrators(app, people, kinds, quiet):
    @work.task("count", "数数")
    def count(job):
        raise ValueError("broken")

    number = queued(None, "count")
    assert [run(app, number) for _ in range(3)] == ["queued", "queued", "failed"]
    assert db.session.scalars(sa.select(Notice.user_id)).all() == [people.system_admin.id]
