"""How well matching/duplicates.py tells a need that is there already from one that is not.

    .venv/bin/python benchmarks/duplicates.py

The pairs are described in duplicates.md. All needs are taken to lie in one county, so that the text alone decides:
each of the 100 texts in duplicates.jsonl against each of the 120 needs. The threshold is chosen on four fifths of the
needs for the best F1 and measured on the rest, five times; precision and recall are over all five rests together.
Fails when F1 falls below FLOOR or when the product's threshold is not among those that were chosen.
"""

import json
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matchplatform.demo.source import needs
from matchplatform.matching.duplicates import SAME, Everyday, Purpose

PAIRS = Path(__file__).with_name("duplicates.jsonl")
FOLDS, SEED = 5, 20261125
FLOOR = 0.93
MARGIN = 0.03  # the product's threshold may stand so far outside the chosen ones


@dataclass(frozen=True)
class Judged:
    """A text against a need: the text, the need it was written from, its kind, how alike, and whether it is it."""

    text: str
    origin: str
    kind: str
    similarity: float
    same: bool


@dataclass(frozen=True)
class Figures:
    """Precision, recall and F1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def judged() -> list[Judged]:
    """Every text of duplicates.jsonl against every need."""
    known = {f"D{number:03d}": Purpose(one.title, one.body, "") for number, one in enumerate(needs(), 1)}
    everyday = Everyday((one.title, one.body) for one in known.values())
    rows = []
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        found = everyday.similarities(Purpose(pair["title"], pair["body"], ""), list(known.values()))
        rows += [Judged(pair["id"], pair["need"], pair["kind"], similarity,
                        pair["kind"] != "other" and code == pair["need"])
                 for code, similarity in zip(known, found, strict=True)]
    return rows


def figures(rows: Iterable[tuple[Judged, float]]) -> Figures:
    """Of pairs, each with the threshold that applies to it."""
    told = [(one.same, one.similarity >= threshold) for one, threshold in rows]
    right = sum(same and said for same, said in told)
    return Figures(right / max(1, sum(said for _, said in told)), right / max(1, sum(same for same, _ in told)))


def best_threshold(rows: Sequence[Judged]) -> float:
    """The middle of the gap below the similarity at which F1 is best."""
    ranked = sorted(rows, key=lambda one: -one.similarity)
    wanted, right, best, at = sum(one.same for one in rows), 0, -1.0, 0
    for number, one in enumerate(ranked, 1):
        right += one.same
        f1 = 2 * right / (number + wanted)
        if f1 > best:
            best, at = f1, number
    below = ranked[at].similarity if at < len(ranked) else 0.0
    return (ranked[at - 1].similarity + below) / 2


def cross_validated(rows: Sequence[Judged]) -> tuple[Figures, list[float]]:
    """The figures over all held-out folds, and the five thresholds."""
    origins = sorted({one.origin for one in rows})
    random.Random(SEED).shuffle(origins)
    fold = {origin: number % FOLDS for number, origin in enumerate(origins)}
    chosen = [best_threshold([one for one in rows if fold[one.origin] != number]) for number in range(FOLDS)]
    return figures((one, chosen[fold[one.origin]]) for one in rows), chosen


def main() -> None:
    rows = judged()
    held_out, chosen = cross_validated(rows)
    product = figures((one, SAME) for one in rows)
    print(f"texts {len(rows) // len(needs())}, pairs {len(rows)}, of them the same {sum(one.same for one in rows)}")
    for name, one in (("five-fold", held_out), (f"at SAME = {SAME}", product)):
        print(f"{name:<18} precision {one.precision:.3f}  recall {one.recall:.3f}  F1 {one.f1:.3f}")
    print("thresholds chosen  " + " ".join(f"{one:.3f}" for one in sorted(chosen)))
    for kind in ("paraphrase", "retold"):
        ours = [one for one in rows if one.kind == kind and one.same]
        print(f"{kind:<18} found {sum(one.similarity >= SAME for one in ours)} of {len(ours)}")
    traps = [one for one in rows if one.kind == "other"]
    print(f"{'other purpose':<18} taken for the same {len({one.text for one in traps if one.similarity >= SAME})} of "
          f"{len({one.text for one in traps})}")
    if held_out.f1 < FLOOR or not min(chosen) - MARGIN <= SAME <= max(chosen) + MARGIN:
        sys.exit(f"F1 {held_out.f1:.3f} is below {FLOOR}, or SAME is not what the folds choose")


if __name__ == "__main__":
    main()
