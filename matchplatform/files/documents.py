"""Documents are opened as far as it takes to see that they are whole and carry none of the known things that run.

That is a sieve, no proof: what it lets through is still handed out as a download only, never shown within a page.
"""

import re
import zipfile
from io import BytesIO
from typing import Any

from matchplatform.core.errors import Refusal
from matchplatform.files import pdf, rules
from matchplatform.files.content import has_test_virus
from matchplatform.files.naming import Name, briefly

MOST_ENTRIES = 2000
MOST_UNPACKED = 100 * 1024 * 1024   # bytes of all entries together; measured while unpacking, not believed
_PIECE = 256 * 1024
_MAIN = {rules.DOCX: b"wordprocessingml.document.main+xml", rules.XLSX: b"spreadsheetml.sheet.main+xml"}
_MACRO_PARTS = ("vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin")
_PROGRAMS = (".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".jar", ".msi", ".hta", ".lnk")
_LEADING_OUT = re.compile(rb'attachedTemplate"[^>]*Target="\s*(https?:|\\\\|file://[^/])', re.I)

_PDF_TAIL = 2048
_AS_PRINTED = "请打开它，用“打印成 PDF”另存一份再传。"
_PDF_FAULTS = {
    pdf.RUNS: ("里带有会自动运行的内容或夹带了别的文件，不收。", _AS_PRINTED),
    pdf.LOCKED: ("加了密码或限制，看不清里面有什么，不收。", "请去掉密码和限制，或用“打印成 PDF”另存一份再传。"),
    pdf.CLOSED: ("里面有看不清的部分，不收。", _AS_PRINTED),
    pdf.BOMB: (f"里面解开以后超过 {pdf.MOST_UNPACKED // 1024 // 1024} MB，像是“压缩炸弹”，不收。", _AS_PRINTED),
    pdf.TANGLED: ("里面复杂得不正常，不收。", _AS_PRINTED),
}


def demand_document(media: str, data: bytes, name: Name) -> None:
    """See that a PDF or an Office file is what it should be. Raises Refusal with the fault and its cure."""
    said = f"“{briefly(name.text)}”"
    if media == rules.PDF:
        _demand_pdf(data, said)
    elif media in _MAIN:
        _demand_office(media, data, said)


def _demand_pdf(data: bytes, said: str) -> None:
    tail = data[-_PDF_TAIL:]
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise Refusal(f"{said}不完整，PDF 的结尾不见了。", "多半是没有下载完或传到一半断了，请重新取一份再传。")
    try:
        pdf.demand_quiet(data)
    except pdf.Fault as fault:
        what, cure = _PDF_FAULTS[fault.args[0]]
        raise Refusal(said + what, cure) from fault
    if is_archive(data):
        raise Refusal(f"{said}里夹带了压缩包，不收。", _AS_PRINTED)


def is_archive(data: bytes) -> bool:
    """Does it open as a zip, too? Such a file is one thing for us and another for whoever unpacks it."""
    return zipfile.is_zipfile(BytesIO(data))


def _demand_office(media: str, data: bytes, said: str) -> None:
    broken = Refusal(f"{said}打不开，文件已经损坏。", "请用 Office 或 WPS 打开，另存一份再传。")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _demand_parts(entries, said)
            types = _unpack(archive, entries, said)
    except Refusal:
        raise
    except Exception as fault:  # a crafted archive may break zipfile anywhere; none of it is our fault
        raise broken from fault
    if b"macroenabled" in types.lower():
        raise _macros(said)
    if _MAIN[media] not in types:
        raise broken


def _macros(said: str) -> Refusal:
    return Refusal(f"{said}里带有宏，不收。", "宏会自动运行程序。请另存为不带宏的 .docx 或 .xlsx 再传。")


def _demand_parts(entries: list[Any], said: str) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Refusal(f"{said}里面有 {len(entries)} 个部件，多得不正常，不收。", "请打印成 PDF 再传。")
    for one in entries:
        part = one.filename.lower()
        if part.rsplit("/", 1)[-1] in _MACRO_PARTS or "/activex/" in part:
            raise _macros(said)
        if part.endswith(_PROGRAMS):
            raise Refusal(f"{said}里面夹带了程序，不收。", "请打开它，删掉夹带的东西，另存一份再传。")
        if one.flag_bits & 1:
            raise Refusal(f"{said}加了密码，别人打不开。", "请去掉密码再传。")


def _unpack(archive: zipfile.ZipFile, entries: list[Any], said: str) -> bytes:
    """Unpack everything to nowhere, never more than the limit; answers the list of the parts' types."""
    total, types = 0, b""
    for one in entries:
        kept, before = [], b""
        wanted = one.filename == "[Content_Types].xml" or one.filename.endswith("settings.xml.rels")
        with archive.open(one) as part:
            while piece := part.read(_PIECE):
                total += len(piece)
                if total > MOST_UNPACKED:
                    raise Refusal(f"{said}解开以后超过 {MOST_UNPACKED // 1024 // 1024} MB，像是“压缩炸弹”，不收。",
                                  "真是这么大的话，请分成几个文件，或打印成 PDF 再传。")
                if has_test_virus(before + piece):
                    raise Refusal(f"{said}里发现病毒（EICAR 测试串），没有收下。", "请先杀毒，再传干净的文件。")
                before = piece[-100:]
                if wanted:
                    kept.append(piece)
        if one.filename == "[Content_Types].xml":
            types = b"".join(kept)
        elif wanted and _LEADING_OUT.search(b"".join(kept)):
            raise Refusal(f"{said}打开时会从别的网站取模板，不收。", "请另存为 PDF 再传。")
    return types
