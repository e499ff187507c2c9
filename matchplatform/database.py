"""How columns and connections behave: the SQLite recipe, UTC moments, encrypted text, guarded statuses.

Beside `extensions` at the bottom of the tiers, because every feature's models need it and it knows none of them.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app
from sqlalchemy import event
from sqlalchemy.engine import Engine

from matchplatform.config import data_keys
from matchplatform.core.errors import Refusal
from matchplatform.core.paging import Page, within
from matchplatform.core.rules import Choices, Lifecycle
from matchplatform.extensions import db

# A request that may write takes SQLite's write lock before its first read; otherwise two writers that read the same
# row both go on to write it, and one update is lost without a word. GET sets this to False.
writing: ContextVar[bool] = ContextVar("writing", default=True)


def prepare_sqlite(engine: Engine) -> None:
    """Give one SQLite engine foreign keys, WAL, patience, and BEGIN IMMEDIATE for writers."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late; "begin" below emits it
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=30000", "synchronous=NORMAL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


@event.listens_for(db.session, "after_flush")
def _note_changes(session: Any, _context: Any) -> None:
    session.info.setdefault("uncommitted", {})


@event.listens_for(db.session, "after_transaction_end")
def _forget_changes(session: Any, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop("uncommitted", None)


def uncommitted() -> dict[str, Any] | None:
    """None as long as this transaction has changed nothing; then a place that ends with it, for whatever is worked
    out from changes that others do not see and that may yet be undone."""
    return db.session.info.get("uncommitted")


class Moment(sa.types.TypeDecorator[dt.datetime]):
    """An aware moment, stored as UTC; SQLite keeps it without a zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime: use core.clock.now()")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Encrypted(sa.types.TypeDecorator[str]):
    """Text encrypted at rest with the keys in DATA_KEY (first key writes, all read)."""

    impl = sa.Text
    cache_ok = True

    @staticmethod
    def _box() -> MultiFernet:
        return MultiFernet([Fernet(key) for key in data_keys(current_app.config["DATA_KEY"])])

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else self._box().encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        if value is None:
            return None
        try:
            return self._box().decrypt(value.encode()).decode()
        except InvalidToken:
            raise RuntimeError("an encrypted column cannot be read with DATA_KEY: was the key changed?") from None


def fingerprint(text: str) -> str:
    """A keyed hash (64 hex digits) by which equal texts are found without keeping them: telephone numbers are few
    enough to be tried out against a bare one. The last of DATA_KEY's keys makes it, so a new one in front changes
    nothing."""
    key = data_keys(current_app.config["DATA_KEY"])[-1]
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def choice_check(column: str, choices: Choices, name: str | None = None) -> sa.CheckConstraint:
    """A CHECK that the column holds one of the listed values."""
    listed = ", ".join(f"'{value}'" for value in choices.values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name or column)


def in_states(column: str, values: tuple[str, ...] | frozenset[str]) -> str:
    """SQL text `column IN (…)` for CHECKs and partial indexes."""
    return f"{column} IN ({', '.join(repr(v) for v in sorted(values))})"


def guard_status(model: type, lifecycle: Lifecycle, attribute: str = "status") -> None:
    """Let the attribute change only along the lifecycle's table; a new record starts where the lifecycle starts."""

    @event.listens_for(getattr(model, attribute), "set", active_history=True)
    def check(target: Any, value: str, old: Any, _initiator: Any) -> None:
        if old in (sa.orm.attributes.NO_VALUE, sa.orm.attributes.NEVER_SET, None):
            if value != lifecycle.initial:
                raise Refusal(f"新记录只能从“{lifecycle.states[lifecycle.initial].label}”开始。")
        elif value != old and not lifecycle.moves(old, value):
            raise Refusal(f"不能从“{lifecycle.states[old].label}”变成“{lifecycle.states[value].label}”。")


def page_of(rows: sa.Select[Any], order: Sequence[Any], number: int, size: int) -> Page[Any]:
    """One page of a statement's records in two statements, however many rows there are; a page too far is the last."""
    total = db.session.scalar(rows.with_only_columns(sa.func.count(), maintain_column_froms=True)) or 0
    page = within(number, size, total)
    found = db.session.scalars(rows.order_by(*order).limit(size).offset((page - 1) * size)).all()
    return Page(found, page, size, total)


def last_number(column: Any, prefix: str) -> int:
    """The highest number behind a prefix (JD2026-0412: 412), 0 where there is none. Two who ask at once get the same:
    the column is unique and tells the second."""
    codes = db.session.scalars(sa.select(column).where(column.startswith(prefix, autoescape=True)).order_by(
        sa.func.length(column).desc(), column.desc()).limit(20))
    return max((int(code[len(prefix):]) for code in codes if code[len(prefix):].isdigit()), default=0)
