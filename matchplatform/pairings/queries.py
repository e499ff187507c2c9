"""Reading pairings: scopes, lists, the approval queue. The count is in `counts` and can be imported from here."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.queries import names
from matchplatform.catalog.queries import city_of, counties
from matchplatform.core.clock import local, now, today
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.database import in_states, last_number, page_of
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.organizations.models import Organization
from matchplatform.pairings import rules
from matchplatform.pairings.counts import (
    Count,
    CountChange,
    CountedOrganization,
    Headline,
    change_sentence,
    change_words,
    count_by_city,
    count_by_county,
    count_change,
    count_of,
    counted_organizations,
    headline,
    trend,
    why_counts,
    would_count,
)
from matchplatform.pairings.models import Pairing, PairingEvent, PairingLine

SLOW = dt.timedelta(days=30)  # approved so long ago and still without an agreement

SORTS = {"newest": "最新报来", "moved": "最近有动静", "due": "快到期的在前", "score": "匹配度"}
QUEUE_SORTS = {"due": "快到期的在前", "score": "匹配度高的在前", "newest": "新报的在前"}
LATE = {"sign": "批准超过 30 天还没签协议", "term": "协议到期还没登记办成"}

# The state as people read it: the SQL twin of `rules.shown_state`. Text, so that it stands the same in GROUP BY.
SHOWN_STATE: sa.ColumnElement[str] = sa.literal_column(
    f"CASE WHEN {in_states('pairings.status', rules.ASKED)} AND COALESCE(pairings.confirm_need_from, "
    f"pairings.confirm_offering_from) IS NOT NULL THEN '{rules.CONFIRMING.value}' ELSE pairings.status END", sa.String)

_ORDER: dict[str, tuple[Any, ...]] = {
    "newest": (Pairing.proposed_at.desc(), Pairing.id.desc()),
    "moved": (Pairing.updated_at.desc(), Pairing.id.desc()),
    "approved": (Pairing.approved_at.desc(), Pairing.id.desc()),
    "due": (Pairing.due_at.is_(None), Pairing.due_at, Pairing.id),
    "score": (sa.func.coalesce(Pairing.score, -1).desc(), Pairing.id),
}


@dataclass(frozen=True)
class PairingFilter:
    """Filters of the lists as they stand in the URL; `late` is one of LATE."""

    q: str = ""
    state: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    city: str = ""
    county: str = ""
    late: str = ""
    sort: str = "newest"
    page: int = 1


@dataclass(frozen=True)
class QueueFilter:
    """Filters of the approval queue, and the case that is open beside it."""

    q: str = ""
    category: tuple[str, ...] = ()
    city: str = ""
    sort: str = "due"
    case: str = ""
    page: int = 1


def parties_of(actor: Any, pairing: Pairing) -> set[str]:
    """What the actor is to the pairing, the county's city taken into account."""
    city = city_of(pairing.county_code)
    return rules.parties(actor, pairing, city.code if city else None)


def scope(actor: Any) -> sa.ColumnElement[bool]:
    """What an actor may see: own county, own organization, the city's counties, everything for the province."""
    match actor.role:
        case "county_officer":
            return Pairing.county_code == actor.county_code
        case "organization_member":
            return Pairing.organization_id == actor.organization_id
        case "city_officer":
            return Pairing.county_code.in_([county.code for county in counties(actor.city_code)])
        case "province_officer":
            return sa.true()
        case _:
            return sa.false()


def pairing_by_code(code: str) -> Pairing:
    """Any pairing. Raises NotFound."""
    found = db.session.scalar(sa.select(Pairing).where(Pairing.code == code))
    if found is None:
        raise NotFound
    return found


def desk_pairing(actor: Any, code: str) -> Pairing:
    """A pairing within the actor's reach; anybody else's does not exist for him (NotFound)."""
    found = db.session.scalar(sa.select(Pairing).where(Pairing.code == code, scope(actor)))
    if found is None:
        raise NotFound
    return found


