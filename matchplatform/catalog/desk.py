"""The province's desk for campaigns, key counties and categories; and what templates may ask of the catalogue."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from matchplatform.catalog import operations, queries, rules
from matchplatform.catalog.forms import CampaignForm, CategoryForm, KeyCountyEditForm, KeyCountyForm
from matchplatform.catalog.models import Campaign, KeyCounty
from matchplatform.core.clock import today
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text

blueprint = Blueprint("catalog", __name__, url_prefix="/desk")

for _name, _function in (
        ("short", queries.short_name), ("place", queries.place), ("category", queries.category),
        ("region", queries.region), ("categories", queries.categories), ("cities", queries.cities),
        ("counties", queries.counties), ("current_campaign", queries.current_campaign),
        ("key_county_codes", queries.key_county_codes)):
    blueprint.add_app_template_global(_function, _name)

DRAWING_NAMES = {drawing: name for _, name, drawing in rules.CATEGORIES}


@blueprint.get("/campaigns")
@requires("province_officer")
def campaigns() -> str:
    """Every campaign with its dates, goal and list; the figures are on the page of the count."""
    return render_template("catalog/campaigns.html", campaigns=queries.campaigns(), presets=rules.PRESETS,
                           lists=queries.key_county_counts(), current=queries.current_campaign(),
                           state_of=lambda one: rules.campaign_state(one, today()))


@blueprint.route("/campaigns/new", methods=["GET", "POST"])
@requires("province_officer")
def campaign_new() -> Any:
    """Open the next campaign; its key counties come from an earlier one."""
    form, known, lists = CampaignForm(), queries.campaigns(), queries.key_county_counts()
    form.copy_from.choices = [*(SelectChoice(str(one.id), f"照抄“{one.name}”的 {lists.get(one.id, (0, 0))[0]} 个县")
                                for one in known), SelectChoice("none", "先空着，以后再加")]
    if request.method == "GET" and known:
        form.copy_from.data = str(known[0].id)
    fault = None
    if form.validate_on_submit():
        model = next((one for one in known if str(one.id) == form.copy_from.data), None)
        try:
            campaign = operations.open_campaign(current_user, form.values, model)
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"已新开“{campaign.name}”。请核对重点帮扶县名单。", "go")
            return redirect(url_for("catalog.key_counties", campaign_id=campaign.id), 303)
    return _campaign_page(form, fault, None)


@blueprint.route("/campaigns/<int:campaign_id>", methods=["GET", "POST"])
@requires("province_officer")
def campaign_edit(campaign_id: int) -> Any:
    """Change a campaign's settings, with a reason."""
    campaign = queries.campaign_by_id(campaign_id)
    form = CampaignForm(obj=campaign if request.method == "GET" else None)
    fault = None
    if form.validate_on_submit():
        version = form.version.data or ""
        try:
            operations.edit_campaign(current_user, campaign, form.values, form.reason.data or "",
                                     int(version) if version.isascii() and version.isdigit() else None)
        except Conflict:
            raise  # the page is stale: show the campaign as it is now, not this form
        except Refusal as refusal:
            fault = refusal
        else:
            flash("已保存。首页、调度和计数从现在起按新的设置显示。", "go")
            return redirect(url_for("catalog.campaigns"), 303)
    return _campaign_page(form, fault, campaign)


def _campaign_page(form: CampaignForm, fault: Refusal | None, campaign: Campaign | None) -> Any:
    return (render_template("catalog/campaign_edit.html", form=form, fault=fault, campaign=campaign,
                            presets=tuple(rules.PRESETS)), 422 if fault or form.errors else 200)


@blueprint.route("/campaigns/<int:campaign_id>/key-counties", methods=["GET", "POST"])
@requires("province_officer")
def key_counties(campaign_id: int) -> Any:
    """The list with its sources; POST adds a county."""
    campaign, form = queries.campaign_by_id(campaign_id), KeyCountyForm()
    fault = None
    if form.validate_on_submit():
        try:
            row = operations.add_key_county(current_user, campaign, form.county_code.data, form.source.data,
                                            form.note.data or "")
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"已加入{queries.region(row.county_code).name}，状态是“待核对”。", "go")
            return redirect(url_for("catalog.key_counties", campaign_id=campaign.id), 303)
    return _list_page(campaign, form, fault)


