"""Reading single offerings and their texts, each within its reader's reach; the lists are `list_queries`."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import history
from matchplatform.catalog.queries import last_spent
from matchplatform.core.clock import local, now, today
from matchplatform.core.errors import NotFound
from matchplatform.database import last_number
from matchplatform.extensions import db
from matchplatform.offerings.models import Offering, OfferingArea

TWICE = dt.timedelta(seconds=60)    # the same text again within a minute is the same click again
OVERSEEN = ("published", "paused", "withdrawn")  # what the province sees of everybody's offerings


def _one(*conditions: Any) -> Offering:
    found = db.session.scalar(sa.select(Offering).where(*conditions))
    if found is None:
        raise NotFound
    return found


def offering_by_code(code: str) -> Offering:
    """Any offering. Raises NotFound."""
    return _one(Offering.code == code)


def public_offering(code: str) -> Offering:
    """A published offering. Raises NotFound, also for paused and withdrawn ones."""
    return _one(Offering.code == code, Offering.status == "published")


@dataclass(frozen=True)
class OfferingText:
    """What the search reads of an offering; `is_public` tells whether it is published."""

    id: int
    code: str
    status: str
    is_public: bool
    title: str
    body: str
    category_code: str
    area_codes: tuple[str, ...]


_TEXTS = sa.select(Offering.id, Offering.code, Offering.status, Offering.title, Offering.body,
                   Offering.category_code).order_by(Offering.id)
_AREAS = (sa.select(OfferingArea.offering_id, OfferingArea.region_code)
          .join(Offering, Offering.id == OfferingArea.offering_id)
          .order_by(OfferingArea.offering_id, OfferingArea.region_code))


def offering_texts(codes: Collection[str] | None = None,
                   organizations: Collection[int] = ()) -> list[OfferingText]:
    """The texts of every published offering, full ones too, since capacity is one of the reasons; or those of the
    named offerings and of the named organizations' in whatever state. By id, in two statements.

    Columns, not records: always what the database holds now, whatever the session has loaded before.
    """
    wanted = (Offering.status == "published" if codes is None else
              sa.or_(Offering.code.in_(codes), Offering.organization_id.in_(organizations)))
    rows = db.session.execute(_TEXTS.where(wanted)).all()
    areas: dict[int, list[str]] = {}
    for offering_id, region_code in db.session.execute(_AREAS.where(wanted)):
        areas.setdefault(offering_id, []).append(region_code)
    return [OfferingText(row.id, row.code, row.status, row.status == "published", row.title, row.body,
                         row.category_code, tuple(areas.get(row.id, ()))) for row in rows]


def offerings_by_ids(ids: Collection[int]) -> list[Offering]:
    """The offerings with these ids, in whatever state."""
    return list(db.session.scalars(sa.select(Offering).where(Offering.id.in_(ids)).order_by(Offering.id)))


def open_offerings_of(organization_id: int) -> list[Offering]:
    """An organization's published offerings; full or run-out ones too, so that the page can say how to mend it."""
    return list(db.session.scalars(sa.select(Offering).where(
        Offering.organization_id == organization_id, Offering.status == "published").order_by(
            Offering.published_at.desc(), Offering.id.desc())))


# ---- the desk

def _scope(actor: Any) -> sa.ColumnElement[bool]:
    """What stands in an actor's list."""
    match actor.role:
        case "organization_member":
            return Offering.organization_id == actor.organization_id
        case "province_officer":
            return Offering.status.in_(OVERSEEN)
        case _:
            return sa.false()


def desk_offering(actor: Any, code: str) -> Offering:
    """An offering that the actor may open: within his own reach, or published. Anything else is NotFound."""
    return _one(Offering.code == code, sa.or_(_scope(actor), Offering.status == "published"))


def own_offering(actor: Any, code: str) -> Offering:
    """An offering that stands in the actor's own list. Raises NotFound, also for others' published ones."""
    return _one(Offering.code == code, _scope(actor))


def offering_with_history(actor: Any, code: str) -> Offering:
    """An offering whose former versions the actor may read: one of his own list, to the auditor any. Raises
    NotFound."""
    return _one(Offering.code == code) if actor.role == "auditor" else own_offering(actor, code)


def next_code(year: int) -> str:
    """The next number of the year: GJ2026-0265. Two at once draw the same; the unique constraint tells them."""
    prefix = f"GJ{year}-"
    return f"{prefix}{max(last_number(Offering.code, prefix), last_spent(prefix)) + 1:04d}"


def just_written(actor: Any, title: str, body: str) -> Offering | None:
    """The offering that the actor saved with the same words within the last minute: a second click."""
    return db.session.scalar(sa.select(Offering).where(
        Offering.created_by == actor.id, Offering.title == title, Offering.body == body,
        Offering.created_at > now() - TWICE).order_by(Offering.id).limit(1))


def history_of(offering: Offering) -> list[AuditRow]:
    """Who did what when, oldest first."""
    return history("offering", offering.code)


def last_act_sentence(actor: Any, offering: Offering) -> str:
    """王立 14:05 已经办了“暂停接单”。 Oneself is 您; the date stands before the time when it was not today."""
    rows = history_of(offering)
    if not rows:
        return "这项供给刚刚被改动了。"
    row, at = rows[-1], local(rows[-1].at)
    said = f"{at:%H:%M}" if at.date() == today() else f"{at.month}月{at.day}日 {at:%H:%M}"
    return f"{'您' if row.actor_id == actor.id else row.actor_name} {said} 已经办了“{row.label}”。"
