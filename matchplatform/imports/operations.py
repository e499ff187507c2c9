"""Everything that changes an import before its rows are saved: taking a file in, columns, checking, fixing rows."""

import hashlib
import json
import re
from collections.abc import Mapping as Given
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.core import clock, origin
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.files.naming import briefly
from matchplatform.imports import ahead, landing, queries, rules, unsaid
from matchplatform.imports.ahead import Checked
from matchplatform.imports.mapping import Column, Mapping
from matchplatform.imports.models import Import, ImportRow
from matchplatform.imports.queries import Content
from matchplatform.imports.rows import Record, Row, parse_row
from matchplatform.imports.sheets import SheetFault, Workbook
from matchplatform.jobs import operations as jobs
from matchplatform.jobs.models import Job

_FASTER = "别人刚刚改动了这次导入。"
_LOOK = "请看最新内容再办。"


def take_in(actor: Any, kind: str, file_name: str, data: bytes, workbook: Workbook,
            sheet: int) -> tuple[Import, bool]:
    """A file that was read, and whether it is new: the same file again leads to the import that is there.

    Raises Refusal for who may not import.
    """
    # Before the first statement, which takes SQLite's write lock: a colleague's large sheet is no reason to wait.
    proposed = ahead.propose(kind, workbook, sheet)
    demand(rules.may_import(actor, kind))
    office, file_hash = rules.office_of(actor), hashlib.sha256(data).hexdigest()
    former = queries.same_file(office, kind, file_hash)
    if former is not None:
        return former, False
    item = Import(kind=kind, office=office, owner_id=actor.id, owner_name=actor.name,
                  file_name=briefly(file_name, rules.MOST_NAME), file_hash=file_hash, file_size=len(data),
                  status="mapping", sheet=sheet, notes="\n".join(workbook.notes), sheets_kept=proposed.kept)
    if proposed.mapping is not None:
        _remember(item, proposed.mapping)
    try:
        with db.session.begin_nested():
            db.session.add(item)
            db.session.flush()
    except IntegrityError:  # a colleague handed the same file in at this very moment
        former = queries.same_file(office, kind, file_hash)
        if former is None:
            raise Conflict(_FASTER, "请再上传一次。") from None
        return former, False
    log(actor, item, "upload", "上传表格", {"size": len(data), "sha256": file_hash, "sheets": len(workbook.sheets)})
    db.session.flush()
    return item, True


def look_elsewhere(actor: Any, item: Import, sheet: int, header_row: int | None,
                   proposed: Mapping | None) -> None:
    """Another sheet or another header row was chosen, with what its columns most likely mean if there is a list."""
    _demand_state(item, "mapping")
    item.sheet, item.header_row = sheet, header_row
    if proposed is not None:
        _remember(item, proposed)
    flush()


def choose_columns(actor: Any, item: Import, choice: Given[int, str], constants: Given[str, str],
                   units: Given[int, str]) -> Mapping:
    """What a person says each column means. Raises SheetFault when that cannot be."""
    _demand_state(item, "mapping")
    found = queries.mapping_of(item)
    if found is None:
        raise SheetFault(ahead.NO_HEADER)
    chosen = found.chosen(dict(choice), dict(constants), dict(units))
    _remember(item, chosen)
    flush()
    return chosen


def _remember(item: Import, mapping: Mapping) -> None:
    item.mapping_json = ahead.as_text(mapping)
    item.header_json = json.dumps([one.label for one in mapping.columns], ensure_ascii=False)


def begin_check(actor: Any, item: Import) -> None:
    """The columns are agreed: every row is to be checked; rows of an earlier check go."""
    refuse_double_work(item)
    if item.status != "mapping":
        _demand_state(item, "preview")
        if queries.counts(item).get("created"):
            raise Refusal("已经导入过一部分，各列不能再改。", "还没导入的行可以在预览里逐行改。")
    item.status, item.address = "checking", origin.address.get()
    clear_rows(item)
    flush()


def check_now_or_later(actor: Any, item: Import, checked: Checked | None = None) -> Job | None:
    """Check every row: at once when they are few (None), else in the background (the job). Raises SheetFault.

    `checked`: what was found before the first write; it counts when the columns are still those.
    """
    mapping = queries.mapping_of(item)
    if mapping is None:
        raise SheetFault(ahead.NO_HEADER)
    if checked is None or checked.mark != ahead.mark_in(item):
        checked = queries.ahead_of(actor, item).checked(mapping, rules.CHECKED_AT_ONCE)
    begin_check(actor, item)
    if len(checked.records) > rules.CHECKED_AT_ONCE:
        return jobs.start(actor, "import-check", str(item.id), len(checked.records))
    store_rows(actor, item, checked.records, checked.rows, 0)
    end_check(item, checked.rows)
    return None


