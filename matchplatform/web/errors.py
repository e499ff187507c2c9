"""Error pages in the house style, each with a way back and an incident number."""

import secrets
from typing import Any

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from matchplatform.core.clock import local, now
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.web.access import safe_path
from matchplatform.web.transaction import READING, is_lost_race, lost_race, undo
from matchplatform.web.uploads import too_large

PAGES = {
    400: ("这个请求看不懂", "可能是链接不完整，或者页面开得太久。请回到上一页，刷新后再试。"),
    403: ("这一页不归您看", "您的账号没有这一页的权限。需要的话，请找本单位的系统管理员开通。"),
    404: ("没有找到这一页", "链接可能写错了，或者这条内容已经撤下，也可能不在您的管辖范围内。"),
    405: ("这个地址不能直接打开", "请从页面上的按钮进入。"),
    413: ("交上来的内容太大", "一次最多 2 MB。请减少文字或分几次提交。"),
    429: ("操作太频繁", "请过一会儿再试。"),
    500: ("平台出了点问题", "不是您的操作有误，刚才的改动没有保存。请稍后再试，或者把下面的编号告诉我们。"),
}


def incident_number() -> str:
    """A number to quote on the telephone; the request's log line carries the same one."""
    if "incident" not in g:
        g.incident = f"{local(now()):%m%d%H%M}-{secrets.token_hex(3).upper()}"
    return g.incident


def error_page(status: int, sentence: str = "") -> tuple[str, int]:
    """The page for a status; an unlisted one shows the nearest listed kind.

    The house's layout asks the database who is reading; where that fails too, a page that asks nobody anything.
    """
    try:
        return _full_page(status, sentence)
    except Exception:
        if status < 500:
            raise
        current_app.logger.exception("incident %s: the error page itself failed", incident_number())
        title, message = PAGES[500]
        # Not by render_template: its context asks who is reading, from the very database that is away.
        plain = current_app.jinja_env.get_template("errors/plain.html")
        return plain.render(title=title, message=message, incident=incident_number()), status


def _full_page(status: int, sentence: str) -> tuple[str, int]:
    title, message = PAGES.get(status) or PAGES[500 if status >= 500 else 400]
    way_on = [("回首页", url_for("portal.home"))]
    if current_user.is_authenticated:
        way_on.insert(0, ("回我的待办", url_for("portal.mine")))
    else:
        way_on.append(("找需求", url_for("portal.needs")))
    return render_template("errors/error.html", status=status, title=title, message=sentence or message,
                           incident=incident_number(), way_on=way_on), status


def init_errors(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> Any:
        if error.code is not None and error.code < 400:
            return error
        page, status = error_page(error.code or 500, too_large() if error.code == 413 else "")
        if status >= 500:
            app.logger.error("incident %s on %s: %s", incident_number(), request.path, error)
        return page, status

    @app.errorhandler(NotFound)
    def unseen(_error: NotFound) -> Any:
        undo()
        return error_page(404)

    @app.errorhandler(CSRFError)
    def stale_form(_error: CSRFError) -> Any:
        undo()
        flash("页面开得太久，安全验证已失效，这次没有提交。您填的内容留在这台设备上，请再交一次。", "wait")
        return redirect(safe_path(request.referrer) or url_for("portal.home"), 303)

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Any:
        undo()
        if request.method == "GET":
            return error_page(403, error.sentence)
        flash(error.sentence, "wait" if isinstance(error, Conflict) else "no")
        return redirect(safe_path(request.form.get("back") or request.referrer) or url_for("portal.home"), 303)

    @app.errorhandler(IntegrityError)
    @app.errorhandler(StaleDataError)
    @app.errorhandler(OperationalError)
    def raced(error: Exception) -> Any:
        if not is_lost_race(error):
            return unknown(error)
        app.logger.warning("conflict on %s: %s", request.path, error)
        return refused(lost_race())

    @app.errorhandler(DataError)
    def unstorable(error: DataError) -> Any:
        """A NUL, a number beyond all bounds: nothing that a page of ours would send."""
        app.logger.warning("unstorable input on %s: %s", request.path, error.orig)
        undo()
        return error_page(404 if request.method in READING else 400)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Any:
        undo()
        if app.config.get("PROPAGATE_EXCEPTIONS") or app.testing:
            raise error
        app.logger.exception("incident %s: unhandled on %s %s", incident_number(), request.method, request.path)
        return error_page(500)
