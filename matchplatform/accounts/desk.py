"""The administrators' list of accounts: opening, closing, new passwords. The security administrator only looks."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from matchplatform.accounts import operations, queries, rules
from matchplatform.accounts.forms import UserForm
from matchplatform.accounts.views import blueprint
from matchplatform.catalog.queries import cities, counties, township_named
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.web.access import requires, safe_path
from matchplatform.web.forms import clean_text
from matchplatform.web.listing import read_arguments


@blueprint.get("/desk/users")
@requires("system_admin", "security_admin")
def users() -> str:
    """All accounts, filtered by role and words."""
    wanted = read_arguments(queries.UserFilter, request.args)
    page = queries.users(wanted)
    return render_template(
        "accounts/users.html", page=page, wanted=wanted, roles=rules.ROLES, counts=queries.role_counts(wanted),
        units=queries.unit_names(page.items), sorts=queries.USER_SORTS, states=queries.USER_STATES,
        state_of=lambda user: queries.state_of(user, now()),
        may=lambda user: bool(rules.can_administer(current_user, user)))


@blueprint.route("/desk/users/new", methods=["GET", "POST"])
@requires("system_admin")
def user_new() -> Any:
    """Open an account of any role; its initial password is shown once."""
    form = UserForm()
    choose = SelectChoice("", "请选择")
    form.role.choices = [choose, *(SelectChoice(*one) for one in rules.ROLES.pairs)]
    form.city_code.choices = [choose, *(SelectChoice(one.code, one.name) for one in cities())]
    form.county_code.choices = [choose, *(SelectChoice(one.code, one.name, optgroup=city.name)
                                          for city in cities() for one in counties(city.code))]
    fault = None
    if form.validate_on_submit():
        try:
            user, password = operations.open_office_account(
                current_user, {name: getattr(form, name).data for name in ("username", "name", "role", "position")},
                _scope(form))
        except Refusal as refusal:
            fault = refusal
        else:
            return render_template("accounts/handover.html", user=user, password=password, opened=True)
    return (render_template("accounts/user_new.html", form=form, fault=fault, fields=rules.SCOPE),
            422 if fault or form.errors else 200)


def _scope(form: UserForm) -> str | int | None:
    """The value of the role's scope column as chosen, or None where nothing was found."""
    column = rules.SCOPE.get(form.role.data)
    if column == "organization_id":
        return queries.directory.find(form.organization.data or "")
    if column == "township_code":
        return township_named(form.county_code.data or "", form.township.data or "")
    known = cities() if column == "city_code" else counties()
    chosen = getattr(form, column).data if column else ""
    return chosen if any(one.code == chosen for one in known) else None


@blueprint.post("/desk/users/<int:user_id>/<verb>")
@requires("system_admin")
def user_act(user_id: int, verb: str) -> Any:
    """Open or close an account, with a reason."""
    if verb not in ("enable", "disable"):
        raise NotFound
    user = queries.user_by_id(user_id)
    operations.set_enabled(current_user, user, verb == "enable", clean_text(request.form.get("reason"))[:500])
    flash(f"{user.name}的账号已{'启用' if user.enabled else '停用，登录都已退出'}。", "go")
    return redirect(safe_path(request.form.get("back")) or url_for("accounts.users"), 303)


@blueprint.post("/desk/users/<int:user_id>/password")
@requires("system_admin")
def reset_password(user_id: int) -> str:
    """A new initial password, shown once on this answer and kept nowhere in clear."""
    user = queries.user_by_id(user_id)
    password = operations.reset_password(current_user, user)
    return render_template("accounts/handover.html", user=user, password=password, opened=False)
