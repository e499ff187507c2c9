"""Everything that changes attachments: adding, opening, removing, restoring, taking removed files off the disk."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy.exc import IntegrityError

from matchplatform.audit.operations import record
from matchplatform.core.clock import now
from matchplatform.core.errors import Conflict, NotFound, Refusal, demand
from matchplatform.extensions import db
from matchplatform.files import queries, rules, storage
from matchplatform.files.models import Attachment
from matchplatform.files.naming import briefly
from matchplatform.files.storage import Upload
from matchplatform.notices.operations import tell


def attach(actor: Any, kind: str, code: str, upload: Upload, caption: str = "",
           publicity: str = "public", document: str = "") -> tuple[Attachment, bool]:
    """Attach an upload (see storage.receive) to a record; answers the attachment and whether it is new.

    The same file once more answers the attachment that is there: a second click. Raises NotFound for a record out
    of reach, Refusal where the rules forbid it or there is no room. On a record that two people release it waits for
    the second of them, who is told.
    """
    attachment, is_new = _attach(actor, kind, code, upload, caption, publicity, document)
    if is_new:
        _ask(actor, [attachment])
    return attachment, is_new


def _attach(actor: Any, kind: str, code: str, upload: Upload, caption: str, publicity: str,
            document: str) -> tuple[Attachment, bool]:
    owner = queries.owner_of(kind)
    demand(rules.words_verdict(caption, publicity, owner.publicity))
    owned = _held(actor, kind, code)
    demand(rules.document_verdict(owner, document))
    demand(rules.type_verdict(owner, upload.inspected.media_type))
    present, file = queries.attachments_of(kind, code), upload.inspected
    for one in present:
        if (one.source_sha256, one.evidence) == (file.source_sha256, file.evidence):
            return one, False
    demand(rules.room_verdict(len(present), sum(one.size for one in present), len(file.data)))
    attachment = Attachment(
        owner_kind=kind, owner_code=code, position=_free_place(present), name=file.name, document=document,
        caption=caption, media_type=file.media_type, size=len(file.data), sha256=file.sha256,
        source_sha256=file.source_sha256, stored_name=storage.place(upload), has_preview=bool(file.preview),
        evidence=file.evidence, publicity=publicity, uploaded_by=actor.id, uploader_name=actor.name, at=now())
    _add(attachment)
    owner.attached(owned, attachment)
    _log(actor, attachment, owned, "attach", "上传附件")
    return attachment, True


def attach_all(actor: Any, kind: str, code: str, uploads: Iterable[Upload], caption: str,
               publicity: str, document: str = "") -> tuple[int, list[str]]:
    """Attach several uploads; answers how many are new and a sentence for each that is not. Raises as `attach` does
    where it concerns them all."""
    demand_attachable(actor, kind, code)
    added: list[Attachment] = []
    told: list[str] = []
    for upload in uploads:
        name = briefly(upload.inspected.name)
        try:
            attachment, is_new = _attach(actor, kind, code, upload, caption, publicity, document)
        except Conflict:
            raise
        except Refusal as refusal:
            told.append(f"“{name}”没有收：{refusal.sentence}")
            continue
        if is_new:
            added.append(attachment)
        else:
            told.append(f"“{name}”已经在这里了（{attachment.name}），没有重复存。")
    _ask(actor, added)
    return len(added), told


def demand_attachable(actor: Any, kind: str, code: str) -> None:
    """Ask before anything is looked at. Raises NotFound for a record out of reach, Refusal with the rule."""
    owner = queries.owner_of(kind)
    owned = owner.find(code)
    if owner.reach(actor, owned) == rules.NOBODY:
        raise NotFound
    demand(owner.can_attach(actor, owned))


def remove(actor: Any, attachment: Attachment) -> Attachment:
    """Take an attachment off its record; the file stays on the disk for a while. Raises Refusal, Conflict."""
    owned = _held(actor, attachment.owner_kind, attachment.owner_code)
    db.session.refresh(attachment)
    if attachment.removed_at is not None:
        raise Conflict(f"“{attachment.name}”已经移除了。")
    owner = queries.owner_of(attachment.owner_kind)
    demand(owner.can_remove(actor, owned, attachment))
    asked = owner.openers(owned, rules.first_people(attachment))[0] if queries.waits(owner, owned, attachment) else []
    attachment.removed_at, attachment.removed_by = now(), actor.id
    db.session.flush()
    _log(actor, attachment, owned, "remove", "移除附件")
    _tell(actor, asked, "told", "附件不用放开了", owned, attachment, f"{actor.name}移除了“{attachment.name}”。")
    return attachment


def open_up(actor: Any, attachment: Attachment, publicity: str) -> Attachment:
    """A second person lets others see what waits, as far as he chooses. Raises NotFound, Refusal, Conflict."""
    demand(rules.publicity_verdict(publicity))
    owner = queries.owner_of(attachment.owner_kind)
    owned = owner.find(attachment.owner_code)
    owner.hold(owned)
    if owner.reach(actor, owned) != rules.OWN:
        raise NotFound
    db.session.refresh(attachment)
    if attachment.removed_at is not None:
        raise Conflict(f"“{attachment.name}”已经移除了。")
    if not queries.waits(owner, owned, attachment):
        raise Conflict(f"“{attachment.name}”不用放开，或者已经放开了。", "请看最新内容。")
    demand(queries.open_verdict(actor, owner, owned, attachment))
    attachment.opened_at, attachment.opened_by, attachment.publicity = now(), actor.id, publicity
    db.session.flush()
    _log(actor, attachment, owned, "open", "放开附件", f"谁能看：{rules.PUBLICITY[publicity].label}")
    _tell(actor, rules.first_people(attachment), "good", "附件已放开", owned, attachment,
          f"{actor.name}放开了“{attachment.name}”，谁能看：{rules.PUBLICITY[publicity].label}。")
    return attachment


def restore(actor: Any, attachment: Attachment) -> Attachment:
    """Put back what was removed today, if there is room; where it is released, it waits for a second person again.
    Raises Refusal, Conflict."""
    owned = _held(actor, attachment.owner_kind, attachment.owner_code)
    db.session.refresh(attachment)
    demand(rules.can_restore(attachment, now()))
    present = queries.attachments_of(attachment.owner_kind, attachment.owner_code)
    if any((one.source_sha256, one.evidence) == (attachment.source_sha256, attachment.evidence) for one in present):
        raise Refusal("同一个文件后来又传过一次，已经在这里了。", "不用再恢复。")
    demand(rules.room_verdict(len(present), sum(one.size for one in present), attachment.size))
    taken = {one.position for one in present}
    if attachment.position in taken:
        attachment.position = _free_place(present)
    attachment.removed_at = attachment.removed_by = attachment.opened_at = attachment.opened_by = None
    attachment.restored_at, attachment.restored_by = now(), actor.id
    db.session.flush()
    _log(actor, attachment, owned, "restore", "恢复附件")
    _ask(actor, [attachment])
    return attachment


def purge(moment: dt.datetime) -> list[str]:
    """Give up the files of what was removed before a moment; the rows stay, with who removed them and when.

    Answers the stored names, to be deleted once this is committed.
    """
    names = []
    for attachment in queries.removed_before(moment):
        attachment.purged_at = now()
        names.append(attachment.stored_name)
    if names:
        record(None, "purge", "清理已移除的附件", "attachment", detail={"files": len(names)})
    db.session.flush()
    return names



def _held(actor: Any, kind: str, code: str) -> Any:
    """The record, locked until the commit: whoever else attaches to it waits. Raises NotFound, Refusal."""
    owner = queries.owner_of(kind)
    owned = owner.find(code)
    owner.hold(owned)
    if owner.reach(actor, owned) == rules.NOBODY:
        raise NotFound
    demand(owner.can_attach(actor, owned))
    return owned


def _free_place(present: list[Attachment]) -> int:
    """The first place after the last, or the first that removing has left free."""
    last = max((one.position for one in present), default=0)
    if last < rules.MOST_FILES:
        return last + 1
    return min(set(range(1, rules.MOST_FILES + 1)) - {one.position for one in present})


def _add(attachment: Attachment) -> None:
    """The constraints have the last word where a record's lock was not enough."""
    try:
        with db.session.begin_nested():
            db.session.add(attachment)
            db.session.flush()
    except IntegrityError as error:
        raise Conflict("别人刚刚也在给这条记录传附件，这个没有保存。", "请刷新页面看看，再传一次。") from error


