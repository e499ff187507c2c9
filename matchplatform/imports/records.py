"""What checking a sheet works on and answers: the context, a record as typed, its faults, the row of values. Pure."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from matchplatform.core import clock


@dataclass(frozen=True)
class Context:
    """What the words of a sheet are looked up in. All lists are (code, name).

    `townships`: of the importer's county, with `county` its name (孝昌县) and `city` its city's; `township_code`: of a
    township officer, who writes for his own only; `areas`: the province, cities and counties; `organization`: the
    importer's own, for offerings.
    """

    categories: tuple[tuple[str, str], ...] = ()
    townships: tuple[tuple[str, str], ...] = ()
    county: str = ""
    city: str = ""
    township_code: str = ""
    areas: tuple[tuple[str, str], ...] = ()
    organization: str = ""
    now: dt.datetime = field(default_factory=clock.now)

    @property
    def parents(self) -> tuple[str, ...]:
        """The names that may stand before a township's."""
        return tuple(name for name in (self.county, self.city) if name)

    @property
    def today(self) -> dt.date:
        return clock.local(self.now).date()


@dataclass
class Record:
    """One record as it stands in the sheet. `number`: its row there, from 1; `cells`: its texts by column; `more`: the
    further rows of its lines (row number, cells); `shared`: column → row number of the other record that it shares a
    merged cell with. Plain data: `as_data`, `from_data`."""

    number: int
    cells: list[str]
    more: list[tuple[int, list[str]]] = field(default_factory=list)
    shared: dict[int, int] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"number": self.number, "cells": self.cells, "more": [list(one) for one in self.more],
                "shared": [list(one) for one in self.shared.items()]}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Record":
        """Back from `as_data`."""
        return cls(data["number"], list(data["cells"]), [(number, list(texts)) for number, texts in data["more"]],
                   dict(data["shared"]))


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: the field's name, the column's label as in the sheet, the text typed there, a
    sentence with the cure, and where it can be guessed, what to type instead. `column` is -1 when no column says it."""

    field: str
    label: str
    typed: str
    sentence: str
    proposal: str = ""
    column: int = -1


@dataclass
class Row:
    """One record checked. `values`: what create_need, create_offering or the organization's operations take (complete:
    every column of the kind, defaults included); `given`: the columns that the sheet itself fills; `notes`: what was
    understood differently from what was typed; `missing`: labels that handing it in will still want. Save it when
    `faults` is empty."""

    number: int
    values: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    code: str = ""          # its own number in the sheet
    fingerprint: str = ""
