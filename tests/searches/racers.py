"""Real processes that send digests: two at the same moment, one that is killed on the way. Importable by spawned
children."""

import datetime as dt
import os
from typing import Any

from tests import processes


def _send(url: str, user_id: int, day: dt.date, gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.extensions import db
    from matchplatform.searches.operations import send_digest
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context():
        gate.wait(60)
        try:
            found = send_digest(user_by_id(user_id), day)
            commit_or_conflict()
        except BaseException as error:
            db.session.rollback()
            answers.put(repr(error))
        else:
            answers.put(found)
        finally:
            db.session.remove()
            db.engine.dispose()


def race(url: str, user_id: int, day: dt.date) -> list[Any]:
    """How many records each of two senders told of, sorted."""
    context = processes.context()
    gate, answers = context.Barrier(2), context.Queue()
    runners = [context.Process(target=_send, args=(url, user_id, day, gate, answers)) for _ in range(2)]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told, key=str)


def _send_until(url: str, day: dt.date, people: int) -> None:
    os.environ.pop("DATABASE_URL", None)
    import signal

    from matchplatform.jobs import work as jobs
    from matchplatform.searches import work
    from tests.conftest import make_app

    def kill(done: int, _total: int) -> None:
        if done > people:  # this person's notice is written, and not stored yet
            os.kill(os.getpid(), signal.SIGKILL)

    jobs.sign_of_life = kill  # type: ignore[assignment]
    with make_app(url).app_context():
        work.send_digests(day)


def killed_after(url: str, day: dt.date, people: int) -> int | None:
    """Send the day's digests in a process that is killed with the next person after so many in hand; answers its
    end."""
    runner = processes.context().Process(target=_send_until, args=(url, day, people))
    runner.start()
    runner.join(90)
    return runner.exitcode
