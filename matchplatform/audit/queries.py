"""Reading and checking the audit."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from matchplatform.audit import rules
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock
from matchplatform.core.paging import Page
from matchplatform.database import page_of
from matchplatform.extensions import db


@dataclass(frozen=True)
class AuditFilter:
    """The auditor's filters, as they stand in the URL."""

    q: str = ""
    kind: tuple[str, ...] = ()
    result: str = ""
    start: str = ""
    end: str = ""
    page: int = 1


def rows(wanted: AuditFilter, size: int = 50) -> Page[AuditRow]:
    """Rows newest first. `q` looks in actor, object and reason; `start` and `end` are dates as people write them."""
    statement = sa.select(AuditRow)
    if wanted.q:
        like = f"%{wanted.q}%"
        statement = statement.where(sa.or_(AuditRow.actor_name.like(like), AuditRow.object_label.like(like),
                                           AuditRow.object_id.like(like), AuditRow.label.like(like),
                                           AuditRow.reason.like(like)))
    if wanted.kind:
        statement = statement.where(AuditRow.kind.in_(wanted.kind))
    if wanted.result:
        statement = statement.where(AuditRow.result == wanted.result)
    for text, column_side in ((wanted.start, "start"), (wanted.end, "end")):
        try:
            day = clock.parse_date(text) if text else None
        except ValueError:
            day = None
        if day is not None:
            statement = statement.where(AuditRow.at >= clock.start_of_day(day) if column_side == "start"
                                        else AuditRow.at <= clock.end_of_day(day))
    return page_of(statement, (AuditRow.id.desc(),), wanted.page, size)


def newest_mark(kinds: Iterable[str]) -> tuple[int, str]:
    """Number and hash of the newest row of these kinds: what this process built from, told apart from a row of the
    same number that was rolled back."""
    found = db.session.execute(_newest(tuple(kinds))).first()
    return (found.id, found.hash) if found else (0, "")


@lru_cache(maxsize=16)
def _newest(kinds: tuple[str, ...]) -> sa.Select[tuple[int, str]]:
    """One look into the index for each kind; all kinds in one condition would be sorted as a whole every time."""
    each = sa.union_all(*(sa.select(sa.func.max(AuditRow.id).label("newest")).where(AuditRow.kind == kind)
                          for kind in kinds)).subquery()
    return sa.select(AuditRow.id, AuditRow.hash).where(
        AuditRow.id == sa.select(sa.func.max(each.c.newest)).scalar_subquery())


def acts_since(kinds: Iterable[str], first: int, last: int, most: int) -> list[Any]:
    """The rows of these kinds numbered `first` to `last`, the oldest first, at most `most`: id, hash, kind,
    object_id, organization_id, result, detail."""
    return list(db.session.execute(
        sa.select(AuditRow.id, AuditRow.hash, AuditRow.kind, AuditRow.object_id, AuditRow.organization_id,
                  AuditRow.result, AuditRow.detail)
        .where(AuditRow.kind.in_(tuple(kinds)), AuditRow.id.between(first, last)).order_by(AuditRow.id).limit(most)))


def history(kind: str, object_id: object) -> list[AuditRow]:
    """What happened to one record, oldest first."""
    return list(db.session.scalars(sa.select(AuditRow).where(
        AuditRow.kind == kind, AuditRow.object_id == str(object_id)).order_by(AuditRow.id)))


def recent_from(address: str, act: str, since: dt.datetime, result: str | None = None) -> int:
    """How often an act came from a network address since a moment; only those with the result, if one is named."""
    conditions = [AuditRow.address == address, AuditRow.act == act, AuditRow.at >= since]
    if result is not None:
        conditions.append(AuditRow.result == result)
    return db.session.scalar(sa.select(sa.func.count()).select_from(AuditRow).where(*conditions)) or 0


def first_break() -> tuple[int, int | None]:
    """Walk the chain: (rows checked, id of the first row that does not fit or None)."""
    previous, checked = rules.GENESIS, 0
    # PostgreSQL reads through a cursor on the server: it is to be closed also when the walk ends at a break.
    with db.session.scalars(sa.select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=1000)) as found:
        for row in found:
            values: dict[str, Any] = {name: getattr(row, name) for name in rules.FIELDS}
            values["at"] = row.at.isoformat(timespec="microseconds")
            if row.previous_hash != previous or row.hash != rules.chain_hash(previous, values):
                return checked, row.id
            previous, checked = row.hash, checked + 1
    return checked, None