def live_pairing(need_id: int, organization_id: int) -> Pairing | None:
    """The one live pairing of a need and an organization, or None."""
    return db.session.scalar(sa.select(Pairing).where(
        Pairing.need_id == need_id, Pairing.organization_id == organization_id, Pairing.status.in_(rules.LIVE)))


def live_on(need_id: int) -> list[Pairing]:
    """A need's live pairings, the earliest first, held until the end of the transaction and read anew."""
    return list(db.session.scalars(sa.select(Pairing).where(
        Pairing.need_id == need_id, Pairing.status.in_(rules.LIVE)).order_by(Pairing.id)
        .with_for_update(key_share=True, of=Pairing).execution_options(populate_existing=True)))


def concerned_by(need_id: int) -> tuple[int, int]:
    """How many live pairings a change of the need would ask again, and how many it would only tell."""
    rows = list(db.session.scalars(sa.select(Pairing.status).where(
        Pairing.need_id == need_id, Pairing.status.in_(rules.LIVE))))
    asked = sum(one in rules.ASKED for one in rows)
    return asked, len(rows) - asked


def live_with(offering_id: int) -> list[Pairing]:
    """An offering's live pairings, as `live_on`."""
    return list(db.session.scalars(sa.select(Pairing).where(
        Pairing.offering_id == offering_id, Pairing.status.in_(rules.LIVE)).order_by(Pairing.id)
        .with_for_update(key_share=True, of=Pairing).execution_options(populate_existing=True)))


def named_lines(need_id: int) -> set[int]:
    """The lines of a need that any of its pairings names, ended ones too: what was agreed stays readable."""
    return set(db.session.scalars(sa.select(PairingLine.need_line_id).join(
        Pairing, Pairing.id == PairingLine.pairing_id).where(Pairing.need_id == need_id)))


def next_code(year: int) -> str:
    """The next number of the year: JD2026-0412. Two at once draw the same; the unique constraint tells them."""
    prefix = f"JD{year}-"
    return f"{prefix}{last_number(Pairing.code, prefix) + 1:04d}"


def standings_on(need_id: int) -> list[tuple[str, int]]:
    """Of each of a need's pairings the status and how many of its lines it names."""
    return list(db.session.execute(
        sa.select(Pairing.status, sa.func.count(PairingLine.need_line_id)).outerjoin(
            PairingLine, PairingLine.pairing_id == Pairing.id).where(Pairing.need_id == need_id)
        .group_by(Pairing.id, Pairing.status)).tuples())


def _words(q: str) -> sa.ColumnElement[bool]:
    return sa.or_(Pairing.code.contains(q, autoescape=True),
                  Pairing.agreement_number.contains(q, autoescape=True),
                  Pairing.need_id.in_(sa.select(Need.id).where(sa.or_(
                      Need.code == q.upper(), Need.title.contains(q, autoescape=True)))),
                  Pairing.organization_id.in_(sa.select(Organization.id).where(
                      Organization.name.contains(q, autoescape=True))))


def _narrowed(wanted: PairingFilter | QueueFilter) -> list[sa.ColumnElement[bool]]:
    """The conditions that both kinds of list share."""
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        conditions.append(_words(wanted.q))
    if wanted.category:
        conditions.append(Pairing.category_code.in_(wanted.category))
    if wanted.city:
        conditions.append(Pairing.county_code.in_([county.code for county in counties(wanted.city)]))
    return conditions


def _filtered(wanted: PairingFilter) -> list[sa.ColumnElement[bool]]:
    conditions = _narrowed(wanted)
    if wanted.state:
        conditions.append(SHOWN_STATE.in_(wanted.state))
    if wanted.origin:
        conditions.append(Pairing.origin.in_(wanted.origin))
    if wanted.county:
        conditions.append(Pairing.county_code == wanted.county)
    if wanted.late == "sign":
        conditions += [Pairing.status == "approved", Pairing.approved_at < now() - SLOW]
    elif wanted.late == "term":
        conditions += [Pairing.status.in_(rules.UNDER_WAY), Pairing.ends_on < today()]
    return conditions


