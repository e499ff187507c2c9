"""A new draft that begins with the words of a former need."""

from typing import Any

from matchplatform.audit.operations import record
from matchplatform.core.clock import moved_to_come, today
from matchplatform.core.errors import Refusal
from matchplatform.needs import operations, queries
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import columns


def copy_need(actor: Any, former: Need) -> Need:
    """A draft with everything that the former one says, whatever became of it. What lies in the past moves on by whole
    years, the closing time is left open, the history begins anew. A second click answers the same draft.

    Raises Refusal.
    """
    values = columns(former)
    again = queries.just_written(actor, former.title, former.body)
    if again is not None and again.id == former.id:
        raise Refusal("这条写好还不到一分钟。", "要改就直接改它；真要另写一条，过一分钟再点。")
    if again is not None:
        return again
    starts, ends = moved_to_come((values["starts_on"], values["ends_on"]), today())
    need = operations.create_need(actor, {**values, "starts_on": starts, "ends_on": ends, "closing_at": None})
    record(actor, "copy", f"照 {former.code} 再写", "need", object_id=need.code, object_label=need.title,
           county_code=need.county_code, detail={"from_code": former.code, "from_state": former.status})
    return need
