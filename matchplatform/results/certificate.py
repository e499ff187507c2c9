"""The contribution certificate as a PDF: A4 across, with the code by which anybody checks it.

No font comes with the platform: it takes a Chinese font of the machine (see orders.poster), and where there is none the
printable page is the way.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from fpdf import FPDF

from matchplatform.orders.poster import GREEN, INK, QUIET, WARM, font, modules
from matchplatform.results.rules import grouped

WIDTH, HEIGHT = 297, 210


def said_day(text: str) -> str:
    """2026年3月1日."""
    day = dt.date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def sentences(content: Mapping[str, Any]) -> tuple[str, str]:
    """What was done, and the figures, each a sentence."""
    money = "，".join(part for part in (
        f"到位资金 {content['funds']} 万元" if content["funds"] != "0" else "",
        f"物资折价 {content['in_kind']} 万元" if content["in_kind"] != "0" else "",
        f"受益 {content['people']:,} 人" if content["people"] else "") if part)
    term = f"{said_day(content['starts_on'])}至{said_day(content['completed_on'])}"
    return (f"在社会组织助力乡村振兴行动中，与{content['county']}结对，办成“{content['need']}”（{term}）。",
            f"{money}。" if money else "")


def pdf(number: str, code: str, content: Mapping[str, Any], address: str) -> bytes | None:
    """The certificate as a PDF of one page; None where this machine has no Chinese font. `address` stands in the QR
    code."""
    found = font()
    if found is None:
        return None
    page = FPDF(orientation="landscape", format="A4")
    page.set_auto_page_break(False)
    page.set_margin(0)
    page.set_title(f"贡献证书 {number}")
    page.set_lang("zh-CN")
    page.add_font("zh", fname=found[0], collection_font_number=found[1])
    page.add_page()
    _frame(page)
    _centred(page, "贡献证书", 46, 32, 18, GREEN)
    _centred(page, content["organization"], 26, 66, 12, INK)
    _centred(page, f"统一社会信用代码 {content['uscc']}", 11, 79, 6, INK)
    what, figures = sentences(content)
    page.set_text_color(*INK)
    page.set_font("zh", size=17)
    page.set_xy(42, 94)
    page.multi_cell(WIDTH - 84, 11, what, align="L")
    if figures:
        page.set_x(42)
        page.multi_cell(WIDTH - 84, 11, figures, align="L")
    page.set_xy(42, page.get_y() + 2)
    page.set_font("zh", size=15)
    page.cell(0, 10, "感谢你们为乡亲办实事。")
    _foot(page, number, code, content, address)
    return bytes(page.output())


def _frame(page: FPDF) -> None:
    page.set_draw_color(*GREEN)
    page.set_line_width(2.2)
    page.rect(10, 10, WIDTH - 20, HEIGHT - 20)
    page.set_draw_color(*WARM)
    page.set_line_width(0.4)
    page.rect(14, 14, WIDTH - 28, HEIGHT - 28)


def _centred(page: FPDF, text: str, size: int, top: float, height: float, colour: tuple[int, int, int]) -> None:
    page.set_text_color(*colour)
    page.set_font("zh", size=size)
    width = page.get_string_width(text)
    if width > WIDTH - 60:
        page.set_font("zh", size=int(size * (WIDTH - 60) / width))
    page.set_xy(0, top)
    page.cell(WIDTH, height, text, align="C")


def _foot(page: FPDF, number: str, code: str, content: Mapping[str, Any], address: str) -> None:
    side, left, top = 32, 42, HEIGHT - 30 - 32
    rows = modules(address)
    one = side / (len(rows) + 2 * QUIET)
    page.set_fill_color(0, 0, 0)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                page.rect(left + (QUIET + x) * one, top + (QUIET + y) * one, one, one, style="F")
    page.set_text_color(*INK)
    for size, line, text in ((11, 4, f"编号 {number}"), (11, 12, f"验证码 {grouped(code)}"),
                             (9, 21, "扫码或在平台首页下方“查证书”填验证码，可以查真假。")):
        page.set_font("zh", size=size)
        page.set_xy(left + side + 4, top + line)
        page.cell(90, 7, text)
    page.set_font("zh", size=14)
    for line, text in ((4, content["issuer"]), (14, said_day(content["issued_on"]))):
        page.set_xy(WIDTH - 42 - 100, top + line)
        page.cell(100, 8, text, align="R")
