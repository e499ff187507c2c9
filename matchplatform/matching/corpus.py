"""The libraries as the match engine sees them, fresh in every process at every request.

Every act on a need, an offering or an organization leaves an audit row in its own transaction; so the newest such row
says whether this process's libraries still are as the database has them. One indexed look-up a request answers that.
When it moved, the acts since are read and only what they touched is read again (`library.py`); what cannot be
followed is built anew. The row's hash belongs to the mark, not its number alone: after a rollback the next act gets
the same number.

A transaction that has changed something sees its own rows, which may yet be undone: it gets libraries of its own that
end with it, and the ones that all threads share never hold what is not committed.

The base of a library is kept in a folder and mapped by all processes (`store.py`). When the fresh part has grown, one
of them builds a new base from the database in the background; the others notice it by one `stat` a request.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, current_app, has_request_context

from matchplatform.audit.queries import acts_since, newest_mark
from matchplatform.catalog.queries import category, place
from matchplatform.database import uncommitted, writing
from matchplatform.extensions import db
from matchplatform.matching import library as protocol
from matchplatform.matching import meaning
from matchplatform.matching.combination import Combination
from matchplatform.matching.compiling import fingerprint
from matchplatform.matching.document import Document
from matchplatform.matching.encoders import measured
from matchplatform.matching.index import TextIndex
from matchplatform.matching.lexicon_queries import current_lexicon
from matchplatform.matching.library import KINDS, NO_ACT, Base, Engine, Entry, Library, Mark, Touched
from matchplatform.matching.ranking import LEXICAL
from matchplatform.matching.store import SegmentStore, StoreUnwritable
from matchplatform.matching.text import shipped_lists
from matchplatform.needs.queries import need_texts
from matchplatform.offerings.queries import offering_texts

TEXTS = 1           # another number when other parts of a record make its text: stored bases are then built anew
MOST_ACTS = 20_000  # acts that are read to follow; beyond that building anew is quicker
AT_ONCE = 5_000     # codes in one statement
PAUSE, LONG_PAUSE = 5.0, 600.0  # seconds from one building to the next, and after a failure
SNAPSHOT = 60.0     # seconds; no request reads in a snapshot as old as that

Key = tuple[str, str]  # database, library

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_locks: dict[Key, threading.Lock] = {}
_kept: dict[Key, Library] = {}
_confirmed: dict[Key, float] = {}    # when a request last found that the library is as the database is
_handed: dict[Key, Base] = {}        # built in the background where no folder takes them
_refused: dict[Key, Any] = {}        # identity of a stored base that is of no use here
_stores: dict[tuple[str, str, str], SegmentStore] = {}
_not_before: dict[Key, float] = {}
_building: set[Key] = set()
_measured: dict[Any, Combination] = {}


def forget() -> None:
    """Drop what this process has built; tests exchange the database under it."""
    with _lock:
        for one in (_kept, _confirmed, _handed, _refused, _not_before):
            one.clear()


# ---- the index in use

def engine(side: str) -> Engine:
    """How this application indexes a library; tests put another one in its place."""
    return _engine(side, current_app.config["MATCH_ENCODER"], meaning.recipe(meaning.meanings()))


@lru_cache(maxsize=16)
def _engine(side: str, _setting: str, encoders: str) -> Engine:
    def build(documents: Sequence[Document], facets: Sequence[protocol.Facets]) -> Any:
        return TextIndex.arrays_of(documents, current_lexicon(), facets, meanings=meaning.vectors(documents, side))

    def index(arrays: Any, meta: Any) -> TextIndex:
        made = TextIndex(arrays, meta, current_lexicon())
        made.encode = lambda document: meaning.rows_of_one(document, side)
        return made

    return Engine(build, index, recipe=f"{fingerprint()} {shipped_lists()} {encoders}")


# ---- records to documents

def category_name(code: str | None) -> str:
    """A category's name; "" for a draft that has none yet."""
    one = category(code)
    return one.name if one else ""


