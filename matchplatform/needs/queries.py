"""Reading single needs and their texts, each within its reader's reach; the lists are `list_queries`."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from matchplatform.accounts.queries import county_officers, names
from matchplatform.audit.models import AuditRow
from matchplatform.audit.queries import history
from matchplatform.catalog.models import Region
from matchplatform.catalog.queries import (
    counties,
    last_spent,
)
from matchplatform.core.clock import local, now, today
from matchplatform.core.errors import NotFound
from matchplatform.database import last_number
from matchplatform.extensions import db
from matchplatform.needs import rules
from matchplatform.needs.models import Need, NeedLine

TWICE = dt.timedelta(seconds=60)    # the same text again within a minute is the same click again


def need_by_code(code: str) -> Need:
    """Any need. Raises NotFound."""
    return _one(Need.code == code)


def public_need(code: str) -> Need:
    """A released need. Raises NotFound, also for drafts and withdrawn ones."""
    return _one(Need.code == code, Need.status.in_(rules.PUBLIC))


def _one(*conditions: Any) -> Need:
    found = db.session.scalar(sa.select(Need).where(*conditions).options(selectinload(Need.lines)))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class NeedText:
    """What the search reads of a need; `items` are the names of its lines, `is_public` whether it is released."""

    id: int
    code: str
    status: str
    is_public: bool
    title: str
    body: str
    category_code: str
    county_code: str
    township: str
    items: tuple[str, ...]


_TEXTS = (sa.select(Need.id, Need.code, Need.status, Need.title, Need.body, Need.category_code, Need.county_code,
                    sa.func.coalesce(Region.name, "").label("township"))
          .outerjoin(Region, Region.code == Need.township_code).order_by(Need.id))
_ITEMS = (sa.select(NeedLine.need_id, NeedLine.item).join(Need, Need.id == NeedLine.need_id)
          .order_by(NeedLine.need_id, NeedLine.position))


def need_texts(codes: Collection[str] | None = None) -> list[NeedText]:
    """The texts of every released need, or of the named ones in whatever state, by id; two statements.

    Columns, not records: always what the database holds now, whatever the session has loaded before. Which needs
    still take bids is decided by whoever ranks.
    """
    wanted = Need.status.in_(rules.PUBLIC) if codes is None else Need.code.in_(codes)
    rows = db.session.execute(_TEXTS.where(wanted)).all()
    items: dict[int, list[str]] = {}
    for need_id, item in db.session.execute(_ITEMS.where(wanted)):
        items.setdefault(need_id, []).append(item)
    return [NeedText(row.id, row.code, row.status, row.status in rules.PUBLIC, row.title, row.body, row.category_code,
                     row.county_code, row.township, tuple(items.get(row.id, ()))) for row in rows]


def open_now() -> sa.ColumnElement[bool]:
    """A need that can be bid on at this moment."""
    return sa.and_(Need.status == "published", sa.or_(Need.closing_at.is_(None), Need.closing_at >= now()))


def open_needs_of(county_code: str) -> list[Need]:
    """A county's needs that can be bid on now with their lines, the most pressing first."""
    return list(db.session.scalars(sa.select(Need).where(Need.county_code == county_code, open_now())
                                   .order_by(Need.closing_at.is_(None), Need.closing_at, Need.id)
                                   .options(selectinload(Need.lines))))


def newest_open_needs(most: int) -> list[Need]:
    """The needs that can be bid on now with their lines, the latest released first."""
    return list(db.session.scalars(sa.select(Need).where(open_now()).order_by(
        Need.released_at.desc(), Need.id.desc()).limit(most).options(selectinload(Need.lines))))


# ---- the desk

def _scope(actor: Any) -> sa.ColumnElement[bool]:
    """What stands in an actor's list."""
    match actor.role:
        case "county_officer":
            return Need.county_code == actor.county_code
        case "township_officer":
            return Need.township_code == actor.township_code
        case "city_officer":
            return sa.and_(Need.status.in_(rules.PUBLIC),
                           Need.county_code.in_([one.code for one in counties(actor.city_code)]))
        case "province_officer":
            return Need.status.in_(("submitted", *rules.PUBLIC))
        case _:
            return sa.false()


def desk_need(actor: Any, code: str) -> Need:
    """A need that the actor may open: within his own reach, or released. Anything else is NotFound."""
    return _one(Need.code == code, sa.or_(_scope(actor), Need.status.in_(rules.PUBLIC)))


def needs_of_county(actor: Any, county_code: str, since: dt.datetime, most: int) -> list[Need]:
    """A county's needs written since a moment that the actor may read, the newest first: released ones, and drafts
    where they stand in his own list. Withdrawn and merged ones are left out."""
    return list(db.session.scalars(sa.select(Need).where(
        Need.county_code == county_code, Need.status.not_in(("withdrawn", "merged")), Need.created_at >= since,
        sa.or_(_scope(actor), Need.status.in_(rules.PUBLIC))).order_by(Need.id.desc()).limit(most)))


def newest_texts(most: int) -> list[tuple[str, str]]:
    """Title and text of the needs released last."""
    return [(title, body) for title, body in db.session.execute(
        sa.select(Need.title, Need.body).where(Need.status.in_(rules.PUBLIC))
        .order_by(Need.released_at.desc(), Need.id.desc()).limit(most))]


def own_need(actor: Any, code: str) -> Need:
    """A need that stands in the actor's own list. Raises NotFound, also for other counties' released ones."""
    return _one(Need.code == code, _scope(actor))


def need_with_history(actor: Any, code: str) -> Need:
    """A need whose former versions the actor may read: one of his own list, to the auditor any. Raises NotFound."""
    return _one(Need.code == code) if actor.role == "auditor" else own_need(actor, code)


def next_code(county_code: str, year: int) -> str:
    """The county's next number of the year: XQ420921-2026-038. Two at once draw the same; the constraint tells."""
    prefix = f"XQ{county_code}-{year}-"
    return f"{prefix}{max(last_number(Need.code, prefix), last_spent(prefix)) + 1:03d}"


def just_written(actor: Any, title: str, body: str) -> Need | None:
    """The need that the actor saved with the same words within the last minute: a second click, not a second need."""
    return db.session.scalar(sa.select(Need).where(
        Need.created_by == actor.id, Need.title == title, Need.body == body, Need.created_at > now() - TWICE)
        .order_by(Need.id).limit(1))


def releasers(need: Need) -> list[int]:
    """Ids of the county's officers who may release it; none when the only officer is who submitted it."""
    return [one for one in county_officers(need.county_code) if one != need.submitted_by]


def releaser_names(need: Need) -> list[str]:
    """Their names, for the page that says in whose hands it is."""
    known = names(set(releasers(need)))
    return [known[one] for one in sorted(known)]


def colleague_names(need: Need, user_id: int) -> list[str]:
    """The county's officers but this person, who may release what he proposes."""
    known = names({one for one in county_officers(need.county_code) if one != user_id})
    return [known[one] for one in sorted(known)]


def history_of(need: Need) -> list[AuditRow]:
    """Who did what when, oldest first."""
    return history("need", need.code)


def last_act_sentence(actor: Any, need: Need) -> str:
    """陈思 14:05 已经办了“放行发布”。 Oneself is 您; the date stands before the time when it was not today."""
    rows = history_of(need)
    if not rows:
        return "这条需求刚刚被改动了。"
    row, at = rows[-1], local(rows[-1].at)
    said = f"{at:%H:%M}" if at.date() == today() else f"{at.month}月{at.day}日 {at:%H:%M}"
    return f"{'您' if row.actor_id == actor.id else row.actor_name} {said} 已经办了“{row.label}”。"
