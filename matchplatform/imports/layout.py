"""Where the list is in a sheet: the header among titles and notes, the rows of data, what is left out. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from matchplatform.imports.aliases import COUNTERS, all_names, bare, half_width, names_of
from matchplatform.imports.sheets import Sheet, SheetFault, Workbook

LOOKED_AT = 40      # rows in which a header is looked for
DEEPEST = 3         # rows that a header may have
JOINT = "·"         # between a group and its part: 资金（万元）·缺口
EXAMPLE = "示例"

_NO_HEADER = ("没有找到表头。请在表里留一行列名，例如“项目名称、帮扶领域、乡镇、要办的事”，一行数据占一行；"
              "也可以下载模板，把内容粘贴进去。")
_NO_ROWS = "只有表头，下面还没有内容。请填好后保存，再上传。"
_TOTAL = re.compile(r"^(本页|全县|全市|各项|项目)?(合计|小计|总计|共计|累计|总合计)[:：]?")
_NOTE = re.compile(r"^(注|备注|说明|填表说明|填报说明|注意|附注|填表人|填报人|制表人?|审核人?|审批人?|复核人?|"
                   r"单位负责人|分管领导|主要负责人|填报日期|填表日期|填报时间|填报单位|联系人|联系电话|盖章|单位[(（]?盖章|日期)"
                   r"\s*[(（]?[^:：]{0,6}[)）]?\s*[:：]")
_HEADING = re.compile(r"^([一二三四五六七八九十]+\s*[、.．]|[(（][一二三四五六七八九十\d]+[)）])")
_NUMBER = re.compile(r"^[+-]?[\d,]+(\.\d+)?%?$")
_MONEY_LINE = re.compile(r"单位\s*[:：]\s*(人民币)?\s*(万元|元)")
_WAN, _YUAN = re.compile(r"万\s*元?|w元"), re.compile(r"[(/\[【:：]\s*(人民币)?元|元\s*[)/\]】]|元$")


@dataclass
class Layout:
    """A sheet understood.

    `header`: one label a column (two-row headers joined: 资金（万元）·缺口); `units`: 万元, 元 or "" a column, from the
    header or a line 单位：万元 above it; `rows`: the numbers (from 0) of the rows of data; `left_out`: (number from 1,
    sentence) of totals, notes, repeated headers; `filled`: for (row, column) that a vertical merge fills, the row (from
    0) whose text it is; `cells`: the sheet's rows with merged cells filled.
    """

    title: str
    first_header: int
    last_header: int
    header: list[str]
    units: list[str]
    rows: list[int]
    left_out: list[tuple[int, str]] = field(default_factory=list)
    filled: dict[tuple[int, int], int] = field(default_factory=dict)
    cells: list[list[str]] = field(default_factory=list)

    def sample(self, most: int = 50) -> list[list[str]]:
        """The first rows of data, for propose_mapping."""
        return [self.cells[number] for number in self.rows[:most]]


@dataclass(frozen=True)
class _Header:
    score: float
    known: int
    first: int
    last: int
    labels: tuple[str, ...]


def find_layout(sheet: Sheet, kind: str | None = None) -> Layout:
    """The list in a sheet; `kind` (need, offering, organization) makes its labels count more. Raises SheetFault."""
    header = _header(sheet, kind)
    if header is None:
        raise SheetFault(_NO_HEADER)
    above = [text for row in sheet.rows[:header.first] for text in row if text]
    common = next((found[2] for text in above if (found := _MONEY_LINE.search(text))), "")
    titles = [text for text in above if not _MONEY_LINE.search(text)]
    layout = Layout(next((text for text in titles if len(text) > 5), titles[0] if titles else ""), header.first,
                    header.last, list(header.labels), [unit_of(label) or common for label in header.labels], [],
                    cells=sheet.rows)
    _fill(sheet, layout)
    _sort_rows(sheet, layout)
    if not layout.rows:
        raise SheetFault(_NO_ROWS)
    return layout


def layout_in(sheets: Sequence[Sheet], number: int, header_row: int | None, kind: str) -> Layout:
    """The list in one of the sheets. A header row that a person chose is looked for from there on: what stands above
    counts as blank. Raises SheetFault."""
    sheet = sheets[min(number, len(sheets) - 1)]
    above = min((header_row or 1) - 1, len(sheet.rows))
    if above:
        blank = [""] * sheet.width
        sheet = Sheet(sheet.name, [*([blank] * above), *sheet.rows[above:]],
                      [one for one in sheet.merged if one[0] >= above])
    return find_layout(sheet, kind)


def choose_sheet(workbook: Workbook, kind: str | None = None) -> int:
    """The number of the sheet that looks most like a list of the kind; the first one when none does."""
    best, most = 0, 0.0
    for number, sheet in enumerate(workbook.sheets):
        header = _header(sheet, kind)
        if header is not None and len(sheet.rows) > header.last + 1:
            score = header.score + min(len(sheet.rows), 200) / 400
            if score > most:
                best, most = number, score
    return best


def unit_of(label: str) -> str:
    """The unit of money that a label names: 万元, 元 or nothing."""
    text = half_width(label)
    if _WAN.search(text):
        return "万元"
    return "元" if _YUAN.search(text) and not text.endswith(("单元", "多元")) else ""


def _header(sheet: Sheet, kind: str | None) -> _Header | None:
    """The likeliest header: most labels that are known, then the earliest, then the lowest."""
    best: _Header | None = None
    for first in range(min(LOOKED_AT, len(sheet.rows))):
        for depth in range(1, DEEPEST + 1):
            if first + depth > len(sheet.rows):
                break
            one = _judge(sheet, first, depth, kind)
            if one is not None and (best is None or one.score > best.score + 0.01):
                best = one
    return best


def _judge(sheet: Sheet, first: int, depth: int, kind: str | None) -> _Header | None:
    """What speaks for rows first … first + depth − 1 being the header; None when they cannot be."""
    labels = _labels(sheet, first, depth)
    if labels is None:
        return None
    names = names_of(kind) if kind else {}
    known = own = 0
    plain = 0
    for label in labels:
        if not label:
            continue
        said = _spellings(label)
        if any(one in names for one in said):
            own += 1
        if any(one in all_names() for one in said):
            known += 1
        elif len(label) > 25 or _NUMBER.match(label) or re.search(r"\d{5}|[。；;]|\d{4}[年.-]", label):
            plain -= 1
        else:
            plain += 1
    filled = sum(1 for label in labels if label)
    if filled < 2 or plain + known <= filled // 2:
        return None
    if known < 2 and (filled < 3 or plain + known < filled or depth > 1):
        return None
    return _Header(3.0 * known + own + 0.1 * plain - 0.2 * depth, known, first, first + depth - 1, tuple(labels))


def _spellings(label: str) -> list[str]:
    """The bare names that a label may be known by: its last part, and all parts together."""
    parts = label.split(JOINT)
    return [bare(parts[-1]), bare("".join(re.sub(r"[(（].*?[)）]", "", part) for part in parts)), bare(label)]


def _labels(sheet: Sheet, first: int, depth: int) -> list[str] | None:
    """One label a column of a header of some rows; None when those rows do not hang together."""
    rows = [list(row) for row in sheet.rows[first:first + depth]]
    last = first + depth - 1
    joined = False
    for r1, c1, r2, c2 in sheet.merged:
        if r1 < first or r1 > last or not rows[r1 - first][c1:c1 + 1]:
            continue
        if r2 > last and c1 == c2 and depth == 1:
            continue  # the lower rows are looked at with a greater depth
        text = rows[r1 - first][c1]
        joined = joined or r2 > r1
        for column in range(c1, min(c2 + 1, len(rows[0]))):
            if r1 < last:  # a group stands over each of its parts
                rows[r1 - first][column] = text
    if depth > 1 and not joined and not any(_grouped(rows, at) for at in range(depth - 1)):
        return None
    labels = []
    for column in range(sheet.width):
        parts: list[str] = []
        for row in rows:
            text = re.sub(r"\s*\n\s*", "", row[column])
            if text and text not in parts:
                parts.append(text)
        labels.append(JOINT.join(parts))
    return labels


def _grouped(rows: list[list[str]], at: int) -> bool:
    """Without merged cells, as in a CSV: is a row of groups over a row of parts (each fills the other's blanks)?"""
    upper, lower = rows[at], rows[at + 1]
    if not any(a and not b for a, b in zip(upper, lower, strict=True)):
        return False
    if not any(b and not a for a, b in zip(upper, lower, strict=True)):
        return False
    group = ""
    for column, (a, b) in enumerate(zip(upper, lower, strict=True)):
        group = a or group
        if b and not a:
            upper[column] = group  # the group's name goes on to the right
    return True


def _fill(sheet: Sheet, layout: Layout) -> None:
    """Vertically merged cells below the header say the same in each of their rows."""
    copied: set[int] = set()
    cells = list(sheet.rows)
    for r1, c1, r2, _c2 in sheet.merged:
        if r1 <= layout.last_header or r2 == r1 or r1 >= len(cells) or c1 >= sheet.width:
            continue
        text = cells[r1][c1]
        if not text:
            continue
        for row in range(r1 + 1, min(r2 + 1, len(cells))):
            if row not in copied:
                cells[row] = list(cells[row])
                copied.add(row)
            cells[row][c1] = text
            layout.filled[row, c1] = r1
    layout.cells = cells


def _sort_rows(sheet: Sheet, layout: Layout) -> None:
    """Data here, what is left out there."""
    wide = {r1 for r1, c1, r2, c2 in sheet.merged if c2 - c1 >= 2 and r1 == r2}
    counting = _counting(layout)
    headers = [sheet.rows[number] for number in range(layout.first_header, layout.last_header + 1)]
    for number in range(layout.last_header + 1, len(sheet.rows)):
        raw = sheet.rows[number]
        filled = [(column, text) for column, text in enumerate(raw) if text]
        if not filled:
            continue
        sentence = _why_not(filled, number in wide, counting, sheet.width)
        if not sentence and raw in headers:
            sentence = "重复的表头。"
        if not sentence and number == layout.last_header + 1 and _is_counter_row([text for _, text in filled]):
            sentence = "栏次，不是数据。"
        if sentence:
            layout.left_out.append((number + 1, sentence))
        else:
            layout.rows.append(number)


def _counting(layout: Layout) -> int:
    """The column of counting numbers, or −1."""
    return next((number for number, label in enumerate(layout.header) if bare(label) in COUNTERS), -1)


def _why_not(filled: Sequence[tuple[int, str]], wide: bool, counting: int, width: int) -> str:
    """Why a row is no data, in a sentence; empty when it is."""
    column, first = filled[0]
    squeezed = re.sub(r"\s", "", first)
    if first.startswith((EXAMPLE, f"（{EXAMPLE}", f"({EXAMPLE}", f"【{EXAMPLE}")):
        return "示例行，已跳过。"
    if any(_TOTAL.fullmatch(re.sub(r"\s", "", text)) for _, text in filled[:4]) or (
            _TOTAL.match(squeezed) and (wide or all(_NUMBER.match(text) for _, text in filled[1:]))):
        return "合计行，不是数据。"
    if _NOTE.match(first) and (len(filled) <= 4 or wide):
        return f"说明：{first[:40]}"
    if len(filled) == 1 and width > 2 and (wide or column == counting or _HEADING.match(first)):
        return f"小标题或说明：{first[:40]}"
    return ""


def _is_counter_row(row: Sequence[str]) -> bool:
    """甲 乙 1 2 3 under a header: the columns' numbers."""
    numbers = [int(text.strip("()（）")) for text in row if re.fullmatch(r"[(（]?\d{1,2}[)）]?", text)]
    others = [text for text in row if text and not re.fullmatch(r"[(（]?\d{1,2}[)）]?|[甲乙丙丁戊]", text)]
    return not others and len(numbers) >= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
