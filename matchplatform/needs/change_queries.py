"""Reading changes of released needs."""

import sqlalchemy as sa

from matchplatform.core.errors import NotFound
from matchplatform.extensions import db
from matchplatform.needs.change_models import NeedChange
from matchplatform.needs.models import Need
from matchplatform.needs.rules import PUBLIC
from matchplatform.needs.snapshots import FIELDS, LABELS, snapshot
from matchplatform.revisions.reading import Step, public_steps, spoken


def pending_change(need: Need) -> NeedChange | None:
    """The one that waits, or None."""
    return db.session.scalar(sa.select(NeedChange).where(NeedChange.need_id == need.id,
                                                         NeedChange.status == "pending"))


def change_of(need: Need, change_id: int) -> NeedChange:
    """One change of this need. Raises NotFound, also for another need's."""
    found = db.session.scalar(sa.select(NeedChange).where(NeedChange.need_id == need.id, NeedChange.id == change_id))
    if found is None:
        raise NotFound
    return found


def moved_on(need: Need, change: NeedChange) -> list[str]:
    """Labels of the fields that stand otherwise now than when the change was proposed: what it was to change in them
    was weighed against something else."""
    present = snapshot(need)
    return [LABELS[name] for name in LABELS
            if name in change.values and present[name] != change.old_values.get(name)]


def changes_of_county(county_code: str, most: int) -> list[tuple[Need, NeedChange]]:
    """What waits in a county, the oldest first."""
    rows = db.session.execute(
        sa.select(Need, NeedChange).join(NeedChange, NeedChange.need_id == Need.id)
        .where(NeedChange.status == "pending", Need.county_code == county_code).order_by(NeedChange.id).limit(most))
    return [(need, change) for need, change in rows.unique()]


def released_changes(need: Need, signed_in: bool) -> list[Step]:
    """What was changed in a need since it was released, the newest first: only what stands on the public page. What
    was shown to those who sign in stays among them, also when the need is opened to all later."""
    return public_steps("need", need.code, FIELDS, spoken(), PUBLIC,
                        lambda values: signed_in or values.get("publicity", "public") == "public")
