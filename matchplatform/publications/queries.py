"""Reading single publications, each within its reader's reach; the lists are `list_queries`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer

from matchplatform.accounts.queries import city_officers, names, province_officers
from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import history
from matchplatform.catalog.queries import last_spent
from matchplatform.core.clock import local, now, today
from matchplatform.core.errors import NotFound
from matchplatform.database import last_number
from matchplatform.extensions import db
from matchplatform.publications import rules
from matchplatform.publications.models import Publication


def _one(*conditions: Any) -> Publication:
    found = db.session.scalar(sa.select(Publication).where(*conditions))
    if found is None:
        raise NotFound
    return found


def publication_by_code(code: str) -> Publication:
    """Any publication. Raises NotFound."""
    return _one(Publication.code == code)


def public_now() -> sa.ColumnElement[bool]:
    """What everybody can read at this moment."""
    return sa.and_(Publication.status.in_(rules.PUBLIC), Publication.released_at <= now())


def public_publication(code: str) -> Publication:
    """One that everybody may read, or that was taken down and says so. Anything else is NotFound."""
    return _one(Publication.code == code, sa.or_(public_now(), Publication.withdrawn_at.is_not(None)))


def scope(actor: Any) -> sa.ColumnElement[bool]:
    """What stands on an actor's desk: the SQL twin of `rules.is_author`."""
    if actor.role == "province_officer":
        return sa.true()
    if actor.role == "city_officer":
        return sa.and_(Publication.level == "city", Publication.area_code == actor.city_code)
    return sa.false()


def desk_publication(actor: Any, code: str) -> Publication:
    """A publication that the actor works on. Anything else is NotFound."""
    return _one(Publication.code == code, scope(actor))


def next_version(publication: Publication) -> Publication | None:
    """The public new version that replaces it, or None."""
    return db.session.scalar(sa.select(Publication).where(Publication.revises_id == publication.id, public_now()))


def revision_under_way(publication: Publication) -> Publication | None:
    """The new version that is being written, waits, or has replaced it; None when there is none."""
    return db.session.scalar(sa.select(Publication).where(
        Publication.revises_id == publication.id, Publication.status.not_in(("discarded", "withdrawn"))))


def latest_version(publication: Publication) -> Publication | None:
    """The newest public version after this one, at the end of the chain; None when this is it. A chain is short."""
    newest, step = None, next_version(publication)
    while step is not None:
        newest, step = step, next_version(step)
    return newest


def chain(publication: Publication) -> list[Publication]:
    """All public versions of the document, the oldest first, this one among them."""
    before: list[Publication] = []
    step = publication.revises
    while step is not None:
        if step.is_public:
            before.insert(0, step)
        step = step.revises
    after: list[Publication] = []
    following = next_version(publication)
    while following is not None:
        after.append(following)
        following = next_version(following)
    return [*before, publication, *after]


def next_code(area_code: str, year: int) -> str:
    """The number after the area's last of the year: FB420000-2026-003. Two at once draw the same; the constraint
    tells."""
    prefix = f"FB{area_code}-{year}-"
    return f"{prefix}{max(last_number(Publication.code, prefix), last_spent(prefix)) + 1:03d}"


def index_taken(index_number: str, but: int | None = None) -> str:
    """The title of another document with this 索引号; empty when it is free."""
    return db.session.scalar(sa.select(Publication.title).where(
        Publication.index_number == index_number, Publication.id != (but or 0))) or ""


def just_drafted(actor: Any, title: str, body: str, since: Any) -> Publication | None:
    """The draft that the actor saved with the same words since a moment: a second click, not a second document."""
    return db.session.scalar(sa.select(Publication).where(
        Publication.created_by == actor.id, Publication.title == title, Publication.body == body,
        Publication.status == "draft", Publication.created_at > since).order_by(Publication.id).limit(1))


def writers(publication: Publication) -> list[int]:
    """Ids of everybody who may write or release it."""
    own = city_officers(publication.area_code) if publication.level == "city" else []
    return [*own, *province_officers()]


def releasers(publication: Publication, without: frozenset[int] = frozenset()) -> tuple[list[int], str]:
    """Who may be the second person, and how they are called: a city's own colleagues first, then the province."""
    out = without | ({publication.submitted_by} if publication.submitted_by else frozenset())
    own = [one for one in city_officers(publication.area_code) if one not in out] \
        if publication.level == "city" else []
    people = own or [one for one in province_officers() if one not in out]
    known = names(set(people))
    called = "或".join(sorted(known.values()))
    if own or not called:
        return people, called or "省民政厅的另一位经办人"
    return people, f"省民政厅的{called}"


def history_of(publication: Publication) -> list[AuditRow]:
    """Who did what when, oldest first."""
    return history("publication", publication.code)


def last_act_sentence(actor: Any, publication: Publication) -> str:
    """何平 14:05 已经办了“审核通过”。 Oneself is 您; the date stands before the time when it was not today."""
    rows = history_of(publication)
    if not rows:
        return "这份文件刚刚被改动了。"
    row, at = rows[-1], local(rows[-1].at)
    said = f"{at:%H:%M}" if at.date() == today() else f"{at.month}月{at.day}日 {at:%H:%M}"
    return f"{'您' if row.actor_id == actor.id else row.actor_name} {said} 已经办了“{row.label}”。"


def waiting_publications(actor: Any, most: int) -> list[Publication]:
    """What on the actor's desk waits for a review, the oldest first; his own ones included."""
    return list(db.session.scalars(sa.select(Publication).where(scope(actor), Publication.status == "submitted")
                                   .options(defer(Publication.body)).order_by(Publication.submitted_at).limit(most)))


def returned_publications(actor: Any, most: int) -> list[Publication]:
    """What the actor handed in and got back."""
    return list(db.session.scalars(sa.select(Publication).where(
        scope(actor), Publication.status == "returned", Publication.submitted_by == actor.id)
        .options(defer(Publication.body)).order_by(Publication.updated_at).limit(most)))
