"""Showing in a title why the search found it."""

from collections.abc import Callable

from markupsafe import Markup

from matchplatform.matching.text import words
from matchplatform.web.marking import marks


def marker(q: str) -> Callable[[str], Markup]:
    """A function that marks the words of a search in a line of text; everything else is escaped."""
    return marks({*q.split(), *words(q)})