def _ask(actor: Any, attachments: list[Attachment]) -> None:
    """One notice for all that wait now, to those who may open them."""
    if not attachments:
        return
    first = attachments[0]
    owner = queries.owner_of(first.owner_kind)
    owned = owner.find(first.owner_code)
    names = [f"“{one.name}”" for one in attachments if queries.waits(owner, owned, one)]
    if names:
        _tell(actor, owner.openers(owned, rules.first_people(first))[0], "to_do", "附件待放开", owned, first,
              f"{actor.name}在已发布的{owner.label}里放了{'、'.join(names)}，您放开以后别人才看得到。")


def _tell(actor: Any, people: Iterable[int], kind: str, head: str, owned: Any, attachment: Attachment,
          body: str) -> None:
    tell(actor, people, kind, f"{head}：{owned.title}", body, attachment.owner_kind, attachment.owner_code)


def _log(actor: Any, attachment: Attachment, owned: Any, act: str, label: str, reason: str = "") -> None:
    record(actor, act, label, "attachment", object_id=attachment.id,
           object_label=f"{attachment.name}（{owned.code} {owned.title}）",
           county_code=getattr(owned, "county_code", None), organization_id=getattr(owned, "organization_id", None),
           reason=reason,
           detail={"kind": attachment.owner_kind, "code": attachment.owner_code, "type": attachment.media_type,
                   **({"document": attachment.document} if attachment.document else {}),
                   "size": attachment.size, "sha256": attachment.sha256, "publicity": attachment.publicity,
                   "evidence": attachment.evidence})