def _page(conditions: list[sa.ColumnElement[bool]], sort: str, number: int, size: int) -> Page[Pairing]:
    return page_of(sa.select(Pairing).where(*conditions), _ORDER.get(sort, _ORDER["newest"]), number, size)


def _ids(conditions: list[sa.ColumnElement[bool]], sort: str) -> list[int]:
    return list(db.session.scalars(sa.select(Pairing.id).where(*conditions)
                                   .order_by(*_ORDER.get(sort, _ORDER["newest"]))))


def desk_pairings(actor: Any, wanted: PairingFilter, size: int = 20) -> Page[Pairing]:
    """The pairings within the actor's reach."""
    return _page([scope(actor), *_filtered(wanted)], wanted.sort, wanted.page, size)


def desk_pairing_ids(actor: Any, wanted: PairingFilter) -> list[int]:
    """Ids of the whole list, in its order; the page number is left aside."""
    return _ids([scope(actor), *_filtered(wanted)], wanted.sort)


def state_counts(actor: Any, wanted: PairingFilter) -> dict[str, int]:
    """Shown state -> how many the list would show, the chosen states left aside."""
    others = PairingFilter(**{**wanted.__dict__, "state": ()})
    return dict(db.session.execute(sa.select(SHOWN_STATE, sa.func.count()).select_from(Pairing).where(
        scope(actor), *_filtered(others)).group_by(SHOWN_STATE)).all())


def _public(wanted: PairingFilter) -> list[sa.ColumnElement[bool]]:
    return [Pairing.status.in_(rules.COUNTED), Pairing.need.has(Need.publicity == "public"), *_filtered(wanted)]


def public_pairings(wanted: PairingFilter, size: int = 20) -> Page[Pairing]:
    """What the public may see: pairings that were approved and have not been ended early, on needs open to all."""
    return _page(_public(wanted), wanted.sort, wanted.page, size)


def public_pairing_ids(wanted: PairingFilter) -> list[int]:
    """Ids of the whole public list, in its order."""
    return _ids(_public(wanted), wanted.sort)


def _awaiting(actor: Any) -> list[sa.ColumnElement[bool]]:
    """Accepted pairings that the actor's office decides; empty for everybody who decides nothing."""
    if actor.role == "province_officer":
        level = sa.literal("province")
    elif actor.role == "city_officer":
        level = sa.literal("city")
    else:
        return [sa.false()]
    return [Pairing.status == "accepted", Pairing.approval_level == level, scope(actor)]


def _not_made_by(actor: Any) -> sa.ColumnElement[bool]:
    return sa.and_(Pairing.proposed_by != actor.id, Pairing.accepted_by != actor.id)


def pairings_awaiting_review(actor: Any, wanted: QueueFilter, size: int = 20) -> Page[Pairing]:
    """The approval queue of the actor's office."""
    return _page([*_awaiting(actor), *_narrowed(wanted)], wanted.sort, wanted.page, size)


def awaiting_review(actor: Any, limit: int) -> list[Pairing]:
    """The pairings that wait for this very person, the most pressing first."""
    return list(db.session.scalars(sa.select(Pairing).where(*_awaiting(actor), _not_made_by(actor))
                                   .order_by(*_ORDER["due"]).limit(limit)))


def awaiting_count(actor: Any) -> int:
    """How many pairings wait for this very person."""
    return db.session.scalar(sa.select(sa.func.count(Pairing.id)).where(
        *_awaiting(actor), _not_made_by(actor))) or 0


def due_today(actor: Any) -> int:
    """How many of the office's queue are due today or overdue."""
    evening = dt.datetime.combine(today(), dt.time(23, 59, 59), local(now()).tzinfo)
    return db.session.scalar(sa.select(sa.func.count(Pairing.id)).where(
        *_awaiting(actor), Pairing.due_at <= evening)) or 0


def chosen_for_review(actor: Any, codes: tuple[str, ...]) -> list[Pairing]:
    """The pairings with these codes within the actor's reach, the queue's order; unknown codes are left out."""
    return list(db.session.scalars(sa.select(Pairing).where(Pairing.code.in_(codes), scope(actor))
                                   .order_by(*_ORDER["due"])))


