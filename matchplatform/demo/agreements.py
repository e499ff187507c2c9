"""Agreements of the demonstration: one drafted and confirmed by its organization, one prolonged by an amendment, and
one amendment that waits for an answer. Nothing is drawn by lot, so that the other stories stay as they are."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.agreements import amendment_operations, operations, queries
from matchplatform.agreements.contents import days_of
from matchplatform.core import clock
from matchplatform.core.clock import years_later
from matchplatform.demo.cast import OWN_COUNTY, Cast
from matchplatform.demo.timeline import Timeline
from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing


def keep_agreements(line: Timeline, cast: Cast) -> None:
    """The steps, in the last two hours of the story."""
    teller = _Teller(cast)
    for minutes, step in ((118, teller.draft), (92, teller.confirm), (81, teller.ask_for_more_time), (64, teller.agree),
                          (55, teller.ask_for_more_money)):
        line.at(line.now - dt.timedelta(minutes=minutes), step)


def _of(status: str) -> list[Pairing]:
    """Pairings in this state, those of the county whose officers visitors sign in as first, then the earliest."""
    return list(db.session.scalars(sa.select(Pairing).where(
        Pairing.status == status, Pairing.approved_at.is_not(None)).order_by(
            Pairing.county_code != OWN_COUNTY, Pairing.approved_at, Pairing.id)))


class _Teller:
    """Who does what; each step finds its pairing, and leaves it where there is none on the day of building."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.drafted: Pairing | None = None
        self.amended: Any = None

    def _sides(self, pairing: Pairing) -> tuple[User, User] | None:
        officers = self.cast.county.get(pairing.county_code)
        member = db.session.scalars(sa.select(User).where(
            User.organization_id == pairing.organization_id, User.member_role == "owner").order_by(User.id)).first()
        return (officers[0], member) if officers and member else None

    def _first(self, status: str, fits: Callable[[Pairing], bool] = lambda one: True) -> tuple[Any, ...]:
        """(pairing, officer, member) of the first that fits; nothing where there is none."""
        for one in _of(status):
            sides = self._sides(one) if fits(one) else None
            if sides:
                return (one, *sides)
        return ()

    def draft(self) -> None:
        found = self._first("approved")
        if not found:
            return
        self.drafted, officer, _member = found
        content = queries.first_content(self.drafted)
        operations.save(officer, self.drafted, {**content, **days_of(content)}, 0)

    def confirm(self) -> None:
        if self.drafted is None or self.drafted.status != "approved":
            return
        sides = self._sides(self.drafted)
        agreement = queries.agreement_of(self.drafted)
        if sides and agreement and not queries.incomplete(agreement.values):
            operations.confirm(sides[1], self.drafted, agreement.sha256)

    def _running(self, pairing: Pairing) -> bool:
        return (pairing.ends_on is not None and pairing.starts_on is not None
                and pairing.ends_on > clock.today() and not queries.amendments_of(pairing)
                and (years_later(pairing.ends_on, 1) - pairing.starts_on).days < 3650)

    def ask_for_more_time(self) -> None:
        self.amended = self._first("active", self._running)
        if self.amended:
            pairing, officer, _member = self.amended
            amendment_operations.propose(officer, pairing, {
                "ends_on": years_later(pairing.ends_on, 1), "reason": "群众反映好，想再办一年。"})

    def agree(self) -> None:
        if self.amended:
            pairing, _officer, member = self.amended
            waiting = queries.open_amendment(pairing)
            if waiting is not None and pairing.status == "active":
                amendment_operations.decide(member, pairing, waiting, "confirm")

    def ask_for_more_money(self) -> None:
        found = self._first("active", lambda one: self._running(one) and bool(one.funds_fen))
        if found:
            pairing, _officer, member = found
            amendment_operations.propose(member, pairing, {
                "funds_fen": pairing.funds_fen + 1_000_000, "reason": "多筹到 1 万元，想一并用上。",
                "text": "增加的资金用于第二年的运营补贴。"})
