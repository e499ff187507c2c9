"""Workbooks that we hand out: the template with drop-downs, and the bad rows with their reasons. Pure.

Everything written is a text that no program runs as a formula: one that begins like a formula gets a quote in front,
which reading takes off again.
"""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook as Book
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from matchplatform.imports.aliases import bare, names_of
from matchplatform.imports.fields import KINDS, Field, fields_of
from matchplatform.imports.filling import needed_later
from matchplatform.imports.layout import EXAMPLE, unit_of
from matchplatform.imports.mapping import Mapping
from matchplatform.imports.records import Context, Record, Row
from matchplatform.imports.sheets import MOST_ROWS, clean

REASON = "原因（改好后不用删这一列）"
SKIPPED = f"{EXAMPLE}（导入时会跳过）"
REQUIRED_MARK = "＊"
LATER = {"need": "提交前要有", "offering": "上架前要有"}  # in brackets behind a label, which reading takes off again
_LISTS = "选项"
_CREATOR = "社会组织助力乡村振兴对接平台"

_WIDTHS = {"text": 42, "line": 20, "lines": 34, "phone": 16, "uscc": 24, "day": 14, "moment": 18, "money": 14,
           "count": 12, "areas": 22, "category": 14, "choice": 16, "township": 16}
_FORMATS = {"day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm", "count": "0", "year": "0"}  # the others are texts
_NUMBERS = frozenset({"money", "yuan"})
_HEAD = PatternFill("solid", fgColor="1F4E79")
_HEAD_WANTED = PatternFill("solid", fgColor="9C2A10")
_HEAD_LATER = PatternFill("solid", fgColor="7F6000")
_GREY = Font(name="宋体", color="808080", italic=True)
_BAD = PatternFill("solid", fgColor="FBE3DC")
_LINE = Side(style="thin", color="BFBFBF")
_RIM = Border(_LINE, _LINE, _LINE, _LINE)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_CENTRED = Alignment(wrap_text=True, vertical="center", horizontal="center")


def safe(text: str) -> str:
    """A text that no program runs as a formula."""
    return f"'{text}" if text[:1] in tuple("=+-@＝＋－＠\t\r") else text


def template(kind: str, context: Context) -> bytes:
    """The .xlsx to fill in: a first row of labels (marked: what a draft requires, what handing in does), notes,
    drop-downs, one example row that reading skips, and a sheet 填表说明."""
    fields = [one for one in fields_of(kind).values() if one.template]
    book = Book()
    book.properties.creator = _CREATOR
    sheet = book.active
    sheet.title = KINDS[kind].label
    choices = _choices(fields, context)
    for number, one in enumerate(fields, 1):
        head = sheet.cell(1, number)
        when = _when(kind, one)
        _set(head, f"{one.label}{REQUIRED_MARK}" if one.required else f"{one.label}（{when}）" if when else one.label)
        head.font = Font(name="黑体", color="FFFFFF", bold=True)
        head.fill = _HEAD_WANTED if one.required else _HEAD_LATER if when else _HEAD
        head.alignment, head.border = _CENTRED, _RIM
        note = "".join(part for part in (f"{when}。" if when else "", one.help,
                                         f"例如：{one.example}" if one.example else ""))
        if note:
            head.comment = Comment(note, _CREATOR, height=110, width=260)
        example = sheet.cell(2, number)
        _set(example, SKIPPED if number == 1 else _example(one, choices))
        example.font, example.alignment = _GREY, _WRAPPED
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = _WIDTHS.get(one.type, 14)
        column.number_format = _FORMATS.get(one.type, "General" if one.type in _NUMBERS else "@")
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "B2"
    _drop_downs(book, sheet, fields, choices)
    _explain(book, kind, fields)
    book.move_sheet(book[_LISTS], len(book.sheetnames))
    return _saved(book)


def _when(kind: str, one: Field) -> str:
    """When a column must be filled in: at once, before handing in, or never ("")."""
    return "必填" if one.required else LATER[kind] if needed_later(kind, one.name) else ""


def _example(one: Field, choices: dict[str, list[str]]) -> str:
    """The field's example; of a list that is looked up, its first entry."""
    known = choices.get(one.name)
    return one.example if not known or one.example in known else known[0]


def _choices(fields: Iterable[Field], context: Context) -> dict[str, list[str]]:
    """What the drop-downs offer, by field."""
    lists: dict[str, list[str]] = {}
    for one in fields:
        if one.choices is not None:
            lists[one.name] = [choice.label for choice in one.choices]
        elif one.type == "category":
            lists[one.name] = [label for _, label in context.categories]
        elif one.type == "township":
            lists[one.name] = [label for code, label in context.townships
                               if not context.township_code or code == context.township_code]
        elif one.type == "yes_no":
            lists[one.name] = ["是", "否"]
        elif one.type == "rating":
            lists[one.name] = ["5A", "4A", "3A", "2A", "1A", "未评估"]
        elif one.type == "areas":
            lists[one.name] = ["全省", *(label for code, label in context.areas if not code.endswith("0000"))]
    return {name: texts for name, texts in lists.items() if texts}


