"""The browser's side of a session: begun afresh at sign-in, ended when idle. The server's side is in accounts."""

import time
from typing import Any

from flask import current_app, session
from flask_login import login_user, logout_user

_REFRESH_SECONDS = 20  # `seen` is written so often at most: a cookie with every answer helps nobody


def begin(user: Any) -> None:
    """Start a session for somebody who has just proved who he is; nothing of the earlier one is kept.

    A cookie that was planted before sign-in is worth nothing afterwards.
    """
    session.clear()
    login_user(user)
    session.permanent = True
    session["seen"] = time.time()


def end() -> None:
    """Forget everything in the cookie."""
    logout_user()
    session.clear()


def still_awake() -> bool:
    """Was the browser active within the idle limit? Marks it as active now; an idle one is marked as expired."""
    moment = time.time()
    seen = session.get("seen", 0)
    if moment - seen > current_app.config["SESSION_IDLE_SECONDS"]:
        expire()
        return False
    if moment - seen > _REFRESH_SECONDS:
        session["seen"] = moment
    return True


def expire() -> None:
    """Leave the mark that lets the door keeper say why he asks to sign in again."""
    for key in ("_user_id", "_fresh", "_id", "seen"):
        session.pop(key, None)
    session["expired"] = True
