"""An agreement as the owner of signed copies: told to the files feature, a tier below. Its record is the pairing."""

from typing import Any

from matchplatform.agreements import operations, queries, rules
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Verdict
from matchplatform.files.rules import Owner, owners
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import desk_pairing, pairing_by_code, parties_of


def _reach(actor: Any, pairing: Pairing) -> str:
    if not actor.is_authenticated:
        return rules.file_reach(set(), False)
    try:
        desk_pairing(actor, pairing.code)
    except NotFound:
        return rules.file_reach(set(), False)
    return rules.file_reach(parties_of(actor, pairing), True)


def _can_attach(actor: Any, pairing: Pairing) -> Verdict:
    if not actor.is_authenticated:
        return Verdict.no("请先登录。")
    return rules.can_attach(pairing.status, parties_of(actor, pairing))


def _can_remove(_actor: Any, pairing: Pairing, attachment: Any) -> Verdict:
    agreement = queries.agreement_of(pairing)
    return rules.can_remove(agreement is not None and agreement.file_id == attachment.id)


owners["agreement"] = Owner("协议", pairing_by_code, operations.hold, _reach, _can_attach, types=rules.COPY_TYPES,
                            publicity=("own",), can_remove=_can_remove)
