"""An .xlsx looked through before anything opens it, and packed anew with only the parts that hold cells. Pure.

The reader decompresses what it is given and lays a sheet out as one block from its first cell to its last, so sizes,
counts and places are checked here, on what really comes out of the archive, and never on what the archive says of
itself. Macros, links to other files, pictures and hidden sheets are not in what is packed anew.
"""

import io
import posixpath
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from matchplatform.imports.sheets import MOST_AREA, SheetFault, refuse_large

MOST_PARTS = 2_000
MOST_UNPACKED = 160 * 1024 * 1024
MOST_RATIO = 200          # a sheet of repeated words packs some 60 to 1
_RATIO_FROM = 1024 * 1024
MOST_SHEETS = 60

_SAVE = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿”再上传。"
_BOMB = "这个文件解压后大得不正常，没有打开。请新建一个工作簿，只把要导入的表粘贴进去，另存为“Excel 工作簿”再上传。"
_BROKEN = f"文件不完整，读不出来。请重新下载或拷贝一次；还不行的话，{_SAVE}"
_MACRO = "这个工作簿带有宏，为了安全不接收。请用 Excel 或 WPS 打开，另存为“Excel 工作簿”再上传。"
_LOCKED = "文件加了密码，打不开。请在 Excel 或 WPS 里取消密码，保存后再上传。"


@dataclass(frozen=True)
class Part:
    """A sheet as the workbook lists it."""

    name: str
    path: str


@dataclass
class Scan:
    """What a sheet's own text says: `used` when any cell has a value; `area`: rows × columns up to the last; `told`:
    the text of cells (row, column from 0) whose value the reader would lose: formulas never computed, and errors."""

    used: bool = False
    area: int = 0
    told: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass
class Pack:
    """The workbook packed anew, and what is known of its sheets."""

    clean: bytes
    visible: list[Part]
    hidden: list[Part]
    scans: dict[str, Scan]


def look_through(data: bytes) -> Pack:
    """Check an archive and its sheets. Raises SheetFault."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _look_through(archive, data)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, expat.ExpatError,
            OSError, ValueError, KeyError, RuntimeError) as fault:
        raise SheetFault(_BROKEN) from fault


def _look_through(archive: zipfile.ZipFile, data: bytes) -> Pack:
    entries = archive.infolist()
    if len(entries) > MOST_PARTS:
        raise SheetFault(_BOMB)
    names = [one.filename for one in entries]
    _refuse_foreign(names)
    if any(one.flag_bits & 1 for one in entries):
        raise SheetFault(_LOCKED)
    if len(set(names)) != len(names):
        raise SheetFault(_BROKEN)
    unpacked = sum(one.file_size for one in entries)
    if unpacked > MOST_UNPACKED or any(one.file_size > max(_RATIO_FROM, MOST_RATIO * one.compress_size)
                                       for one in entries):
        raise SheetFault(_BOMB)
    if b"macroEnabled" in _take(archive, "[Content_Types].xml"):
        raise SheetFault(_MACRO)
    visible, hidden = _sheets(archive)
    if len({part.path for part in visible}) < len(visible):  # each would be walked through again
        raise SheetFault(_BROKEN)
    if len(visible) > MOST_SHEETS:
        raise SheetFault(f"工作簿里有 {len(visible)} 张工作表，最多 {MOST_SHEETS} 张。请只留下要导入的，另存后再上传。")
    scans: dict[str, Scan] = {}
    buffer = io.BytesIO()
    wanted = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
              "xl/sharedStrings.xml", "xl/styles.xml"} | {one.path for one in visible}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as anew:
        for name in names:
            if name not in wanted and not re.fullmatch(r"xl/(sharedStrings|styles)\.xml", name, re.IGNORECASE):
                continue
            content = _take(archive, name)
            for part in visible:
                if part.path == name:
                    scans[part.name] = scan_sheet(content, part.name)
            anew.writestr(name, content)
    if sum(scan.area for scan in scans.values()) > 2 * MOST_AREA:
        raise SheetFault("几张工作表加起来太大了。请只留下要导入的那一张，另存后再上传。")
    return Pack(buffer.getvalue(), visible, hidden, {part.name: scans[part.name] for part in visible})


def _refuse_foreign(names: list[str]) -> None:
    lower = {name.lower() for name in names}
    if any(name.endswith("vbaproject.bin") or "macrosheets/" in name for name in lower):
        raise SheetFault(_MACRO)
    if "xl/workbook.xml" in lower:
        return
    if "xl/workbook.bin" in lower:
        raise SheetFault(f"这是二进制的工作簿，读不了。{_SAVE}")
    if any(name.startswith("word/") for name in lower):
        raise SheetFault("这是 Word 文档，不是表格。请把里面的表复制到 Excel 或 WPS 表格里，"
                         "另存为“Excel 工作簿”再上传。")
    if any(name.startswith("ppt/") for name in lower):
        raise SheetFault("这是演示文稿，不是表格。请上传 Excel 表。")
    if "content.xml" in lower and "mimetype" in lower:
        raise SheetFault(f"这是 .ods 表格，读不了。{_SAVE}")
    raise SheetFault("这是压缩包，不是表格。请先解压，再上传里面的表格。")


def _take(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part's content, never more than the archive said of it; zipfile checks that it is this and no more."""
    with archive.open(name) as part:
        return part.read(MOST_UNPACKED + 1)


