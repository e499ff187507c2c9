"""A second worker process on the same database: answers what its index holds whenever it is asked."""

import multiprocessing as mp
from typing import Any


def _serve(url: str, questions: Any, answers: Any) -> None:
    from matchplatform.database import writing
    from matchplatform.extensions import db
    from matchplatform.matching.queries import search_needs, search_offerings
    from tests.conftest import make_app

    writing.set(False)  # as in a GET: no lock is taken
    app = make_app(url)
    while (asked := questions.get(timeout=120)) is not None:
        with app.test_request_context("/"):
            try:
                answers.put((search_needs(asked), search_offerings(asked)))
            except BaseException as error:
                answers.put(repr(error))
            finally:
                db.session.remove()
                db.engine.dispose()


class Reader:
    """`ask(words)` answers (ids of needs, ids of offerings) as the other process finds them now."""

    def __init__(self, url: str) -> None:
        context = mp.get_context("spawn")
        self._questions, self._answers = context.Queue(), context.Queue()
        self._process = context.Process(target=_serve, args=(url, self._questions, self._answers), daemon=True)
        self._process.start()

    def ask(self, words: str) -> Any:
        self._questions.put(words)
        return self._answers.get(timeout=120)

    def close(self) -> None:
        self._questions.put(None)
        self._process.join(30)
        for one in (self._questions, self._answers):
            one.close()
            one.join_thread()
