"""What changed between two versions, field by field, and how each value is read. Plain Python.

A snapshot is a mapping of field names to plain values: text, whole numbers, truth values, None, dates as 2026-01-05,
moments as ISO text with their zone, lists of text, and need lines as lists of
{item, quantity, unit, unit_price_fen}.
"""

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matchplatform.core import clock, money

NONE = "没有填"
_TOKEN = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+")
_MOST_TOKENS = 600  # longer passages are shown as gone and new whole: comparing them token by token costs too much
_LONG = 300         # characters that are read at a glance
_CLAUSES = {"bian": "编", "zhang": "章", "jie": "节", "tiao": "条", "bufen": "部分", "xiang": "项",
            "mu": "目", "dian": "点"}
_SHORT = 2          # unchanged runs this short between two changes only make the reading harder

Values = Mapping[str, Any]
Namer = Callable[[str], str]


@dataclass(frozen=True)
class Field:
    """A field of a record's kind: its name in the snapshot, its label, and how its value is read.

    `how`: line, text (long, compared word by word), wan (分), count, year, day, moment, flag, lines, clause, or the
    name of one of the `Names`. `choices` turn stored values into words. `is_public`: it stands on the public page.
    """

    name: str
    label: str
    how: str = "line"
    choices: Mapping[str, str] = field(default_factory=dict)
    is_public: bool = True
    unit: str = ""


@dataclass(frozen=True)
class Names:
    """How codes of other tables are called now: region code -> place, category code -> name."""

    place: Namer = str
    category: Namer = str


@dataclass(frozen=True)
class Piece:
    """A run of text: `mark` is same, gone or new."""

    text: str
    mark: str


@dataclass(frozen=True)
class LineChange:
    """One line of a need in both versions, as read; None on the side where it is not there."""

    item: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Difference:
    """One field that differs: both values as stored and as read, with what is particular to texts and lines."""

    field: Field
    before: Any
    after: Any
    was: str
    is_now: str
    pieces: tuple[Piece, ...] = ()
    lines: tuple[LineChange, ...] = ()

    @property
    def label(self) -> str:
        return self.field.label

    @property
    def brief(self) -> tuple[Piece, ...]:
        """The marked text for reading: of a long one only what stands around the changes."""
        return shortened(self.pieces) if sum(len(one.text) for one in self.pieces) > _LONG else self.pieces


def differences(fields: Sequence[Field], before: Values, after: Values, names: Names) -> list[Difference]:
    """The fields that differ, in the fields' order; a field that one side does not know counts as empty there."""
    found = []
    for one in fields:
        old, new = before.get(one.name), after.get(one.name)
        if old == new or (_is_empty(old) and _is_empty(new)):
            continue
        found.append(Difference(
            one, old, new, shown(one, old, names), shown(one, new, names),
            compare_texts(old or "", new or "") if one.how == "text" else (),
            compare_lines(old or [], new or []) if one.how == "lines" else ()))
    return found


def applied(before: Values, changes: Sequence[Difference]) -> dict[str, Any]:
    """The snapshot after the changes."""
    return {**before, **{one.field.name: one.after for one in changes}}


def undone(after: Values, changes: Sequence[Difference]) -> dict[str, Any]:
    """The snapshot before the changes."""
    return {**after, **{one.field.name: one.before for one in changes}}


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def shown(one: Field, value: Any, names: Names) -> str:
    """A stored value as people read it."""
    if _is_empty(value):
        return NONE
    if one.choices:
        return one.choices.get(value, str(value))
    match one.how:
        case "wan":
            return f"{money.in_wan(value)} 万元"
        case "count":
            return f"{value:,}{f' {one.unit}' if one.unit else ''}"
        case "day":
            return _day(dt.date.fromisoformat(value))
        case "moment":
            at = clock.local(dt.datetime.fromisoformat(value))
            return f"{_day(at.date())} {at:%H:%M}"
        case "clause":
            return _clause(value)
        case "flag":
            return "是" if value else "否"
        case "category":
            return names.category(value)
        case "place":
            return names.place(value)
        case "places":
            return "、".join(names.place(code) for code in value)
        case "lines":
            return "；".join(f"{line['item']} {_quantity(line)}" for line in value)
        case _:
            return str(value)


