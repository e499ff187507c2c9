"""The law of attachments on one screen."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from matchplatform.core.clock import local
from matchplatform.core.rules import Choice, Choices, Verdict
from matchplatform.core.size import MEGABYTE, in_words

MOST_FILES = 10                    # a record
MOST_BYTES = 10 * MEGABYTE         # a file
MOST_TOTAL = 40 * MEGABYTE         # a record
MOST_REQUEST = 64 * MEGABYTE       # one form; more than a record takes, so that the rules can say it in a sentence
LONGEST_CAPTION = 100
KEPT_DAYS = 30                     # a removed file stays on the disk so long at least

# What is taken, by content; the label is the word that people read.
JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX, XLSX = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet"
TYPES = Choices(Choice(JPEG, "图片"), Choice(PNG, "图片"), Choice(WEBP, "图片"), Choice(PDF, "PDF"),
                Choice(DOCX, "文档"), Choice(XLSX, "表格"))
ENDINGS = {JPEG: ("jpg", "jpeg", "jfif"), PNG: ("png",), WEBP: ("webp",), PDF: ("pdf",), DOCX: ("docx",),
           XLSX: ("xlsx",)}
CALLED = {JPEG: "JPEG 图片", PNG: "PNG 图片", WEBP: "WebP 图片", PDF: "PDF", DOCX: "Word 文档", XLSX: "Excel 表格"}
PICTURES = frozenset({JPEG, PNG, WEBP})
TAKEN = "可以传 JPEG、PNG、WebP 图片，PDF，Word（.docx）和 Excel（.xlsx）。"

PUBLICITY = Choices(Choice("public", "向社会公开"), Choice("signed_in", "登录的单位和社会组织可见"),
                    Choice("own", "只给经办的人"))
WAITING = Choice("waiting", "待同事放开", "wait")  # shown, not stored

# How near somebody is to a record: he works on it, he has signed in, anybody; "" may not even know of it.
OWN, SIGNED_IN, ANYBODY, NOBODY = "own", "signed_in", "anybody", ""
_READERS = {"public": (OWN, SIGNED_IN, ANYBODY), "signed_in": (OWN, SIGNED_IN), "own": (OWN,)}


@dataclass(frozen=True)
class Owner:
    """How a kind of record answers for its attachments; features above register theirs in `owners`.

    `find` gives the record of a code in whatever state (NotFound when there is none), `hold` locks it and reads it
    anew, `reach` tells how near an actor (also nobody in particular) is to it, `can_attach` whether he may add and
    remove.

    Where two people release a record, `released_at` says since when it is released: what is attached later waits for
    a second person, too. `can_open` tells whether an actor is of those who may be one, `openers` who they are without
    the persons named: their ids and how they are called. A record for which its owner speaks alone needs none of them.

    `documents`: where every file says what paper it is, the choices; `types`: what it may be by content; `publicity`:
    whom its files may be shown to, the first being what is meant when nobody says; `can_remove`: which files stay,
    beyond `can_attach`; `attached` is told of each new one.
    """

    label: str
    find: Callable[[str], Any]
    hold: Callable[[Any], object]
    reach: Callable[[Any, Any], str]
    can_attach: Callable[[Any, Any], Verdict]
    released_at: Callable[[Any], dt.datetime | None] = lambda record: None
    can_open: Callable[[Any, Any], Verdict] = lambda actor, record: Verdict.no("这里的附件不用等人放开。")
    openers: Callable[[Any, Collection[int]], tuple[list[int], str]] = lambda record, without: ([], "")
    documents: Choices | None = None
    types: frozenset[str] = frozenset(TYPES.values)
    publicity: tuple[str, ...] = PUBLICITY.values
    can_remove: Callable[[Any, Any, Any], Verdict] = lambda actor, record, attachment: Verdict.yes()
    attached: Callable[[Any, Any], object] = lambda record, attachment: None


owners: dict[str, Owner] = {}


class Attachment(Protocol):
    """The columns that the rules read."""

    publicity: str
    uploaded_by: int
    at: dt.datetime
    restored_by: int | None
    restored_at: dt.datetime | None
    opened_at: dt.datetime | None
    removed_at: dt.datetime | None


def is_waiting(attachment: Attachment, released_at: dt.datetime | None) -> bool:
    """Does it wait for a second person? It does when it came, or came back, after its record was released and nobody
    has opened it since; what only those who work on the record may see publishes nothing."""
    if released_at is None or attachment.opened_at is not None or attachment.publicity == "own":
        return False
    return (attachment.restored_at or attachment.at) >= released_at


def is_readable(attachment: Attachment, reach: str, waiting: bool) -> bool:
    """May somebody this near to the record see the file? One that waits is for those who work on the record, a removed
    one for nobody."""
    readers = (OWN,) if waiting else _READERS[attachment.publicity]
    return attachment.removed_at is None and reach in readers


def first_people(attachment: Attachment) -> frozenset[int]:
    """Whose file it is: who sent it in, and who put it back. A second person is neither."""
    return frozenset(one for one in (attachment.uploaded_by, attachment.restored_by) if one is not None)


def second_person(actor: Any, attachment: Attachment) -> Verdict:
    """Is the actor another than those whose file it is?"""
    if actor.id not in first_people(attachment):
        return Verdict.yes()
    return Verdict.no("附件不能由上传或恢复它的人自己放开。", "请本县另一位经办人或省民政厅放开。")


def room_verdict(count: int, total: int, size: int) -> Verdict:
    """Is there room for one more file beside `count` files of `total` bytes?"""
    if count >= MOST_FILES:
        return Verdict.no(f"一条记录最多放 {MOST_FILES} 个附件，已经满了。", "请先移除不用的，再传。")
    if total + size > MOST_TOTAL:
        return Verdict.no(f"一条记录的附件合起来最多 {in_words(MOST_TOTAL)}，已经用了 {in_words(total)}。",
                          "请移除不用的，或把图片、文档缩小后再传。")
    return Verdict.yes()


def publicity_verdict(publicity: str, offered: Collection[str] = PUBLICITY.values) -> Verdict:
    """Is it one of the choices that the record offers?"""
    return Verdict.yes() if publicity in offered else Verdict.no("没有选清楚谁能看。", "请从列表里选一个。")


def document_verdict(owner: Owner, document: str) -> Verdict:
    """Does the file say what paper it is, where that is asked?"""
    if owner.documents is None:
        return Verdict.yes() if not document else Verdict.no("这里的附件不分材料种类。")
    if document in owner.documents:
        return Verdict.yes()
    return Verdict.no("没有选是哪一种材料。", f"请从{'、'.join(one.label for one in owner.documents)}里选一种。")


def type_verdict(owner: Owner, media_type: str) -> Verdict:
    """Is it of a kind that the record takes?"""
    if media_type in owner.types:
        return Verdict.yes()
    return Verdict.no(f"这里只收照片和 PDF，这是一份{CALLED[media_type]}。", "请拍照，或另存为 PDF 再传。")


def words_verdict(caption: str, publicity: str, offered: Collection[str] = PUBLICITY.values) -> Verdict:
    """Is what was written and chosen beside the files as it should be?"""
    chosen = publicity_verdict(publicity, offered)
    if not chosen:
        return chosen
    if len(caption) > LONGEST_CAPTION:
        return Verdict.no(f"说明最多 {LONGEST_CAPTION} 字，现在是 {len(caption)} 字。", "请写短一些再传。")
    return Verdict.yes()


def can_restore(attachment: Attachment, moment: dt.datetime) -> Verdict:
    """A removal is undone on the day it was made; later the file is sent again."""
    if attachment.removed_at is None:
        return Verdict.no("这个附件没有移除，不用恢复。")
    if local(attachment.removed_at).date() != local(moment).date():
        return Verdict.no("移除当天才能恢复。", "请重新上传这个文件。")
    return Verdict.yes()
