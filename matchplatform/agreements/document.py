"""Blocks as a .docx in the manner of GB/T 9704: A4, its margins, its typefaces. The same blocks give the same bytes."""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

SONG, FANG, HEI, KAI = "方正小标宋简体", "仿宋", "黑体", "楷体"
WESTERN = "Times New Roman"
BODY, TITLE = 16, 22
_SPACING = Pt(28)
_INDENT = Pt(BODY * 2)  # two characters
_FACES = {"heading": HEI, "part": KAI}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip knows; when it was made is no part of the file
_BORN = dt.datetime(2000, 1, 1)


def docx_bytes(blocks: Sequence[list[Any]], title: str, footer: str) -> bytes:
    """The file; `footer` stands small on every page beside its number (the text's hash, so that a page can be told)."""
    document = Document()
    _page(document)
    for kind, inner in blocks:
        (_table if kind == "table" else _paragraph)(document, kind, inner)
    _foot(document, footer)
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title, "", ""
    properties.created = properties.modified = _BORN
    properties.comments = ""
    made = io.BytesIO()
    document.save(made)
    return _without_time(made.getvalue())


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    _face(document.styles["Normal"], FANG, BODY)
    for language in document.styles.element.iter(qn("w:lang")):  # or commas and colons are set as in Taiwan
        language.set(qn("w:eastAsia"), "zh-CN")


def _face(owner: Any, face: str, size: float) -> None:
    """Typeface and size of a style or a run; Chinese letters take theirs from eastAsia."""
    owner.font.name, owner.font.size = WESTERN, Pt(size)
    fonts = owner.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), face)
    fonts.set(qn("w:hAnsi"), WESTERN)


def _spaced(paragraph: Any, indent: bool) -> Any:
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, _SPACING
    if indent:
        shape.first_line_indent = _INDENT
    return paragraph


def _paragraph(document: Any, kind: str, text: str) -> None:
    if kind == "sign":
        _signature(document, text)
        return
    paragraph = _spaced(document.add_paragraph(), kind in ("text", "heading", "part"))
    _face(paragraph.add_run(text), SONG if kind == "title" else _FACES.get(kind, FANG),
          TITLE if kind == "title" else BODY)
    if kind == "title":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.line_spacing = Pt(34)
    if kind == "number":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if kind in ("heading", "part"):
        paragraph.paragraph_format.keep_with_next = True


def _signature(document: Any, text: str) -> None:
    """Place for a stamp and a name: the lines stay together, with room above."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        paragraph = _spaced(document.add_paragraph(), False)
        paragraph.paragraph_format.keep_with_next = at < len(lines) - 1
        paragraph.paragraph_format.keep_together = True
        if not at:
            paragraph.paragraph_format.space_before = Pt(28)
        _face(paragraph.add_run(line), FANG, BODY)


def _table(document: Any, _kind: str, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]))
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    # The printed width is 156 mm; the second column takes what the numbers leave.
    narrow = 28 if all(len(text) <= 6 for row in rows for text in row[2:]) else 46
    widths = [Mm(18), Mm(156 - 18 - narrow * (len(rows[0]) - 2)), *[Mm(narrow)] * (len(rows[0]) - 2)]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for at, row in enumerate(rows):
        cells = table.add_row().cells
        for cell, width, text in zip(cells, widths, row, strict=True):
            cell.width = width
            paragraph = _spaced(cell.paragraphs[0], False)
            paragraph.paragraph_format.line_spacing = Pt(22)
            paragraph.alignment = None if cell is cells[1] and at else WD_ALIGN_PARAGRAPH.CENTER
            _face(paragraph.add_run(text), FANG if at else HEI, 14)
    head = table.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))


def _foot(document: Any, text: str) -> None:
    """— 1 — in the middle, and below it what tells the page."""
    footer = document.sections[0].footer
    paragraph = footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for piece in ("— ", "PAGE", " —"):
        run = paragraph.add_run("" if piece == "PAGE" else piece)
        _face(run, "宋体", 14)
        if piece == "PAGE":
            for kind in ("begin", "", "end"):
                run._r.append(_field(kind))
    small = footer.add_paragraph()
    small.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _face(small.add_run(text), FANG, 8)


def _field(kind: str) -> Any:
    if not kind:
        made = OxmlElement("w:instrText")
        made.set(qn("xml:space"), "preserve")
        made.text = "PAGE"
        return made
    made = OxmlElement("w:fldChar")
    made.set(qn("w:fldCharType"), kind)
    return made


def _without_time(data: bytes) -> bytes:
    """The same archive with every entry at one fixed time."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for one in source.infolist():
            entry = zipfile.ZipInfo(one.filename, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            entry.create_system = 3
            target.writestr(entry, source.read(one))
    return made.getvalue()
