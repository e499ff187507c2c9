"""The lists of publications: the public one with its counts, the desk's, the newest ones."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer

from matchplatform.catalog.queries import cities, short_name
from matchplatform.core.clock import now, today
from matchplatform.core.facets import Facet, facet
from matchplatform.core.paging import Page, within
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.publications import rules
from matchplatform.publications.clauses import Block, clauses
from matchplatform.publications.filters import DeskFilter, LibraryFilter
from matchplatform.publications.models import Publication
from matchplatform.publications.queries import public_now, scope

_TEXTS = (Publication.title, Publication.document_number, Publication.index_number, Publication.issuer,
          Publication.body)


def validity_now() -> sa.ColumnElement[str]:
    """有效性 in SQL: the twin of `rules.validity`."""
    return sa.case(
        (Publication.status == "abolished", "abolished"), (Publication.superseded_at <= now(), "revised"),
        (Publication.ends_on < today(), "expired"), (Publication.implements_on > today(), "coming"), else_="valid")


def _holds(word: str, columns: Sequence[Any] = _TEXTS) -> sa.ColumnElement[bool]:
    """Does one of the columns hold the word? Chinese has no capitals, and looking past them costs as much again."""
    plain = word.lower() == word.upper()
    return sa.or_(*((column.contains if plain else column.icontains)(word, autoescape=True) for column in columns))


_YEAR = sa.extract("year", Publication.issued_on)
_NEWEST = (Publication.released_at.desc(), Publication.id.desc())


class Library:
    """What the public list shows for a filter. The texts are looked through once; what narrows further, the order and
    the counts beside the list are worked out from a few facts of each document found."""

    def __init__(self, wanted: LibraryFilter) -> None:
        self.wanted = wanted
        where = [public_now()]
        if wanted.words:
            where.append(sa.or_(sa.and_(*(_holds(word) for word in wanted.words)),
                                Publication.code == wanted.q.upper()))
        self._rows = db.session.execute(sa.select(
            Publication.id, Publication.channel, Publication.level, validity_now().label("validity"),
            Publication.topic, _YEAR.label("year"), Publication.area_code).where(*where).order_by(
                *self._order())).all()
        self._groups = self._conditions()

    def _order(self) -> tuple[Any, ...]:
        title_first = sa.case((sa.and_(*(_holds(word, (Publication.title,)) for word in self.wanted.words)), 0),
                              else_=1) if self.wanted.words else sa.literal(0)
        return {"best": (title_first, *_NEWEST), "newest": _NEWEST,
                "issued": (Publication.issued_on.is_(None), Publication.issued_on.desc(), Publication.id.desc()),
                "title": (Publication.title, Publication.id)}[self.wanted.sort]

    def _conditions(self) -> dict[str, Callable[[Any], bool]]:
        """The conditions in force by group, so that a facet can leave out its own."""
        wanted, found = self.wanted, {}
        for name in ("channel", "level", "validity", "topic", "year"):
            chosen = frozenset(getattr(wanted, name))
            if chosen:
                found[name] = _among(name, chosen)
        if wanted.city:
            found["city"] = lambda row: row.level == "city" and row.area_code == wanted.city
        return found

    def _selected(self, without: str = "") -> list[Any]:
        tests = [test for name, test in self._groups.items() if name != without]
        return [row for row in self._rows if all(test(row) for test in tests)]

    def ids(self) -> list[int]:
        """The ids of everything that the filter selects, in its order."""
        return [row.id for row in self._selected()]

    def page(self, size: int = 20) -> Page[Publication]:
        """The page that the filter names; one too far is the last."""
        ids = self.ids()
        number = within(self.wanted.page, size, len(ids))
        shown = ids[(number - 1) * size:number * size]
        rows = sa.select(Publication).where(Publication.id.in_(shown))
        if not self.wanted.words:
            rows = rows.options(defer(Publication.body))
        found = {one.id: one for one in db.session.scalars(rows)} if shown else {}
        return Page([found[one] for one in shown if one in found], number, size, len(ids))

    def _counts(self, name: str) -> dict[str, int]:
        return Counter(_said(getattr(row, name)) for row in self._selected(name))

    def facets(self) -> list[Facet]:
        """The groups beside the list; each group's counts ignore its own choice."""
        wanted, years = self.wanted, self._counts("year")
        listed = sorted({one for one in (*years, *wanted.year) if one.isascii() and one.isdigit()}, reverse=True)
        rows = [facet("channel", "栏目", rules.CHANNELS.pairs, self._counts("channel"), wanted.channel),
                facet("validity", "有效性", rules.VALIDITY.pairs, self._counts("validity"), wanted.validity),
                facet("level", "级别", rules.LEVELS.pairs, self._counts("level"), wanted.level)]
        if wanted.level == ("city",) or wanted.city:
            at = Counter(row.area_code for row in self._selected("city") if row.level == "city")
            rows.append(facet("city", "市（州）", [(one.code, short_name(one.code)) for one in cities()], at,
                              (wanted.city,), many=False, hide_empty=True))
        return [*rows, facet("topic", "主题分类", rules.TOPICS.pairs, self._counts("topic"), wanted.topic),
                facet("year", "成文年份", [(one, f"{one}年") for one in listed], years, wanted.year)]


