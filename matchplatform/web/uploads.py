"""Forms with files: a view that takes them says how much, and only who may enter it may send so much.

The check of the form's token reads the whole body before the view runs, so the view itself would come too late to
lift the limit of the application. The door is kept first: nobody fills our disk without having signed in.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_login import current_user

from matchplatform.core.size import in_words
from matchplatform.database import writing
from matchplatform.extensions import db
from matchplatform.web.access import knock, may_enter

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(most_bytes: int, too_large: str = "") -> Callable[[View], View]:
    """Stamp a view whose POST may carry this much; every other form keeps to MAX_CONTENT_LENGTH. `too_large`: what
    somebody is told who sends more, where the view knows a better cure."""

    def stamp(view: View) -> View:
        view.__takes_files__ = most_bytes  # type: ignore[attr-defined]
        view.__too_large__ = too_large  # type: ignore[attr-defined]
        return view

    return stamp


def too_large() -> str:
    """What somebody is told whose form exceeds the limit of its view."""
    own = getattr(current_app.view_functions.get(request.endpoint or ""), "__too_large__", "")
    return own or f"一次最多交 {in_words(request.max_content_length or 0)}。请减少内容，或分几次提交。"


def init_uploads(app: Flask) -> None:
    """Put the door keeper of large forms before everything else that looks into them; call it before the CSRF check."""

    @app.before_request
    def lift_the_limit() -> Any:
        view = app.view_functions.get(request.endpoint or "")
        most = getattr(view, "__takes_files__", 0)
        if not most or request.method != "POST":
            return None
        token = writing.set(False)  # who it is, is only read, and no lock is held while a slow line sends its files
        try:
            if may_enter(app, request.endpoint or "", current_user):
                request.max_content_length = most
            elif not current_user.is_authenticated:  # told to sign in, not that it was too much
                return knock(app)
        finally:
            db.session.rollback()
            writing.reset(token)
        request.files  # noqa: B018  (the whole body is read here and now, before anybody asks the database again)
        return None
