"""How good the ranking is on the graded test collections of ../shared/bench: every system on every collection.

    make bench-quality                                     the whole table (vectors are kept in benchmarks/.vectors)
    .venv/bin/python benchmarks/quality.py --dev           the project's own collection only

nDCG@10 (gain 2^grade - 1) with the 95 % interval of a bootstrap over the questions (1,000 draws), hit@1 and recall@20
as score.py beside the collections counts them. The systems to beat are made here from the same texts: jieba words and
pairs of characters with TF-IDF (sublinear) and with BM25 (k1 1.5, b .75), and each encoder alone. Fails when the
product's figure on dev falls below FLOOR, or on a public collection below the best BM25.
"""

import argparse
import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from matchplatform.matching import text
from matchplatform.matching.combination import Combination
from matchplatform.matching.document import Document
from matchplatform.matching.encoders import load
from matchplatform.matching.index import TextIndex
from matchplatform.matching.meaning import text_of
from matchplatform.matching.vectors import VectorCache, vectors_of

HERE = Path(__file__).resolve().parent
BENCH = HERE.parent.parent / "shared" / "bench"
FLOOR, FLOOR_WORDS = 0.93, 0.88  # nDCG@10 on dev, with the shipped encoders and by words alone
DEPTH, DRAWS = 20, 1000


@dataclass(frozen=True)
class Collection:
    """Questions, documents and grades[question id][document id]."""

    name: str
    questions: list[Document]
    documents: list[Document]
    grades: dict[str, dict[str, int]]

    @property
    def bar(self) -> int:
        """The grade from which a document is relevant: 2, or 1 where no grade is higher."""
        return 2 if max(g for row in self.grades.values() for g in row.values()) >= 2 else 1


def collection(folder: Path) -> Collection:
    """A collection from its folder."""
    def documents(name: str) -> list[Document]:
        rows = map(json.loads, (folder / name).read_text(encoding="utf-8").splitlines())
        return [Document(row["id"], row.get("title", ""), row.get("body", row.get("text", "")),
                         row.get("category", "")) for row in rows]

    grades: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, document, grade, *_ = line.split("\t")
        grades.setdefault(question, {})[document] = int(grade)
    names = ("needs.jsonl", "offerings.jsonl") if (folder / "needs.jsonl").exists() else (
        "queries.jsonl", "corpus.jsonl")
    return Collection(folder.name, documents(names[0]), documents(names[1]), grades)


@dataclass(frozen=True)
class Figures:
    """Means over the questions that have a relevant document, and the interval of nDCG@10."""

    ndcg: float
    low: float
    high: float
    hit: float
    recall: float


def figures(scores: np.ndarray, one: Collection) -> Figures:
    """What a ranking by these scores (questions, documents) is worth; ties go by id."""
    ids = [document.id for document in one.documents]
    by_id = np.argsort(np.argsort(np.array(ids, dtype=object), kind="stable"))
    rows = []
    for number, question in enumerate(one.questions):
        graded = one.grades.get(question.id, {})
        relevant = sum(grade >= one.bar for grade in graded.values())
        if not relevant:
            continue
        ranked = [graded.get(ids[i], 0) for i in np.lexsort((by_id, -scores[number]))[:DEPTH]]
        gain = sum((2 ** grade - 1) / math.log2(i + 2) for i, grade in enumerate(ranked[:10]))
        ideal = sum((2 ** grade - 1) / math.log2(i + 2)
                    for i, grade in enumerate(sorted(graded.values(), reverse=True)[:10]))
        rows.append((gain / ideal, float(ranked[0] >= one.bar), sum(grade >= one.bar for grade in ranked) / relevant))
    table = np.array(rows)
    dice = np.random.default_rng(7)
    draws = np.sort([table[dice.integers(0, len(table), len(table)), 0].mean() for _ in range(DRAWS)])
    return Figures(table[:, 0].mean(), draws[int(0.025 * DRAWS)], draws[int(0.975 * DRAWS)], table[:, 1].mean(),
                   table[:, 2].mean())


# ---- the systems to beat

