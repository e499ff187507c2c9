"""The people of an organization: its own page, and the province's for when an owner has left."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts.queries import USER_STATES, has_owner, member_of, people_of, state_of
from matchplatform.accounts.rules import MEMBER_ROLES
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.organizations import member_operations as operations
from matchplatform.organizations import member_rules as rules
from matchplatform.organizations import queries
from matchplatform.organizations.forms import MemberForm
from matchplatform.organizations.views import blueprint
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text


@blueprint.get("/desk/organization/members")
@requires("organization_member")
def members() -> str:
    """Everybody with an account of the own organization; its owner changes them."""
    organization = queries.organization_of(current_user)
    return render_template("organizations/members.html", organization=organization, rules=rules,
                           may_manage=rules.can_manage(current_user, organization.id), **_people(organization.id))


def _people(organization_id: int) -> dict[str, Any]:
    moment = now()
    return {"people": people_of(organization_id), "roles": MEMBER_ROLES, "states": USER_STATES,
            "state_of": lambda user: state_of(user, moment)}


@blueprint.route("/desk/organization/members/new", methods=["GET", "POST"])
@requires("organization_member")
def member_new() -> Any:
    """The owner opens a colleague's account; the initial password is shown once."""
    organization = queries.organization_of(current_user)
    form, fault = MemberForm(), None
    if form.validate_on_submit():
        try:
            user, password = operations.invite(current_user, organization, form.values)
        except Refusal as refusal:
            fault = refusal
        else:
            return _handed(user, password, opened=True)
    return (render_template("organizations/member_new.html", form=form, fault=fault, organization=organization,
                            rules=rules, may_manage=rules.can_manage(current_user, organization.id)),
            422 if fault or form.errors else 200)


def _handed(user: Any, password: str, opened: bool) -> str:
    return render_template("organizations/member_password.html", user=user, password=password, opened=opened,
                           roles=MEMBER_ROLES)


@blueprint.post("/desk/organization/members/<int:user_id>/<verb>")
@requires("organization_member")
def member_act(user_id: int, verb: str) -> Any:
    """What the owner does with a colleague's account."""
    organization = queries.organization_of(current_user)
    user = member_of(organization.id, user_id)
    reason = clean_text(request.form.get("reason"))[:500]
    match verb:
        case "role":
            operations.change_role(current_user, organization, user, clean_text(request.form.get("member_role")))
            flash(f"{user.name}现在是{MEMBER_ROLES[user.member_role].label}。", "go")
        case "hand-over":
            operations.hand_over(current_user, organization, user)
            flash(f"负责人已交给{user.name}，您现在是经办人。", "go")
        case "enable" | "disable":
            operations.set_enabled(current_user, organization, user, verb == "enable", reason)
            flash(f"{user.name}的账号已{'启用' if user.enabled else '停用，登录都已退出'}。", "go")
        case "password":
            return _handed(user, operations.renew_password(current_user, organization, user), opened=False)
        case _:
            raise NotFound
    return redirect(url_for("organizations.members"), 303)


@blueprint.get("/desk/vetting/<int:organization_id>/members")
@requires("province_officer", "city_officer")
def vetted_members(organization_id: int) -> str:
    """An organization's people, for the office that looks after it."""
    return _office_page(queries.reviewable_organization(current_user, organization_id), MemberForm(), None)


def _office_page(organization: Any, form: MemberForm, fault: Refusal | None) -> str:
    return render_template("organizations/office_members.html", organization=organization, form=form, fault=fault,
                           rules=rules, owned=has_owner(organization.id),
                           may_install=current_user.role == "province_officer", **_people(organization.id))


@blueprint.post("/desk/vetting/<int:organization_id>/members/<int:user_id>/install")
@requires("province_officer")
def install_owner(organization_id: int, user_id: int) -> str:
    """The province makes somebody the owner, because the former one has left."""
    organization = queries.reviewable_organization(current_user, organization_id)
    user = member_of(organization.id, user_id)
    password = operations.install_owner(current_user, organization, user,
                                        clean_text(request.form.get("reason"))[:500])
    return _handed(user, password, opened=False)


@blueprint.post("/desk/vetting/<int:organization_id>/members/new")
@requires("province_officer")
def open_owner(organization_id: int) -> Any:
    """The province opens an account for a new owner."""
    organization = queries.reviewable_organization(current_user, organization_id)
    form, fault = MemberForm(), None
    form.member_role.data = "owner"
    if form.validate():
        try:
            values = {name: value for name, value in form.values.items() if name != "member_role"}
            user, password = operations.open_owner(current_user, organization, values,
                                                   clean_text(request.form.get("reason"))[:500])
            return _handed(user, password, opened=True)
        except Refusal as refusal:
            fault = refusal
    return _office_page(organization, form, fault), 422
