"""Reading saved searches, and what is new in them."""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from matchplatform.accounts.models import User
from matchplatform.audit.models import AuditRow
from matchplatform.core import clock
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Choice
from matchplatform.core.typed import Field
from matchplatform.extensions import db
from matchplatform.matching.finding import newer_than
from matchplatform.needs.filters import TYPED as NEED_TYPED
from matchplatform.needs.filters import NeedFilter
from matchplatform.needs.models import Need
from matchplatform.offerings.filters import TYPED as OFFERING_TYPED
from matchplatform.offerings.filters import OfferingFilter
from matchplatform.offerings.models import Offering
from matchplatform.searches import rules, wording
from matchplatform.searches.models import Digest, SavedSearch
from matchplatform.web.listing import read_arguments

NOT_KEPT = frozenset({"sort", "page", "view"})  # how a list is looked at, not what is in it
CHUNK = 500       # numbers in one statement


@dataclass(frozen=True)
class Library:
    """One of the two libraries as a search sees it."""

    page: str
    filter: type
    terms: Mapping[str, wording.Term]
    typed: tuple[Field, ...]
    everything: str

    def conditions(self, wanted: Any) -> tuple[tuple[str, str], ...]:
        """The filter in words."""
        return wording.conditions(wanted, self.terms, self.typed)


LIBRARIES = {"needs": Library("portal.needs", NeedFilter, wording.NEEDS, NEED_TYPED, "全部需求"),
             "offerings": Library("portal.offerings", OfferingFilter, wording.OFFERINGS, OFFERING_TYPED,
                                  "全部供给")}


def wanted_of(library: str, query: str) -> Any:
    """The filter that stands in a query string."""
    arguments = MultiDict(parse_qsl(query.lstrip("?"), keep_blank_values=False, max_num_fields=400))
    return read_arguments(LIBRARIES[library].filter, arguments)


def canonical(wanted: Any) -> str:
    """The filter as a query string in one fixed form: the same filter is the same text, however it was put together."""
    pairs: list[tuple[str, str]] = []
    for one in dataclasses.fields(wanted):
        value = getattr(wanted, one.name)
        if one.name in NOT_KEPT or value == one.default or not value:
            continue
        values = sorted(value) if isinstance(value, tuple) else [value]
        pairs += [(one.name, "1" if single is True else str(single)) for single in values]
    return urlencode(sorted(pairs))


def fingerprint(query: str) -> str:
    """What two equal queries share."""
    return hashlib.sha256(query.encode()).hexdigest()


def name_for(library: str, wanted: Any) -> str:
    """A name made of the filter's own words."""
    words = [text for _, text in LIBRARIES[library].conditions(wanted)]
    name = "，".join(words) or LIBRARIES[library].everything
    return name if len(name) <= rules.LONGEST_NAME else name[:rules.LONGEST_NAME - 1] + "…"


def conditions_of(search: SavedSearch) -> tuple[tuple[str, str], ...]:
    """The search's filter in words."""
    return LIBRARIES[search.library].conditions(wanted_of(search.library, search.query))


def own_searches(actor: Any) -> list[SavedSearch]:
    """The person's searches, the newest first."""
    return list(db.session.scalars(sa.select(SavedSearch).where(SavedSearch.user_id == actor.id)
                                   .order_by(SavedSearch.id.desc())))


def own_search(actor: Any, search_id: int) -> SavedSearch:
    """One of the person's own searches. Raises NotFound."""
    found = db.session.scalar(sa.select(SavedSearch).where(SavedSearch.id == search_id,
                                                           SavedSearch.user_id == actor.id))
    if found is None:
        raise NotFound
    return found


def count_of(actor: Any) -> int:
    """How many searches the person has."""
    return db.session.scalar(sa.select(sa.func.count(SavedSearch.id)).where(SavedSearch.user_id == actor.id)) or 0


def saved_as(actor: Any, library: str, wanted: Any) -> SavedSearch | None:
    """The person's search with this very filter, or None."""
    return db.session.scalar(sa.select(SavedSearch).where(
        SavedSearch.user_id == actor.id, SavedSearch.library == library,
        SavedSearch.fingerprint == fingerprint(canonical(wanted))))


# ---- what was deleted today

DELETE = "delete"  # the act in the audit, which keeps what the search was


@dataclass(frozen=True)
class Deleted:
    """A search that its owner deleted today, as it was then; `number` is that of the act."""

    number: int
    search_id: int
    name: str
    library: str
    query: str
    rhythm: str
    seen_at: dt.datetime
    last_sent_at: dt.datetime | None
    created_at: dt.datetime

    @property
    def library_choice(self) -> Choice:
        return rules.LIBRARIES[self.library]


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _deleted(row: AuditRow) -> Deleted:
    kept = json.loads(row.detail)
    seen, sent, made = (_moment(kept.get(name)) for name in ("seen_at", "last_sent_at", "created_at"))
    return Deleted(row.id, int(row.object_id), row.object_label, kept["library"], kept["query"], kept["rhythm"],
                   seen or row.at, sent, made or row.at)


