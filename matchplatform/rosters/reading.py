"""A sheet as a roster: whom each row names and what it says of him. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.core.uscc import UsccError, parse_uscc
from matchplatform.imports import cells
from matchplatform.imports.fields import fields_of
from matchplatform.imports.layout import choose_sheet, layout_in
from matchplatform.imports.mapping import Column, Mapping, propose_mapping
from matchplatform.imports.numbers import Doubt, is_blank
from matchplatform.imports.records import Context
from matchplatform.imports.sheets import SheetFault, Workbook
from matchplatform.rosters.rules import FIELDS, FLAGS, MOST_ROWS, TOPICS, WANTS

KIND = "organization"
_LONGEST = 100
_NEEDED = {"rating": ("rating", "rating_ends_on"), "report": ("report_year", "report_result")}


@dataclass(frozen=True)
class Said:
    """One row: its number in the sheet, the checked code or "", the name as typed, what it says (plain values by
    field), and the sentence where it cannot be understood."""

    number: int
    code: str
    name: str
    values: dict[str, Any]
    fault: str = ""


def read(workbook: Workbook, topic: str, context: Context) -> list[Said]:
    """Every row of the list in a workbook. Raises SheetFault when there is no list, or a column is missing."""
    layout = layout_in(workbook.sheets, choose_sheet(workbook, KIND), None, KIND)
    mapping = propose_mapping(layout.header, layout.sample(), KIND, layout.units)
    columns = {one.field: one for one in mapping.columns if one.field}
    _demand_columns(mapping, columns, topic)
    if len(layout.rows) > MOST_ROWS:
        raise SheetFault(f"这份表有 {len(layout.rows)} 行，一次最多 {MOST_ROWS} 行。请拆成几份上传。")
    rows = [_row(number + 1, layout.cells[number], columns, topic, context) for number in layout.rows]
    return _without_doubles(rows)


def _demand_columns(mapping: Mapping, columns: dict[str, Column], topic: str) -> None:
    if "uscc" not in columns and "name" not in columns:
        raise SheetFault("表里没有认出“统一社会信用代码”或“组织名称”这一列。请把列名改成这样再上传。")
    known = fields_of(KIND)
    missing = [known[name].label for name in _NEEDED.get(topic, ()) if name not in columns]
    if missing:
        heard = "、".join(one.label for one in mapping.columns if one.label)[:120]
        raise SheetFault(f"{TOPICS[topic].label}要有{'、'.join(missing)}这{'几' if len(missing) > 1 else '一'}列"
                         f"（{WANTS[topic]}）。表里的列是：{heard}。请改好列名再上传。")


def _row(number: int, texts: Sequence[str], columns: dict[str, Column], topic: str, context: Context) -> Said:
    def text(name: str) -> str:
        column = columns.get(name)
        found = texts[column.index].strip() if column is not None and column.index < len(texts) else ""
        return "" if is_blank(found) else found

    typed, name, code = text("uscc"), text("name")[:_LONGEST], ""
    try:
        if typed:
            code = parse_uscc(typed[:60]).code
        elif not name:
            raise Doubt("这一行既没有信用代码，也没有名称。请补上一样。")
        for one in (typed, name, *(text(field) for field in FIELDS[topic])):
            cells.refuse_broken(one, "这一格")
        values = {FLAGS[topic]: _flag(topic, text, columns, context)} if topic in FLAGS else {
            field: _value(field, text(field), columns, context) for field in FIELDS[topic]}
        _demand_whole(topic, values)
    except (Doubt, UsccError) as doubt:
        return Said(number, code, name or typed[:_LONGEST], {}, str(getattr(doubt, "sentence", doubt)))
    return Said(number, code, name, values)


def _flag(topic: str, text: Any, columns: dict[str, Column], context: Context) -> bool:
    """Whoever is written down is on the list, unless a column of its own says no."""
    said = text(FLAGS[topic])
    return True if not said else bool(_value(FLAGS[topic], said, columns, context))


def _value(name: str, text: str, columns: dict[str, Column], context: Context) -> Any:
    """A cell as a plain value: days as 2026-11-26, nothing where nothing is said."""
    if not text:
        return None
    value = cells.parse(fields_of(KIND)[name], text, columns.get(name), context).value
    return value.isoformat() if isinstance(value, dt.date) else value


def _demand_whole(topic: str, values: dict[str, Any]) -> None:
    if topic == "rating":
        if values["rating"] is None:
            raise Doubt("没有填评估等级。请填 5A 到 1A，没有评估写未评估。")
        if values["rating"] and not values["rating_ends_on"]:
            raise Doubt("没有填等级有效期至。请照评估公告填最后一天，例如 2029-12-31。")
        if not values["rating"]:
            values["rating_ends_on"] = None
    elif topic == "report" and (values["report_year"] is None or values["report_result"] is None):
        raise Doubt("年报年度和年报结论要一起填，例如 2025、合格。")


def _without_doubles(rows: Sequence[Said]) -> list[Said]:
    """Whoever stands twice with different words is a fault the second time; twice the same is said once."""
    first: dict[str, Said] = {}
    kept = []
    for one in rows:
        key = one.code or one.name
        earlier = first.setdefault(key, one) if not one.fault else one
        if earlier is one:
            kept.append(one)
        elif earlier.values != one.values:
            kept.append(Said(one.number, one.code, one.name, {},
                             f"和第 {earlier.number} 行是同一家，说的不一样。请留下对的一行。"))
    return kept
