"""Completed pairings with what came of them."""

from matchplatform.core.clock import now
from matchplatform.extensions import db
from matchplatform.results import operations
from tests.tracking.making import DAY, under_way

DONE = "食堂开了一百天，每天中午六十位老人吃上热饭，村里接着办。"


def completed(days_ago=30, **values):
    """A pairing that was completed so many days ago."""
    made = under_way(days_ago=200, status="completed", ended_at=now() - days_ago * DAY, **values)
    made.completed_at = made.ended_at
    db.session.flush()
    return made


def said(**changes):
    """What a closing report says."""
    return {"done": DONE, "remains": "", "lessons": "买菜交给村里的合作社。", "funds_fen": 4_800_000,
            "in_kind_fen": 6_000_000, "households": 52, "people": 68, "trained": 12, "employed": 2, "sales_fen": 0,
            **changes}


def confirmed(people, pairing, **changes):
    """Its closing report, written by the organization and confirmed by the county."""
    operations.write_report(people.organization_member, pairing, said(**changes), None)
    operations.move_report(people.organization_member, pairing, "submit")
    operations.move_report(people.county_officer, pairing, "confirm")
    return pairing