def _said(value: Any) -> str:
    """A fact as it stands in the address: a year without a fraction, nothing where there is none."""
    return "" if value is None else value if isinstance(value, str) else str(int(value))


def _among(name: str, chosen: frozenset[str]) -> Callable[[Any], bool]:
    return lambda row: _said(getattr(row, name)) in chosen


def publication_ids(wanted: LibraryFilter) -> list[int]:
    """Ids of everything that the public list would show, in its order; the page number is left aside."""
    return Library(wanted).ids()


def newest_publications(most: int, channel: str = "") -> list[Publication]:
    """What became public last, of one channel or all; what was replaced or abolished meanwhile left out."""
    where = [public_now(), Publication.status == "released",
             sa.or_(Publication.superseded_at.is_(None), Publication.superseded_at > now())]
    if channel:
        where.append(Publication.channel == channel)
    return list(db.session.scalars(sa.select(Publication).where(*where).options(defer(Publication.body)).order_by(
        Publication.released_at.desc(), Publication.id.desc()).limit(most)))


def latest_for_feed(channel: str = "", most: int = 30) -> list[Publication]:
    """What the feed of a channel (empty: of all) holds, the latest news first."""
    where = [public_now()] + ([Publication.channel == channel] if channel else [])
    rows = db.session.scalars(sa.select(Publication).where(*where).order_by(
        Publication.released_at.desc(), Publication.id.desc()).limit(most)).all()
    return sorted(rows, key=lambda one: (one.changed_at, one.id), reverse=True)


def citable(words: Sequence[str], most: int) -> list[Publication]:
    """Public documents in force (or about to be) that hold all the words, those with them in the title first."""
    where = [public_now(), validity_now().in_(("valid", "coming")), *(_holds(word) for word in words)]
    title = sa.case((sa.and_(sa.true(), *(_holds(word, (Publication.title,)) for word in words)), 0), else_=1)
    return list(db.session.scalars(sa.select(Publication).where(*where).order_by(
        title, Publication.released_at.desc(), Publication.id.desc()).limit(most)))


MOST_PICKS, MOST_CLAUSES = 8, 80


def pickable(words: Sequence[str], chosen: str) -> list[tuple[Publication, list[Block]]]:
    """What a picker offers: the document that is chosen already, then those that hold the words, each with its
    clauses; where some of them hold the words themselves, only those."""
    code, _, anchor = chosen.partition("#")
    found = citable(words, MOST_PICKS)
    if code and code not in {one.code for one in found}:
        kept = db.session.scalar(sa.select(Publication).where(Publication.code == code, public_now()))
        found = [kept, *found] if kept is not None else found
    rows = []
    for one in found:
        listed = clauses(one.blocks)
        low = [word.lower() for word in words]
        hits = [part for part in listed if low and all(word in part.text.lower() for word in low)]
        mine = [part for part in listed if one.code == code and part.anchor == anchor]
        rows.append((one, [*mine, *(part for part in (hits or listed) if part not in mine)][:MOST_CLAUSES]))
    return rows


# ---- the desk

def _state(value: str) -> sa.ColumnElement[bool]:
    ahead = Publication.released_at > now()
    if value == rules.SCHEDULED.value:
        return sa.and_(Publication.status == "released", ahead)
    if value == "released":
        return sa.and_(Publication.status == "released", sa.not_(ahead))
    return Publication.status == value


def _desk_conditions(actor: Any, wanted: DeskFilter) -> list[sa.ColumnElement[bool]]:
    where = [scope(actor)]
    if wanted.q:
        where.append(sa.and_(*(_holds(word, (*_TEXTS[:4], Publication.code)) for word in wanted.q.split()[:6])))
    if wanted.channel:
        where.append(Publication.channel.in_(wanted.channel))
    return where


def desk_publications(actor: Any, wanted: DeskFilter, size: int = 20) -> Page[Publication]:
    """The actor's documents, filtered."""
    where = _desk_conditions(actor, wanted)
    if wanted.state:
        where.append(sa.or_(*(_state(one) for one in wanted.state)))
    order = {"newest": (Publication.created_at.desc(), Publication.id.desc()),
             "title": (Publication.title, Publication.id)}.get(
                 wanted.sort, (Publication.updated_at.desc(), Publication.id.desc()))
    return page_of(sa.select(Publication).where(*where).options(defer(Publication.body)), order, wanted.page, size)


def state_counts(actor: Any, wanted: DeskFilter) -> dict[str, int]:
    """Shown state -> how many the desk's list would show, the chosen states left aside."""
    shown = sa.case((_state(rules.SCHEDULED.value), rules.SCHEDULED.value), else_=Publication.status)
    return dict(db.session.execute(sa.select(shown, sa.func.count()).where(*_desk_conditions(actor, wanted))
                                   .group_by(shown)).all())


def review_count(actor: Any) -> int:
    """How many documents wait for this person's review."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Publication).where(
        scope(actor), Publication.status == "submitted", Publication.submitted_by != actor.id)) or 0
