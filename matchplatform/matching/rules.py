"""The law of staff's word lists on one screen: who keeps them, and what a group of words may be; and who puts weights
of the score in force."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Verdict

KINDS = Choices(Choice("synonym", "近义词"), Choice("stop_word", "停用词"))
STATES = Choices(Choice("active", "在用", "go"), Choice("retired", "已停用"))
PARTS = Choices(Choice("text", "内容"), Choice("category", "领域"), Choice("area", "区域"), Choice("capacity", "容量"),
                Choice("rating", "评估等级"))  # of the score, as `scoring.Weights` names them

SEPARATOR = "、"
FEWEST = {"synonym": 2, "stop_word": 1}
MOST = 12
SHORTEST, LONGEST = 2, 20  # characters of a word
_BETWEEN = re.compile(r"[、，,；;／/|\s]+")
_WORD = re.compile(r"[㐀-鿿a-z]+")


class Entry(Protocol):
    """What the rules read of an entry that is in use."""

    kind: str

    @property
    def listed(self) -> tuple[str, ...]: ...


def words_of(typed: str) -> tuple[str, ...]:
    """The words of what was typed with 、, commas, semicolons, slashes, blanks or line ends in between; each once, in
    order, full-width forms and capitals made one with the ordinary ones."""
    plain = unicodedata.normalize("NFKC", typed).lower()
    return tuple(dict.fromkeys(word for word in _BETWEEN.split(plain) if word))


def can_keep_words(actor: Any) -> Verdict:
    """The word lists are the province's: they move every county's ranking."""
    if getattr(actor, "role", "") == "province_officer":
        return Verdict.yes()
    return Verdict.no("词表由省民政厅维护。", "想加词请告诉省民政厅。")


def words_verdict(kind: str, words: Collection[str], others: Iterable[Entry], *, shipped: Collection[str] = (),
                  categories: Collection[str] = ()) -> Verdict:
    """May these words be an entry beside the `others` that are in use?

    `shipped` are the stop words that come with the platform, `categories` the names of the fields of help. The
    sentence names the word at fault and the cure.
    """
    if kind not in KINDS:
        return Verdict.no("没有这一类词。", "请选近义词或停用词。")
    name = KINDS[kind].label
    if len(words) < FEWEST[kind]:
        return Verdict.no(f"{name}至少要写 {FEWEST[kind]} 个不同的词，现在是 {len(words)} 个。",
                          "词和词之间用顿号隔开。")
    if len(words) > MOST:
        return Verdict.no(f"{name}一组最多 {MOST} 个词，现在是 {len(words)} 个。", "请分成两组，或删去少见的说法。")
    for word in words:
        verdict = _word_verdict(word, kind, shipped, categories)
        if not verdict:
            return verdict
    for other in others:
        shared = next((word for word in words if word in other.listed), None)
        if shared is not None:
            return _taken(shared, kind, other)
    return Verdict.yes()


def _word_verdict(word: str, kind: str, shipped: Collection[str], categories: Collection[str]) -> Verdict:
    if not _WORD.fullmatch(word):
        return Verdict.no(f"“{word}”里有汉字和字母以外的符号。", "词里只写汉字和字母；词和词之间用顿号隔开。")
    if len(word) < SHORTEST:
        return Verdict.no(f"“{word}”只有一个字，会误中很多别的词。", f"请写 {SHORTEST} 到 {LONGEST} 个字的词。")
    if len(word) > LONGEST:
        return Verdict.no(f"“{word[:8]}……”有 {len(word)} 个字。", f"一个词最多 {LONGEST} 个字，请只写关键的说法。")
    if word in shipped:
        return Verdict.no(f"“{word}”是平台自带的停用词，本来就不参加匹配。", "请删去这个词。")
    if kind == "stop_word" and word in categories:
        return Verdict.no(f"“{word}”是帮扶领域的名称，不能停用。", "停用了它，按领域匹配就不准了。请删去这个词。")
    return Verdict.yes()


def _taken(word: str, kind: str, other: Entry) -> Verdict:
    """One word, one place: what to do instead depends on where it is."""
    group = SEPARATOR.join(other.listed)
    if other.kind == kind == "synonym":
        return Verdict.no(f"“{word}”已经在近义词“{group}”里。", "一个词只能在一组里：请去改那一组，或把两组合成一组。")
    if other.kind == kind:
        return Verdict.no(f"“{word}”已经是停用词。", "不用再加。")
    if other.kind == "synonym":
        return Verdict.no(f"“{word}”在近义词“{group}”里，不能同时停用。", "要停用它，请先把它从那一组里去掉。")
    return Verdict.no(f"“{word}”现在是停用词，不参加匹配。", "要放进近义词，请先把它从停用词里去掉。")


def retire_verdict(is_active: bool, reason: str) -> Verdict:
    """An entry in use is retired with a reason."""
    if not is_active:
        return Verdict.no("这一条已经停用了。", "请刷新页面看最新状态。")
    if not reason.strip():
        return Verdict.no("还没有写停用的理由。", "请写一句话，审计里会留下。")
    return Verdict.yes()


def can_keep_weights(actor: Any) -> Verdict:
    """The weights are the province's, as the word lists are; None is the command on the server."""
    if actor is None or getattr(actor, "role", "") == "province_officer":
        return Verdict.yes()
    return Verdict.no("匹配权重由省民政厅维护。", "对排序有意见请告诉省民政厅。")


def restore_verdict(in_force: bool, reason: str) -> Verdict:
    """Former weights come back with a reason."""
    if in_force:
        return Verdict.no("正在用的就是这一组权重。", "不用恢复；要换别的，请选另一版。")
    if not reason.strip():
        return Verdict.no("还没有写恢复的理由。", "请写一句话，审计里会留下。")
    return Verdict.yes()
