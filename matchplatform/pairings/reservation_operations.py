"""An order keeps a place in the offering's capacity while the organization decides, and no longer than promised."""

import datetime as dt

import sqlalchemy as sa

from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.extensions import db
from matchplatform.offerings import operations as offerings
from matchplatform.pairings import messages, rules
from matchplatform.pairings.models import Pairing, PairingEvent


def keep_place(pairing: Pairing) -> None:
    """Reserve a place for an order. Raises Conflict where somebody just took the last one."""
    offerings.take_capacity(pairing.offering)
    pairing.reserved_until = rules.due_after(clock.now(), rules.RESERVED_DAYS)


def take_place(pairing: Pairing) -> None:
    """Both sides agreed: the kept place is the pairing's, or one is taken now. Raises Conflict when there is none."""
    if pairing.reserved_until is None:
        offerings.take_capacity(pairing.offering)
    pairing.reserved_until = None


def let_place_go(pairing: Pairing) -> None:
    """Give a kept place back, where there is one."""
    if pairing.reserved_until is not None:
        offerings.release_capacity(pairing.offering)
        pairing.reserved_until = None


def expire(pairing_id: int, moment: dt.datetime) -> int:
    """Release what an undecided order keeps; the order stays. Answers how many were told; 0 the second time."""
    pairing = db.session.scalar(sa.select(Pairing).where(Pairing.id == pairing_id, Pairing.reserved_until < moment)
                                .with_for_update(key_share=True, of=Pairing)
                                .execution_options(populate_existing=True))
    if pairing is None:
        return 0
    let_place_go(pairing)
    db.session.add(PairingEvent(pairing_id=pairing.id, at=clock.now(), actor_id=None, verb="unreserve",
                                source=pairing.status, target=pairing.status))
    db.session.flush()
    record(None, "unreserve", "放回容量", "pairing", object_id=pairing.code, object_label=messages.title(pairing),
           county_code=pairing.county_code, organization_id=pairing.organization_id, reason="没有在期限内答复点单。",
           detail={"need": pairing.need.code, "offering": pairing.offering.code})
    return messages.place_let_go(pairing)
