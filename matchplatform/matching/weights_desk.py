"""The province's desk for the weights of the score: what is in force, where it came from, and the former ones."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts.queries import names
from matchplatform.matching import feedback, rules, weights_queries
from matchplatform.matching.views import blueprint
from matchplatform.matching.weights_operations import restore_weights
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of


@blueprint.get("/desk/matching/weights")
@requires("province_officer")
def weights() -> str:
    """The weights in force and every former version."""
    newest = weights_queries.newest()
    page = weights_queries.former_weights(version_of(request.args.get("page")) or 1)
    rows = [newest, *page.items] if newest else []
    return render_template("matching/weights.html", page=page, parts=rules.PARTS, law=feedback, newest=newest,
                           current=weights_queries.current_weights(), versions=weights_queries.versions(rows),
                           people=names({one.created_by for one in rows if one.created_by}))


@blueprint.post("/desk/matching/weights/<int:version>/restore")
@requires("province_officer")
def weights_restore(version: int) -> Any:
    """Put a former version in force again, with a reason."""
    row = restore_weights(current_user, version, clean_text(request.form.get("reason"))[:200],
                          version_of(request.form.get("version")))
    flash(f"已恢复第 {version} 版权重，现在是第 {row.version} 版，下一次匹配就按它算。", "go")
    return redirect(url_for("matching.weights"), 303)
