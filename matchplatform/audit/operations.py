"""Writing the audit: one row an act, in the same transaction as the act."""

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa

from matchplatform.audit import rules
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock, origin
from matchplatform.extensions import db

_CHAIN_LOCK = 7_316_001  # one advisory lock number for the chain, PostgreSQL only
_LAST = sa.select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)


def record(actor: Any, act: str, label: str, kind: str, *, object_id: object = "", object_label: str = "",
           county_code: str | None = None, organization_id: int | None = None, result: str = "done",
           reason: str = "", detail: dict[str, Any] | None = None) -> AuditRow:
    """Add a row to the chain. `actor` may be None for the system itself or an unknown person.

    Writers queue up here: SQLite has one writer anyway, PostgreSQL takes an advisory lock until the commit, so the
    chain has neither forks nor gaps.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    previous = db.session.scalar(_LAST) or rules.GENESIS
    values: dict[str, Any] = {
        "at": clock.now().isoformat(timespec="microseconds"),
        "actor_id": getattr(actor, "id", None), "actor_name": getattr(actor, "name", None) or "平台",
        "actor_role": getattr(actor, "role", None) or "", "address": origin.address.get(),
        "act": act, "label": label, "kind": kind, "object_id": str(object_id), "object_label": object_label[:200],
        "county_code": county_code, "organization_id": organization_id, "result": result, "reason": reason,
        "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str) if detail else "",
    }
    row = AuditRow(**{**values, "at": dt.datetime.fromisoformat(values["at"])}, previous_hash=previous,
                   hash=rules.chain_hash(previous, values))
    db.session.add(row)
    db.session.flush()
    return row
