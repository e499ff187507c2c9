"""A list read before anything of it is written: while a large sheet is gone through, nobody waits for our lock."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from matchplatform.imports.layout import Layout, layout_in
from matchplatform.imports.mapping import Mapping, propose_mapping
from matchplatform.imports.models import Import, packed, unpacked
from matchplatform.imports.rows import Context, Record, Row, gather, mark_doubles, parse_row
from matchplatform.imports.sheets import Sheet, SheetFault, Workbook

NO_HEADER = "还没有找到表头，请先选工作表和表头所在的行。"


@dataclass(frozen=True)
class Proposed:
    """A file that was read: what is kept of its sheets, and what its columns most likely mean if there is a list."""

    kept: str
    mapping: Mapping | None


@dataclass(frozen=True)
class Checked:
    """The records of a list; `rows` is empty where they were too many to be checked at once. `mark` says by which
    columns."""

    mark: str
    records: list[Record]
    rows: list[Row]


@dataclass(frozen=True)
class Ahead:
    """Everything that reading an import's list wants of the database."""

    number: int
    kind: str
    kept: str | None
    sheet: int
    header_row: int | None
    mapping: Mapping | None
    context: Context

    @cached_property
    def sheets(self) -> list[Sheet]:
        """The sheets as they were read; none once the first rows are in."""
        return [Sheet(one["name"], one["rows"], [tuple(merged) for merged in one["merged"]])
                for one in unpacked(self.kept)] if self.kept is not None else []

    def layout(self, sheet: int | None = None, header_row: int | None = None) -> Layout:
        """The list in the chosen sheet, or in another one. Raises SheetFault."""
        if sheet is None:
            sheet, header_row = self.sheet, self.header_row
        return layout_in(self.sheets, sheet, header_row, self.kind)

    def proposed(self, sheet: int, header_row: int | None) -> Mapping:
        """What the columns of the list in another sheet most likely mean. Raises SheetFault."""
        return _proposed(self.layout(sheet, header_row), self.kind)

    def checked(self, mapping: Mapping, most: int | None = None) -> Checked:
        """The records by these columns, each checked where there are at most so many. Raises SheetFault."""
        records = gather(self.layout(), mapping)
        few = most is None or len(records) <= most
        rows = checked_rows(records, mapping, self.kind, self.context) if few else []
        return Checked(mark_of(self.sheet, self.header_row, as_text(mapping)), records, rows)


def propose(kind: str, workbook: Workbook, sheet: int) -> Proposed:
    """What a new import begins with."""
    kept = packed([{"name": one.name, "rows": one.rows, "merged": one.merged} for one in workbook.sheets])
    try:
        return Proposed(kept, _proposed(layout_in(workbook.sheets, sheet, None, kind), kind))
    except SheetFault:  # no list there: a person looks for it
        return Proposed(kept, None)


def _proposed(layout: Layout, kind: str) -> Mapping:
    return propose_mapping(layout.header, layout.sample(), kind, layout.units)


def checked_rows(records: Sequence[Record], mapping: Mapping, kind: str, context: Context) -> list[Row]:
    """Every record checked, doubles marked."""
    rows = [parse_row(mapping, one, kind, context) for one in records]
    mark_doubles(rows)
    return rows


def as_text(mapping: Mapping) -> str:
    """As it is stored."""
    return json.dumps(mapping.as_data(), ensure_ascii=False)


def mark_of(sheet: int, header_row: int | None, mapping_text: str) -> str:
    """What two readings of one file share that go by the same columns."""
    return hashlib.sha256(json.dumps([sheet, header_row, mapping_text]).encode()).hexdigest()


def mark_in(item: Import) -> str:
    """By which columns the import's rows are to be judged now."""
    return mark_of(item.sheet, item.header_row, item.mapping_json)
