"""A small .xls (BIFF8 in a compound file) made by hand, since nothing here writes that format any more."""

import struct

SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def _record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def _text(row, column, text):
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def _cell(row, column, value):
    if isinstance(value, str):
        if value.startswith("#"):
            return _record(0x0205, struct.pack("<HHHBB", row, column, 0, 0x2A, 1))
        return _text(row, column, value)
    return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def stream(rows, more=b""):
    """The records of a workbook of one sheet; texts that begin with # become error values."""
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    name = "清单"
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != "":
                sheet += _cell(number, column, value)
    sheet += _record(0x0A)
    head = _record(0x0809, bof) + more
    length = len(head) + 4 + 8 + 2 * len(name) + 4
    head += _record(0x85, struct.pack("<IBBBB", length, 0, 0, len(name), 1) + name.encode("utf-16-le")) + _record(0x0A)
    return head + sheet


def compound(name, content, extra=()):
    """A compound file with one stream, and names of further empty entries."""
    content = content.ljust(max(4096, -(-len(content) // SECTOR) * SECTOR), b"\0")
    sectors = len(content) // SECTOR
    entries = [("Root Entry", 5, _END, 0), (name, 2, 2, len(content)), *((one, 1, _END, 0) for one in extra)]
    directory = b""
    for number in range(4):
        if number < len(entries):
            label, kind, start, size = entries[number]
            raw = label.encode("utf-16-le") + b"\0\0"
            child = 1 if number == 0 else _FREE
            right = number + 1 if 0 < number < len(entries) - 1 else _FREE
            directory += (raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, _FREE, right, child)
                          + bytes(36) + struct.pack("<II", start, size) + bytes(4))
        else:
            directory += bytes(66) + struct.pack("<BBIII", 0, 1, _FREE, _FREE, _FREE) + bytes(48)
    table = [_FAT, _END, *(number + 3 for number in range(sectors))]
    table[-1] = _END
    table += [_FREE] * (SECTOR // 4 - len(table))
    assert len(table) == SECTOR // 4, "one sector of the table holds 126 sectors of content"
    head = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
            + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0) + struct.pack("<I", 0))
    head = head.ljust(SECTOR, b"\xff")
    return head + struct.pack(f"<{len(table)}I", *table) + directory + content


def workbook(rows, more=b"", extra=()):
    """An .xls with one sheet."""
    return compound("Workbook", stream(rows, more), extra)
