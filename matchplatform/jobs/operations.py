"""Everything that changes a job. A job in hand belongs to one runner: whoever lost it cannot write any more."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.core import clock
from matchplatform.core.errors import Conflict
from matchplatform.extensions import db
from matchplatform.jobs import queries, rules
from matchplatform.jobs.models import Job
from matchplatform.notices.operations import tell
from matchplatform.web.transaction import after_commit


class Superseded(Exception):
    """Another process has taken the job over; what this one did since its last commit is to be forgotten."""


class _Bell:
    """Where the queue registers how a job is woken; without a queue the consumer's sweep finds it in a minute."""

    def ring(self, job_id: int) -> None:
        """Do nothing: the row is enough."""


bell = _Bell()


def start(actor: Any, kind: str, subject_code: str, total: int = 0, *, once: str | None = None) -> Job:
    """Put work into the queue; it begins once the present transaction is stored.

    `once`: a word that no other job may carry. Raises Conflict when there is one already.
    """
    moment = clock.now()
    job = Job(kind=kind, subject_code=str(subject_code), status="queued", total=total, once=once,
              started_by=getattr(actor, "id", None), created_at=moment, heartbeat_at=moment)
    try:
        with db.session.begin_nested():
            db.session.add(job)
            db.session.flush()
    except IntegrityError:
        raise Conflict("这件事已经在办了。", "请等它办完再看。") from None
    job_id = job.id
    after_commit(lambda: bell.ring(job_id))
    return job


def progress(job: Job, done: int, total: int | None = None, note: str | None = None) -> None:
    """Say how far the work is, in the transaction of the work itself; `jobs.work.save()` stores both.

    At least once in half a minute, for this is also the sign of life. Raises Superseded when the job is no longer
    in this process's hands: then the transaction must be rolled back, which the runner does.
    """
    values: dict[str, Any] = {"done": done, "heartbeat_at": clock.now()}
    if total is not None:
        values["total"] = total
    if note is not None:
        values["note"] = note[:rules.NOTE_LIMIT]
    _held(job, values)


def claim(job_id: int, runner: str) -> Job | None:
    """Take a queued job into hand; None when somebody else was faster or it is not queued."""
    taken = db.session.execute(
        sa.update(Job).where(Job.id == job_id, Job.status == "queued")
        .values(status="running", runner=runner, tries=Job.tries + 1, heartbeat_at=clock.now())
        .execution_options(synchronize_session=False)).rowcount
    if not taken:
        return None
    job = queries.job_by_id(job_id)
    db.session.refresh(job)
    job.held_as = runner
    return job


def finish(job: Job) -> None:
    """The work is done."""
    _held(job, {"status": "done", "ended_at": clock.now(), "heartbeat_at": clock.now()})


def put_back(job: Job) -> None:
    """The process is asked to stop: the job waits for the next one, and this try does not count."""
    _held(job, {"status": "queued", "runner": "", "tries": Job.tries - 1, "heartbeat_at": clock.now()})


def give_up(job: Job, sentence: str, label: str) -> None:
    """The work cannot be done; whoever started it is told why, the administrators when nobody did."""
    _held(job, {"status": "failed", "note": sentence[:rules.NOTE_LIMIT], "ended_at": clock.now(),
                "heartbeat_at": clock.now()})
    _tell_failure(job, sentence, label)


def retry_or_give_up(job: Job, label: str) -> str:
    """After a fault: queued again, or failed when it was tried often enough; answers the state."""
    if rules.may_try_again(job.tries):
        _held(job, {"status": "queued", "runner": "", "heartbeat_at": clock.now()})
        return "queued"
    give_up(job, rules.DAILY_GAVE_UP if job.kind == "daily" else rules.GAVE_UP, label)
    return "failed"


def recover(job: Job, label: str) -> str:
    """Take a running job away from a process that is gone; answers the state it is in now."""
    job.held_as = job.runner
    return retry_or_give_up(job, label)


def _held(job: Job, values: dict[str, Any]) -> None:
    """Write to the row only while this runner has it."""
    changed = db.session.execute(
        sa.update(Job).where(Job.id == job.id, Job.status == "running", Job.runner == job.held_as).values(**values)
        .execution_options(synchronize_session=False)).rowcount
    if not changed:
        raise Superseded(f"job {job.id} is not in the hands of {job.held_as}")
    db.session.refresh(job)


def _tell_failure(job: Job, sentence: str, label: str) -> None:
    """Whoever started it; what nobody did is the administrators' matter."""
    people = queries.keepers.ids() if job.started_by is None else [job.started_by]
    if job.kind == "daily" and job.once is not None:
        sentence += rules.what_follows(rules.daily_attempt(job.once), clock.local(clock.now()))
    tell(None, people, "refused", f"{label}没有办完", sentence, job.kind, job.subject_code)
