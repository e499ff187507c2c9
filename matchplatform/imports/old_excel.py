"""An .xls looked through before the reader opens it, and packed anew with only the records that hold cells. Pure.

The file is a small file system (sectors chained by a table) with one stream of records, each a number, a length and a
body; a sheet is what stands between its BOF and EOF. The reader believes what a file says of itself (a chain that runs
in a circle, a sheet of four thousand million cells) and takes the memory for it, so it gets a stream whose records
were all looked at, in a file system that was written here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from matchplatform.imports.sheets import MOST_AREA, SheetFault, refuse_large

_SAVE = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿”再上传。"
_BROKEN = f"文件不完整，读不出来。{_SAVE}"
_MACRO = f"这个工作簿带有宏，为了安全不接收。{_SAVE}"
_LOCKED = "文件加了密码，打不开。请在 Excel 或 WPS 里取消密码，保存后再上传。"
_OLD = f"这是很旧的 Excel 格式，读不了。{_SAVE}"
_WORD = "这是 Word 文档，不是表格。请把里面的表复制到 Excel 或 WPS 表格里，另存为“Excel 工作簿”再上传。"

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
           0x2A: "#N/A"}
_BOF, _EOF, _FILEPASS, _SHEET, _FORMULA, _BOOLERR, _MULRK = 0x0809, 0x0A, 0x2F, 0x85, 0x06, 0x0205, 0xBD
_STRINGS = 0xFC
_SHORTEST = {0x0203: 14, 0x027E: 10, 0xFD: 10, 0x0204: 8, 0xD6: 8, _FORMULA: 22, _BOOLERR: 8, _MULRK: 12}  # cells
# What the reader gets besides cells: the frame, strings, formats, code page, dates' epoch, texts of formulas, merges.
_KEPT = frozenset({_BOF, _EOF, _SHEET, _STRINGS, 0x3C, 0x041E, 0xE0, 0x22, 0x42, 0x0207, 0xE5, *_SHORTEST})
_UNKNOWN = 0xFFF0          # a record by that number is passed over

_FREE = 0xFFFFFFFA         # from here on a sector number means something else
_END, _NONE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR = 4096             # of the file system written here

Told = dict[tuple[int, int], str]


@dataclass
class OldPack:
    """The workbook packed anew; for each sheet in order the texts of its error cells."""

    clean: bytes
    told: list[Told]


def look_through(data: bytes) -> OldPack:
    """Check a workbook and pack it anew. Raises SheetFault."""
    try:
        stream = bytearray(_stream(data))
        told = _records(stream)
    except (struct.error, IndexError, MemoryError, OverflowError) as fault:
        raise SheetFault(_BROKEN) from fault
    return OldPack(_compound(bytes(stream)), told)


def _stream(data: bytes) -> bytes:
    """The stream of records."""
    sector = 1 << min(struct.unpack_from("<H", data, 30)[0], 20)
    if sector not in (512, 4096):
        raise SheetFault(_BROKEN)
    table = _table(data, sector)
    streams: dict[str, tuple[int, int]] = {}
    directory = _chain(data, sector, table, struct.unpack_from("<I", data, 48)[0])
    for at in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at:at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        streams.setdefault(name, struct.unpack_from("<II", directory, at + 116))
    if "EncryptedPackage" in streams:
        raise SheetFault(_LOCKED)
    if "WordDocument" in streams:
        raise SheetFault(_WORD)
    if "_VBA_PROJECT_CUR" in streams or "_VBA_PROJECT" in streams:
        raise SheetFault(_MACRO)
    found = streams.get("Workbook")
    if found is None:
        raise SheetFault(_OLD if "Book" in streams else f"这不是表格，读不了。{_SAVE}")
    if found[1] < struct.unpack_from("<I", data, 56)[0]:  # kept among the small streams; no real workbook is so small
        raise SheetFault(_BROKEN)
    return _chain(data, sector, table, found[0])[:found[1]]


def _table(data: bytes, sector: int) -> list[int]:
    """Which sector follows which."""
    heads = [one for one in struct.unpack_from("<109I", data, 76) if one < _FREE]
    following, left = struct.unpack_from("<II", data, 68)
    while following < _FREE and left:
        part = struct.unpack_from(f"<{sector // 4}I", data, (following + 1) * sector)
        heads += [one for one in part[:-1] if one < _FREE]
        following, left = part[-1], left - 1
        if len(heads) * sector > len(data):
            raise SheetFault(_BROKEN)
    table: list[int] = []
    for head in heads:
        table += struct.unpack_from(f"<{sector // 4}I", data, (head + 1) * sector)
        if len(table) > len(data):
            raise SheetFault(_BROKEN)
    return table


def _chain(data: bytes, sector: int, table: list[int], first: int) -> bytes:
    """A stream's bytes; a chain that runs in a circle or outside the file is a broken file."""
    parts, size, at = [], 0, first
    while at < _FREE:
        part = data[(at + 1) * sector:(at + 2) * sector]
        size += sector
        if not part or size > len(data):
            raise SheetFault(_BROKEN)
        parts.append(part)
        at = table[at]
    return b"".join(parts)


