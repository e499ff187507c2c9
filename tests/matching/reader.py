"""A second worker process on the same database: answers what its index holds whenever it is asked."""

from typing import Any

from tests import processes


def _serve(url: str, simple: bool, overrides: dict[str, Any], questions: Any, answers: Any) -> None:
    from matchplatform.database import writing
    from matchplatform.extensions import db
    from matchplatform.matching import corpus
    from matchplatform.matching.queries import search_needs, search_offerings
    from tests.conftest import make_app
    from tests.matching.memory_index import ENGINE

    writing.set(False)  # as in a GET: no lock is taken
    if simple:
        corpus.engine = lambda side: ENGINE
    app = make_app(url, **overrides)
    while (asked := questions.get(timeout=120)) is not None:
        with app.test_request_context("/"):
            try:
                if asked == "base":
                    answers.put(tuple((one.base.identity, dict(one.changed)) for one in
                                      (corpus.needs(), corpus.offerings())))
                else:
                    answers.put((search_needs(asked), search_offerings(asked)))
            except BaseException as error:
                answers.put(repr(error))
            finally:
                db.session.remove()
                db.engine.dispose()


class Reader:
    """`ask(words)` answers (ids of needs, ids of offerings) as the other process finds them now.

    `simple`: it runs on the tests' own index with a fresh part. `ask("base")` tells for both libraries which
    stored base it uses and what it knows to have changed since.
    """

    def __init__(self, url: str, simple: bool = False, **overrides: Any) -> None:
        context = processes.context()
        self._questions, self._answers = context.Queue(), context.Queue()
        self._process = context.Process(target=_serve, args=(url, simple, overrides, self._questions, self._answers),
                                        daemon=True)
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
