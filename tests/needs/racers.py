"""Two real processes that write a need at the same moment. Importable by child processes."""

import os
from typing import Any

from tests import processes


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
    context = processes.context()
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


def _change(url: str, actor_id: int, act: str, code: str, gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.core.errors import Refusal
    from matchplatform.extensions import db
    from matchplatform.needs.change_operations import decide_change, propose_change
    from matchplatform.needs.change_queries import change_of
    from matchplatform.needs.queries import need_by_code
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context():
        gate.wait(60)
        try:
            actor, need = user_by_id(actor_id), need_by_code(code)
            if act == "propose":
                propose_change(actor, need, {"title": f"{actor.name}的改动"}, "写得更清楚")
            else:
                decide_change(actor, need, change_of(need, 1), act)
            commit_or_conflict()
        except Refusal as refusal:
            db.session.rollback()
            answers.put((type(refusal).__name__, refusal.sentence))
        except BaseException as error:
            db.session.rollback()
            answers.put(("crash", repr(error)))
        else:
            answers.put(("success", ""))
        finally:
            db.session.remove()
            db.engine.dispose()


def race_of(url: str, act: str, code: str, *actors: int) -> list[tuple[str, str]]:
    """What those who change one need at the same moment were told, sorted by kind."""
    context = processes.context()
    gate, answers = context.Barrier(len(actors)), context.Queue()
    runners = [context.Process(target=_change, args=(url, actor, act, code, gate, answers)) for actor in actors]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told)
