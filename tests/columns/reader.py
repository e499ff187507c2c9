"""A second worker process on the same database: answers what its lists hold whenever it is asked."""

from typing import Any

from tests import processes


def _serve(url: str, questions: Any, answers: Any) -> None:
    from matchplatform.database import writing
    from matchplatform.extensions import db
    from matchplatform.needs.filters import NeedFilter
    from matchplatform.needs.list_queries import NeedList
    from matchplatform.offerings.filters import OfferingFilter
    from matchplatform.offerings.list_queries import OfferingList
    from tests.conftest import make_app

    writing.set(False)  # as in a GET: no lock is taken
    app = make_app(url)
    while (asked := questions.get(timeout=120)) is not None:
        with app.test_request_context("/"):
            try:
                needs, offerings = asked
                answers.put((NeedList(NeedFilter(**needs)).ids, OfferingList(OfferingFilter(**offerings)).ids))
            except BaseException as error:
                answers.put(repr(error))
            finally:
                db.session.remove()
                db.engine.dispose()


class ListReader:
    """`ask(needs={…}, offerings={…})` answers the ids of both lists under these filters, as the other process finds
    them now."""

    def __init__(self, url: str) -> None:
        context = processes.context()
        self._questions, self._answers = context.Queue(), context.Queue()
        self._process = context.Process(target=_serve, args=(url, self._questions, self._answers), daemon=True)
        self._process.start()

    def ask(self, needs: dict[str, Any] | None = None, offerings: dict[str, Any] | None = None) -> Any:
        self._questions.put((needs or {}, offerings or {}))
        return self._answers.get(timeout=120)

    def close(self) -> None:
        self._questions.put(None)
        self._process.join(30)
        for one in (self._questions, self._answers):
            one.close()
            one.join_thread()
