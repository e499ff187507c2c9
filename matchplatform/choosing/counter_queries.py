"""Reading counter-proposals."""

from collections.abc import Iterable

import sqlalchemy as sa

from matchplatform.choosing.counter_models import Counter
from matchplatform.core.errors import NotFound
from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing


def counters_of(pairing: Pairing) -> list[Counter]:
    """Everything that was proposed back, the latest first."""
    return list(db.session.scalars(sa.select(Counter).where(Counter.pairing_id == pairing.id)
                                   .order_by(Counter.id.desc())))


def open_counters(pairings: Iterable[Pairing]) -> dict[int, Counter]:
    """Pairing id -> what was proposed back and waits for the county, for those of these where something does."""
    asked = [one.id for one in pairings if one.status == "proposed" and one.origin == "order"]
    if not asked:
        return {}
    return {one.pairing_id: one for one in db.session.scalars(sa.select(Counter).where(
        Counter.pairing_id.in_(asked), Counter.status == "open"))}


def counter_of(pairing: Pairing, number: int) -> Counter:
    """One of a pairing. Raises NotFound."""
    found = db.session.scalar(sa.select(Counter).where(Counter.id == number, Counter.pairing_id == pairing.id))
    if found is None:
        raise NotFound
    return found
