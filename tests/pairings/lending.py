"""Decisions lent for some days."""

import datetime as dt

from matchplatform.core.clock import today
from matchplatform.extensions import db
from matchplatform.pairings import handover_operations


def lend(lender, deputy, days=7):
    """`lender` is away from today for so many days, `deputy` stands in."""
    made = handover_operations.delegate(lender, deputy, today(), today() + dt.timedelta(days=days), "出差")
    db.session.flush()
    return made
