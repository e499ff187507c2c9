"""Pages of one pairing's course: plan, reports, visits, complaints, handing on."""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.core.clock import now, today
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.matching.queries import ranked_offerings
from matchplatform.offerings.queries import offering_by_code
from matchplatform.pairings.checks import RELAY_WAIVES, failures
from matchplatform.pairings.queries import desk_pairing, parties_of
from matchplatform.pairings.relay_operations import relay
from matchplatform.pairings.rules import relay_verdict
from matchplatform.pairings.views import DESK
from matchplatform.tracking import attachments, complaint_operations, operations, photo_queries, queries, rules
from matchplatform.tracking import reminders as _reminders  # noqa: F401  (its daily job is registered with the pages)
from matchplatform.tracking import sections as _sections  # noqa: F401  (parts of the pairing's page)
from matchplatform.tracking.forms import ComplaintForm, PlanForm, ProgressForm, RelayForm, VisitForm
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of

blueprint = Blueprint("tracking", __name__, url_prefix="/desk")

SIDES = ("county_officer", "organization_member")
MOST_CHOICES = 8


def _pairing(code: str) -> Any:
    return desk_pairing(current_user, code)


def _to_pairing(code: str) -> Any:
    return redirect(url_for("pairings.detail", code=code), 303)


@blueprint.route("/pairings/<code>/plan", methods=["GET", "POST"])
@requires(*SIDES)
def plan(code: str) -> Any:
    """How often is reported, and the milestones."""
    pairing = _pairing(code)
    present = queries.plan_of(pairing.id)
    form = PlanForm(data={"rhythm": present.rhythm, "steps": present.milestones, "version": str(present.version)}
                    if present else None)
    fault = None
    if form.validate_on_submit():
        try:
            operations.set_plan(current_user, pairing, form.rhythm.data, form.steps.data,
                                version_of(request.form.get("version")))
        except Conflict:
            raise
        except Refusal as refusal:
            fault = refusal
        else:
            flash("实施计划已保存，对方会收到消息。", "go")
            return _to_pairing(code)
    return render_template("tracking/plan.html", pairing=pairing, form=form, fault=fault,
                           milestones={str(one.id): one for one in present.milestones} if present else {},
                           allowed=rules.plan_verdict(pairing), rules=rules), 422 if fault or form.errors else 200


@blueprint.post("/pairings/<code>/milestones/<int:number>/<verb>")
@requires(*SIDES)
def milestone(code: str, number: int, verb: str) -> Any:
    """Reached, or not after all."""
    if verb not in ("done", "undone"):
        raise NotFound
    found = operations.tick(current_user, _pairing(code), number, verb == "done")
    flash(f"“{found.title}”{'已登记完成' if verb == 'done' else '已改回未完成'}。", "go")
    return _to_pairing(code)


def _period_choices(pairing: Any, form: ProgressForm, asked: str) -> None:
    """The periods without a report; the one that is asked for, else the earliest, is chosen."""
    reported = queries.reported_periods(pairing.id)
    periods = queries.periods_of(pairing, queries.rhythm_of(pairing.id))
    form.period.choices = [(one.code, f"{one.label}（{one.due_on.month}月{one.due_on.day}日前报）")
                           for one in periods if one.code not in reported]
    known = [one for one, _ in form.period.choices]
    if form.period.data not in known:
        form.period.data = asked if asked in known else next(iter(known), None)


@blueprint.route("/pairings/<code>/progress/new", methods=["GET", "POST"])
@requires(*SIDES)
def progress_new(code: str) -> Any:
    """Report a month or a quarter."""
    pairing = _pairing(code)
    form = ProgressForm()
    _period_choices(pairing, form, request.args.get("period", ""))
    form.lines.offer(pairing.lines, {})
    fault, doubt = None, None
    if form.validate_on_submit():
        try:
            made = operations.report(current_user, pairing, form.period.data or "", form.values)
        except operations.Doubt as refusal:
            doubt = refusal
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"{made.span.label}的进展已报，对方会收到消息。有照片请接着传。", "go")
            return redirect(url_for("tracking.progress", code=code, period=made.period), 303)
    return _progress_page(pairing, form, fault, doubt, None)


def _progress_page(pairing: Any, form: ProgressForm, fault: Any, doubt: Any, report: Any) -> Any:
    may = rules.can_write(parties_of(current_user, pairing))
    named = rules.period_named(form.period.data) if form.period.data else rules.period_of(today(), "monthly")
    allowed = may and rules.report_verdict(pairing, report.span if report else named,
                                           report.span.rhythm if report else queries.rhythm_of(pairing.id), today())
    return render_template("tracking/progress_form.html", pairing=pairing, form=form, fault=fault, doubt=doubt,
                           report=report, allowed=allowed,
                           totals=queries.totals_of(pairing.id, report.id if report else None)), (
        422 if fault or doubt or form.errors else 200)


@blueprint.get("/pairings/<code>/progress")
@requires(*DESK)
def reports(code: str) -> str:
    """All reports of a pairing, with their sums."""
    pairing = _pairing(code)
    found = queries.reports_of(pairing.id)
    return render_template("tracking/reports.html", pairing=pairing, reports=found,
                           totals=queries.totals_of(pairing.id), standing=queries.standing_of(pairing),
                           names=queries.people_of(found), mine=parties_of(current_user, pairing))


@blueprint.get("/pairings/<code>/progress/<period>")
@requires(*DESK)
def progress(code: str, period: str) -> str:
    """One report with its photos."""
    pairing = _pairing(code)
    report = queries.report_of(pairing, period)
    return render_template("tracking/progress.html", pairing=pairing, report=report,
                           names=queries.people_of([report]), twins=photo_queries.twins_of(report),
                           misdated=photo_queries.misdated(report),
                           may_mend=attachments.can_attach(current_user, report))


