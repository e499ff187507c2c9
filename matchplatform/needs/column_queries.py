"""All needs as columns in memory, whatever their state."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.columns.keeping import Kept, Touched, named_in_pairings, raw, read_rows
from matchplatform.columns.table import Layout, Row, Table
from matchplatform.needs.models import Need, NeedLine

# Acts that may change what stands in the columns. Imports and mergers log each record's own act as well.
KINDS = ("need", "pairing")
LAYOUT = Layout(("status", "category", "county", "township", "aid_mode", "urgency", "publicity", "wanting"),
                ("closing", "released", "updated", "created", "gap", "secured", "people", "starts", "ends"),
                ("title", "village"))

_LINES = sa.select(NeedLine.id).where(NeedLine.need_id == Need.id).correlate(Need)


_ROWS = sa.select(
    Need.id, Need.code, Need.status, Need.category_code, Need.county_code, Need.township_code, Need.aid_mode,
    Need.urgency, Need.publicity,
    # A need without lines is taken as a whole: something of it is wanted, as rules.has_residual says.
    sa.case((sa.or_(~_LINES.exists(), _LINES.where(NeedLine.committed < NeedLine.quantity).exists()), "1"), else_=""),
    raw(Need.closing_at), raw(Need.released_at), raw(Need.updated_at),
    raw(Need.created_at), Need.funds_gap_fen, Need.funds_secured_fen, Need.beneficiaries, raw(Need.starts_on),
    raw(Need.ends_on),
    Need.title, Need.village)


def _read(what: Touched | None) -> Sequence[Row]:
    return read_rows(_ROWS if what is None else _ROWS.where(Need.code.in_(what.codes)))


def _touched(acts: Sequence[Any]) -> Touched | None:
    paired = named_in_pairings([act for act in acts if act.kind == "pairing"], "need")
    if paired is None:
        return None
    return Touched(paired | {act.object_id for act in acts if act.kind == "need"})


_NEEDS = Kept(LAYOUT, KINDS, _read, _touched)


def table() -> Table:
    """All needs as they are now."""
    return _NEEDS.table()
