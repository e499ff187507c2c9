"""Why two texts match: the terms they share, where these stand, and the one change that would help most. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from matchplatform.matching import text
from matchplatform.matching.combination import TextMatch
from matchplatform.matching.cutter import BIGRAMS, CHARACTERS, WORDS, Cutter
from matchplatform.matching.index import Document, TextIndex
from matchplatform.matching.lexicon import SIGN
from matchplatform.matching.scoring import RATING_SHARES, SHIPPED, Context, Term, Weights, score

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
    """A term that both texts hold; `number` is the same beside both, `weight` its share of the likeness.

    `other` is how the second text says it when that is another word of a group of staff's word lists, else "".
    """

    number: int
    text: str
    weight: float
    other: str = ""

    @property
    def label(self) -> str:
        """The term in a sentence: 助餐, or 助餐 ≈ 老年食堂 where the texts use different words."""
        return f"{self.text} {SIGN} {self.other}" if self.other else self.text


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
    products = index.products(a, b)
    a, b = replace(a, category="", place=""), replace(b, category="", place="")
    left, right = index.word_weights(a), index.word_weights(b)
    weights = {word: left[word] * right[word] for word in left.keys() & right.keys()}
    pairs, tokens = _by_synonym(weights, a, b, index)
    sequence = text.sequence(f"{a.title}。{a.body}")
    whole = {*sequence, *text.sequence(f"{b.title}。{b.body}")}
    shared = {word for word in weights if word in whole}
    for phrase in _joined(sequence, shared, text.plain(f"{b.title}。{b.body}")):
        weights[phrase] = max(weights.get(phrase, 0.0), sum(weights[word] for word in shared if word in phrase))
        whole.add(phrase)
    pairs |= {(word, word): weight for word, weight in weights.items() if word in whole and _tells(word)}
    found = sorted(((*pair, weight) for pair, weight in pairs.items()), key=lambda item: (-item[2], item[:2]))
    if not found:
        return []
    strong = [item for item in found if item[2] >= FAINTEST * found[0][2]]
    kept = [one for one in strong if not any(
        one[0] in more[0] and one[1] in more[1] for more in strong if more is not one)]
    weighed = _parts_of(products, [(here, there) for here, there, _ in kept], list(weights), tokens)
    order = sorted(range(len(kept)), key=lambda i: (-weighed[i], kept[i][:2]))[:most]
    return [SharedTerm(number, kept[i][0], weighed[i], "" if kept[i][1] == kept[i][0] else kept[i][1])
            for number, i in enumerate(order, 1)]


def _parts_of(products: dict[int, float], pairs: Sequence[tuple[str, str]], words: Sequence[str],
              tokens: dict[tuple[str, str], str]) -> list[float]:
    """What each shared term adds to the similarity: its words, pairs of characters and characters, each counted for
    the first term that holds it. What no term holds is the rest."""
    left, found = dict(products), []
    for pair in pairs:
        here, there = pair
        keys = {Cutter.key(tokens[pair], WORDS)} if pair in tokens else set()
        if here == there:
            keys |= {Cutter.key(word, WORDS) for word in words if word in here}
            keys |= {Cutter.key(one, BIGRAMS) for one in text.bigrams(here)}
            keys |= {Cutter.key(one, CHARACTERS) for one in text.characters(here)}
        found.append(sum(left.pop(key, 0.0) for key in keys))
    return found


def _by_synonym(weights: dict[str, float], a: Document, b: Document,
                index: TextIndex) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], str]]:
    """The shared terms of staff's groups as pairs of words that stand in the two texts, taken out of `weights`, and
    the group's own term of each pair.

    A group whose same word stands in both texts only makes that word weigh more.
    """
    pairs: dict[tuple[str, str], float] = {}
    tokens: dict[tuple[str, str], str] = {}
    for token in [one for one in weights if one.startswith(SIGN)]:
        said = index.lexicon.surfaces(token, f"{a.title}。{a.body}", f"{b.title}。{b.body}")
        weight = weights.pop(token)
        if said is not None:
            tokens[said] = token
        if said is not None and said[0] == said[1] in weights:
            weights[said[0]] += weight
        elif said is not None:
            pairs[said] = weight
    return pairs, tokens


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
    wanted = sorted(((form, term.number) for term in terms for form in (term.text, term.other) if form),
                    key=lambda item: (-len(item[0]), item[1]))
    runs: list[tuple[str, int | None]] = []
    done = at = 0  # done: up to where the original is told; at: where the folded text is looked at
    while at < len(folded):
        form, number = next((item for item in wanted if folded.startswith(item[0], at)), ("", 0))
        if not form or places[at] < done:
            at += 1
            continue
        start, end = places[at], places[at + len(form) - 1] + 1
        if start > done:
            runs.append((original[done:start], None))
        runs.append((original[start:end], number))
        done, at = end, at + len(form)
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


def counterfactual(match: TextMatch, context: Context, terms: Sequence[Term] = (), *, weights: Weights = SHIPPED,
                   area_name: str = "需求所在的县") -> Counterfactual | None:
    """The one change of area, capacity, rating or category that raises the score most; None when none does."""
    before = score(match, context, terms, weights).total
    changes: list[tuple[str, Context, str]] = []
    if context.area is None:
        changes.append(("服务区域", replace(context, area="city", area_text=""), f"可服务区域加上{area_name}"))
    if context.capacity_left <= 0:
        changes.append(("容量", replace(context, capacity_left=1), "空出或增加 1 个容量"))
    if context.rating and not context.rating_valid:
        changes.append(("评估等级", replace(context, rating_valid=True), f"组织补评，{context.rating} 重新有效"))
    elif RATING_SHARES.get(context.rating, 0) < RATING_SHARES["3A"]:
        changes.append(("评估等级", replace(context, rating="3A", rating_valid=True), "组织评上 3A"))
    if not context.same_category:
        changes.append(("帮扶领域", replace(context, same_category=True),
                        f"领域也归到{context.need_category}（内容确实对得上时）"))
    best: Counterfactual | None = None
    for label, changed, what in changes:
        after = score(match, changed, terms, weights).total
        if after > before and (best is None or after > best.after):
            best = Counterfactual(label, before, after, f"{what}，匹配度就从 {before} 分到 {after} 分。")
    return best
