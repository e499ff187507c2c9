"""The end of a change that nobody can decide any more: its need was taken back, done, or not achieved."""

from typing import Any

from matchplatform.accounts.queries import names
from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.needs.change_queries import pending_change
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import LABELS
from matchplatform.notices.operations import tell


def lapse_change(actor: Any, need: Need, label: str, reason: str = "") -> None:
    """End the change that waits, if one does: `label` is what was done with the need, `reason` why.

    The audit names whose change it was and who ended it; who proposed it is told.
    """
    change = pending_change(need)
    if change is None:
        return
    said = f"需求已“{label}”。"
    change.status, change.decided_by, change.decided_at, change.decision = "withdrawn", actor.id, clock.now(), said
    what = "、".join(LABELS[name] for name in LABELS if name in change.values)
    why = f"{said}理由：{reason.rstrip('。')}。" if reason else said
    whose = names({change.proposed_by}).get(change.proposed_by, "")
    record(actor, "lapse_change", "改动随需求结束", "need", object_id=need.code, object_label=need.title,
           county_code=need.county_code, reason=f"{whose}提的改动（{what}）没有等到放行：{why}",
           detail={"changed": list(change.values), "proposed_by": change.proposed_by, "ended_by": actor.id})
    tell(actor, [change.proposed_by], "told", f"改动不用放行了：{need.title}",
         f"{why}{actor.name}办理，您提的改动（{what}）随着结束，公开页没有改。", "need", need.code)
