"""Two real processes on one agreement, both at the gate before either begins. Importable by child processes."""

import os
from typing import Any

from tests import processes


def _run(url: str, what: str, arguments: dict[str, Any], gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.agreements import amendment_operations, operations, queries
    from matchplatform.core.errors import Refusal
    from matchplatform.extensions import db
    from matchplatform.pairings.queries import pairing_by_code
    from matchplatform.web.transaction import commit_or_conflict
    from tests.agreements.making import content_of
    from tests.conftest import make_app

    with make_app(url).app_context():
        gate.wait(60)
        try:
            actor, pairing = user_by_id(arguments["actor"]), pairing_by_code(arguments["pairing"])
            if what == "propose":
                amendment_operations.propose(actor, pairing, {"text": arguments["text"], "reason": "说清楚"})
            elif what == "confirm":
                operations.confirm(actor, pairing, arguments["sha256"])
            elif what == "save":
                operations.save(actor, pairing, content_of(pairing, other=arguments["text"]), arguments["seen"])
            else:
                amendment_operations.decide(actor, pairing, queries.amendment_of(pairing, arguments["id"]),
                                            arguments["verb"])
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


def race(url: str, what: str, first: dict[str, Any], second: dict[str, Any]) -> list[tuple[str, str]]:
    """What the two were told, sorted by kind: Conflict, Refusal, success."""
    from matchplatform.extensions import db

    db.session.rollback()  # whoever read the arguments holds SQLite's one lock
    context = processes.context()
    gate, answers = context.Barrier(2), context.Queue()
    runners = [context.Process(target=_run, args=(url, what, arguments, gate, answers))
               for arguments in (first, second)]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told)
