"""Who decides in whose place."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.pairings import rules
from matchplatform.pairings.delegation_models import Delegation


def _runs(day: dt.date) -> sa.ColumnElement[bool]:
    return sa.and_(Delegation.ended_at.is_(None), Delegation.starts_on <= day, Delegation.ends_on >= day)


def lenders_of(deputy_id: int) -> list[User]:
    """Officers with open accounts who have delegated their decisions to this person for today."""
    return list(db.session.scalars(sa.select(User).join(Delegation, Delegation.lender_id == User.id).where(
        Delegation.deputy_id == deputy_id, _runs(today()), User.enabled).order_by(User.id)))


def deputies_of(lender_ids: set[int]) -> dict[int, User]:
    """Of those of these officers who are away today, who stands in for each."""
    if not lender_ids:
        return {}
    found = db.session.execute(sa.select(Delegation.lender_id, User).join(
        User, User.id == Delegation.deputy_id).where(Delegation.lender_id.in_(lender_ids), _runs(today())))
    return dict(found.tuples().all())


def standing(user_id: int) -> list[Delegation]:
    """What this person has lent or was lent, that has not ended by today, the earliest first."""
    return list(db.session.scalars(sa.select(Delegation).where(
        sa.or_(Delegation.lender_id == user_id, Delegation.deputy_id == user_id), Delegation.ended_at.is_(None),
        Delegation.ends_on >= today()).order_by(Delegation.starts_on, Delegation.id)))


def away(user_id: int, starts_on: dt.date, ends_on: dt.date) -> bool:
    """Has this person delegated his own decisions on any of these days?"""
    return db.session.scalar(sa.select(Delegation.id).where(
        Delegation.lender_id == user_id, Delegation.ended_at.is_(None), Delegation.starts_on <= ends_on,
        Delegation.ends_on >= starts_on).limit(1)) is not None


def possible_deputies(lender: Any) -> list[User]:
    """Who may stand in for an approver: another officer of his office, and for a city also the province's."""
    if not rules.lender_verdict(lender.role):
        return []
    reach = User.role == "province_officer"
    if lender.role == "city_officer":
        reach = sa.or_(reach, sa.and_(User.role == "city_officer", User.city_code == lender.city_code))
    return list(db.session.scalars(sa.select(User).where(reach, User.enabled, User.id != lender.id)
                                   .order_by(User.role, User.name, User.id)))