def hold_check(import_id: int, mark: str) -> Import | None:
    """The import, held until the commit, while its rows are still to be judged by these columns; None once somebody
    went back to the columns or gave it up, and whoever checks it has nothing more to write."""
    item = db.session.scalar(sa.select(Import).where(Import.id == import_id).with_for_update(key_share=True)
                             .execution_options(populate_existing=True))
    return item if item is not None and item.status == "checking" and ahead.mark_in(item) == mark else None


def clear_rows(item: Import) -> None:
    """Forget what an earlier check found."""
    db.session.execute(sa.delete(ImportRow).where(ImportRow.import_id == item.id))


def store_rows(actor: Any, item: Import, records: Sequence[Record], rows: Sequence[Row], start: int) -> None:
    """Keep some checked rows, from position `start` on."""
    land, mapping = queries.landing_of(actor, item.kind), queries.mapping_of(item)
    if mapping is None:
        raise RuntimeError(f"import {item.id} has rows and no mapping")
    known = queries.known_records(land, item.kind, [one.fingerprint for one in rows if not one.faults])
    there = landing.already_there(item.kind, rows)
    values = []
    for position, (source, row) in enumerate(zip(records, rows, strict=True), start):
        landing.refuse_unreachable(actor, item.kind, row)
        state, code = _state_of(row, known, there)
        values.append({"import_id": item.id, "position": position, "number": row.number, "kind": item.kind,
                       "landing": land, "state": state, "title": _title(row, source, mapping), "record_code": "",
                       "known_code": code, "fingerprint": row.fingerprint, "content": _content(source, row).as_text()})
    if values:
        db.session.execute(sa.insert(ImportRow), values)


def end_check(item: Import, rows: Sequence[Row]) -> None:
    """All rows are there; with the columns stays how many of them leave a choice open."""
    mapping = queries.mapping_of(item)
    if mapping is not None:
        blank = unsaid.blanks(mapping, rows)
        for one in mapping.columns:
            one.blank = blank.get(one.field, 0)
        _remember(item, mapping)
    item.status = "preview"
    flush()


def recheck(actor: Any, item: Import, row: ImportRow, texts: Given[tuple[int, int], str],
            absent: Given[str, str]) -> None:
    """Other texts in cells of a row, checked again; its state says what was found.

    `texts`: (line of the record from 0, column) -> text; `absent`: field -> text for what no column says. Raises
    Refusal for a row that is in already.
    """
    demand(rules.fix_verdict(item.status, row.state))
    content, mapping = Content.of(row), queries.mapping_of(item)
    if content is None or mapping is None:
        raise Refusal("这一行的内容已经清掉了，不能再改。", "请重新上传表格。")
    for name, text in absent.items():
        _add_column(item, mapping, content.record, name, text)
    for (line, column), text in texts.items():
        cells = content.record.cells if line == 0 else (
            content.record.more[line - 1][1] if line <= len(content.record.more) else None)
        if cells is not None and 0 <= column < len(cells):
            cells[column] = text
    _settle(actor, item, row, content.record, mapping)
    flush()


def _add_column(item: Import, mapping: Mapping, source: Record, name: str, text: str) -> None:
    """A field that no column of the sheet says gets one of its own behind the last, empty in the other rows."""
    if not text or mapping.columns_for(name):
        return
    width = max((one.index for one in mapping.columns), default=-1) + 1
    label = landing.label_of(item.kind, name)
    mapping.columns.append(Column(width, label, name, 1.0, "您补填的"))
    _remember(item, mapping)
    source.cells += [""] * (width + 1 - len(source.cells))
    source.cells[width] = text


