"""Deny by default: every view is stamped with who may enter; what carries no stamp is refused."""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, flash, redirect, request, session, url_for
from flask_login import current_user

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")  # browsers drop some of them: "/\t/evil" would become another host
View = TypeVar("View", bound=Callable[..., Any])
EVERYBODY = frozenset({"*"})
ANY_ROLE = frozenset({"signed-in"})


def public(view: View) -> View:
    """Anybody may enter."""
    view.__access__ = EVERYBODY  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Whoever has signed in may enter."""
    view.__access__ = ANY_ROLE  # type: ignore[attr-defined]
    return view


def requires(*roles: str) -> Callable[[View], View]:
    """Only these roles may enter; what each sees inside is the query's scope."""

    def stamp(view: View) -> View:
        view.__access__ = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return stamp


def access_of(app: Flask, endpoint: str) -> frozenset[str] | None:
    """The stamp of an endpoint, or None where there is none."""
    if endpoint == "static":
        return EVERYBODY
    return getattr(app.view_functions[endpoint], "__access__", None)


def may_enter(app: Flask, endpoint: str, actor: Any) -> bool:
    """Would this person get past the door of the endpoint?"""
    stamp = access_of(app, endpoint)
    if stamp is None:
        return False
    if stamp == EVERYBODY:
        return True
    return bool(actor.is_authenticated) and (stamp == ANY_ROLE or actor.role in stamp)


def safe_path(target: str | None) -> str | None:
    """A path of this site from a query parameter or a referrer, or None: never another host or another application.

    Under a sub-path the path carries it. What cannot be read as an address (http://[) is no address.
    """
    if not target or _UNPRINTABLE.search(target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme not in ("", "http", "https") or (parts.netloc and parts.netloc != request.host):
        return None
    path = parts.path or "/"
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    if not f"{path}/".startswith(f"{request.script_root}/"):
        return None
    return path + (f"?{parts.query}" if parts.query else "")


def knock(app: Flask) -> Any:
    """Whether this request may enter: None, or the answer that it gets instead."""
    endpoint = request.endpoint
    if endpoint is None:  # no such page: 404 or 405 will say so
        return None
    stamp = access_of(app, endpoint)
    if stamp is None:
        current_app.logger.error("endpoint %s carries no access stamp", endpoint)
        abort(403)
    if stamp == EVERYBODY:
        return None
    if not current_user.is_authenticated:
        if "HX-Request" in request.headers:  # a part of a page, asked for by its script: nobody reads this
            abort(401)
        expired = session.pop("expired", None)
        if request.method == "GET":
            flash("登录已过期，请重新登录。" if expired else "请先登录。", "wait")
            return redirect(url_for("accounts.sign_in",
                                next=request.script_root + request.full_path.rstrip("?")))
        # The form's page comes back after sign-in and offers what its draft kept in the browser.
        flash("登录已过期，这次没有提交。您填的内容留在这台设备上，登录后自动找回。", "wait")
        back = safe_path(request.referrer) or url_for("portal.mine")
        return redirect(url_for("accounts.sign_in", next=back), 303)
    if current_user.must_change_password and endpoint not in ("accounts.password", "accounts.sign_out"):
        return redirect(url_for("accounts.password"), 303)
    if stamp != ANY_ROLE and current_user.role not in stamp:
        abort(403)
    return None


def init_access(app: Flask) -> None:
    """Put the door keeper before every request."""

    @app.before_request
    def keep_the_door() -> Any:
        return knock(app)
