"""我的搜索: the list, saving from a library's page, running, changing and deleting."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.core.errors import NotFound
from matchplatform.searches import operations, queries, rules
from matchplatform.searches.models import SavedSearch
from matchplatform.web.access import safe_path, signed_in
from matchplatform.web.forms import clean_text, version_of

blueprint = Blueprint("searches", __name__, url_prefix="/searches")


@blueprint.app_template_global("saved_search")
def saved(library: str, wanted: Any) -> SavedSearch | None:
    """The reader's search with this very filter; None for visitors."""
    return queries.saved_as(current_user, library, wanted) if current_user.is_authenticated else None


blueprint.add_app_template_global(queries.name_for, "search_name")
blueprint.add_app_template_global(rules.RHYTHMS, "search_rhythms")


def _address(search: SavedSearch) -> str:
    """The library's page with the search's filter, the newest first."""
    page = url_for(queries.LIBRARIES[search.library].page)
    return f"{page}?{search.query}{'&' if search.query else ''}sort=newest"


@blueprint.get("")
@signed_in
def list() -> str:
    """All searches of the reader."""
    found = queries.own_searches(current_user)
    return render_template("searches/list.html", searches=found, rhythms=rules.RHYTHMS, most=rules.MOST,
                           deleted=queries.deleted_today(current_user),
                           conditions={one.id: queries.conditions_of(one) for one in found})


@blueprint.post("")
@signed_in
def save() -> Any:
    """Keep the filter of the page that was open."""
    library, query = request.form.get("library", ""), request.form.get("query", "")
    search, is_new = operations.save(current_user, library, query, clean_text(request.form.get("name")),
                                     request.form.get("rhythm", "daily"))
    told = {"daily": "有新的，每天早上告诉您一次。", "weekly": "有新的，每周一早上告诉您。",
            "none": "不提醒，随时可以来看。"}
    flash(f"已保存为{rules.quoted(search.name)}。{told[search.rhythm]}" if is_new
          else f"这个搜索您已经存过，叫{rules.quoted(search.name)}。", "go" if is_new else "info")
    return redirect(safe_path(request.form.get("back")) or _address(search), 303)


@blueprint.get("/<int:search_id>")
@signed_in
def run(search_id: int) -> Any:
    """To the library with this filter, the newest first; a deleted one leads to what is left."""
    try:
        search = queries.own_search(current_user, search_id)
    except NotFound:
        flash("这个搜索已经删了，或者不是您的。", "wait")
        return redirect(url_for("searches.list"))
    return redirect(_address(search))


@blueprint.post("/<int:search_id>")
@signed_in
def change(search_id: int) -> Any:
    """Another name, another rhythm."""
    search = queries.own_search(current_user, search_id)
    changed = operations.change(current_user, search, clean_text(request.form.get("name")),
                                request.form.get("rhythm", search.rhythm))
    flash(f"{rules.quoted(search.name)}已改好。" if changed else "名称和提醒都没有变。", "go" if changed else "info")
    return redirect(url_for("searches.list"), 303)


@blueprint.post("/<int:search_id>/delete")
@signed_in
def delete(search_id: int) -> Any:
    """Take a search away; today it can be brought back."""
    search = queries.own_search(current_user, search_id)
    name = search.name
    operations.delete(current_user, search)
    flash(f"已删除搜索{rules.quoted(name)}，以后不再提醒。今天之内可以在下面恢复。", "go")
    return redirect(url_for("searches.list"), 303)


@blueprint.post("/restore")
@signed_in
def restore() -> Any:
    """Bring back what was deleted today; a second click finds it there already."""
    try:
        search = operations.restore(current_user, version_of(request.form.get("deleted")) or 0)
    except NotFound:
        flash("这个搜索已经恢复，或者不是今天删的。要用时，请到项目库里重新保存。", "wait")
    else:
        as_before = "，提醒照旧" if search.rhythm != "none" else ""
        flash(f"已恢复搜索{rules.quoted(search.name)}{as_before}。", "go")
    return redirect(url_for("searches.list"), 303)
