"""From places in a table to the records of a page: one statement by primary key, whatever the page's number."""

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from matchplatform.columns.table import Selection, Table
from matchplatform.core.paging import Page, within


def by_relevance(table: Table, selection: Selection, hits: np.ndarray) -> np.ndarray:
    """What is selected in the order of the search's hits (places); what is there for another reason, such as its
    code, comes before them."""
    kept = selection.rows()
    others = kept.copy()
    others[hits] = False
    return np.concatenate([np.flatnonzero(others), hits[kept.take(hits)]])


def page_at(table: Table, total: int, places: Callable[[int, int], np.ndarray], number: int, size: int,
            load: Callable[[Collection[int]], Collection[Any]]) -> Page[Any]:
    """The page of a list of so many records; `places(low, high)` tells where they stand in the table, `load` reads
    records by their ids. A page too far is the last."""
    page = within(number, size, total)
    ids = table.ids[places((page - 1) * size, min(page * size, total))].tolist()
    found = {one.id: one for one in load(ids)} if ids else {}
    # Another process may have taken a record away since the table was read.
    return Page([found[one] for one in ids if one in found], page, size, total)
