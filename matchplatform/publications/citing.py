"""Who cites a document, asked of the tiers above: needs lie there and may not be imported from here."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Citing:
    """A record that cites a document: what it is called, where it stands, its page, and the cited clause's anchor."""

    title: str
    code: str
    where: str
    page: tuple[str, dict[str, Any]]
    state: Any
    anchor: str
    at: dt.datetime | None


@dataclass(frozen=True)
class Cited:
    """The newest few that a reader may see, and how many there are in all."""

    rows: tuple[Citing, ...]
    total: int


@dataclass
class Citers:
    """Where needs say which of them cite the document with this code: as far as a reader may see them, how many are
    released, and whom it concerns when the document changes (user ids)."""

    shown: Callable[[Any, str, int], Cited] = lambda actor, code, most: Cited((), 0)
    count: Callable[[str], int] = lambda code: 0
    concerned: Callable[[str], Collection[int]] = lambda code: ()


citers = Citers()
