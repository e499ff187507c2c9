"""The queue that wakes the consumer: huey on a SQLite file of its own. What is to be done stands in the jobs table."""

import logging
from pathlib import Path
from typing import Any

from flask import Flask
from huey import SqliteHuey, crontab
from huey.serializer import SignedSerializer

from matchplatform.jobs import operations, work

logger = logging.getLogger("matchplatform.jobs")


class Queue:
    """One application's queue, opened when it is first needed: a process that forks afterwards shares no file."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._huey: SqliteHuey | None = None

    @property
    def huey(self) -> SqliteHuey:
        """The queue with its two tasks: run a job, and the minute's sweep."""
        if self._huey is None:
            path = Path(self.app.config["JOBS_DATABASE"])
            path.parent.mkdir(parents=True, exist_ok=True)
            made = SqliteHuey("jobs", filename=str(path), timeout=30, results=False, fsync=False,
                              serializer=SignedSerializer(secret=self.app.config["SECRET_KEY"], salt="jobs"))
            self.run = made.task(name="run_job")(self._run)
            made.periodic_task(crontab(minute="*"), name="sweep")(self._sweep)
            self._huey = made
        return self._huey

    def _run(self, job_id: int) -> None:
        work.run_job(self.app, job_id)

    def _sweep(self) -> None:
        work.sweep(self.app)

    def ring(self, job_id: int) -> None:
        """Wake the consumer for a job. A queue that cannot be written loses nothing: the sweep finds the row."""
        if self.app.config["JOBS"] == "immediate":
            work.run_job(self.app, job_id)
            return
        try:
            huey = self.huey
            if not any(job_id in one.args for one in huey.pending()):
                self.run(job_id)
        except Exception:
            logger.exception("job %s could not be put into the queue; the sweep will find it", job_id)


def queue_of(app: Flask) -> Queue:
    """The application's queue."""
    return app.extensions["jobs"]


def init_jobs(app: Flask) -> None:
    """Give the application its queue."""
    made: Any = Queue(app)
    app.extensions["jobs"] = made
    operations.bell.ring = _ring_present  # type: ignore[method-assign]


def _ring_present(job_id: int) -> None:
    """Ring in the application at hand: tests have several in one process."""
    from flask import current_app

    queue_of(current_app).ring(job_id)
