"""Reading attachments, each within the reach that its record gives."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from matchplatform.audit.models import AuditRow
from matchplatform.core.clock import local, now
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Verdict
from matchplatform.core.size import in_words
from matchplatform.extensions import db
from matchplatform.files import rules, stamps, storage
from matchplatform.files.models import Attachment


@dataclass(frozen=True)
class Waiting:
    """What waits for a second person: may this reader open it, and who else is asked."""

    may_open: Verdict
    whom: str


@dataclass(frozen=True)
class Shown:
    """A record's attachments as one reader sees them; `removed` are those of today, for whoever may restore them,
    `waiting` has an entry for each of the rows that waits."""

    rows: list[Attachment]
    removed: list[Attachment]
    waiting: dict[int, Waiting]
    may_attach: Verdict
    asks: bool  # what is added now will wait
    count: int
    total: int

    @property
    def room(self) -> str:
        """How much more fits."""
        left = in_words(max(0, rules.MOST_TOTAL - self.total))
        return f"还能放 {rules.MOST_FILES - self.count} 个，合起来不超过 {left}"


def stamp_of(attachment: Attachment) -> stamps.Stamp:
    """When and where a photo that was kept as evidence says it was taken; nothing for any other file."""
    return _stamp(storage.path_of(attachment.stored_name)) if attachment.evidence else stamps.Stamp()


_stamp = lru_cache(maxsize=1024)(stamps.stamp_of)  # what lies under a stored name never changes


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


def left_behind(kind: str, code: str) -> str:
    """A sentence for whoever goes on with a copy of this record; nothing where there is nothing to miss."""
    return "原来的附件没有带过来，还要用的请重新上传。" if attachments_of(kind, code) else ""


def shown(actor: Any, kind: str, record: Any) -> Shown:
    """A record's attachments for the page of somebody who may see the record; one statement, and two more for whoever
    sees that something waits."""
    owner = owner_of(kind)
    reach, may, since = owner.reach(actor, record), owner.can_attach(actor, record), owner.released_at(record)
    found = _of(kind, record.code, sa.or_(Attachment.removed_at.is_(None), Attachment.removed_at > _midnight()))
    present = [one for one in found if one.removed_at is None]
    held = {one.id for one in present if rules.is_waiting(one, since)}
    rows = [one for one in present if rules.is_readable(one, reach, one.id in held)]
    moment = now()
    return Shown(rows, [one for one in found if may and rules.can_restore(one, moment)],
                 _waiting(actor, owner, record, [one for one in rows if one.id in held]), may,
                 since is not None, len(present), sum(one.size for one in present))


def _waiting(actor: Any, owner: rules.Owner, record: Any, rows: list[Attachment]) -> dict[int, Waiting]:
    people = {first: owner.openers(record, first)[1] for first in {rules.first_people(one) for one in rows}}
    return {one.id: Waiting(open_verdict(actor, owner, record, one), people[rules.first_people(one)]) for one in rows}


def open_verdict(actor: Any, owner: rules.Owner, record: Any, attachment: Attachment) -> Verdict:
    """May the actor be the second person for this attachment of a record?"""
    return owner.can_open(actor, record) and rules.second_person(actor, attachment)


def waits(owner: rules.Owner, record: Any, attachment: Attachment) -> bool:
    """Does the attachment wait for a second person?"""
    return rules.is_waiting(attachment, owner.released_at(record))


def _midnight() -> dt.datetime:
    """When the Shanghai day began."""
    return local(now()).replace(hour=0, minute=0, second=0, microsecond=0)


def readable(actor: Any, file_id: int) -> Attachment:
    """An attachment that the actor may read. Anything else is NotFound."""
    found = db.session.get(Attachment, file_id)
    if found is None or found.removed_at is not None:
        raise NotFound
    owner = owner_of(found.owner_kind)
    record = owner.find(found.owner_code)
    if not rules.is_readable(found, owner.reach(actor, record), waits(owner, record, found)):
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


@dataclass(frozen=True)
class Act:
    """What somebody did with an attachment, for the pages that tell what happened to its record."""

    at: dt.datetime
    actor_name: str
    label: str
    reason: str = ""


def acts_of(actor: Any, kind: str, record: Any) -> list[Act]:
    """What happened to a record's attachments, the oldest first, removed ones included. Whoever may not read a file
    does not read its name here either; the auditor reads everything."""
    owner = owner_of(kind)
    reach, since = owner.reach(actor, record), owner.released_at(record)
    files = {str(one.id): one for one in _of(kind, record.code) if reach == rules.OWN or actor.role == "auditor"
             or rules.is_readable(one, reach, rules.is_waiting(one, since))}
    rows = db.session.scalars(sa.select(AuditRow).where(
        AuditRow.kind == "attachment", AuditRow.object_id.in_(files)).order_by(AuditRow.id)) if files else ()
    return [Act(row.at, row.actor_name, f"{row.label}“{files[row.object_id].name}”", row.reason) for row in rows]


def stored_names() -> set[str]:
    """The names of all files that rows stand for."""
    return set(db.session.scalars(sa.select(Attachment.stored_name).where(Attachment.purged_at.is_(None))))


def removed_before(moment: dt.datetime) -> list[Attachment]:
    """What was removed before a moment and still lies on the disk."""
    return list(db.session.scalars(sa.select(Attachment).where(
        Attachment.removed_at < moment, Attachment.purged_at.is_(None)).order_by(Attachment.id)))
