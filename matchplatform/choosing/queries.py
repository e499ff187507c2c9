"""Reading calls, replies and questions. The seal is here: no query gives a sealed reply to anybody but its sender."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.queries import names
from matchplatform.catalog.queries import counties, current_campaign
from matchplatform.choosing import rules
from matchplatform.choosing.models import Call, CallQuestion, Reply
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.database import last_number, page_of
from matchplatform.extensions import db
from matchplatform.matching.queries import ranked_needs
from matchplatform.needs.models import Need
from matchplatform.needs.rules import PUBLIC

SORTS = {"closing": "快截止的在前", "newest": "最新的在前"}
NEXT_NEEDS = 3
_DEFAULT_MOST = 5


@dataclass(frozen=True)
class CallFilter:
    """The list's filters as they stand in the URL; `mine`: only calls that my organization replied to."""

    q: str = ""
    state: tuple[str, ...] = ()
    category: str = ""
    mine: bool = False
    sort: str = "closing"
    page: int = 1

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            object.__setattr__(self, "sort", "closing")


def call_of(need_id: int) -> Call | None:
    """The need's call, or None."""
    return db.session.scalar(sa.select(Call).where(Call.need_id == need_id))


def running_call(need_id: int) -> Call | None:
    """The call that keeps the need from being taken the short way, or None."""
    return db.session.scalar(sa.select(Call).where(Call.need_id == need_id, Call.status.in_(rules.RUNNING)))


def public_call(need: Need) -> Call:
    """The call of a need that the reader may open. Raises NotFound."""
    found = call_of(need.id)
    if found is None:
        raise NotFound
    return found


def _replied(actor: Any) -> sa.ColumnElement[bool]:
    return Call.id.in_(sa.select(Reply.call_id).where(Reply.organization_id == actor.organization_id))


def _scope(actor: Any) -> sa.ColumnElement[bool]:
    """Whose calls stand in somebody's list: the county's, the city's, all; an organization's are those it may answer
    or has answered."""
    match actor.role:
        case "county_officer":
            return Call.county_code == actor.county_code
        case "city_officer":
            return Call.county_code.in_([one.code for one in counties(actor.city_code)])
        case "province_officer":
            return sa.true()
        case "organization_member":
            return sa.or_(Call.need.has(Need.status.in_(PUBLIC)), _replied(actor))
        case _:
            return sa.false()


def _office(actor: Any) -> bool:
    return actor.role in ("county_officer", "city_officer", "province_officer")


def desk_call(actor: Any, need_code: str) -> Call:
    """A call within an office's reach. Raises NotFound."""
    found = None
    if _office(actor):
        found = db.session.scalar(sa.select(Call).where(
            Call.need_id.in_(sa.select(Need.id).where(Need.code == need_code)), _scope(actor)))
    if found is None:
        raise NotFound
    return found


def _unsealed(moment: dt.datetime) -> sa.ColumnElement[bool]:
    """The SQL twin of `not rules.is_sealed`."""
    return sa.and_(Call.opened_at.is_not(None), Call.closing_at <= moment - dt.timedelta(seconds=1))


def _readable(actor: Any) -> sa.Select[tuple[Reply]]:
    """The replies that somebody may read: his organization's own, and for the offices those whose seal is broken."""
    rows = sa.select(Reply).join(Call, Call.id == Reply.call_id)
    if actor.role == "organization_member":
        return rows.where(Reply.organization_id == actor.organization_id)
    if not _office(actor):
        return rows.where(sa.false())
    return rows.where(_scope(actor), _unsealed(now()), Reply.status.in_(rules.READABLE))


def replies_of(actor: Any, call: Call) -> list[Reply]:
    """What somebody may read of a call's replies, the best score first; sealed ones only their own organization."""
    found = list(db.session.scalars(_readable(actor).where(Reply.call_id == call.id).order_by(Reply.id)))
    return sorted(found, key=lambda one: -(one.total or 0))


def desk_reply(actor: Any, code: str) -> Reply:
    """A reply that somebody may read. Raises NotFound, also for every sealed one."""
    found = db.session.scalar(_readable(actor).where(Reply.code == code))
    if found is None:
        raise NotFound
    return found


def own_reply(actor: Any, call: Call) -> Reply | None:
    """The reply of the actor's organization, or None."""
    if actor.role != "organization_member":
        return None
    return db.session.scalar(sa.select(Reply).where(Reply.call_id == call.id,
                                                    Reply.organization_id == actor.organization_id))


def reply_of_pairing(pairing_id: int) -> Reply | None:
    """The reply that became a pairing; who reads the pairing reads it, because it was opened and chosen."""
    return db.session.scalar(sa.select(Reply).where(Reply.pairing_id == pairing_id))


def sent_count(call: Call) -> int:
    """How many replies stand sent: all that anybody may know before the closing moment."""
    return db.session.scalar(sa.select(sa.func.count(Reply.id)).where(
        Reply.call_id == call.id, Reply.status.in_(rules.READABLE))) or 0


