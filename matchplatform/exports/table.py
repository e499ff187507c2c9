"""CSV as Chinese Excel opens it without asking: UTF-8 with a byte-order mark, CRLF, every text neutral."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from matchplatform.exports.layout import Column, text

BOM = "\ufeff"
AT_ONCE = 200  # rows that leave together


def rows(records: Iterable[Any], columns: Sequence[Column]) -> Iterator[bytes]:
    """The file piece by piece; the first piece carries the mark and the header."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    held.write(BOM)
    writer.writerow([column.title for column in columns])
    for n, record in enumerate(records, 1):
        writer.writerow([text(column, record) for column in columns])
        if n % AT_ONCE == 0:
            yield _taken(held)
    yield _taken(held)


def _taken(held: io.StringIO) -> bytes:
    piece = held.getvalue().encode("utf-8")
    held.seek(0)
    held.truncate()
    return piece
