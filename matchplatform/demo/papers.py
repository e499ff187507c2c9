"""The certificates of the demonstration, drawn when it is built: invented, and marked 演示 across the sheet."""

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from matchplatform.core.clock import local, now
from matchplatform.files import storage
from matchplatform.files.operations import attach
from matchplatform.organizations import rules

SIZE = (860, 610)
# Where Debian and others keep a font with Chinese characters; without one the certificate is a PDF, whose reader
# brings the font itself.
FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
         "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/System/Library/Fonts/PingFang.ttc",
         "C:/Windows/Fonts/msyh.ttc")
PAPER, INK, FRAME, MARK = "#fdfaf2", "#22271f", "#1d5a3c", "#ecd9c3"


def give_certificate(member: Any, organization: Any, **wrong: str) -> None:
    """Send in the registration certificate of an organization. `wrong`: what it says otherwise than the form, so that
    there is something to find."""
    said = {**_lines(organization), **wrong}
    font = _font_file()
    name, data = ("登记证书（演示）.png", drawn(said, font)) if font else ("登记证书（演示）.pdf", printed(said))
    upload = storage.receive(name, data)
    try:
        attach(member, "organization", organization.code, upload, "演示用，不是真的证书", "own", "registration")
    finally:
        storage.discard(upload)


def _lines(o: Any) -> dict[str, str]:
    ends = o.certificate_ends_on
    return {"统一社会信用代码": o.uscc, "名称": o.name, "法定代表人": o.legal_representative, "住所": o.address,
            "业务主管单位": o.supervisor or "无", "类型": rules.KINDS[o.kind].label.split("（")[0],
            "成立日期": f"{o.founded_on:%Y-%m-%d}" if o.founded_on else "",
            "有效期至": f"{ends:%Y-%m-%d}" if ends else "长期"}


@lru_cache(maxsize=1)
def _font_file() -> str:
    return next((one for one in FONTS if Path(one).exists()), "")


@lru_cache(maxsize=4)
def _font(path: str, size: int) -> Any:
    return ImageFont.truetype(path, size)


def drawn(said: dict[str, str], font: str) -> bytes:
    """The certificate as a small picture."""
    picture = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(picture)
    for inset, width in ((14, 4), (24, 1)):
        pen.rectangle((inset, inset, SIZE[0] - inset, SIZE[1] - inset), outline=FRAME, width=width)
    for x in (90, 350, 610):  # across the sheet, so that no part of it can be taken for a real one
        pen.text((x, 300), "演 示", font=_font(font, 84), fill=MARK)
    pen.text((SIZE[0] // 2, 78), "法人登记证书（演示）", font=_font(font, 38), fill=FRAME, anchor="mm")
    for row, (label, text) in enumerate(said.items()):
        top = 138 + row * 48
        pen.text((70, top), label, font=_font(font, 22), fill="#636959")
        pen.text((280, top), text[:26], font=_font(font, 22), fill=INK)
    pen.text((SIZE[0] - 60, SIZE[1] - 66), f"演示制作 {local(now()):%Y-%m-%d}", font=_font(font, 18),
             fill="#636959", anchor="rm")
    out = io.BytesIO()
    picture.quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()


def printed(said: dict[str, str]) -> bytes:
    """The certificate as one page of PDF in a font that every reader has, none being embedded."""
    lines = ["法人登记证书（演示）", "", *(f"{label}：{text}" for label, text in said.items()), "",
             "演示用，不是真的证书"]
    text = "BT /F1 16 Tf 70 760 Td 30 TL " + " ".join(
        f"<{one.encode('utf-16-be').hex()}> Tj T*" for one in lines) + " ET"
    bodies = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
              "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
              f"<</Length {len(text)}>>stream\n{text}\nendstream",
              "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[6 0 R]>>",
              "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)"
              "/Supplement 4>>/FontDescriptor 7 0 R>>",
              "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
              "/Ascent 752/Descent -271/CapHeight 737/StemV 58>>"]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<</Size {len(bodies) + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)
