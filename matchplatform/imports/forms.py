"""The shape of what is typed about an import: the file, what each column means, other texts for a row's cells."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from matchplatform.imports.fields import Field, columns_of, fields_of
from matchplatform.imports.filling import default_of, needed_later
from matchplatform.imports.mapping import Column, Mapping
from matchplatform.imports.queries import Content
from matchplatform.imports.rows import Fault
from matchplatform.web.forms import clean_text

LONGEST = 6000   # characters of one cell; a need's text may have 5,000
MONEY = frozenset({"money", "yuan"})


def file_name(given: str | None) -> str:
    """A file's own name without the folders that some browsers send, in one line."""
    name = re.split(r"[\\/]", given or "")[-1]
    return re.sub(r"\s+", " ", clean_text(name)) or "没有名字的表格"


@dataclass(frozen=True)
class Columns:
    """What was chosen on the page of columns."""

    choice: dict[int, str]
    constants: dict[str, str]
    units: dict[int, str]
    sheet: int | None
    header_row: int | None


def read_columns(form: Any) -> Columns:
    """column-3=title, unit-5=万元, constant-category_code=养老服务, sheet=1, header=3."""
    choice: dict[int, str] = {}
    constants: dict[str, str] = {}
    units: dict[int, str] = {}
    for key in form:
        if found := re.fullmatch(r"(column|unit)-(\d{1,3})", key):
            (choice if found[1] == "column" else units)[int(found[2])] = form[key][:60]
        elif found := re.fullmatch(r"constant-([a-z_]{1,40})", key):
            constants[found[1]] = clean_text(form[key])[:LONGEST]
    return Columns(choice, constants, units, number_of(form.get("sheet")), number_of(form.get("header")))


def number_of(text: str | None) -> int | None:
    """A small whole number as typed, or None."""
    clean = (text or "").strip()
    return int(clean) if clean.isascii() and clean.isdigit() and len(clean) <= 6 else None


def read_cells(form: Any) -> tuple[dict[tuple[int, int], str], dict[str, str]]:
    """cell-0-5=12 → line 0 of the record, column 5; absent-unit=… → a field that no column says."""
    texts: dict[tuple[int, int], str] = {}
    absent: dict[str, str] = {}
    for key in form:
        if found := re.fullmatch(r"cell-(\d{1,4})-(\d{1,3})", key):
            texts[int(found[1]), int(found[2])] = clean_text(form[key])[:LONGEST]
        elif found := re.fullmatch(r"absent-([a-z_]{1,40})", key):
            absent[found[1]] = clean_text(form[key])[:LONGEST]
    return texts, absent


@dataclass
class Cell:
    """One cell as it stands on the page: its name in the form, the text in it, what is wrong with it.

    `shown` is what the box holds: the proposal where there is one, else what the sheet says.
    """

    name: str
    label: str
    typed: str
    shown: str
    is_long: bool = False
    sentences: list[str] = field(default_factory=list)
    proposal: str = ""


def faulty_cells(content: Content, mapping: Mapping) -> list[Cell]:
    """The cells that must be changed, each once with all that is wrong with it; a fault of the whole row has none."""
    known, cells = fields_of(mapping.kind), {}
    for fault in content.faults:
        for name, typed, label in _places(fault, content, mapping, known):
            if name not in cells:
                cells[name] = Cell(name, label, typed, fault.proposal or typed,
                                   _is_long(known.get(fault.field), typed), proposal=fault.proposal)
            if fault.sentence not in cells[name].sentences:
                cells[name].sentences.append(fault.sentence)
    return list(cells.values())


def whole_row(content: Content) -> list[str]:
    """What is wrong with a row and with no cell of it."""
    return [one.sentence for one in content.faults if not one.field]


