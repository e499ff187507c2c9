"""What every list that is filtered in memory does alike: count, page, name all it selects."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Collection
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import sqlalchemy as sa

from matchplatform.columns.table import NONE, Selection, Table, in_microseconds
from matchplatform.core.paging import Page, within
from matchplatform.extensions import db

Record = TypeVar("Record")


def by_relevance(table: Table, selection: Selection, hits: np.ndarray) -> np.ndarray:
    """What is selected in the order of the search's hits (places); what is there for another reason, such as its
    code, comes before them."""
    kept = selection.rows()
    others = kept.copy()
    others[hits] = False
    return np.concatenate([np.flatnonzero(others), hits[kept.take(hits)]])


def ordered(rows: Table, column: str, descending: bool) -> np.ndarray:
    """All places of the table by a column."""
    return rows.order(column)[::-1] if descending else rows.order(column)


class Listing(ABC, Generic[Record]):
    """A list of records of one model: which rows of the table are selected, and in which order. A page of it costs
    one statement by primary key, whatever its number."""

    model: type[Any]

    def __init__(self, wanted: Any, rows: Table) -> None:
        """`wanted` is the filter; it names the page that is asked for."""
        self.wanted, self._table = wanted, rows

    @abstractmethod
    def _groups(self) -> dict[str, np.ndarray]:
        """The conditions in force by group, so that a facet can leave out its own."""

    @abstractmethod
    def _places(self, low: int, high: int) -> np.ndarray:
        """Where the selected stand in the table, from the low-th to before the high-th in the list's order."""

    @cached_property
    def _selection(self) -> Selection:
        return Selection(len(self._table), self._groups())

    @cached_property
    def total(self) -> int:
        """How many are selected."""
        return int(np.count_nonzero(self._selection.rows()))

    @property
    def ids(self) -> list[int]:
        """The ids of everything selected, in its order."""
        return self._table.ids[self._places(0, self.total)].tolist()

    def page(self, size: int = 20) -> Page[Record]:
        """The page that the filter names; one too far is the last."""
        number = within(self.wanted.page, size, self.total)
        ids = self._table.ids[self._places((number - 1) * size, min(number * size, self.total))].tolist()
        found = {one.id: one for one in self._load(ids)} if ids else {}
        # Another process may have taken a record away since the table was read.
        return Page([found[one] for one in ids if one in found], number, size, self.total)

    def _load(self, ids: Collection[int]) -> Collection[Any]:
        by_ids = sa.select(self.model).where(self.model.id.in_(sa.bindparam("ids", expanding=True)))
        return db.session.scalars(by_ids, {"ids": ids}).all()

    def _after(self, column: str, moment: dt.datetime) -> list[int]:
        """The ids of the selected whose moment in the column is later, the latest first."""
        rows, found = self._table, self._selection.ordered(self._table.order(column)[::-1])
        at = rows.numbers[column].take(found)
        return rows.ids[found[(at > in_microseconds(moment)) & (at != NONE)]].tolist()