def _sheets(archive: zipfile.ZipFile) -> tuple[list[Part], list[Part]]:
    """The visible and the hidden sheets of cells, in order."""
    paths: dict[str, str] = {}

    def relation(name: str, has: dict[str, str]) -> None:
        if name == "Relationship" and has.get("Type", "").endswith("/worksheet"):
            target = has.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            paths[has.get("Id", "")] = path

    walk(_take(archive, "xl/_rels/workbook.xml.rels"), relation)
    visible: list[Part] = []
    hidden: list[Part] = []

    def sheet(name: str, has: dict[str, str]) -> None:
        path = paths.get(next((has[key] for key in has if key.split(":")[-1] == "id"), ""))
        if name == "sheet" and path:
            (visible if has.get("state", "visible") == "visible" else hidden).append(Part(has.get("name", ""), path))

    walk(_take(archive, "xl/workbook.xml"), sheet)
    return visible, hidden


def _parser(start: Any) -> Any:
    """An XML parser that knows no entities of the file's own."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        raise SheetFault(_BROKEN)

    parser.EntityDeclHandler = refuse
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    return parser


def walk(content: bytes, start: Any) -> None:
    """Call `start` with each element's local name and attributes."""
    _parser(lambda name, has: start(name.rpartition(":")[2], has)).Parse(content, True)


def place(reference: str) -> tuple[int, int]:
    """(row, column) from 0 of a reference like B12."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(reference[len(letters):]) - 1, column - 1


class _Scanner:
    """The state of one walk through a sheet's cells."""

    def __init__(self, sheet: str) -> None:
        self.sheet, self.scan = sheet, Scan()
        self.cells = 0
        self.row = self.column = -1
        self.last_row = self.last_column = -1
        self.error = False
        self.formula: str | None = None
        self.inside = ""
        self.value = ""
        self.parser = _parser(self.start)

    def start(self, tag: str, has: dict[str, str]) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "c":
            self.cells += 1
            if self.cells > 2 * MOST_AREA:  # empty ones count too: each has to be looked at
                raise SheetFault(_BOMB)
            self.close()
            where = has.get("r")
            if where:
                self.row, self.column = place(where)
            else:
                self.column += 1
            self.error = has.get("t") == "e"
        elif tag == "v" or tag == "is":
            self.mark()
            if self.formula is not None or self.error:
                self.listen("v")
        elif tag == "f":
            self.formula = ""
            self.listen("f")
        elif tag == "row":
            self.close()
            self.row, self.column = int(has["r"]) - 1 if "r" in has else self.row + 1, -1

    def mark(self) -> None:
        self.scan.used = True
        if self.row > self.last_row or self.column > self.last_column:
            self.last_row, self.last_column = max(self.row, self.last_row), max(self.column, self.last_column)
            refuse_large(self.sheet, self.last_row + 1, self.last_column + 1)
            self.scan.area = (self.last_row + 1) * (self.last_column + 1)

    def listen(self, tag: str) -> None:
        self.inside = tag
        self.parser.CharacterDataHandler = self.heard
        self.parser.EndElementHandler = self.end

    def heard(self, text: str) -> None:
        if self.inside == "v":
            self.value += text
        else:
            self.formula = (self.formula or "") + text

    def end(self, _tag: str) -> None:
        self.inside = ""
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None

    def close(self) -> None:
        """The cell is over: does the reader lose anything of it?"""
        if self.error or (self.formula is not None and not self.value):
            self.mark()
            told = self.value if self.error and self.value else f"={(self.formula or '')[:200]}"
            self.scan.told[self.row, self.column] = told
        self.error, self.formula, self.value = False, None, ""


def scan_sheet(content: bytes, name: str) -> Scan:
    """Walk a sheet's cells once: how far they reach, and what the reader would lose. Raises SheetFault."""
    scanner = _Scanner(name)
    scanner.parser.Parse(content, True)
    scanner.close()
    return scanner.scan
