"""Where the constants of matching/combination.py come from, on ../shared/bench/dev.

    .venv/bin/python -m benchmarks.calibration

Prints (1) the weights of the two encoders that five-fold cross-validation over the needs picks (words weigh 1) and the
held-out nDCG@10 and hit@1; (2) slope and middle of the logistic regression of "grade 2 or 3" on the value, with no
encoder, each and both, beside the curve that the product uses for all of them; (3) how often pairs are answers that
the product gives a certain probability, with constants from the other folds only.
"""

import sys
from collections import Counter
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.quality import BENCH, HERE, Collection, collection, figures
from matchplatform.matching.combination import LEXICAL_DEVIATION, LEXICAL_MEAN, Combination
from matchplatform.matching.encoders import load
from matchplatform.matching.index import TextIndex
from matchplatform.matching.meaning import text_of
from matchplatform.matching.vectors import VectorCache, vectors_of

GRID = [(e5, use) for e5 in (0.5, 1.0, 1.5, 2.0, 2.5) for use in (0.5, 1.0, 1.5, 2.0)]
FOLDS, REPEATS = 5, 20
EDGES = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01)


def sources(one: Collection) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, SimpleNamespace]]:
    """Lexical similarities and cosines (needs, offerings), and each encoder's mean and deviation as shipped."""
    index, cache = TextIndex.build(one.documents), VectorCache(HERE / ".vectors" / "vectors.sqlite3")
    lexical = np.array([index.similarities(need) for need in one.questions])
    cosines, shipped = {}, {}
    for meaning in load("default"):
        asked, held = (vectors_of([text_of(text) for text in texts], encoder, cache) for texts, encoder in
                       ((one.questions, meaning.needs), (one.documents, meaning.offerings)))
        cosines[meaning.name] = asked.rows @ held.rows.T
        shipped[meaning.name] = SimpleNamespace(name=meaning.name, mean=meaning.mean, deviation=meaning.deviation,
                                                weight=meaning.weight)
    return lexical, cosines, shipped


def per_need(values: np.ndarray, one: Collection) -> np.ndarray:
    """nDCG@10 and hit@1 of each need, NaN where nothing answers it."""
    rows = []
    for number, need in enumerate(one.questions):
        if any(grade >= one.bar for grade in one.grades.get(need.id, {}).values()):
            alone = Collection(one.name, [need], one.documents, {need.id: one.grades[need.id]})
            told = figures(values[[number]], alone)
            rows.append((told.ndcg, told.hit))
        else:
            rows.append((np.nan, np.nan))
    return np.array(rows)


def main() -> None:
    """Print the three tables."""
    if not BENCH.is_dir():
        sys.exit("../shared/bench is not there: the test collections lie beside the repository, nothing was measured")
    one = collection(BENCH / "dev")
    lexical, cosines, shipped = sources(one)
    print(f"lexical similarity of arbitrary pairs: mean {lexical.mean():.4f} (shipped {LEXICAL_MEAN}), deviation "
          f"{lexical.std():.4f} ({LEXICAL_DEVIATION})")
    for name, row in cosines.items():
        print(f"{name}: mean {row.mean():.4f} ({shipped[name].mean}), deviation {row.std():.5f} "
              f"({shipped[name].deviation})")

    def combination(**weights: float) -> Combination:
        return Combination([SimpleNamespace(**{**vars(shipped[name]), "weight": weight})  # type: ignore[misc]
                            for name, weight in weights.items() if weight])

    results = {pair: per_need(combination(e5=pair[0], use=pair[1]).values(lexical, cosines), one) for pair in GRID}
    dice, picked, held_out = np.random.default_rng(3), Counter(), []
    for _ in range(REPEATS):
        folds = dice.permutation(len(one.questions)) % FOLDS
        for fold in range(FOLDS):
            best = max(GRID, key=lambda pair: np.nanmean(results[pair][folds != fold, 0]))
            picked[best] += 1
            held_out.append(np.nanmean(results[best][folds == fold], axis=0))
    print(f"\nweights (e5, use) picked in {FOLDS * REPEATS} folds: "
          f"{', '.join(f'{pair} {count}×' for pair, count in picked.most_common())}")
    print("held out: nDCG@10 {:.4f}, hit@1 {:.4f}".format(*np.mean(held_out, axis=0)))

    answers = np.array([[one.grades.get(need.id, {}).get(document.id, 0) >= 2 for document in one.documents]
                        for need in one.questions])
    print("\n| encoders | slope fitted | on the curve | middle fitted | on the curve |\n|---|---|---|---|---|")
    for weights in ({}, {"e5": shipped["e5"].weight}, {"use": shipped["use"].weight},
                    {name: meaning.weight for name, meaning in shipped.items()}):
        made = combination(**weights)
        fitted = LogisticRegression(C=1e6).fit(made.values(lexical, cosines).reshape(-1, 1), answers.ravel())
        slope = fitted.coef_[0, 0]
        print(f"| {' + '.join(weights) or 'none'} | {slope:.3f} | {made.slope:.3f} | "
              f"{-fitted.intercept_[0] / slope:.2f} | {made.middle:.2f} |")

    values = combination(**{name: meaning.weight for name, meaning in shipped.items()}).values(lexical, cosines)
    folds, told = np.random.default_rng(0).permutation(len(one.questions)) % FOLDS, np.zeros_like(values)
    for fold in range(FOLDS):
        fitted = LogisticRegression(C=1e6).fit(values[folds != fold].reshape(-1, 1), answers[folds != fold].ravel())
        told[folds == fold] = fitted.predict_proba(values[folds == fold].reshape(-1, 1))[:, 1].reshape(
            values[folds == fold].shape)
    print("\n| said | pairs | mean said | answers among them |\n|---|---|---|---|")
    for low, high in pairwise(EDGES):
        here = (told >= low) & (told < high)
        if here.any():
            print(f"| {100 * low:.0f}–{min(100, 100 * high):.0f} % | {here.sum()} | {100 * told[here].mean():.1f} % | "
                  f"{100 * answers[here].mean():.1f} % |")


if __name__ == "__main__":
    main()
