"""All offerings as columns in memory, whatever their state, with what the lists ask of their organizations."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.columns.keeping import Kept, Touched, named_in_pairings, raw, read_rows
from matchplatform.columns.table import Layout, Row, Table
from matchplatform.offerings.models import Offering, OfferingArea
from matchplatform.organizations.models import Organization

# Acts that may change what stands in the columns. Imports log each record's own act as well.
KINDS = ("offering", "organization", "pairing")
# `areas` is the whole set of areas as one word: most offerings share theirs with many others.
LAYOUT = Layout(("status", "category", "cost_model", "rating", "kind", "areas"),
                ("organization", "published", "updated", "created", "capacity_left", "funds", "support", "starts",
                 "ends", "rating_ends"), ("title", "organization_name"))


_AREAS = sa.select(OfferingArea.offering_id, OfferingArea.region_code).order_by(
    OfferingArea.offering_id, OfferingArea.region_code)
_ROWS = sa.select(
    Offering.id, Offering.code, Offering.status, Offering.category_code, Offering.cost_model, Organization.rating,
    Organization.kind, Offering.organization_id, raw(Offering.published_at), raw(Offering.updated_at),
    raw(Offering.created_at), Offering.capacity - Offering.capacity_taken, Offering.funds_fen,
    Offering.funds_fen + Offering.in_kind_fen, raw(Offering.starts_on), raw(Offering.ends_on),
    raw(Organization.rating_ends_on), Offering.title, Organization.name,
).join(Organization, Organization.id == Offering.organization_id)


def _read(what: Touched | None) -> Sequence[Row]:
    rows, areas = _ROWS, _AREAS
    if what is not None:
        meant = sa.or_(Offering.code.in_(what.codes), Offering.organization_id.in_(what.organizations))
        rows = rows.where(meant)
        areas = areas.join(Offering, Offering.id == OfferingArea.offering_id).where(meant)
    sets: dict[int, str] = {}
    for offering_id, region_code in read_rows(areas):
        sets[offering_id] = f"{sets[offering_id]} {region_code}" if offering_id in sets else region_code
    return [(*row[:7], sets.get(row[0], ""), *row[7:]) for row in read_rows(rows)]


def _touched(acts: Sequence[Any]) -> Touched | None:
    paired = named_in_pairings([act for act in acts if act.kind == "pairing"], "offering")
    if paired is None:
        return None
    organizations = set()
    for act in acts:
        if act.kind == "organization":
            if act.organization_id is None and not act.object_id.isdigit():
                return None
            organizations.add(int(act.organization_id if act.organization_id is not None else act.object_id))
    return Touched(paired | {act.object_id for act in acts if act.kind == "offering"}, frozenset(organizations))


_OFFERINGS = Kept(LAYOUT, KINDS, _read, _touched)


def table() -> Table:
    """All offerings as they are now."""
    return _OFFERINGS.table()
