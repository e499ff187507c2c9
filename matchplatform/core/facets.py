"""The filters beside a list: a group of options with counts that ignore the group's own choice."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One choice of a group and how many results it would show."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A group of options; `key` is the URL's argument, `many` whether several may be chosen at once."""

    key: str
    legend: str
    options: tuple[Option, ...]
    many: bool = True

    @property
    def chosen(self) -> tuple[Option, ...]:
        """The options that are in force."""
        return tuple(option for option in self.options if option.chosen)


def facet(key: str, legend: str, listed: Iterable[tuple[str, str]], counts: Mapping[str, int],
          chosen: Collection[str], *, many: bool = True, hide_empty: bool = False) -> Facet:
    """A group from (value, label) pairs; with `hide_empty`, options without results go unless they are chosen."""
    options = (Option(value, label, counts.get(value, 0), value in chosen) for value, label in listed)
    return Facet(key, legend, tuple(one for one in options if one.count or one.chosen or not hide_empty), many)
