"""Reading staff's word lists."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from matchplatform.catalog.queries import categories
from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.matching import rules
from matchplatform.matching.lexicon import Lexicon
from matchplatform.matching.models import LexiconEntry
from matchplatform.matching.text import plain


@dataclass(frozen=True)
class WordFilter:
    """The list's filters as they stand in the URL; no `state` shows what is in use."""

    q: str = ""
    kind: str = ""
    state: str = "active"
    page: int = 1


def _state(value: str) -> list[sa.ColumnElement[bool]]:
    return [LexiconEntry.retired_at.is_not(None) if value == "retired" else LexiconEntry.retired_at.is_(None)]


def entries(wanted: WordFilter, size: int = 50) -> Page[LexiconEntry]:
    """The entries that the filters leave, the newest first."""
    conditions = _state(wanted.state)
    if wanted.kind in rules.KINDS:
        conditions.append(LexiconEntry.kind == wanted.kind)
    if wanted.q:
        conditions.append(sa.or_(LexiconEntry.words.contains(plain(wanted.q), autoescape=True),
                                 LexiconEntry.note.contains(wanted.q, autoescape=True)))
    return page_of(sa.select(LexiconEntry).where(*conditions), (LexiconEntry.id.desc(),), wanted.page, size)


def counts() -> dict[tuple[str, str], int]:
    """(kind, state) -> how many entries."""
    state = sa.case((LexiconEntry.retired_at.is_(None), "active"), else_="retired")
    return {(kind, value): n for kind, value, n in db.session.execute(
        sa.select(LexiconEntry.kind, state, sa.func.count()).group_by(LexiconEntry.kind, state))}


def entry_by_id(number: int) -> LexiconEntry:
    """An entry, in use or retired. Raises NotFound."""
    found = db.session.get(LexiconEntry, number)
    if found is None:
        raise NotFound
    return found


def active_entries(but: LexiconEntry | None = None) -> list[LexiconEntry]:
    """What is in use, in the order in which it was made; one entry may be left out."""
    return [one for one in db.session.scalars(sa.select(LexiconEntry).where(*_state("active"))
                                              .order_by(LexiconEntry.id)) if one is not but]


def lexicon_of(listed: Sequence[tuple[str, tuple[str, ...]]]) -> Lexicon:
    """The lists of (kind, words) as the engine takes them."""
    return Lexicon(tuple(words for kind, words in listed if kind == "synonym"),
                   frozenset(word for kind, words in listed if kind == "stop_word" for word in words))


def current_lexicon() -> Lexicon:
    """Staff's word lists as they are in use now, read anew at every call."""
    return lexicon_of([(one.kind, one.listed) for one in active_entries()])


def category_names() -> set[str]:
    """The names of all fields of help, as texts are compared."""
    return {plain(one.name) for one in categories(active_only=False)}
