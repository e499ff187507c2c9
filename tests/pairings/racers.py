"""Two real processes on one database, both at the gate before either begins. Importable by child processes."""

import os
from typing import Any

from tests import processes


def _run(url: str, act: str, arguments: dict[str, Any], gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.core.errors import Refusal
    from matchplatform.extensions import db
    from matchplatform.matching.weights_operations import restore_weights
    from matchplatform.needs.change_operations import decide_change
    from matchplatform.needs.change_queries import change_of
    from matchplatform.needs.queries import need_by_code
    from matchplatform.offerings.queries import offering_by_code
    from matchplatform.pairings import handover_operations, operations, queries
    from matchplatform.pairings.delivery_operations import bring
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app
    from tests.pairings.lending import lend

    with make_app(url).app_context():
        gate.wait(60)
        try:
            actor = user_by_id(arguments["actor"])
            verb = arguments.get("verb", act)
            if "change" in arguments:
                need = need_by_code(arguments["need"])
                decide_change(actor, need, change_of(need, arguments["change"]), "release")
            elif act.startswith("bid"):
                operations.bid(actor, need_by_code(arguments["need"]), offering_by_code(arguments["offering"]),
                               {"message": "我们可以马上进场办理。", "seen": arguments.get("seen")})
            elif act == "bring":
                bring(queries.pairing_by_code(arguments["pairing"]), arguments["brought"])
            elif act == "restore":
                restore_weights(actor, arguments["weights"], "新的排得不对", arguments["seen"])
            elif act == "hand_over":
                handover_operations.hand_over(actor, queries.pairing_by_code(arguments["pairing"]),
                                              user_by_id(arguments["to"]), "", arguments["version"])
            elif act == "delegate":
                lend(actor, user_by_id(arguments["to"]))
            else:
                operations.act(actor, queries.pairing_by_code(arguments["pairing"]), verb, arguments.get("reason", ""),
                               arguments.get("version"), arguments.get("terms"))
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


def race(url: str, act: str, first: dict[str, Any], second: dict[str, Any]) -> list[tuple[str, str]]:
    """What the two were told, sorted by kind: Conflict before success."""
    context = processes.context()
    gate, answers = context.Barrier(2), context.Queue()
    runners = [context.Process(target=_run, args=(url, act, arguments, gate, answers))
               for arguments in (first, second)]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told)
