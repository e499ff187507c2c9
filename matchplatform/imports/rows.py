"""Rows of a sheet to values for the operations, with every fault by field and row. Pure."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from matchplatform.imports import cells, checks
from matchplatform.imports.aliases import half_width
from matchplatform.imports.fields import Field, fields_of
from matchplatform.imports.layout import Layout
from matchplatform.imports.mapping import Column, Mapping
from matchplatform.imports.records import Context, Fault, Record, Row

__all__ = ["Context", "Fault", "Record", "Row", "fingerprint", "gather", "mark_doubles", "parse_row", "spelled"]


def gather(layout: Layout, mapping: Mapping) -> list[Record]:
    """The records of a sheet: one a row, or several rows where a need lists its things line by line.

    A row goes on with the record above when it says a thing of its own and nothing else that differs: its name and
    number are merged with that record's, repeated or left blank.
    """
    of_lines = [one.index for one in mapping.columns if one.field.startswith("line_") or one.field == "lines"]
    titles = [one.index for name in ("title", "name") for one in mapping.columns_for(name)]
    others = [one.index for one in mapping.columns if one.field and one.index not in of_lines]
    records: list[Record] = []
    owner: dict[int, int] = {}  # row → number of its record
    for row in layout.rows:
        texts = layout.cells[row]
        above = records[-1] if records else None
        if above is not None and of_lines and _goes_on(texts, above, row, layout, (of_lines, titles, others)):
            above.more.append((row + 1, texts))
            owner[row] = above.number
            continue
        shared = {}
        for column in others:
            anchor = layout.filled.get((row, column))
            if anchor is not None and owner.get(anchor, row + 1) != row + 1:
                shared[column] = owner.get(anchor, anchor + 1)
        records.append(Record(row + 1, texts, [], shared))
        owner[row] = row + 1
    return records


def _goes_on(texts: list[str], above: Record, row: int, layout: Layout,
             columns: tuple[list[int], list[int], list[int]]) -> bool:
    of_lines, titles, others = columns
    if not any(texts[column] and (row, column) not in layout.filled for column in of_lines):
        return False
    if not titles or any(texts[column] not in ("", above.cells[column]) for column in others):
        return False
    title = titles[0]
    merged = layout.filled.get((row, title)) == above.number - 1
    blank = not texts[title]
    repeated = bool(texts[title]) and (row, title) not in layout.filled
    return (merged or blank or repeated) and bool(above.cells[title])


def parse_row(mapping: Mapping, record: Record | Sequence[str], kind: str, context: Context) -> Row:
    """One record checked as the form would check it; never raises."""
    one = record if isinstance(record, Record) else Record(0, list(record))
    row = Row(one.number, cells.defaults(kind, context))
    columns: dict[str, list[Column]] = {}
    for column in mapping.columns:
        columns.setdefault(column.field, []).append(column)
    for known in fields_of(kind).values():
        if not known.is_line:
            _read(known, columns.get(known.name, []), mapping.constants.get(known.name, ""), one, context, row)
    if kind == "need":
        cells.read_lines(mapping, one, row)
    checks.check(kind, mapping, context, one, row)
    row.missing = checks.missing(kind, row.values)
    row.fingerprint = fingerprint(kind, row.values, row.code)
    return row


def _read(known: Field, columns: Sequence[Column], constant: str, record: Record, context: Context,
          row: Row) -> None:
    """One field's cells into the row, or what stands for all rows where they say nothing."""
    said: list[tuple[Column | None, str]] = []
    for column in columns:
        text = record.cells[column.index] if column.index < len(record.cells) else ""
        if text:
            said.append((column, text))
    if not said and constant:
        said.append((None, constant))
    cells.take(known, said, record, context, row)


def mark_doubles(rows: Sequence[Row]) -> None:
    """Add a fault to every row that repeats an earlier one of the sheet (same number, same code, same title in the
    same place), naming that row."""
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        for key, name, label, typed in _identities(row):
            other = first.setdefault(key, row.number)
            if other != row.number:
                row.faults.append(Fault(name, label, typed, _DOUBLE[name].format(label=label, other=other)))
                break


_DOUBLE = {"code": "{label}和第 {other} 行重复。每条要有自己的编号，请改掉其中一个；同一条的话删去一行。",
           "uscc": "{label}和第 {other} 行重复。同一个组织只要一行，请删去一行，或照证书核对。",
           "title": "和第 {other} 行是同一件事（名称和地点都一样）。请删去一行；确实是两件事的话，名称里写出区别。"}


def _identities(row: Row) -> list[tuple[tuple[str, ...], str, str, str]]:
    values = row.values
    found: list[tuple[tuple[str, ...], str, str, str]] = []
    if _is_own(row.code):
        found.append((("code", spelled(row.code)), "code", "编号", row.code))
    if values.get("uscc"):
        found.append((("uscc", values["uscc"]), "uscc", "统一社会信用代码", values["uscc"]))
    elif values.get("title"):
        place = (values.get("township_code") or "", spelled(values.get("village") or ""))
        found.append((("title", spelled(values["title"]), *place), "title", "项目名称", values["title"]))
    return found


def _is_own(code: str) -> bool:
    """A number that means the record, and not its place in the list (1, 2, 3)."""
    return bool(code) and not re.fullmatch(r"\d{1,4}", half_width(code))


def spelled(text: str) -> str:
    """A text by its letters and digits alone: what two spellings of the same name have in common."""
    return re.sub(r"[\W_]+", "", half_width(text))


def fingerprint(kind: str, values: dict[str, Any], code: str = "") -> str:
    """What makes a record the same on a second upload: its own number, or title, place and text; an organization's
    code. 64 hexadecimal characters, the kind included."""
    if values.get("uscc"):
        parts = ["uscc", values["uscc"]]
    elif _is_own(code):
        parts = ["code", spelled(code)]
    else:
        parts = ["text", *(spelled(str(values.get(name) or "")) for name in (
            "title", "name", "township_code", "village", "body"))]
    return hashlib.sha256("\x1f".join([kind, *parts]).encode()).hexdigest()
