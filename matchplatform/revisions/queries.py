"""Reading versions: all of a record, the one that stood at a moment."""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from matchplatform.extensions import db
from matchplatform.revisions.models import Revision


def _of(kind: str, code: str, states: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    rows = [Revision.kind == kind, Revision.code == code]
    return rows if states is None else [*rows, Revision.status.in_(states)]


def versions(kind: str, code: str, states: Collection[str] | None = None) -> list[Revision]:
    """A record's versions, the oldest first; `states`: only those that stood in one of them."""
    return list(db.session.scalars(sa.select(Revision).where(*_of(kind, code, states)).order_by(Revision.number)))


def as_of(kind: str, code: str, moment: dt.datetime) -> Revision | None:
    """The version that stood at a moment, or None when the record (or its history) began later."""
    return db.session.scalar(sa.select(Revision).where(*_of(kind, code, None), Revision.at <= moment)
                             .order_by(Revision.number.desc()).limit(1))


def last_number(kind: str, code: str) -> int:
    """The number of the newest version; 0 where there is none."""
    return db.session.scalar(sa.select(sa.func.max(Revision.number)).where(*_of(kind, code, None))) or 0
