"""Writing the audit: one row an act, in the same transaction as the act."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.audit import rules
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock, origin
from matchplatform.extensions import db

_CHAIN_LOCK = 7_316_001  # one advisory lock number for the chain, PostgreSQL only
_LAST = sa.select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)


def hold_chain() -> None:
    """Queue up for the chain until the commit: SQLite has one writer anyway, PostgreSQL takes an advisory lock."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))


def record(actor: Any, act: str, label: str, kind: str, *, object_id: object = "", object_label: str = "",
           county_code: str | None = None, organization_id: int | None = None, result: str = "done",
           reason: str = "", detail: dict[str, Any] | None = None) -> AuditRow:
    """Add a row to the chain. `actor` may be None for the system itself or an unknown person.

    Writers queue up here, see `hold_chain`, so the chain has neither forks nor gaps.
    """
    hold_chain()
    previous = db.session.scalar(_LAST) or rules.GENESIS
    values = _values(actor, clock.now(), act, label, kind, object_id, object_label, county_code, organization_id,
                     result, reason, detail)
    row = AuditRow(**_linked(values, previous))
    db.session.add(row)
    db.session.flush()
    return row


def record_many(actor: Any, act: str, label: str, kind: str, objects: Iterable["Object"], reason: str = "") -> int:
    """One row for each of many records on which the same was done; answers how many. The same chain as `record`,
    written at once."""
    hold_chain()
    db.session.flush()
    previous, moment, rows = db.session.scalar(_LAST) or rules.GENESIS, clock.now(), []
    for one in objects:
        values = _values(actor, moment, act, label, kind, one.id, one.label, one.county_code, one.organization_id,
                         "done", reason, one.detail)
        rows.append(_linked(values, previous))
        previous = rows[-1]["hash"]
    if rows:
        db.session.execute(sa.insert(AuditRow), rows)
    return len(rows)


@dataclass(frozen=True)
class Object:
    """A record that an act was done on, as the audit names it."""

    id: object
    label: str
    county_code: str | None = None
    organization_id: int | None = None
    detail: dict[str, Any] | None = None


def _values(actor: Any, moment: dt.datetime, act: str, label: str, kind: str, object_id: object, object_label: str,
            county_code: str | None, organization_id: int | None, result: str, reason: str,
            detail: dict[str, Any] | None) -> dict[str, Any]:
    """What the hash is made of, in the words in which it is made."""
    return {
        "at": moment.isoformat(timespec="microseconds"),
        "actor_id": getattr(actor, "id", None), "actor_name": getattr(actor, "name", None) or "平台",
        "actor_role": getattr(actor, "role", None) or "", "address": origin.address.get(),
        "act": act, "label": label, "kind": kind, "object_id": str(object_id), "object_label": object_label[:200],
        "county_code": county_code, "organization_id": organization_id, "result": result, "reason": reason,
        "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str) if detail else "",
    }


def _linked(values: dict[str, Any], previous: str) -> dict[str, Any]:
    """The columns of the row that follows the one with the hash `previous`."""
    return {**values, "at": dt.datetime.fromisoformat(values["at"]), "previous_hash": previous,
            "hash": rules.chain_hash(previous, values)}
