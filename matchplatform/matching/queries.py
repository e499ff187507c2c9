"""Ranked lists with their reasons, in both directions, and search over the libraries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.catalog.queries import city_of, covers, current_campaign, key_county_codes, short_name
from matchplatform.core.clock import now, today
from matchplatform.core.rules import Check
from matchplatform.extensions import db
from matchplatform.matching import corpus, eligibility
from matchplatform.matching.explain import Counterfactual, SharedTerm, around, counterfactual, mark, shared_terms
from matchplatform.matching.index import Document
from matchplatform.matching.scoring import Context, MatchScore, score
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from matchplatform.organizations.rules import rating_is_valid

CANDIDATES = 60          # texts looked at before the context reorders them
LOOKED_AT = 300          # and before those that are no longer open drop out
SEARCH_LIMIT = 500
FAINT = 35               # points below which a match is folded away on its page, unless it is among the first
FIRST = 3
THIN = 40                # points below which a page does not urge to take a match, however eligible
ALIKE = 0.12             # similarity from which two needs are worth comparing


@dataclass(frozen=True)
class Match:
    """A need and an offering with score, shared terms, eligibility, and what would raise the score."""

    need: Any
    offering: Any
    score: MatchScore
    terms: list[SharedTerm]
    checks: list[Check]
    better: Counterfactual | None

    @property
    def eligible(self) -> bool:
        return all(check.allowed for check in self.checks)

    @property
    def is_close(self) -> bool:
        """Do the texts speak of the same matter? At least half of the points for the content say so."""
        return self.score.parts[0].points * 2 >= self.score.parts[0].full

    @property
    def is_thin(self) -> bool:
        """Are the points too few to urge anybody? The rules may be met while the contents hardly agree."""
        return self.score.total < THIN

    @property
    def obstacle(self) -> Check | None:
        """The first rule that fails."""
        return next((check for check in self.checks if not check.allowed), None)


@dataclass(frozen=True)
class MatchFilter:
    """What a page of matches shows: only those that can be taken now, some categories, the faint ones too, and which
    one is open."""

    ok: bool = False
    category: tuple[str, ...] = ()
    all: bool = False
    pick: str = ""


@dataclass(frozen=True)
class Shown:
    """A page of matches: the filtered ones, the picked one, how many faint ones are folded away, and what the filters
    would leave (code, name, count)."""

    matches: list[Match]
    picked: Match | None
    folded: int
    total: int
    close: int
    eligible: int
    categories: list[tuple[str, str, int]]


Runs = list[tuple[str, int | None]]  # text, each run with the number of the term that it is, or None


@dataclass(frozen=True)
class Pair:
    """A shared term with the words around it on either side."""

    number: int
    need: str
    offering: str


@dataclass(frozen=True)
class Marked:
    """Both texts of a match with the shared terms' numbers, and the terms side by side."""

    need_title: Runs
    need: Runs
    offering_title: Runs
    offering: Runs
    pairs: list[Pair]


def shown(matches: list[Match], wanted: MatchFilter, side: str) -> Shown:
    """Filter a ranked list for its page; `side` is what the list holds, offering or need.

    Counts of the categories heed the other filter but not their own.
    """
    able = [m for m in matches if m.eligible or not wanted.ok]
    tally = Counter((getattr(m, side).category.position, getattr(m, side).category_code,
                     getattr(m, side).category.name) for m in able)
    left = [m for m in able if not wanted.category or getattr(m, side).category_code in wanted.category]
    picked = next((m for m in left if getattr(m, side).code == wanted.pick), left[0] if left else None)
    kept = [m for n, m in enumerate(left) if wanted.all or n < FIRST or m.score.total >= FAINT or m is picked]
    return Shown(kept, picked, len(left) - len(kept), len(matches), sum(m.is_close for m in matches),
                 sum(m.eligible for m in matches),
                 [(code, name, count) for (_, code, name), count in sorted(tally.items())])


def marked(match: Match) -> Marked:
    """The match's texts as its page shows them."""
    terms = match.terms

    def told(one: Any, term: SharedTerm) -> str:
        return around(one.body, term, terms) or around(one.title, term, terms)

    return Marked(mark(match.need.title, terms), mark(match.need.body, terms), mark(match.offering.title, terms),
                  mark(match.offering.body, terms),
                  [Pair(term.number, told(match.need, term), told(match.offering, term)) for term in terms])


