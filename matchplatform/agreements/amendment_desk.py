"""Amendments: proposing, reading, answering, the .docx."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.agreements import amendment_operations, amendment_queries, queries, rules
from matchplatform.agreements.document import docx_bytes
from matchplatform.agreements.forms import AmendmentForm
from matchplatform.agreements.views import DESK, SIDES, blueprint, sent
from matchplatform.agreements.wording import text_hash
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.pairings.amending_operations import AMENDABLE
from matchplatform.pairings.queries import desk_pairing, parties_of
from matchplatform.pairings.rules import scale_verdict
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of


def _here(code: str, amendment_id: int) -> str:
    return url_for("agreements.amendment", code=code, amendment_id=amendment_id)


@blueprint.route("/desk/pairings/<code>/agreement/amendments/new", methods=["GET", "POST"])
@requires(*SIDES)
def amend(code: str) -> Any:
    """Propose an amendment: everything stands there as it is, and what is changed is proposed."""
    pairing = desk_pairing(current_user, code)
    form, fault = AmendmentForm(), None
    form.lines.offer(pairing.need.lines if pairing.lines else (), pairing.taken,
                     {one.need_line_id: one.delivered or 0 for one in pairing.lines})
    if request.method == "GET":
        for name in AMENDABLE:
            getattr(form, name).data = getattr(pairing, name)
        if request.args.get("renew"):
            form.ends_on.data, form.reason.data = amendment_queries.renewal_end(pairing), "协议快到期，双方愿意续签。"
    scale = scale_verdict(form.values, {"funds_fen": pairing.funds_fen, "in_kind_fen": pairing.in_kind_fen})
    filled = form.validate_on_submit()
    if filled and not scale and not form.sure.data:
        fault = Refusal(scale.reason, scale.remedy)
    elif filled:
        try:
            made = amendment_operations.propose(current_user, pairing, form.values)
        except Conflict:
            raise
        except Refusal as refusal:
            fault = refusal
        else:
            flash("补充协议已提出，对方会收到消息。对方同意以后生效。", "go")
            return redirect(_here(code, made.id), 303)
    allowed = rules.amend_verdict(pairing.status, parties_of(current_user, pairing),
                                  queries.open_amendment(pairing) is not None)
    return render_template("agreements/amend.html", pairing=pairing, form=form, fault=fault, allowed=allowed,
                           asks=form.is_submitted() and not scale), 422 if fault or form.errors else 200


@blueprint.get("/desk/pairings/<code>/agreement/amendments/<int:amendment_id>")
@requires(*DESK)
def amendment(code: str, amendment_id: int) -> str:
    """One amendment: what it changes, its text, and what the reader may do."""
    pairing = desk_pairing(current_user, code)
    found = queries.amendment_of(pairing, amendment_id)
    amending = amendment_queries.amending_of(pairing, parties_of(current_user, pairing))
    return render_template("agreements/amendment.html", pairing=pairing, row=amendment_queries.row_of(found),
                           sides=rules.SIDES, blocks=amendment_queries.blocks_of(found),
                           verbs=amending.verbs if amending.open and amending.open.amendment is found else [])


@blueprint.get("/desk/pairings/<code>/agreement/amendments/<int:amendment_id>/docx")
@requires(*DESK)
def amendment_docx(code: str, amendment_id: int) -> Any:
    """The amendment as .docx."""
    pairing = desk_pairing(current_user, code)
    found = queries.amendment_of(pairing, amendment_id)
    row = amendment_queries.row_of(found)
    blocks, name = amendment_queries.blocks_of(found), row.name.replace(" ", "")
    foot = f"{pairing.code}　文本校验码 {text_hash(blocks)}"
    blocks = [*blocks, *amendment_queries.record_of(row)]
    return sent(docx_bytes(blocks, f"{name} {pairing.code}", foot), f"{name}-{pairing.code}.docx")


@blueprint.post("/desk/pairings/<code>/agreement/amendments/<int:amendment_id>/<verb>")
@requires(*SIDES)
def amendment_act(code: str, amendment_id: int, verb: str) -> Any:
    """Confirm, decline or withdraw; the version tells a stale page."""
    pairing = desk_pairing(current_user, code)
    done = amendment_operations.decide(current_user, pairing, queries.amendment_of(pairing, amendment_id), verb,
                                       clean_text(request.form.get("reason"))[:1000],
                                       version_of(request.form.get("version")))
    flash(done.done, "go")
    return redirect(_here(code, amendment_id), 303)