def _need_text(number: int, need: Any, items: Collection[str], where: str) -> Document:
    body = "\n".join(part for part in (need.body, "、".join(items)) if part)
    return Document(id=str(number), title=need.title or "", body=body, category=category_name(need.category_code),
                    place=where)


def need_document(need: Any) -> Document:
    """A need's text: title, what is to be done, the names of its lines (事项), category and place."""
    return _need_text(need.id or 0, need, [line.item for line in need.lines if line.item],
                      place(need.township_code or need.county_code))


def need_words(need: Any) -> str:
    """What a page shows where it marks a need's words: the body, then the names of its lines."""
    items = "、".join(line.item for line in need.lines if line.item)
    return f"{need.body or ''}{f' 事项：{items}。' if items else ''}"


def offering_document(offering: Any) -> Document:
    """An offering's text: title, content and standards, category and served places."""
    return Document(id=str(offering.id or 0), title=offering.title or "", body=offering.body or "",
                    category=category_name(offering.category_code),
                    place="、".join(place(code) for code in offering.area_codes))


@dataclass(frozen=True)
class _Side:
    """How one library is read: all that is public, or what was touched (None where something is unknown)."""

    all: Callable[[], list[Entry]]
    touched: Callable[[Touched], dict[int, Entry | None] | None]


def _portions(codes: Collection[Any]) -> Iterator[list[Any]]:
    listed = sorted(codes)
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start:start + AT_ONCE]


def need_entry(row: Any) -> Entry:
    """A row of `need_texts` as the library holds it."""
    return Entry(_need_text(row.id, row, row.items, place(row.county_code) + row.township),
                 {"category": (row.category_code,), "area": (row.county_code,), "state": (row.status,)})


def _offering_entry(row: Any) -> Entry:
    return Entry(offering_document(row), {"category": (row.category_code,), "area": row.area_codes,
                                           "state": (row.status,)})


def _touched_needs(what: Touched) -> dict[int, Entry | None] | None:
    rows = [row for part in _portions(what.needs) for row in need_texts(part)]
    found = {row.id: need_entry(row) if row.is_public else None for row in rows}
    return found if what.needs <= {row.code for row in rows} else None


def _touched_offerings(what: Touched) -> dict[int, Entry | None] | None:
    rows = [row for part in _portions(what.offerings) for row in offering_texts(part)]
    known = what.offerings <= {row.code for row in rows}
    rows += [row for part in _portions(what.organizations) for row in offering_texts((), part)]
    return {row.id: _offering_entry(row) if row.is_public else None for row in rows} if known else None


_SIDES = {"needs": _Side(lambda: [need_entry(row) for row in need_texts()], _touched_needs),
          "offerings": _Side(lambda: [_offering_entry(row) for row in offering_texts()], _touched_offerings)}


# ---- a library as of now

def needs() -> Library:
    """The need library as it is now."""
    return _library("needs")


def offerings() -> Library:
    """The offering library as it is now."""
    return _library("offerings")


def _library(name: str) -> Library:
    database, mark = str(db.engine.url), newest_mark(KINDS)
    key, ours = (database, name), uncommitted()
    if ours is not None:
        return _private(key, mark, ours)
    found = _kept.get(key)
    if found is None or found.mark != mark or _has_newer_base(key, found):
        with _lock:
            lock = _locks.setdefault(key, threading.Lock())
        with lock:
            found = _kept[key] = _current(key, mark, _kept.get(key))
            if found.mark == mark:  # before the next thread comes in, whose mark may be older
                _confirmed[key] = time.monotonic()
    elif time.monotonic() - _confirmed.get(key, 0.0) > 1:
        _confirmed[key] = time.monotonic()
    _build_if_due(key, found)
    return found


