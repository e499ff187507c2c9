"""Showing in a title why the search found it."""

import re
from collections.abc import Callable

from markupsafe import Markup, escape

from matchplatform.matching.text import words


def marker(q: str) -> Callable[[str], Markup]:
    """A function that marks the words of a search in a line of text; everything else is escaped.

    Long words first, so that 老年食堂 is one mark and not two.
    """
    wanted = {part for part in (*q.split(), *words(q)) if part}
    if not wanted:
        return escape
    pattern = re.compile("|".join(re.escape(one) for one in sorted(wanted, key=lambda w: (-len(w), w))), re.I)

    def mark(line: str) -> Markup:
        pieces, end = [], 0
        for found in pattern.finditer(line):
            pieces += [escape(line[end:found.start()]), Markup("<mark>{}</mark>").format(found[0])]
            end = found.end()
        return Markup("").join([*pieces, escape(line[end:])])

    return mark