def _walk(stream: bytearray) -> Iterator[tuple[int, int, int, int]]:
    """(where, kind, where its body is, length) of each record; records that the reader does not need are renamed."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if at + 4 + length > len(stream) or length > 8228:
            raise SheetFault(_BROKEN)
        if length < _SHORTEST.get(kind, 0):
            raise SheetFault(_BROKEN)
        if kind not in _KEPT and kind != _FILEPASS:
            struct.pack_into("<H", stream, at, _UNKNOWN)
        yield at, kind, at + 4, length
        at += 4 + length


def _records(stream: bytearray) -> list[Told]:
    """Look at every record; the told of each sheet. Formulas lose their text and keep their value."""
    depth = current = area = 0
    starts: list[int] = []
    told: dict[int, Told] = {}
    row = column = -1
    for at, kind, body, length in _walk(stream):
        if kind == _BOF:
            if struct.unpack_from("<H", stream, body)[0] != 0x0600:
                raise SheetFault(_OLD)
            depth += 1
            if depth == 1:
                current, row, column, told[at] = at, -1, -1, {}
        elif kind == _EOF:
            depth -= 1
        elif kind == _FILEPASS:
            raise SheetFault(_LOCKED)
        elif kind == _SHEET:
            starts.append(struct.unpack_from("<I", stream, body)[0])
        elif kind == _STRINGS and struct.unpack_from("<I", stream, body + 4)[0] > len(stream):
            raise SheetFault(_BROKEN)
        elif kind in _SHORTEST:
            at_row, at_column = struct.unpack_from("<HH", stream, body)
            last = struct.unpack_from("<H", stream, body + length - 2)[0] if kind == _MULRK else at_column
            if at_row > row or last > column:
                before = (row + 1) * (column + 1)
                row, column = max(at_row, row), max(last, column)
                refuse_large("", row + 1, column + 1)
                area += (row + 1) * (column + 1) - before
            error = _error(stream, kind, body)
            if error:
                told[current][at_row, at_column] = error
            if kind == _FORMULA:
                stream[body + 20:body + length] = bytes(length - 20)
    if area > 2 * MOST_AREA or any(start not in told for start in starts):
        raise SheetFault(_BROKEN)
    return [told[start] for start in starts]


def _error(stream: bytearray, kind: int, body: int) -> str:
    """The name of the error that a cell holds, or nothing."""
    if kind == _BOOLERR and stream[body + 7]:
        return _ERRORS.get(stream[body + 6], "#N/A")
    if kind == _FORMULA and stream[body + 6] == 2 and stream[body + 12:body + 14] == b"\xff\xff":
        return _ERRORS.get(stream[body + 8], "#N/A")
    return ""


def _compound(stream: bytes) -> bytes:
    """A file system with this one stream in it."""
    each = _SECTOR // 4
    sectors = max(1, -(-len(stream) // _SECTOR))
    tables = 1
    while tables * each < sectors + tables + 2:
        tables += 1
    first = tables + 2  # after the table, the directory and the small streams, of which there are none
    following = [_TABLE] * tables + [_END, _END] + [number + 1 for number in range(first, first + sectors)]
    following[-1] = _END
    following += [_NONE] * (tables * each - len(following))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 4, 0xFFFE, 12, 6, 1, tables, tables, 0, 4096, _END, 0, _END, 0, 0)
    head = head[:76] + struct.pack(f"<{tables}I", *range(tables))
    directory = (_entry("Root Entry", 5, 1, tables + 1, 0) + _entry("Workbook", 2, _NONE, first, max(len(stream), 4096))
                 ).ljust(_SECTOR, b"\0")
    return b"".join([head.ljust(76 + 4 * 109, b"\xff").ljust(_SECTOR, b"\0"),
                     struct.pack(f"<{len(following)}I", *following), directory,
                     bytes(_SECTOR), stream.ljust(sectors * _SECTOR, b"\0")])


def _entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return raw.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(raw), kind, 1, _NONE, _NONE, child, first, size)
