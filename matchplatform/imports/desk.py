"""Bringing a list in: choose the file, agree on the columns, look at every row, save, take back."""

import io
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_login import current_user

from matchplatform.core.errors import Conflict, Refusal
from matchplatform.files.naming import briefly
from matchplatform.imports import (
    filling,
    forms,
    operations,
    queries,
    reading,
    rules,
    run_operations,
    submit_operations,
    submit_queries,
    unsaid,
)
from matchplatform.imports import work as _work  # noqa: F401  (its tasks are registered where the pages are)
from matchplatform.imports.ahead import Ahead, Checked
from matchplatform.imports.fields import fields_of
from matchplatform.imports.layout import choose_sheet
from matchplatform.imports.queries import Content
from matchplatform.imports.rows import Row, gather
from matchplatform.imports.sheets import SheetFault
from matchplatform.imports.workbook import faulty_rows, template
from matchplatform.web import navigation
from matchplatform.web.access import requires
from matchplatform.web.listing import read_arguments
from matchplatform.web.transaction import let_go
from matchplatform.web.transaction import undo as forget
from matchplatform.web.uploads import takes_files

blueprint = Blueprint("imports", __name__, url_prefix="/desk/imports")
blueprint.add_app_template_filter(briefly)

IMPORTERS = tuple(rules.KIND_OF_ROLE)
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LISTED = 100
_TOO_LARGE = (f"表格最多 {rules.MOST_BYTES // 1024 // 1024} MB，这份没有收下。"
              "请删去表里的图片和用不到的工作表，或拆成几份上传。")
_LISTS = {"need": "needs.list", "offering": "offerings.list", "organization": "organizations.vetting"}
navigation.lit["imports"] = lambda actor: _LISTS.get(rules.kind_for(actor) or "", "")
_TURNS = {"mapping": "imports.columns", "checking": "imports.progress", "preview": "imports.rows",
          "running": "imports.progress", "undoing": "imports.progress"}


@blueprint.route("", methods=["GET", "POST"])
@requires(*IMPORTERS)
@takes_files(rules.MOST_BYTES + 1024 * 1024, _TOO_LARGE)
def start() -> Any:
    """Choose a file; below, what the office brought in before."""
    kind, fault = rules.KIND_OF_ROLE[current_user.role], ""
    if request.method == "POST":
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            fault = "还没有选文件。请选一份 Excel 工作簿、CSV 或文本表格。"
        else:
            try:
                return _take_in(kind, sent)
            except SheetFault as found:
                fault = found.sentence
    wanted = read_arguments(queries.ListFilter, request.args)
    page = queries.own_imports(current_user, wanted)
    return (render_template("imports/start.html", kind=rules.KINDS[kind], page=page, fault=fault,
                            counts=queries.counts_of(one.id for one in page.items), where=queries.where(current_user),
                            back=_LISTS[kind], fields=[one for one in fields_of(kind).values() if one.required]),
            422 if fault else 200)


def _take_in(kind: str, sent: Any) -> Any:
    name, data = forms.file_name(sent.filename), sent.read(rules.MOST_BYTES + 1)
    let_go()  # reading a large workbook takes seconds
    workbook = reading.open_sheet(data, name)
    item, is_new = operations.take_in(current_user, kind, name, data, workbook, choose_sheet(workbook, kind))
    if not is_new:
        flash(f"这份表格 {item.owner_name} 已经上传过，没有重复导入。这里是那一次的结果。", "wait")
    return redirect(url_for("imports.detail" if not is_new else "imports.columns", import_id=item.id), 303)


@blueprint.get("/template.xlsx")
@requires(*IMPORTERS)
def blank() -> Any:
    """The template with drop-downs and notes."""
    kind = rules.KIND_OF_ROLE[current_user.role]
    return _workbook(template(kind, queries.context_of(current_user)), f"{rules.KINDS[kind].label}导入模板.xlsx")


def _workbook(data: bytes, name: str) -> Any:
    return send_file(io.BytesIO(data), mimetype=SHEET_TYPE, as_attachment=True, download_name=name)


@blueprint.get("/<int:import_id>")
@requires(*IMPORTERS)
def detail(import_id: int) -> Any:
    """Wherever this import is now."""
    item = queries.own_import(current_user, import_id)
    return redirect(url_for(_TURNS.get(item.status, "imports.result"), import_id=item.id))


