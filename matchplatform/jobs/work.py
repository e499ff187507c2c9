"""Running jobs: the registry of kinds, one job from claim to end, the minute's sweep and the daily hooks.

A task is written so that it may be killed anywhere and begun again: it looks in the database how far it is, does a
chunk, calls `progress` and then `save`, which commits the chunk and its progress together.
"""

import datetime as dt
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g

from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.database import writing
from matchplatform.extensions import db
from matchplatform.jobs import operations, queries, rules
from matchplatform.jobs.models import Job
from matchplatform.web.transaction import commit_or_conflict, undo

Run = Callable[[Job], None]
Daily = Callable[[dt.datetime], None]
logger = logging.getLogger("matchplatform.jobs")
stopping = threading.Event()  # set when this process is asked to end: jobs stop after their present chunk


class Stopped(Exception):
    """The process is to end; what was saved stays, the rest is for the next one."""


@dataclass(frozen=True)
class Kind:
    """What a job of a kind does and how it is called when it is spoken of."""

    run: Run
    label: str


_kinds: dict[str, Kind] = {}
_daily: dict[str, Kind] = {}
_minutely: list[Daily] = []


def task(kind: str, label: str = "后台任务") -> Callable[[Run], Run]:
    """Register what a job of this kind does; `label` stands in the notice when it fails."""

    def register(run: Run) -> Run:
        _kinds[kind] = Kind(run, label)
        return run

    return register


def daily(name: str, label: str = "每日任务") -> Callable[[Daily], Daily]:
    """Register what is done once a day from 07:30 Shanghai on, by whichever consumer is first; begun again within the
    day after it has failed, so it must be able to go on where it stopped."""

    def register(run: Daily) -> Daily:
        _daily[name] = Kind(lambda _job: run(clock.now()), label)
        return run

    return register


def every_minute(look: Daily) -> Daily:
    """Register what the consumer looks after once a minute: short, in one transaction, it only starts jobs."""
    _minutely.append(look)
    return look


def sign_of_life(done: int, total: int, note: str | None = None) -> None:
    """`progress` of the job in hand, for work that also runs without one, from a command: then it says nothing."""
    job = g.get("job")
    if job is not None:
        operations.progress(job, done, total, note)


def save() -> None:
    """Store what the task has done so far, then let leave what was waiting for that.

    Raises Stopped when the process is to end: everything up to here is kept.
    """
    commit_or_conflict()
    for call in g.pop("after_commit", []):
        call()
    if stopping.is_set():
        raise Stopped


def one_by_one(ids: Sequence[int], act: Callable[[int], int], trouble: str) -> tuple[list[int], int]:
    """Do something for each, every one stored for itself together with how far the work is, so that a run which was
    cut short goes on and one's trouble is not everybody's.

    Answers what `act` answered for each with whom it went well, and with how many it went wrong, which is logged as
    `trouble` (with a place for the id). Raises Stopped when the process is to end, Superseded when another took over.
    """
    answers, failed = [], 0
    for n, number in enumerate(ids, 1):
        try:
            answer = act(number)
            sign_of_life(n, len(ids))
            save()
        except (Stopped, operations.Superseded):
            raise
        except Exception:
            undo()
            logger.exception(trouble, number)
            failed += 1
            sign_of_life(n, len(ids))
            save()
        else:
            answers.append(answer)
    return answers, failed


@contextmanager
def only_reading() -> Iterator[None]:
    """Read at length without holding SQLite's one write lock; nothing may be written inside. What was changed before
    must have been saved."""
    db.session.rollback()
    token = writing.set(False)
    try:
        yield
    finally:
        writing.reset(token)
        db.session.rollback()


def host() -> str:
    """The name of this machine, as it stands in front of a runner."""
    return socket.gethostname().replace(":", "-")[:40]


