"""Making an export: what it says of itself, the file in each format, the printed page, the lines for a chat."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, BinaryIO

from matchplatform.catalog.queries import short_name
from matchplatform.core import clock
from matchplatform.exports import table, workbook
from matchplatform.exports.chat import lines
from matchplatform.exports.layout import About, in_cents, shown
from matchplatform.exports.messages import pieces
from matchplatform.exports.reader import Reader
from matchplatform.exports.shelves import Shelf

SIGNATURES = ("单位负责人", "审核人", "填表人", "联系电话")
TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


@dataclass(frozen=True)
class Order:
    """An export as it was asked for, with the numbers of what it holds: nothing of it changes while it is made."""

    shelf: Shelf
    reader: Reader
    unit: str
    format: str
    wanted: Any
    ids: Sequence[int]
    left_out: int = 0  # of a chat's list: so many more are there, which nobody would read

    @property
    def title(self) -> str:
        return f"社会组织助力乡村振兴{self.shelf.title}台账" if self.format.startswith("ledger") else self.shelf.title

    @property
    def suffix(self) -> str:
        return "csv" if self.format == "csv" else "xlsx"

    @property
    def file_name(self) -> str:
        """What the person's own machine calls it: 需求项目库-20261125.xlsx."""
        word = "台账" if self.format == "ledger-xlsx" else ""
        return f"{self.shelf.title}{word}-{clock.today():%Y%m%d}.{self.suffix}"

    def about(self) -> About:
        """What the file says of itself."""
        return About(self.title, self.unit, self.shelf.conditions(self.wanted), len(self.ids),
                     clock.local(clock.now()), self.reader.name, self.shelf.notes,
                     "填报单位" if self.shelf.roles else "制表单位")


Reading = Callable[[], AbstractContextManager[Any]]


def write(order: Order, target: BinaryIO, reading: Reading,
          after: Callable[[int], None] = lambda done: None) -> int:
    """The workbook into an open file; answers how many records it holds."""
    records = order.shelf.records(order.ids, reading, after)
    if order.format == "ledger-xlsx":
        return workbook.write_ledger(target, records, order.shelf.ledger, order.about(), SIGNATURES)
    return workbook.write_list(target, records, order.shelf.columns(order.reader), order.about(), order.shelf.part)


def whole(order: Order) -> bytes:
    """The file at once, for what is made while the person waits."""
    if order.format == "csv":
        return b"".join(stream(order, nullcontext))
    target = io.BytesIO()
    write(order, target, nullcontext)
    return target.getvalue()


def stream(order: Order, reading: Reading) -> Iterator[bytes]:
    """A CSV as it is read."""
    return table.rows(order.shelf.records(order.ids, reading), order.shelf.columns(order.reader))


@dataclass(frozen=True)
class Ledger:
    """The printed ledger: titles with their sizes and kinds, rows of text, and the sums row."""

    heads: list[tuple[str, str, str]]
    rows: list[list[str]]
    sums: list[str]


def ledger(order: Order) -> Ledger:
    """The whole ledger for the page that is printed."""
    columns = order.shelf.ledger
    counted = workbook.Sums(columns)
    rows = [[shown(column, one) for column in columns] for one in counted.over(order.shelf.records(order.ids))]
    totals = [_sum(column.kind, counted.totals.get(n, 0)) if column.sums else "" for n, column in enumerate(columns)]
    return Ledger([(column.title, column.size, column.kind) for column in columns], rows, totals)


def _sum(kind: str, value: int) -> str:
    return f"{value:,}" if kind == "number" else in_cents(value, kind)


def told(order: Order, link: Callable[[Any], str]) -> list[str]:
    """The list as messages for a chat: what can be taken now and everybody may know; `link` takes a record to its
    address."""
    chat = order.shelf.chat
    named = [one for one in order.shelf.records(order.ids) if chat.takes(one)] if chat else []
    if not chat or not named:
        return []
    items = [lines(n, chat.item(one), link(one)) for n, one in enumerate(named, 1)]
    head = f"【{chat.heading(_place(order), len(items))}】{clock.today().month}月{clock.today().day}日"
    return pieces(head, items, chat.footer)


def _place(order: Order) -> str:
    county, city = getattr(order.wanted, "county", ""), getattr(order.wanted, "city", "")
    own = order.reader.county_code or order.reader.city_code if order.shelf.roles else None
    code = county or city or own
    return short_name(code) if code else ""