def context_of(need: Any, offering: Any, checks: Sequence[Check]) -> Context:
    """The structured facts that join the text in the score."""
    organization = offering.organization
    level = covers(offering.area_codes, need.county_code)
    return Context(same_category=need.category_code == offering.category_code,
                   need_category=corpus.category_name(need.category_code) or "待填",
                   offering_category=corpus.category_name(offering.category_code) or "待填",
                   area=level, area_text=eligibility.area_text(level, need.county_code) if level else "",
                   capacity_left=offering.capacity_left, capacity=offering.capacity, rating=organization.rating,
                   rating_valid=rating_is_valid(organization, today()),
                   eligible=all(check.allowed for check in checks))


def _match(need: Any, offering: Any, similarity: float, index: Any, need_document: Document,
           offering_document: Document) -> Match:
    rows = eligibility.checks(need, offering, current_campaign(), key_county_codes(), today(), now())
    context = context_of(need, offering, rows)
    terms = shared_terms(need_document, offering_document, index)
    city = city_of(need.county_code)
    return Match(need, offering, score(similarity, context, terms), terms, rows,
                 counterfactual(similarity, context, terms,
                                area_name=short_name(city.code if city else need.county_code)))


def _ordered(matches: list[Match], limit: int) -> list[Match]:
    """Eligible ones first, then by score, ties by id: a clerk must not be led to what cannot be done."""
    return sorted(matches, key=lambda m: (not m.eligible, -m.score.total, m.offering.id, m.need.id))[:limit]


def _open_hits(model: Any, hits: Sequence[tuple[str, float]], *conditions: Any) -> list[tuple[Any, float]]:
    """The records behind the hits that meet the conditions, with their similarity, in the hits' order.

    Category, organization and areas come along by the models' own eager loads.
    """
    wanted = [(int(i), similarity) for i, similarity in hits if similarity > 0]
    found = {row.id: row for row in db.session.scalars(
        sa.select(model).where(model.id.in_([i for i, _ in wanted]), model.status == "published", *conditions))}
    return [(found[i], similarity) for i, similarity in wanted if i in found][:CANDIDATES]


def ranked_offerings(need: Any, limit: int = 20) -> list[Match]:
    """The offerings that fit a need best; the need may be an unsaved draft."""
    index = corpus.offerings().index
    document = corpus.need_document(need)
    return _ordered([_match(need, one, similarity, index, document, corpus.offering_document(one))
                     for one, similarity in _open_hits(Offering, index.top(document, LOOKED_AT))], limit)


def ranked_needs(offering: Any, limit: int = 20) -> list[Match]:
    """The needs that an offering fits best; the offering may be an unsaved draft.

    The need library finds them, the offering library weighs them: a pair has one score on whichever page it stands.
    """
    document = corpus.offering_document(offering)
    found = [one for one, _ in _open_hits(Need, corpus.needs().index.top(document, LOOKED_AT))]
    documents, index = [corpus.need_document(one) for one in found], corpus.offerings().index
    if not index.ids:  # the first offering of all is still a draft: the needs must weigh it
        index = corpus.needs().index
    return _ordered([_match(one, offering, similarity, index, text, document) for one, text, similarity
                     in zip(found, documents, index.likeness(document, documents), strict=True)], limit)


def similar_needs(need: Any, limit: int = 3) -> list[Any]:
    """Needs like this one that can still be taken, the most alike first; never the need itself, which may be an
    unsaved draft."""
    hits = [(i, similarity) for i, similarity in corpus.needs().index.top(corpus.need_document(need), LOOKED_AT)
            if similarity >= ALIKE and i != str(need.id)]
    still_open = sa.or_(Need.closing_at.is_(None), Need.closing_at >= now())
    return [one for one, _ in _open_hits(Need, hits, still_open)][:limit]


def match_of(need: Any, offering: Any) -> Match:
    """One pair, scored against the offering library's statistics, whether or not it is in the library."""
    index = corpus.offerings().index
    need_document, offering_document = corpus.need_document(need), corpus.offering_document(offering)
    similarity = index.similarity(need_document, offering_document)
    return _match(need, offering, similarity, index, need_document, offering_document)


def _search(library: corpus.Library, words: str) -> list[int]:
    return [int(i) for i, _ in library.index.search(words, SEARCH_LIMIT)]


def search_needs(words: str) -> list[int]:
    """Ids of the needs that the words speak of, best first."""
    return _search(corpus.needs(), words)


def search_offerings(words: str) -> list[int]:
    """Ids of the offerings that the words speak of, best first."""
    return _search(corpus.offerings(), words)
