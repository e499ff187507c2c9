"""Pages of what came of a pairing."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog.queries import short_name
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.orders import poster
from matchplatform.pairings.queries import desk_pairing, parties_of
from matchplatform.pairings.views import DESK
from matchplatform.results import certificate as paper
from matchplatform.results import operations, queries, rules
from matchplatform.results import sections as _sections  # noqa: F401  (parts of the pairing's page)
from matchplatform.results.forms import ClosingForm, EvaluationForm
from matchplatform.tracking.operations import Doubt
from matchplatform.tracking.queries import totals_of
from matchplatform.web.access import public, requires
from matchplatform.web.forms import clean_text, version_of

blueprint = Blueprint("results", __name__)

SIDES = ("county_officer", "organization_member")
ISSUERS = ("county_officer", "province_officer", "city_officer")


def _back(code: str) -> Any:
    return redirect(url_for("pairings.detail", code=code, _anchor="results"), 303)


@blueprint.route("/desk/pairings/<code>/closing", methods=["GET", "POST"])
@requires(*SIDES)
def closing(code: str) -> Any:
    """Write the closing report, save it, hand it over."""
    pairing = desk_pairing(current_user, code)
    report, totals = queries.report_of(pairing.id), totals_of(pairing.id)
    allowed = rules.author_verdict(parties_of(current_user, pairing), pairing.status, report.side if report else None)
    form = ClosingForm(obj=report or totals if request.method == "GET" and allowed else None)
    fault, doubt = None, None
    if form.validate_on_submit():
        try:
            saved = operations.write_report(current_user, pairing, form.values, version_of(request.form.get("version")))
            if "submit" in request.form:
                operations.move_report(current_user, pairing, "submit", version=saved.version)
        except Doubt as refusal:
            doubt = refusal
        except Conflict:
            raise
        except Refusal as refusal:
            fault = refusal
        else:
            flash("结项报告已交给对方确认。" if "submit" in request.form else "已保存，还没有交。", "go")
            return _back(code)
    writable = rules.rewrite_verdict(report.status if report else None)
    status = 422 if fault or doubt or form.errors else 200
    return render_template("results/closing.html", pairing=pairing, form=form, fault=fault, doubt=doubt, report=report,
                           allowed=allowed, totals=totals, writable=writable), status


@blueprint.post("/desk/pairings/<code>/closing/<verb>")
@requires(*DESK)
def closing_act(code: str, verb: str) -> Any:
    """Submit, confirm, return, recall, reopen."""
    pairing = desk_pairing(current_user, code)
    row = operations.move_report(current_user, pairing, verb, clean_text(request.form.get("reason"))[:2000],
                                 version_of(request.form.get("version")))
    flash(row.done, "go")
    return _back(code)


@blueprint.route("/desk/pairings/<code>/evaluation", methods=["GET", "POST"])
@requires(*SIDES)
def evaluation(code: str) -> Any:
    """Say what one thinks of the other side."""
    pairing = desk_pairing(current_user, code)
    mine = parties_of(current_user, pairing)
    own = queries.evaluations_of(pairing.id).get("county" if "county" in mine else "organization")
    form = EvaluationForm(data={"stars": str(own.stars), "words": own.words} if own else None)
    fault = None
    if form.validate_on_submit():
        try:
            operations.evaluate(current_user, pairing, version_of(form.stars.data), form.words.data)
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"评价已记下。双方都写了，或者过了 {rules.OPEN_DAYS} 天，对方才看得到。", "go")
            return _back(code)
    status = 422 if fault or form.errors else 200
    return render_template("results/evaluation.html", pairing=pairing, form=form, fault=fault, own=own,
                           whom=pairing.organization.name if "county" in mine else short_name(pairing.county_code),
                           allowed=rules.can_evaluate(mine, pairing.status), rules=rules), status


@blueprint.post("/desk/pairings/<code>/evaluation/<side>/reply")
@requires(*SIDES)
def evaluation_reply(code: str, side: str) -> Any:
    """Answer the other side's evaluation, once."""
    operations.reply(current_user, desk_pairing(current_user, code), side, clean_text(request.form.get("reply"))[:1000])
    flash("回复已记下，和评价一起公开。", "go")
    return _back(code)


@blueprint.post("/desk/pairings/<code>/certificate")
@requires(*ISSUERS)
def certificate_issue(code: str) -> Any:
    """Issue the certificate."""
    made = operations.issue_certificate(current_user, desk_pairing(current_user, code))
    flash(f"贡献证书 {made.number} 已发，社会组织会收到消息。", "go")
    return _back(code)


@blueprint.post("/desk/pairings/<code>/certificate/revoke")
@requires(*ISSUERS)
def certificate_revoke(code: str) -> Any:
    """Take it back."""
    made = operations.revoke_certificate(current_user, desk_pairing(current_user, code),
                                         clean_text(request.form.get("reason")))
    flash(f"贡献证书 {made.number} 已作废。", "go")
    return _back(code)


@blueprint.get("/desk/pairings/<code>/certificate.pdf")
@requires(*DESK)
def certificate_pdf(code: str) -> Any:
    """The valid certificate; the printable page where no PDF can be made."""
    found = queries.certificate_of(desk_pairing(current_user, code).id)
    if found is None:
        raise NotFound
    address = url_for("results.verify_code", code=found.code, _external=True)
    data = paper.pdf(found.number, found.code, found.content, address)
    if data is None:
        flash(f"{poster.NO_FONT}请用下面的网页直接打印。", "wait")
        return redirect(url_for("results.verify_code", code=found.code))
    return Response(data, mimetype="application/pdf",
                    headers={"Content-Disposition": f"attachment; filename={found.number}.pdf"})


@blueprint.post("/desk/pairings/<code>/case")
@requires("province_officer", "city_officer")
def case(code: str) -> Any:
    """Draft a case for the publications."""
    made = operations.draft_case(current_user, desk_pairing(current_user, code))
    flash("案例草稿已写好，请改过再交审核。", "go")
    return redirect(url_for("publications.edit", code=made.code), 303)


@blueprint.get("/pairings/<code>")
@public
def pairing(code: str) -> str:
    """A pairing as everybody may know it: who, what, its timeline, results."""
    found = queries.public_pairing(code)
    report = queries.report_of(found.id)
    return render_template("results/pairing.html", pairing=found, steps=queries.timeline_of(found), short=short_name,
                           report=report if report and report.status == "confirmed" else None,
                           evaluations=queries.shown_evaluations(found.id),
                           villagers=queries.villagers_of(found.need_id),
                           certificate=queries.certificate_of(found.id), sides=rules.SIDES)


@blueprint.get("/verify")
@public
def verify() -> Any:
    """Where a code is typed."""
    typed = request.args.get("code", "")[:60]
    if not typed:
        return render_template("results/verify.html", typed="", fault="")
    try:
        return redirect(url_for("results.verify_code", code=rules.parse_code(typed)))
    except ValueError as error:
        return render_template("results/verify.html", typed=typed, fault=str(error)), 422


@blueprint.get("/verify/<code>")
@public
def verify_code(code: str) -> Any:
    """Is the certificate real, and what stands on it."""
    try:
        plain = rules.parse_code(code[:60])
    except ValueError:
        abort(404)
    found = queries.certificate_by_code(plain)
    return render_template("results/verified.html", certificate=found, code=rules.grouped(plain),
                           said=paper.sentences(found.content) if found else None,
                           said_day=paper.said_day), 200 if found else 404
