"""Signing in and out, and one's own password."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts import operations, queries, rules
from matchplatform.accounts.forms import PasswordForm, SignInForm
from matchplatform.accounts.models import User
from matchplatform.audit.queries import recent_from
from matchplatform.core import clock, origin
from matchplatform.core.errors import Refusal
from matchplatform.extensions import login_manager
from matchplatform.web import sessions
from matchplatform.web.access import public, safe_path, signed_in
from matchplatform.web.navigation import menu
from matchplatform.web.transaction import keep_despite_refusal

blueprint = Blueprint("accounts", __name__)


@login_manager.user_loader
def load(token: str) -> User | None:
    """Whose session the cookie's token opens; an idle, ended or closed one opens none."""
    if not sessions.still_awake():
        return None
    user = queries.user_of_session(token)
    if user is None:
        sessions.expire()
    return user


@blueprint.app_template_global()
def role_label(user: Any) -> str:
    """省级审批; 群众 for whoever acts without an account."""
    return rules.ROLES[user.role].label if user.role in rules.ROLES else "群众"


@blueprint.app_template_global()
def unit_name(user: Any) -> str:
    """孝昌县农业农村局."""
    return queries.unit_name(user)


def landing() -> str:
    """Where somebody begins who asked for no page: his first desk page, the to-do list where he has one."""
    entries = menu("desk")
    mine = url_for("portal.mine")
    hrefs = [entry.href for entry in entries]
    return mine if mine in hrefs or not hrefs else hrefs[0]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Any:
    """One message for every failure; a failure is counted although the answer is an error page."""
    way_on = safe_path(request.values.get("next"))
    if current_user.is_authenticated:
        return redirect(way_on or landing(), 303)
    form = SignInForm()
    fault, status = "", 200
    if form.is_submitted():
        fault, status = _try(form)
        if status == 303:
            return redirect(way_on or landing(), 303)
    form.next.data = way_on or ""
    return render_template("accounts/sign_in.html", form=form, fault=fault), status


def _try(form: SignInForm) -> tuple[str, int]:
    """Check and begin the session; answers (sentence, status), 303 when it worked."""
    if not form.validate():
        return "", 422
    since = clock.now() - rules.ADDRESS_WINDOW
    if recent_from(origin.address.get(), "sign_in", since, "refused") > rules.ADDRESS_LIMIT:
        return rules.TOO_MANY, 429
    user = operations.sign_in(form.username.data, form.password.data)
    if user is None:
        keep_despite_refusal()
        return rules.SAME_MESSAGE, 422
    sessions.begin(user)
    return "", 303


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Any:
    """End the session on the server: no copy of the cookie works any more."""
    operations.sign_out(current_user)
    sessions.end()
    flash("已退出登录。", "info")
    return redirect(url_for("portal.home"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in
def password() -> Any:
    """Change one's own password; whoever still has an initial one is led here first."""
    form, forced = PasswordForm(), current_user.must_change_password
    if form.validate_on_submit():
        try:
            operations.change_password(current_user, form.present.data, form.new.data)
        except Refusal as refusal:
            keep_despite_refusal()  # a wrong present password is counted
            field = form.present if "现在的密码" in refusal.reason else form.new
            field.errors = [*field.errors, refusal.sentence]
        else:
            flash("密码已改好。这个账号在其他设备上的登录都已退出。", "go")
            return redirect(landing(), 303)
    return (render_template("accounts/password.html", form=form, forced=forced, minimum=rules.MIN_PASSWORD,
                            remembered=rules.REMEMBERED_PASSWORDS), 422 if form.errors else 200)
