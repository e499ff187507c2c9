"""Two real processes that send a person's digest at the same moment. Importable by spawned children."""

import datetime as dt
import multiprocessing as mp
import os
from typing import Any


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
    context = mp.get_context("spawn")
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
