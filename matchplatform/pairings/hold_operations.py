"""Holding a pairing while something that hangs on it is done: a report, an agreement, a counter-proposal."""

import sqlalchemy as sa

from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing


def hold(pairing: Pairing) -> None:
    """Hold the row and read it anew: nobody moves the pairing between our look at it and our act. SQLite has one
    writer at a time anyway and ignores FOR UPDATE."""
    db.session.execute(sa.select(Pairing.id).where(Pairing.id == pairing.id).with_for_update(key_share=True))
    db.session.refresh(pairing)
