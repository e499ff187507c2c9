"""Handing a pairing on to another organization, with what is left of it and its history."""

from typing import Any

from matchplatform.core.errors import demand
from matchplatform.extensions import db
from matchplatform.pairings import operations, queries
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.rules import relay_verdict


def relay(actor: Any, pairing: Pairing, offering: Any, reason: str, message: str, version: int | None) -> Pairing:
    """The county ends a pairing and orders what is left of it from another organization, in one act.

    The new pairing names the old one. Raises Refusal with the rule that forbids either half; then nothing happens.
    """
    demand(relay_verdict(pairing, queries.parties_of(actor, pairing), offering.organization_id))
    left = pairing.outstanding
    with db.session.begin_nested():
        operations.act(actor, pairing, "terminate", reason, version)
        values: dict[str, Any] = {"message": message}
        if pairing.lines and left:
            values["lines"] = left
        return operations.order(actor, offering, pairing.need, values, relayed=pairing)