def _private(key: Key, mark: Mark, ours: dict[str, Any]) -> Library:
    """The library as this transaction sees it, kept with the transaction only."""
    shared, own = _kept.get(key), ours.get(key[1])
    if shared is not None and shared.mark == mark:
        return shared
    if own is None or own.mark != mark:
        start = own or shared
        own = ours[key[1]] = (_followed(key[1], start, mark) if start is not None else None) or _rebuilt(key, mark)
    return own


def _current(key: Key, mark: Mark, found: Library | None) -> Library:
    """The library at the mark: from a newer base if one leads there, else from the one at hand, else built anew."""
    fresh = _on_newer_base(key, mark, found)
    if fresh is not None:
        return fresh
    if found is not None:
        # This request's snapshot is older than what another thread has seen a moment ago; the newer one serves it,
        # too. Not for long: a database brought back from a copy is older as well, and stays so.
        if found.mark[0] > mark[0] and time.monotonic() - _confirmed.get(key, float("-inf")) < SNAPSHOT:
            return found
        following = _followed(key[1], found, mark)
        if following is not None and not (following.is_due() and current_app.config["MATCH_COMPACTION"] == "never"):
            return following
    return _rebuilt(key, mark)


def _base(name: str, mark: Mark) -> Base:
    return protocol.built(_SIDES[name].all(), mark, engine(name))


def _rebuilt(key: Key, mark: Mark) -> Library:
    # Read after the mark: what lands in between is read now and read again when it is followed.
    return protocol.opened(key[0], _base(key[1], mark), engine(key[1]))


def _followed(name: str, start: Library, mark: Mark) -> Library | None:
    """The library carried on to the mark; None when that is not possible or not worth while."""
    if start.mark == mark:
        return start
    if start.mark[0] > mark[0]:
        return None
    acts = acts_since(KINDS, start.mark[0], mark[0], MOST_ACTS)
    if not protocol.follows(acts, start.mark, mark):
        return None
    what = protocol.touched(acts[1:] if start.mark[0] else acts)
    if what.everything or len(what.needs) + len(what.offerings) > start.most_followed():
        return None
    documents = _SIDES[name].touched(what)
    if documents is None or len(documents) > start.most_followed():
        return None
    return protocol.successor(start, mark, documents, engine(name))


def combination() -> Combination:
    """How words and meaning are combined here. A model of the operator's own is measured on the libraries' bases."""
    models = meaning.meanings()
    if all(one.mean is not None for one in models):
        return meaning.combination()
    pair = needs(), offerings()
    marks = tuple((one.base.mark, one.base.identity) for one in pair)
    if any(set(one.index.meanings) < {model.name for model in models} for one in pair):
        return LEXICAL
    with _lock:
        if marks not in _measured:
            _measured.clear()
            _measured[marks] = Combination([measured(one, *(side.index.vectors(one.name) for side in pair))
                                            for one in models])
        return _measured[marks]


# ---- bases that all processes share

def folder_name(url: Any) -> str:
    """A folder's name for a database: readable, another one for every other database, the same after a change of
    password."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", Path(url.database or "memory").stem)[:40]
    return f"{name}-{sha256(url.set(password='').render_as_string().encode()).hexdigest()[:16]}"


def _store(key: Key) -> SegmentStore | None:
    """Where this database's bases are kept; None when they stay in memory."""
    root = current_app.config["MATCH_INDEX_FOLDER"]
    if not root or not engine(key[1]).keeps:
        return None
    place_of = (root, *key)
    if place_of not in _stores:
        _stores[place_of] = SegmentStore(Path(root) / folder_name(db.engine.url), key[1],
                                         engine(key[1]).version * 1000 + TEXTS)
    return _stores[place_of]


def _has_newer_base(key: Key, found: Library) -> bool:
    if key in _handed:
        return True
    store = _store(key)
    identity = store.identity() if store is not None else None
    return identity is not None and identity not in (found.base.identity, _refused.get(key))