def _drop_downs(book: Any, sheet: Any, fields: Sequence[Field], choices: dict[str, list[str]]) -> None:
    """Lists on a hidden sheet, and the cells that take from them; areas may be several, so they are only offered."""
    lists = book.create_sheet(_LISTS)
    lists.sheet_state = "hidden"
    for column, (name, texts) in enumerate(choices.items(), 1):
        for row, text in enumerate(texts, 1):
            _set(lists.cell(row, column), text)
        letter = get_column_letter(column)
        at = next(number for number, one in enumerate(fields, 1) if one.name == name)
        one = fields[at - 1]
        check = DataValidation("list", f"{_LISTS}!${letter}$1:${letter}${len(texts)}", allow_blank=True)
        check.errorTitle, check.error = "不在列表里", f"{one.label}请从列表里选。"
        check.errorStyle = "stop" if one.type in ("category", "choice", "yes_no", "rating") else "warning"
        check.showErrorMessage = one.type != "areas"
        check.promptTitle, check.prompt = one.label[:30], (one.help or "请从列表里选。")[:200]
        check.showInputMessage = True
        check.add(f"{get_column_letter(at)}2:{get_column_letter(at)}{MOST_ROWS + 1}")
        sheet.add_data_validation(check)


def _explain(book: Any, kind: str, fields: Sequence[Field]) -> None:
    """A sheet in words: how to fill in, and each column."""
    sheet = book.create_sheet("填表说明")
    what, later = KINDS[kind].label, LATER.get(kind, "")
    says = [f"怎样填：一行一条{what}，从第 3 行写起；第 2 行是示例，导入时会跳过，不用删。",
            "红色表头、带＊号的列必填，空着就导不进来。",
            *([f"黄褐色表头、写着“{later}”的列，可以空着先导入成草稿，{later[:-2]}再补。每行都一样的，"
               "例如联系人，导入时填一次就行。"] if later else []),
            "蓝色表头的列可以空着。",
            "列的先后可以换，用不到的列可以删；表头的字请不要改。",
            f"一次最多 {MOST_ROWS:,} 行。导入前会逐行检查，有错的行写明原因，可以改好再导入。",
            "同一份表再传一次，已经导入的不会重复。"]
    for number, text in enumerate(says, 1):
        _set(sheet.cell(number, 1), text)
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=4)
    start = len(says) + 2
    for column, text in enumerate(("列名", "什么时候要有", "怎么填", "例子"), 1):
        cell = sheet.cell(start, column)
        _set(cell, text)
        cell.font, cell.fill, cell.alignment = Font(name="黑体", color="FFFFFF"), _HEAD, _CENTRED
    for number, one in enumerate(fields, start + 1):
        for column, text in enumerate((one.label, _when(kind, one), one.help, one.example), 1):
            cell = sheet.cell(number, column)
            _set(cell, text)
            cell.alignment, cell.border = _WRAPPED, _RIM
    for letter, width in zip("ABCD", (26, 16, 56, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = f"A{start + 1}"


def faulty_rows(kind: str, header: Sequence[str], rows: Sequence[tuple[Record, Row]],
                mapping: Mapping | None = None) -> bytes:
    """The bad rows as they were typed, with a first column of reasons; can be handed in again as it is.

    `mapping` keeps a person's choice: a column whose label would be taken for something else is named after its field,
    and a column of money says its unit.
    """
    book = Book(write_only=True)
    book.properties.creator = _CREATOR
    sheet = book.create_sheet(f"{KINDS[kind].label}（要改的行）")
    labels = [REASON, *_labels(kind, header, mapping)]
    sheet.freeze_panes = "B2"
    for number in range(1, len(labels) + 1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width, column.number_format = 46 if number == 1 else 18, "@"
    sheet.append([_head(sheet, label) for label in labels])
    for record, row in rows:
        reasons = "\n".join(f"{fault.label}：{fault.sentence}" for fault in row.faults)
        bad = {fault.column for fault in row.faults}
        cells = list(record.cells)
        for column, other in record.shared.items():
            if column in bad:  # alone it would look as if it were this row's own
                cells[column] = f"与第 {other} 行合并"
        sheet.append([_cell(sheet, reasons, True), *(_cell(sheet, text, column in bad)
                                                     for column, text in enumerate(cells))])
        for _, more in record.more:
            sheet.append([_cell(sheet, "", False), *(_cell(sheet, text, False) for text in more)])
    return _saved(book)


def _labels(kind: str, header: Sequence[str], mapping: Mapping | None) -> list[str]:
    labels = list(header)
    known, names = fields_of(kind), names_of(kind)
    for column in mapping.columns if mapping else ():
        if column.index >= len(labels) or not column.field:
            continue
        one = known[column.field]
        label = labels[column.index]
        if names.get(bare(label)) != one.name:
            label = f"{one.label}（{label}）" if one.many and label else one.label
        if one.type in _NUMBERS and column.unit and unit_of(label) != column.unit:
            label = f"{bare(label)}（{column.unit}）"
        labels[column.index] = label
    return labels


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet)
    _set(cell, text)
    cell.font, cell.fill, cell.alignment = Font(name="黑体", color="FFFFFF", bold=True), _HEAD, _CENTRED
    return cell


def _cell(sheet: Any, text: str, bad: bool) -> Any:
    """A cell of text; the bad ones stand out. The others are plain, which ten thousand rows are the faster for."""
    if not bad:
        return safe(clean(text))[:32_767] or None
    cell = WriteOnlyCell(sheet)
    _set(cell, text)
    cell.number_format, cell.alignment, cell.fill = "@", _WRAPPED, _BAD
    return cell


def _set(cell: Any, text: str) -> None:
    """A text and nothing else, whatever it looks like."""
    plain = safe(clean(text))[:32_767]
    if plain:
        cell.value = plain
        cell.data_type = "s"


def _saved(book: Any) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


__all__ = ["REASON", "REQUIRED_MARK", "SKIPPED", "faulty_rows", "safe", "template"]
