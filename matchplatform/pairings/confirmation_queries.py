"""What somebody with a pairing is asked to confirm."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.core.clock import local, start_of_day, today
from matchplatform.extensions import db
from matchplatform.needs.change_rules import is_minor
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import FIELDS as NEED_FIELDS
from matchplatform.offerings.snapshots import BINDING
from matchplatform.offerings.snapshots import FIELDS as OFFERING_FIELDS
from matchplatform.pairings import rules
from matchplatform.pairings.models import Pairing, PairingEvent
from matchplatform.revisions import queries as revisions
from matchplatform.revisions.differences import Difference
from matchplatform.revisions.reading import between, spoken


def open_changes(pairing: Pairing) -> dict[str, list[Difference]]:
    """Side that must confirm (organization, county) -> what changed since it last knew; only what stands in public.

    A change that was taken back meanwhile leaves nothing to show, but is confirmed all the same.
    """
    found = {}
    for side, kind, code, since, fields in (
            ("organization", "need", pairing.need.code, pairing.confirm_need_from, NEED_FIELDS),
            ("county", "offering", pairing.offering.code, pairing.confirm_offering_from, OFFERING_FIELDS)):
        if since is not None:
            found[side] = between(kind, code, since, [one for one in fields if one.is_public], spoken())
    return found


def change_reasons(pairing: Pairing) -> dict[str, list[str]]:
    """Side that must confirm -> why the other side changed it, the oldest reason first."""
    since = pairing.confirm_need_from
    if since is None:
        return {}
    return {"organization": [one.reason for one in revisions.versions("need", pairing.need.code)
                             if one.number > since and one.act == "change" and one.reason]}


def asked_on(pairing: Pairing) -> dt.date:
    """The day from which the organization has been asked to confirm: the latest change of the need, or the day on
    which the pairing came back to life. What it changed in its own offering meanwhile gives it no more time."""
    asked = sa.or_(PairingEvent.verb == "reinstate",
                   sa.and_(PairingEvent.verb == "ask", User.role != "organization_member"))
    found = db.session.scalar(sa.select(PairingEvent.at).outerjoin(User, User.id == PairingEvent.actor_id).where(
        PairingEvent.pairing_id == pairing.id, asked).order_by(PairingEvent.id.desc()).limit(1))
    return local(found or pairing.updated_at).date()


def answer_day(pairing: Pairing) -> dt.date | None:
    """By which day the organization is to answer; None where it is not asked."""
    if pairing.confirm_need_from is None or pairing.status not in rules.ASKED:
        return None
    return rules.answer_by(asked_on(pairing))


def is_silent(pairing: Pairing) -> bool:
    """Has the organization let the day pass by which it was to answer?"""
    return answer_day(pairing) is not None and bool(rules.silence_verdict(asked_on(pairing), today()))


def unanswered() -> list[int]:
    """Ids of the pairings whose organization has not answered yet, the earliest first."""
    return list(db.session.scalars(sa.select(Pairing.id).where(
        Pairing.confirm_need_from.is_not(None), Pairing.status.in_(rules.ASKED)).order_by(Pairing.id)))


def unanswered_pairing(pairing_id: int) -> Pairing | None:
    """One of them, held until the end of the transaction and read anew; None when it was answered meanwhile."""
    return db.session.scalar(sa.select(Pairing).where(
        Pairing.id == pairing_id, Pairing.confirm_need_from.is_not(None), Pairing.status.in_(rules.ASKED))
        .with_for_update(key_share=True, of=Pairing).execution_options(populate_existing=True))


def reminded_since(pairing: Pairing, day: dt.date) -> bool:
    """Has anybody been reminded of it since the beginning of that day?"""
    return db.session.scalar(sa.select(PairingEvent.id).where(
        PairingEvent.pairing_id == pairing.id, PairingEvent.verb == "remind",
        PairingEvent.at >= start_of_day(day)).limit(1)) is not None


def version_at(record: Any, moment: dt.datetime) -> int | None:
    """The version of a need or an offering that stood at a moment; None where it has no history.

    A history that began later begins with what stood before its first act, which is then the answer.
    """
    found = revisions.as_of("need" if isinstance(record, Need) else "offering", record.code, moment)
    return found.number if found else 1 if version_shown(record) else None


def version_shown(record: Any) -> int:
    """The newest version of a need or an offering, for the page on which somebody decides by it."""
    return revisions.last_number("need" if isinstance(record, Need) else "offering", record.code)


def changed_meanwhile(record: Any, seen: int | None) -> list[Difference]:
    """What somebody who proposes does not know yet: the differences between the version that his page showed and the
    newest. `seen` None: nobody looked at a page."""
    if seen is None or seen == version_shown(record):
        return []
    if isinstance(record, Need):
        found = between("need", record.code, seen, [one for one in NEED_FIELDS if one.is_public], spoken())
        return [one for one in found if not is_minor(one.field.name, None, None)]
    return between("offering", record.code, seen, [one for one in OFFERING_FIELDS if one.name in BINDING], spoken())
