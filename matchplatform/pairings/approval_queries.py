"""The desk's two queues: what civil affairs offices are to recommend, and what waits for a decision."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.catalog.queries import city_of, counties
from matchplatform.core.clock import local, now, start_of_day, today
from matchplatform.core.paging import Page
from matchplatform.extensions import db
from matchplatform.pairings import rules
from matchplatform.pairings.delegation_queries import lenders_of
from matchplatform.pairings.models import Pairing, PairingEvent
from matchplatform.pairings.queries import ORDERS, narrowed, page_by, parties_of, scope

QUEUE_SORTS = {"due": "快到期的在前", "score": "匹配度高的在前", "newest": "新报的在前"}
STEPS = {"": "待审批", "recommend": "待推荐"}
HANDS = {"": "谁经手都看", "mine": "我经手的", "free": "还没有分给谁"}


@dataclass(frozen=True)
class QueueFilter:
    """Filters of the queues (`step` is one of STEPS, `hands` of HANDS), and the case that is open beside them."""

    step: str = ""
    hands: str = ""
    q: str = ""
    category: tuple[str, ...] = ()
    city: str = ""
    sort: str = "due"
    case: str = ""
    page: int = 1


def _lenders(actor: Any) -> list[User]:
    """Who lent the actor his decisions; nobody asks for those who decide nothing."""
    return lenders_of(actor.id) if actor.role in rules.DECIDERS else []


def _awaiting(actor: Any, lenders: list[User]) -> list[sa.ColumnElement[bool]]:
    """Accepted and recommended pairings that the actor's office, or one that lent him its decisions, decides; empty
    for everybody who decides nothing."""
    if actor.role == "province_officer":
        reach = Pairing.approval_level == "province"
        lent = [county.code for one in lenders if one.role == "city_officer" for county in counties(one.city_code)]
        if lent:
            reach = sa.or_(reach, sa.and_(Pairing.approval_level == "city", Pairing.county_code.in_(lent)))
    elif actor.role == "city_officer":
        reach = Pairing.approval_level == "city"
    else:
        return [sa.false()]
    return [Pairing.status == "accepted", reach, scope(actor),
            sa.or_(sa.not_(Pairing.needs_recommendation), Pairing.recommended_by.is_not(None))]


def _unrecommended(actor: Any) -> list[sa.ColumnElement[bool]]:
    """Live pairings within reach that nobody has recommended yet, those that both sides agreed to and those that wait
    for an answer."""
    if actor.role not in rules.DECIDERS:
        return [sa.false()]
    return [Pairing.status.in_(rules.ASKED), Pairing.needs_recommendation, Pairing.recommended_by.is_(None),
            scope(actor)]


def _not_made_by(actor: Any) -> sa.ColumnElement[bool]:
    return sa.and_(*(sa.func.coalesce(column, 0) != actor.id for column in (
        Pairing.proposed_by, Pairing.accepted_by, Pairing.recommended_by)))


def _his(actor: Any, lenders: list[User]) -> sa.ColumnElement[bool]:
    """In the actor's hands, or in nobody's."""
    return sa.or_(Pairing.handler_id.is_(None), Pairing.handler_id.in_([actor.id, *(one.id for one in lenders)]))


def queue(actor: Any, wanted: QueueFilter, size: int = 20) -> Page[Pairing]:
    """The chosen queue of the actor's office."""
    lenders = _lenders(actor)
    conditions = _unrecommended(actor) if wanted.step == "recommend" else _awaiting(actor, lenders)
    if wanted.hands == "mine":
        conditions.append(Pairing.handler_id.in_([actor.id, *(one.id for one in lenders)]))
    elif wanted.hands == "free":
        conditions.append(Pairing.handler_id.is_(None))
    return page_by([*conditions, *narrowed(wanted)], wanted.sort, wanted.page, size)


def _number(*conditions: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count(Pairing.id)).where(*conditions)) or 0