@blueprint.route("/<int:import_id>/columns", methods=["GET", "POST"])
@requires(*IMPORTERS)
def columns(import_id: int) -> Any:
    """What each column means: proposed, changed by a person; then every row is checked."""
    item, fault = queries.own_import(current_user, import_id), ""
    if item.status != "mapping":
        return redirect(url_for("imports.detail", import_id=item.id), 303)
    if request.method == "POST":
        try:
            return _choose(item)
        except SheetFault as found:
            fault = found.sentence
    return _columns_page(item, fault)


def _choose(item: Any) -> Any:
    chosen, ahead = forms.read_columns(request.form), queries.ahead_of(current_user, item)
    let_go()  # going through a large sheet takes seconds
    if request.form.get("do") == "look":
        return _look(ahead, chosen.sheet or 0, chosen.header_row)
    checked = _checked(ahead, chosen)
    item = queries.own_import(current_user, ahead.number)
    mapping = operations.choose_columns(current_user, item, chosen.choice, chosen.constants, chosen.units)
    if mapping.missing:
        labels = "、".join(fields_of(item.kind)[one].label for one in mapping.missing)
        raise SheetFault(f"还不知道哪一列是{labels}。请在下面选列，或者给所有行填同一个内容。")
    operations.check_now_or_later(current_user, item, checked)
    return redirect(url_for("imports.detail", import_id=item.id), 303)


def _look(ahead: Ahead, sheet: int, header_row: int | None) -> Any:
    proposed, fault = None, None
    try:
        proposed = ahead.proposed(sheet, header_row)
    except SheetFault as found:
        fault = found
    item = queries.own_import(current_user, ahead.number)
    operations.look_elsewhere(current_user, item, sheet, header_row, proposed)
    if fault is not None:  # the page says so, with what was chosen still in its boxes
        raise fault
    return redirect(url_for("imports.columns", import_id=item.id), 303)


def _checked(ahead: Ahead, chosen: forms.Columns) -> Checked | None:
    """What the rows say by these columns; None where the columns do not do yet."""
    if ahead.mapping is None:
        return None
    mapping = ahead.mapping.chosen(chosen.choice, chosen.constants, chosen.units)
    return ahead.checked(mapping, rules.CHECKED_AT_ONCE) if not mapping.missing else None


def _columns_page(item: Any, fault: str) -> Any:
    ahead, layout, taken = queries.ahead_of(current_user, item), None, ""
    mapping, known = ahead.mapping, fields_of(item.kind)
    try:
        layout = ahead.layout()
    except SheetFault as found:
        fault = fault or found.sentence
    if layout is not None and mapping is not None:
        taken = unsaid.sentence(mapping, unsaid.blanks_in(mapping, gather(layout, mapping)))
    asked, offered = forms.common_fields(mapping) if mapping else ([], [])
    return (render_template("imports/columns.html", item=item, sheets=ahead.sheets, mapping=mapping, layout=layout,
                            taken=taken, fault=fault, choices=forms.choices_of(item.kind),
                            wants_unit=forms.wants_unit, asked=asked, offered=offered,
                            needed=forms.needed_among(item.kind, offered),
                            context=queries.context_of(current_user), known=known), 422 if fault else 200)


@blueprint.post("/<int:import_id>/remap")
@requires(*IMPORTERS)
def remap(import_id: int) -> Any:
    """Back to the columns."""
    item = queries.own_import(current_user, import_id)
    operations.remap(current_user, item)
    return redirect(url_for("imports.columns", import_id=item.id), 303)


@blueprint.get("/<int:import_id>/rows")
@requires(*IMPORTERS)
def rows(import_id: int) -> Any:
    """Every row with what is wrong with it, to be mended in place."""
    item = queries.own_import(current_user, import_id)
    if item.status not in ("preview", "done"):
        return redirect(url_for("imports.detail", import_id=item.id))
    wanted, mapping = read_arguments(queries.RowFilter, request.args), queries.mapping_of(item)
    page = queries.rows_page(item, wanted)
    shown = [(one, Content.of(one)) for one in page.items]
    blank = {one.field: one.blank for one in mapping.columns if one.blank} if mapping is not None else {}
    return render_template(
        "imports/rows.html", item=item, taken=unsaid.sentence(mapping, blank) if mapping is not None else "",
        page=page, wanted=wanted, counts=queries.counts(item), shown=shown,
        states=rules.ROW_STATES, cells={one.id: forms.faulty_cells(content, mapping) for one, content in shown
                                        if content is not None and one.state == "faulty" and mapping is not None},
        whole=forms.whole_row, back=_LISTS[item.kind], at_once=rules.AT_ONCE)


