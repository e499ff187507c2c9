"""Real processes that guess a password at the same time. Importable by child processes."""

import os
from typing import Any

from tests import processes


def _guess(url: str, times: int, gate: Any, answers: Any) -> None:
    os.environ.pop("DATABASE_URL", None)
    from matchplatform.accounts import operations
    from matchplatform.extensions import db
    from tests.conftest import make_app

    with make_app(url).app_context():
        try:
            gate.wait(60)
            for _ in range(times):
                operations.sign_in("county_officer", "Wrong-pass-2026")
                db.session.commit()
        except BaseException as error:
            db.session.rollback()
            answers.put(repr(error))
        else:
            answers.put("done")
        finally:
            db.session.remove()
            db.engine.dispose()


def guess_at_once(url: str, times: int) -> list[str]:
    """Two processes, each `times` wrong guesses, begun together."""
    context = processes.context()
    gate, answers = context.Barrier(2), context.Queue()
    runners = [context.Process(target=_guess, args=(url, times, gate, answers)) for _ in range(2)]
    for runner in runners:
        runner.start()
    told = [answers.get(timeout=90) for _ in runners]
    for runner in runners:
        runner.join(30)
    answers.close()
    answers.join_thread()
    return told
