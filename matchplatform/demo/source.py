"""The files beside this module, as rows."""

import csv
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class NeedText:
    """A need as its county wrote it."""

    title: str
    body: str
    category: str
    beneficiaries: int
    county_code: str
    township_code: str
    village: str


@dataclass(frozen=True)
class OfferingText:
    """An offering as its organization wrote it."""

    title: str
    body: str
    category: str
    organization: str
    areas: tuple[str, ...]


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def needs() -> list[NeedText]:
    """The 120 needs."""
    return [NeedText(**{key: value for key, value in json.loads(line).items() if key != "id"})
            for line in _text("needs.jsonl").splitlines()]


def offerings() -> list[OfferingText]:
    """The 265 offerings."""
    rows = (json.loads(line) for line in _text("offerings.jsonl").splitlines())
    return [OfferingText(row["title"], row["body"], row["category"], row["organization"], tuple(row["areas"]))
            for row in rows]


def organizations() -> list[dict[str, Any]]:
    """The 62 organizations."""
    return list(csv.DictReader(_text("organizations.csv").splitlines()))
