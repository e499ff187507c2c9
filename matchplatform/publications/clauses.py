"""The clauses of a document's text: chapters, articles, 一、（一）1.（1）, each with an anchor that stays. Pure.

An anchor is made of the clause's own number and of those it stands under (bufen-2-xiang-3-mu-7), never of its place:
an added paragraph or a corrected word moves no citation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_NUMERAL = "〇零一二三四五六七八九十百千两"
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
LONGEST_TITLE = 30
LONGEST_HEADING = 40

# kind -> its word in an anchor and how deep it stands; a clause ends with the next one that stands no deeper.
KINDS = {"part": ("bian", 0), "chapter": ("zhang", 1), "section": ("jie", 2), "article": ("tiao", 3),
         "heading": ("bufen", 3), "item": ("xiang", 4), "point": ("mu", 5), "detail": ("dian", 6)}
# An article counts through the whole document: its anchor names nothing above it.
_ALONE = frozenset({"part", "article"})

_STRUCTURE = re.compile(rf"第([{_NUMERAL}]{{1,7}}|\d{{1,4}})([编章节])(?=[\s　]|$|[^的规所中至、和与到及或第，。；])")
_ARTICLE = re.compile(rf"第([{_NUMERAL}]{{1,7}}|\d{{1,4}})条(?:之([{_NUMERAL}]{{1,3}}))?"
                      r"(?=[\s　：:]|$|[^的规所中至、和与到及或第，。；])")
_HEADING = re.compile(rf"([{_NUMERAL}]{{1,4}})、")
_ITEM = re.compile(rf"[（(]([{_NUMERAL}]{{1,4}})[）)]、?")
_POINT = re.compile(r"(\d{1,3})(?:[.．](?!\d)|、)")
_DETAIL = re.compile(r"[（(](\d{1,3})[）)]、?")


@dataclass(frozen=True)
class Block:
    """A line of the document. A clause has an `anchor` (unique), its `label` as written (第三条, （一）, 7.) and its
    `path`, the whole way down to it in words; a plain paragraph has none of them. `text` is what follows the label.

    `is_heading`: it stands alone as a title and is not a sentence of its own. `depth` 0–6, 7 for paragraphs.
    """

    kind: str
    text: str
    label: str = ""
    anchor: str = ""
    path: str = ""
    depth: int = 7
    is_heading: bool = False

    @property
    def title(self) -> str:
        """Its first words, for a table of contents."""
        first = re.split(r"[。；：\n]", self.text, maxsplit=1)[0].strip()
        return first if len(first) <= LONGEST_TITLE else f"{first[:LONGEST_TITLE - 1]}…"


def numeral(text: str) -> int | None:
    """三百二十一 or 〇 or 12 as a number below 10,000; None when it is none."""
    text = text.translate(_WIDE)
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(c not in _DIGITS and c not in _UNITS for c in text):
        return None
    if all(c in _DIGITS for c in text) and len(text) > 1:  # 二〇二六
        return int("".join(str(_DIGITS[c]) for c in text)) if len(text) <= 4 else None
    total, digit, last = 0, 0, 10_000
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif _UNITS[c] >= last:
            return None
        else:
            last = _UNITS[c]
            total, digit = total + (digit or 1) * last, 0
    return total + digit


def _begun(line: str) -> Block | None:
    """The clause that a line begins, its anchor being only its own part; None for a plain paragraph."""
    plain = line.translate(_WIDE)
    if found := _STRUCTURE.match(plain):
        kind = {"编": "part", "章": "chapter", "节": "section"}[found[2]]
        return _made(kind, line, found.end(), numeral(found[1]))
    if found := _ARTICLE.match(plain):
        block = _made("article", line, found.end(), numeral(found[1]))
        after = numeral(found[2]) if found[2] else None
        return replace(block, anchor=f"{block.anchor}-zhi-{after}") if block and after is not None else block
    for kind, pattern in (("heading", _HEADING), ("item", _ITEM), ("point", _POINT), ("detail", _DETAIL)):
        if found := pattern.match(plain):
            return _made(kind, line, found.end(), numeral(found[1]))
    return None


def _made(kind: str, line: str, end: int, number: int | None) -> Block | None:
    if number is None:
        return None
    word, depth = KINDS[kind]
    text = line[end:].lstrip(" \u3000:：").strip()
    is_heading = kind in ("part", "chapter", "section") or (
        kind != "article" and 0 < len(text) <= LONGEST_HEADING and not re.search(r"[。；;]", text) and depth < 5)
    return Block(kind, text, line[:end].strip(), f"{word}-{number}", depth=depth, is_heading=is_heading)


def _spoken(block: Block) -> str:
    """How a clause is called within a citation: 二, （三）, 7, 第八条."""
    return block.label.rstrip(".．、")


def parse(body: str) -> list[Block]:
    """The lines of a text in order, blank ones left out. Every character but outer blanks is kept: label and text
    joined are the line. A number that stands twice under the same clause gets an anchor of its own (…--2)."""
    blocks: list[Block] = []
    above: list[Block] = []
    seen: dict[str, int] = {}
    for line in body.replace("\r\n", "\n").split("\n"):
        line = line.strip(" \t\u3000\xa0")
        if not line:
            continue
        block = _begun(line)
        if block is None:
            blocks.append(Block("paragraph", line))
            continue
        above = [one for one in above if one.depth < block.depth]
        over = [] if block.kind in _ALONE else above
        anchor = "-".join([*([over[-1].anchor] if over else []), block.anchor])
        seen[anchor] = seen.get(anchor, 0) + 1
        if seen[anchor] > 1:
            anchor = f"{anchor}--{seen[anchor]}"
        told = [one for one in above if one.depth >= KINDS["article"][1]]
        path = "".join(_spoken(one) for one in (*told, block))
        block = replace(block, anchor=anchor, path=path)
        above.append(block)
        blocks.append(block)
    return blocks


def clauses(blocks: Sequence[Block]) -> list[Block]:
    """Those that can be cited."""
    return [one for one in blocks if one.anchor]


def clause(body: str, anchor: str) -> Block | None:
    """The clause with this anchor, or None."""
    return next((one for one in parse(body) if one.anchor and one.anchor == anchor), None)


def contents(blocks: Sequence[Block], most: int = 60) -> list[Block]:
    """A table of contents of at most so many lines: as deep as they allow, from the top."""
    found = clauses(blocks)
    for depth in sorted({one.depth for one in found}, reverse=True):
        listed = [one for one in found if one.depth <= depth]
        if len(listed) <= most:
            return listed
    return [one for one in found if one.depth == min(two.depth for two in found)][:most]
