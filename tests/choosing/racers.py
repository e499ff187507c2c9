"""Two real processes on one database, both at the gate before either begins. Importable by child processes."""

import datetime as dt
import os
from typing import Any

from tests import processes


def _act(arguments: dict[str, Any]) -> None:
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.choosing import choice_operations, operations, queries
    from matchplatform.needs.queries import need_by_code
    from matchplatform.offerings.queries import offering_by_code
    from tests.choosing.scenes import words

    actor = user_by_id(arguments["actor"])
    call = queries.call_of(need_by_code(arguments["need"]).id)
    match arguments["act"]:
        case "send":
            operations.send(actor, call, words(call, offering_by_code(arguments["offering"])), arguments.get("seen"))
        case "withdraw":
            operations.act(actor, queries.desk_reply(actor, arguments["reply"]), "withdraw")
        case "choose":
            choice_operations.choose(actor, call, [arguments["reply"]], "名额有限", {}, arguments.get("seen"))


def _run(url: str, arguments: dict[str, Any], gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.core.clock import frozen
    from matchplatform.core.errors import Refusal
    from matchplatform.extensions import db
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context(), frozen(dt.datetime.fromisoformat(arguments["at"])):
        gate.wait(60)
        try:
            _act(arguments)
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


def race(url: str, first: dict[str, Any], second: dict[str, Any]) -> list[tuple[str, str]]:
    """What the two were told, sorted by kind: Conflict and Refusal before success."""
    context = processes.context()
    gate, answers = context.Barrier(2), context.Queue()
    runners = [context.Process(target=_run, args=(url, arguments, gate, answers)) for arguments in (first, second)]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=120) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told)