def run_job(app: Flask, job_id: int) -> str:
    """Do one job from claim to end, in an application context and a session of its own; answers the state it is in.

    Faults are logged and tried again by the sweep; a Refusal is the job's answer and ends it.
    """
    token = writing.set(True)
    try:
        with app.app_context():
            try:
                return _run(job_id)
            finally:
                db.session.remove()
    finally:
        writing.reset(token)


def _run(job_id: int) -> str:
    job = operations.claim(job_id, f"{host()}:{os.getpid()}:{secrets.token_hex(4)}")
    commit_or_conflict()
    if job is None:
        return "taken"
    kind, g.job = _kind_of(job), job
    try:
        kind.run(job)
        operations.finish(job)
        _keep()
        return "done"
    except operations.Superseded:
        undo()
        logger.warning("job %s was taken over by another process", job_id)
        return "superseded"
    except Stopped:
        return _end(job, lambda: operations.put_back(job), "queued")
    except Refusal as refusal:
        sentence = refusal.sentence
        if isinstance(refusal, Conflict):  # somebody was in between: the next try may pass
            return _end(job, lambda: operations.retry_or_give_up(job, kind.label))
        return _end(job, lambda: operations.give_up(job, sentence, kind.label), "failed")
    except Exception:
        logger.exception("job %s (%s) failed", job_id, kind.label)
        state = _end(job, lambda: operations.retry_or_give_up(job, kind.label))
        if _loud():
            raise
        return state


def _loud() -> bool:
    """Where jobs run inside the request, a fault is not to be hidden in a log."""
    return current_app.config["JOBS"] == "immediate"


def _keep() -> None:
    """Like `save`, at the end: there is nothing left to be stopped."""
    commit_or_conflict()
    for call in g.pop("after_commit", []):
        call()


def _end(job: Job, how: Callable[[], Any], state: str = "") -> str:
    undo()
    try:
        answer = how()
        _keep()
    except operations.Superseded:
        undo()
        return "superseded"
    return state or answer


def _kind_of(job: Job) -> Kind:
    return _daily[job.subject_code] if job.kind == "daily" else _kinds[job.kind]


def _label_of(job: Job) -> str:
    """Also of a kind that this version does not know any more."""
    known = _daily.get(job.subject_code) if job.kind == "daily" else _kinds.get(job.kind)
    return known.label if known else "后台任务"


def sweep(app: Flask) -> None:
    """Once a minute: take up what lost its process, begin what is due today, wake what still waits."""
    token = writing.set(True)
    try:
        with app.app_context():
            moment = clock.now()
            _recover(queries.stale_jobs(moment))
            begin_daily(moment)
            _keep()
            for look in _minutely:
                look(moment)
                _keep()
            waiting = queries.waiting_ids()
            db.session.remove()
            for job_id in waiting:
                operations.bell.ring(job_id)
    finally:
        writing.reset(token)


def recover_own(app: Flask) -> None:
    """When a consumer starts: what a former process of this machine had in hand need not wait for a minute."""
    with app.app_context():
        _recover([job for job in queries.running_on(host()) if not _alive(job.runner)])
        _keep()
        db.session.remove()


def _recover(jobs: list[Job]) -> None:
    for job in jobs:
        logger.warning("job %s lost its process %s: %s", job.id, job.runner, operations.recover(job, _label_of(job)))


def _alive(runner: str) -> bool:
    number = runner.split(":")[1] if runner.count(":") == 2 else ""
    if not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return int(number) != os.getpid()  # a new process may have got the number of the old one


def begin_daily(moment: dt.datetime) -> None:
    """Queue today's hooks once 07:30 has passed, and again, a few times, those that have failed; the row's `once` lets
    a single one in, however many consumers ask."""
    here = clock.local(moment)
    if here.time() < rules.DAILY_FROM:
        return
    for name in _daily:
        latest, attempt = queries.latest_of_day(name, here.date())
        if latest is not None and not rules.may_begin_again(latest.status, latest.ended_at, attempt, moment):
            continue
        try:
            operations.start(None, "daily", name, once=rules.daily_word(name, here.date(), attempt + 1))
        except Conflict:
            continue
