"""What an amendment changes in a running pairing: dates, amounts, quantities, within the law."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.extensions import db
from matchplatform.needs import line_operations
from matchplatform.needs.models import Need
from matchplatform.pairings import rules
from matchplatform.pairings.followers import followers
from matchplatform.pairings.models import Pairing, PairingLine
from matchplatform.pairings.operations import log_move
from matchplatform.pairings.settlement_operations import settle

AMENDABLE = ("starts_on", "ends_on", "funds_fen", "in_kind_fen")


def amend(actor: Any, pairing: Pairing, terms: Mapping[str, Any], quantities: Mapping[int, int], reason: str) -> None:
    """Give a running pairing other terms (names of AMENDABLE) and quantities (line of the need -> how much, 0 for no
    more). The caller holds the pairing.

    Raises Refusal with the law that forbids it, Conflict where somebody was faster.
    """
    if pairing.status != "active":
        raise Refusal(f"这件结对现在是“{pairing.state.label}”，不能改协议。", "结对在办的时候才能改。")
    db.session.execute(sa.select(Need.id).where(Need.id == pairing.need_id).with_for_update(key_share=True))
    after = {name: terms.get(name, getattr(pairing, name)) for name in AMENDABLE}
    verdict = rules.terms_verdict(pairing.signed_on, after["starts_on"], after["ends_on"], pairing.signed_on,
                                  clock.today())
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    grows = [_change(pairing, line_id, quantity) for line_id, quantity in sorted(quantities.items())]
    for name, value in after.items():
        setattr(pairing, name, value)
    pairing.updated_at = clock.now()
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError) as error:
        raise Conflict("别人刚刚办理了这件结对。", "请看最新内容再办。") from error
    db.session.expire(pairing, ["lines"])
    settle(actor, pairing.need, any(grows))
    log_move(actor, pairing, "amend", "补充协议", pairing.status, reason)
    db.session.flush()
    followers.moved(actor, pairing.need)


def _change(pairing: Pairing, line_id: int, quantity: int) -> bool:
    """Take more of a line, or give back; answers whether it is more. Nothing below what was brought already."""
    row = next((one for one in pairing.lines if one.need_line_id == line_id), None)
    present = row.quantity if row else 0
    if quantity == present:
        return False
    if quantity > present:
        line_operations.commit_lines(pairing.need, {line_id: quantity - present})
    if row is None:
        db.session.add(PairingLine(pairing_id=pairing.id, need_line_id=line_id, quantity=quantity))
        db.session.flush()
        return True
    found = (PairingLine.pairing_id == pairing.id, PairingLine.need_line_id == line_id,
             PairingLine.quantity == present, PairingLine.delivered <= quantity)
    statement = sa.update(PairingLine).where(*found).values(quantity=quantity) if quantity else (
        sa.delete(PairingLine).where(*found))
    if not db.session.execute(statement.execution_options(synchronize_session=False)).rowcount:
        raise Refusal(f"{row.line.item}已经办到的比 {quantity} {row.line.unit}多。", "最少写已经办到的数量。")
    if quantity < present:
        line_operations.release_lines(pairing.need, {line_id: present - quantity})
    if quantity:
        db.session.refresh(row)
    else:
        db.session.expunge(row)
    return quantity > present
