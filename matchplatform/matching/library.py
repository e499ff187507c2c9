"""A library as an index plus what has changed since it was built, and how it follows the audit. Pure.

The database is the truth, the audit says what has been touched. A base is built as of a mark (number and hash of the
newest act then). From there a library follows the acts one after another: the touched records are read anew, and
those whose text or publicity is another go into the index's small fresh part. A library is never changed: it gives
way to its successor, so that a request that has begun with one ends with it, whatever other threads do meanwhile.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from matchplatform.matching.document import Document

KINDS = ("need", "offering", "organization", "pairing", "lexicon", "campaign")  # acts that may touch a library
LEAST_FOLLOWED = 2_000   # changed records that are always taken one by one; more than this and
SHARE_FOLLOWED = 0.05    # this share of the library are built anew together, which is quicker
MOST_FRESH = 1_000       # documents in the fresh part from which a new base is due: every question looks through them
SHARE_FRESH = 0.2        # or this share of the base, whose statistics no longer describe the library
LEAST_FRESH = 8          # below which a tiny library is not built anew for every act
RECORDS = "library.records"    # the base's own two arrays, beside the engine's
DIGESTS = "library.digests"

Mark = tuple[int, str]   # number and hash of an act
NO_ACT: Mark = (0, "")
Facets = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Entry:
    """A record as a library holds it: its text, and for each facet the values under which it may be found."""

    document: Document
    facets: Facets


@dataclass(frozen=True)
class Engine:
    """How an index is made and opened. Swapping the engine means another one of these.

    `build` makes the arrays and the meta of an index from documents and their facets, `index` the index from both.
    `keeps` says whether the arrays are all there is to it, so that they may lie on disk, and whether the index has
    `fork()` (a copy that shares the base and has a fresh part of its own), `put(document, facets)` and `remove(id)`.
    `version` is the arrays' layout; `recipe` names all else that a stored index depends on (encoder, shipped lists).
    """

    build: Callable[[Sequence[Document], Sequence[Facets]], tuple[Mapping[str, np.ndarray], Mapping[str, Any]]]
    index: Callable[[Mapping[str, np.ndarray], Mapping[str, Any]], Any]
    keeps: bool = True
    version: int = 1
    recipe: str = ""


@dataclass(frozen=True)
class Base:
    """An index as it was built, as of a mark: arrays and meta, and for each document the record's id (ascending) and
    the digest of its text. `identity` tells which stored segment it is, None for one in memory only."""

    arrays: Mapping[str, np.ndarray]
    meta: Mapping[str, Any]
    mark: Mark
    records: np.ndarray
    digests: np.ndarray
    identity: Any = None

    def digest_of(self, record: int) -> int | None:
        """The digest of a record's document, None when the base does not hold it."""
        place = int(np.searchsorted(self.records, record))
        held = place < len(self.records) and int(self.records[place]) == record
        return int(self.digests[place]) if held else None


@dataclass(frozen=True)
class Library:
    """One side as of a revision (database, number and hash of the newest act): the index, and which records differ
    from the base (their digests now, None for those that are gone)."""

    revision: tuple[str, int, str]
    index: Any
    base: Base
    changed: Mapping[int, int | None] = field(default_factory=dict)

    @property
    def mark(self) -> Mark:
        return self.revision[1:]

    def digest_of(self, record: int) -> int | None:
        """The digest of a record's document as the library holds it now."""
        return self.changed[record] if record in self.changed else self.base.digest_of(record)

    def content(self) -> str:
        """A name for what the library holds and for the statistics by which it weighs: the same whenever both are."""
        made = blake2b(self.base.records.tobytes() + self.base.digests.tobytes(), digest_size=16)
        made.update(repr(sorted(self.changed.items())).encode())
        return made.hexdigest()

    def is_due(self) -> bool:
        """Has the fresh part grown so much that a new base is worth while?"""
        most = max(LEAST_FRESH, min(MOST_FRESH, int(SHARE_FRESH * len(self.base.records))))
        # A record that is edited again and again leaves a dead row each time.
        return len(self.changed) > most or getattr(self.index, "delta_size", 0) > 4 * most

    def most_followed(self) -> int:
        """As many changed records are taken one by one at most."""
        return max(LEAST_FOLLOWED, int(SHARE_FOLLOWED * len(self.base.records)))


@dataclass(frozen=True)
class Touched:
    """What acts have touched: codes of needs and offerings, ids of organizations; or everything."""

    needs: frozenset[str] = frozenset()
    offerings: frozenset[str] = frozenset()
    organizations: frozenset[int] = frozenset()
    everything: bool = False


