"""What pairings make of the need that they are on: its state, and who holds its lines."""

from typing import Any

from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.needs import line_operations, operations
from matchplatform.needs.models import Need
from matchplatform.needs.rules import has_residual
from matchplatform.pairings import queries, rules
from matchplatform.pairings.models import Pairing, PairingLine


def take_lines(pairing: Pairing) -> None:
    """The pairing takes what it is for. One that was made before the need had lines takes all that is left of them.

    Raises Refusal when too little is left.
    """
    need = pairing.need
    if need.lines and not pairing.lines:
        verdict = has_residual(need)
        if not verdict:
            raise Refusal(verdict.reason, verdict.remedy)
        pairing.lines = [PairingLine(need_line_id=one.id, quantity=one.residual) for one in need.residual]
    line_operations.commit_lines(need, pairing.outstanding)


def settle(actor: Any, need: Need, may_close: bool) -> None:
    """Bring the need into the state that its pairings make of it.

    `may_close`: this act may end new bids or the whole matter; a need that its county opened once more is not shut by
    a bid that is turned down.
    """
    standings = queries.standings_on(need.id)
    whole = any(status in rules.AGREED and not lines for status, lines in standings)  # somebody holds all of it
    rest = bool(need.lines and need.residual) and not whole
    target = rules.need_state(need.status, [status for status, _ in standings], rest)
    if target == need.status or (not may_close and need.status in ("published", "closed")):
        return
    if target == "matched":
        (operations.mark_rematched if need.status == "fulfilled" else operations.mark_matched)(actor, need)
    elif target == "fulfilled":
        operations.mark_fulfilled(actor, need)
    else:
        operations.mark_unmatched(actor, need)


def settle_changed(actor: Any, need: Need) -> None:
    """A released need was changed: lines that it did not have before belong to who holds it as a whole, and what is
    wanted now decides whether it is open."""
    if need.residual:
        holder = next((one for one in queries.live_on(need.id) if one.status in rules.HOLDING and not one.lines), None)
        if holder is not None:
            take_lines(holder)
            db.session.flush()
    settle(actor, need, may_close=True)


operations.followers.settle = settle_changed
