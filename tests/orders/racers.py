"""Two real processes that place or take an order at the same moment. Importable by child processes."""

import os
from typing import Any

from tests import processes


def _run(url: str, what: str, arguments: tuple[Any, ...], gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.core.errors import Refusal
    from matchplatform.extensions import db
    from matchplatform.orders import desk_operations, operations, queries, rules
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context():
        gate.wait(60)
        try:
            if what == "place":
                township, phone, form = arguments
                placed = operations.place_order(rules.RESIDENT, operations.Wanted(
                    operations.Place(township, "万冲村"), "elderly_care", "老人想吃口热饭，七个老人都八十了。", phone,
                    form=form))
                said = placed.order.receipt
            else:
                actor_id, order_id = arguments
                desk_operations.take(user_by_id(actor_id), queries.by_id(order_id))
                said = "success"
            commit_or_conflict()
        except Refusal as refusal:
            db.session.rollback()
            answers.put((type(refusal).__name__, refusal.sentence))
        except BaseException as error:
            db.session.rollback()
            answers.put(("crash", repr(error)))
        else:
            answers.put(("success", said))
        finally:
            db.session.remove()
            db.engine.dispose()


def race(url: str, what: str, *runs: tuple[Any, ...]) -> list[tuple[str, str]]:
    """What the runners were told, sorted."""
    context = processes.context()
    gate, answers = context.Barrier(len(runs)), context.Queue()
    runners = [context.Process(target=_run, args=(url, what, run, gate, answers)) for run in runs]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=120) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told)
