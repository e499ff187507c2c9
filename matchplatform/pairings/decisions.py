"""What was decided about pairings, as evidence of which matches fit.

Accepted: the other side agreed, whatever is still to come (accepted, approved, active, suspended, completed).
Declined: the other side or the approver said no. What ended for another reason than the fit tells nothing and is left
out, and so is what was scored by an older ruler. See docs/decisions.md.
"""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.extensions import db
from matchplatform.matching.feedback import FIGURES, Decision
from matchplatform.matching.scoring import FIGURE_OF
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from matchplatform.pairings import rules
from matchplatform.pairings.models import Pairing, PairingEvent

# Why a pairing is no evidence.
WAITING = "还没有答复"
WITHDRAWN = "提出的一方自己撤回"
TERMINATED = "批准以后终止，原因多半不在合不合适"
LAPSED = "县里撤回了需求"
CLOSED = "谢绝时需求已过截止时间"
TAKEN = "谢绝时需求已由别家结对"
FULL = "谢绝时容量已被别的结对占满"
OTHER_RULER = "没有按现在的办法评分的记录"
_NO_DECISION = {"proposed": WAITING, "withdrawn": WITHDRAWN, "terminated": TERMINATED}

_PAIRINGS = sa.select(Pairing.id, Pairing.need_id, Pairing.offering_id, Pairing.status, Pairing.reasons,
                      Pairing.accepted_at, Pairing.approved_at, Pairing.ended_at, Offering.capacity, Need.closing_at
                      ).join(Need, Need.id == Pairing.need_id).join(Offering, Offering.id == Pairing.offering_id
                                                                    ).order_by(Pairing.id)
_ENDS = sa.select(PairingEvent.pairing_id, PairingEvent.verb).where(
    PairingEvent.target.in_(rules.REFUSED)).order_by(PairingEvent.id)


@dataclass(frozen=True)
class Evidence:
    """The decisions that tell something, how many pairings were looked at, and why how many tell nothing."""

    decisions: tuple[Decision, ...]
    found: int
    left_out: Mapping[str, int]


def evidence() -> Evidence:
    """All pairings, read as decisions about fit, in two statements."""
    rows = list(db.session.execute(_PAIRINGS))
    ends = dict(db.session.execute(_ENDS).tuples().all())  # the last one of each
    on_need, on_offering = defaultdict(list), defaultdict(list)
    for row in rows:
        on_need[row.need_id].append(row)
        on_offering[row.offering_id].append(row)
    told, left_out = [], Counter[str]()
    for row in rows:
        why = _NO_DECISION.get(row.status) or (
            _other_cause(row, ends.get(row.id), on_need[row.need_id], on_offering[row.offering_id])
            if row.status in rules.REFUSED else "")
        figures = None if why else _figures(row.reasons)
        if figures is None:
            left_out[why or OTHER_RULER] += 1
        else:
            told.append(Decision(row.need_id, **figures, accepted=row.status in rules.AGREED))
    return Evidence(tuple(told), len(rows), dict(left_out.most_common()))


def _other_cause(row: Any, verb: str | None, on_need: list[Any], on_offering: list[Any]) -> str:
    """Why a no says nothing of the fit: the county took the need back, or there was nothing left to say yes to."""
    at: dt.datetime = row.ended_at
    if verb == "lapse":
        return LAPSED
    if row.closing_at is not None and row.closing_at <= at and row.status == "declined":
        return CLOSED
    if any(one.id != row.id and one.approved_at is not None and one.approved_at <= at
           and not (one.status == "terminated" and one.ended_at <= at) for one in on_need):
        return TAKEN
    held = sum(one.id != row.id and one.accepted_at is not None and one.accepted_at <= at
               and (one.status in rules.HOLDING or (one.ended_at is not None and one.ended_at > at))
               for one in on_offering)
    return FULL if held >= row.capacity else ""


def _figures(reasons: str) -> dict[str, float] | None:
    """How far each figure was met on the day of the proposal; None where a part is missing, unknown or had no points
    to give, so that it cannot be told."""
    points, full = Counter[str](), Counter[str]()
    for part in json.loads(reasons):
        name = FIGURE_OF.get(part["label"])
        if name is None:
            return None
        points[name] += part["points"]
        full[name] += part["full"]
    return {name: points[name] / full[name] for name in FIGURES} if all(full[name] for name in FIGURES) else None