def _clause(anchor: str) -> str:
    """The anchor of a document's clause (bufen-2-xiang-3) in words: 第2部分第3项."""
    steps = re.findall(r"([a-z]+)-(\d+)", anchor)
    return "".join(f"之{number}" if word == "zhi" else f"第{number}{_CLAUSES.get(word, '')}" for word, number in steps)


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _quantity(line: Mapping[str, Any]) -> str:
    """3 套，每套 3,800 元."""
    price = line.get("unit_price_fen") or 0
    return f"{line['quantity']:,} {line['unit']}" + (f"，单价 {money.in_yuan(price)} 元" if price else "")


def _keyed(lines: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], str]:
    """Lines by what is needed; of two with the same name the first, the second …"""
    seen: dict[str, int] = {}
    rows = {}
    for line in lines:
        seen[line["item"]] = seen.get(line["item"], 0) + 1
        rows[line["item"], seen[line["item"]]] = _quantity(line)
    return rows


def compare_lines(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> tuple[LineChange, ...]:
    """Every line of both versions by item, in the new order, those that went at the end."""
    old, new = _keyed(before), _keyed(after)
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(LineChange(key[0], old.get(key), new.get(key)) for key in keys)


def compare_texts(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts as runs of what stayed, went and came.

    Sentences first, then the words inside those that differ. Same and gone runs joined are the text before, same
    and new runs joined the text after.
    """
    pieces: list[tuple[str, str]] = []
    old, new = _SENTENCE.findall(before), _SENTENCE.findall(after)
    for gone, came in _blocks(old, new):
        if gone == came:
            pieces.append(("same", gone))
        else:
            pieces += _compare_words(gone, came)
    return tuple(_joined(_calmed(_merged(pieces))))


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of runs that correspond, in order."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        yield "".join(old[a:b]), "".join(new[c:d])


def _compare_words(gone: str, came: str) -> list[tuple[str, str]]:
    old, new = _TOKEN.findall(gone), _TOKEN.findall(came)
    if len(old) > _MOST_TOKENS or len(new) > _MOST_TOKENS:
        return [("gone", gone), ("new", came)]
    pieces = []
    for left, right in _blocks(old, new):
        pieces += [("same", left)] if left == right else [("gone", left), ("new", right)]
    return pieces


def _merged(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without empty runs; neighbours of one kind are one run."""
    rows: list[tuple[str, str]] = []
    for mark, text in pieces:
        if not text:
            continue
        if rows and rows[-1][0] == mark:
            rows[-1] = (mark, rows[-1][1] + text)
        else:
            rows.append((mark, text))
    return rows


def _calmed(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """A short unchanged run between two changes goes with them: a reader wants phrases, not confetti."""
    rows: list[tuple[str, str]] = []
    for i, (mark, text) in enumerate(pieces):
        inside = 0 < i < len(pieces) - 1
        if mark == "same" and inside and len(text) <= _SHORT and "\n" not in text:
            rows += [("gone", text), ("new", text)]
        else:
            rows.append((mark, text))
    return rows


def _joined(pieces: Sequence[tuple[str, str]]) -> list[Piece]:
    """Between two unchanged runs: first all that went, then all that came."""
    rows: list[Piece] = []
    gone, new = "", ""
    for mark, text in [*pieces, ("same", "")]:
        if mark == "gone":
            gone += text
        elif mark == "new":
            new += text
        else:
            rows += [Piece(run, kind) for run, kind in ((gone, "gone"), (new, "new"), (text, "same")) if run]
            gone, new = "", ""
    return rows


def shortened(pieces: Sequence[Piece], around: int = 24) -> tuple[Piece, ...]:
    """For reading only: long unchanged runs cut to some characters beside the changes."""
    rows = []
    for i, piece in enumerate(pieces):
        text = piece.text
        if piece.mark == "same" and len(text) > 2 * around + 8:
            head = text[:around] if i else ""
            tail = text[-around:] if i < len(pieces) - 1 else ""
            text = f"{head}……{tail}"
        rows.append(Piece(text, piece.mark))
    return tuple(rows)


def labels(changes: Sequence[Difference]) -> str:
    """要办的事、受益人数: what changed, in a phrase."""
    return "、".join(one.label for one in changes)