@blueprint.route("/<int:import_id>/rows/<int:row_id>", methods=["GET", "POST"])
@requires(*IMPORTERS)
def row(import_id: int, row_id: int) -> Any:
    """One row: other texts for its cells, checked again; or left out; or taken in again."""
    item = queries.own_import(current_user, import_id)
    one = queries.own_row(item, row_id)
    if request.method == "GET":
        return _row_page(item, one)
    match request.form.get("do"):
        case "leave_out":
            operations.leave_out(current_user, item, one)
            flash(f"第 {one.number} 行不导入。", "go")
        case "take_again":
            operations.take_again(current_user, item, one)
            flash(f"第 {one.number} 行又算进来了：{one.choice.label}。", "go")
        case _:
            operations.recheck(current_user, item, one, *forms.read_cells(request.form))
            if one.state == "faulty":
                flash(f"第 {one.number} 行还有要改的地方。", "wait")
                return redirect(url_for("imports.row", import_id=item.id, row_id=one.id), 303)
            flash(f"第 {one.number} 行改好了：{one.choice.label}。", "go")
    return redirect(url_for("imports.rows", import_id=item.id, state=request.form.get("state") or None,
                            page=forms.number_of(request.form.get("page"))), 303)


def _row_page(item: Any, one: Any) -> Any:
    content, mapping = Content.of(one), queries.mapping_of(item)
    if content is None or mapping is None or one.state not in rules.FIXABLE:
        return redirect(url_for("imports.rows", import_id=item.id))
    return render_template("imports/row.html", item=item, row=one, content=content, whole=forms.whole_row(content),
                           cells=forms.all_cells(content, mapping))


@blueprint.get("/<int:import_id>/faulty.xlsx")
@requires(*IMPORTERS)
def faulty(import_id: int) -> Any:
    """The rows that must be changed, as they were typed, with the reasons; can be handed in again."""
    item = queries.own_import(current_user, import_id)
    listed = []
    for one in queries.rows_in(item, "faulty"):
        content = Content.of(one)
        if content is not None:
            listed.append((content.record, Row(one.number, {}, content.faults, content.notes, content.missing)))
    if not listed:
        flash("没有要改的行。", "wait")
        return redirect(url_for("imports.detail", import_id=item.id))
    stem = item.file_name.rsplit(".", 1)[0][:80]
    made = faulty_rows(item.kind, item.header, listed, queries.mapping_of(item))
    return _workbook(made, f"{stem}-要改的{len(listed)}行.xlsx")


@blueprint.post("/<int:import_id>/run")
@requires(*IMPORTERS)
def run(import_id: int) -> Any:
    """Save the good rows; the others stay to be mended."""
    item = queries.own_import(current_user, import_id)
    if run_operations.begin_run(current_user, item) is None:
        flash("导入完成。", "go")
    return redirect(url_for("imports.detail", import_id=item.id), 303)


@blueprint.get("/<int:import_id>/progress")
@requires(*IMPORTERS)
def progress(import_id: int) -> Any:
    """How far the background work is; with a script the part in the middle renews itself."""
    item = queries.own_import(current_user, import_id)
    job = queries.newest_job(item)
    part = request.headers.get("HX-Request") == "true"
    busy = item.status in rules.BUSY or (job is not None and job.is_open)
    then = "imports.submit" if job is not None and job.kind == "import-fill" else "imports.detail"
    if not busy and not part:
        return redirect(url_for(then, import_id=item.id))
    answer = make_response(render_template("imports/_progress.html" if part else "imports/progress.html", item=item,
                                           job=job, busy=busy, then=then, back=_LISTS[item.kind]))
    answer.headers["Vary"] = "HX-Request"
    if part and not busy:
        answer.headers["HX-Redirect"] = url_for(then, import_id=item.id)
    return answer


@blueprint.get("/<int:import_id>/result")
@requires(*IMPORTERS)
def result(import_id: int) -> Any:
    """What was made, with links; what is left; how to take it back or hand it in."""
    item = queries.own_import(current_user, import_id)
    if item.status not in ("done", *rules.ENDED):
        return redirect(url_for("imports.detail", import_id=item.id))
    wanted = read_arguments(queries.RowFilter, request.args)
    wanted = queries.RowFilter(wanted.state if wanted.state not in ("", "undone") else "created", wanted.page)
    page, counts = queries.rows_page(item, wanted), queries.counts(item)
    codes = [one.record_code for one in page.items if one.state == "created"]
    return render_template("imports/result.html", item=item, page=page, wanted=wanted, counts=counts,
                           listed={name: count for name, count in counts.items() if name != "undone"},
                           records=queries.records_of(item.kind, codes), states=rules.ROW_STATES,
                           drafts=len(queries.draft_codes(item)) if item.kind != "organization" else 0,
                           back=_LISTS[item.kind], job=queries.newest_job(item))


