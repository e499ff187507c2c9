"""Ranked lists with their reasons, in both directions, and search over the libraries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from matchplatform.catalog.queries import city_of, covers, current_campaign, key_county_codes, short_name
from matchplatform.core.clock import now, today
from matchplatform.core.rules import Check
from matchplatform.extensions import db
from matchplatform.matching import corpus, eligibility, meaning
from matchplatform.matching.combination import TextMatch
from matchplatform.matching.explain import Counterfactual, SharedTerm, around, counterfactual, mark, shared_terms
from matchplatform.matching.index import COMPARED, Document, TextIndex
from matchplatform.matching.ranking import rank, text_matches
from matchplatform.matching.scoring import Context, MatchScore, Weights, score
from matchplatform.matching.weights_queries import current_weights
from matchplatform.needs.models import Need
from matchplatform.needs.queries import open_now
from matchplatform.offerings.models import Offering
from matchplatform.organizations.rules import rating_is_valid

CANDIDATES = 60          # texts looked at before the context reorders them
LOOKED_AT = 300          # and before those drop out that meet no condition of the list
FAINT = 0.08             # probability below which a match is folded away on its page, unless it is among the first
FIRST = 3
THIN = 0.3               # and below which a page does not urge to take a match, however eligible
UNLIKELY = 0.01          # probability below which a text without a common word is not shown
OPEN = {"state": ("published",)}  # the library holds closed needs too
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
        """Do the texts speak of the same matter? More likely than not."""
        return self.score.text >= 0.5

    @property
    def is_thin(self) -> bool:
        """Is it too unlikely an answer to urge anybody? The rules may be met while the contents hardly agree."""
        return self.score.text < THIN

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
    kept = [m for n, m in enumerate(left) if wanted.all or n < FIRST or m.score.text >= FAINT or m is picked]
    return Shown(kept, picked, len(left) - len(kept), len(matches), sum(m.is_close for m in matches),
                 sum(m.eligible for m in matches),
                 [(code, name, count) for (_, code, name), count in sorted(tally.items())])


def marked(match: Match) -> Marked:
    """The match's texts as its page shows them."""
    terms, need, offering = match.terms, match.need, match.offering
    words = corpus.need_words(need)

    def told(body: str, title: str, term: SharedTerm) -> str:
        return around(body, term, terms) or around(title, term, terms)

    return Marked(mark(need.title, terms), mark(words, terms), mark(offering.title, terms),
                  mark(offering.body, terms),
                  [Pair(term.number, told(words, need.title, term), told(offering.body, offering.title, term))
                   for term in terms])


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


@dataclass(frozen=True)
class _Pair:
    """A need and an offering before the reasons are looked for, which costs more than all else."""

    need: Any
    offering: Any
    need_document: Document
    offering_document: Document
    text: TextMatch


def _matches(pairs: Sequence[_Pair], index: TextIndex, limit: int) -> list[Match]:
    """The first pairs as matches: eligible ones first, then by score, ties by id: a clerk must not be led to what
    cannot be done."""
    campaign, keys, day, moment, weights = current_campaign(), key_county_codes(), today(), now(), current_weights()
    scored = []
    for pair in pairs:
        rows = eligibility.checks(pair.need, pair.offering, campaign, keys, day, moment)
        context = context_of(pair.need, pair.offering, rows)
        found = score(pair.text, context, (), weights)
        scored.append(((not context.eligible, -found.total, -found.exact, pair.offering.id, pair.need.id),
                       pair, rows, context))
    scored.sort(key=lambda item: item[0])
    return [_match(pair, rows, context, index, weights) for _, pair, rows, context in scored[:limit]]


def _match(pair: _Pair, rows: list[Check], context: Context, index: TextIndex, weights: Weights) -> Match:
    terms = shared_terms(pair.need_document, pair.offering_document, index)
    city = city_of(pair.need.county_code)
    return Match(pair.need, pair.offering, score(pair.text, context, terms, weights), terms, rows,
                 counterfactual(pair.text, context, terms, weights=weights,
                                area_name=short_name(city.code if city else pair.need.county_code)))