def digest(entry: Entry) -> int:
    """A number of 64 bits for an entry with all its parts."""
    told = repr((astuple(entry.document), [(name, list(values)) for name, values in sorted(entry.facets.items())]))
    return int.from_bytes(blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def built(entries: Sequence[Entry], mark: Mark, engine: Engine) -> Base:
    """A base of entries whose documents' ids are records' numbers, ascending."""
    arrays, meta = engine.build([one.document for one in entries], [one.facets for one in entries])
    return Base(arrays, meta, mark, np.array([int(one.document.id) for one in entries], dtype=np.int64),
                np.array([digest(one) for one in entries], dtype=np.uint64))


def stored(base: Base, engine: Engine) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The base as a store takes it."""
    return ({**base.arrays, RECORDS: base.records, DIGESTS: base.digests},
            {"index": dict(base.meta), "mark": list(base.mark), "recipe": engine.recipe})


def restored(arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any], identity: Any, engine: Engine) -> Base:
    """The base that `stored` gave. Raises ValueError when it was made by another recipe or is no base."""
    if meta.get("recipe") != engine.recipe:
        raise ValueError(f"made by recipe {meta.get('recipe')!r}, wanted {engine.recipe!r}")
    try:
        number, text = meta["mark"]
        inner = {name: one for name, one in arrays.items() if name not in (RECORDS, DIGESTS)}
        return Base(inner, meta["index"], (int(number), str(text)), arrays[RECORDS], arrays[DIGESTS], identity)
    except (KeyError, TypeError) as error:
        raise ValueError(f"no base: {error!r}") from error


def opened(database: str, base: Base, engine: Engine) -> Library:
    """The library as the base was built."""
    return Library((database, *base.mark), engine.index(base.arrays, base.meta), base)


def touched(acts: Iterable[Any]) -> Touched:
    """What the acts (rows with kind, object_id, organization_id, result, detail) may have changed in the libraries.

    Refused acts changed nothing. Word lists and the names of categories are in every text; an act that cannot be
    read touches everything, too.
    """
    needs, offerings, organizations = set(), set(), set()
    for act in acts:
        if act.result == "refused":
            continue
        if act.kind == "need":
            needs.add(act.object_id)
        elif act.kind == "offering":
            offerings.add(act.object_id)
        elif act.kind == "organization" and (act.organization_id is not None or act.object_id.isdigit()):
            organizations.add(int(act.organization_id if act.organization_id is not None else act.object_id))
        elif act.kind == "pairing" and (pair := _pair(act.detail)) is not None:
            needs.add(pair[0])
            offerings.add(pair[1])
        elif act.kind != "campaign" or act.object_id.startswith("category:"):
            return Touched(everything=True)
    return Touched(frozenset(needs), frozenset(offerings), frozenset(organizations))


def _pair(detail: str) -> tuple[str, str] | None:
    """The codes of the need and the offering that a pairing's act names."""
    try:
        said = json.loads(detail)
        need, offering = said["need"], said["offering"]
    except (ValueError, TypeError, KeyError):
        return None
    return (need, offering) if isinstance(need, str) and isinstance(offering, str) else None


def follows(acts: Sequence[Any], start: Mark, end: Mark) -> bool:
    """Do the acts, `start` itself among them, lead from one mark to the other? A mark that was rolled back, or that
    belongs to another history of the database, is not found with its hash."""
    marks = [(act.id, act.hash) for act in acts]
    return (start == NO_ACT or marks[:1] == [start]) and (marks[-1:] or [NO_ACT]) == [end]


def successor(library: Library, mark: Mark, entries: Mapping[int, Entry | None], engine: Engine) -> Library | None:
    """The library as of the mark, given the touched records as they are now (None: not public any more).

    A record whose entry is as before is not touched. None when the index cannot be changed and would have to be.
    """
    now = {record: None if one is None else digest(one) for record, one in entries.items()}
    differing = [record for record, value in now.items() if value != library.digest_of(record)]
    revision = (library.revision[0], *mark)
    if not differing:
        return replace(library, revision=revision)
    if not engine.keeps:
        return None
    index, changed = library.index.fork(), dict(library.changed)
    for record in differing:
        entry = entries[record]
        if entry is None:
            index.remove(str(record))
        else:
            index.put(entry.document, entry.facets)
        changed[record] = now[record]
        if now[record] == library.base.digest_of(record) and now[record] is None:
            del changed[record]  # came and went since the base was built
    return Library(revision, index, library.base, changed)
