"""All organizations as columns in memory, whatever their state."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.columns.keeping import Kept, Touched, raw, read_rows
from matchplatform.columns.table import Layout, Row, Table
from matchplatform.organizations.models import Organization

# Acts that may change what stands in the columns. Imports log each organization's own act as well, also when they are
# undone and take it away.
KINDS = ("organization",)
LAYOUT = Layout(("status", "kind", "level", "rating", "authority"), ("vetted", "rating_ends"), ("name",))

_ROWS = sa.select(
    Organization.id, Organization.uscc, Organization.status, Organization.kind, Organization.registration_level,
    Organization.rating, Organization.authority_code, raw(Organization.vetted_at), raw(Organization.rating_ends_on),
    Organization.name)


def _read(what: Touched | None) -> Sequence[Row]:
    return read_rows(_ROWS if what is None else _ROWS.where(sa.or_(
        Organization.id.in_(what.organizations), Organization.uscc.in_(what.codes))))


def _touched(acts: Sequence[Any]) -> Touched | None:
    """Whom the acts name, by number and, where they say it, by code: whoever is gone is known by that. None when an
    act does not say."""
    ids, codes = set(), set()
    for act in acts:
        one = str(act.organization_id if act.organization_id is not None else act.object_id)
        if not one.isdigit():
            return None
        ids.add(int(one))
        code = json.loads(act.detail or "{}").get("uscc")
        if isinstance(code, str):
            codes.add(code)
    return Touched(frozenset(codes), frozenset(ids))


_ORGANIZATIONS = Kept(LAYOUT, KINDS, _read, _touched)


def table() -> Table:
    """All organizations as they are now."""
    return _ORGANIZATIONS.table()
