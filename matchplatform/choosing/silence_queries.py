"""What waits for a county: calls whose replies nobody chose from, and plain bids that nobody answered."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from matchplatform.choosing import rules
from matchplatform.choosing.models import Call, Reply, SilenceReminder
from matchplatform.core.clock import end_of_day
from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing


@dataclass(frozen=True)
class Waiting:
    """Something unanswered: a call or a bid."""

    kind: str
    code: str
    title: str
    county_code: str
    since: dt.datetime


def _calls() -> sa.Select[tuple[int]]:
    """Closed and still undecided, with a reply that waits."""
    waits = sa.select(Reply.id).where(Reply.call_id == Call.id, Reply.status.in_(rules.PENDING)).exists()
    return sa.select(Call.id).where(Call.status.in_(rules.RUNNING), waits)


def _bids() -> sa.Select[tuple[int]]:
    """Proposed by an organization that need not confirm anything first."""
    return sa.select(Pairing.id).where(Pairing.status == "proposed", Pairing.origin == "bid",
                                       Pairing.confirm_need_from.is_(None))


def silent_calls(day: dt.date) -> list[int]:
    """The calls that may have to be spoken of on a day."""
    longest = end_of_day(day) - dt.timedelta(days=rules.SILENT_DAYS)
    return list(db.session.scalars(_calls().where(Call.closing_at <= longest).order_by(Call.id)))


def silent_bids(day: dt.date) -> list[int]:
    """The bids that may have to be spoken of on a day."""
    longest = end_of_day(day) - dt.timedelta(days=rules.SILENT_DAYS)
    return list(db.session.scalars(_bids().where(Pairing.proposed_at <= longest).order_by(Pairing.id)))


def waiting_call(number: int) -> Waiting | None:
    """A call that still waits, read anew and held."""
    call = db.session.scalar(sa.select(Call).where(Call.id.in_(_calls().where(Call.id == number)))
                             .with_for_update(of=Call).execution_options(populate_existing=True))
    return call and Waiting("call", call.need.code, call.need.title, call.county_code, call.closing_at)


def waiting_bid(number: int) -> Waiting | None:
    """A bid that still waits, read anew and held."""
    pairing = db.session.scalar(sa.select(Pairing).where(Pairing.id.in_(_bids().where(Pairing.id == number)))
                                .with_for_update(of=Pairing, key_share=True)
                                .execution_options(populate_existing=True))
    return pairing and Waiting("pairing", pairing.code, f"{pairing.need.title} × {pairing.organization.name}",
                               pairing.county_code, pairing.proposed_at)


def steps_told(one: Waiting) -> set[str]:
    """Who has been told of it."""
    return set(db.session.scalars(sa.select(SilenceReminder.step).where(
        SilenceReminder.subject == one.code, SilenceReminder.since == one.since)))