def decided_by_today(actor: Any) -> int:
    """How many decisions the actor took today."""
    morning = dt.datetime.combine(today(), dt.time(), local(now()).tzinfo)
    return db.session.scalar(sa.select(sa.func.count(PairingEvent.id)).where(
        PairingEvent.actor_id == actor.id, PairingEvent.verb.in_(("approve", "reject")),
        PairingEvent.at >= morning)) or 0


@dataclass(frozen=True)
class Move:
    """An event with the name of who made it; `phrase` says it as a sentence's predicate."""

    event: PairingEvent
    who: str

    @property
    def phrase(self) -> str:
        return MOVES[self.event.verb]


MOVES = {
    "propose": "提出这件结对", "accept": "同意这件结对", "decline": "谢绝这件结对", "withdraw": "撤回这件结对",
    "approve": "批准这件结对", "reject": "驳回这件结对", "sign": "登记这件结对的协议",
    "complete": "登记这件结对办成",
    "ask": "让改动生效，请对方确认", "confirm": "确认按新内容继续", "retract": "因内容改动撤回这件结对",
    "presume": "因对方没有答复改动，把这件结对视为撤回", "remind": "提醒答复改动",
    "amend": "让这件结对的补充协议生效", "unreserve": "过了答复的时间，把留着的容量放回",
    "suspend": "暂停这件结对", "resume": "恢复实施这件结对",
    "terminate": "终止这件结对", "lapse": "撤回需求，结束这件结对", "reinstate": "恢复这件结对",
}


def moves_of(pairing: Pairing) -> list[Move]:
    """What happened, oldest first, in two statements."""
    events = list(db.session.scalars(sa.select(PairingEvent).where(
        PairingEvent.pairing_id == pairing.id).order_by(PairingEvent.id)))
    known = names({event.actor_id for event in events if event.actor_id})
    return [Move(event, known.get(event.actor_id or 0, "平台")) for event in events]


def last_move(pairing: Pairing) -> Move | None:
    """The latest thing that somebody did."""
    event = db.session.scalar(sa.select(PairingEvent).where(
        PairingEvent.pairing_id == pairing.id, PairingEvent.verb.not_in(("remind", "unreserve"))).order_by(
            PairingEvent.id.desc()).limit(1))
    if event is None:
        return None
    return Move(event, names({event.actor_id}).get(event.actor_id, "平台") if event.actor_id else "平台")


def decided_sentence(actor: Any, move: Move) -> str:
    """周正 14:05 已批准这件结对。 The date stands before the time when it was not today; oneself is 您."""
    at = local(move.event.at)
    said = f"{at:%H:%M}" if at.date() == today() else f"{at.month}月{at.day}日 {at:%H:%M}"
    who = "您" if actor is not None and move.event.actor_id == actor.id else move.who
    return f"{who} {said} 已{move.phrase}。"


__all__ = [
    "LATE",
    "QUEUE_SORTS",
    "SHOWN_STATE",
    "SORTS",
    "Count",
    "CountChange",
    "CountedOrganization",
    "Headline",
    "Move",
    "PairingFilter",
    "QueueFilter",
    "awaiting_count",
    "awaiting_review",
    "change_sentence",
    "change_words",
    "chosen_for_review",
    "count_by_city",
    "count_by_county",
    "count_change",
    "count_of",
    "counted_organizations",
    "decided_by_today",
    "decided_sentence",
    "desk_pairing",
    "desk_pairing_ids",
    "desk_pairings",
    "due_today",
    "headline",
    "last_move",
    "live_on",
    "live_pairing",
    "live_with",
    "moves_of",
    "named_lines",
    "next_code",
    "pairing_by_code",
    "pairings_awaiting_review",
    "parties_of",
    "public_pairing_ids",
    "public_pairings",
    "standings_on",
    "state_counts",
    "trend",
    "why_counts",
    "would_count",
]
