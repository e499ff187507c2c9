"""What staff added to the shipped word lists: groups of words that mean the same, and words that mean nothing. Pure.

A group makes one more term of a text: whichever of its words stands there, the text also holds the group's own term,
so that two texts which use different words of it share something. The words themselves stay terms as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from matchplatform.core.rules import Choice, Choices
from matchplatform.matching import text

SIGN = "≈"       # no word begins with it, so a group's term is nobody else's
WAYS = Choices(Choice("enters", "进前十", "go"), Choice("rises", "上升", "go"), Choice("falls", "下降", "wait"),
               Choice("leaves", "出前十", "no"))
JUDGED = 10      # as many of a ranking's first places are compared


@dataclass(frozen=True)
class Found:
    """A word of a group in a text: where it stands in `text.plain` of it, the word, and the group's number."""

    start: int
    word: str
    group: int


def _stands_alone(word: str, plain: str, at: int) -> bool:
    """Is it a word there? Latin ones only as whole words (ai is not in mail)."""
    around = plain[max(0, at - 1):at] + plain[at + len(word):at + len(word) + 1]
    return not (word.isascii() and any("a" <= letter <= "z" for letter in around))


@dataclass(frozen=True)
class Lexicon:
    """Groups of words that mean the same and words that carry no subject, all written as `text.plain` writes them."""

    synonyms: tuple[tuple[str, ...], ...] = ()
    stop_words: frozenset[str] = frozenset()
    _groups: dict[str, int] = field(init=False, repr=False, compare=False)
    _beginning: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        groups = {word: number for number, group in enumerate(self.synonyms) for word in group if word}
        beginning: dict[str, list[str]] = {}
        for word in sorted(groups, key=lambda word: (-len(word), word)):  # the longest that begins at a place wins
            beginning.setdefault(word[:2], []).append(word)
        object.__setattr__(self, "_groups", groups)
        object.__setattr__(self, "_beginning", {first: tuple(words) for first, words in beginning.items()})

    def __bool__(self) -> bool:
        """Is there anything in it?"""
        return bool(self._groups or self.stop_words)

    def found(self, original: str) -> list[Found]:
        """The groups' words in a text, from left to right, none overlapping another, the longer one first."""
        if not self._groups:
            return []
        plain, hits, at = text.plain(original), [], 0
        while at < len(plain):
            begun = (*self._beginning.get(plain[at:at + 2], ()), *self._beginning.get(plain[at], ()))
            word = next((one for one in begun if plain.startswith(one, at) and _stands_alone(one, plain, at)), None)
            if word is None:
                at += 1
                continue
            hits.append(Found(at, word, self._groups[word]))
            at += len(word)
        return hits

    def extra_tokens(self, original: str) -> list[str]:
        """The group's term for every one of its words in the text, once an occurrence."""
        return [SIGN + self.synonyms[one.group][0] for one in self.found(original)]

    def is_stop(self, word: str) -> bool:
        """Did staff say that the word carries no subject?"""
        return word in self.stop_words

    def surfaces(self, token: str, one: str, other: str) -> tuple[str, str] | None:
        """With which words two texts say a group's term: the same word where both hold one, else each its first.

        None when the token is no group's or one of the texts does not hold it.
        """
        group = next((number for number, words in enumerate(self.synonyms) if token == SIGN + words[0]), None)
        here, there = ([hit.word for hit in self.found(each) if hit.group == group] for each in (one, other))
        if group is None or not here or not there:
            return None
        both = next((word for word in here if word in there), None)
        return (both, both) if both else (here[0], there[0])


NOTHING = Lexicon()


@dataclass(frozen=True)
class Move:
    """A record of a ranking that changes its place; None: not in the part of the ranking that is known."""

    id: str
    before: int | None
    after: int | None
    way: str  # of WAYS


def moves(before: Sequence[str], after: Sequence[str], judged: int = JUDGED) -> list[Move]:
    """What changes among the first `judged` ids of a ranking, in the new order, those that leave last.

    The rankings may go deeper, so that what enters is said to come from place 17.
    """
    was, becomes = ({one: n for n, one in enumerate(ranked, 1)} for ranked in (before, after))
    found = []
    for one in dict.fromkeys([*after[:judged], *before[:judged]]):
        old, new = was.get(one), becomes.get(one)
        here, there = old or judged + 1, new or judged + 1
        if old != new and min(here, there) <= judged:
            way = "enters" if here > judged else "leaves" if there > judged else "rises" if there < here else "falls"
            found.append(Move(one, old, new, way))
    return found


def extent(changed: Sequence[Move]) -> float:
    """How much a ranking changes: the gain or loss of 1/rank, summed; changes at the top weigh more."""
    return sum(abs((1 / one.before if one.before else 0.0) - (1 / one.after if one.after else 0.0)) for one in changed)
