"""Everything that an export writes: its line in the audit, the order for a background job, what became of it."""

from collections.abc import Callable
from typing import Any

from matchplatform.audit.operations import record
from matchplatform.audit.queries import recent_from
from matchplatform.core import clock, origin
from matchplatform.core.errors import demand
from matchplatform.exports import queries, rules
from matchplatform.exports.making import Order
from matchplatform.exports.models import Export
from matchplatform.extensions import db
from matchplatform.jobs.operations import start
from matchplatform.notices.operations import tell

ACT = "export"



def allow(order: Order) -> None:
    """Raises Refusal for too many at once, and for visitors who come too often."""
    demand(rules.can_export(order.format, len(order.ids), order.reader.is_authenticated))
    if not order.reader.is_authenticated:
        demand(rules.within_rate(recent_from(origin.address.get(), ACT, clock.now() - rules.HOUR)))


def note(actor: Any, order: Order) -> None:
    """Put an export on record: who, which list by which filter, how many, in which format. Raises Refusal."""
    allow(order)
    record(actor if order.reader.is_authenticated else order.reader, ACT,
           f"导出{rules.FORMATS[order.format].label}", "export", object_id=order.shelf.key,
           object_label=f"{order.shelf.title} {len(order.ids):,} 条",
           county_code=order.reader.county_code, organization_id=order.reader.organization_id,
           detail={"format": order.format, "count": len(order.ids), "filter": dict(order.about().conditions)})


def ask(actor: Any, order: Order, query: str) -> Export:
    """Have it made in the background; the owner is told when it can be fetched."""
    export = Export(user_id=actor.id, shelf=order.shelf.key, format=order.format, query=query, title=order.file_name,
                    conditions=order.about().condition_text, total=len(order.ids), created_at=clock.now(),
                    ends_at=clock.now() + 2 * rules.KEPT)
    db.session.add(export)
    db.session.flush()
    start(actor, queries.KIND, str(export.id), len(order.ids))
    return export


def finish(export: Export, file_name: str, count: int) -> None:
    """The file is there: tell its owner."""
    export.status, export.file_name, export.total = "ready", file_name, count
    export.ends_at = clock.now() + rules.KEPT
    tell(None, [export.user_id], "good", f"导出做好了：{export.title}",
         f"共 {count:,} 条，保留到 {clock.local(export.ends_at):%m-%d %H:%M}，请及时下载。", "export", str(export.id))
    db.session.flush()


def sweep(remove: Callable[[str], object]) -> int:
    """Forget what is no longer kept; `remove` takes a file's name away. Answers how many went."""
    gone = queries.ended(clock.now())
    for export in gone:
        if export.file_name:
            remove(export.file_name)
        db.session.delete(export)
    db.session.flush()
    return len(gone)