@blueprint.get("/pairings/<code>/former/<former>")
@requires(*DESK)
def former(code: str, former: str) -> str:
    """What an earlier organization did, for those who carry it on and may not see its pairing otherwise."""
    pairing = _pairing(code)
    found = next((one for one in queries.relayed_from(pairing) if one.code == former), None)
    if found is None:
        raise NotFound
    return render_template("tracking/former.html", pairing=pairing, former=found, plan=queries.plan_of(found.id),
                           reports=queries.reports_of(found.id), totals=queries.totals_of(found.id),
                           visits=queries.visits_of(found.id), ways=rules.VISITS)


@blueprint.route("/pairings/<code>/progress/<period>/edit", methods=["GET", "POST"])
@requires(*SIDES)
def progress_edit(code: str, period: str) -> Any:
    """Correct a report."""
    pairing = _pairing(code)
    report = queries.report_of(pairing, period)
    form = ProgressForm(obj=report if request.method == "GET" else None)
    form.period.choices, form.period.data = [(report.period, report.span.label)], report.period
    form.version.data = form.version.data or str(report.version)
    form.lines.offer(pairing.lines, report.brought)
    fault, doubt = None, None
    if form.validate_on_submit():
        try:
            operations.mend(current_user, report, form.values, version_of(form.version.data))
        except operations.Doubt as refusal:
            doubt = refusal
        except Conflict:
            raise
        except Refusal as refusal:
            fault = refusal
        else:
            flash("进展已改好，对方会收到消息。", "go")
            return redirect(url_for("tracking.progress", code=code, period=period), 303)
    return _progress_page(pairing, form, fault, doubt, report)


@blueprint.route("/pairings/<code>/visits", methods=["GET", "POST"])
@requires(*DESK)
def visits(code: str) -> Any:
    """The log of visits and calls, and one more."""
    pairing = _pairing(code)
    form = VisitForm()
    fault = None
    if form.validate_on_submit():
        once = (form.once.data or "")[:32] or secrets.token_hex(16)
        try:
            operations.note_visit(current_user, pairing, {**form.values, "once": once})
        except Refusal as refusal:
            fault = refusal
        else:
            flash("已记下，双方会收到消息。", "go")
            return redirect(url_for("tracking.visits", code=code), 303)
    if request.method == "GET":
        form.on_day.data, form.once.data = today(), secrets.token_hex(16)
    found = queries.visits_of(pairing.id)
    return render_template("tracking/visits.html", pairing=pairing, form=form, fault=fault, visits=found,
                           names=queries.people_of(found), ways=rules.VISITS), 422 if fault or form.errors else 200


@blueprint.post("/pairings/<code>/visits/<int:number>/followed")
@requires(*DESK)
def followed(code: str, number: int) -> Any:
    """What was to follow is done."""
    operations.follow(current_user, _pairing(code), number)
    flash("回访已登记。", "go")
    return redirect(url_for("tracking.visits", code=code), 303)


@blueprint.route("/pairings/<code>/complaints", methods=["GET", "POST"])
@requires(*DESK)
def complaints(code: str) -> Any:
    """The complaints of both sides, and one more."""
    pairing = _pairing(code)
    form = ComplaintForm()
    fault = None
    if form.validate_on_submit():
        try:
            complaint_operations.complain(current_user, pairing, form.body.data)
        except Refusal as refusal:
            fault = refusal
        else:
            flash("投诉已提出，对方会在期限内答复，再由审批部门裁定。", "go")
            return redirect(url_for("tracking.complaints", code=code), 303)
    found = queries.complaints_of(pairing.id)
    parties = {one.id: complaint_operations.parties_to(current_user, one) for one in found}
    verbs = {one.id: rules.open_complaint_verbs(parties[one.id], one.status, one.answer_by, now()) for one in found}
    return render_template("tracking/complaints.html", pairing=pairing, form=form, fault=fault, complaints=found,
                           verbs=verbs, names=queries.people_of(found), rules=rules,
                           mine=parties_of(current_user, pairing)), 422 if fault or form.errors else 200


@blueprint.post("/pairings/<code>/complaints/<int:number>/<verb>")
@requires(*DESK)
def complaint_act(code: str, number: int, verb: str) -> Any:
    """Answer, rule, withdraw."""
    complaint = queries.complaint_of(_pairing(code), number)
    row = complaint_operations.move(current_user, complaint, verb, clean_text(request.form.get("reason"))[:2000],
                                    version_of(request.form.get("version")), request.form.get("ruling", ""))
    flash(row.done, "go")
    return redirect(url_for("tracking.complaints", code=code), 303)


@blueprint.route("/pairings/<code>/relay", methods=["GET", "POST"])
@requires("county_officer")
def hand_on(code: str) -> Any:
    """Hand what is left on to another organization."""
    pairing = _pairing(code)
    form = RelayForm()
    matches = [one for one in ranked_offerings(pairing.need, limit=40)
               if one.offering.organization_id != pairing.organization_id
               and not failures(one.checks, RELAY_WAIVES)][:MOST_CHOICES]
    form.choice.choices = [(one.offering.code, one.offering.title) for one in matches]
    fault = None
    if form.validate_on_submit():
        try:
            made = relay(current_user, pairing, offering_by_code(form.choice.data), form.reason.data,
                         form.message.data, version_of(form.version.data))
        except Conflict:
            raise
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"已接力，新的结对编号 {made.code}，等对方答复。", "go")
            return _to_pairing(made.code)
    status = 422 if fault or form.errors else 200
    return render_template("tracking/relay.html", pairing=pairing, form=form, fault=fault, matches=matches,
                           allowed=relay_verdict(pairing, parties_of(current_user, pairing), None)), status
