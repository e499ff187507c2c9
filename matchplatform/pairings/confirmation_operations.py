"""A need or an offering was changed after somebody agreed to it: who holds a pairing on it is asked again, or told."""

import datetime as dt
from typing import Any

from matchplatform.core import clock
from matchplatform.extensions import db
from matchplatform.needs import operations as needs
from matchplatform.needs.models import Need
from matchplatform.offerings import operations as offerings
from matchplatform.offerings.models import Offering
from matchplatform.pairings import messages, queries, rules
from matchplatform.pairings.confirmation_queries import asked_on, reminded_since, unanswered_pairing
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.operations import log_move


def need_changed(actor: Any, need: Need, since: int, what: str, binding: bool, why: str) -> int:
    """The organizations with a live pairing; answers how many were told or asked."""
    alive = queries.live_on(need.id)  # read again under the need's lock: a bid may have come since it was first held
    for pairing in alive:
        asked = binding and pairing.status in rules.ASKED
        if asked and pairing.confirm_need_from is None:
            pairing.confirm_need_from = since
        _told(actor, pairing, what, asked, "organization", why)
    db.session.flush()
    return len(alive)


def offering_changed(actor: Any, offering: Offering, since: int, what: str) -> int:
    """The counties with a live pairing; answers how many were told or asked."""
    alive = queries.live_with(offering.id)
    for pairing in alive:
        asked = pairing.status in rules.ASKED
        if asked and pairing.confirm_offering_from is None:
            pairing.confirm_offering_from = since
        _told(actor, pairing, what, asked, "county")
    db.session.flush()
    return len(alive)


def _told(actor: Any, pairing: Pairing, what: str, asked: bool, side: str, why: str = "") -> None:
    if asked:
        pairing.updated_at = clock.now()  # its version rises: who confirms on an older page has not seen this change
        log_move(actor, pairing, "ask", "请对方确认改动", pairing.status, f"{what}。{why}" if why else what)
    messages.changed(actor, pairing, what, asked, side, why)


def remind(pairing_id: int, day: dt.date) -> int:
    """Remind the organization of a question that it left open, or tell the county that the time for it is over;
    answers how many were told. Done twice on the same day, it tells nobody the second time."""
    pairing = unanswered_pairing(pairing_id)
    if pairing is None:
        return 0
    asked = asked_on(pairing)
    since = rules.reminder_since(asked, day)
    if since is None or reminded_since(pairing, since):
        return 0
    last = rules.answer_by(asked)
    overdue = bool(rules.silence_verdict(asked, day))
    by = f"{last.month}月{last.day}日"
    log_move(None, pairing, "remind", "提醒答复改动", pairing.status,
             f"{by} 前没有答复，已告诉县里。" if overdue else f"请在 {by} 前答复。")
    told = messages.unanswered(pairing, last, overdue)
    db.session.flush()
    return told


# Needs and offerings lie a tier below and may not ask us; they look here for what hangs on them.
needs.followers.changed = need_changed
needs.followers.concerned = lambda need: queries.concerned_by(need.id)
offerings.followers.hold = lambda offering: queries.live_with(offering.id)
offerings.followers.changed = offering_changed
