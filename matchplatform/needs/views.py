"""The need library's desk: list, writing, preview as the public will see it, detail, and the verbs."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from matchplatform.accounts.queries import unit_name
from matchplatform.catalog.queries import categories, cities, counties, region, townships
from matchplatform.core.clock import parse_moment
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.files.queries import left_behind
from matchplatform.needs import attachments, filters, operations, queries, rules  # noqa: F401  (it registers)
from matchplatform.needs.change_queries import pending_change
from matchplatform.needs.change_rules import can_change
from matchplatform.needs.citations import citation_of
from matchplatform.needs.copy_operations import copy_need
from matchplatform.needs.forms import NeedForm, begin_with
from matchplatform.needs.list_queries import NeedDesk
from matchplatform.needs.template_queries import chosen_template
from matchplatform.web.access import requires, safe_path
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments

blueprint = Blueprint("needs", __name__, url_prefix="/desk/needs")

blueprint.add_app_template_global(citation_of, "citation_of")

WRITERS = ("county_officer", "township_officer")
READERS = (*WRITERS, "city_officer", "province_officer")


@blueprint.get("")
@requires(*READERS)
def list() -> str:
    """Everything within the actor's reach, filtered and sorted by the URL."""
    wanted = read_arguments(filters.DeskFilter, request.args)
    role = current_user.role
    city = current_user.city_code if role == "city_officer" else wanted.city
    found = NeedDesk(current_user, wanted)
    return render_template(
        "needs/list.html", page=found.page(), wanted=wanted, states=filters.DESK_STATES,
        sorts=filters.DESK_SORTS, counts=found.state_counts(), categories=categories(),
        cities=cities() if role == "province_officer" else [],
        counties=counties(city) if role in ("city_officer", "province_officer") and city else [],
        townships=townships(current_user.county_code) if role == "county_officer" else [])


def form_for(need: Any = None, kind: type[NeedForm] = NeedForm) -> Any:
    """The form with the choices that the actor has; `whole` when the page is to be previewed."""
    form = kind(obj=need)
    form.standing, form.whole = need, form.whole or request.form.get("save") == "preview"
    form.category_code.choices = [SelectChoice("", "请选择"),
                                  *(SelectChoice(one.code, one.name) for one in categories())]
    if current_user.role == "township_officer":
        del form.township_code
    else:
        form.township_code.choices = [SelectChoice("", "全县，不限乡镇"), *(
            SelectChoice(one.code, one.name) for one in townships(current_user.county_code))]
    return form


def finding() -> bool:
    """Was the form only sent to look for a document to cite? Without script that is how; nothing is saved then."""
    return request.form.get("save") == "find"


def _saved(need: Any, form: NeedForm) -> Any:
    """Where a writer goes after saving: to the preview, or to the draft's own page."""
    then = "请照群众看到的样子核对一遍。" if form.whole else "写全以后再提交。"
    flash(f"草稿已存，编号 {need.code}。{then}", "go")
    return redirect(url_for("needs.preview" if form.whole else "needs.detail", code=need.code), 303)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(*WRITERS)
def new() -> Any:
    """Write a need; the same words again within a minute lead to the draft that is there."""
    form, fault = form_for(), None
    if not finding() and form.validate_on_submit():
        again = queries.just_written(current_user, form.title.data, form.body.data)
        try:
            need = operations.create_need(current_user, form.values)
        except Refusal as refusal:
            fault = refusal
        else:
            if again is None:
                return _saved(need, form)
            flash(f"这条刚才已经存过，编号 {need.code}，没有重复建。", "wait")
            return redirect(url_for("needs.detail", code=need.code), 303)
    if request.method == "GET":
        form.unit.data = unit_name(current_user)
        begin_with(form, chosen_template(request.args.get("template")))
    return (render_template("needs/edit.html", need=None, form=form, fault=fault, where=_where()),
            422 if fault or form.errors else 200)


def _where() -> str | None:
    """The fixed township of a township's officer; the county's officers choose."""
    return region(current_user.township_code).name if current_user.role == "township_officer" else None


