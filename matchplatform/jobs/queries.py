"""Reading jobs."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.core.errors import NotFound
from matchplatform.extensions import db
from matchplatform.jobs import rules
from matchplatform.jobs.models import Job


@dataclass
class Keepers:
    """Where accounts, a tier above, say who hears of work that nobody in person has started."""

    ids: Callable[[], list[int]] = list


keepers = Keepers()


def job_by_id(job_id: int) -> Job:
    """Raises NotFound."""
    found = db.session.get(Job, job_id)
    if found is None:
        raise NotFound
    return found


def newest_job(kind: str, subject_code: str) -> Job | None:
    """The last job of this kind about this thing."""
    return db.session.scalar(sa.select(Job).where(Job.kind == kind, Job.subject_code == subject_code)
                             .order_by(Job.id.desc()).limit(1))


def open_job(kind: str, subject_code: str) -> Job | None:
    """A job of this kind about this thing that is queued or running."""
    found = newest_job(kind, subject_code)
    return found if found is not None and found.is_open else None


def own_job(actor: Any, job_id: int) -> Job:
    """A job that this person started. Raises NotFound."""
    found = db.session.scalar(sa.select(Job).where(Job.id == job_id, Job.started_by == actor.id))
    if found is None:
        raise NotFound
    return found


def stale_jobs(moment: dt.datetime) -> list[Job]:
    """Running jobs whose process gave no sign of life for too long."""
    return list(db.session.scalars(sa.select(Job).where(
        Job.status == "running", Job.heartbeat_at < moment - rules.STALE).order_by(Job.id)))


def running_on(host: str) -> list[Job]:
    """Running jobs that a process of this machine has in hand."""
    return list(db.session.scalars(sa.select(Job).where(
        Job.status == "running", Job.runner.startswith(f"{host}:", autoescape=True)).order_by(Job.id)))


def waiting_ids() -> list[int]:
    """Queued jobs, the oldest first."""
    return list(db.session.scalars(sa.select(Job.id).where(Job.status == "queued").order_by(Job.id)))


def latest_of_day(name: str, day: dt.date) -> tuple[Job | None, int]:
    """The last job for a day's work and its number; (None, 0) before the first."""
    words = {rules.daily_word(name, day, attempt): attempt for attempt in range(1, rules.MOST_DAILY + 1)}
    found = db.session.scalars(sa.select(Job).where(Job.once.in_(words))).all()
    numbers = {words[one.once]: one for one in found if one.once is not None}
    return (numbers[max(numbers)], max(numbers)) if numbers else (None, 0)
