"""The desk's side doors: handing a case over, and letting somebody decide in one's place."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts.queries import names, unit_name
from matchplatform.core.clock import today
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.pairings import delegation_queries, handover_operations, queries, rules
from matchplatform.pairings.approval_queries import colleagues
from matchplatform.pairings.delegation_models import Delegation
from matchplatform.pairings.forms import DelegationForm
from matchplatform.pairings.views import blueprint
from matchplatform.web.access import requires, safe_path
from matchplatform.web.forms import clean_text, version_of


@blueprint.post("/desk/approvals/<code>/hand-over")
@requires(*rules.DECIDERS)
def hand_over(code: str) -> Any:
    """To a colleague, or with nobody chosen back to the office."""
    pairing = queries.desk_pairing(current_user, code)
    wanted = version_of(request.form.get("colleague"))
    chosen = next((one for one in colleagues(current_user, pairing) if one.id == wanted), None)
    if request.form.get("colleague") and chosen is None:
        raise Refusal("这位同志不能审批这件结对。", "请从名单里选一位。")
    handover_operations.hand_over(current_user, pairing, chosen, clean_text(request.form.get("note"))[:500],
                                  version_of(request.form.get("version")))
    flash(f"已转给{chosen.name}，对方会收到消息。" if chosen else "已退回，处里的同事都会看到。", "go")
    return redirect(safe_path(request.form.get("back")) or url_for("pairings.approvals"), 303)


@blueprint.route("/desk/approvals/delegation", methods=["GET", "POST"])
@requires(*rules.DECIDERS)
def delegation() -> Any:
    """What I have lent, what was lent to me, and a new one."""
    form, fault = DelegationForm(), None
    deputies = delegation_queries.possible_deputies(current_user)
    form.deputy.choices = [("", "请选择"), *((str(one.id), f"{one.name}，{unit_name(one)}") for one in deputies)]
    if form.validate_on_submit():
        deputy = next(one for one in deputies if str(one.id) == form.deputy.data)
        try:
            handover_operations.delegate(current_user, deputy, form.starts_on.data, form.ends_on.data,
                                         form.reason.data)
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"已委托{deputy.name}，到期自动结束。", "go")
            return redirect(url_for("pairings.delegation"), 303)
    if request.method == "GET":
        form.starts_on.data = today()
    rows = delegation_queries.standing(current_user.id)
    return render_template("pairings/delegation.html", form=form, fault=fault, rows=rows, most=rules.DELEGATION_DAYS,
                           names=names({one for row in rows for one in (row.lender_id, row.deputy_id)})
                           ), 422 if fault or form.errors else 200


@blueprint.post("/desk/approvals/delegation/<int:delegation_id>/end")
@requires(*rules.DECIDERS)
def end_delegation(delegation_id: int) -> Any:
    """Take it back, or give it back; anybody else's does not exist."""
    found = db.session.get(Delegation, delegation_id)
    if found is None or current_user.id not in (found.lender_id, found.deputy_id):
        raise NotFound
    handover_operations.end_delegation(current_user, found)
    flash("委托已经结束。", "go")
    return redirect(url_for("pairings.delegation"), 303)
