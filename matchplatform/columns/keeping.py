"""Tables of columns that are as the database is, in every process at every request.

Every act on a record leaves an audit row in its own transaction; so the newest row of the kinds that touch a table
says whether it still is as the database has it (one indexed look-up a request). When it moved, the acts since are read
and only what they touched is read again. What cannot be followed is read anew as a whole. A transaction that has
changed something gets tables of its own that end with it. It is the protocol of the match index (`matching/corpus.py`)
without a folder: reading 100,000 records anew takes a second.
"""

import json
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import has_app_context

from matchplatform.audit.queries import acts_since, newest_mark
from matchplatform.columns.table import Layout, Row, Table
from matchplatform.database import uncommitted
from matchplatform.extensions import db

MOST_ACTS = 5_000   # acts that are followed; beyond that reading anew is quicker
AT_ONCE = 5_000     # codes in one statement
SNAPSHOT = 60.0     # seconds; no request reads in a snapshot as old as that
NO_ACT = (0, "")

Mark = tuple[int, str]
_versions: list["Kept"] = []


@dataclass(frozen=True)
class Touched:
    """What acts may have changed: codes of the table's own records, ids of their organizations."""

    codes: frozenset[str] = frozenset()
    organizations: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Version:
    mark: Mark
    table: Table


class Kept:
    """One library's table. `read` gives all rows, or those that were touched; `touched` tells what acts have touched,
    None for everything. `kinds` are the audit's kinds of such acts."""

    def __init__(self, layout: Layout, kinds: tuple[str, ...], read: Callable[[Touched | None], Sequence[Row]],
                 touched: Callable[[Sequence[Any]], Touched | None]) -> None:
        self.layout, self._kinds, self._read, self._touched = layout, kinds, read, touched
        self._lock = threading.Lock()
        self._kept: dict[str, _Version] = {}
        self._confirmed: dict[str, float] = {}
        _versions.append(self)

    def table(self) -> Table:
        """The table as it is now."""
        database, mark, ours = str(db.engine.url), newest_mark(self._kinds), uncommitted()
        found = self._kept.get(database)
        if found is not None and found.mark == mark:
            self._confirmed[database] = time.monotonic()
            return found.table
        if ours is not None:
            own = ours.get(id(self))
            if own is None or own.mark != mark:
                own = ours[id(self)] = self._followed(own or found, mark)
            return own.table
        with self._lock:
            found = self._kept.get(database)
            # This request's snapshot may be older than what another thread has seen a moment ago; the newer table
            # serves it, too. Not for long: a database brought back from a copy is older as well, and stays so.
            newer = found is not None and found.mark[0] > mark[0] and (
                time.monotonic() - self._confirmed.get(database, float("-inf")) < SNAPSHOT)
            if found is None or not newer:
                found = self._kept[database] = self._followed(found, mark)
                self._confirmed[database] = time.monotonic()
            return found.table

    def _followed(self, start: _Version | None, mark: Mark) -> _Version:
        """The table carried on to the mark, or read anew where that is not possible."""
        if start is not None and start.mark == mark:
            return start
        if start is None or start.mark[0] > mark[0]:
            return self._anew(mark)
        acts = acts_since(self._kinds, start.mark[0], mark[0], MOST_ACTS)
        known = start.mark == NO_ACT or [(act.id, act.hash) for act in acts[:1]] == [start.mark]
        if not known or [(act.id, act.hash) for act in acts[-1:]] != [mark]:
            return self._anew(mark)
        what = self._touched([act for act in acts if act.id != start.mark[0] and act.result != "refused"])
        if what is None or len(what.codes) > AT_ONCE or len(what.organizations) > AT_ONCE:
            return self._anew(mark)
        rows = self._read(what) if what.codes or what.organizations else []
        gone = what.codes - {row[1] for row in rows}
        return _Version(mark, start.table.with_rows(rows, gone) if rows or gone else start.table)

    def _anew(self, mark: Mark) -> _Version:
        # Read after the mark: what lands in between is read now and read again when it is followed.
        return _Version(mark, Table.of(self.layout, self._read(None)))

    def forget(self) -> None:
        """Drop what this process has read."""
        with self._lock:
            self._kept.clear()
            self._confirmed.clear()
        if has_app_context() and (ours := uncommitted()) is not None:
            ours.pop(id(self), None)


def raw(column: Any) -> Any:
    """A moment or day as the driver gives it: hundreds of thousands of Python dates would cost seconds."""
    return sa.type_coerce(column, sa.types.NullType())


def read_rows(statement: sa.Select[Any]) -> Sequence[Any]:
    """The rows of a statement about columns, past the session, which would ask of each whether it is a record."""
    db.session.flush()
    return db.session.connection().execute(statement).all()


def forget() -> None:
    """Drop all tables of this process: tests change records past the acts, and exchange the database."""
    for one in _versions:
        one.forget()


def named_in_pairings(acts: Collection[Any], name: str) -> frozenset[str] | None:
    """The codes of the needs or offerings (`name`) that pairings' acts name; None when one does not say."""
    codes = set()
    for act in acts:
        try:
            code = json.loads(act.detail)[name]
        except (ValueError, TypeError, KeyError):
            return None
        if not isinstance(code, str):
            return None
        codes.add(code)
    return frozenset(codes)
