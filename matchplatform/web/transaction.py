"""One commit per request, after the view; rolled back on any error. GET never commits.

Mail, jobs and the like leave through `after_commit`, so nothing is told to anybody about work that was undone.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.core.errors import Conflict
from matchplatform.database import uncommitted, writing
from matchplatform.extensions import db

READING = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])


def only_asks(view: View) -> View:
    """Stamp a view that is asked by POST because the question is long, and writes nothing: as in a GET, no lock is
    taken, nothing is committed, and a change is an error."""
    view.__only_asks__ = True  # type: ignore[attr-defined]
    return view


def after_commit(call: Callable[[], Any]) -> None:
    """Do this once the request's transaction is safely stored; never when it was rolled back."""
    g.setdefault("after_commit", []).append(call)


def undo() -> None:
    """Forget everything that this request wanted: its changes and what it would have told afterwards."""
    db.session.rollback()
    g.pop("after_commit", None)


def let_go() -> None:
    """End what has only been read so far, before work that takes long: nobody waits for our lock meanwhile.

    What was loaded is read anew afterwards; whoever writes then asks his rules again.
    """
    if uncommitted() is not None:
        raise RuntimeError("something has been changed already")
    db.session.rollback()


def keep_despite_refusal() -> None:
    """Commit although the answer is an error page: a failed sign-in must be counted."""
    g.keep_changes = True


# serialization failure, deadlock, lock not available; what SQLite says when its one writer takes too long
_LOST_RACES = frozenset({"40001", "40P01", "55P03"})
_BUSY = "database is locked"


def is_lost_race(error: Exception) -> bool:
    """Did somebody else get in between? A database that is away is another matter."""
    if isinstance(error, (IntegrityError, StaleDataError)):
        return True
    return isinstance(error, OperationalError) and (
        getattr(error.orig, "sqlstate", None) in _LOST_RACES or _BUSY in str(error.orig))


def lost_race() -> Conflict:
    """What the slower of two is told."""
    return Conflict("别人刚刚改动了同一条记录，这次没有保存。", "请刷新页面，看过最新内容再办。")


def commit_or_conflict() -> None:
    """Commit; a broken constraint or a lost race becomes Conflict."""
    try:
        db.session.commit()
    except (IntegrityError, StaleDataError, OperationalError) as error:
        db.session.rollback()
        if not is_lost_race(error):
            raise
        raise lost_race() from error


def init_transaction(app: Flask) -> None:
    """Bind the rule to every request of the app."""

    @app.before_request
    def choose_kind() -> None:
        view = app.view_functions.get(request.endpoint or "")
        g.writing_token = writing.set(request.method not in READING and not hasattr(view, "__only_asks__"))

    @app.after_request
    def finish(response: Response) -> Response:
        if not writing.get():
            return response
        if response.status_code >= 400 and not g.get("keep_changes"):
            undo()
            return response
        try:
            commit_or_conflict()
        except Conflict as conflict:
            return app.make_response(app.handle_user_exception(conflict))
        for call in g.pop("after_commit", []):
            call()
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        db.session.rollback()
        token = g.pop("writing_token", None)
        if token is not None:
            writing.reset(token)

    @event.listens_for(db.session, "before_flush")
    def refuse_writes_in_get(session: Any, _context: Any, _instances: Any) -> None:
        if has_request_context() and not writing.get() and (session.new or session.dirty or session.deleted):
            changed = [*session.new, *session.deleted, *(o for o in session.dirty if session.is_modified(o))]
            if changed:
                raise RuntimeError(f"a GET request tries to write: {changed!r}")
