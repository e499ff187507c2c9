"""What an entry of the word lists would change, before it is saved: the rankings of the open needs with and without
it. Texts are ranked as ever, by words and (where encoders are at work) by meaning; the facts beside them stay out, as
words cannot move those."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matchplatform.matching import corpus, meaning, text
from matchplatform.matching.index import Document, TextIndex
from matchplatform.matching.lexicon import Move, extent, moves
from matchplatform.matching.lexicon_queries import active_entries, lexicon_of
from matchplatform.matching.models import LexiconEntry
from matchplatform.matching.ranking import rank
from matchplatform.needs.queries import newest_open_needs
from matchplatform.offerings.queries import offering_texts, offerings_by_ids

MOST_NEEDS = 200   # the newest open ones
MOST_SHOWN = 12    # needs whose ranking changes most
DEPTH = 30         # places of a ranking that are looked at, so that who enters the first ten is said to come from 17


@dataclass(frozen=True)
class Usage:
    """In how many needs and offerings a word stands; `alone` counts the texts in which it is a word by itself."""

    word: str
    needs: int
    offerings: int
    alone: int

    @property
    def is_nowhere(self) -> bool:
        return not self.needs and not self.offerings


@dataclass(frozen=True)
class Shift:
    """A need whose first ten change, and how: each change with its offering."""

    need: Any
    moves: list[tuple[Move, Any]]


@dataclass(frozen=True)
class Preview:
    """How many needs were looked at and how many change, those that change most, and where the words stand."""

    looked_at: int
    offerings: int
    changed: int
    shifts: list[Shift]
    words: list[Usage]
    depth: int = DEPTH

    @property
    def nowhere(self) -> list[str]:
        """Words that stand in no text: slips of the pen, most likely."""
        return [one.word for one in self.words if one.is_nowhere]


def _usage(word: str, needs: Sequence[Document], offerings: Sequence[Document]) -> Usage:
    def holds(one: Document) -> bool:
        return word in text.plain(one.title) or word in text.plain(one.body)

    return Usage(word, sum(map(holds, needs)), sum(map(holds, offerings)),
                 sum(word in text.words(one.title) or word in text.words(one.body) for one in (*needs, *offerings)))


Vectors = Mapping[str, np.ndarray]  # encoder -> unit vectors (n, d)


def _ranked(offerings: Sequence[Document], theirs: Vectors | None, needs: Sequence[Document], ours: Vectors | None,
            entries: Sequence[tuple[str, tuple[str, ...]]]) -> list[list[str]]:
    """Ids of the first offerings for each need; by words alone where a side has no vectors."""
    lists = lexicon_of(entries)
    index = TextIndex(*TextIndex.arrays_of(offerings, lists, meanings=theirs), lists)
    found = []
    for number, one in enumerate(needs):
        vectors = {name: rows[number] for name, rows in ours.items()} if ours and theirs else None
        found.append([hit.id for hit in rank(index, corpus.combination(), one, vectors, DEPTH)
                      if hit.text.lexical > 0 or vectors])
    return found


def preview(kind: str, words: Sequence[str], entry: LexiconEntry | None = None) -> Preview:
    """What saving these words would change; `entry` is the one that they would replace. Writes nothing."""
    needs = newest_open_needs(MOST_NEEDS)
    asked = [corpus.need_document(one) for one in needs]
    asking = [corpus.offering_document(row) for row in offering_texts() if row.is_public]
    theirs, ours = meaning.vectors(asking, meaning.OFFERINGS), meaning.vectors(asked, meaning.NEEDS)
    others = [(one.kind, one.listed) for one in active_entries(but=entry)]
    former = [(entry.kind, entry.listed)] if entry and entry.is_active else []
    before, after = (_ranked(asking, theirs, asked, ours, [*others, *lists]) for lists in (
        former, [(kind, tuple(words))]))
    changed = [(need, found) for need, old, new in zip(needs, before, after, strict=True) if (found := moves(old, new))]
    changed.sort(key=lambda item: (-extent(item[1]), item[0].id))
    shown = changed[:MOST_SHOWN]
    wanted = {int(one.id) for _, found in shown for one in found}
    offerings = {str(one.id): one for one in offerings_by_ids(wanted)}
    return Preview(len(needs), len(asking), len(changed),
                   [Shift(need, [(one, offerings[one.id]) for one in found]) for need, found in shown],
                   [_usage(word, asked, asking) for word in words])
