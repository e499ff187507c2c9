"""Showing in a line of text why a search found it. Everything but the marks is escaped."""

import re
from collections.abc import Callable, Iterable

from markupsafe import Markup, escape


def marks(wanted: Iterable[str]) -> Callable[[str], Markup]:
    """A function that marks these words in a line of text. Long words first, so that 老年食堂 is one mark, not two."""
    found = {one for one in wanted if one}
    if not found:
        return escape
    pattern = re.compile("|".join(re.escape(one) for one in sorted(found, key=lambda w: (-len(w), w))), re.I)

    def mark(line: str) -> Markup:
        pieces, end = [], 0
        for hit in pattern.finditer(line):
            pieces += [escape(line[end:hit.start()]), Markup("<mark>{}</mark>").format(hit[0])]
            end = hit.end()
        return Markup("").join([*pieces, escape(line[end:])])

    return mark


def excerpt(text: str, wanted: Iterable[str], around: int = 40) -> str:
    """What stands around the first of the words in a long text, in one line; empty where none of them stands."""
    plain = re.sub(r"\s+", " ", text)
    low = plain.lower()
    places = [at for one in wanted if one and (at := low.find(one.lower())) >= 0]
    if not places:
        return ""
    start, end = max(0, min(places) - around // 2), min(places) + around * 2
    return f"{'…' if start else ''}{plain[start:end].strip()}{'…' if end < len(plain) else ''}"
