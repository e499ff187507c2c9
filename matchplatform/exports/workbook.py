"""Excel workbooks, written row by row: a list with its explanation, or the ledger laid out for printing."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange

from matchplatform.exports.layout import FORMATS, NUMBERS, About, Column, amount, cell, widths
from matchplatform.exports.safety import neutral

SAMPLE = 300  # rows whose contents decide how wide the columns stand
_HEAD = PatternFill("solid", fgColor="E7EFE6")
_LINE = Side(style="thin", color="8A8578")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_SIZES = {"xs": 7, "s": 11, "m": 18, "l": 34, "code": 20}  # of the ledger's columns


@dataclass(frozen=True)
class Part:
    """Rows that hang on a record, on a sheet of their own: `rows` takes the record to (record, row) pairs."""

    title: str
    columns: tuple[Column, ...]
    rows: Any
    widths: tuple[int, ...]


class _Pen:
    """Makes the cells of one sheet. A style is worked out once and then taken over: most of the time of a workbook
    goes into styles."""

    def __init__(self, sheet: Any) -> None:
        self.sheet, self.styles = sheet, {}

    def cell(self, value: Any, **style: Any) -> Any:
        """A cell whose text is text whatever it looks like."""
        clean = (neutral(value) or None) if isinstance(value, str) else value
        made = WriteOnlyCell(self.sheet, clean)
        if isinstance(clean, str):
            made.data_type = "s"
        key = tuple(style.items())
        if key in self.styles:
            made._style = self.styles[key]
        elif style:
            for name, one in style.items():
                setattr(made, name, one)
            self.styles[key] = made._style
        return made

    def value(self, value: Any, kind: str) -> Any:
        """A value of a list: text goes bare, which is quicker, numbers and dates with their format."""
        if value is None:
            return None
        if isinstance(value, str):
            clean = neutral(value) or None  # openpyxl takes #N/A for an error, whatever the cell is said to be
            return self.cell(value) if clean in ERROR_CODES else clean
        return self.cell(value, number_format=FORMATS[kind])


def _head(pen: _Pen, titles: Iterable[str], **more: Any) -> list[Any]:
    look = {"font": _BOLD, "fill": _HEAD, "border": _BOX, "alignment": _MIDDLE, **more}
    return [pen.cell(title, **look) for title in titles]


_BOLD, _MIDDLE = Font(bold=True), Alignment(horizontal="center", vertical="center", wrap_text=True)


def _set_widths(sheet: Any, sizes: Sequence[int]) -> None:
    for n, size in enumerate(sizes, 1):
        sheet.column_dimensions[get_column_letter(n)].width = size


def write_list(target: BinaryIO, records: Iterable[Any], columns: Sequence[Column], about: About,
               part: Part | None = None) -> int:
    """A flat list, one row a record, with 说明 on a second sheet and the part's rows on a third; answers how many
    records were written."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("清单")
    _explain(book.create_sheet("说明"), about)
    lines = _open_part(book, part) if part else None
    source = iter(records)
    first = list(itertools.islice(source, SAMPLE))
    titles = [column.title for column in columns]
    _set_widths(sheet, widths(titles, [[cell(column, one) for column in columns] for one in first]))
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{about.count + 1}"
    pen, written = _Pen(sheet), 0
    sheet.append(_head(pen, titles))
    for record in itertools.chain(first, source):
        sheet.append([pen.value(cell(column, record), column.kind) for column in columns])
        written += 1
        if part and lines:
            for row in part.rows(record):
                lines.sheet.append([lines.value(cell(column, row), column.kind) for column in part.columns])
    book.save(target)
    return written


def _open_part(book: Workbook, part: Part) -> _Pen:
    sheet = book.create_sheet(part.title)
    _set_widths(sheet, part.widths)
    sheet.freeze_panes = "A2"
    pen = _Pen(sheet)
    sheet.append(_head(pen, [column.title for column in part.columns]))
    return pen


def _explain(sheet: Any, about: About) -> None:
    """What the list is, by which conditions, when and by whom it was taken out."""
    pen = _Pen(sheet)
    _set_widths(sheet, (16, 84))
    wrapped = Alignment(wrap_text=True, vertical="top")
    rows = [("名称", about.title), ("导出单位", about.unit), ("导出人", about.by),
            ("导出时间", f"{about.at:%Y-%m-%d %H:%M}"), ("条数", f"{about.count:,}"),
            *(about.conditions or (("条件", "没有加条件，全部导出"),)), *(("说明", note) for note in about.notes)]
    for label, said in rows:
        sheet.append([pen.cell(label, font=_BOLD, alignment=wrapped), pen.cell(said, alignment=wrapped)])


@dataclass
class Sums:
    """The sums row of a ledger, added up as the records go by."""

    columns: Sequence[Column]
    totals: dict[int, int] = field(default_factory=dict)

    def over(self, records: Iterable[Any]) -> Iterator[Any]:
        """The records, counted on the way."""
        for record in records:
            for n, column in enumerate(self.columns):
                if column.sums:
                    self.totals[n] = self.totals.get(n, 0) + (column.read(record) or 0)
            yield record


def write_ledger(target: BinaryIO, records: Iterable[Any], columns: Sequence[Column], about: About,
                 signatures: Sequence[str]) -> int:
    """The ledger as a sheet set up for A4 landscape: title, unit, date, 单位：万元, header repeated on each page, sums
    and signatures; answers how many records were written."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    width = len(columns) + 1
    last = get_column_letter(width)
    _set_widths(sheet, (6, *(_SIZES[column.size] for column in columns)))
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.print_title_rows, sheet.freeze_panes = "3:3", "A4"
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    pen, sums, written = _Pen(sheet), Sums(columns), 0
    for row in (1, 2):
        sheet.merged_cells.ranges.add(CellRange(f"A{row}:{last}{row}"))
    sheet.append([pen.cell(about.title, font=Font(name="方正小标宋简体", size=20), alignment=_MIDDLE)])
    sheet.append([pen.cell(f"{about.unit_label}：{about.unit}　　日期：{about.at:%Y年%m月%d日}　　"
                           f"条件：{about.condition_text}　　单位：万元",
                           alignment=Alignment(vertical="center", wrap_text=True))])
    sheet.append(_head(pen, ("序号", *(column.title for column in columns))))
    body = {kind: {"border": _BOX, "alignment": Alignment(
        vertical="center", wrap_text=True, horizontal="right" if kind in NUMBERS else
        "center" if kind in ("day", "moment") else "left")} for kind in ("text", *FORMATS)}
    for kind, shape in FORMATS.items():
        body[kind]["number_format"] = "yyyy-mm-dd" if kind == "moment" else shape
    for record in sums.over(records):
        written += 1
        sheet.append([pen.cell(written, border=_BOX, alignment=_MIDDLE),
                      *(pen.cell(cell(column, record), **body[column.kind]) for column in columns)])
    strong = {"font": _BOLD, "border": _BOX}
    sheet.append([pen.cell("合计", **strong), *(pen.cell(_total(sums, n, column), **strong, number_format=FORMATS[
        column.kind]) if column.sums else pen.cell(None, **strong) for n, column in enumerate(columns))])
    sheet.append([])
    sheet.append([pen.cell("　　　　　　　　　　".join(f"{one}：" for one in signatures))])
    book.save(target)
    return written


def _total(sums: Sums, n: int, column: Column) -> Any:
    value = sums.totals.get(n, 0)
    return value if column.kind == "number" else float(amount(value, column.kind))
