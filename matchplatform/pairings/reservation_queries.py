"""Orders that keep a place in an offering's capacity."""

import datetime as dt

import sqlalchemy as sa

from matchplatform.extensions import db
from matchplatform.pairings.models import Pairing


def overdue_places(moment: dt.datetime) -> list[int]:
    """Orders whose time to decide is over and which still keep a place."""
    return list(db.session.scalars(sa.select(Pairing.id).where(Pairing.reserved_until < moment).order_by(Pairing.id)))
