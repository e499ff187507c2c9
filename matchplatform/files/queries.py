"""Reading attachments, each within the reach that its record gives."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.core.clock import local, now
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Verdict
from matchplatform.core.size import in_words
from matchplatform.extensions import db
from matchplatform.files import rules
from matchplatform.files.models import Attachment


@dataclass(frozen=True)
class Shown:
    """A record's attachments as one reader sees them; `removed` are those of today, for whoever may restore them."""

    rows: list[Attachment]
    removed: list[Attachment]
    may_attach: Verdict
    count: int
    total: int

    @property
    def room(self) -> str:
        """How much more fits."""
        left = in_words(max(0, rules.MOST_TOTAL - self.total))
        return f"还能放 {rules.MOST_FILES - self.count} 个，合起来不超过 {left}"


def owner_of(kind: str) -> rules.Owner:
    """How this kind of record answers for its attachments. Raises NotFound for a kind that has none."""
    owner = rules.owners.get(kind)
    if owner is None:
        raise NotFound
    return owner


def _of(kind: str, code: str, *conditions: Any) -> list[Attachment]:
    return list(db.session.scalars(sa.select(Attachment).where(
        Attachment.owner_kind == kind, Attachment.owner_code == code, *conditions)
        .order_by(Attachment.position, Attachment.id)))


def attachments_of(kind: str, code: str) -> list[Attachment]:
    """Every attachment of a record that is not removed, in order, whoever asks."""
    return _of(kind, code, Attachment.removed_at.is_(None))


def shown(actor: Any, kind: str, record: Any) -> Shown:
    """A record's attachments for the page of somebody who may see the record; one statement."""
    owner = owner_of(kind)
    reach, may = owner.reach(actor, record), owner.can_attach(actor, record)
    found = _of(kind, record.code, sa.or_(Attachment.removed_at.is_(None), Attachment.removed_at > _midnight()))
    present = [one for one in found if one.removed_at is None]
    moment = now()
    return Shown([one for one in present if rules.is_readable(one, reach)],
                 [one for one in found if may and rules.can_restore(one, moment)], may,
                 len(present), sum(one.size for one in present))


def _midnight() -> dt.datetime:
    """When the Shanghai day began."""
    return local(now()).replace(hour=0, minute=0, second=0, microsecond=0)


def readable(actor: Any, file_id: int) -> Attachment:
    """An attachment that the actor may read. Anything else is NotFound."""
    found = db.session.get(Attachment, file_id)
    if found is None or found.removed_at is not None:
        raise NotFound
    owner = owner_of(found.owner_kind)
    if not rules.is_readable(found, owner.reach(actor, owner.find(found.owner_code))):
        raise NotFound
    return found


def within_reach(actor: Any, file_id: int) -> Attachment:
    """An attachment, removed ones too, of a record that the actor works on. Anything else is NotFound."""
    found = db.session.get(Attachment, file_id)
    if found is None:
        raise NotFound
    owner = owner_of(found.owner_kind)
    if owner.reach(actor, owner.find(found.owner_code)) != rules.OWN:
        raise NotFound
    return found


def stored_names() -> set[str]:
    """The names of all files that rows stand for."""
    return set(db.session.scalars(sa.select(Attachment.stored_name).where(Attachment.purged_at.is_(None))))


def removed_before(moment: dt.datetime) -> list[Attachment]:
    """What was removed before a moment and still lies on the disk."""
    return list(db.session.scalars(sa.select(Attachment).where(
        Attachment.removed_at < moment, Attachment.purged_at.is_(None)).order_by(Attachment.id)))
