"""Changing a released need: the form, what would change before it is saved, and the second person's decision."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts.queries import names
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.phone import masked
from matchplatform.needs import change_operations, change_queries, change_rules, operations, queries
from matchplatform.needs.forms import ChangeForm
from matchplatform.needs.snapshots import FIELDS, LABELS, plain, snapshot
from matchplatform.needs.views import READERS, blueprint, finding, form_for
from matchplatform.revisions.differences import Difference, differences
from matchplatform.revisions.reading import spoken
from matchplatform.web.access import requires, safe_path
from matchplatform.web.forms import clean_text, version_of


@blueprint.route("/<code>/changes/new", methods=["GET", "POST"])
@requires("county_officer")
def propose(code: str) -> Any:
    """The form of a released need; posting it shows what would change, and asks why, before anything is saved."""
    need = queries.own_need(current_user, code)
    verdict, waiting = change_rules.can_change(current_user, need), change_queries.pending_change(need)
    if request.method == "GET" and (waiting or not verdict):
        flash("这条需求有一次改动在等放行，先办完它。" if waiting else f"{verdict.reason}{verdict.remedy}", "wait")
        return redirect(url_for("needs.change", code=code, change_id=waiting.id) if waiting
                        else url_for("needs.detail", code=code))
    form, fault = form_for(need, ChangeForm), None
    if waiting and request.form.get("save") == "free":
        fault = _freed(need, waiting)
    if finding():
        return _form_page(need, form, None, 200)
    if form.validate_on_submit() and _lines_stand(need, form) and request.form.get("save") == "change":
        try:
            outcome = change_operations.propose_change(
                current_user, need, form.values, clean_text(request.form.get("reason"))[:1000],
                version_of(request.form.get("version")))
        except Refusal as refusal:
            fault = refusal
            if isinstance(refusal, Conflict):  # told once; saving again is then done knowingly
                form.version.data = str(need.version)
        else:
            return _proposed(need, outcome)
    looking = form.is_submitted() and not form.errors and request.form.get("save") != "back"
    status = 422 if fault or form.errors else 200
    return _look(need, form, fault, status) if looking else _form_page(need, form, fault, status)


def _freed(need: Any, waiting: Any) -> Refusal | None:
    """The proposer takes back what still waits, so that what he has typed now can be handed in."""
    try:
        change_operations.decide_change(current_user, need, waiting, "withdraw")
    except Refusal as refusal:
        return refusal
    flash("那一次改动已经撤回。您这次改的都还在，写上为什么改，再提交。", "go")
    return None


def _lines_stand(need: Any, form: ChangeForm) -> bool:
    """Does the table leave what organizations took? Otherwise it is said beside the lines, before anybody goes on."""
    filled = [row for row in form.lines.rows if not row.is_blank]
    for place, verdict in operations.lines_below(need, form.lines.data or []):
        sentence = f"{verdict.reason}{verdict.remedy}"
        if place is not None:
            filled[place].faults["quantity"] = sentence
        form.lines.errors = [*form.lines.errors, sentence]
    return not form.errors


def _form_page(need: Any, form: ChangeForm, fault: Refusal | None, status: int) -> Any:
    return render_template("needs/edit.html", need=need, form=form, fault=fault, where=None, changing=True,
                           stale=isinstance(fault, Conflict)), status


def _look(need: Any, form: ChangeForm, fault: Refusal | None, status: int) -> Any:
    """What would change, in its two kinds, and who will hear of it."""
    at_once, later = change_operations.altered(need, form.values)
    if not at_once and not later:
        return _form_page(need, form, Refusal("内容没有变化。", "要改哪里，请先在表上改好。"), 422)
    typed = [(key, value) for key in request.form for value in request.form.getlist(key)
             if key not in ("csrf_token", "save", "reason", "version")]
    return render_template(
        "needs/change_look.html", need=need, form=form, fault=fault, stale=isinstance(fault, Conflict),
        waiting=change_queries.pending_change(need) if later else None,
        at_once=_differences(need, at_once), later=_differences(need, later), typed=typed,
        hidden=[LABELS[name] for name in at_once], concerned=operations.followers.concerned(need),
        releasers=_releasers(need, current_user.id), reason=clean_text(request.form.get("reason"))[:1000]), status


def _differences(need: Any, values: dict[str, Any]) -> list[Difference]:
    before = snapshot(need)
    after = plain(values)
    if after.get("contact_phone"):
        after["contact_phone"] = masked(after["contact_phone"])
    return differences(FIELDS, before, {**before, **after}, spoken())


def _releasers(need: Any, proposer_id: int) -> str:
    """刘敏或陈思, who may release what this person proposes."""
    people = queries.colleague_names(need, proposer_id)
    return "或".join(people) if people else "省民政厅（本县没有另一位经办人）"


def _proposed(need: Any, outcome: Any) -> Any:
    """What took effect, what waits and for whom."""
    said = f"{'、'.join(LABELS[name] for name in outcome.at_once)}已经改好。" if outcome.at_once else ""
    if outcome.waiting is None:
        flash(f"{said}公开页上已经是新内容。", "go")
        return redirect(url_for("needs.detail", code=need.code), 303)
    flash(f"{said}改动已提交，等{_releasers(need, current_user.id)}放行；放行以前，公开页还是原来的内容。", "go")
    return redirect(url_for("needs.change", code=need.code, change_id=outcome.waiting.id), 303)


@blueprint.get("/<code>/changes/<int:change_id>")
@requires(*READERS)
def change(code: str, change_id: int) -> str:
    """One change: what it changes, why, in whose hands it is, and what may be done."""
    need = queries.own_need(current_user, code)
    found = change_queries.change_of(need, change_id)
    mine = change_rules.parties(current_user, need, found)
    people = names({one for one in (found.proposed_by, found.decided_by) if one})
    return render_template(
        "needs/change.html", need=need, change=found, people=people, mine=mine,
        verbs=change_rules.LIFECYCLE.open_to(mine, found.status), releasers=_releasers(need, found.proposed_by),
        changes=differences(FIELDS, found.old_values, found.values, spoken()),
        moved=change_queries.moved_on(need, found) if found.status == "pending" else [],
        concerned=operations.followers.concerned(need))


@blueprint.post("/<code>/changes/<int:change_id>/<verb>")
@requires(*READERS)
def change_act(code: str, change_id: int, verb: str) -> Any:
    """Release, refuse or withdraw it."""
    need = queries.own_need(current_user, code)
    found = change_queries.change_of(need, change_id)
    row, told = change_operations.decide_change(current_user, need, found, verb,
                                                clean_text(request.form.get("reason"))[:1000])
    flash(f"{row.done}{f'已告诉 {told} 件结对的社会组织。' if told else ''}", "go")
    return redirect(safe_path(request.form.get("next")) or url_for("needs.detail", code=code), 303)