def _places(fault: Fault, content: Content, mapping: Mapping,
            known: dict[str, Field]) -> Iterable[tuple[str, str, str]]:
    """(name in the form, text there, label) of a fault; in a table of things it may be any of the lines."""
    if not fault.field:
        return
    said = mapping.columns_for(fault.field)
    if fault.column < 0 and said:
        fault = replace(fault, column=said[0].index, label=said[0].label or fault.label)
    if fault.column < 0:
        yield f"absent-{fault.field}", fault.typed, fault.label
        return
    lines = [content.record.cells, *(cells for _, cells in content.record.more)]
    one = known.get(fault.field)
    if one is None or not one.is_line or len(lines) == 1:
        yield f"cell-0-{fault.column}", _at(lines[0], fault.column), fault.label
        return
    matching = [n for n, cells in enumerate(lines) if _at(cells, fault.column) == fault.typed]
    for number in matching or range(len(lines)):
        yield (f"cell-{number}-{fault.column}", _at(lines[number], fault.column),
               f"{fault.label}（第 {number + 1} 项）")


def all_cells(content: Content, mapping: Mapping) -> list[Cell]:
    """Every cell that means something, the faulty ones with what is wrong: the page of one row."""
    known = fields_of(mapping.kind)
    wrong = {one.name: one for one in faulty_cells(content, mapping)}
    lines = [content.record.cells, *(cells for _, cells in content.record.more)]
    cells = [one for name, one in wrong.items() if name.startswith("absent-")]
    for column in mapping.columns:
        if not column.field:
            continue
        for number, texts in enumerate(lines if known[column.field].is_line else lines[:1]):
            name = f"cell-{number}-{column.index}"
            text = _at(texts, column.index)
            label = column.label or known[column.field].label
            if len(lines) > 1 and known[column.field].is_line:
                label = f"{label}（第 {number + 1} 项）"
            cells.append(wrong.get(name) or Cell(name, label, text, text, _is_long(known[column.field], text)))
    return cells


def _at(cells: list[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""


def _is_long(one: Field | None, text: str) -> bool:
    return "\n" in text or len(text) > 60 or (one is not None and one.type in ("text", "lines"))


# What lists often leave out because it is the same for every row.
_OFTEN_COMMON = {"need": ("closing_at", "starts_on", "ends_on", "goal", "aid_mode", "urgency", "unit", "contact_name",
                          "contact_phone"),
                 "offering": ("areas", "contact_name", "contact_phone", "ends_on"), "organization": ("supervisor",)}


def common_fields(mapping: Mapping) -> tuple[list[Field], list[Field]]:
    """(what must be given for all rows or was given, what may be): fields that no column says."""
    known = fields_of(mapping.kind)
    asked = list(dict.fromkeys([*mapping.missing, *mapping.constants]))
    said = {name for one in mapping.columns if one.field for name in columns_of(known[one.field])}
    offered = [name for name in _OFTEN_COMMON[mapping.kind] if name not in said and name not in asked]
    return [known[name] for name in asked], [known[name] for name in offered]


def needed_among(kind: str, offered: Iterable[Field]) -> list[Field]:
    """Those that handing the records in will ask for, though a draft may leave them open."""
    return [one for one in offered if needed_later(kind, one.name)]


def read_filling(form: Any) -> dict[str, str]:
    """fill-closing_at=2027-02-20: what is typed for all drafts, by field."""
    return {found[1]: clean_text(form[key])[:LONGEST] for key in form
            if (found := re.fullmatch(r"fill-([a-z_]{1,40})", key))}


def read_expected(form: Any) -> dict[str, int]:
    """expected-closing_at=12: how many drafts the person was told would take it."""
    return {found[1]: number for key in form if (found := re.fullmatch(r"expected-([a-z_]{1,40})", key))
            and (number := number_of(form[key])) is not None}


def choices_for_all(kind: str, one: Field) -> list[str]:
    """What a choice can be set to for all: the default is there already."""
    usual = default_of(kind, one.name)
    return [choice.label for choice in one.choices or () if choice.value != usual]


def usual_choice(kind: str, one: Field) -> str:
    """What the drafts hold that nobody has said anything else for."""
    return one.choices[default_of(kind, one.name)].label if one.choices is not None else ""


def wants_unit(kind: str, column: Column) -> bool:
    """Is it a column of money, where 万元 or 元 matters?"""
    return bool(column.field) and fields_of(kind)[column.field].type in MONEY


def choices_of(kind: str) -> list[tuple[str, list[Field]]]:
    """The fields for the select of each column, those that must be there first."""
    listed = list(fields_of(kind).values())
    return [("一定要有", [one for one in listed if one.required]),
            ("其他", [one for one in listed if not one.required])]
