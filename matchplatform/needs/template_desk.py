"""Where the province keeps the text templates, and where writers choose one."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from matchplatform.catalog.queries import categories
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.needs import questions
from matchplatform.needs import template_operations as operations
from matchplatform.needs import template_queries as queries
from matchplatform.needs.template_forms import TemplateForm
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.transaction import only_asks

blueprint = Blueprint("need_templates", __name__, url_prefix="/desk/need-templates")
blueprint.add_app_template_global(queries.templates_by_category, "need_templates")
blueprint.add_app_template_global(queries.asked_of_need, "asked_of_need")
blueprint.add_app_template_global(queries.chosen_template, "chosen_template")

MOST_ASKED = 5000  # characters of a field that are looked at


@blueprint.get("")
@requires("province_officer")
def list() -> str:
    """Every template by category, with what it is used for and who changed it last."""
    return render_template("needs/templates.html", kept=queries.templates_by_category(active_only=False),
                           keeper=queries.keeper_name)


def _form(template: Any = None) -> TemplateForm:
    form = TemplateForm(obj=template)
    form.category_code.choices = [SelectChoice("", "请选择"),
                                  *(SelectChoice(one.code, one.name) for one in categories(active_only=False))]
    return form


def _page(form: TemplateForm, template: Any, fault: Refusal | None) -> Any:
    return (render_template("needs/template_edit.html", form=form, template=template, fault=fault),
            422 if fault or form.errors else 200)


@blueprint.route("/new", methods=["GET", "POST"])
@requires("province_officer")
def new() -> Any:
    """Write a template."""
    form, fault = _form(), None
    if form.validate_on_submit():
        try:
            template = operations.create_template(current_user, form.values)
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"模板“{template.name}”已存，写需求时就能选到。", "go")
            return redirect(url_for("need_templates.list"), 303)
    return _page(form, None, fault)


@blueprint.route("/<int:template_id>", methods=["GET", "POST"])
@requires("province_officer")
def edit(template_id: int) -> Any:
    """Change a template; a stale page is told and keeps what was typed."""
    template = queries.template_by_id(template_id)
    form, fault = _form(template), None
    if form.validate_on_submit():
        try:
            operations.edit_template(current_user, template, form.values, version_of(request.form.get("version")))
        except Refusal as refusal:
            fault = refusal
            if isinstance(refusal, Conflict):  # told once; saving again is then done knowingly
                form.version.data = str(template.version)
        else:
            flash(f"模板“{template.name}”已存。已经写好的草稿不受影响。", "go")
            return redirect(url_for("need_templates.list"), 303)
    return _page(form, template, fault)


@blueprint.post("/<int:template_id>/<verb>")
@requires("province_officer")
def act(template_id: int, verb: str) -> Any:
    """Switch off or on, move up or down."""
    template = queries.template_by_id(template_id)
    done = operations.switch(current_user, template, verb, version_of(request.form.get("version")))
    flash(f"“{template.name}”{done}。", "go")
    return redirect(url_for("need_templates.list"), 303)


@blueprint.post("/questions")
@requires("county_officer", "township_officer")
@only_asks
def questions_asked() -> str:
    """A part of the page where a need is written: what a reader would still ask of what stands in the form."""
    typed = {name: clean_text(request.form.get(name))[:MOST_ASKED] for name in request.form}
    found = queries.asked_of(typed, queries.chosen_template(typed.get("template")))
    return render_template("needs/_asked.html", asked=found, most=questions.MOST_SHOWN, anchors=True)