def _list_page(campaign: Campaign, form: KeyCountyForm, fault: Refusal | None, **shown: Any) -> Any:
    on_it = {row.county_code for row in campaign.key_counties}
    form.county_code.choices = [SelectChoice("", "请选择"), *(
        SelectChoice(one.code, one.name, optgroup=city.name) for city in queries.cities()
        for one in queries.counties(city.code) if one.code not in on_it)]
    status = request.args.get("status", "")
    status = status if status in rules.KEY_COUNTY_STATUS else ""
    shown = {"edited": None, "edit_form": None, **shown}
    return (render_template("catalog/key_counties.html", campaign=campaign, form=form, fault=fault, status=status,
                            rows=queries.key_counties_of(campaign, status), statuses=rules.KEY_COUNTY_STATUS,
                            **shown), 422 if fault or form.errors or shown["edit_form"] else 200)


@blueprint.post("/campaigns/<int:campaign_id>/key-counties/<county_code>")
@requires("province_officer")
def key_county_edit(campaign_id: int, county_code: str) -> Any:
    """Verify a row, change its source, or take it off the list with a reason."""
    campaign = queries.campaign_by_id(campaign_id)
    row = queries.key_county(campaign, county_code)
    if request.form.get("verb") == "remove":
        operations.remove_key_county(current_user, campaign, row, clean_text(request.form.get("reason"))[:500])
        flash(f"已把{queries.region(county_code).name}移出名单。", "go")
    else:
        faulty = _edit_row(campaign, row)
        if faulty is not None:
            return faulty
        flash(f"{queries.region(county_code).name}：已保存，{rules.KEY_COUNTY_STATUS[row.status].label}。", "go")
    return redirect(url_for("catalog.key_counties", campaign_id=campaign_id), 303)


def _edit_row(campaign: Campaign, row: KeyCounty) -> Any:
    """Save a row; the page with what was typed when it does not pass."""
    form = KeyCountyEditForm()
    if not form.validate():
        return _list_page(campaign, KeyCountyForm(formdata=None), None, edited=row.county_code, edit_form=form)
    operations.edit_key_county(current_user, campaign, row, source=form.source.data, note=form.note.data or "",
                               verified=form.verified.data)
    return None


@blueprint.route("/categories", methods=["GET", "POST"])
@requires("province_officer")
def categories() -> Any:
    """Fields of help: add, rename, stop offering."""
    form, fault = CategoryForm(), None
    form.drawing.choices = [SelectChoice(one, f"同“{DRAWING_NAMES[one]}”") for one in rules.DRAWINGS]
    verb = request.form.get("verb", "add")
    if request.method == "POST" and (verb != "add" or form.validate()):
        try:
            flash(_change_category(verb, form), "go")
        except Refusal as refusal:
            fault = refusal
        else:
            return redirect(url_for("catalog.categories"), 303)
    return (render_template("catalog/categories.html", form=form, fault=fault,
                            rows=queries.categories(active_only=False)),
            422 if fault or (request.method == "POST" and form.errors) else 200)


def _change_category(verb: str, form: CategoryForm) -> str:
    """Carry out one verb; answers what was done."""
    if verb == "add":
        row = operations.add_category(current_user, form.name.data, form.drawing.data)
        return f"已增加“{row.name}”。"
    row = queries.category(request.form.get("code"))
    if row is None:
        raise NotFound
    if verb == "rename":
        if not form.name.validate(form):
            raise Refusal(form.name.errors[0])
        operations.rename_category(current_user, row, form.name.data)
        return f"已改名为“{row.name}”。"
    if verb in ("enable", "disable"):
        operations.set_category_active(current_user, row, verb == "enable",
                                       clean_text(request.form.get("reason"))[:500])
        return f"“{row.name}”已{'启用' if row.is_active else '停用，已有的需求和供给照旧'}。"
    raise NotFound
