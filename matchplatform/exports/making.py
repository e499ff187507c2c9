"""Making an export: what it says of itself, the file in each format, the printed page, the lines for a chat."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, BinaryIO

from matchplatform.catalog.queries import short_name
from matchplatform.core import clock
from matchplatform.core.money import in_wan
from matchplatform.exports import table, workbook
from matchplatform.exports.layout import About, in_cents, shown
from matchplatform.exports.messages import pieces
from matchplatform.exports.reader import Reader
from matchplatform.exports.safety import plain
from matchplatform.exports.shelves import Shelf
from matchplatform.needs.rules import is_open

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


def told(order: Order, link: Callable[[str], str]) -> list[str]:
    """The list's needs, which are open ones, as messages for a chat; `link` takes a need's code to its address. What
    only those may see who have signed in stays out."""
    moment = clock.now()
    named = [need for need in order.shelf.records(order.ids) if is_open(need, moment) and need.publicity == "public"]
    items = [_item(n, need, link(need.code)) for n, need in enumerate(named, 1)]
    if not items:
        return []
    head = f"【{_where(order)}等人接的需求 {len(items)} 条】{clock.today().month}月{clock.today().day}日"
    return pieces(head, items, "能办的请点链接看详情、接单。")


def _where(order: Order) -> str:
    county, city = getattr(order.wanted, "county", ""), getattr(order.wanted, "city", "")
    own = order.reader.county_code or order.reader.city_code if order.shelf.roles else None
    code = county or city or own
    return short_name(code) + "，" if code else ""


def _item(number: int, need: Any, address: str) -> str:
    """Three lines: 1. 孝昌县小悟乡万冲村：老人一天只做一顿饭 / 缺餐桌椅 17 套；帮到 68 人；12月15日截止 / address."""
    place = short_name(need.county_code) + (need.township.name if need.township else "") + need.village
    facts = [f"缺{'，'.join(_lacking(need))}"] if _lacking(need) else []
    if need.beneficiaries:
        facts.append(f"帮到 {need.beneficiaries:,} 人")
    if need.closing_at:
        day = clock.local(need.closing_at)
        year = "" if day.year == clock.today().year else f"{day.year}年"
        facts.append(f"{year}{day.month}月{day.day}日截止")
    return "\n".join([f"{number}. {place}：{plain(need.title)}", "；".join(facts), address] if facts else
                     [f"{number}. {place}：{plain(need.title)}", address])


def _lacking(need: Any) -> list[str]:
    lines = [one for one in need.lines if one.residual > 0]
    words = [f"{plain(one.item)} {one.residual:,} {one.unit}" for one in lines[:2]]
    if len(lines) > 2:
        words[-1] += f"等 {len(lines)} 项"
    if need.funds_gap_fen:
        words.append(f"资金 {in_wan(need.funds_gap_fen)} 万元")
    return words
