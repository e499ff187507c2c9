"""The consumer as a real process on a real file: killed, stopped, orphaned; nothing is lost and nothing doubled."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from matchplatform.catalog.models import Category
from matchplatform.extensions import db
from matchplatform.jobs import operations
from matchplatform.jobs.models import Job
from matchplatform.web.transaction import commit_or_conflict
from tests.browsers import serve, stop

pytestmark = pytest.mark.once

STEPS = 30


@pytest.fixture
def consumers(app, repository, tmp_path):
    """Start consumers; whatever still runs at the end is killed."""
    started = []
    url, queue = app.config["SQLALCHEMY_DATABASE_URI"], tmp_path / "jobs.db"

    def start(*more, through=()):
        process = subprocess.Popen([*through, sys.executable, "-m", "tests.jobs.consumer_process", url, str(queue),
                                    *more], cwd=repository, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(20)
        process.stderr.close()


def wait_for(what, seconds=40.0):
    """Until `what()` is true; the database is given back after each look."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        db.session.rollback()
        db.session.expire_all()
        if found:
            return
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def made():
    return db.session.scalar(sa.select(sa.func.count()).where(Category.code.like("slow-%")))


def status():
    return db.session.scalar(sa.select(Job.status))


def begin(people, kind="slow-count", total=STEPS):
    operations.start(people.county_officer, kind, "7", total=total)
    commit_or_conflict()
    db.session.remove()


def test_a_consumer_killed_midway_is_followed_by_one_that_goes_on(people, consumers):
    begin(people)
    first = consumers()
    wait_for(lambda: made() >= 3)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    after = made()
    assert 3 <= after < STEPS
    assert status() == "running"  # nobody has told the row yet
    db.session.remove()
    second = consumers()
    wait_for(lambda: status() == "done")
    assert made() == STEPS
    job = db.session.scalars(sa.select(Job)).one()
    assert (job.done, job.tries) == (STEPS, 2)
    db.session.remove()  # it holds the one write lock, for which a sweep would wait
    second.terminate()
    assert second.wait(20) == 0


def test_a_consumer_that_is_asked_to_stop_ends_with_its_chunk(people, consumers):
    begin(people)
    first = consumers()
    wait_for(lambda: made() >= 2)
    first.terminate()
    assert first.wait(20) == 0
    job = db.session.scalars(sa.select(Job)).one()
    assert (job.status, job.tries) == ("queued", 0)
    assert job.done == made() < STEPS
    db.session.remove()
    consumers()
    wait_for(lambda: status() == "done")
    assert made() == STEPS


def test_a_consumer_whose_parent_was_killed_ends(people, consumers, repository, tmp_path):
    """As when gunicorn's master is killed: nobody is there to stop the consumer, so it looks itself."""
    begin(people, total=10_000)
    script = ("import os, subprocess, sys, time\n"
              "child = subprocess.Popen([*sys.argv[1:], str(os.getpid())])\n"
              "print(child.pid, flush=True)\n"
              "time.sleep(600)\n")
    url, queue = db.engine.url.render_as_string(hide_password=False), tmp_path / "jobs.db"
    db.session.remove()
    parent = subprocess.Popen([sys.executable, "-c", script, sys.executable, "-m", "tests.jobs.consumer_process", url,
                               str(queue)], cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    child = int(parent.stdout.readline())
    try:
        wait_for(lambda: made() >= 2)
        parent.kill()
        parent.wait(10)
        wait_for(lambda: status() == "queued")
        wait_for(lambda: not alive(child))
    finally:
        parent.kill()
        parent.stdout.close()
        if alive(child):
            os.kill(child, signal.SIGKILL)


def alive(number):
    try:
        with open(f"/proc/{number}/stat", encoding="ascii") as text:
            return text.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_job_that_kills_its_process_is_tried_three_times_by_new_ones(people, consumers):
    begin(people, "slow-stuck")
    supervisor = consumers(str(os.getpid()))
    wait_for(lambda: status() == "failed", 60)
    assert supervisor.poll() is None  # it is only the child that fell over
    job = db.session.scalars(sa.select(Job)).one()
    assert job.tries == 3
    db.session.remove()
    supervisor.terminate()
    assert supervisor.wait(20) == 0


def children(parent):
    """Processes below this one, with their command lines."""
    found = {}
    for folder in os.listdir("/proc"):
        if folder.isdigit() and alive(int(folder)):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stat = Path(f"/proc/{folder}/stat").read_text(encoding="ascii", errors="replace")
                if int(stat.rsplit(")", 1)[1].split()[1]) == parent:
                    found[int(folder)] = Path(f"/proc/{folder}/cmdline").read_text(errors="replace")
    return found


def consumer_of(master):
    """The consumer below a master, and the process below that which does the work."""
    mine = [number for number, line in children(master).items() if "jobs\x00work" in line]
    return (mine[0], *children(mine[0])) if len(mine) == 1 else ()


def test_gunicorn_brings_its_consumer_renews_it_and_takes_it_along(app, template, repository):
    db.session.remove()
    db.engine.dispose()
    server, _ = serve(template.url, repository, JOBS="embedded", WEB_WORKERS="1")
    try:
        wait_for(lambda: len(consumer_of(server.pid)) == 2)
        first = consumer_of(server.pid)
        server.send_signal(signal.SIGHUP)
        wait_for(lambda: not any(alive(one) for one in first))
        wait_for(lambda: len(consumer_of(server.pid)) == 2)
        second = consumer_of(server.pid)
        assert not set(first) & set(second)
        server.send_signal(signal.SIGKILL)  # no hook of gunicorn's runs any more
        wait_for(lambda: not any(alive(one) for one in second))
    finally:
        stop(server)


def test_gunicorn_that_is_told_to_end_leaves_no_consumer(app, template, repository):
    db.session.remove()
    db.engine.dispose()
    server, _ = serve(template.url, repository, JOBS="embedded", WEB_WORKERS="1")
    wait_for(lambda: len(consumer_of(server.pid)) == 2)
    found = consumer_of(server.pid)
    stop(server)
    assert not any(alive(one) for one in found)


def test_with_jobs_external_gunicorn_starts_none(app, template, repository):
    db.session.remove()
    db.engine.dispose()
    server, _ = serve(template.url, repository, JOBS="external", WEB_WORKERS="1")
    try:
        assert consumer_of(server.pid) == ()
    finally:
        stop(server)
