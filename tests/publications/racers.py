"""Two real processes that act on one document at the same moment. Importable by child processes."""

import os
from typing import Any

from tests import processes


def _act(url: str, actor_id: int, do: str, code: str, gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts.queries import user_by_id
    from matchplatform.core.errors import Refusal
    from matchplatform.extensions import db
    from matchplatform.publications import operations, queries, rules
    from matchplatform.web.transaction import commit_or_conflict
    from tests.conftest import make_app

    with make_app(url).app_context():
        gate.wait(60)
        try:
            actor, said = user_by_id(actor_id), ""
            if do == "create":
                said = operations.create_publication(actor, {
                    "title": "同时起草的（演示）", "channel": "policy", "level": "province", "area_code": "420000",
                    "topic": "general", "body": "第一条 同一个字也不差。"}).code
            else:
                document = queries.publication_by_code(code)
                match do:
                    case "release":
                        operations.release(actor, document, rules.CHECKS.values)
                    case "revise":
                        said = operations.begin_revision(actor, document).code
                    case "edit":
                        operations.edit_publication(actor, document, {"title": f"{actor.name}改的（演示）"},
                                                    document.version)
                    case _:
                        operations.act(actor, document, do, "说明理由")
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


def race(url: str, code: str, *acts: tuple[int, str]) -> list[tuple[str, str]]:
    """What those who act at the same moment, each (actor's id, act), were told, sorted by kind."""
    context = processes.context()
    gate, answers = context.Barrier(len(acts)), context.Queue()
    runners = [context.Process(target=_act, args=(url, actor, do, code, gate, answers)) for actor, do in acts]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return sorted(told)
