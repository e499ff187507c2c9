"""Everything that changes staff's word lists. The province's officers only; every change is in the next ranking."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.matching import lexicon_queries, rules
from matchplatform.matching.models import LexiconEntry
from matchplatform.matching.text import stop_words

_FASTER = ("别人刚刚改动了这一条，这次没有保存。", "请看最新内容再改。")


def _refuse(verdict: Verdict) -> None:
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)


def _refuse_stale(entry: LexiconEntry, version: int | None) -> None:
    if version is not None and version != entry.version:
        raise Conflict(*_FASTER)


def refuse_words(kind: str, words: Sequence[str], entry: LexiconEntry | None = None) -> None:
    """Raise Refusal unless the words may be an entry, or what an entry becomes, beside what is in use now."""
    _refuse(rules.words_verdict(kind, words, lexicon_queries.active_entries(but=entry), shipped=stop_words(),
                                categories=lexicon_queries.category_names()))


def add_entry(actor: Any, kind: str, words: Sequence[str], note: str) -> LexiconEntry:
    """A new group of synonyms or new stop words; `note` says why."""
    _refuse(rules.can_keep_words(actor))
    refuse_words(kind, words)
    entry = LexiconEntry(kind=kind, words=rules.SEPARATOR.join(words), note=note.strip(), created_by=actor.id,
                         created_at=clock.now())
    db.session.add(entry)
    _flush()
    _log(actor, entry, "add_words", f"增加{rules.KINDS[kind].label}", "", {"words": list(words), "note": entry.note})
    refuse_words(kind, words, entry)  # the audit's queue let the faster one through: his words are visible now
    return entry


def edit_entry(actor: Any, entry: LexiconEntry, words: Sequence[str], note: str, version: int | None = None) -> None:
    """Other words or another note. Raises Conflict when the entry is no longer what the actor saw."""
    _refuse(rules.can_keep_words(actor))
    _refuse_stale(entry, version)
    if not entry.is_active:
        raise Refusal("这一条已经停用，不能修改。", "要改请先恢复使用。")
    refuse_words(entry.kind, words, entry)
    before = {"words": list(entry.listed), "note": entry.note}
    after = {"words": list(words), "note": note.strip()}
    if before == after:
        raise Refusal("内容没有变化。", "要改哪一项，请改好再保存。")
    entry.words, entry.note = rules.SEPARATOR.join(words), note.strip()
    _flush()
    _log(actor, entry, "edit_words", f"修改{rules.KINDS[entry.kind].label}", "", {"before": before, "after": after})
    refuse_words(entry.kind, words, entry)


def retire_entry(actor: Any, entry: LexiconEntry, reason: str, version: int | None = None) -> None:
    """Take an entry out of use; it stays on record and may be reinstated."""
    _refuse(rules.can_keep_words(actor))
    _refuse_stale(entry, version)
    _refuse(rules.retire_verdict(entry.is_active, reason))
    entry.retired_by, entry.retired_at = actor.id, clock.now()
    _flush()
    _log(actor, entry, "retire_words", f"停用{rules.KINDS[entry.kind].label}", reason, {"words": list(entry.listed)})


def reinstate_entry(actor: Any, entry: LexiconEntry, version: int | None = None) -> None:
    """Bring a retired entry back, unless its words stand elsewhere by now."""
    _refuse(rules.can_keep_words(actor))
    _refuse_stale(entry, version)
    if entry.is_active:
        raise Refusal("这一条正在使用。", "请刷新页面看最新状态。")
    refuse_words(entry.kind, entry.listed, entry)
    entry.retired_by = entry.retired_at = None
    _flush()
    _log(actor, entry, "reinstate_words", f"恢复{rules.KINDS[entry.kind].label}", "", {"words": list(entry.listed)})
    refuse_words(entry.kind, entry.listed, entry)


def _flush() -> None:
    try:
        db.session.flush()
    except StaleDataError as error:
        raise Conflict(*_FASTER) from error


def _log(actor: Any, entry: LexiconEntry, act: str, label: str, reason: str, detail: dict[str, Any]) -> None:
    record(actor, act, label, "lexicon", object_id=entry.id, object_label=entry.words, reason=reason.strip(),
           detail=detail)