def _on_newer_base(key: Key, mark: Mark, found: Library | None) -> Library | None:
    """The library on a base that came after the one at hand; None when there is none that leads to the mark."""
    base, store = _handed.pop(key, None), _store(key)
    identity = store.identity() if store is not None else None
    if base is None and store is not None and identity is not None and identity != _refused.get(key) \
            and (found is None or identity != found.base.identity):
        held = store.open()
        try:
            if held is not None:
                base = protocol.restored(held.arrays, held.meta, held.identity, engine(key[1]))
        except ValueError as error:
            _log.warning("the stored %s index is not used: %s", key[1], error)
        if base is None:
            _refused[key] = identity
    if base is None:
        return None
    made = _followed(key[1], protocol.opened(key[0], base, engine(key[1])), mark)
    if made is None and base.mark[0] <= mark[0]:
        _log.warning("the stored %s index does not lead to the newest act; it is built anew", key[1])
        _refused[key] = base.identity
    elif made is None and base.identity is None:
        _handed[key] = base  # this request's snapshot is older; the next one takes it
    return made


def _build_if_due(key: Key, found: Library) -> None:
    """See to a new base when the fresh part has grown or the base lies in this process's memory only."""
    mode = current_app.config["MATCH_COMPACTION"]
    unsaved = found.base.identity is None and _store(key) is not None and found.mark != NO_ACT
    due = found.is_due() or unsaved or _lacks_meaning(found)
    if not engine(key[1]).keeps or not due or time.monotonic() < _not_before.get(key, float("-inf")):
        return
    if mode == "at_once":
        _build(current_app._get_current_object(), key, found)  # type: ignore[attr-defined]
    elif mode == "background" and has_request_context():  # a command ends before it would be done
        with _lock:
            if key in _building:
                return
            _building.add(key)
        threading.Thread(target=_build, args=(current_app._get_current_object(), key, found),  # type: ignore
                         name=f"{key[1]} index", daemon=True).start()


def _lacks_meaning(found: Library) -> bool:
    """Is meaning to be compared, but some of the documents have no vectors yet? Not after a failure: it would fail
    again."""
    return bool(meaning.meanings() and found.index.size and not found.index.meanings and not meaning.failed_lately())


def _build(app: Flask, key: Key, found: Library) -> None:
    """Build a new base with a session of its own, which sees what is committed and takes no lock."""
    token = writing.set(False)
    try:
        with app.app_context():
            _not_before[key] = time.monotonic() + (PAUSE if _replace_base(key, found) else LONG_PAUSE)
    except Exception:
        _not_before[key] = time.monotonic() + LONG_PAUSE
        _log.exception("the %s index could not be built in the background", key[1])
    finally:
        writing.reset(token)
        _building.discard(key)


def _replace_base(key: Key, found: Library) -> bool:
    """Build a base and keep it in the folder, or hand it over in memory when there is none to keep it in. False when
    the folder refuses."""
    store, base = _store(key), None
    try:
        if store is not None:
            with store.lock(wait=False) as ours:
                if ours and store.identity() in (found.base.identity, _refused.get(key)):
                    base = _base(key[1], newest_mark(KINDS))
                    store.write(*protocol.stored(base, engine(key[1])))
            return True
    except StoreUnwritable as error:
        _log.warning("the %s index stays in each process's memory: %s", key[1], error)
    if base is not None or found.is_due():
        _handed[key] = base or _base(key[1], newest_mark(KINDS))
    return store is None


def save() -> list[str]:
    """Build and keep both bases now, for the command line; answers the libraries that lie in the folder afterwards.
    Raises StoreUnwritable."""
    done = []
    for name in _SIDES:
        store = _store((str(db.engine.url), name))
        if store is not None:
            with store.lock():
                store.write(*protocol.stored(_base(name, newest_mark(KINDS)), engine(name)))
            done.append(name)
    return done


def damaged() -> list[str]:
    """The libraries whose stored base is not as it was written, every byte of it compared."""
    stores = {name: _store((str(db.engine.url), name)) for name in _SIDES}
    return [name for name, store in stores.items()
            if store is not None and store.identity() is not None and not (store.open() and store.verify())]
