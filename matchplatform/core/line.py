"""One line of text: what a title or a name may not hold, and how long a text may be, as people are told. Pure."""

import re

FORMULA_SIGNS = "=+-@＝＋－＠"  # a cell that begins with one of them, a spreadsheet would run


def line_fault(text: str, name: str) -> str:
    """Why the text cannot be a line called `name`; empty when it can."""
    if "\n" in text:
        return f"{name}请写在一行里。"
    if re.search(r"[<>]", text):
        return f"{name}里不能有 < 或 >，请改用文字，例如“大于”“小于”。"
    if text[:1] and text[0] in FORMULA_SIGNS:
        return f"{name}不能用 {text[0]} 开头，表格软件会把它当成公式。"
    return ""


def length_fault(text: str, name: str, most: int) -> str:
    """That the text is too long, and by how much; empty when it is not."""
    over = len(text) - most
    return f"{name}最多 {most} 字，现在是 {len(text)} 字，请删去 {over} 字。" if over > 0 else ""


def shortness_fault(text: str, name: str, least: int, cure: str = "") -> str:
    """That too little is said to be understood; empty when it is enough."""
    return f"{name}至少写 {least} 个字。{cure}" if len(text) < least else ""
