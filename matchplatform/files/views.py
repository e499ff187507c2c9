"""Attachments: sending them in, taking them off, putting them back, and handing them out by right."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, send_file, session, url_for
from flask_login import current_user

from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.core.size import in_words
from matchplatform.files import operations, queries, rules, storage
from matchplatform.files.models import Attachment
from matchplatform.web.access import public, safe_path, signed_in
from matchplatform.web.forms import clean_text
from matchplatform.web.transaction import let_go, undo
from matchplatform.web.uploads import takes_files

blueprint = Blueprint("files", __name__, url_prefix="/files")
blueprint.add_app_template_global(queries.shown, "attachments_shown")  # for pages of records, a tier above
blueprint.add_app_template_global(queries.acts_of, "attachment_acts")
blueprint.add_app_template_global(rules, "files_rules")
blueprint.add_app_template_global(queries.stamp_of, "photo_stamp")

MOST_TOLD = 5  # sentences at once; they travel in a cookie
_TOO_MUCH = (f"一次最多交 {in_words(rules.MOST_REQUEST)}，每个文件最多 {in_words(rules.MOST_BYTES)}，这次的都没有收下；"
             "原来的附件和填好的内容都在。照片请用手机的“压缩”或“中等大小”再发一次，PDF 请降低扫描的清晰度。")
_AGAIN = "attachment_form"  # in the session, until the record's page is shown
_CLOSED = "default-src 'none'; sandbox; frame-ancestors 'none'"  # whatever it is, it neither runs nor loads anything


@blueprint.post("/<kind>/<code>")
@signed_in
@takes_files(rules.MOST_REQUEST, _TOO_MUCH)
def attach(kind: str, code: str) -> Any:
    """Send in one file or several: each fault is told in a sentence, the good ones are kept."""
    operations.demand_attachable(current_user, kind, code)
    try:
        added, notes, faults = _receive(kind, code)
    except Conflict:
        raise
    except Refusal as refusal:  # said in the form itself, where what was typed still stands
        undo()
        added, notes, faults = 0, [], [refusal.sentence]
    if added:
        flash(f"已上传 {added} 个附件。{_whom(kind, code)}{''.join(notes[:MOST_TOLD])}", "go")
    if faults:
        session[_AGAIN] = {"of": [kind, code], "faults": _briefly(faults),
                           "caption": _caption()[:2 * rules.LONGEST_CAPTION],
                           "publicity": request.form.get("publicity", "")[:20],
                           "document": request.form.get("document", "")[:20],
                           "evidence": request.form.get("evidence") == "1"}
    return _back(request.form.get("back"))


def _whom(kind: str, code: str) -> str:
    """Who must look at what waits now, in a sentence."""
    waiting = queries.shown(current_user, kind, queries.owner_of(kind).find(code)).waiting
    return f"等{next(iter(waiting.values())).whom}放开后，别人才看得到。" if waiting else ""


def _caption() -> str:
    return clean_text(request.form.get("caption")).replace("\n", " ")


def _receive(kind: str, code: str) -> tuple[int, list[str], list[str]]:
    """Take in what was sent: how many are new, what was done to them, what was wrong. Raises as `attach_all`."""
    sent = [one for one in request.files.getlist("files") if one.filename]
    if not sent:
        raise Refusal("还没有选文件。", rules.TAKEN)
    let_go()  # looking at pictures takes seconds, and nobody shall wait for our lock
    uploads, faults = storage.receive_all(
        [(one.filename, one.stream) for one in sent], request.form.get("evidence") == "1")
    try:
        added, told = operations.attach_all(
            current_user, kind, code, uploads, _caption(),
            request.form.get("publicity", queries.owner_of(kind).publicity[0]), request.form.get("document", ""))
    finally:
        for upload in uploads:
            storage.discard(upload)
    return added, [note for one in uploads for note in one.inspected.notes], faults + told


def _briefly(faults: list[str]) -> list[str]:
    left = len(faults) - MOST_TOLD
    more = [f"还有 {left} 个文件也没有收，请分几次传，每次看清提示。"] if left > 0 else []
    return faults[:MOST_TOLD] + more


@blueprint.app_template_global()
def attachment_form(kind: str, code: str) -> dict[str, Any]:
    """The form of a record's attachments as it was sent with a fault, told once; empty at first."""
    fresh = {"faults": [], "caption": "", "publicity": "public", "document": "", "evidence": False}
    return session.pop(_AGAIN) if session.get(_AGAIN, {}).get("of") == [kind, code] else fresh


def _back(target: str | None) -> Any:
    return redirect(f"{safe_path(target) or url_for('portal.home')}#attachments", 303)


@blueprint.post("/<int:file_id>/remove")
@signed_in
def remove(file_id: int) -> Any:
    """Take a file off its record; today it can be put back."""
    attachment = operations.remove(current_user, queries.within_reach(current_user, file_id))
    flash(f"已移除“{attachment.name}”。今天之内可以恢复。", "go")
    return _back(request.form.get("back"))


@blueprint.post("/<int:file_id>/open")
@signed_in
def open_up(file_id: int) -> Any:
    """The second person lets others see a file of a released record."""
    attachment = operations.open_up(current_user, queries.within_reach(current_user, file_id),
                                    request.form.get("publicity", ""))
    flash(f"已放开“{attachment.name}”，谁能看：{rules.PUBLICITY[attachment.publicity].label}。", "go")
    return _back(request.form.get("back"))


@blueprint.post("/<int:file_id>/restore")
@signed_in
def restore(file_id: int) -> Any:
    """Put back a file that was taken off today."""
    attachment = operations.restore(current_user, queries.within_reach(current_user, file_id))
    flash(f"已恢复“{attachment.name}”。{_whom(attachment.owner_kind, attachment.owner_code)}", "go")
    return _back(request.form.get("back"))


@blueprint.get("/<int:file_id>/<name>")
@public
def download(file_id: int, name: str) -> Any:
    """A file, always as a download; whoever may not read it learns nothing, and neither who names it otherwise."""
    attachment = queries.readable(current_user, file_id)
    if name != attachment.name:
        raise NotFound
    return _sent(storage.path_of(attachment.stored_name), attachment, attachment.media_type, as_attachment=True,
                 download_name=attachment.name)


@blueprint.get("/<int:file_id>/preview")
@public
def preview(file_id: int) -> Any:
    """The small picture that pages show."""
    attachment = queries.readable(current_user, file_id)
    if not attachment.has_preview:
        raise NotFound
    return _sent(storage.preview_of(attachment.stored_name), attachment, rules.JPEG)


def _sent(path: Any, attachment: Attachment, media_type: str, **how: Any) -> Any:
    """The answer with a file: the browser asks each time whether he may still have it."""
    try:
        answer = send_file(path, mimetype=media_type, conditional=True, etag=attachment.sha256, max_age=0, **how)
    except FileNotFoundError:
        current_app.logger.error("attachment %s: its file is not in FILES_FOLDER", attachment.id)
        raise NotFound from None
    answer.headers["Content-Security-Policy"] = _CLOSED
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
