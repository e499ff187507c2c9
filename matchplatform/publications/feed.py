"""Atom feeds (RFC 4287): what became public, the newest first. Pure."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = uuid.UUID("0d4c1f0e-7a52-4d3b-9f38-0e6c8a2f5b71")  # ours; makes names that outlive a change of address
BEGINNING = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Entry:
    """A document in a feed: `code` names it for good, `href` is absolute, moments are aware."""

    code: str
    title: str
    href: str
    author: str
    category: str
    summary: str
    published: dt.datetime
    updated: dt.datetime


def name_of(what: str) -> str:
    """A name that stays when the site moves: a UUID made of our own namespace and what is named."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, what)}"


def written(title: str, subject: str, own: str, page: str, entries: Sequence[Entry], author: str) -> bytes:
    """The feed as UTF-8 XML. `subject` names it, `own` and `page` are the absolute addresses of the feed and of the
    list that it follows. The same documents always make the same bytes."""
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "zh-CN"})
    _add(feed, "id", name_of(f"feed {subject}"))
    _add(feed, "title", title)
    _add(feed, "updated", _moment(max((one.updated for one in entries), default=BEGINNING)))
    _add(_add(feed, "author"), "name", author)
    _add(feed, "link", rel="self", type=MEDIA_TYPE, href=own)
    _add(feed, "link", rel="alternate", type="text/html", href=page)
    for one in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", name_of(f"publication {one.code}"))
        _add(entry, "title", one.title)
        _add(entry, "link", rel="alternate", type="text/html", href=one.href)
        _add(entry, "published", _moment(one.published))
        _add(entry, "updated", _moment(one.updated))
        _add(_add(entry, "author"), "name", one.author)
        _add(entry, "category", term=one.category)
        _add(entry, "summary", one.summary)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="utf-8")


def mark(content: bytes) -> str:
    """What the feed's ETag says: the same for the same bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text:
        child.text = text
    return child
