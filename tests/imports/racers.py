"""Real processes that bring in the same rows at the same moment, and a consumer. Importable by child processes."""

import os
import sys
from typing import Any

from tests import processes


def _save(url: str, actor_id: int, import_id: int, gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.extensions import db
    from matchplatform.imports import queries, run_operations
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context():
        gate.wait(60)
        try:
            run_operations.begin_run(user_by_id(actor_id), queries.import_by_id(import_id))
            commit_or_conflict()
        except BaseException as error:
            db.session.rollback()
            answers.put(repr(error))
        else:
            answers.put("saved")
        finally:
            db.session.remove()
            db.engine.dispose()


def _hand_in(url: str, actor_id: int, data: bytes, gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.extensions import db
    from matchplatform.imports import operations, reading
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context():
        workbook = reading.open_sheet(data, "清单.xlsx")
        gate.wait(60)
        try:
            item, is_new = operations.take_in(user_by_id(actor_id), "need", "清单.xlsx", data, workbook, 0)
            answer = (item.id, is_new)
            commit_or_conflict()
        except BaseException as error:
            db.session.rollback()
            answers.put((0, repr(error)))
        else:
            answers.put(answer)
        finally:
            db.session.remove()
            db.engine.dispose()


def _race(target: Any, argument_lists: list[tuple[Any, ...]]) -> list[Any]:
    context = processes.context()
    gate, answers = context.Barrier(len(argument_lists)), context.Queue()
    runners = [context.Process(target=target, args=(*arguments, gate, answers)) for arguments in argument_lists]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=120) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return told


def save_at_once(url: str, *pairs: tuple[int, int]) -> list[str]:
    """What each of (actor, import) is told."""
    return _race(_save, [(url, actor, number) for actor, number in pairs])


def hand_in_at_once(url: str, data: bytes, *actors: int) -> list[tuple[int, Any]]:
    """(import, whether it is new) that each actor gets for the same file."""
    return _race(_hand_in, [(url, actor, data) for actor in actors])


def consume(url: str, queue: str) -> None:
    """A consumer that lets the tests look between its chunks."""
    from matchplatform.imports import work
    from matchplatform.jobs import consumer
    from tests.conftest import make_app

    work._BREATH = 0.3
    consumer.consume(make_app(url, JOBS="external", JOBS_DATABASE=queue))


if __name__ == "__main__":
    consume(*sys.argv[1:])
