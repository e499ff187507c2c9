"""What a file really is, by its bytes; neither its name nor what the browser says is believed."""

import re

import filetype

from matchplatform.core.errors import Refusal
from matchplatform.files import rules
from matchplatform.files.naming import Name, briefly

# The test string of the virus scanners, in two parts so that this very file is not taken for a virus.
_TEST_VIRUS = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

_SVG = re.compile(rb"<svg[\s>]", re.I)
_HTML = re.compile(rb"<(!doctype\s+html|html|script|body|iframe)[\s>]", re.I)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHORTEST_SNIFF, _SNIFFED = 4, 4096

# What else people and others send: by filetype's ending -> what it is called, and the cure.
_AS_JPEG = "请另存为 JPEG 图片再传。"
_AS_TEXT = "请整理成文字，存为 .docx 或 PDF 再传。"
_UNPACK = "请解开以后，把里面的文件一个一个传。"
_PROGRAM = "程序不收，也请不要双击它；如果是别人发来的，请先杀毒。"
_KNOWN = {
    "heic": ("苹果手机的 HEIC 照片", "请在手机“设置—相机—格式”里选“兼容性最佳”，或另存为 JPEG 再传。"),
    "gif": ("GIF 动图", _AS_JPEG), "bmp": ("BMP 图片", _AS_JPEG), "tif": ("TIFF 图片", _AS_JPEG),
    "avif": ("AVIF 图片", _AS_JPEG), "jpx": ("JPEG 2000 图片", _AS_JPEG), "psd": ("Photoshop 图片", _AS_JPEG),
    "apng": ("会动的图片", _AS_JPEG), "ico": ("图标", _AS_JPEG), "cr2": ("相机原片", _AS_JPEG),
    "dwg": ("CAD 图纸", "请打印成 PDF 再传。"),
    "zip": ("ZIP 压缩包", _UNPACK), "rar": ("RAR 压缩包", _UNPACK), "7z": ("7z 压缩包", _UNPACK),
    "gz": ("压缩包", _UNPACK), "tar": ("打包文件", _UNPACK), "bz2": ("压缩包", _UNPACK), "xz": ("压缩包", _UNPACK),
    "zst": ("压缩包", _UNPACK), "cab": ("压缩包", _UNPACK),
    "exe": ("Windows 程序", _PROGRAM), "elf": ("程序", _PROGRAM), "wasm": ("程序", _PROGRAM),
    "deb": ("安装包", _PROGRAM), "rpm": ("安装包", _PROGRAM), "crx": ("浏览器插件", _PROGRAM),
    "pptx": ("演示文稿", "请导出为 PDF 再传。"), "odt": ("OpenDocument 文档", "请另存为 .docx 或 PDF 再传。"),
    "ods": ("OpenDocument 表格", "请另存为 .xlsx 再传。"), "odp": ("演示文稿", "请导出为 PDF 再传。"),
    "rtf": ("RTF 文档", "请另存为 .docx 再传。"), "epub": ("电子书", "请导出为 PDF 再传。"),
    "mp4": ("视频", "视频请放在别处，在说明里写清从哪里看。"), "mov": ("视频", "请截几张图，存为 JPEG 再传。"),
    "mp3": ("录音", _AS_TEXT), "m4a": ("录音", _AS_TEXT),
}
_OLD = ("旧版或加了密码的 Office 文件（.doc、.xls、.ppt）",
        "这种文件里可能藏着宏，看不出来；请去掉密码，另存为 .docx、.xlsx 或 PDF 再传。")
_TEXT = ("纯文本", "文字请直接写在“说明”里；表格请另存为 .xlsx 再传。")


def has_test_virus(data: bytes) -> bool:
    """Does it carry the string by which scanners are tried?"""
    return _TEST_VIRUS in data


def real_type(data: bytes, name: Name) -> str:
    """The media type of rules.TYPES that the bytes are; a zip is looked into later.

    Raises Refusal with what it is instead and what to do, also when the name's ending says something else.
    """
    said = f"“{briefly(name.text)}”"
    if not data:
        raise Refusal(f"{said}是空的，里面什么也没有。", "请在电脑上打开看看，再重新选。")
    if len(data) > rules.MOST_BYTES:
        raise Refusal(f"{said}超过 10 MB。", "请把图片缩小、文档里的图压缩以后再传。")
    if has_test_virus(data):
        raise Refusal(f"{said}里发现病毒（EICAR 测试串），没有收下。", "请先杀毒，再传干净的文件。")
    media = _taken(data)
    if media is None:
        called, cure = _other(data)
        raise Refusal(f"{said}其实是{' ' if called[0].isascii() else ''}{called}，不收。", cure)
    return media


def demand_ending(media: str, name: Name) -> str:
    """The ending under which it is kept: its own when it fits; a picture's is put right. Raises Refusal otherwise."""
    right = rules.ENDINGS[media]
    if name.ending in right:
        return name.ending
    pictures = {ending for one in rules.PICTURES for ending in rules.ENDINGS[one]}
    if media in rules.PICTURES and (name.ending in pictures or not name.ending):
        return right[0]
    ending = f"名字却以 .{name.ending} 结尾" if name.ending else "名字却没有结尾"
    raise Refusal(f"“{briefly(name.text)}”其实是 {rules.CALLED[media]}，{ending}，不收。",
                  f"请核对是不是选错了；没有错的话，把结尾改成 .{right[0]} 再传。")


def _taken(data: bytes) -> str | None:
    """The allowed type whose signature the bytes carry, at their very beginning."""
    if data.startswith(b"\xff\xd8\xff"):
        return rules.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n") and filetype.guess_extension(data) != "apng":
        return rules.PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return rules.WEBP
    if data.startswith(b"%PDF-"):
        return rules.PDF
    if data.startswith(b"PK\x03\x04"):  # filetype looks only at the first parts, whose order is free
        if b"word/document.xml" in data:
            return rules.DOCX
        if b"xl/workbook.xml" in data:
            return rules.XLSX
    return None


def _other(data: bytes) -> tuple[str, str]:
    """What bytes that are not taken are called, and the cure."""
    head = data[:_SNIFFED]
    if data.startswith(_OLD_OFFICE):
        return _OLD
    if _SVG.search(head):
        return "SVG 矢量图，里面可以藏脚本", "请另存为 PNG 图片再传。"
    if _HTML.search(head):
        return "网页，里面可以藏脚本", "请打印成 PDF 再传。"
    if data.startswith(b"MZ"):
        return _KNOWN["exe"]
    if data.startswith(b"#!"):
        return "程序脚本", _PROGRAM
    found = filetype.guess_extension(data) if len(data) >= _SHORTEST_SNIFF else None
    if found in _KNOWN:
        return _KNOWN[found]
    if found is None and b"\x00" not in head:
        return _TEXT
    return "认不出的文件", rules.TAKEN
