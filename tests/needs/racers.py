"""Two real processes that write a need at the same moment. Importable by spawned children."""

import multiprocessing as mp
import os
from typing import Any


def _write(url: str, actor_id: int, values: dict[str, Any], gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.extensions import db
    from matchplatform.needs import operations
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context():
        gate.wait(60)
        try:
            code = operations.create_need(user_by_id(actor_id), values).code
            commit_or_conflict()
        except BaseException as error:
            db.session.rollback()
            answers.put(repr(error))
        else:
            answers.put(code)
        finally:
            db.session.remove()
            db.engine.dispose()


def race(url: str, values: dict[str, Any], *actors: int) -> list[str]:
    """The codes that the writers got, sorted."""
    context = mp.get_context("spawn")
    gate, answers = context.Barrier(len(actors)), context.Queue()
    runners = [context.Process(target=_write, args=(url, actor, values, gate, answers)) for actor in actors]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told)
