"""What the civil affairs offices' moves do besides changing the state: recommending, approving, taking back."""

from typing import Any

from matchplatform.core import clock
from matchplatform.core.errors import Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.pairings import rules
from matchplatform.pairings.checks import case_checks, failures
from matchplatform.pairings.delegation_queries import lenders_of
from matchplatform.pairings.models import Pairing

BEHALF = ("approve", "reject")  # decisions that may be taken in somebody's place


def recommend(actor: Any, pairing: Pairing, row: Transition, _terms: dict[str, Any]) -> None:
    """The second consent; from now on the office that decides has its own days."""
    pairing.recommended_by, pairing.recommended_at = actor.id, clock.now()
    if row.target == "accepted":
        pairing.due_at = rules.due_after(clock.now())


def unrecommend(_actor: Any, pairing: Pairing, row: Transition, _terms: dict[str, Any]) -> None:
    """As before the recommendation; whoever had it on his desk has it no longer."""
    pairing.recommended_by = pairing.recommended_at = pairing.handler_id = None
    if row.target == "accepted":
        pairing.due_at = rules.due_after(clock.now())


def approve(actor: Any, pairing: Pairing, _row: Transition, _terms: dict[str, Any]) -> None:
    """The third consent is on record and every rule passes."""
    demand(rules.recommended_verdict(pairing))
    failed = failures(case_checks(pairing))
    if failed:
        raise Refusal(f"资格核对没有通过：{failed[0].reason}", failed[0].remedy)
    pairing.approver_id, pairing.approved_at, pairing.due_at = actor.id, clock.now(), None
    pairing.handler_id = None


def revoke(_actor: Any, pairing: Pairing, _row: Transition, _terms: dict[str, Any]) -> None:
    """Back on the desk, within the day."""
    if pairing.approved_at is None:
        raise RuntimeError(f"{pairing.code} is approved without a time")
    demand(rules.revoke_verdict(pairing.approved_at, clock.now()))
    pairing.approver_id = pairing.approved_at = None
    pairing.due_at = rules.due_after(clock.now())


def lender_for(actor: Any, pairing: Pairing, verb: str) -> int | None:
    """In whose place the actor decides: of the officer who has it in hand, else of one without whom he could not."""
    if verb not in BEHALF:
        return None
    lent = {one.id: one for one in lenders_of(actor.id)}
    if pairing.handler_id in lent:
        return pairing.handler_id
    if pairing.approval_level == "city" and actor.role == "province_officer":
        return next((one.id for one in lent.values() if one.role == "city_officer"
                     and one.id not in rules.makers(pairing)), None)
    return None