def _settle(actor: Any, item: Import, row: ImportRow, source: Record, mapping: Mapping) -> None:
    """Check a record anew and keep what was found in its row, doubles in this import included."""
    width = max((one.index for one in mapping.columns), default=-1) + 1
    for cells in (source.cells, *(cells for _, cells in source.more)):
        cells += [""] * (width - len(cells))
    checked = parse_row(mapping, source, item.kind, queries.context_of(actor))
    landing.refuse_unreachable(actor, item.kind, checked)
    if not checked.faults:
        landing.refuse_double(item, row, checked)
    known = queries.known_records(row.landing, item.kind, [checked.fingerprint]) if not checked.faults else {}
    row.state, row.known_code = _state_of(checked, known, landing.already_there(item.kind, [checked]))
    row.title, row.fingerprint = _title(checked, source, mapping), checked.fingerprint
    row.content = _content(source, checked).as_text()


def leave_out(actor: Any, item: Import, row: ImportRow) -> None:
    """This row is not to be saved."""
    demand(rules.fix_verdict(item.status, row.state))
    row.state = "left_out"
    flush()


def take_again(actor: Any, item: Import, row: ImportRow) -> None:
    """A row that was left out is looked at again."""
    demand(rules.fix_verdict(item.status, row.state))
    content, mapping = Content.of(row), queries.mapping_of(item)
    if content is None or mapping is None:
        raise Refusal("这一行的内容已经清掉了，不能再改。", "请重新上传表格。")
    _settle(actor, item, row, content.record, mapping)
    flush()


def remap(actor: Any, item: Import) -> None:
    """Back to the columns, as long as nothing was saved: what was found by the old ones goes."""
    refuse_double_work(item)
    if item.status not in ("preview", "checking") or queries.counts(item).get("created"):
        raise Refusal("已经导入过一部分，各列不能再改。", "还没导入的行可以在预览里逐行改。")
    item.status = "mapping"
    clear_rows(item)
    flush()


def discard(actor: Any, item: Import) -> None:
    """Give the import up: its rows and texts go, nothing was saved."""
    refuse_double_work(item)
    demand(rules.LIFECYCLE.verdict("discard", item.status, {"office"}))
    if queries.counts(item).get("created"):
        raise Refusal("这次导入已经建过记录，不能放弃。", "要退回，请“撤销整次导入”。")
    clear_rows(item)
    item.status, item.sheets_kept, item.ended_at = "discarded", None, clock.now()
    flush()
    log(actor, item, "discard", "放弃导入")
    db.session.flush()


def _state_of(row: Row, known: Given[str, str], there: Given[str, str]) -> tuple[str, str]:
    """(state, code of the record that is there already) of a checked row."""
    if row.faults:
        return "faulty", ""
    code = known.get(row.fingerprint) or there.get(row.fingerprint)
    return ("known", code) if code else ("good", "")


def _title(row: Row, source: Record, mapping: Mapping) -> str:
    """The record's name, good or not; where it has none, the first words in its row: a number tells nobody anything."""
    named = {one.index for one in mapping.columns if one.field in ("title", "name")}
    passed = {one.index for one in mapping.columns if one.passed}
    said = row.values.get("title") or row.values.get("name") or next(
        (one for number, one in enumerate(source.cells) if number in named and one), "")
    if not said:
        words = next((one for number, one in enumerate(source.cells)
                      if number not in passed and re.search(r"[^\W\d_]", one)), "")
        said = f"没有名称，写的是“{words[:40]}{'…' if len(words) > 40 else ''}”" if words else ""
    return str(said).replace("\n", " ")[:100]


def _content(source: Record, row: Row) -> Content:
    return Content(source, row.faults, row.notes, row.missing, row.code)


def refuse_double_work(item: Import) -> None:
    """Two clicks, or two colleagues: the second waits for the first."""
    job = queries.newest_job(item)
    if job is not None and job.is_open:
        raise Conflict("这次导入正在后台办理。", "请等它办完再看。")



def _demand_state(item: Import, status: str) -> None:
    if item.status != status:
        raise Conflict(f"这次导入现在是“{item.state.label}”。", _LOOK)


def flush() -> None:
    """Write; whoever was slower is told."""
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError) as error:
        raise Conflict(_FASTER, _LOOK) from error


def log(actor: Any, item: Import, act: str, label: str, detail: dict[str, Any] | None = None, reason: str = "") -> None:
    """One row in the audit about the import itself."""
    record(actor, act, label, "import", object_id=item.id, object_label=item.file_name,
           county_code=item.office.split(":")[1] if item.office.startswith("county:") else None,
           organization_id=actor.organization_id, reason=reason, detail={"kind": item.kind, **(detail or {})})