def deleted_today(actor: Any) -> list[Deleted]:
    """The person's searches that he deleted today and does not have again, the last one first."""
    rows = db.session.scalars(sa.select(AuditRow).where(
        AuditRow.kind == "search", AuditRow.act == DELETE, AuditRow.actor_id == actor.id,
        AuditRow.at >= clock.start_of_day(clock.today())).order_by(AuditRow.id.desc()).limit(rules.MOST))
    held = set(db.session.execute(sa.select(SavedSearch.library, SavedSearch.query).where(
        SavedSearch.user_id == actor.id)).tuples())
    found = []
    for one in map(_deleted, rows):
        if (one.library, one.query) not in held:
            found.append(one)
            held.add((one.library, one.query))
    return found


def deleted_search(actor: Any, number: int) -> Deleted:
    """One of these by its act's number. Raises NotFound."""
    found = next((one for one in deleted_today(actor) if one.number == number), None)
    if found is None:
        raise NotFound
    return found


# ---- the digest

@dataclass(frozen=True)
class Fresh:
    """What is new in a search: how many, the first titles, and when the newest of them was released."""

    search: SavedSearch
    count: int
    titles: tuple[str, ...]
    newest_at: dt.datetime


def people_due(day: dt.date) -> list[int]:
    """Ids of the people with a search that is due on the day and who have not been told on it, in order."""
    rhythms = [one.value for one in rules.RHYTHMS if rules.is_due(one.value, day)]
    told = sa.select(Digest.user_id).where(Digest.day == day)
    return list(db.session.scalars(
        sa.select(SavedSearch.user_id).join(User, User.id == SavedSearch.user_id)
        .where(User.enabled, SavedSearch.rhythm.in_(rhythms), SavedSearch.user_id.not_in(told))
        .distinct().order_by(SavedSearch.user_id)))


def due_searches(actor: Any, day: dt.date) -> list[SavedSearch]:
    """The person's searches that are looked at on the day, held until the end of the transaction."""
    rhythms = [one.value for one in rules.RHYTHMS if rules.is_due(one.value, day)]
    return list(db.session.scalars(sa.select(SavedSearch).where(
        SavedSearch.user_id == actor.id, SavedSearch.rhythm.in_(rhythms)).order_by(SavedSearch.id)
        .with_for_update(key_share=True).execution_options(populate_existing=True)))


def is_told(actor: Any, day: dt.date) -> bool:
    """Has the person been told on this day?"""
    return db.session.scalar(sa.select(sa.func.count(Digest.id)).where(
        Digest.user_id == actor.id, Digest.day == day)) != 0


@dataclass(frozen=True)
class _Source:
    """Where a library's records come from: the model, when a record came out, and who wrote it."""

    model: Any
    out_at: Any
    writers: tuple[Any, ...]


_SOURCES = {"needs": _Source(Need, Need.released_at, (Need.created_by, Need.submitted_by)),
            "offerings": _Source(Offering, Offering.published_at, (Offering.created_by,))}


def _newest(library: str) -> dt.datetime | None:
    """When the library's newest record came out."""
    return db.session.scalar(sa.select(sa.func.max(_SOURCES[library].out_at)))


def _not_by(actor: Any, library: str, ids: Sequence[int]) -> list[tuple[str, dt.datetime]]:
    """Title and moment of the records that somebody else wrote, in the order of the ids."""
    source = _SOURCES[library]
    rows: dict[int, tuple[str, dt.datetime]] = {}
    for start in range(0, len(ids), CHUNK):
        for number, title, at, *writers in db.session.execute(
                sa.select(source.model.id, source.model.title, source.out_at, *source.writers)
                .where(source.model.id.in_(ids[start:start + CHUNK]))):
            if actor.id not in writers:
                rows[number] = (title, at)
    return [rows[one] for one in ids if one in rows]


def fresh_in(actor: Any, searches: Sequence[SavedSearch]) -> list[Fresh]:
    """What is new in each search since it was last told, never what the person wrote himself; searches without
    anything new are left out."""
    newest = {library: _newest(library) for library in {one.library for one in searches}}
    told = []
    for search in searches:
        latest = newest[search.library]
        if latest is None or latest <= search.seen_at:
            continue
        ids = newer_than(wanted_of(search.library, search.query), search.seen_at, actor)
        found = _not_by(actor, search.library, ids)
        if found:
            told.append(Fresh(search, len(found), tuple(title for title, _ in found[:rules.TITLES]),
                              max(at for _, at in found)))
    return told
