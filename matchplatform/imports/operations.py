"""Everything that changes an import before its rows are saved: taking a file in, columns, checking, fixing rows."""

import hashlib
import json
from collections.abc import Mapping as Given
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.core import clock, origin
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.imports import landing, queries, rules
from matchplatform.imports.mapping import Column, Mapping, propose_mapping
from matchplatform.imports.models import Import, ImportRow, packed
from matchplatform.imports.queries import Content
from matchplatform.imports.rows import Context, Record, Row, gather, mark_doubles, parse_row
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
    demand(rules.may_import(actor, kind))
    office, file_hash = rules.office_of(actor), hashlib.sha256(data).hexdigest()
    former = queries.same_file(office, kind, file_hash)
    if former is not None:
        return former, False
    item = Import(kind=kind, office=office, owner_id=actor.id, owner_name=actor.name,
                  file_name=file_name[:rules.MOST_NAME], file_hash=file_hash, file_size=len(data), status="mapping",
                  sheet=sheet, notes="\n".join(workbook.notes),
                  sheets_kept=packed([{"name": one.name, "rows": one.rows, "merged": one.merged}
                                      for one in workbook.sheets]))
    try:
        with db.session.begin_nested():
            db.session.add(item)
            db.session.flush()
    except IntegrityError:  # a colleague handed the same file in at this very moment
        former = queries.same_file(office, kind, file_hash)
        if former is None:
            raise Conflict(_FASTER, "请再上传一次。") from None
        return former, False
    propose(item)
    log(actor, item, "upload", "上传表格", {"size": len(data), "sha256": file_hash, "sheets": len(workbook.sheets)})
    db.session.flush()
    return item, True


def propose(item: Import) -> None:
    """Find the list in the chosen sheet and say what each column most likely means; nothing where there is no list."""
    try:
        layout = queries.layout_of(item, queries.sheets_of(item))
    except SheetFault:
        item.mapping_json, item.header_json = "", "[]"
        return
    proposed = propose_mapping(layout.header, layout.sample(), item.kind, layout.units)
    _remember(item, proposed)


def look_elsewhere(actor: Any, item: Import, sheet: int, header_row: int | None) -> None:
    """Another sheet or another header row was chosen: the columns are proposed anew. Raises SheetFault."""
    _demand_state(item, "mapping")
    item.sheet, item.header_row = sheet, header_row
    layout = queries.layout_of(item, queries.sheets_of(item))
    _remember(item, propose_mapping(layout.header, layout.sample(), item.kind, layout.units))
    flush()


def choose_columns(actor: Any, item: Import, choice: Given[int, str], constants: Given[str, str],
                   units: Given[int, str]) -> Mapping:
    """What a person says each column means. Raises SheetFault when that cannot be."""
    _demand_state(item, "mapping")
    found = queries.mapping_of(item)
    if found is None:
        raise SheetFault("还没有找到表头，请先选工作表和表头所在的行。")
    chosen = found.chosen(dict(choice), {name: text for name, text in constants.items() if text}, dict(units))
    _remember(item, chosen)
    flush()
    return chosen


def _remember(item: Import, mapping: Mapping) -> None:
    item.mapping_json = json.dumps(mapping.as_data(), ensure_ascii=False)
    item.header_json = json.dumps([one.label for one in mapping.columns], ensure_ascii=False)


def records_in(item: Import) -> list[Record]:
    """The records of the chosen sheet. Raises SheetFault."""
    mapping = queries.mapping_of(item)
    if mapping is None:
        raise SheetFault("还没有找到表头，请先选工作表和表头所在的行。")
    return gather(queries.layout_of(item, queries.sheets_of(item)), mapping)


def begin_check(actor: Any, item: Import) -> None:
    """The columns are agreed: every row is to be checked; rows of an earlier check go."""
    if item.status != "mapping":
        _demand_state(item, "preview")
        if queries.counts(item).get("created"):
            raise Refusal("已经导入过一部分，各列不能再改。", "还没导入的行可以在预览里逐行改。")
    item.status, item.address = "checking", origin.address.get()
    clear_rows(item)
    flush()


def check_now_or_later(actor: Any, item: Import) -> Job | None:
    """Check every row: at once when they are few (None), else in the background (the job). Raises SheetFault."""
    records, mapping = records_in(item), queries.mapping_of(item)
    begin_check(actor, item)
    if len(records) > rules.CHECKED_AT_ONCE:
        return jobs.start(actor, "import-check", str(item.id), len(records))
    if mapping is not None:
        rows = checked_rows(records, mapping, item.kind, queries.context_of(actor))
        store_rows(actor, item, records, rows, 0)
    end_check(item)
    return None


def clear_rows(item: Import) -> None:
    """Forget what an earlier check found."""
    db.session.execute(sa.delete(ImportRow).where(ImportRow.import_id == item.id))


def checked_rows(records: Sequence[Record], mapping: Mapping, kind: str, context: Context) -> list[Row]:
    """Every record checked, doubles marked."""
    rows = [parse_row(mapping, one, kind, context) for one in records]
    mark_doubles(rows)
    return rows


def store_rows(actor: Any, item: Import, records: Sequence[Record], rows: Sequence[Row], start: int) -> None:
    """Keep some checked rows, from position `start` on."""
    land = queries.landing_of(actor, item.kind)
    known = queries.known_records(land, item.kind, [one.fingerprint for one in rows if not one.faults])
    there = landing.already_there(item.kind, rows)
    values = []
    for position, (source, row) in enumerate(zip(records, rows, strict=True), start):
        landing.refuse_unreachable(actor, item.kind, row)
        state, code = _state_of(row, known, there)
        values.append({"import_id": item.id, "position": position, "number": row.number, "kind": item.kind,
                       "landing": land, "state": state, "title": _title(row, source), "record_code": "",
                       "known_code": code, "fingerprint": row.fingerprint, "content": _content(source, row).as_text()})
    if values:
        db.session.execute(sa.insert(ImportRow), values)


def end_check(item: Import) -> None:
    """All rows are there."""
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
    row.title, row.fingerprint = _title(checked, source), checked.fingerprint
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
    """Back to the columns, as long as nothing was saved."""
    if item.status not in ("preview", "checking") or queries.counts(item).get("created"):
        raise Refusal("已经导入过一部分，各列不能再改。", "还没导入的行可以在预览里逐行改。")
    item.status = "mapping"
    flush()


def discard(actor: Any, item: Import) -> None:
    """Give the import up: its rows and texts go, nothing was saved."""
    demand(rules.LIFECYCLE.verdict("discard", item.status, {"office"}))
    if queries.counts(item).get("created"):
        raise Refusal("这次导入已经建过记录，不能放弃。", "要退回，请“撤销整次导入”。")
    db.session.execute(sa.delete(ImportRow).where(ImportRow.import_id == item.id))
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


def _title(row: Row, source: Record) -> str:
    said = row.values.get("title") or row.values.get("name") or next((one for one in source.cells if one), "")
    return str(said).replace("\n", " ")[:100]


def _content(source: Record, row: Row) -> Content:
    return Content(source, row.faults, row.notes, row.missing, row.code)


def demand(verdict: Verdict) -> None:
    """Refuse with the verdict's reason and cure."""
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)


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
