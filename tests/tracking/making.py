"""Pairings under way, for the tests of their course."""

import datetime as dt

from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.needs.models import NeedLine
from matchplatform.pairings.models import PairingEvent
from tests import factories

DAY = dt.timedelta(days=1)


def under_way(days_ago=100, status="active", lines=True, ends_in=400, **values):
    """A pairing whose agreement was registered so many days ago: 5 万元 and 6 万元, fridges 4 台 and tables 20 套."""
    need = factories.make_need(lines=False, status="matched")
    if lines:
        need.lines = [NeedLine(position=1, item="冰箱", quantity=4, unit="台"),
                      NeedLine(position=2, item="桌椅", quantity=20, unit="套")]
        db.session.flush()
    pairing = factories.make_pairing(
        status=status, need=need, approved_at=now() - (days_ago + 5) * DAY,
        taken={need.lines[0]: 4, need.lines[1]: 20} if lines else None, **values)
    if pairing.signed_on is not None:
        pairing.signed_on = pairing.starts_on = today() - days_ago * DAY
        pairing.ends_on = today() + ends_in * DAY
        pairing.funds_fen, pairing.in_kind_fen = 5_000_000, 6_000_000
        db.session.add(PairingEvent(pairing_id=pairing.id, at=now() - days_ago * DAY, verb="sign", source="approved",
                                    target="active", actor_id=pairing.accepted_by))
    db.session.flush()
    return pairing


def said(**changes):
    """What a report says."""
    return {"done": "送去第一批桌椅，十二位老人吃上午饭。", "difficulties": "", "funds_fen": 1_000_000,
            "in_kind_fen": 0, "households": 12, "people": 12, "trained": 0, "employed": 0, "sales_fen": 0,
            "brought": {}, **changes}
