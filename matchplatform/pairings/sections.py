"""What the features above put on a pairing's page: agreement, progress, results. They register, pairings shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Section:
    """A part of the page. `load` takes (actor, pairing) and answers what `template` calls `part`, or None to leave the
    part out; `where` is main or aside; the smaller `place` stands first."""

    template: str
    load: Callable[[Any, Any], Any]
    where: str = "main"
    place: int = 50


@dataclass(frozen=True)
class Loaded:
    """A section with its data."""

    template: str
    where: str
    part: Any


_sections: list[Section] = []


def add_section(section: Section) -> None:
    """Put a part on the page of every pairing; called once, when the feature's views are imported."""
    if section not in _sections:
        _sections.append(section)


def sections_of(actor: Any, pairing: Any) -> list[Loaded]:
    """The parts that have something to show to this reader, in their order."""
    loaded = [(one, one.load(actor, pairing)) for one in sorted(_sections, key=lambda one: one.place)]
    return [Loaded(one.template, one.where, part) for one, part in loaded if part is not None]