def held_replies(call: Call) -> list[Reply]:
    """All replies that were sent and stand, held until the end of the transaction and read anew; for operations."""
    return list(db.session.scalars(sa.select(Reply).where(
        Reply.call_id == call.id, Reply.status.in_(rules.PENDING)).order_by(Reply.id)
        .with_for_update(of=Reply).execution_options(populate_existing=True)))


def drafts_of(call: Call) -> list[Reply]:
    """The drafts on a call, for the operation that changes what it asks."""
    return list(db.session.scalars(sa.select(Reply).where(Reply.call_id == call.id, Reply.status == "draft")))


def most_pending() -> int:
    """How many replies an organization may have waiting, by the present campaign."""
    campaign = current_campaign()
    return campaign.pending_replies_most if campaign is not None else _DEFAULT_MOST


def pending_count(organization_id: int, except_id: int) -> int:
    """How many replies of an organization wait for a decision, one left aside."""
    return db.session.scalar(sa.select(sa.func.count(Reply.id)).where(
        Reply.organization_id == organization_id, Reply.status.in_(rules.PENDING), Reply.id != except_id)) or 0


def next_code(year: int) -> str:
    """The next number of the year: YZ2026-0007. Two at once draw the same; the unique constraint tells them."""
    prefix = f"YZ{year}-"
    return f"{prefix}{last_number(Reply.code, prefix) + 1:04d}"


@dataclass(frozen=True)
class Asked:
    """A question as its reader may see it: who asked is left out, `mine` tells him alone."""

    id: int
    body: str
    asked_at: dt.datetime
    answer: str
    answered_at: dt.datetime | None
    mine: bool


def questions_of(actor: Any, call: Call) -> list[Asked]:
    """A call's questions and answers, the oldest first."""
    own = getattr(actor, "id", None) if getattr(actor, "is_authenticated", False) else None
    return [Asked(one.id, one.body, one.asked_at, one.answer, one.answered_at, own is not None and one.asked_by == own)
            for one in db.session.scalars(sa.select(CallQuestion).where(CallQuestion.call_id == call.id)
                                          .order_by(CallQuestion.id))]


def question_of(call: Call, number: int) -> CallQuestion:
    """One question of a call. Raises NotFound."""
    found = db.session.scalar(sa.select(CallQuestion).where(CallQuestion.id == number, CallQuestion.call_id == call.id))
    if found is None:
        raise NotFound
    return found


def _shown(moment: dt.datetime) -> sa.ColumnElement[str]:
    """The SQL twin of `rules.shown_call`."""
    over = sa.and_(Call.status == "open", Call.closing_at <= moment - dt.timedelta(seconds=1))
    return sa.case((over, rules.CLOSED.value), else_=Call.status)


def _conditions(actor: Any, wanted: CallFilter) -> list[sa.ColumnElement[bool]]:
    found = [_scope(actor)]
    if wanted.q:
        found.append(Call.need.has(sa.or_(Need.code == wanted.q.upper(),
                                          Need.title.contains(wanted.q, autoescape=True))))
    if wanted.category:
        found.append(Call.need.has(Need.category_code == wanted.category))
    if wanted.mine and actor.role == "organization_member":
        found.append(_replied(actor))
    return found


def desk_calls(actor: Any, wanted: CallFilter, size: int = 20) -> Page[Call]:
    """The list within the actor's reach."""
    rows = sa.select(Call).where(*_conditions(actor, wanted))
    if wanted.state:
        rows = rows.where(_shown(now()).in_(wanted.state))
    order = {"closing": (Call.status.in_(("decided", "ended")), Call.closing_at, Call.id),
             "newest": (Call.created_at.desc(), Call.id.desc())}[wanted.sort]
    return page_of(rows, order, wanted.page, size)


def state_counts(actor: Any, wanted: CallFilter) -> dict[str, int]:
    """Shown state -> how many the list would show, the chosen states left aside."""
    shown = _shown(now()).label("shown")
    return {row.shown: row.n for row in db.session.execute(sa.select(
        shown, sa.func.count().label("n")).select_from(Call).where(*_conditions(actor, wanted)).group_by(shown))}


def counts_of(calls: list[Call]) -> dict[int, int]:
    """Call -> how many replies stand sent."""
    return dict(db.session.execute(sa.select(Reply.call_id, sa.func.count(Reply.id)).where(
        Reply.call_id.in_([one.id for one in calls]), Reply.status.in_(rules.READABLE)).group_by(Reply.call_id)).all())


def own_replies(actor: Any, calls: list[Call]) -> dict[int, Reply]:
    """Call -> the reply of the actor's organization."""
    if actor.role != "organization_member":
        return {}
    return {one.call_id: one for one in db.session.scalars(sa.select(Reply).where(
        Reply.organization_id == actor.organization_id, Reply.call_id.in_([one.id for one in calls])))}


def next_needs(reply: Reply) -> list[Need]:
    """The open needs that the offering of a reply fits next, never the one it was for."""
    if reply.offering is None:
        return []
    return [one.need for one in ranked_needs(reply.offering, NEXT_NEEDS + 5)
            if one.eligible and one.need.id != reply.call.need_id][:NEXT_NEEDS]


def person(user_id: int | None) -> str:
    """How somebody of an office is called, for the record on the page."""
    return names({user_id}).get(user_id, "") if user_id is not None else ""
