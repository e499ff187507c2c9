"""A new draft that begins with the words of a former offering."""

from typing import Any

from matchplatform.audit.operations import record
from matchplatform.core.clock import moved_to_come, today
from matchplatform.core.errors import Refusal
from matchplatform.offerings import operations, queries
from matchplatform.offerings.models import Offering


def copy_offering(actor: Any, former: Offering) -> Offering:
    """A draft with everything that the former one says, whatever became of it. Dates in the past move on by whole
    years, nothing of the capacity is taken, the history begins anew. A second click answers the same draft.

    Raises Refusal.
    """
    again = queries.just_written(actor, former.title, former.body)
    if again is not None and again.id == former.id:
        raise Refusal("这项写好还不到一分钟。", "要改就直接改它；真要另写一项，过一分钟再点。")
    if again is not None:
        return again
    values: dict[str, Any] = {name: getattr(former, name) for name in operations.COLUMNS}
    starts, ends = moved_to_come((former.starts_on, former.ends_on), today())
    offering = operations.create_offering(actor, {**values, "starts_on": starts, "ends_on": ends,
                                                  "areas": former.area_codes})
    record(actor, "copy", f"照 {former.code} 再写", "offering", object_id=offering.code, object_label=offering.title,
           organization_id=offering.organization_id, detail={"from_code": former.code, "from_state": former.status})
    return offering
