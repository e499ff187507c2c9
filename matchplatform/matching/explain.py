"""Why two texts match: the terms they share, where these stand, and the one change that would help most. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from matchplatform.matching import text
from matchplatform.matching.index import Document, TextIndex
from matchplatform.matching.scoring import RATING_POINTS, Context, Term, score

MOST_TERMS = 8
FAINTEST = 0.05        # a term below this share of the weightiest one tells nothing
LONGEST_PHRASE = 3     # neighbouring words that may make one term
# Single characters that name a thing by themselves.
TELLING = frozenset("茶稻麦猪牛羊鸡鸭鹅鱼虾蟹蜂蚕桃梨柑橘橙枣笋菌药肥藕")
# 三个, 二十亩, 每学期, 几百元: how many and how often, which any two texts may share.
_AMOUNT = re.compile(r"[一二三四五六七八九十百千万两几半多每各第零]+"
                     r"[年月天周个次名套份家人户亩场把只条斤元间成分季岁步位批项日所点号等期学多来余块大小]{0,3}")
_PAUSE = re.compile(r"[，。；：、！？,;:!?（）()“”\s]")


@dataclass(frozen=True)
class SharedTerm:
    """A term that both texts hold; `number` is the same beside both, `weight` its share of the likeness."""

    number: int
    text: str
    weight: float


@dataclass(frozen=True)
class Counterfactual:
    """One change and the score before and after it."""

    label: str
    before: int
    after: int
    sentence: str


@lru_cache(maxsize=1)
def plain_words() -> frozenset[str]:
    """Words that are in every second text of the libraries: they count in the index but prove nothing to a reader."""
    return frozenset(text.lexicon("plain_words.txt"))


def _tells(word: str) -> bool:
    return (len(word) > 1 or word in TELLING) and word not in plain_words() and not _AMOUNT.fullmatch(word)


def _joined(sequence: Sequence[str], shared: set[str], other: str) -> set[str]:
    """Neighbouring shared words of one text that stand side by side in the other text too: 运营 + 补贴."""
    phrases = set()
    for size in range(2, LONGEST_PHRASE + 1):
        for i in range(len(sequence) - size + 1):
            run = sequence[i:i + size]
            if all(word in shared and _tells(word) for word in run) and "".join(run) in other:
                phrases.add("".join(run))
    return phrases


def shared_terms(a: Document, b: Document, index: TextIndex, most: int = MOST_TERMS) -> list[SharedTerm]:
    """The weighty terms of title and body that both hold, the one that contributes most first, numbered from 1.

    No stop words, no part of another term; a word that the library never holds cannot be weighed and stays out, and
    so does what is a word in neither text but only a part of one (能手 in 智能手机).
    """
    a, b = replace(a, category="", place=""), replace(b, category="", place="")
    left, right = index.word_weights(a), index.word_weights(b)
    weights = {word: left[word] * right[word] for word in left.keys() & right.keys()}
    sequence = text.sequence(f"{a.title}。{a.body}")
    whole = {*sequence, *text.sequence(f"{b.title}。{b.body}")}
    shared = {word for word in weights if word in whole}
    for phrase in _joined(sequence, shared, text.plain(f"{b.title}。{b.body}")):
        weights[phrase] = max(weights.get(phrase, 0.0), sum(weights[word] for word in shared if word in phrase))
        whole.add(phrase)
    found = sorted(((word, weight) for word, weight in weights.items() if word in whole and _tells(word)),
                   key=lambda item: (-item[1], item[0]))
    if not found:
        return []
    floor = FAINTEST * found[0][1]
    kept: list[tuple[str, float]] = []
    for word, weight in found:
        if weight < floor or any(word in other for other, _ in found if other != word and weights[other] >= floor):
            continue
        kept.append((word, weight))
    return [SharedTerm(number, word, weight) for number, (word, weight) in enumerate(kept[:most], 1)]


def _folded(original: str) -> tuple[str, list[int]]:
    """The text as terms are written, and for each of its characters the place in the original."""
    letters, places = [], []
    for place, letter in enumerate(original):
        for one in unicodedata.normalize("NFKC", letter).lower():
            letters.append(one)
            places.append(place)
    return "".join(letters), places


def mark(original: str, terms: Sequence[SharedTerm]) -> list[tuple[str, int | None]]:
    """The text in runs, each with the number of the term that it is, or None; the runs joined are the text."""
    folded, places = _folded(original)
    wanted = sorted((term for term in terms if term.text), key=lambda term: (-len(term.text), term.number))
    runs: list[tuple[str, int | None]] = []
    done = at = 0  # done: up to where the original is told; at: where the folded text is looked at
    while at < len(folded):
        found = next((term for term in wanted if folded.startswith(term.text, at)), None)
        if found is None or places[at] < done:
            at += 1
            continue
        start, end = places[at], places[at + len(found.text) - 1] + 1
        if start > done:
            runs.append((original[done:start], None))
        runs.append((original[start:end], found.number))
        done, at = end, at + len(found.text)
    if done < len(original):
        runs.append((original[done:], None))
    return runs


def around(original: str, term: SharedTerm, terms: Sequence[SharedTerm], most: int = 10) -> str:
    """The first place of a term with some words on both sides, up to the next punctuation; "" where it is not."""
    at = 0
    for run, number in mark(original, terms):
        if number == term.number:
            head = _PAUSE.split(original[:at])[-1][-most:]
            tail = _PAUSE.split(original[at + len(run):])[0][:most]
            return head + run + tail
        at += len(run)
    return ""


def counterfactual(similarity: float, context: Context, terms: Sequence[Term] = (), *,
                   area_name: str = "需求所在的县") -> Counterfactual | None:
    """The one change of area, capacity, rating or category that raises the score most; None when none does."""
    before = score(similarity, context, terms).total
    changes: list[tuple[str, Context, str]] = []
    if context.area is None:
        changes.append(("服务区域", replace(context, area="city", area_text=""), f"可服务区域加上{area_name}"))
    if context.capacity_left <= 0:
        changes.append(("容量", replace(context, capacity_left=1), "空出或增加 1 个容量"))
    if context.rating and not context.rating_valid:
        changes.append(("评估等级", replace(context, rating_valid=True), f"组织补评，{context.rating} 重新有效"))
    elif RATING_POINTS.get(context.rating, 0) < RATING_POINTS["3A"]:
        changes.append(("评估等级", replace(context, rating="3A", rating_valid=True), "组织评上 3A"))
    if not context.same_category:
        changes.append(("帮扶领域", replace(context, same_category=True),
                        f"领域也归到{context.need_category}（内容确实对得上时）"))
    best: Counterfactual | None = None
    for label, changed, what in changes:
        after = score(similarity, changed, terms).total
        if after > before and (best is None or after > best.after):
            best = Counterfactual(label, before, after, f"{what}，匹配度就从 {before} 分到 {after} 分。")
    return best
