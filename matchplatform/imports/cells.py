"""One record's cells to values: which parser for which type, and what every cell is refused for. Pure."""

import re
from collections.abc import Sequence
from typing import Any

from matchplatform.core.line import FORMULA_SIGNS, length_fault, line_fault, shortness_fault
from matchplatform.imports import dates, numbers, things, words
from matchplatform.imports.fields import Field, columns_of, fields_of
from matchplatform.imports.mapping import Column, Mapping
from matchplatform.imports.numbers import NOTHING, Doubt, Understood, is_blank
from matchplatform.imports.records import Context, Fault, Record, Row

ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!",
                    "#GETTING_DATA"})
LONGEST = 2_000     # characters of a cell that is neither text nor a plain line
_SUMMED = frozenset({"money", "count", "people"})  # said of several records at once, they would be counted twice

_DEFAULTS: dict[str, dict[str, Any]] = {
    "need": {"aid_mode": "relief", "urgency": "normal", "publicity": "public", "township_code": None, "lines": []},
    "offering": {"capacity": 1, "cost_model": "free", "areas": []},
    "organization": {"rating": "", "report_result": "missing", "kind": "", "registration_level": ""},
}
_NULL = frozenset({"day", "moment", "year"})


def defaults(kind: str, context: Context) -> dict[str, Any]:
    """Every column of the kind with what an empty cell means."""
    values: dict[str, Any] = {}
    for one in fields_of(kind).values():
        if one.is_line or one.targets or one.type == "own_name" or one.name == "code":
            continue
        values[one.name] = _DEFAULTS[kind].get(one.name, _empty(one))
    if kind == "need":
        values["township_code"] = context.township_code or None
        values["lines"] = []
    elif kind == "offering":
        values["areas"] = []
    return values


def _empty(one: Field) -> Any:
    if one.type in _NULL or one.type == "phone":
        return None
    return 0 if one.type in ("money", "count") else False if one.type == "yes_no" else ""


def take(known: Field, said: Sequence[tuple[Column | None, str]], record: Record, context: Context,
         row: Row) -> None:
    """A field's cells into the row: its value, its notes, or its fault."""
    if not said:
        if known.required and not _already(known, row):
            row.faults.append(Fault(known.name, known.label, "", f"{known.label}还没有填。{_cure(known)}"))
        return
    column, text = said[0]
    label = shown(known, column)
    try:
        for one, typed in said:
            column, text = one, typed
            refuse_broken(typed, shown(known, one))
        column, text = said[0]
        if column is not None and column.index in record.shared and known.type in _SUMMED and not is_blank(text):
            raise Doubt(f"{label}和第 {record.shared[column.index]} 行合并在一格里，分不清各占多少。"
                        "请取消合并，两行分别填；只算在那一行的话，这一行填 0。", "0")
        understood = _joined(known, said) if known.many else parse(known, text, column, context)
    except Doubt as doubt:
        row.faults.append(Fault(known.name, shown(known, column), text[:200], doubt.sentence, doubt.proposal,
                                column.index if column else -1))
        return
    if understood.note:
        row.notes.append(understood.note)
    _put(known, understood.value, label, text, column, row)


def _already(known: Field, row: Row) -> bool:
    return known.name in row.given


def _cure(known: Field) -> str:
    return {"项目名称": "请用一句话说清谁遇到了什么难处。", "服务项目名称": "请用一句话说清能做什么。",
            "帮扶领域": "请从列表里选一个。", "要办的事": "请写清现状、已有条件、还差什么。",
            "服务内容与标准": "请写清做什么、做到什么标准、一个点位多长时间。",
            "统一社会信用代码": "照登记证书抄写 18 位。", "组织名称": "请写登记证书上的全称。"}.get(known.label, "")


def _put(known: Field, value: Any, label: str, text: str, column: Column | None, row: Row) -> None:
    """Set what a field fills; a field that is said in a column of its own goes before one that is said with others."""
    if known.name == "code":
        row.code = value or ""
        return
    if known.type == "own_name":
        return
    if known.name == "funds_total":
        row.values["funds_total"] = value
        return
    if not known.targets:
        if value is None or (value == "" and known.type in ("line", "text")):
            if known.required:
                row.faults.append(Fault(known.name, label, text, f"{label}还没有填。{_cure(known)}", "",
                                        column.index if column else -1))
            return
        row.values[known.name] = (value or None) if known.type == "township" else value
        row.given.append(known.name)
        return
    for name, part in zip(columns_of(known), value, strict=True):
        if part is not None and name not in row.given:
            row.values[name] = (part or None) if name == "township_code" else part
            row.given.append(name)


def shown(known: Field, column: Column | None) -> str:
    """The name of a field as the sheet has it: its own label where the column has none."""
    return column.label.replace("\n", "")[:40] if column is not None and column.label else known.label


def refuse_broken(text: str, label: str) -> None:
    """A formula never computed, or an error value, is nobody's answer."""
    if text[:1] in ("=", "＝"):
        raise Doubt(f"{label}是公式，没有算出来的值。请在 Excel 或 WPS 里打开文件、保存一次再上传，或直接填结果。")
    if text.upper() in ERRORS:
        raise Doubt(f"{label}是错误值 {text}，公式没有算对。请改成实际的内容。")


