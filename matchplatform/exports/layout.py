"""What a list looks like when it leaves: columns with their kinds, and how each kind is written."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from matchplatform.core.clock import local
from matchplatform.core.money import FEN_PER_WAN, FEN_PER_YUAN
from matchplatform.exports.safety import neutral, plain

NUMBERS = ("number", "wan", "yuan")
FORMATS = {"wan": "#,##0.00####", "yuan": "#,##0.00", "number": "#,##0", "day": "yyyy-mm-dd",
           "moment": "yyyy-mm-dd hh:mm"}
_SCALE = {"wan": FEN_PER_WAN, "yuan": FEN_PER_YUAN}


@dataclass(frozen=True)
class Column:
    """One column: `read` takes the record to a value; `kind` is text, number, wan or yuan (分 to 万元 or 元), day or
    moment (an aware one); `size` (xs, s, m, l, code) is how wide it stands in the printed
    ledger; `sums` asks for the sum there."""

    title: str
    read: Callable[[Any], Any]
    kind: str = "text"
    size: str = "s"
    sums: bool = False


@dataclass(frozen=True)
class About:
    """What the file says of itself: its title, whose list, by which conditions, how many, when, and notes."""

    title: str
    unit: str
    conditions: tuple[tuple[str, str], ...]
    count: int
    at: dt.datetime
    by: str
    notes: tuple[str, ...] = ()
    unit_label: str = "填报单位"  # who takes out what all counties wrote has drawn it up, not reported it

    @property
    def condition_text(self) -> str:
        """The conditions in one line."""
        return "；".join(f"{label}：{text}" for label, text in self.conditions) or "全部"


def amount(value: int, kind: str) -> Decimal:
    """A sum of 分 in 万元 or 元, exactly."""
    return Decimal(value) / _SCALE[kind]


def cell(column: Column, record: Any) -> Any:
    """The record's value as a workbook takes it: a number, a date, or text (not yet neutral); None where nothing is
    known."""
    value = column.read(record)
    if value is None or value == "":
        return None
    match column.kind:
        case "wan" | "yuan":
            return float(amount(value, column.kind))
        case "number":
            return int(value)
        case "day":
            return value
        case "moment":
            return local(value).replace(tzinfo=None, second=0, microsecond=0)
        case _:
            return str(value)


def text(column: Column, record: Any) -> str:
    """The record's value as a CSV takes it: plain numbers, ISO dates, neutral text."""
    value = column.read(record)
    if value is None:
        return ""
    match column.kind:
        case "wan" | "yuan":
            shown = f"{amount(value, column.kind):f}"
            return shown.rstrip("0").rstrip(".") if "." in shown else shown
        case "number":
            return str(int(value))
        case "day":
            return f"{value:%Y-%m-%d}"
        case "moment":
            return f"{local(value):%Y-%m-%d %H:%M}"
        case _:
            return neutral(str(value))


def in_cents(value: int, kind: str) -> str:
    """A sum with two decimals, so that the points of a column stand below each other; more where there are more."""
    exact = amount(value, kind)
    return f"{exact:,.2f}" if exact == exact.quantize(Decimal("0.01")) else f"{exact:,f}"


def shown(column: Column, record: Any) -> str:
    """The record's value as it is read on paper."""
    value = column.read(record)
    if value is None or value == "":
        return ""
    match column.kind:
        case "wan" | "yuan":
            return in_cents(value, column.kind)
        case "number":
            return f"{value:,}"
        case "day":
            return f"{value:%Y-%m-%d}"
        case "moment":
            return f"{local(value):%Y-%m-%d}"
        case _:
            return plain(str(value))


def width_of(value: Any) -> int:
    """How many Latin letters wide a value stands; a Chinese character is two."""
    if isinstance(value, str):
        first = value.split("\n", 1)[0]
        return sum(1 if ord(c) < 0x2E80 else 2 for c in first[:80])
    if isinstance(value, dt.datetime):
        return 16
    if isinstance(value, dt.date):
        return 10
    return len(f"{value:,}") + 1 if value is not None else 0


def widths(titles: Sequence[str], rows: Sequence[Sequence[Any]], least: int = 8, most: int = 48) -> list[int]:
    """A width for each column, by its title and the rows at hand."""
    return [max(least, min(most, 2 + max([width_of(title), *(width_of(row[n]) for row in rows)])))
            for n, title in enumerate(titles)]
