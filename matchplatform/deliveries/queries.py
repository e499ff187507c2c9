"""Reading deliveries, choices and addresses."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.core.clock import now
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.database import page_of
from matchplatform.deliveries import rules
from matchplatform.deliveries.models import Delivery, DeliveryChoice, MailAddress
from matchplatform.extensions import db
from matchplatform.jobs.models import Job
from matchplatform.notices.models import Notice


@dataclass(frozen=True)
class UnsentFilter:
    """Filters of the list of what was not sent, as they stand in the URL."""

    q: str = ""
    state: str = ""
    channel: str = ""
    page: int = 1


def address_of(user_id: int) -> MailAddress | None:
    """Somebody's address, verified or not."""
    return db.session.get(MailAddress, user_id, populate_existing=True)


def verified_addresses(user_ids: Iterable[int]) -> dict[int, str]:
    """User -> his verified address."""
    return dict(db.session.execute(sa.select(MailAddress.user_id, MailAddress.address).where(
        MailAddress.user_id.in_(list(user_ids)), MailAddress.verified_at.is_not(None))).tuples().all())


def people_with(user_ids: Iterable[int]) -> dict[int, User]:
    """The enabled ones of these people."""
    return {one.id: one for one in db.session.scalars(sa.select(User).where(
        User.id.in_(list(user_ids)), User.enabled.is_(True)))}


def choices_of(user_ids: Iterable[int]) -> dict[tuple[int, str, str], str]:
    """(user, channel, kind) -> the way that was chosen."""
    return {(one.user_id, one.channel, one.kind): one.way for one in db.session.scalars(
        sa.select(DeliveryChoice).where(DeliveryChoice.user_id.in_(list(user_ids))))}


def may_be_taken(moment: dt.datetime) -> sa.ColumnElement[bool]:
    """It is due, or a process has left it in hand too long ago."""
    return sa.or_(sa.and_(Delivery.state.in_(rules.OPEN), Delivery.next_at <= moment),
                  sa.and_(Delivery.state == "sending", Delivery.claimed_at < moment - rules.STALE))


def due_ids(moment: dt.datetime, most: int) -> list[int]:
    """What is to be sent now, the longest waiting first."""
    return list(db.session.scalars(sa.select(Delivery.id).where(
        Delivery.way == "at_once", may_be_taken(moment)).order_by(Delivery.next_at, Delivery.id).limit(most)))


def is_work_waiting(kind: str, subject: str = "") -> bool:
    """Does such a job wait for its turn already?"""
    return db.session.scalar(sa.select(Job.id).where(
        Job.kind == kind, Job.subject_code == subject, Job.status == "queued").limit(1)) is not None


def people_with_digests(moment: dt.datetime, failed_only: bool = False) -> list[int]:
    """Whoever has something for his daily summary; `failed_only`: whose summary failed and is to be tried again."""
    tried = [Delivery.attempts > 0] if failed_only else []
    return list(db.session.scalars(sa.select(Delivery.user_id).where(
        Delivery.way == "daily", may_be_taken(moment), *tried).distinct().order_by(Delivery.user_id)))


def digest_of(user_id: int, channel: str, moment: dt.datetime) -> list[int]:
    """Ids of what stands in somebody's next summary, the oldest first."""
    return list(db.session.scalars(sa.select(Delivery.id).where(
        Delivery.user_id == user_id, Delivery.channel == channel, Delivery.way == "daily", may_be_taken(moment))
        .order_by(Delivery.id)))


def deliveries_of(ids: Sequence[int]) -> list[Delivery]:
    """These deliveries, read anew, the oldest first."""
    return list(db.session.scalars(sa.select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.id)
                                   .execution_options(populate_existing=True)))


def sent_since(moment: dt.datetime) -> int:
    """How many have left since then."""
    return db.session.scalar(sa.select(sa.func.count(Delivery.id)).where(Delivery.sent_at > moment)) or 0


def delivery_by_id(number: int) -> Delivery:
    """Any delivery. Raises NotFound."""
    found = db.session.get(Delivery, number, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def unsent(wanted: UnsentFilter, size: int = 30) -> Page[Any]:
    """What was not sent, the latest first: delivery and whose."""
    rows = sa.select(Delivery).where(Delivery.state.in_(rules.UNSENT))
    if wanted.state in rules.UNSENT:
        rows = rows.where(Delivery.state == wanted.state)
    if wanted.channel in rules.CHANNELS:
        rows = rows.where(Delivery.channel == wanted.channel)
    if wanted.q:
        rows = rows.where(sa.or_(
            Delivery.user_id.in_(sa.select(User.id).where(User.name.contains(wanted.q, autoescape=True))),
            Delivery.notice_id.in_(sa.select(Notice.id).where(Notice.title.contains(wanted.q, autoescape=True)))))
    return page_of(rows, (Delivery.id.desc(),), wanted.page, size)


def unsent_counts() -> dict[str, int]:
    """State -> how many."""
    return dict(db.session.execute(sa.select(Delivery.state, sa.func.count()).where(
        Delivery.state.in_(rules.UNSENT)).group_by(Delivery.state)).tuples().all())


def last_of(user_id: int) -> Delivery | None:
    """What became of the latest delivery to somebody."""
    return db.session.scalar(sa.select(Delivery).where(Delivery.user_id == user_id, Delivery.attempts > 0)
                             .order_by(Delivery.id.desc()).limit(1))


def waiting_since() -> dt.datetime | None:
    """Since when the longest waiting one waits."""
    return db.session.scalar(sa.select(sa.func.min(Delivery.next_at)).where(
        Delivery.state.in_(rules.OPEN), Delivery.way == "at_once", Delivery.next_at <= now()))
