"""The villages of a township: what the county or the township itself keeps up to date."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog import village_operations
from matchplatform.catalog.desk import blueprint
from matchplatform.catalog.queries import region, townships
from matchplatform.catalog.village_queries import village_names, village_of, villages_of
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of

KEEPERS = ("county_officer", "township_officer")


def _township() -> Any:
    """The township that the address names, within the actor's reach; None before one was chosen."""
    code = current_user.township_code or request.values.get("township", "")
    one = region(code) if code else None
    if one is None:
        return None
    if one.level != "township" or (current_user.county_code and one.parent_code != current_user.county_code):
        raise NotFound
    return one


@blueprint.get("/villages")
@requires(*KEEPERS)
def villages() -> str:
    """The names, with what became of those that are no more."""
    township = _township()
    rows = villages_of(township.code, closed=True) if township is not None else []
    county = current_user.county_code
    return render_template(
        "catalog/villages.html", township=township, rows=rows, townships=townships(county) if county else [],
        successors=village_names({one.merged_into_id for one in rows if one.merged_into_id}))


@blueprint.post("/villages/new")
@requires(*KEEPERS)
def village_new() -> Any:
    """A name that is missing."""
    township = _township()
    if township is None:
        raise Refusal("还没有选乡镇。", "请先选乡镇，再添村名。")
    village = village_operations.add_village(current_user, township.code, clean_text(request.form.get("name"))[:100])
    flash(f"已添加“{village.name}”。", "go")
    return redirect(url_for("catalog.villages", township=township.code), 303)


@blueprint.post("/villages/<int:village_id>/<verb>")
@requires(*KEEPERS)
def village_act(village_id: int, verb: str) -> Any:
    """Merged, given up, or back again."""
    village = village_of(village_id)
    one = region(village.township_code)
    if village.township_code != current_user.township_code and one.parent_code != current_user.county_code:
        raise NotFound
    if verb == "close":
        number = version_of(request.form.get("into"))
        village_operations.close_village(current_user, village, village_of(number) if number else None)
        flash(f"“{village.name}”已登记。海报和旧页面会转到并入的村。" if number else f"“{village.name}”已撤销。", "go")
    elif verb == "restore":
        village_operations.restore_village(current_user, village)
        flash(f"“{village.name}”已恢复。", "go")
    else:
        raise Refusal("没有这个操作。")
    return redirect(url_for("catalog.villages", township=village.township_code), 303)
