"""Ranked lists with their reasons, in both directions, and search over the libraries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.catalog.queries import city_of, covers, current_campaign, key_county_codes, short_name
from matchplatform.core.clock import now, today
from matchplatform.core.rules import Check
from matchplatform.extensions import db
from matchplatform.matching import corpus, eligibility
from matchplatform.matching.explain import Counterfactual, SharedTerm, counterfactual, shared_terms
from matchplatform.matching.index import Document
from matchplatform.matching.scoring import Context, MatchScore, score
from matchplatform.needs.models import Need
from matchplatform.offerings.models import Offering
from matchplatform.organizations.rules import rating_is_valid

CANDIDATES = 60          # texts looked at before the context reorders them
SEARCH_FLOOR = 0.04      # below this similarity a search hit has nothing to do with the words
SEARCH_LIMIT = 500


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
    def obstacle(self) -> Check | None:
        """The first rule that fails."""
        return next((check for check in self.checks if not check.allowed), None)


def context_of(need: Any, offering: Any, checks: Sequence[Check]) -> Context:
    """The structured facts that join the text in the score."""
    organization = offering.organization
    level = covers(offering.area_codes, need.county_code)
    return Context(same_category=need.category_code == offering.category_code,
                   need_category=need.category.name, offering_category=offering.category.name,
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
                 counterfactual(similarity, context, area_name=short_name(city.code if city else need.county_code)))


def _ordered(matches: list[Match], limit: int) -> list[Match]:
    """Eligible ones first, then by score, ties by id: a clerk must not be led to what cannot be done."""
    return sorted(matches, key=lambda m: (not m.eligible, -m.score.total, m.offering.id, m.need.id))[:limit]


def ranked_offerings(need: Any, limit: int = 20) -> list[Match]:
    """The offerings that fit a need best; the need may be an unsaved draft."""
    library = corpus.offerings()
    document = corpus.need_document(need)
    hits = library.index.top(document, CANDIDATES)
    records = {o.id: o for o in db.session.scalars(
        sa.select(Offering).where(Offering.id.in_([int(i) for i, _ in hits])))}
    matches = [_match(need, records[int(i)], s, library.index, document, corpus.offering_document(records[int(i)]))
               for i, s in hits if int(i) in records]
    return _ordered(matches, limit)


def ranked_needs(offering: Any, limit: int = 20) -> list[Match]:
    """The needs that an offering fits best."""
    library = corpus.needs()
    document = corpus.offering_document(offering)
    hits = library.index.top(document, CANDIDATES)
    records = {n.id: n for n in db.session.scalars(
        sa.select(Need).where(Need.id.in_([int(i) for i, _ in hits]), Need.status == "published"))}
    matches = [_match(records[int(i)], offering, s, library.index, corpus.need_document(records[int(i)]), document)
               for i, s in hits if int(i) in records]
    return _ordered(matches, limit)


def match_of(need: Any, offering: Any) -> Match:
    """One pair, scored against the offering library's statistics, whether or not it is in the library."""
    index = corpus.offerings().index
    need_document, offering_document = corpus.need_document(need), corpus.offering_document(offering)
    similarity = index.similarity(need_document, offering_document)
    return _match(need, offering, similarity, index, need_document, offering_document)


def _search(library: corpus.Library, words: str) -> list[int]:
    hits = library.index.top(Document(id="", title=words, body=words), SEARCH_LIMIT)
    return [int(i) for i, similarity in hits if similarity >= SEARCH_FLOOR]


def search_needs(words: str) -> list[int]:
    """Ids of the needs that the words speak of, best first."""
    return _search(corpus.needs(), words)


def search_offerings(words: str) -> list[int]:
    """Ids of the offerings that the words speak of, best first."""
    return _search(corpus.offerings(), words)
