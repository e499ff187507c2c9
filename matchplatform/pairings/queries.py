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
    figure_date,
    goal_figures,
    headline,
    trend,
    why_counts,
    would_count,
)
from matchplatform.pairings.delegation_queries import lenders_of
from matchplatform.pairings.models import Pairing, PairingEvent, PairingLine

SLOW = dt.timedelta(days=30)  # approved so long ago and still without an agreement

SORTS = {"newest": "最新报来", "moved": "最近有动静", "due": "快到期的在前", "score": "匹配度"}
LATE = {"sign": "批准超过 30 天还没签协议", "term": "协议到期还没登记办成"}

# The state as people read it: the SQL twin of `rules.shown_state`. Text, so that it stands the same in GROUP BY.
SHOWN_STATE: sa.ColumnElement[str] = sa.literal_column(
    f"CASE WHEN {in_states('pairings.status', rules.ASKED)} AND COALESCE(pairings.confirm_need_from, "
    f"pairings.confirm_offering_from) IS NOT NULL THEN '{rules.CONFIRMING.value}' ELSE pairings.status END", sa.String)

ORDERS: dict[str, tuple[Any, ...]] = {
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


def parties_of(actor: Any, pairing: Pairing) -> set[str]:
    """What the actor is to the pairing, the county's city and delegations taken into account."""
    city = city_of(pairing.county_code)
    # Officers of one office may act for each other anyway; only the province's reach grows by a delegation.
    lenders = (lenders_of(actor.id) if actor.role == "province_officer" and pairing.approval_level == "city" else ())
    return rules.parties(actor, pairing, city.code if city else None, lenders)


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


def narrowed(wanted: Any) -> list[sa.ColumnElement[bool]]:
    """The conditions that every list of pairings shares: q, category and city of `wanted`."""
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        conditions.append(_words(wanted.q))
    if wanted.category:
        conditions.append(Pairing.category_code.in_(wanted.category))
    if wanted.city:
        conditions.append(Pairing.county_code.in_([county.code for county in counties(wanted.city)]))
    return conditions


def _filtered(wanted: PairingFilter) -> list[sa.ColumnElement[bool]]:
    conditions = narrowed(wanted)
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


def page_by(conditions: list[sa.ColumnElement[bool]], sort: str, number: int, size: int) -> Page[Pairing]:
    """One page of the pairings that meet all conditions, in one of the ORDERS."""
    return page_of(sa.select(Pairing).where(*conditions), ORDERS.get(sort, ORDERS["newest"]), number, size)


def _ids(conditions: list[sa.ColumnElement[bool]], sort: str) -> list[int]:
    return list(db.session.scalars(sa.select(Pairing.id).where(*conditions)
                                   .order_by(*ORDERS.get(sort, ORDERS["newest"]))))


def desk_pairings(actor: Any, wanted: PairingFilter, size: int = 20) -> Page[Pairing]:
    """The pairings within the actor's reach."""
    return page_by([scope(actor), *_filtered(wanted)], wanted.sort, wanted.page, size)


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
    return page_by(_public(wanted), wanted.sort, wanted.page, size)


def public_pairing_ids(wanted: PairingFilter) -> list[int]:
    """Ids of the whole public list, in its order."""
    return _ids(_public(wanted), wanted.sort)


@dataclass(frozen=True)
class Move:
    """An event with the name of who made it; `phrase` says it as a sentence's predicate."""

    event: PairingEvent
    who: str
    for_whom: str = ""  # who had delegated it to him

    @property
    def phrase(self) -> str:
        said = MOVES[self.event.verb]
        return f"受{self.for_whom}委托{said}" if self.for_whom else said


MOVES = {
    "propose": "提出这件结对", "accept": "同意这件结对", "decline": "谢绝这件结对", "withdraw": "撤回这件结对",
    "recommend": "推荐这件结对", "unrecommend": "撤回对这件结对的推荐", "object": "不予推荐这件结对",
    "hand_over": "转交这件结对的审批", "revoke": "撤销对这件结对的批准",
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
    known = names({one for event in events for one in (event.actor_id, event.on_behalf_of) if one})
    return [Move(event, known.get(event.actor_id or 0, "平台"), known.get(event.on_behalf_of or 0, ""))
            for event in events]


def last_move(pairing: Pairing) -> Move | None:
    """The latest thing that somebody did."""
    event = db.session.scalar(sa.select(PairingEvent).where(
        PairingEvent.pairing_id == pairing.id, PairingEvent.verb.not_in(("remind", "unreserve", "hand_over"))).order_by(
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
    "ORDERS",
    "SHOWN_STATE",
    "SORTS",
    "Count",
    "CountChange",
    "CountedOrganization",
    "Headline",
    "Move",
    "PairingFilter",
    "change_sentence",
    "change_words",
    "count_by_city",
    "count_by_county",
    "count_change",
    "count_of",
    "counted_organizations",
    "decided_sentence",
    "desk_pairing",
    "desk_pairing_ids",
    "desk_pairings",
    "figure_date",
    "goal_figures",
    "headline",
    "last_move",
    "live_on",
    "live_pairing",
    "live_with",
    "moves_of",
    "named_lines",
    "narrowed",
    "next_code",
    "page_by",
    "pairing_by_code",
    "parties_of",
    "public_pairing_ids",
    "public_pairings",
    "standings_on",
    "state_counts",
    "trend",
    "why_counts",
    "would_count",
]
