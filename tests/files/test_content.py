"""What a file is, is seen from its bytes; what may do harm is refused in a sentence with a cure."""

import filetype
import pytest

from matchplatform.core.errors import Refusal
from matchplatform.files import documents, rules
from matchplatform.files.inspection import inspect
from tests.files import makers

pytestmark = pytest.mark.once

OLD_DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1" + b"\x00" * 40
VBA = ("word/vbaProject.bin", b"macro")


@pytest.mark.parametrize(("name", "data", "media", "word"), [
    ("现场.jpg", makers.picture(), rules.JPEG, "图片"), ("现场.JPEG", makers.picture(), rules.JPEG, "图片"),
    ("现场.png", makers.picture("PNG"), rules.PNG, "图片"), ("现场.webp", makers.picture("WEBP"), rules.WEBP, "图片"),
    ("方案.pdf", makers.pdf(), rules.PDF, "PDF"), ("方案.docx", makers.document(), rules.DOCX, "文档"),
    ("预算.xlsx", makers.workbook(), rules.XLSX, "表格")])
def test_what_is_taken_is_taken_for_what_it_is(name, data, media, word):
    found = inspect(name, data)
    assert (found.name, found.media_type, found.notes) == (name, media, ())
    assert rules.TYPES[found.media_type].label == word
    assert bool(found.preview) is (word == "图片")
    assert word == "图片" or found.data == data


@pytest.mark.parametrize(("name", "data", "said"), [
    ("现场.jpg", makers.PROGRAM, "其实是 Windows 程序"), ("现场.jpg", makers.SVG, "SVG 矢量图，里面可以藏脚本"),
    ("照片.svg", makers.SVG, "SVG 矢量图"), ("照片.jpg", b"<svg onload=alert(1)>", "SVG 矢量图"),
    ("a.pdf", b"<!DOCTYPE html><p>x", "网页"), ("a.jpg", b"  <html><script>x</script>", "网页"),
    ("a.jpg", b"#!/bin/sh\nrm", "程序脚本"), ("a.jpg", b"", "是空的"), ("a.jpg", makers.archive(), "ZIP 压缩包"),
    ("a.zip", makers.archive(), "ZIP 压缩包"), ("a.doc", OLD_DOC, "旧版或加了密码的 Office"),
    ("a.docx", OLD_DOC, "旧版或加了密码的 Office"), ("a.txt", "文字".encode(), "纯文本"),
    ("a.csv", b"a,b\n=1,2", "纯文本"),
    ("a.heic", HEIC, "HEIC 照片"), ("a.jpg", HEIC, "兼容性最佳"), ("a.gif", makers.picture("GIF"), "GIF"),
    ("a.bmp", makers.picture("BMP"), "BMP"), ("a.tif", makers.picture("TIFF"), "TIFF"),
    ("a.jpg", b"\x00\x01\x02\x03" * 50, "认不出"), ("a.jpg", b"x", "纯文本"),
    ("a.txt", makers.EICAR, "EICAR"), ("a.pdf", makers.pdf(makers.EICAR), "EICAR"),
    ("a.docx", makers.document([("word/media/a.bin", makers.EICAR)]), "EICAR"),
    ("a.jpg", makers.picture() + makers.EICAR, "EICAR"),
    ("方案.docx", makers.pdf(), "其实是 PDF，名字却以 .docx 结尾"), ("方案", makers.pdf(), "名字却没有结尾"),
    ("表.docx", makers.workbook(), "其实是 Excel 表格"), ("a.exe", makers.picture(), "名字却以 .exe 结尾"),
    ("a.pdf", makers.picture("PNG"), "其实是 PNG 图片"),
    ("a.docx", makers.document([VBA]), "带有宏"), ("a.docm", makers.document([VBA]), "其实是 Word 文档"),
    ("a.docx", makers.document(types="vnd.ms-word.document.macroEnabled.main+xml"), "带有宏"),
    ("a.docx", makers.document([("word/VBAPROJECT.BIN", b"x")]), "带有宏"),
    ("a.docx", makers.document([("word/activeX/activeX1.xml", b"x")]), "带有宏"),
    ("a.docx", makers.document([("word/embeddings/a.exe", b"x")]), "夹带了程序"),
    ("a.docx", makers.document([("word/_rels/settings.xml.rels",
                                 b'<R Type="x/attachedTemplate" Target="https://evil/t.dotm"/>')]), "从别的网站取模板"),
    ("a.docx", makers.document(types="x"), "已经损坏"), ("a.docx", makers.document()[:-30], "已经损坏"),
    ("a.pdf", makers.pdf(tail=b""), "PDF 的结尾不见了"), ("a.pdf", makers.pdf(b"/JavaScript (app.alert)"), "自动运行"),
    ("a.pdf", makers.pdf(b"/Launch/F"), "自动运行"), ("a.pdf", makers.pdf(b"/EmbeddedFiles 1"), "自动运行"),
    ("a.pdf", makers.pdf() + makers.archive() + b"%%EOF startxref", "夹带了压缩包"),
    ("a.jpg", makers.picture()[:300], "已经损坏"), ("a.png", makers.bomb_png(), "像素太多"),
    ("a.jpg", b"\xff\xd8\xff" + b"\x00" * 500, "已经损坏"), ("a.png", b"\x89PNG\r\n\x1a\n" + b"z" * 99, "已经损坏"),
    ("a.jpg", makers.picture() + b"\x00" * rules.MOST_BYTES, "超过 10 MB")])
