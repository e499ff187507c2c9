"""What people type beside a list: amounts, counts, days. A fault is told beside the field, which is then ignored."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matchplatform.core.clock import parse_date
from matchplatform.core.money import in_wan, parse_wan

_FULL = str.maketrans("０１２３４５６７８９，　", "0123456789, ")
MOST = 1_000_000_000


@dataclass(frozen=True)
class Field:
    """A field that is typed: its name in the URL, its label, what it holds (wan, count, day), the unit of a count."""

    name: str
    label: str
    kind: str
    unit: str = ""

    def told(self, value: Any) -> str:
        """The condition in force, in words."""
        if self.kind == "wan":
            return f"{self.label} {in_wan(value)} 万元"
        if self.kind == "day":
            return f"{self.label} {value:%Y-%m-%d}"
        return f"{self.label} {value:,} {self.unit}"


@dataclass(frozen=True)
class Typed:
    """The values understood by name, and what is wrong with the others."""

    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def parse_count(text: str, name: str, unit: str) -> int:
    """A whole number as typed: 50, 1,200, 50人, full-width digits. Raises ValueError with the cure."""
    clean = text.translate(_FULL).replace(",", "").replace(" ", "").removesuffix(unit)
    if not re.fullmatch(r"\d{1,12}", clean) or int(clean) > MOST:
        raise ValueError(f"{name}要填整数，例如 50。")
    return int(clean)


def _value(one: Field, text: str) -> int | dt.date:
    if one.kind == "wan":
        return parse_wan(text, one.label)
    if one.kind == "day":
        try:
            return parse_date(text)
        except ValueError as error:
            raise ValueError(f"{one.label}：{error}。") from None
    return parse_count(text, one.label, one.unit)


def read_typed(fields: Iterable[Field], given: Any) -> Typed:
    """Read the fields from the attributes of `given`; empty ones are left out."""
    values, faults = {}, {}
    for one in fields:
        text = getattr(given, one.name).strip()
        if text:
            try:
                values[one.name] = _value(one, text)
            except ValueError as error:
                faults[one.name] = str(error)
    return Typed(values, faults)


def crossed(read: Typed, low: str, high: str, sentence: str) -> Typed:
    """Two ends the wrong way round find nothing: that is told at the second, and both are ignored."""
    if low in read.values and high in read.values and read.values[low] > read.values[high]:
        rest = {name: value for name, value in read.values.items() if name not in (low, high)}
        return Typed(rest, {**read.faults, high: sentence})
    return read