@blueprint.route("/<code>/edit", methods=["GET", "POST"])
@requires(*WRITERS)
def edit(code: str) -> Any:
    """Change a draft or a returned need; a stale page is told what happened and keeps what was typed."""
    need = queries.own_need(current_user, code)
    if request.method == "GET" and can_change(current_user, need):  # released: a change, which a colleague looks at
        return redirect(url_for("needs.propose", code=code))
    verdict = rules.can_edit(current_user, need)
    if request.method == "GET" and not verdict:
        flash(f"{verdict.reason}{verdict.remedy}", "wait")
        return redirect(url_for("needs.detail", code=code))
    form, fault = form_for(need), None
    if not finding() and form.validate_on_submit():
        try:
            operations.edit_need(current_user, need, form.values, version_of(request.form.get("version")))
        except Refusal as refusal:
            fault = refusal
            if isinstance(refusal, Conflict):  # told once; saving again is then done knowingly
                form.version.data = str(need.version)
        else:
            return _saved(need, form)
    return (render_template("needs/edit.html", need=need, form=form, fault=fault, where=_where(),
                            stale=isinstance(fault, Conflict)), 422 if fault or form.errors else 200)


def _shown(need: Any) -> dict[str, Any]:
    """What detail and preview both say: what may be done now, and by whom."""
    mine = rules.parties(current_user, need)
    return {"need": need, "verbs": rules.LIFECYCLE.open_to(mine, need.status), "mine": mine,
            "missing": rules.completeness(need), "editable": rules.can_edit(current_user, need),
            "changeable": can_change(current_user, need), "waiting": pending_change(need),
            "releasers": queries.releaser_names(need) if need.status == "submitted" else [],
            "aid_modes": rules.AID_MODES, "urgencies": rules.URGENCIES}


@blueprint.get("/<code>")
@requires(*READERS)
def detail(code: str) -> Any:
    """One need: its text, what happened, what may be done now; a released one of others is on the public page."""
    try:
        need = queries.own_need(current_user, code)
    except NotFound:
        queries.public_need(code)
        return redirect(url_for("portal.need", code=code))
    return render_template("needs/detail.html", history=queries.history_of(need), **_shown(need))


@blueprint.get("/<code>/preview")
@requires(*READERS)
def preview(code: str) -> str:
    """The need as the public will see it."""
    return render_template("needs/preview.html", **_shown(queries.own_need(current_user, code)))


@blueprint.post("/<code>/copy")
@requires(*WRITERS)
def copy(code: str) -> Any:
    """Begin a draft with the words of this one."""
    need = copy_need(current_user, queries.own_need(current_user, code))
    flash(f"已照 {code} 写好一份草稿，编号 {need.code}。请改掉不一样的地方，填接单截止。"
          + left_behind("need", code), "go")
    return redirect(url_for("needs.edit", code=need.code), 303)


@blueprint.post("/<code>/<verb>")
@requires(*READERS)
def act(code: str, verb: str) -> Any:
    """One move; the version tells a stale page. After releasing, the ranked offerings are the next page."""
    need = queries.own_need(current_user, code)
    typed = request.form.get("closing_at", "").strip()
    try:
        closing = parse_moment(typed[:40]) if typed else None
    except ValueError as fault:
        raise Refusal(f"接单截止没有看懂。{fault}。")
    done = operations.act(current_user, need, verb, clean_text(request.form.get("reason"))[:2000],
                          version_of(request.form.get("version")), closing)
    flash(_said(need, done), "go")
    if way_on := safe_path(request.form.get("next")):
        return redirect(way_on, 303)
    if verb == "publish":
        return redirect(url_for("matching.for_need", code=code), 303)
    if verb == "return":
        return redirect(url_for("needs.list", state="submitted"), 303)
    return redirect(url_for("needs.detail", code=code), 303)


def _said(need: Any, done: Any) -> str:
    """The sentence after a move; who hands in hears who releases."""
    if done.verb != "submit":
        return done.done
    people = queries.releaser_names(need)
    return f"已提交，等{'或'.join(people)}放行。" if people else "已提交。本县没有另一位经办人，由省民政厅放行。"
