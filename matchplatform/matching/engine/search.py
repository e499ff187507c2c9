"""An index over one library's texts: a segment, what was put in since, and every question one may ask it. Pure.

A document is seen as words, as pairs of characters and as single characters; each view is its own TF-IDF space and
the similarity is the weighted mean of the three cosines. The statistics (idf) are those of the moment at which the
segment was built; documents put in later are weighed by them, a term that only they hold as the rarest.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from matchplatform.matching.cutter import Cutter
from matchplatform.matching.document import Document
from matchplatform.matching.engine import nearest
from matchplatform.matching.engine import rows as row_maker
from matchplatform.matching.engine.build import SUBLINEAR, segment_arrays
from matchplatform.matching.engine.facets import Facets, Values, blocks_of
from matchplatform.matching.engine.fresh import Fresh
from matchplatform.matching.engine.segment import Query, Segment, rows_norms
from matchplatform.matching.lexicon import NOTHING, Lexicon

FEW_ALLOWED = 200        # documents of a filter in a block; below these the rows are worked out one by one
MOST_TERMS = 6_000       # of a question; longer ones are worked out row by row (16-bit sums could run over)
ALL = np.zeros(0, np.int64)

Hit = tuple[str, float]


class Index:
    """A library's texts, ready to be asked. `put` and `remove` change this index; `fork` makes one that can be changed
    while others still read the old one."""

    def __init__(self, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any], lexicon: Lexicon = NOTHING) -> None:
        self.lexicon = lexicon
        self._segment = Segment(arrays)
        self._views = tuple(meta["views"])
        self._facets = Facets(arrays, meta["facets"])
        self._alive = np.ones(self._segment.size, np.uint8)
        self._gone = 0
        self._fresh = Fresh(self._segment.views)
        self._meant = {name: np.asarray(arrays[f"meaning.{name}"]) for name in meta["meanings"]}
        self._nearest = {name: {part.removeprefix(f"nearest.{name}."): array for part, array in arrays.items()
                                if part.startswith(f"nearest.{name}.")} for name in meta["meanings"]}
        self._opened: dict[str, nearest.Nearest] = {}
        self._fresh_meant: dict[str, Mapping[str, np.ndarray]] = {}
        self.encode: Callable[[Document], Mapping[str, np.ndarray] | None] | None = None  # for documents put in

    # ---- building

    @classmethod
    def arrays_of(cls, documents: Sequence[Document], lexicon: Lexicon = NOTHING,
                  facets: Sequence[Values] = (), views: tuple[int, ...] = row_maker.VIEWS,
                  meanings: Mapping[str, np.ndarray] | None = None) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The arrays and the meta of an index over documents (ids all different); `facets` says for each document
        under which values of a facet (category, county …) it may be found, `meanings` holds for each encoder in use
        the documents' unit vectors (n, d)."""
        rows = row_maker.rows_of(documents, lexicon, views)
        shares = row_maker.SHARES[list(views)] / row_maker.SHARES[list(views)].sum()
        return cls.arrays_from_rows(rows, [one.id for one in documents], shares, facets, views, meanings)

    @staticmethod
    def arrays_from_rows(rows: row_maker.Rows, ids: Sequence[str], shares: np.ndarray,
                         facets: Sequence[Values] = (),
                         views: tuple[int, ...] = row_maker.VIEWS,
                         meanings: Mapping[str, np.ndarray] | None = None
                         ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """`arrays_of`, from rows (one a document and view) that have been cut already."""
        if len(set(ids)) != len(ids):
            raise ValueError("two documents of an index have the same id")
        names = np.array([one.encode("utf-8", "surrogatepass") for one in ids] or [b""], dtype=np.bytes_)[:len(ids)]
        ranks = np.empty(len(ids), np.int64)
        ranks[np.argsort(names, kind="stable")] = np.arange(len(ids))
        order = Facets.order(facets) if facets else np.arange(len(ids))
        arrays = segment_arrays(rows.keys, rows.counts, rows.starts, shares, order, ranks)
        arrays["ids"], arrays["by_id"] = names[order], np.argsort(ranks[order]).astype(np.int32)
        facet_arrays, values = Facets.arrays_of(facets, order)
        arrays |= facet_arrays
        meta: dict[str, Any] = {"views": list(views), "facets": values, "meanings": sorted(meanings or {})}
        for name, vectors in (meanings or {}).items():
            arrays[f"meaning.{name}"] = rows_of_meaning = np.asarray(vectors, np.float32)[order]
            if len(ids) > nearest.EXACT_LIMIT:
                built = nearest.Nearest.build(rows_of_meaning)
                arrays |= {f"nearest.{name}.{part}": array for part, array in built.items()}
        return arrays, meta

    @classmethod
    def build(cls, documents: Iterable[Document], lexicon: Lexicon = NOTHING) -> Self:
        """An index over the documents, in memory."""
        return cls(*cls.arrays_of(list(documents), lexicon), lexicon)

    # ---- what is in it

    @property
    def size(self) -> int:
        """How many documents it holds."""
        return self._segment.size - self._gone + len(self._fresh.place)

    @property
    def delta_size(self) -> int:
        """How many documents were put in or taken out since the segment was built."""
        return self._gone + len(self._fresh.ids)

    @property
    def ids(self) -> list[str]:
        """The documents' ids: the segment's in its order, then the fresh ones."""
        if not self._gone and not self._fresh.place:
            return self._segment.ids.all()
        names = self._segment.ids.all()
        return [names[i] for i in np.flatnonzero(self._alive)] + list(self._fresh.place)

    def fork(self) -> Self:
        """An index of its own with the same documents; the segment is shared."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._alive, made._fresh = self._alive.copy(), self._fresh.copy()
        made._facets, made._fresh_meant = self._facets.copy(), dict(self._fresh_meant)
        return made

    def put(self, document: Document, facets: Values | None = None,
            meanings: Mapping[str, np.ndarray] | None = None) -> None:
        """Add a document, or a changed one in the place of its former version; `meanings` are its unit vectors."""
        self.put_rows(document.id, row_maker.rows_of_one(document, self.lexicon, self._views), facets)
        if meanings is None and self.encode is not None:
            meanings = self.encode(document)
        if meanings:
            self._fresh_meant[document.id] = meanings

    def put_rows(self, one: str, rows: row_maker.Rows,
                 facets: Values | None = None) -> None:
        """`put` for a text whose rows (one a view) have been cut already."""
        self.remove(one)
        self._fresh.put(one, rows.keys, rows.counts, rows_norms(self._segment, *rows))
        self._facets.put(self._fresh.place[one], facets or {})

    def remove(self, one: str) -> None:
        """Take a document out; one that is not there is no fault."""
        place = self._segment.ids.place(one)
        if place is not None and self._alive[place]:
            self._alive[place] = 0
            self._gone += 1
        self._fresh.remove(one)
        self._fresh_meant.pop(one, None)

    @property
    def meanings(self) -> list[str]:
        """The encoders whose vectors all documents have."""
        fresh = [self._fresh_meant.get(one, {}) for one in self._fresh.place]
        return [name for name in self._meant if all(name in held for held in fresh)]

    def vectors(self, name: str) -> np.ndarray:
        """The unit vectors of the segment's documents (n, d). Raises KeyError for an encoder that it does not have."""
        return self._meant[name]

    def cosines(self, name: str, vector: np.ndarray) -> np.ndarray:
        """The cosine of a unit vector with every document's, in the order of `ids`. Raises KeyError for an encoder
        that is not among `meanings`."""
        base = self._meant[name] @ np.asarray(vector, np.float32)
        fresh = [float(self._fresh_meant[one][name] @ vector) for one in self._fresh.place]
        return np.concatenate([base[self._alive.astype(bool)] if self._gone else base, np.array(fresh, np.float32)])

    def nearest(self, name: str, vector: np.ndarray, k: int) -> list[str]:
        """The ids of some k documents whose vectors are nearest, and of all fresh ones: candidates. In a large segment
        nearly all of the nearest, see `nearest`."""
        if not self._nearest[name]:
            found = np.argsort(-(self._meant[name] @ np.asarray(vector, np.float32)), kind="stable")[:k]
        else:
            if name not in self._opened:
                self._opened[name] = nearest.Nearest(self._nearest[name])
            found, _ = self._opened[name].top(vector, k)
        return [self._segment.ids[i] for i in found.tolist() if self._alive[i]] + list(self._fresh.place)

    def cosines_of(self, name: str, vector: np.ndarray, ids: Sequence[str]) -> np.ndarray:
        """The cosine of a unit vector with each of the documents'; 0 for one that is not there."""
        values = np.zeros(len(ids), np.float32)
        for at, one in enumerate(ids):
            if one in self._fresh_meant:
                values[at] = self._fresh_meant[one][name] @ vector
            elif (place := self._segment.ids.place(one)) is not None and self._alive[place]:
                values[at] = self._meant[name][place] @ vector
        return values

    # ---- questions

    def _query(self, document: Document) -> Query:
        return self.weighed(row_maker.rows_of_one(document, self.lexicon, self._views))

    def weighed(self, rows: row_maker.Rows) -> Query:
        """One text's rows (one a view) as a question."""
        return self._segment.query(*rows, self._fresh.known(rows.keys))

    def meeting(self, wanted: Values) -> np.ndarray:
        """Which documents meet a filter, in the order of `ids`."""
        base, fresh = self._meet(wanted)
        return np.concatenate([base[self._alive.astype(bool)], fresh[list(self._fresh.place.values())]])

    def meeting_ids(self, ids: Sequence[str], wanted: Values) -> list[str]:
        """Those of the documents that meet a filter."""
        (base, fresh), found = self._meet(wanted), []
        for one in ids:
            row = self._fresh.place.get(one)
            place = self._segment.ids.place(one) if row is None else None
            if fresh[row] if row is not None else place is not None and base[place]:
                found.append(one)
        return found

    def _meet(self, wanted: Values) -> tuple[np.ndarray, np.ndarray]:
        """Which places of the segment and which fresh rows meet a filter, dead ones too."""
        base = np.zeros(self._segment.size, bool)
        base[self._facets.places(wanted, self._segment.size)] = True
        return base, self._facets.fresh(wanted, len(self._fresh.ids))

    def top(self, document: Document, k: int, wanted: Values | None = None) -> list[Hit]:
        """The k most similar documents as (id, similarity), the best first, ties by id; those that have nothing in
        common with the question are left out. `wanted` names for some facets the values of which one must be met."""
        return self.top_of(self._query(document), k, wanted)

    def top_of(self, query: Query, k: int, wanted: Values | None = None) -> list[Hit]:
        """`top` for a question that has been weighed."""
        segment, k = self._segment, max(0, min(k, self.size))
        if k == 0:
            return []
        places = self._facets.places(wanted, segment.size) if wanted else None
        rows = places if places is not None and len(places) < FEW_ALLOWED * blocks_of(places) else None
        if rows is None and (8 * k > segment.size or len(query.terms) > MOST_TERMS):
            rows = np.arange(segment.size) if places is None else places
        if rows is not None:
            rows = rows.astype(np.int64)  # whatever they came as: one compiled version
            values = segment.similarities(query, rows, self._alive)
            found = self._best(values, k, lambda i: segment.ids[rows[i]])
        else:
            chosen = ALL if places is None else places.astype(np.int64)
            similarities, best = segment.top(query, k, self._alive, chosen)
            found = [(segment.ids[place], value) for place, value in zip(best.tolist(), similarities.tolist(),
                                                                        strict=True)]
        if self._fresh.place:
            values = self._fresh.similarities(query)
            if wanted:
                values[~self._facets.fresh(wanted, len(values))] = 0.0
            bar = found[-1][1] if len(found) == k else 0.0  # what is below the last one kept is not looked at
            better = np.flatnonzero((values >= bar) & (values > 0.0)).tolist()
            found += [(self._fresh.ids[row], float(values[row])) for row in better]
            found.sort(key=lambda hit: (-hit[1], hit[0]))
        return found[:k]

    @staticmethod
    def _best(values: np.ndarray, k: int, name: Any) -> list[Hit]:
        """The k highest values above 0 with their names, ties by name."""
        if k < len(values):
            bar = np.partition(values, len(values) - k)[len(values) - k]
            chosen = np.flatnonzero(values >= max(bar, 1e-12))
        else:
            chosen = np.flatnonzero(values > 0)
        return sorted(((name(i), float(values[i])) for i in chosen.tolist()), key=lambda hit: (-hit[1], hit[0]))[:k]

    def tops(self, documents: Sequence[Document], k: int) -> list[list[Hit]]:
        """`top` for many documents."""
        return [self.top(one, k) for one in documents]

    def similarities_of(self, query: Query, ids: Sequence[str]) -> np.ndarray:
        """The similarity of each of the documents with a question that has been weighed; 0 for one that is not
        there."""
        values = np.zeros(len(ids))
        names = self._segment.ids
        for find, work_out in ((names.place, lambda places: self._segment.similarities(query, places, self._alive)),
                               (self._fresh.place.get, lambda rows: self._fresh.similarities(query)[rows])):
            found = (find(one) for one in ids)
            places = np.fromiter((-1 if place is None else place for place in found), np.int64, len(ids))
            if (places >= 0).any():
                values[places >= 0] += work_out(places[places >= 0])
        return values

    def similarities_to(self, document: Document, ids: Sequence[str]) -> np.ndarray:
        """The similarity of each of these documents, 0 to 1; 0 for one that is not there."""
        return np.minimum(1.0, self.similarities_of(self._query(document), ids))

    def similarities(self, document: Document) -> np.ndarray:
        """The similarity of every document, 0 to 1, in the order of `ids`."""
        return self._all(self._query(document))

    def view_similarities_at(self, document: Document, view: int, places: np.ndarray) -> np.ndarray:
        """The similarity by one view of the text alone, of the documents at the places (as `holders` gives them)."""
        keys, counts, starts = row_maker.rows_of_one(document, self.lexicon, self._views)
        low, high, at = starts[view], starts[view + 1], np.zeros(len(starts), np.int64)
        at[view + 1:] = high - low
        keys = keys[low:high]
        query, size = self._segment.query(keys, counts[low:high], at, self._fresh.known(keys)), self._segment.size
        values = np.empty(len(places))
        in_base = places < size
        values[in_base] = self._segment.similarities(query, places[in_base], self._alive)
        values[~in_base] = self._fresh.similarities(query)[places[~in_base] - size]
        return np.minimum(1.0, values / float(self._segment.roots[view]) ** 2)

    def holders(self, weights: Mapping[str, float], view: int, least: float) -> tuple[np.ndarray, np.ndarray]:
        """Which documents hold terms whose weights add up to at least so much, and the sums. Places are those of the
        segment; a fresh row's is the segment's size more."""
        size, rows = self._segment.size, len(self._fresh.ids)
        sums = np.zeros(size + rows)
        for token, weight in weights.items():
            key = Cutter.key(token, view)
            number = int(self._segment.numbers(np.array([key], np.uint64))[0])
            if number >= 0:
                sums[self._segment.holding(number)] += weight  # no place stands twice among a term's postings
            if self._fresh.known(np.array([key], np.uint64))[0]:
                for row in self._fresh.place.values():
                    if key in self._fresh.rows(row)[0]:
                        sums[size + row] += weight
        places = np.flatnonzero((sums >= least) & (sums > 0.0))
        base = places < size
        there = np.concatenate([self._alive[places[base]], self._fresh.alive[places[~base] - size]]).astype(bool)
        return places[there], sums[places[there]]

    def numbers_at(self, places: np.ndarray) -> np.ndarray:
        """The ids of the documents at the places, where ids are numbers."""
        size = self._segment.size
        fresh = [int(self._fresh.ids[place - size]) for place in places[places >= size].tolist()]
        return np.concatenate([self._segment.ids.numbers[places[places < size]], np.array(fresh, dtype=np.int64)])

    def names_at(self, places: np.ndarray) -> np.ndarray:
        """The ids of the documents at the places, as bytes."""
        size = self._segment.size
        fresh = [self._fresh.ids[place - size].encode("utf-8", "surrogatepass") for place in places[places >= size]]
        return np.concatenate([self._segment.ids.raw[places[places < size]], np.array(fresh, dtype=np.bytes_)])

    def _all(self, query: Query) -> np.ndarray:
        places = np.flatnonzero(self._alive)
        held = self._segment.similarities(query, places, self._alive)
        fresh = self._fresh.similarities(query)[list(self._fresh.place.values())]
        return np.minimum(1.0, np.concatenate([held, fresh]))

    def likeness(self, one: Document, others: Sequence[Document]) -> list[float]:
        """How alike a text is with each of the others, 0 to 1, weighed as this library weighs; none need be in it."""
        if not others:
            return []
        query, aside = self._query(one), Fresh(self._segment.views)
        rows, views = row_maker.rows_of(others, self.lexicon, self._views), self._segment.views
        for n, other in enumerate(others):
            low, high = rows.starts[n * views], rows.starts[(n + 1) * views]
            starts = rows.starts[n * views:(n + 1) * views + 1] - low
            known = self._known(rows.keys[low:high])
            keys, counts, starts = _only(rows.keys[low:high], rows.counts[low:high], starts, known)
            aside.put(f"{n} {other.id}", keys, counts, rows_norms(self._segment, keys, counts, starts))
        return np.minimum(1.0, aside.similarities(query)).tolist()

    def products(self, a: Document, b: Document) -> dict[int, float]:
        """What each term (by key) adds to the similarity of two texts; the sum is the similarity."""
        query = self._query(a)
        keys, counts, starts = row_maker.rows_of_one(b, self.lexicon, self._views)
        keys, counts, starts = _only(keys, counts, starts, self._known(keys))
        norms = rows_norms(self._segment, keys, counts, starts)
        weights = dict(zip(query.keys.tolist(), query.key_weights.tolist(), strict=True))
        held = np.repeat(norms, np.diff(starts))
        return {key: weights[key] * float(SUBLINEAR[count]) / norm for key, count, norm in
                zip(keys.tolist(), counts.tolist(), held.tolist(), strict=True) if key in weights}

    def similarity(self, a: Document, b: Document) -> float:
        """`likeness` of two texts."""
        return self.likeness(a, [b])[0]

    def _known(self, keys: np.ndarray) -> np.ndarray:
        """Which terms the library holds."""
        return (self._segment.numbers(keys) >= 0) | (self._fresh.known(keys) > 0)

    def word_weights(self, document: Document, words: Iterable[str]) -> dict[str, float]:
        """The weights of those of the words that the document's unit row among the words holds, in their order."""
        query = self._query(document)
        of_words = query.key_views == 0
        keys, share = query.keys[of_words], float(self._segment.roots[0]) ** 2
        numbers = self._segment.numbers(keys)
        idf = np.full(len(keys), self._segment.unknown_idf)
        idf[numbers >= 0] = self._segment.idf[numbers[numbers >= 0]]
        held = dict(zip(keys.tolist(), (query.key_weights[of_words] / share / idf).tolist(), strict=True))
        return {word: held[key] for word in words if (key := Cutter.key(word, 0)) in held}

    def idf(self, token: str, view: int = 0) -> float | None:
        """How rare a term is here; None when no document holds it."""
        key = np.array([Cutter.key(token, view)], np.uint64)
        number = int(self._segment.numbers(key)[0])
        if number >= 0:
            return float(self._segment.idf[number])
        return self._segment.unknown_idf if self._fresh.known(key)[0] else None

    @property
    def rarest(self) -> float:
        """The idf of the rarest term."""
        return float(self._segment.idf.max()) if self._segment.idf.size else 1.0


def _only(keys: np.ndarray, counts: np.ndarray, starts: np.ndarray,
          known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows (one a view) without the terms that are not known."""
    kept = np.concatenate([[0], np.cumsum(known)])
    return keys[known], counts[known], kept[starts].astype(np.int64)