def test_what_is_not_taken_is_told_in_a_sentence_with_a_cure(name, data, said):
    with pytest.raises(Refusal, match=said) as told:
        inspect(name, data)
    assert told.value.reason.startswith("“")
    assert told.value.remedy.endswith("。")


def test_a_moving_picture_is_refused():
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(Refusal, match="会动的"):
        inspect("a.webp", out.getvalue())


def test_a_picture_under_another_pictures_ending_is_kept_under_its_own():
    found = inspect("现场.jpg", makers.picture("PNG"))
    assert (found.name, found.media_type) == ("现场.png", rules.PNG)
    assert found.notes == ("“现场.jpg”其实是 PNG 图片，已经存成“现场.png”。",)
    assert inspect("现场", makers.picture()).name == "现场.jpg"


def test_long_and_odd_names_are_told():
    assert "名字太长，已经存成“长" in inspect("长" * 200 + ".pdf", makers.pdf()).notes[0]
    assert "不能用的字符，已经存成“x.pdf”" in inspect("../../x.pdf", makers.pdf()).notes[0]


def test_a_bomb_of_a_document_stops_at_the_limit(monkeypatch):
    monkeypatch.setattr(documents, "MOST_UNPACKED", 3 * 1024 * 1024)
    bomb = makers.document([(f"word/media/{n}.xml", b"0" * 1024 * 1024) for n in range(4)])
    assert len(bomb) < 10_000
    with pytest.raises(Refusal, match="压缩炸弹"):
        inspect("a.docx", bomb)
    monkeypatch.setattr(documents, "MOST_UNPACKED", 5 * 1024 * 1024)
    assert inspect("a.docx", bomb).media_type == rules.DOCX


def test_what_a_bomb_says_of_its_size_is_not_believed(monkeypatch):
    """The directory claims 10 bytes where a megabyte lies: it does not open, and nothing is unpacked beyond that."""
    honest = makers.document([("word/big.xml", b"0" * 1024 * 1024)])
    where = honest.rindex(b"PK\x01\x02")
    lying = honest[:where + 24] + (10).to_bytes(4, "little") + honest[where + 28:]
    with pytest.raises(Refusal, match="已经损坏"):
        inspect("a.docx", lying)


def test_a_document_of_thousands_of_parts_is_refused(monkeypatch):
    monkeypatch.setattr(documents, "MOST_ENTRIES", 20)
    with pytest.raises(Refusal, match="23 个部件"):
        inspect("a.docx", makers.document([(f"word/{n}.xml", b"") for n in range(21)]))


def test_a_document_with_a_password_is_refused():
    locked = bytearray(makers.document())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := locked.find(mark, start + 1)) >= 0:
            locked[start + at] |= 1
    with pytest.raises(Refusal, match="加了密码"):
        inspect("a.docx", bytes(locked))


def test_everything_else_that_is_recognised_is_refused():
    """Whatever the library of signatures knows besides ours is never taken."""
    taken = {rules.JPEG, rules.PNG, rules.WEBP, rules.PDF, rules.DOCX, rules.XLSX}
    assert taken < {one.mime for one in filetype.TYPES}
    assert taken == set(rules.TYPES.values) == set(rules.ENDINGS) == set(rules.CALLED)
