"""The libraries as the match engine sees them, fresh in every process at every request.

Every act on a need, an offering or an organization leaves an audit row in its own transaction; so the newest such
row says whether this process's index still shows the libraries as they are. One indexed look-up a request answers
that; only when it moved are the texts read again. Tokens of unchanged texts are kept by the text layer: with 120
needs and 265 offerings that takes a tenth of a second.

The row's hash belongs to the answer, not its number alone: a request that writes sees its own row before it is
committed, and when it is rolled back the next act gets the same number.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.audit.queries import newest_mark
from matchplatform.catalog.queries import category, place
from matchplatform.extensions import db
from matchplatform.matching.index import Document, TextIndex
from matchplatform.needs.queries import published_needs
from matchplatform.offerings.queries import published_offerings

KINDS = ("need", "offering", "organization", "pairing")


@dataclass(frozen=True)
class Library:
    """One side as of a revision: the index and the database ids in the index's order."""

    revision: tuple[str, int, str]
    index: TextIndex


_lock = threading.Lock()
_kept: dict[str, Library] = {}


def forget() -> None:
    """Drop what this process has built; tests exchange the database under it."""
    with _lock:
        _kept.clear()


def category_name(code: str | None) -> str:
    """A category's name; "" for a draft that has none yet."""
    one = category(code)
    return one.name if one else ""


def need_document(need: Any) -> Document:
    """A need's text: title, what is to be done, category and place. Its lines stay out: they would be read one need
    at a time, and the body names what is lacking anyway."""
    return Document(id=str(need.id or 0), title=need.title or "", body=need.body or "",
                    category=category_name(need.category_code), place=place(need.township_code or need.county_code))


def offering_document(offering: Any) -> Document:
    """An offering's text: title, content and standards, category and served places."""
    return Document(id=str(offering.id or 0), title=offering.title or "", body=offering.body or "",
                    category=category_name(offering.category_code),
                    place="、".join(place(code) for code in offering.area_codes))


def _library(name: str, load: Callable[[], Sequence[Any]], document: Callable[[Any], Document]) -> Library:
    revision = (str(db.engine.url), *newest_mark(KINDS))
    found = _kept.get(name)
    if found is not None and found.revision == revision:
        return found
    with _lock:
        found = _kept.get(name)
        if found is not None and found.revision == revision:
            return found
        # Read after the revision: what lands in between is read now and read again at the next request.
        built = Library(revision, TextIndex.build([document(record) for record in load()]))
        _kept[name] = built
        return built


def needs() -> Library:
    """The need library as it is now."""
    return _library("needs", published_needs, need_document)


def offerings() -> Library:
    """The offering library as it is now."""
    return _library("offerings", published_offerings, offering_document)
