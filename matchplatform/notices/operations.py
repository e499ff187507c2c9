"""Telling people, and their marking as read."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.notices.models import Notice

# Asked with the new notices, in their transaction: what sends them out of the house lies above and registers here.
leaving: list[Callable[[Sequence[Notice]], None]] = []


def tell(actor: Any, user_ids: Iterable[int], kind: str, title: str, body: str, subject_kind: str,
         subject_code: str) -> int:
    """Put a notice into each inbox but the actor's own; answers how many were told."""
    others = sorted({one for one in user_ids if one != getattr(actor, "id", None)})
    told = [Notice(user_id=one, kind=kind, title=title[:200], body=body, subject_kind=subject_kind,
                   subject_code=subject_code, at=now()) for one in others]
    db.session.add_all(told)
    for send in leaving:
        send(told)
    return len(others)


def mark_read(actor: Any, notice_id: int | None = None) -> int:
    """Mark one of the actor's notices as read, or all; answers how many changed."""
    statement = sa.update(Notice).where(Notice.user_id == actor.id, Notice.read_at.is_(None)).values(read_at=now())
    if notice_id is not None:
        statement = statement.where(Notice.id == notice_id)
    return db.session.execute(statement).rowcount
