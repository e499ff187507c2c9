"""The agreement's pages: what it says, working on it, the .docx, and signing it in either way."""

import io
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user

from matchplatform.agreements import attachments, operations, queries, rules  # noqa: F401  (register the owner)
from matchplatform.agreements.amendment_queries import amending_of
from matchplatform.agreements.document import docx_bytes
from matchplatform.agreements.forms import TextForm
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.files.rules import DOCX
from matchplatform.pairings.forms import AgreementForm
from matchplatform.pairings.queries import desk_pairing, parties_of
from matchplatform.pairings.rules import APPROVED, scale_verdict
from matchplatform.pairings.sections import Section, add_section
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of

blueprint = Blueprint("agreements", __name__)

DESK = ("county_officer", "organization_member", "city_officer", "province_officer")
SIDES = ("county_officer", "organization_member")


def _part(actor: Any, pairing: Any) -> Any:
    """What the pairing's page shows of its agreement, from the approval on: how it stands, and what was amended."""
    if pairing.status not in APPROVED:
        return None
    mine = parties_of(actor, pairing)
    return {"standing": queries.standing_of(pairing, mine), "amending": amending_of(pairing, mine)}


add_section(Section("agreements/_section.html", _part, "main", 10))


def _see(code: str) -> str:
    return url_for("agreements.detail", code=code)


@blueprint.get("/desk/pairings/<code>/agreement")
@requires(*DESK)
def detail(code: str) -> str:
    """The text as it stands, who confirmed it, who changed what, and both ways of signing."""
    pairing = desk_pairing(current_user, code)
    mine = parties_of(current_user, pairing)
    standing = queries.standing_of(pairing, mine)
    drafts = queries.drafts_of(standing.agreement) if standing.agreement else []
    return render_template("agreements/detail.html", pairing=pairing, standing=standing, mine=mine, drafts=drafts,
                           last=queries.last_change(drafts), sides=rules.SIDES, amending=amending_of(pairing, mine))


@blueprint.route("/desk/pairings/<code>/agreement/edit", methods=["GET", "POST"])
@requires(*SIDES)
def edit(code: str) -> Any:
    """拟协议: the content as it stands, or what is known when nobody has begun; both sides may."""
    pairing = desk_pairing(current_user, code)
    form, fault, status, last = TextForm(), None, 200, None
    agreement = queries.agreement_of(pairing)
    if request.method == "GET":
        form.fill(agreement.values if agreement and agreement.sha256 else queries.first_content(pairing))
        form.seen.data = str(queries.newest_number(agreement))
    elif not form.validate():
        status = 422
    elif not (scale := scale_verdict(form.values, queries.amounts_of(pairing))) and not form.sure.data:
        fault, status = Refusal(scale.reason, scale.remedy), 422
    else:
        try:
            _, changed = operations.save(current_user, pairing, form.values, version_of(form.seen.data))
        except Conflict as conflict:
            agreement = queries.agreement_of(pairing)
            fault, status = conflict, 409
            last = queries.last_change(queries.drafts_of(agreement)) if agreement else None
            form.seen.data = str(queries.newest_number(agreement))  # told once, then known
        except Refusal as refusal:
            fault, status = refusal, 422
        else:
            flash("已保存。对方会收到消息。" if changed else "内容没有变，没有存新的一版。", "go")
            return redirect(_see(code), 303)
    asks = form.is_submitted() and not scale_verdict(form.values, queries.amounts_of(pairing))
    allowed = rules.edit_verdict(pairing.status, parties_of(current_user, pairing))
    return render_template("agreements/edit.html", pairing=pairing, form=form, fault=fault, allowed=allowed,
                           asks=asks, last=last), status


@blueprint.get("/desk/pairings/<code>/agreement/docx")
@requires(*DESK)
def download(code: str) -> Any:
    """The saved text as .docx, with who confirmed it; the same text is the same file."""
    pairing = desk_pairing(current_user, code)
    agreement = queries.agreement_of(pairing)
    if agreement is None or not agreement.sha256:
        raise NotFound
    blocks = [*agreement.text, *queries.record_of(queries.standing_of(pairing, parties_of(current_user, pairing)))]
    foot = f"{pairing.code}　文本校验码 {agreement.sha256}"
    return sent(docx_bytes(blocks, f"结对协议 {pairing.code}", foot), f"结对协议-{pairing.code}.docx")


def sent(data: bytes, name: str) -> Response:
    """A document as a download."""
    answer = send_file(io.BytesIO(data), mimetype=DOCX, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.post("/desk/pairings/<code>/agreement/confirm")
@requires(*SIDES)
def confirm(code: str) -> Any:
    """Confirm the text whose hash the page showed."""
    signed = operations.confirm(current_user, desk_pairing(current_user, code),
                                clean_text(request.form.get("sha256"))[:64])
    flash("双方都已确认，协议签好了，结对开始实施。" if signed else "已确认。等县里确认，协议就签好了。", "go")
    return redirect(_see(code), 303)


@blueprint.post("/desk/pairings/<code>/agreement/take-back")
@requires("organization_member")
def take_back(code: str) -> Any:
    """The organization withdraws its confirmation."""
    operations.take_back(current_user, desk_pairing(current_user, code))
    flash("已撤回确认，可以接着改。", "go")
    return redirect(_see(code), 303)


@blueprint.route("/desk/pairings/<code>/agreement/copy", methods=["GET", "POST"])
@requires("county_officer")
def copy(code: str) -> Any:
    """Register one of the papers that were sent in as the signed agreement."""
    pairing = desk_pairing(current_user, code)
    form, fault = AgreementForm(), None
    copies, wanted = queries.copies_of(pairing), version_of(request.values.get("file"))
    if request.method == "GET":
        for name, value in queries.terms_known(pairing).items():
            getattr(form, name).data = value
    scale, filled = scale_verdict(form.terms, queries.amounts_of(pairing)), form.validate_on_submit()
    if request.method == "POST" and not any(one.id == wanted for one in copies):
        fault = Refusal("还没有选哪一份是签好的协议。", "请先上传，再从下面选一份。")
    elif filled and not scale and not form.sure.data:
        fault = Refusal(scale.reason, scale.remedy)
    elif filled:
        try:
            operations.sign_copy(current_user, pairing, queries.copy_of(pairing, wanted), form.terms)
        except Conflict:
            raise
        except Refusal as refusal:
            fault = refusal
        else:
            flash("协议已登记，结对开始实施。", "go")
            return redirect(_see(code), 303)
    return render_template("agreements/copy.html", pairing=pairing, form=form, fault=fault, copies=copies,
                           wanted=wanted, asks=form.is_submitted() and not scale,
                           allowed=rules.edit_verdict(pairing.status, parties_of(current_user, pairing))
                           ), 422 if fault or form.errors else 200
