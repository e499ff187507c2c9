"""The plan of coming needs: kept by the county, seen by city and province."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from matchplatform.catalog.queries import categories, cities, counties, region, townships
from matchplatform.core.clock import today
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.needs import plan_operations as operations
from matchplatform.needs import plan_queries as queries
from matchplatform.needs import plan_rules as rules
from matchplatform.needs.plan_forms import PlanRowForm
from matchplatform.web.access import requires
from matchplatform.web.forms import version_of
from matchplatform.web.listing import read_arguments

blueprint = Blueprint("plans", __name__, url_prefix="/desk/plans")
blueprint.add_app_template_global(queries.row_of_need, "plan_row_of")


def _wanted() -> queries.PlanFilter:
    """The filter of the URL; a year that is none near here becomes the present one."""
    asked = read_arguments(queries.PlanFilter, request.args)
    year = asked.year if rules.year_verdict(asked.year, today()) else today().year
    return queries.PlanFilter(year, asked.city, asked.county)


def _form(row: Any = None) -> PlanRowForm:
    form = PlanRowForm(obj=row)
    form.category_code.choices = [SelectChoice("", "请选择"), *(
        SelectChoice(one.code, one.name) for one in categories())]
    form.township_code.choices = [SelectChoice("", "全县，不限乡镇"), *(
        SelectChoice(one.code, one.name) for one in townships(current_user.county_code))]
    if row is None and request.method == "GET":
        form.quarter.data = str(rules.quarter_of(today() + queries.SOON)[1])
    return form


def _page(wanted: queries.PlanFilter, form: Any = None, row: Any = None, fault: Refusal | None = None) -> Any:
    """The year's plan; `row` is open for change in its place, or `form` stands below for a new one."""
    shown = queries.own_county(current_user, wanted)
    quarters = queries.county_plan(shown, wanted.year) if shown else []
    keeps = bool(rules.can_keep(current_user, shown))
    role = current_user.role
    city = current_user.city_code if role == "city_officer" else wanted.city
    return (render_template(
        "needs/plans.html", wanted=wanted, quarters=quarters, sums=queries.whole(quarters), keeps=keeps, form=form,
        row=row, fault=fault, shown=region(shown) if shown else None, today=today(),
        years=range(today().year - 1, today().year + 3), by_category=queries.by_category(current_user, wanted),
        by_county=[] if role == "county_officer" else queries.by_county(current_user, wanted),
        cities=cities() if role == "province_officer" else [],
        counties=counties(city) if role != "county_officer" and city else []),
        422 if fault or (form is not None and form.errors) else 200)


@blueprint.route("", methods=["GET", "POST"])
@requires("county_officer", "city_officer", "province_officer")
def list() -> Any:
    """The plan of a year; the county adds rows here, city and province read."""
    wanted = _wanted()
    if current_user.role != "county_officer":
        if request.method == "POST":
            raise Refusal(rules.can_keep(current_user, None).reason)
        return _page(wanted)
    form, fault = _form(), None
    if form.validate_on_submit():
        try:
            row = operations.add_row(current_user, wanted.year, form.values)
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"已记进 {row.year} 年{rules.QUARTERS[str(row.quarter)].label}的计划。", "go")
            return redirect(url_for("plans.list", year=row.year), 303)
    return _page(wanted, form, None, fault)


@blueprint.route("/<int:row_id>", methods=["GET", "POST"])
@requires("county_officer")
def edit(row_id: int) -> Any:
    """The same page with one row open for change in its place."""
    row = queries.row_by_id(current_user, row_id)
    verdict = rules.can_edit(current_user, row)
    if request.method == "GET" and not verdict:
        flash(f"{verdict.reason}{verdict.remedy}", "wait")
        return redirect(url_for("plans.list", year=row.year), 303)
    form, fault = _form(row), None
    if form.validate_on_submit():
        try:
            operations.edit_row(current_user, row, form.values, version_of(request.form.get("version")))
        except Refusal as refusal:
            fault = refusal
            if isinstance(refusal, Conflict):
                form.version.data = str(row.version)
        else:
            flash("计划已改。", "go")
            return redirect(url_for("plans.list", year=row.year), 303)
    return _page(queries.PlanFilter(row.year), form, row, fault)


@blueprint.post("/<int:row_id>/<verb>")
@requires("county_officer")
def act(row_id: int, verb: str) -> Any:
    """Write the need, drop the row, take it back, delete it."""
    row = queries.row_by_id(current_user, row_id)
    year, version = row.year, version_of(request.form.get("version"))
    if verb == "write":
        need = operations.write_need(current_user, row, version)
        flash(f"草稿已建，编号 {need.code}，计划里的内容都带过来了。接着写清现状和目标。", "go")
        return redirect(url_for("needs.edit", code=need.code), 303)
    flash(operations.move(current_user, row, verb, version), "go")
    return redirect(url_for("plans.list", year=year), 303)


@blueprint.post("/carry")
@requires("county_officer")
def carry() -> Any:
    """What is left over goes to the next year."""
    year = version_of(request.form.get("year")) or today().year
    made = operations.carry(current_user, year)
    flash(f"{len(made)} 行转到 {year + 1} 年，季度不变，请逐行核对。", "go")
    return redirect(url_for("plans.list", year=year + 1), 303)