def _joined(known: Field, said: Sequence[tuple[Column | None, str]]) -> Understood:
    """Texts of several columns, each under its own label; of one column as it stands."""
    filled = [(column, text) for column, text in said if not (is_blank(text) or text in NOTHING)]
    if len(filled) < 2:
        text = filled[0][1] if filled else ""
    else:
        text = "\n".join(f"{shown(known, column)}：{text}" for column, text in filled)
    if known.limit and (fault := length_fault(text, known.label, known.limit)):
        raise Doubt(fault)
    return Understood(text)


def plain_line(known: Field, text: str) -> Understood:
    """One line of text by the form's own rules; a cell broken into lines is joined."""
    if is_blank(text) or (text in NOTHING and not known.required):
        return Understood("")
    note = ""
    if "\n" in text:
        text = re.sub(r"\s*\n\s*", "", text)
        note = f"{known.label}里的换行去掉了：{text[:60]}"
    if fault := line_fault(text, known.label):
        raise Doubt(fault, "" if re.search(r"[<>]", text) else text.lstrip(FORMULA_SIGNS + " "))
    fault = length_fault(text, known.label, known.limit) if known.limit else ""
    if fault := fault or shortness_fault(text, known.label, known.least, _cure(known)):
        raise Doubt(fault)
    return Understood(text, note)


def parse(known: Field, text: str, column: Column | None, context: Context) -> Understood:
    """A cell by the type of its field. Raises Doubt."""
    name = known.label.split("（")[0]
    if known.type != "line" and len(text) > LONGEST:
        raise Doubt(f"{name}写了 {len(text)} 个字，太长了，最多 {LONGEST} 个字。请只写这一项。")
    match known.type:
        case "line":
            return plain_line(known, text)
        case "money":
            return numbers.parse_money(text, column.unit if column and column.unit else "万元", name)
        case "count":
            return numbers.parse_count(text, name, known.unit, known.least, known.most)
        case "people":
            return numbers.parse_people(text, name)
        case "year":
            return numbers.parse_year(text, name, known.least, known.most)
        case "years":
            return numbers.parse_years(text, name)
        case "day":
            is_end = known.name.endswith(("ends_on", "until"))
            return dates.parse_day(text, name, is_end)
        case "moment":
            return dates.parse_moment(text, name)
        case "period":
            return dates.parse_period(text, name)
        case "phone":
            return words.parse_phones(text, name)
        case "contact":
            return words.parse_contact(text, name)
        case "uscc":
            return words.parse_code(text, name)
        case "yes_no":
            return words.parse_yes_no(text, name)
        case "rating":
            return words.parse_rating(text, name)
        case "lines":
            return things.parse_things(text, name)
        case _:
            return _looked_up(known, text, name, context)


def _looked_up(known: Field, text: str, name: str, context: Context) -> Understood:
    """A cell that is a name of something known."""
    match known.type:
        case "category":
            return words.parse_category(text, context.categories, name)
        case "township":
            return words.parse_township(text, context.townships, context.parents, name)
        case "place":
            return words.parse_place(text, context.townships, context.parents, name)
        case "areas":
            return words.parse_areas(text, context.areas, name)
        case "own_name":
            return _own_name(text, context)
    if known.choices is None:
        raise RuntimeError(f"{known.name}: no parser for {known.type}")
    return words.parse_choice(text, known.name, known.choices, name)


def _own_name(text: str, context: Context) -> Understood:
    same = re.sub(r"\W", "", text) == re.sub(r"\W", "", context.organization)
    if is_blank(text) or not context.organization or same:
        return Understood(None)
    raise Doubt(f"这一行写的是“{text[:40]}”，您只能导入自己组织（{context.organization}）的供给。请删去这一行。")


def read_lines(mapping: Mapping, record: Record, row: Row) -> None:
    """The things of a need that are listed line by line, after those that stand in one cell."""
    columns = {one.field: one for one in mapping.columns if one.field.startswith("line_")}
    in_cell = mapping.columns_for("lines")
    if "line_item" not in columns and not record.more:
        return
    found = [row.values["lines"]]
    for number, texts in [(record.number, record.cells), *record.more]:
        where = f"第 {number} 行" if record.more and number else "要的东西"

        def cell(name: str, texts: list[str] = texts) -> str:
            column = columns.get(name)
            return texts[column.index] if column and column.index < len(texts) else ""

        said = [cell(name) for name in ("line_item", "line_quantity", "line_unit", "line_price", "line_total")]
        try:
            for text in said:
                refuse_broken(text, where)
            said = ["" if is_blank(text) else text for text in said]
            if in_cell and number != record.number:
                text = texts[in_cell[0].index]
                refuse_broken(text, where)
                found.append(things.parse_things(text, where).value)
            if said[0] or said[1]:
                unit = columns["line_price"].unit if "line_price" in columns else (
                    columns["line_total"].unit if "line_total" in columns else "")
                thing = things.Thing(said[0], said[1], said[2], said[3], said[4], unit or "元")
                found.append([things.one_line(thing, where)])
        except Doubt as doubt:
            column = columns.get("line_item") or (in_cell[0] if in_cell else None)
            typed = "，".join(filter(None, said))[:200]
            row.faults.append(Fault("lines", column.label if column else "要的东西", typed, doubt.sentence, "",
                                    column.index if column else -1))
    try:
        row.values["lines"] = things.joined(found, "要的东西")
    except Doubt as doubt:
        row.faults.append(Fault("lines", "要的东西", "", doubt.sentence))
    if row.values["lines"] and "lines" not in row.given:
        row.given.append("lines")
