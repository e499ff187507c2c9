"""What reading a file gives: sheets of text; the limits, and what breaks them. Pure."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_AREA = 1_000_000     # rows × columns of one sheet
_SLACK = 200              # titles, notes and signatures around 20,000 rows of data

Range = tuple[int, int, int, int]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff]|_x000[dD]_")
_QUOTED = re.compile(r"'[=+\-@＝＋－＠\t\r]")


class SheetFault(Exception):
    """The file cannot be taken; `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


@dataclass
class Sheet:
    """One visible sheet: rows of texts, all of one width, starting at the sheet's own first row and column.

    `merged`: ranges as (first row, first column, last row, last column), counted from 0.
    """

    name: str
    rows: list[list[str]]
    merged: list[Range] = field(default_factory=list)

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0


@dataclass
class Workbook:
    """What was in a file. `form`: xlsx, xls or csv; `notes`: what was left out or taken differently, for the reader."""

    form: str
    sheets: list[Sheet]
    notes: list[str] = field(default_factory=list)


def refuse_large(name: str, rows: int, columns: int) -> None:
    """Raise SheetFault when a sheet's used part is too large, with the way out."""
    sheet = f"工作表“{name[:40]}”" if name else "表里"
    if columns > MOST_COLUMNS:
        raise SheetFault(f"{sheet}用到了第 {columns:,} 列，最多 {MOST_COLUMNS} 列。请删去右边用不到的列"
                         "（选中整列再删除），保存后再上传。")
    if rows > MOST_ROWS + _SLACK:
        raise SheetFault(f"{sheet}用到了第 {rows:,} 行，一次最多 {MOST_ROWS:,} 行。请拆成几份上传；"
                         "如果下面是空的，请选中下方的空行删除再保存。")
    if rows * columns > MOST_AREA:
        raise SheetFault(f"{sheet}有 {rows:,} 行 {columns:,} 列，太大了。请删去用不到的列，或拆成几份上传。")


def clean(text: str) -> str:
    """Without control and direction-changing characters, line ends unified, outer blanks gone; the quote that makes
    a formula harmless is taken off again."""
    if text.isascii() and text.isalnum():
        return text
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")).strip()
    return plain[1:] if _QUOTED.match(plain) else plain


def text_of(value: Any) -> str:
    """The text that a person would have typed for a cell's value."""
    if isinstance(value, str):
        return clean(value) if value else ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number(float(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    return "" if value is None else str(value)


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return "#NUM!"
    if abs(value) >= 1e15:  # beyond what a workbook keeps exactly: shown as the workbook shows it
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else f"{Decimal(f'{value:.15g}'):f}"


def texts(rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    """Rows of values as rows of texts."""
    return [[text_of(value) if value != "" else "" for value in row] for row in rows]


def trimmed(sheet: Sheet) -> Sheet:
    """Without blank rows below and blank columns at the right; the rest keeps its place."""
    rows = sheet.rows
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((next((i for i in range(len(row), 0, -1) if row[i - 1]), 0) for row in rows), default=0)
    if rows and width < len(rows[0]):
        sheet.rows = [row[:width] for row in rows]
    refuse_large(sheet.name, len(sheet.rows), width)
    return sheet
