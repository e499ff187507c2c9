"""The offering library's desk: list, writing, detail, and the verbs."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from matchplatform.catalog.queries import categories, cities, counties, regions
from matchplatform.catalog.rules import PROVINCE
from matchplatform.core.clock import today
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.files.queries import left_behind
from matchplatform.offerings import attachments, filters, operations, queries, rules  # noqa: F401  (it registers)
from matchplatform.offerings.copy_operations import copy_offering
from matchplatform.offerings.forms import OfferingForm
from matchplatform.offerings.list_queries import OfferingDesk
from matchplatform.organizations.queries import organization_of
from matchplatform.organizations.rules import STATES as ORGANIZATION_STATES
from matchplatform.web.access import requires, safe_path
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments

blueprint = Blueprint("offerings", __name__, url_prefix="/desk/offerings")

READERS = ("organization_member", "province_officer")


def _own_organization() -> Any:
    """A member's organization, whose vetting decides what may go up; None for the province."""
    return organization_of(current_user) if current_user.role == "organization_member" else None


@blueprint.get("")
@requires(*READERS)
def list() -> str:
    """Everything within the actor's reach, filtered and sorted by the URL."""
    wanted = read_arguments(filters.DeskFilter, request.args)
    found = OfferingDesk(current_user, wanted)
    return render_template(
        "offerings/list.html", page=found.page(), wanted=wanted, states=filters.DESK_STATES, sorts=filters.DESK_SORTS,
        costs=rules.COST_MODELS, counts=found.state_counts(), categories=categories(), organization=_own_organization(),
        organization_states=ORGANIZATION_STATES)


def _form(offering: Any = None) -> OfferingForm:
    """The form with its choices; `whole` when the offering is to go up, or is up already."""
    form = OfferingForm(obj=offering)
    form.whole = request.form.get("save") == "whole" or (offering is not None and offering.status != "draft")
    form.category_code.choices = [SelectChoice("", "请选择"),
                                  *(SelectChoice(one.code, one.name) for one in categories())]
    form.areas.choices = [SelectChoice(one.code, one.name) for one in regions().values()]
    if offering is not None and request.method == "GET":
        form.areas.data = offering.area_codes
    return form


def _places() -> dict[str, Any]:
    """The areas to tick, by city; the four direct counties are cities of their own."""
    return {"province": PROVINCE, "groups": [(city, [] if city.level == "county" else counties(city.code))
                                             for city in cities()]}


def _saved(offering: Any, form: OfferingForm) -> Any:
    """Back to the offering's page with what comes next."""
    then = {"draft": "核对一遍，再上架。" if form.whole else "写全以后再上架。"}.get(
        offering.status, "公开页上已经是新内容。")
    flash(f"已保存，编号 {offering.code}。{then}", "go")
    return redirect(url_for("offerings.detail", code=offering.code), 303)


@blueprint.route("/new", methods=["GET", "POST"])
@requires("organization_member")
def new() -> Any:
    """Write an offering; the same words again within a minute lead to the draft that is there."""
    form, fault, organization = _form(), None, _own_organization()
    if form.validate_on_submit():
        again = queries.just_written(current_user, form.title.data, form.body.data)
        try:
            offering = operations.create_offering(current_user, form.values)
        except Refusal as refusal:
            fault = refusal
        else:
            if again is None:
                return _saved(offering, form)
            flash(f"这项刚才已经存过，编号 {offering.code}，没有重复建。", "wait")
            return redirect(url_for("offerings.detail", code=offering.code), 303)
    if request.method == "GET":
        form.contact_name.data, form.contact_phone.data = organization.contact_name, organization.contact_phone
    return (render_template("offerings/edit.html", offering=None, form=form, fault=fault, **_places()),
            422 if fault or form.errors else 200)


@blueprint.route("/<code>/edit", methods=["GET", "POST"])
@requires("organization_member")
def edit(code: str) -> Any:
    """Change an offering, also one that is up; a stale page is told what happened and keeps what was typed."""
    offering = queries.own_offering(current_user, code)
    verdict = rules.can_edit(current_user, offering)
    if request.method == "GET" and not verdict:
        flash(f"{verdict.reason}{verdict.remedy}", "wait")
        return redirect(url_for("offerings.detail", code=code))
    form, fault = _form(offering), None
    if form.validate_on_submit():
        try:
            operations.edit_offering(current_user, offering, form.values,
                                     version_of(request.form.get("version")))
        except Refusal as refusal:
            fault = refusal
            if isinstance(refusal, Conflict):  # told once; saving again is then done knowingly
                form.version.data = str(offering.version)
        else:
            return _saved(offering, form)
    return (render_template("offerings/edit.html", offering=offering, form=form, fault=fault,
                            stale=isinstance(fault, Conflict), **_places()), 422 if fault or form.errors else 200)


@blueprint.get("/<code>")
@requires(*READERS)
def detail(code: str) -> Any:
    """One offering: its text, what happened, what may be done now; a published one of others is on the public page."""
    try:
        offering = queries.own_offering(current_user, code)
    except NotFound:
        queries.public_offering(code)
        return redirect(url_for("portal.offering", code=code))
    mine = rules.parties(current_user, offering)
    return render_template(
        "offerings/detail.html", offering=offering, mine=mine, history=queries.history_of(offering),
        verbs=rules.LIFECYCLE.open_to(mine, offering.status), missing=rules.completeness(offering),
        editable=rules.can_edit(current_user, offering), costs=rules.COST_MODELS,
        ready=rules.can_publish(offering.organization, today()))


@blueprint.post("/<code>/copy")
@requires("organization_member")
def copy(code: str) -> Any:
    """Begin a draft with the words of this one."""
    offering = copy_offering(current_user, queries.own_offering(current_user, code))
    flash(f"已照 {code} 写好一份草稿，编号 {offering.code}。请改掉不一样的地方，再上架。"
          + left_behind("offering", code), "go")
    return redirect(url_for("offerings.edit", code=offering.code), 303)


@blueprint.post("/<code>/<verb>")
@requires(*READERS)
def act(code: str, verb: str) -> Any:
    """One move; the version tells a stale page. After going up, the ranked needs are the next page."""
    offering = queries.own_offering(current_user, code)
    done = operations.act(current_user, offering, verb, clean_text(request.form.get("reason"))[:2000],
                          version_of(request.form.get("version")))
    flash(done.done, "go")
    if verb == "publish":
        return redirect(url_for("matching.for_offering", code=code), 303)
    return redirect(safe_path(request.form.get("next")) or url_for("offerings.detail", code=code), 303)
