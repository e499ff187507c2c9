"""The engines that ours is measured against, each in its quickest honest set-up, over the same term numbers.

tantivy: in memory, one segment, no positions, no count of hits (so that its block-max pruning may work), documents in
our order, query objects built outside the clock. bm25s: its numba kernel over score arrays in its own format.
scikit-learn: linear_kernel over unit float64 rows. sparse_dot_topn: unit float64 rows, one thread.
"""

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.synthetic import Synthetic

TOP = 20
HEAP = 1 << 30  # bytes tantivy may gather before it writes a segment; the merge makes one of them


def absent() -> list[str]:
    """The peers that are not installed."""
    return [name for name in ("tantivy", "bm25s", "sparse_dot_topn", "sklearn", "jieba")
            if importlib.util.find_spec(name) is None]


def _words(library: Synthetic, low: int, high: int) -> Iterator[str]:
    """Documents as text, a term as often as it counts."""
    edges = library.starts[low:high + 1]
    named = [f"t{term}" for term in np.repeat(library.terms[edges[0]:edges[-1]],
                                              library.counts[edges[0]:edges[-1]]).tolist()]
    ends = np.concatenate([[0], np.cumsum(library.counts[edges[0]:edges[-1]], dtype=np.int64)])[edges - edges[0]]
    for i in range(high - low):
        yield " ".join(named[ends[i]:ends[i + 1]])


class Tantivy:
    """BM25 by tantivy."""

    def __init__(self, library: Synthetic) -> None:
        import tantivy

        self._tantivy = tantivy
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
        for name in ("category", "county"):
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        self.schema = builder.build()
        index = tantivy.Index(self.schema)
        writer = index.writer(HEAP, 1)
        n = library.starts.size - 1
        for low in range(0, n, 20_000):
            for i, text in enumerate(_words(library, low, min(n, low + 20_000)), low):
                writer.add_document(tantivy.Document(text=text, category=str(library.category[i]),
                                                     county=str(library.county[i])))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self.searcher = index.searcher()

    @property
    def segments(self) -> int:
        return int(self.searcher.num_segments)

    def query(self, terms: np.ndarray, category: int | None = None, county: int | None = None,
              nested: bool = True) -> Any:
        """Any of the terms; with a filter, beside it what must hold. `nested`: any of the terms must hold, too, so that
        what few documents the filter leaves are looked up in the terms' postings; otherwise one flat query of what
        must hold and the terms that should."""
        kind, occur = self._tantivy.Query, self._tantivy.Occur
        should = [(occur.Should, kind.term_query(self.schema, "text", f"t{term}", "freq")) for term in terms.tolist()]
        if category is None:
            return kind.boolean_query(should)
        must = [(occur.Must, kind.term_query(self.schema, "category", str(category), "basic")),
                (occur.Must, kind.term_query(self.schema, "county", str(county), "basic"))]
        return kind.boolean_query([*must, (occur.Must, kind.boolean_query(should))] if nested else must + should)

    def ask(self, query: Any, count: bool = False) -> Any:
        """The first documents; `count` is its default call, which counts every hit besides."""
        return self.searcher.search(query, TOP, count=count).hits


def bm25s(library: Synthetic) -> Callable[[list[int]], Any]:
    """A function that answers the documents for term numbers. Lucene's BM25 (k1 1.5, b .75) as bm25s lays it down;
    its own build from lists would take minutes and many gigabytes at a million documents."""
    import bm25s as package

    n, counts = library.starts.size - 1, library.counts.astype(np.float32)
    lengths = np.add.reduceat(counts, library.starts[:-1])
    df = np.bincount(library.terms, minlength=library.vocabulary)
    idf = np.log(1.0 + (n - df + 0.5) / (df + 0.5)).astype(np.float32)
    scores = (1.5 * (0.25 + 0.75 * lengths / lengths.mean())).astype(np.float32)
    scores = np.repeat(scores, np.diff(library.starts))
    scores = idf[library.terms] * counts / (counts + scores)
    held = sparse.csr_array((scores, library.terms, library.starts), shape=(n, library.vocabulary)).tocsc()
    made = package.BM25(backend="numba")
    made.scores = {"data": held.data, "indices": held.indices.astype(np.int32), "indptr": held.indptr.astype(np.int64),
                   "num_docs": n}
    made.vocab_dict = {str(term): term for term in range(library.vocabulary)}
    made.unique_token_ids_set = set(range(library.vocabulary))
    made.nonoccurrence_array = None

    def ask(terms: list[int]) -> Any:
        return made.retrieve([terms], k=TOP, show_progress=False, n_threads=1, backend_selection="numba")[0]
    return ask


def linear_kernel(rows: sparse.csr_array, turned: bool = False) -> Callable[[Any], Any]:
    """A function that answers the documents for a unit row: linear_kernel(query, rows) as its users write it, or
    `turned`, linear_kernel(rows, query), which spares it a conversion of the whole matrix."""
    from sklearn.metrics.pairwise import linear_kernel as kernel

    matrix = sparse.csr_matrix(rows)

    def ask(query: Any) -> Any:
        values = (kernel(matrix, query) if turned else kernel(query, matrix)).ravel()
        best = np.argpartition(-values, TOP)[:TOP]
        return best[np.argsort(-values[best])]
    return ask


def topn(rows: sparse.csr_array) -> Callable[[Any], Any]:
    """A function that answers the best documents for many unit rows at once."""
    from sparse_dot_topn import sp_matmul_topn

    turned = sparse.csr_matrix(rows.T.tocsr())

    def ask(queries: Any) -> Any:
        return sp_matmul_topn(queries, turned, top_n=TOP, sort=True, n_threads=1)
    return ask
