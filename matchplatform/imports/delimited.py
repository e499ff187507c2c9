"""Text tables: CSV and what office programs call so, in the encodings that are met here. Pure."""

import codecs
import csv
import io
import re
from collections import Counter

from matchplatform.imports.sheets import Sheet, SheetFault, Workbook, clean, refuse_large, trimmed

_DELIMITERS = ("\t", ",", ";", "|", "，")
_SAMPLE = 60               # rows looked at to tell the delimiter
_LONGEST = 32_767          # characters of one cell, as in a workbook
_CSV = "请用 Excel 或 WPS 打开，另存为“CSV UTF-8（逗号分隔）”或“Excel 工作簿”再上传。"
_GARBLED = f"文字编码认不出来，读出来是乱码。{_CSV}"
_ODD = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")


def decoded(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding for people. Raises SheetFault when none fits."""
    if data.startswith(codecs.BOM_UTF8):
        return _strict(data[3:], "utf-8"), "UTF-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(data, "utf-16"), "UTF-16"
    if b"\x00" in data:
        raise SheetFault(f"这不是文本表格，或者编码认不出来。{_CSV}")
    try:
        return _plausible(data.decode("utf-8")), "UTF-8"
    except UnicodeDecodeError:
        pass
    patched = data.decode("utf-8", "replace")
    chinese = sum("㐀" <= c <= "鿿" for c in patched[:200_000])
    if chinese > 20 * patched[:200_000].count("\ufffd"):  # UTF-8 with a few bytes broken, not another encoding
        raise SheetFault(f"文件里有几个字损坏了。{_CSV}")
    return _strict(data, "gb18030"), "GB18030"


def _strict(data: bytes, encoding: str) -> str:
    try:
        return _plausible(data.decode(encoding))
    except UnicodeError as fault:
        raise SheetFault(_GARBLED) from fault


def _plausible(text: str) -> str:
    if len(_ODD.findall(text)) * 200 > len(text):
        raise SheetFault(_GARBLED)
    return text


def delimiter_of(text: str) -> str:
    """The character that stands between cells: the one that cuts most rows into one same number of cells."""
    best, most = ",", 0.0
    for one in _DELIMITERS:
        if one == "，" and most:  # it also stands in sentences
            break
        widths = []
        for row in csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=one):
            if any(row):
                widths.append(len(row))
            if len(widths) == _SAMPLE:
                break
        width, rows = Counter(width for width in widths if width > 1).most_common(1)[0] if any(
            width > 1 for width in widths) else (1, 0)
        score = rows / len(widths) + min(width, 20) / 40 if rows else 0.0
        if score > most:
            best, most = one, score
    return best


def read(data: bytes) -> Workbook:
    """A text table as a workbook of one sheet. Raises SheetFault."""
    text, encoding = decoded(data)
    told = re.match(r"sep=(.)\r?\n", text)
    between = told[1] if told else None
    if told:
        text = text[told.end():]
    rows: list[list[str]] = []
    blank = 0  # rows without a word so far below the last with one: a tail of them is nothing
    try:
        between = between or delimiter_of(text)
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=between):
            if any(len(cell) > _LONGEST for cell in row):
                raise csv.Error("a cell that long")
            width = next((i for i in range(len(row), 0, -1) if row[i - 1]), 0)
            if not width:
                blank += 1
                continue
            refuse_large("", len(rows) + blank + 1, 1)
            refuse_large("", 1, width)
            rows += [[] for _ in range(blank)]
            rows.append([clean(cell) for cell in row[:width]])
            blank = 0
    except csv.Error as fault:
        raise SheetFault(f"第 {len(rows) + blank + 1} 行附近的引号没有配成对，后面的内容连成了一格。"
                         f"请补上引号，或{_CSV[1:]}") from fault
    width = max((len(row) for row in rows), default=0)
    refuse_large("", len(rows), width)
    sheet = trimmed(Sheet("", [row + [""] * (width - len(row)) for row in rows]))
    if not sheet.rows:
        raise SheetFault("表里没有内容。请确认表格已经保存，再选一次文件。")
    notes = [] if encoding == "UTF-8" else [f"文字编码是 {encoding}，已照样读取。"]
    return Workbook("csv", [sheet], notes)
