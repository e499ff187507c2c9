"""An organization's own pages: registering, its profile, editing it; and the verbs of both sides."""

import datetime as dt
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts import operations as accounts
from matchplatform.audit.queries import history, recent_from
from matchplatform.catalog.queries import current_campaign, region
from matchplatform.core import clock, origin
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.organizations import operations, queries, rules, vetting_queries, vetting_rules
from matchplatform.organizations.forms import ProfileForm, RegisterForm
from matchplatform.web import sessions
from matchplatform.web.access import public, requires, safe_path
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.transaction import keep_despite_refusal

blueprint = Blueprint("organizations", __name__)
blueprint.add_app_template_global(rules, "organization_rules")

MOST_AN_HOUR = 5  # registrations from one network address
MOST_REFUSED = 20  # turned down in the same hour: more would be trying out which account names exist
TOO_MANY = "这个网络地址一小时内入驻的组织太多了。请过一小时再试；集中入驻请联系省民政厅。"


@blueprint.route("/register", methods=["GET", "POST"])
@public
def register() -> Any:
    """Self-registration: the code is checked, the account is opened, and the rest is filled in afterwards."""
    if current_user.is_authenticated:
        flash("您已经登录。要给另一家组织入驻，请先退出登录。", "wait")
        return redirect(url_for("portal.mine"), 303)
    form = RegisterForm()
    fault, status = None, 200
    if form.is_submitted():
        fault, status = _register(form)
        if status == 303:
            flash("已入驻，账号已开通。接着上传登记证书、补齐资料，再提交入库审核。", "go")
            return redirect(url_for("organizations.profile"), 303)
    form.consent_version.data = rules.CONSENT_VERSION
    return render_template("organizations/register.html", form=form, fault=fault, consent=rules.CONSENT_TEXT,
                           version=rules.CONSENT_VERSION, days=rules.VETTING_DAYS, recognized=_recognized(form)), status


def _register(form: RegisterForm) -> tuple[Refusal | None, int]:
    """(what stands in the way, status); 303 when it worked and the session has begun."""
    if "recheck" in request.form:  # only the code is looked at; the other fields may still be empty
        form.uscc.validate(form, [RegisterForm.validate_uscc])
        return None, 422 if form.uscc.errors else 200
    if not form.validate():
        return None, 422
    if form.website.data:
        return Refusal("这次没有提交成功。", "请刷新页面再填一次。"), 422
    hour_ago = clock.now() - dt.timedelta(hours=1)
    for result, most in (("done", MOST_AN_HOUR), ("refused", MOST_REFUSED)):
        if recent_from(origin.address.get(), "register_organization", hour_ago, result) >= most:
            return Refusal(TOO_MANY), 429
    try:
        operations.register(None, form.code, form.values, form.consent_version.data or "")
    except Refusal as refusal:
        operations.note_refused_registration(form.code, refusal)
        keep_despite_refusal()
        return refusal, 422
    user = accounts.sign_in(form.username.data, form.password.data)
    if user is None:
        raise RuntimeError("the account that was just opened does not let its owner in")
    sessions.begin(user)
    return None, 303


def _recognized(form: RegisterForm) -> dict[str, str] | None:
    """What the code says, to be compared with the certificate."""
    if form.code is None or form.uscc.errors:
        return None
    code, authority = form.code, region(form.code.authority)
    office = "民政部" if code.authority == "100000" else (authority.name if authority else code.authority)
    return {"code": code.code, "kind": rules.KINDS[code.kind].label, "level": rules.LEVELS[code.level].label,
            "office": office}


@blueprint.get("/desk/organization")
@requires("organization_member")
def profile() -> str:
    """The own organization: data, state, what the registry says about its eligibility, what to do next."""
    organization = queries.organization_of(current_user)
    mine = rules.parties(current_user, organization)
    return render_template(
        "organizations/profile.html", organization=organization, mine=mine,
        missing=vetting_queries.missing_to_submit(organization), papers=vetting_queries.papers_of(organization),
        mend=vetting_queries.to_mend(organization),
        verbs=rules.LIFECYCLE.open_to(mine, organization.status), rules=rules, history=history(
            "organization", organization.id), authority=region(organization.authority_code),
        checks=rules.registry_checks(organization, current_campaign(), clock.today(), needs_province=True),
        editable=rules.editable_fields(current_user, organization),
        due=rules.due_at(organization.submitted_at) if organization.status == "submitted" else None)


@blueprint.route("/desk/organization/edit", methods=["GET", "POST"])
@requires("organization_member")
def edit() -> Any:
    """Change what the state leaves open; what only staff enter is not here."""
    organization = queries.organization_of(current_user)
    allowed = rules.editable_fields(current_user, organization)
    form = ProfileForm(obj=organization if request.method == "GET" else None)
    form.keep_only(allowed)
    fault = None
    if allowed and form.validate_on_submit():
        try:
            changed = operations.edit_organization(current_user, organization, form.values,
                                                   version_of(form.version.data))
        except Conflict:
            raise  # the page is stale: show the record as it is now, not this form
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"已保存：{'、'.join(changed)}。" if changed else "内容没有变化。", "go" if changed else "info")
            return redirect(url_for("organizations.profile"), 303)
    return (render_template("organizations/edit.html", form=form, fault=fault, organization=organization,
                            allowed=allowed, missing=vetting_queries.missing_to_submit(organization),
                            mend=vetting_queries.to_mend(organization)),
            422 if fault or form.errors else 200)


@blueprint.post("/desk/organizations/<int:organization_id>/<verb>")
@requires("organization_member", "province_officer", "city_officer")
def act(organization_id: int, verb: str) -> Any:
    """One move of the lifecycle; the version tells a stale page."""
    organization = queries.desk_organization(current_user, organization_id)
    if verb in vetting_rules.VERBS:  # decided beside the certificate, with what was compared
        raise NotFound
    done = operations.act(current_user, organization, verb, clean_text(request.form.get("reason"))[:2000],
                          version_of(request.form.get("version")))
    flash(done.done, "go")
    home = (url_for("organizations.profile") if current_user.role == "organization_member"
            else url_for("organizations.review", organization_id=organization_id))
    return redirect(safe_path(request.form.get("next") or request.form.get("back")) or home, 303)
