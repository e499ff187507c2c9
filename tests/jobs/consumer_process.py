"""A consumer as a process of its own, with kinds of jobs that only tests know. Run by test_consumer.py."""

import sys
import time

import sqlalchemy as sa

from matchplatform.catalog.models import Category
from matchplatform.extensions import db
from matchplatform.jobs import consumer, work
from matchplatform.jobs.commands import jobs  # noqa: F401  (the command is loaded as in life)
from matchplatform.jobs.consumer import consume, consume_below
from matchplatform.jobs.models import Job
from matchplatform.jobs.operations import progress
from tests.conftest import make_app

consumer.LOOK_EVERY, consumer.REVIVE_AFTER = 0.1, 0.1


@work.task("slow-count", "慢数")
def slow_count(job: Job) -> None:
    """Adds one category a step, a tenth of a second each; goes on where the rows end."""
    while (done := db.session.scalar(sa.select(sa.func.count()).where(Category.code.like("slow-%")))) < job.total:
        db.session.add(Category(code=f"slow-{done:03}", name=f"慢数 {done}", position=900 + done))
        time.sleep(0.05)
        progress(job, done + 1)
        work.save()
        time.sleep(0.05)


@work.task("slow-stuck", "卡住")
def slow_stuck(job: Job) -> None:
    """Kills its own process, as a lack of memory would."""
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, queue: str, parent: str = "") -> None:
    """Work on this database until told to end."""
    app = make_app(url, JOBS="external", JOBS_DATABASE=queue)
    work._daily.clear()  # whether it is later than half past seven in Shanghai is nothing to these tests
    if parent:
        consume_below(app, int(parent))
    else:
        consume(app)


if __name__ == "__main__":
    main(*sys.argv[1:])