def jieba_words(one: Document) -> list[str]:
    """jieba's words, as it cuts them by itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel("ERROR")
    return [word for word in jieba.cut(one.main) if word.strip()]


def pairs(one: Document) -> list[str]:
    """Every two neighbouring Chinese characters."""
    return list(text.bigrams(one.main))


def _counts(tokens: Sequence[Sequence[str]], vocabulary: dict[str, int], learn: bool) -> sp.csr_array:
    starts, columns, values = [0], [], []
    for row in tokens:
        for token, count in Counter(row).items():
            column = vocabulary.setdefault(token, len(vocabulary)) if learn else vocabulary.get(token)
            if column is not None:
                columns.append(column)
                values.append(float(count))
        starts.append(len(columns))
    return sp.csr_array((values, columns, starts), shape=(len(tokens), len(vocabulary)))


def tf_idf(one: Collection, cut: Callable[[Document], list[str]]) -> np.ndarray:
    """Cosines of sublinear TF-IDF rows."""
    from sklearn.feature_extraction.text import TfidfTransformer
    vocabulary: dict[str, int] = {}
    documents = _counts([cut(document) for document in one.documents], vocabulary, True)
    questions = _counts([cut(question) for question in one.questions], vocabulary, False)
    weigh = TfidfTransformer(sublinear_tf=True).fit(documents)
    return (weigh.transform(questions) @ weigh.transform(documents).T).toarray()


def bm25(one: Collection, cut: Callable[[Document], list[str]], k1: float = 1.5, b: float = 0.75) -> np.ndarray:
    """Okapi BM25 with the idf that is never negative."""
    vocabulary: dict[str, int] = {}
    documents = _counts([cut(document) for document in one.documents], vocabulary, True).tocoo()
    questions = _counts([cut(question) for question in one.questions], vocabulary, False)
    n, df = documents.shape[0], np.bincount(documents.col, minlength=len(vocabulary))
    lengths = np.bincount(documents.row, weights=documents.data, minlength=n)
    idf = np.log(1 + (n - df + 0.5) / (df + 0.5))
    weights = idf[documents.col] * documents.data * (k1 + 1) / (
        documents.data + k1 * (1 - b + b * lengths[documents.row] / lengths.mean()))
    return (questions @ sp.csr_array((weights, (documents.row, documents.col)), shape=documents.shape).T).toarray()


# ---- the product

def product(one: Collection, setting: str, cache: VectorCache) -> dict[str, np.ndarray]:
    """The product's values with these encoders, and each encoder's cosines by themselves."""
    meanings, index = load(setting), TextIndex.build(one.documents)
    places = {document: place for place, document in enumerate(index.ids)}
    order = [places[document.id] for document in one.documents]
    lexical = np.array([index.similarities(question)[order] for question in one.questions])
    cosines = {}
    for meaning in meanings:
        asked = vectors_of([text_of(question) for question in one.questions], meaning.needs, cache)
        held = vectors_of([text_of(document) for document in one.documents], meaning.offerings, cache)
        if asked.error or held.error:
            sys.exit(f"{meaning.name}: {asked.error or held.error}")
        cosines[meaning.name] = asked.rows @ held.rows.T
    values = Combination(meanings).values(lexical, cosines)
    return {f"product, {' + '.join(['words', *cosines])}": values, **{f"{name} alone": row
                                                                      for name, row in cosines.items()}}


def systems(one: Collection, cache: VectorCache) -> dict[str, np.ndarray]:
    """Every system's scores (questions, documents)."""
    return {"jieba TF-IDF": tf_idf(one, jieba_words), "jieba BM25": bm25(one, jieba_words),
            "bigram TF-IDF": tf_idf(one, pairs), "bigram BM25": bm25(one, pairs),
            **product(one, "off", cache), **product(one, "default", cache)}


def main() -> None:
    """Print the table; exit with 1 when a floor is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--dev", action="store_true", help="the project's own collection only")
    wanted = arguments.parse_args()
    if not BENCH.is_dir():
        sys.exit("../shared/bench is not there: the test collections lie beside the repository, nothing was measured")
    folders = [BENCH / "dev", *([] if wanted.dev else sorted((BENCH / "public").iterdir()))]
    cache, missed = VectorCache(HERE / ".vectors" / "vectors.sqlite3"), []
    print("| collection | system | nDCG@10 | 95 % | hit@1 | recall@20 |\n|---|---|---|---|---|---|")
    for folder in folders:
        one, found = collection(folder), {}
        for name, scores in systems(one, cache).items():
            found[name] = told = figures(scores, one)
            print(f"| {one.name} | {name} | {told.ndcg:.3f} | {told.low:.3f}–{told.high:.3f} | {told.hit:.3f} | "
                  f"{told.recall:.3f} |", flush=True)
        ours = next(told for name, told in found.items() if name.startswith("product") and "+" in name)
        words = found["product, words"]
        if one.name == "dev":
            missed += ["dev"] * int(ours.ndcg < FLOOR) + ["dev by words alone"] * int(words.ndcg < FLOOR_WORDS)
        elif ours.ndcg < max(found["jieba BM25"].ndcg, found["bigram BM25"].ndcg):
            missed.append(one.name)
    if missed:
        sys.exit(f"below the floor: {', '.join(missed)}")


if __name__ == "__main__":
    main()