def _open_hits(model: Any, ids: Sequence[int], *conditions: Any) -> list[Any]:
    """The records among these that are open and meet the conditions, in the order of the ids.

    Category, organization and areas come along by the models' own eager loads.
    """
    found = {row.id: row for row in db.session.scalars(
        sa.select(model).where(model.id.in_(ids), model.status == "published", *conditions)
        .options(*([selectinload(Need.lines)] if model is Need else [])))}
    return [found[i] for i in ids if i in found][:CANDIDATES]


def _hits(index: TextIndex, document: Document, side: str) -> dict[int, TextMatch]:
    """The published records whose texts come nearest, the best first; those that have nothing to do with it are left
    out."""
    combination, vectors = corpus.combination(), meaning.of_one(document, side)
    return {int(one.id): one.text for one in rank(index, combination, document, vectors, LOOKED_AT, OPEN)
            if one.text.lexical > 0 or one.text.probability >= UNLIKELY}


def ranked_offerings(need: Any, limit: int = 20) -> list[Match]:
    """The offerings that fit a need best; the need may be an unsaved draft."""
    index, document = corpus.offerings().index, corpus.need_document(need)
    hits = _hits(index, document, meaning.NEEDS)
    return _matches([_Pair(need, one, document, corpus.offering_document(one), hits[one.id])
                     for one in _open_hits(Offering, list(hits))], index, limit)


def ranked_needs(offering: Any, limit: int = 20) -> list[Match]:
    """The needs that an offering fits best; the offering may be an unsaved draft.

    The need library finds them, the offering library weighs them: a pair has one score on whichever page it stands.
    """
    document = corpus.offering_document(offering)
    found = _open_hits(Need, list(_hits(corpus.needs().index, document, meaning.OFFERINGS)))
    documents, index = [corpus.need_document(one) for one in found], corpus.offerings().index
    if not index.size:  # the first offering of all is still a draft: the needs must weigh it
        index = corpus.needs().index
    texts = text_matches(index, corpus.combination(), document, meaning.of_one(document, meaning.OFFERINGS),
                         documents, meaning.vectors(documents, meaning.NEEDS))
    return _matches([_Pair(one, offering, its, document, text)
                     for one, its, text in zip(found, documents, texts, strict=True)], index, limit)


def similar_needs(need: Any, signed_in: bool, limit: int = 3) -> list[Any]:
    """Needs like this one that can still be taken and that the reader may see, the most alike first; never the need
    itself, which may be an unsaved draft."""
    hits = [int(i) for i, similarity in corpus.needs().index.top(corpus.need_document(need), LOOKED_AT, OPEN)
            if similarity >= ALIKE and i != str(need.id)]
    seen = [one for one in _open_hits(Need, hits, open_now()) if signed_in or one.publicity == "public"]
    return seen[:limit]


def match_of(need: Any, offering: Any) -> Match:
    """One pair, scored against the offering library's statistics, whether or not it is in the library."""
    index = corpus.offerings().index
    need_document, offering_document = corpus.need_document(need), corpus.offering_document(offering)
    [text] = text_matches(index, corpus.combination(), offering_document,
                          meaning.of_one(offering_document, meaning.OFFERINGS), [need_document],
                          meaning.vectors([need_document], meaning.NEEDS))
    return _matches([_Pair(need, offering, need_document, offering_document, text)], index, 1)[0]


def compared(matches: Sequence[Match]) -> meaning.State:
    """Whether meaning was compared in a ranking, and if not, why."""
    on = bool(meaning.meanings()) and not meaning.failed_lately()
    return meaning.state(all(match.score.has_meaning for match in matches) if matches else on)


def search_needs(words: str, ordered: bool = True) -> list[int]:
    """Ids of the needs that the words speak of, best first (`TextIndex.search_numbers`)."""
    return corpus.needs().index.search_numbers(words, COMPARED if ordered else 0).tolist()


def search_offerings(words: str, ordered: bool = True) -> list[int]:
    """Ids of the offerings that the words speak of, best first (`TextIndex.search_numbers`)."""
    return corpus.offerings().index.search_numbers(words, COMPARED if ordered else 0).tolist()
