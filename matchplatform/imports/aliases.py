"""What other people's lists call the same thing, by kind and field. Pure: a table and a spelling.

The names are compared bare: no spaces, no brackets, no units, half-width.
"""

import re
import unicodedata
from functools import lru_cache
from importlib import resources

from matchplatform.imports.fields import FIELDS, fields_of


def _table() -> dict[str, dict[str, str]]:
    """aliases.tsv: kind (or `all`), field, names with spaces between; a kind's own names come before the shared."""
    table: dict[str, dict[str, str]] = {kind: {} for kind in FIELDS}
    text = resources.files("matchplatform.imports").joinpath("aliases.tsv").read_text("utf-8")
    for line in text.splitlines()[1:]:
        kind, name, words = line.split("\t")
        for one in table if kind == "all" else (kind,):
            table[one][name] = f"{table[one].get(name, '')} {words}"
    return table


ALIASES = _table()

# Columns of numbers that only count, and our own column of reasons: read past without asking.
COUNTERS = frozenset({"序号", "序", "行号", "no", "no.", "#", "排序"})
REASONS = frozenset({"原因", "错误原因", "退回原因"})

_REMEMBERED = 40  # characters of a text worth remembering; bodies are not
_BRACKETS = re.compile(r"[(\[【〔{][^()\[\]【】〔〕{}]*[)\]】〕}]")
_NOISE = re.compile(r"[\s*※★▲:;、。,.!?\"'“”‘’·_—~-]+")
_UNIT = re.compile(r"(单位)?:?(万元|元|人|户|个|人次|人天|年)$")


def half_width(text: str) -> str:
    """Full-width forms as half-width ones, lower case."""
    return _short_half_width(text) if len(text) <= _REMEMBERED else unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=4096)
def _short_half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=4096)
def bare(label: str) -> str:
    """A label without brackets and what is in them, spaces, marks, units; what is in the brackets when that is all."""
    folded = half_width(label)
    plain = _NOISE.sub("", _BRACKETS.sub("", folded))
    if not plain:
        plain = _NOISE.sub("", re.sub(r"[()\[\]【】〔〕{}]", "", folded))
    if len(plain) > 4:
        plain = _UNIT.sub("", plain)
    return plain


@lru_cache(maxsize=8)
def names_of(kind: str) -> dict[str, str]:
    """Bare name → field, for a kind: the fields' own labels first, then what others call them."""
    names: dict[str, str] = {}
    for one in fields_of(kind).values():
        names.setdefault(bare(one.label), one.name)
    for name, words in ALIASES[kind].items():
        if name in fields_of(kind):
            for word in words.split():
                names.setdefault(bare(word), name)
    return names


@lru_cache(maxsize=1)
def all_names() -> frozenset[str]:
    """Every bare name of every kind, counters included: what a header is known by."""
    return frozenset(name for kind in ALIASES for name in names_of(kind)) | COUNTERS | REASONS