@blueprint.route("/<int:import_id>/undo", methods=["GET", "POST"])
@requires(*IMPORTERS)
def undo(import_id: int) -> Any:
    """Take the whole import back: first the counts and whatever stands in the way."""
    item = queries.own_import(current_user, import_id)
    if request.method == "POST":
        if run_operations.begin_undo(current_user, item) is None:
            flash("整次导入已撤销，建的草稿都删去了。", "go")
        return redirect(url_for("imports.detail", import_id=item.id), 303)
    if item.status != "done":
        return redirect(url_for("imports.detail", import_id=item.id))
    listed = queries.undo_verdicts(item)
    stuck = [(one, verdict) for one, verdict in listed if not verdict]
    return render_template("imports/undo.html", item=item, count=len(listed), stuck=stuck[:MOST_LISTED],
                           stuck_count=len(stuck), verdict=rules.whole_undo_verdict(
                               item.status, [verdict for _, verdict in listed]))


@blueprint.route("/<int:import_id>/submit", methods=["GET", "POST"])
@requires("county_officer", "township_officer", "organization_member")
def submit(import_id: int) -> Any:
    """Hand in, or put up, every complete draft of the import: first the list."""
    item = queries.own_import(current_user, import_id)
    verb = "提交审核" if item.kind == "need" else "上架"
    if request.method == "POST":
        if request.form.get("do") in ("look", "change", "fill"):
            return _fill(item)
        count, job = submit_operations.begin_submit(current_user, item)
        if job is None:
            flash(f"{verb}了 {count} {item.unit}。", "go")
        return redirect(url_for("imports.progress" if job else "imports.result", import_id=item.id), 303)
    job = queries.newest_job(item)
    if item.status != "done" or (job is not None and job.is_open):
        return redirect(url_for("imports.detail" if item.status != "done" else "imports.progress", import_id=item.id))
    kept = submit_queries.Kept.of(item)  # what could not be filled in to the end
    return _submit_page(item, filling.Filling(kept.texts if kept else {}))


def _fill(item: Any) -> Any:
    """The same for all drafts: look at the counts first, then fill in; what was typed stays whatever happens."""
    given = submit_queries.typed(current_user, item, forms.read_filling(request.form))
    if item.status != "done":
        raise Conflict(f"这次导入现在是“{item.state.label}”，没有草稿可填。", "请看最新内容。")
    if not given.texts:
        return _submit_page(item, given, "还没有填。请至少填一项，不填的空着。")
    if given.faults or request.form["do"] != "fill":
        return _submit_page(item, given, is_sure=request.form["do"] == "look" and not given.faults)
    try:
        said, job = submit_operations.begin_fill(current_user, item, given, forms.read_expected(request.form))
    except Refusal as refusal:
        forget()
        item = queries.own_import(current_user, item.id)
        return _submit_page(item, given, refusal.sentence)
    if job is None:
        flash(said, "go")
    return redirect(url_for("imports.progress" if job else "imports.submit", import_id=item.id), 303)


def _submit_page(item: Any, given: filling.Filling, fault: str = "", is_sure: bool = False) -> Any:
    """The list with the box; `is_sure`: what was typed is shown once more with how many take it."""
    ready = submit_queries.ready_drafts(current_user, item)
    asked, changing = filling.asks(item.kind, [(one.record, one.lacks) for one in ready], given)
    lacking = sum(1 for one in ready if any(filling.needed_later(item.kind, name) for name in one.lacks))
    nothing, is_sure = is_sure and not changing, is_sure and changing > 0
    return (render_template(
        "imports/submit.html", item=item, verb="提交审核" if item.kind == "need" else "上架", most=MOST_LISTED,
        able=[one for one in ready if one.verdict], rest=[one for one in ready if not one.verdict], asked=asked,
        given=given, fault=fault, is_sure=is_sure, nothing=nothing, changing=changing, lacking=lacking,
        drafts=len(ready), at_once=rules.AT_ONCE, choices=forms.choices_for_all,
        usual=forms.usual_choice), 422 if fault or given.faults else 200)


@blueprint.post("/<int:import_id>/discard")
@requires(*IMPORTERS)
def discard(import_id: int) -> Any:
    """Give the import up before anything was saved."""
    item = queries.own_import(current_user, import_id)
    operations.discard(current_user, item)
    flash(rules.LIFECYCLE.table[-1].done, "go")
    return redirect(url_for("imports.start"), 303)
