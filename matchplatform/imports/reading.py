"""A file as it was handed in, to sheets of plain text. Pure.

Every cell becomes the text that a person would have typed: 3.0 is 3, a date 2026-03-01, a moment 2026-03-01 17:00,
true 是. Cells of merged ranges are filled by layout.py. A formula whose value was never computed keeps its own text
(=SUM(B2:B9)) and an error value its name (#N/A): checking a row makes a fault of them.
"""

import io
from collections.abc import Iterable

import filetype
import python_calamine as calamine

from matchplatform.imports import delimited, old_excel, packed
from matchplatform.imports.sheets import (
    MOST_AREA,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_ROWS,
    Range,
    Sheet,
    SheetFault,
    Workbook,
    refuse_large,
    texts,
    trimmed,
)

__all__ = ["MOST_AREA", "MOST_BYTES", "MOST_COLUMNS", "MOST_ROWS", "Range", "Sheet", "SheetFault", "Workbook",
           "open_sheet"]

_EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
MOST_MERGED = 20_000  # ranges of one sheet
_SAVE = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿”再上传。"
_BROKEN = f"文件坏了，读不出来。{_SAVE}"
_FOREIGN = {"application/pdf": "这是 PDF，不是表格。请上传原来的 Excel 表；只有 PDF 的，先在 Excel 里重新录成表格。",
            "application/rtf": f"这是写字板文档，不是表格。{_SAVE}"}
_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<svg", b"{\\rtf", b"%pdf")


def open_sheet(data: bytes, name: str) -> Workbook:
    """Read a workbook or a text table, by its content and not by its name. Raises SheetFault, and nothing else."""
    try:
        return _open(data, name)
    except SheetFault:
        raise
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:  # a panic inside the reader of old workbooks is no Exception
        raise SheetFault(_BROKEN) from fault


def _open(data: bytes, name: str) -> Workbook:
    if not data.strip(b"\x00 \t\r\n"):
        raise SheetFault("文件是空的。请确认表格已经保存，再选一次文件。")
    if len(data) > MOST_BYTES:
        raise SheetFault(f"文件有 {len(data) / 1024 / 1024:.0f} MB，最多 {MOST_BYTES // 1024 // 1024} MB。"
                         "请删去表里的图片和用不到的工作表，或拆成几份上传。")
    if _EICAR in data:
        raise SheetFault("文件带有病毒特征，没有接收。请先用杀毒软件检查这台电脑，再上传干净的表格。")
    if data[:4] == b"PK\x03\x04":
        return _packed(data)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _old(data, name)
    _refuse_foreign(data)
    book = delimited.read(data)
    if name.lower().endswith((".xlsx", ".xls", ".et")):
        book.notes.append("文件名写的是 Excel 表，内容其实是文本（CSV），已按文本读取。")
    return book


def _refuse_foreign(data: bytes) -> None:
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_MARKUP):
        sentence = _FOREIGN["application/pdf"] if head.startswith(b"%pdf") else f"这是网页或文档，不是表格。{_SAVE}"
        raise SheetFault(sentence)
    kind = filetype.guess_mime(data[:8192])
    if kind is None:
        return
    if kind.startswith("image/"):
        raise SheetFault("这是图片，不是表格。请上传 Excel 表；照片可以在需求的“附件”里添加。")
    if kind in _FOREIGN:
        raise SheetFault(_FOREIGN[kind])
    if kind.startswith("application/") and any(word in kind for word in ("zip", "rar", "7z", "tar", "bzip", "xz")):
        raise SheetFault("这是压缩包。请先解压，再上传里面的表格。")
    raise SheetFault(f"这不是表格。{_SAVE}")


def _packed(data: bytes) -> Workbook:
    """An .xlsx: looked through and packed anew before the reader sees it."""
    pack = packed.look_through(data)
    with calamine.load_workbook(io.BytesIO(pack.clean)) as book:
        sheets = []
        for part in pack.visible:
            scan = pack.scans[part.name]
            if not scan.used:
                continue
            sheet = book.get_sheet_by_name(part.name)
            if sheet.height * sheet.width > MOST_AREA:
                refuse_large(part.name, sheet.total_height, sheet.total_width)
            rows = _rows(sheet, scan.told)
            sheets.append(trimmed(Sheet(part.name, rows, _merged(sheet, len(rows)))))
    return _book("xlsx", sheets, [part.name for part in pack.hidden], [])


def _old(data: bytes, name: str) -> Workbook:
    """An .xls, whatever its name says."""
    pack = old_excel.look_through(data)
    notes = []
    if name.lower().endswith(".xlsx"):
        notes.append("文件名说是新版的 Excel 工作簿，内容其实是旧版（97-2003），已照样读取。")
    sheets, hidden = [], []
    with calamine.load_workbook(io.BytesIO(pack.clean)) as book:
        for number, one in enumerate(book.sheets_metadata):
            if one.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            if one.visible != calamine.SheetVisibleEnum.Visible:
                hidden.append(one.name)
                continue
            sheet = book.get_sheet_by_name(one.name)
            if sheet.height:
                rows = _rows(sheet, pack.told[number] if number < len(pack.told) else {})
                sheets.append(trimmed(Sheet(one.name, rows, _merged(sheet, len(rows)))))
    return _book("xls", sheets, hidden, notes)


def _rows(sheet: calamine.CalamineSheet, told: dict[tuple[int, int], str]) -> list[list[str]]:
    """The sheet's texts from its first row and column on, with the texts of formulas and errors put in."""
    rows = texts(sheet.to_python(skip_empty_area=False))
    width = max([len(row) for row in rows] + [column + 1 for _, column in told], default=0)
    height = max([len(rows)] + [row + 1 for row, _ in told])
    rows = [row + [""] * (width - len(row)) for row in rows] + [[""] * width for _ in range(height - len(rows))]
    for (row, column), text in told.items():
        rows[row][column] = text
    return rows


def _merged(sheet: calamine.CalamineSheet, height: int) -> list[Range]:
    """The merged ranges. Real ones never overlap, so together they are no longer than the sheet has cells; what lies
    about that would be filled in again and again. Raises SheetFault."""
    ranges = [(r1, c1, r2, c2) for (r1, c1), (r2, c2) in sheet.merged_cell_ranges or ()]
    if len(ranges) > MOST_MERGED or sum(max(0, min(r2 + 1, height) - r1) for r1, _, r2, _ in ranges) > MOST_AREA:
        raise SheetFault(f"工作表“{sheet.name[:40]}”里合并的格子太多，或者互相重叠。"
                         "请选中全表取消合并，填好每一格，保存后再上传。")
    return ranges


def _book(form: str, sheets: Iterable[Sheet], hidden: list[str], notes: list[str]) -> Workbook:
    filled = [sheet for sheet in sheets if sheet.rows]
    if hidden:
        notes.append(f"隐藏的工作表没有读：{'、'.join(hidden)[:80]}。要导入的话，请先取消隐藏。")
    if not filled:
        raise SheetFault("表里没有内容。请确认填在第一张工作表里，没有隐藏，再上传。")
    return Workbook(form, filled, notes)
