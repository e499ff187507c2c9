"""A person's inbox."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.core.paging import Page
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.notices.models import Notice


@dataclass(frozen=True)
class InboxFilter:
    """Filters of the inbox."""

    unread: bool = False
    kind: str = ""
    page: int = 1


def unread_count(actor: Any) -> int:
    """How many of the actor's notices are unread."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Notice).where(
        Notice.user_id == actor.id, Notice.read_at.is_(None))) or 0


def inbox(actor: Any, wanted: InboxFilter, size: int = 20) -> Page[Notice]:
    """The actor's notices, newest first."""
    statement = sa.select(Notice).where(Notice.user_id == actor.id)
    if wanted.unread:
        statement = statement.where(Notice.read_at.is_(None))
    if wanted.kind:
        statement = statement.where(Notice.kind == wanted.kind)
    return page_of(statement, (Notice.at.desc(), Notice.id.desc()), wanted.page, size)


def recent(actor: Any, limit: int = 6) -> list[Notice]:
    """The newest few, for the side of the "mine" page."""
    return list(db.session.scalars(sa.select(Notice).where(Notice.user_id == actor.id)
                                   .order_by(Notice.at.desc(), Notice.id.desc()).limit(limit)))


def was_told(user_id: int, subject_kind: str, subject_code: str) -> bool:
    """Has the person a notice about this subject, read or not?"""
    return db.session.scalar(sa.select(Notice.id).where(
        Notice.user_id == user_id, Notice.subject_kind == subject_kind,
        Notice.subject_code == subject_code).limit(1)) is not None
