"""Keeping versions: one row an act, in the same transaction as the act.

Callers hold the record's own row, so two of them never draw the same number.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from matchplatform.core import clock
from matchplatform.extensions import db
from matchplatform.revisions import queries, rules
from matchplatform.revisions.models import Revision


def keep(actor: Any, kind: str, code: str, act: str, label: str, snapshot: Mapping[str, Any], reason: str = "", *,
         status: str = "") -> Revision:
    """The record's next version. `snapshot` holds plain values only (text, numbers, lists); no telephone in clear.

    `actor` may be None for the platform itself; `status` is the record's state after the act.
    """
    revision = Revision(
        kind=kind, code=code, number=queries.last_number(kind, code) + 1, at=clock.now(),
        actor_id=getattr(actor, "id", None), actor_name=getattr(actor, "name", None) or "平台", act=act, label=label,
        status=status, reason=reason,
        snapshot=json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    db.session.add(revision)
    db.session.flush([revision])
    return revision


def begin(kind: str, code: str, status: str, snapshot: Callable[[], Mapping[str, Any]]) -> Revision | None:
    """The first version of a record that is older than its history: what stands before the act that comes now.

    Nothing happens where versions are there already.
    """
    if queries.last_number(kind, code):
        return None
    act, label = rules.BEGUN
    return keep(None, kind, code, act, label, snapshot(), status=status)


def keep_firsts(actor: Any, kind: str, act: str, label: str,
                rows: Iterable[tuple[str, Mapping[str, Any], str]]) -> None:
    """The first versions of many new records, (code, snapshot, status) each, written at once."""
    moment = clock.now()
    values = [{"kind": kind, "code": code, "number": 1, "at": moment, "actor_id": getattr(actor, "id", None),
               "actor_name": getattr(actor, "name", None) or "平台", "act": act, "label": label, "status": status,
               "reason": "", "snapshot": json.dumps(snapshot, ensure_ascii=False, sort_keys=True,
                                                    separators=(",", ":"))}
              for code, snapshot, status in rows]
    if values:
        db.session.execute(sa.insert(Revision), values)