def awaiting_review(actor: Any, limit: int) -> list[Pairing]:
    """The pairings whose decision waits for this very person, the most pressing first."""
    lenders = _lenders(actor)
    return list(db.session.scalars(sa.select(Pairing).where(
        *_awaiting(actor, lenders), _not_made_by(actor), _his(actor, lenders)).order_by(*ORDERS["due"]).limit(limit)))


def awaiting_count(actor: Any) -> int:
    """How many decisions wait for this very person."""
    lenders = _lenders(actor)
    return _number(*_awaiting(actor, lenders), _not_made_by(actor), _his(actor, lenders))


def _to_recommend(actor: Any) -> list[sa.ColumnElement[bool]]:
    """What the city is to recommend: both sides have agreed. The province steps in, nobody waits for it."""
    if actor.role != "city_officer":
        return [sa.false()]
    return [*_unrecommended(actor), Pairing.status == "accepted", _not_made_by(actor)]


def awaiting_recommendation(actor: Any, limit: int) -> list[Pairing]:
    """The agreed pairings that wait for this person's recommendation, the most pressing first."""
    return list(db.session.scalars(sa.select(Pairing).where(*_to_recommend(actor)).order_by(*ORDERS["due"])
                                   .limit(limit)))


def desk_count(actor: Any) -> int:
    """The badge: decisions and recommendations that wait for this very person."""
    return awaiting_count(actor) + (_number(*_to_recommend(actor)) if actor.role == "city_officer" else 0)


def unrecommended_count(actor: Any) -> int:
    """How many live pairings within reach nobody has recommended yet."""
    return _number(*_unrecommended(actor))


def due_today(actor: Any) -> int:
    """How many of the office's decisions are due today or overdue."""
    evening = dt.datetime.combine(today(), dt.time(23, 59, 59), local(now()).tzinfo)
    return _number(*_awaiting(actor, _lenders(actor)), Pairing.due_at <= evening)


def chosen_for_review(actor: Any, codes: tuple[str, ...]) -> list[Pairing]:
    """The pairings with these codes within the actor's reach, the queue's order; unknown codes are left out."""
    return list(db.session.scalars(sa.select(Pairing).where(Pairing.code.in_(codes), scope(actor))
                                   .order_by(*ORDERS["due"])))


def decided_by_today(actor: Any) -> int:
    """How many decisions the actor took today."""
    return db.session.scalar(sa.select(sa.func.count(PairingEvent.id)).where(
        PairingEvent.actor_id == actor.id, PairingEvent.verb.in_(("approve", "reject")),
        PairingEvent.at >= start_of_day(today()))) or 0


def colleagues(actor: Any, pairing: Pairing) -> list[User]:
    """To whom the actor may hand this pairing over."""
    city = city_of(pairing.county_code)
    reach = (User.role == "province_officer" if pairing.approval_level == "province" else
             sa.and_(User.role == "city_officer", User.city_code == (city.code if city else None)))
    people = db.session.scalars(sa.select(User).where(reach, User.enabled, User.id != actor.id).order_by(User.name))
    return [one for one in people if "approver" in parties_of(one, pairing)]


def pushed(county_code: str, organization_id: int) -> tuple[int, int, int]:
    """(orders that the county has sent this organization within PUSH_DAYS, how many of them it declined, how many
    counties of the city have sent it any), for `rules.push_verdict`. What was handed on, and what a call's winner is
    given, the organization itself had applied for or was asked in person, and is not an order of this kind."""
    since = now() - dt.timedelta(days=rules.PUSH_DAYS)
    ordered = [Pairing.organization_id == organization_id, Pairing.origin == "order", Pairing.proposed_at >= since,
               Pairing.relayed_from_id.is_(None)]
    orders = _number(*ordered, Pairing.county_code == county_code)
    declined = _number(*ordered, Pairing.county_code == county_code, Pairing.status == "declined")
    city = city_of(county_code)
    near = [one.code for one in counties(city.code)] if city else [county_code]
    spread = db.session.scalar(sa.select(sa.func.count(sa.distinct(Pairing.county_code))).where(
        *ordered, Pairing.county_code.in_(near))) or 0
    return orders, declined, spread
