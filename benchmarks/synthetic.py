"""A synthetic library of any size: documents as term numbers, drawn from topics over a Zipf background.

Real Chinese records are few; a million of them exist nowhere. The figures that decide how fast an exact search can be
are reproduced and printed by `describe`: some 80 distinct terms a document; a query touches about a twentieth of all
postings; the terms that stand in more than a tenth of the documents hold three quarters of what it touches and a few
per cent of its squared length. Categories follow the topics, counties are spread unevenly.
"""

from dataclasses import dataclass

import numpy as np

CATEGORIES, COUNTIES = 15, 103
LENGTH, SHORTEST = 92.0, 20          # tokens a document
COMMON = 5_000        # numbers below are left to the background
# Levels of subject, from the broad to the narrow: how many there are, words of each, share of a document's tokens.
LEVELS = ((30, 200, 0.10), (90, 60, 0.14), (3_000, 20, 0.14))

# Shares of a meaning's squared length: all texts, the three levels, the text's own.
VARIANCE = np.array([0.25, 0.10, 0.15, 0.22, 0.28])


@dataclass(frozen=True)
class Synthetic:
    """Documents as CSR of term numbers and counts, each with category and county, in category and county order."""

    starts: np.ndarray
    terms: np.ndarray
    counts: np.ndarray
    category: np.ndarray
    county: np.ndarray
    subject: np.ndarray
    vocabulary: int

    def row(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Terms and counts of a document."""
        return self.terms[self.starts[i]:self.starts[i + 1]], self.counts[self.starts[i]:self.starts[i + 1]]


def _zipf(size: int, shift: float, power: float) -> np.ndarray:
    weights = 1.0 / (np.arange(size) + shift) ** power
    return np.cumsum(weights / weights.sum())


def draw(documents: int, seed: int = 7, vocabulary: int = 200_000) -> Synthetic:
    """So many documents; the same seed gives the same ones."""
    dice = np.random.default_rng(seed)
    dice_of_words = np.random.default_rng(1)  # the same subjects whatever the size
    common = _zipf(vocabulary, 50.0, 1.4)
    own = [dice_of_words.integers(COMMON, vocabulary, (size, words)) for size, words, _ in LEVELS]
    special = [_zipf(words, 2.0, 1.0) for _, words, _ in LEVELS]
    subject = dice.choice(LEVELS[-1][0], size=documents, p=np.diff(_zipf(LEVELS[-1][0], 100.0, 0.8), prepend=0.0))
    category = subject % CATEGORIES
    county = dice.choice(COUNTIES, size=documents, p=np.diff(_zipf(COUNTIES, 30.0, 1.0), prepend=0.0))
    order = np.lexsort((county, category))
    subject, category, county = subject[order], category[order], county[order]
    parts_terms, parts_counts, lengths = [], [], []
    for low in range(0, documents, 50_000):
        high = min(documents, low + 50_000)
        size = np.maximum(SHORTEST, dice.normal(LENGTH, LENGTH / 4, high - low)).astype(np.int64)
        owner = np.repeat(np.arange(high - low), size)
        tokens = np.minimum(np.searchsorted(common, dice.random(owner.size)), vocabulary - 1)
        level = np.searchsorted(np.cumsum([share for _, _, share in LEVELS]), dice.random(owner.size))
        for one, (size_of_level, words, _) in enumerate(LEVELS):
            mine = level == one
            drawn = np.minimum(np.searchsorted(special[one], dice.random(int(mine.sum()))), words - 1)
            tokens[mine] = own[one][subject[low:high][owner[mine]] % size_of_level, drawn]
        pairs, counts = np.unique(owner * vocabulary + tokens, return_counts=True)
        parts_terms.append((pairs % vocabulary).astype(np.int32))
        parts_counts.append(np.minimum(counts, 100).astype(np.uint8))
        lengths.append(np.bincount(pairs // vocabulary, minlength=high - low))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
    return Synthetic(starts, np.concatenate(parts_terms), np.concatenate(parts_counts), category.astype(np.int16),
                     county.astype(np.int16), subject.astype(np.int16), vocabulary)


def meanings(subject: np.ndarray, seed: int = 7, dimensions: int = 384) -> np.ndarray:
    """Unit vectors float32[documents, dimensions] as a sentence encoder might give them for texts of these subjects.

    A vector is what all texts share, plus its subject's centre on each of the three levels, plus what is its own, in
    the shares of VARIANCE. Directions count by the spectrum of real vectors (covariance of the USE and E5 vectors of
    ../shared/bench: the 1st, 11th, 31st, 101st and 301st eigenvalue are as 1 : .3 : .12 : .03 : .003), so that what is
    a vector's own has few strong directions: neighbours are told apart by more than chance. The cosines come out as
    with USE there: .25 between any two texts, .7 to .8 to the nearest ones.
    """
    dice, dice_of_centres = np.random.default_rng(seed), np.random.default_rng(2)
    spectrum = (np.arange(dimensions) + 10.0) ** -0.85
    spectrum = (spectrum / np.sqrt((spectrum ** 2).sum())).astype(np.float32)
    shared, *levels, own = np.sqrt(VARIANCE).astype(np.float32)
    ahead = dice_of_centres.normal(size=dimensions).astype(np.float32) * spectrum
    centres = [dice_of_centres.normal(size=(size, dimensions)).astype(np.float32) * spectrum for size, _, _ in LEVELS]
    found = np.empty((subject.size, dimensions), np.float32)
    for low in range(0, subject.size, 50_000):
        here = subject[low:low + 50_000].astype(np.int64)
        part = dice.normal(size=(here.size, dimensions)).astype(np.float32) * (spectrum * own) + shared * ahead
        for share, centre in zip(levels, centres, strict=True):
            part += share * centre[here % len(centre)]
        found[low:low + 50_000] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return found


def describe(library: Synthetic, queries: Synthetic) -> dict[str, float]:
    """The figures that the docstring of this module speaks of."""
    n = library.starts.size - 1
    df = np.bincount(library.terms, minlength=library.vocabulary)
    idf = np.log((1.0 + n) / (1.0 + df)) + 1.0
    touched, heavy, length = [], [], []
    for i in range(queries.starts.size - 1):
        terms, counts = queries.row(i)
        weight = ((1.0 + np.log(counts)) * idf[terms] * (df[terms] > 0)) ** 2
        often = df[terms] > 0.1 * n
        touched.append(df[terms].sum() / library.terms.size)
        heavy.append(df[terms][often].sum() / max(1, df[terms].sum()))
        length.append(weight[often].sum() / weight.sum())
    return {"documents": n, "terms a document": library.terms.size / n, "postings touched": float(np.mean(touched)),
            "of these by terms in > 10 %": float(np.mean(heavy)), "their squared length": float(np.mean(length))}
