"""A poster for a village's notice board: a QR code that opens the form, in large Chinese letters, A4.

No font comes with the platform: the PDF takes a Chinese font of the machine, and where there is none the printable
page is the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import segno
from fontTools.ttLib import TTCollection, TTFont
from fpdf import FPDF

# Debian's packages fonts-noto-cjk, fonts-wqy-zenhei, fonts-wqy-microhei, fonts-droid-fallback, fonts-arphic-uming.
FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
         "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
         "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc", "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
         "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
         "/usr/share/fonts/truetype/arphic/uming.ttc")
NO_FONT = "这台服务器没有装中文字体，做不出 PDF。"
NO_FONT_CURE = "请用下面的网页直接打印；管理员装上中文字体以后就能下载。"
GREEN, INK, WARM, PAPER = (31, 92, 61), (44, 42, 36), (176, 78, 22), (246, 245, 240)
QUIET = 4  # blank modules around the code, as ISO/IEC 18004 wants
STEPS = ("用微信扫上面的码", "选一个图，说说想要什么", "留下电话，交上去")


@dataclass(frozen=True)
class Poster:
    """What stands on it: where, the address in the code, whom to call."""

    place: str
    address: str
    phone: str
    hours: str = ""


def modules(address: str) -> list[list[bool]]:
    """The QR code's dark modules by row, without the quiet zone; level M bears a torn corner."""
    return [[bool(one) for one in row] for row in segno.make(address, error="m", micro=False).matrix]


@lru_cache(maxsize=1)
def font() -> tuple[str, int] | None:
    """(file, number within the collection) of a Chinese font of this machine, or None."""
    for name in FONTS:
        if Path(name).is_file():
            return name, _simplified(name)
    return None


def _simplified(name: str) -> int:
    """Which font of a collection draws simplified Chinese; the first where none says so."""
    if not name.endswith(".ttc"):
        return 0
    with TTCollection(name, lazy=True) as collection:
        fonts: Sequence[TTFont] = collection.fonts
        return next((n for n, one in enumerate(fonts) if str(one["name"].getDebugName(1)).endswith(" SC")), 0)


def pdf(poster: Poster) -> bytes | None:
    """The poster as a PDF of one A4 page; None where this machine has no Chinese font."""
    found = font()
    if found is None:
        return None
    page = FPDF(format="A4")
    page.set_auto_page_break(False)
    page.set_margin(0)
    page.set_title(f"乡亲点单 {poster.place}")
    page.set_lang("zh-CN")
    page.add_font("zh", fname=found[0], collection_font_number=found[1])
    page.add_page()
    page.set_fill_color(*PAPER)
    page.rect(0, 0, 210, 297, style="F")
    page.set_fill_color(*GREEN)
    page.rect(0, 0, 210, 62, style="F")
    _line(page, "乡亲点单", 64, 8, 30, (255, 255, 255))
    _line(page, "缺什么，说一声", 26, 43, 12, (255, 255, 255))
    _line(page, poster.place, 30, 67, 14, INK)
    _code(page, poster.address, 84, 108)
    for number, text in enumerate(STEPS):
        _step(page, number + 1, text, 199 + 19 * number)
    page.set_fill_color(*GREEN)
    page.rect(0, 257, 210, 40, style="F")
    _line(page, f"不会用手机，打电话：{poster.phone}", 30, 261, 15, (255, 255, 255))
    _line(page, "  ".join(one for one in (poster.hours, "不要钱，不要身份证，不用注册") if one), 18, 279, 10,
          (255, 255, 255))
    return bytes(page.output())


def _line(page: FPDF, text: str, size: int, top: float, height: float, colour: tuple[int, int, int]) -> None:
    """A centred line, in smaller letters where it would not fit."""
    page.set_text_color(*colour)
    page.set_font("zh", size=size)
    width = page.get_string_width(text)
    if width > 194:
        page.set_font("zh", size=int(size * 194 / width))
    page.set_xy(0, top)
    page.cell(210, height, text, align="C")


def _code(page: FPDF, address: str, top: float, side: float) -> None:
    """The code on white, its quiet zone inside the frame."""
    rows = modules(address)
    one = side / (len(rows) + 2 * QUIET)
    left = (210 - side) / 2
    page.set_fill_color(255, 255, 255)
    page.set_draw_color(*GREEN)
    page.set_line_width(1.2)
    page.rect(left, top, side, side, style="DF")
    page.set_fill_color(0, 0, 0)
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                page.rect(left + (QUIET + x) * one, top + (QUIET + y) * one, (run - x) * one, one, style="F")
            x = run + 1


def _step(page: FPDF, number: int, text: str, top: float) -> None:
    page.set_fill_color(*WARM)
    page.ellipse(22, top, 14, 14, style="F")
    page.set_font("zh", size=28)
    page.set_text_color(255, 255, 255)
    page.set_xy(22, top)
    page.cell(14, 14, str(number), align="C")
    page.set_font("zh", size=32)
    page.set_text_color(*INK)
    page.set_xy(41, top)
    page.cell(160, 14, text)
