"""The law of text templates: what an outline looks like, what a template asks for, who keeps it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.core.rules import Verdict

MOST_LINES = 12
MOST_HINTS = 12
HEADINGS = ("现状", "已有条件", "还差什么", "当地能配合什么")
_SPLIT = re.compile(r"[|｜]")
_PROMPT = re.compile(r"[（(].*[）)]")
_WORDS = re.compile(r"[、,，/\s]+")


@dataclass(frozen=True)
class Hint:
    """A fact that readers of this kind of need ask for: asked unless one of `words` stands in the text."""

    words: tuple[str, ...]
    question: str
    example: str


@dataclass(frozen=True)
class UsualLine:
    """A thing usually needed; `quantity` is advice in words, e.g. 按就餐人数，四人一套."""

    item: str
    unit: str
    quantity: str = ""


def can_keep(actor: Any) -> Verdict:
    """The province keeps the templates."""
    if actor.role == "province_officer":
        return Verdict.yes()
    return Verdict.no("模板由省民政厅维护。", "想改哪一句，请联系省民政厅。")


def parse_hints(text: str) -> list[Hint]:
    """One hint a line: 词、词｜问句｜例句. Raises ValueError that names the line and says how to write it."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = [part.strip() for part in _SPLIT.split(line)]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"第 {number} 行要写成“词、词｜问句｜例句”三段，用竖线隔开。")
        words = tuple(word for word in _WORDS.split(parts[0]) if word)
        if not words:
            raise ValueError(f"第 {number} 行竖线前没有词：写上文中出现哪些词就不用再问。")
        found.append(Hint(words, parts[1], parts[2]))
    if len(found) > MOST_HINTS:
        raise ValueError(f"最多 {MOST_HINTS} 条，现在是 {len(found)} 条，请只留最要紧的。")
    return found


def written_hints(hints: Sequence[Hint]) -> str:
    """The hints as `parse_hints` reads them."""
    return "\n".join(f"{'、'.join(one.words)}｜{one.question}｜{one.example}" for one in hints)


def without_prompts(text: str) -> str:
    """A text without the lines that the outline put there to be written over: those wholly in brackets."""
    return "\n".join(line for line in text.splitlines() if not _PROMPT.fullmatch(line.strip()))


def empty_headings(text: str, headings: Sequence[str]) -> list[str]:
    """Which of the headings stand in a text with nothing after them before the next one or the end; a line that only
    prompts is nothing."""
    marks = {f"{one}{colon}": one for one in headings for colon in ":："}
    bare, open_heading = [], ""
    for row in (line.strip() for line in without_prompts(text).splitlines()):
        if row in marks:
            if open_heading:
                bare.append(open_heading)
            open_heading = marks[row]
        elif row:
            open_heading = ""
    return [*bare, open_heading] if open_heading else bare


def fitting(names: Sequence[str], text: str) -> int | None:
    """Which template's name is nearest to a text: the one most of whose pairs of characters stand in it; None when
    less than half of any do."""
    best, best_share = None, 0.0
    for number, name in enumerate(names):
        pairs = {name[i:i + 2] for i in range(len(name) - 1)}
        share = sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
        if share >= 0.5 and share > best_share:
            best, best_share = number, share
    return best
