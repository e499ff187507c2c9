"""Reading villages: those of a township, and what became of one that is no more."""

from dataclasses import dataclass

import sqlalchemy as sa

from matchplatform.catalog.models import Village
from matchplatform.core.errors import NotFound
from matchplatform.extensions import db

_LONGEST_WAY = 20  # mergers one after the other; more would be a circle, which the operations refuse


@dataclass(frozen=True)
class Found:
    """A village as it stands today. `former` is the one that was asked for, where that was merged into it."""

    village: Village | None
    former: Village | None = None

    @property
    def is_gone(self) -> bool:
        """It was asked for, and is given up without a successor."""
        return self.village is None and self.former is not None


def villages_of(township_code: str, closed: bool = False) -> list[Village]:
    """A township's villages by name; without `closed` only those that are there today."""
    rows = sa.select(Village).where(Village.township_code == township_code)
    if not closed:
        rows = rows.where(Village.closed_on.is_(None))
    return list(db.session.scalars(rows.order_by(Village.name, Village.id)))


def village_now(village_id: int | None) -> Found:
    """The village of that number, or the one that it was merged into; nothing where there never was one."""
    one = db.session.get(Village, village_id) if village_id else None
    if one is None:
        return Found(None)
    last = one
    for _ in range(_LONGEST_WAY):
        if last.merged_into_id is None:
            break
        last = db.session.get_one(Village, last.merged_into_id)
    if last.closed_on is not None:
        return Found(None, one)
    return Found(last, None if last is one else one)


def village_named(township_code: str, name: str) -> Village | None:
    """By its exact name within a township."""
    return db.session.scalar(sa.select(Village).where(Village.township_code == township_code, Village.name == name))


def village_of(village_id: int) -> Village:
    """Any village. Raises NotFound."""
    found = db.session.get(Village, village_id)
    if found is None:
        raise NotFound
    return found


def village_names(ids: set[int]) -> dict[int, str]:
    """Number -> name, in one statement."""
    rows = db.session.execute(sa.select(Village.id, Village.name).where(Village.id.in_(ids))) if ids else []
    return {row.id: row.name for row in rows}
