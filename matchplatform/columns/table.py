"""A library's filterable facts as columns: filtering, counting and ordering 100,000 rows takes a millisecond. Pure.

A table is never changed: it gives way to its successor, so that a request that has begun with one ends with it,
whatever other threads do meanwhile. Rows stand in the order of their ids. A choice (category, county, state …) is kept
as a small number; what is not filled in is NONE, which is larger than everything.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

NONE = int(np.iinfo(np.int64).max)
STEP = 4_096            # places of an order that are looked at together
FEW = 2_000             # rows whose texts are looked through one by one
BETWEEN = "\n", "\x1f"  # what stands between rows and between the texts of a row, and in no text that is typed
KEPT = 48  # answers of `among` that are kept: a tenth of a megabyte each at 100,000 rows
EPOCH, FIRST_DAY = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.date(1970, 1, 1)
MICROSECOND = dt.timedelta(microseconds=1)

Row = Sequence[Any]


@dataclass(frozen=True)
class Layout:
    """What a row holds after its id and code, in this order: choices (words), numbers (numbers, days, moments, truths;
    None where nothing is filled in), texts (looked through, not counted)."""

    choices: tuple[str, ...]
    numbers: tuple[str, ...]
    texts: tuple[str, ...]


def in_days(day: dt.date) -> int:
    """A day as columns hold it: days since 1970."""
    return (day - FIRST_DAY).days


def in_microseconds(moment: dt.datetime) -> int:
    """An aware moment as columns hold it: microseconds since 1970, UTC."""
    return (moment - EPOCH) // MICROSECOND


def _number(value: Any) -> int:
    if value is None:
        return NONE
    if isinstance(value, dt.datetime):
        return in_microseconds(value)
    return in_days(value) if isinstance(value, dt.date) else int(value)


def numbers_of(values: Sequence[Any]) -> np.ndarray:
    """A column int64[n] of numbers, truths, days, aware moments, or days and UTC moments as SQLite keeps them; None
    becomes NONE."""
    sample = next((one for one in values if one is not None), None)
    if isinstance(sample, str):
        parsed = np.array(values, dtype="datetime64[us]" if len(sample) > 10 else "datetime64[D]")
        return np.where(np.isnat(parsed), NONE, parsed.astype(np.int64))
    if isinstance(sample, int) and None not in values:
        return np.array(values, dtype=np.int64)
    return np.fromiter((_number(one) for one in values), np.int64, len(values))


class Table:
    """The rows of a library. `order` and what rows share are worked out when they are first asked for, and kept."""

    def __init__(self, layout: Layout, ids: np.ndarray, codes: np.ndarray, choices: Mapping[str, np.ndarray],
                 words: Mapping[str, tuple[str, ...]], numbers: Mapping[str, np.ndarray],
                 texts: Mapping[str, np.ndarray]) -> None:
        self.layout, self.ids, self.codes = layout, ids, codes
        self.choices, self.words, self.numbers, self.texts = choices, words, numbers, texts
        self._orders: dict[str, np.ndarray] = {}
        self._once: dict[Hashable, Any] = {}
        self._lines: dict[tuple[str, ...], tuple[str, np.ndarray]] = {}
        self._kept: dict[tuple[str, frozenset[str]], np.ndarray] = {}
        self._joint: dict[tuple[str, ...], tuple[np.ndarray, list[int]]] = {}
        self._owners: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    @classmethod
    def of(cls, layout: Layout, rows: Iterable[Row], words: Mapping[str, tuple[str, ...]] | None = None) -> "Table":
        """A table of rows (id, code, choices, numbers, texts); `words` are the choices known so far."""
        listed = sorted(rows, key=lambda row: row[0])
        width = 2 + len(layout.choices) + len(layout.numbers) + len(layout.texts)
        columns: list[Sequence[Any]] = list(zip(*listed, strict=True)) if listed else [()] * width
        given = iter(columns[2:])
        choices, known = {}, {}
        for name in layout.choices:
            choices[name], known[name] = _encoded(next(given), (words or {}).get(name, ()))
        numbers = {name: numbers_of(next(given)) for name in layout.numbers}
        # Arrays of strings, not lists: the garbage collector would look at every string of a list again and again.
        texts = {name: np.array([one or "" for one in next(given)], dtype=object) for name in layout.texts}
        codes = np.array([one.encode() for one in columns[1]] or [b""], dtype=np.bytes_)[:len(listed)]
        return cls(layout, np.array(columns[0], dtype=np.int64), codes, choices, known, numbers, texts)

    def __len__(self) -> int:
        return len(self.ids)

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is worked out from the rows alone, or from the rows and what stands in the key; kept."""
        if key not in self._once:
            if len(self._once) >= KEPT:
                self._once.clear()
            self._once[key] = make()
        return self._once[key]

    # ---- successors

    def with_rows(self, rows: Iterable[Row], gone: Collection[str] = ()) -> "Table":
        """The table with these rows in the place of their former versions, or added; and without the codes that are
        gone."""
        new = Table.of(self.layout, rows, self.words)
        places = np.searchsorted(self.ids, new.ids)
        held = (places < len(self)) & (self.ids[np.minimum(places, len(self) - 1)] == new.ids) if len(self) \
            else np.zeros(len(new), bool)
        lost = np.flatnonzero(np.isin(self.codes, [one.encode() for one in gone])) if gone else np.zeros(0, np.int64)
        if held.all() and not len(lost):
            def column(old: np.ndarray, its: np.ndarray) -> np.ndarray:
                made = old.astype(np.promote_types(old.dtype, its.dtype))
                made[places] = its
                return made
        else:
            kept = np.ones(len(self), bool)
            kept[places[held]] = kept[lost] = False
            order = np.argsort(np.concatenate([self.ids[kept], new.ids]), kind="stable")

            def column(old: np.ndarray, its: np.ndarray) -> np.ndarray:
                return np.concatenate([old[kept], its])[order]
        return Table(self.layout, column(self.ids, new.ids), column(self.codes, new.codes),
                     {name: column(one, new.choices[name]) for name, one in self.choices.items()}, new.words,
                     {name: column(one, new.numbers[name]) for name, one in self.numbers.items()},
                     {name: column(one, new.texts[name]) for name, one in self.texts.items()})

    # ---- questions

    def among(self, name: str, values: Collection[str]) -> np.ndarray:
        """Which rows have one of the values of a choice."""
        key = name, frozenset(values)
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            found = self.where(name, np.array([word in key[1] for word in self.words[name]], dtype=bool))
            found.flags.writeable = False
            self._kept[key] = found
        return self._kept[key]

    def where(self, name: str, allowed: np.ndarray) -> np.ndarray:
        """Which rows have a choice for which `allowed`, a truth for each of its words, says yes."""
        return allowed.take(self.choices[name]) if len(allowed) else np.zeros(len(self), bool)

    def at_least(self, name: str, least: int) -> np.ndarray:
        """Which rows have a number of at least so much; those that are not filled in have none."""
        column = self.numbers[name]
        return (column >= least) & (column != NONE)

    def at_most(self, name: str, most: int) -> np.ndarray:
        """Which rows have a number of at most so much; those that are not filled in have none."""
        return self.numbers[name] <= min(most, NONE - 1)

    def holding(self, names: tuple[str, ...], part: str, rows: np.ndarray) -> np.ndarray:
        """Which of the chosen rows (truths) hold a part in one of their texts or in their code, small and large
        letters alike."""
        wanted, found = part.lower(), np.zeros(len(self), bool)
        if any(mark in wanted for mark in BETWEEN):
            return found
        if np.count_nonzero(rows) <= FEW:
            places = np.flatnonzero(rows).tolist()
            found[[place for place in places if wanted in self._line(names, place)]] = True
            return found
        if names not in self._lines:  # all texts as one: looking through it takes milliseconds, making it more
            lines = [self._line(names, place) for place in range(len(self))]
            self._lines[names] = BETWEEN[0].join(lines), np.cumsum([len(line) + 1 for line in lines])
        text, ends = self._lines[names]
        starts = [one.start() for one in re.finditer(re.escape(wanted), text)]
        found[np.searchsorted(ends, np.array(starts, dtype=np.int64), side="right")] = True
        return found & rows

    def _line(self, names: tuple[str, ...], place: int) -> str:
        return BETWEEN[1].join([*(self.texts[name][place] for name in names), self.codes[place].decode()]).lower()

    def holding_shared(self, owner: str, name: str, part: str) -> np.ndarray:
        """Which rows hold a part in a text that all rows with the same number `owner` share: each is read once."""
        if owner not in self._owners:
            self._owners[owner] = np.unique(self.numbers[owner], return_index=True)
        owners, first = self._owners[owner]
        text, wanted = self.texts[name], part.lower()
        meant = [number for number, place in zip(owners.tolist(), first.tolist(), strict=True)
                 if wanted in text[place].lower()]
        return np.isin(self.numbers[owner], meant) if meant else np.zeros(len(self), bool)

    def coded(self, code: str) -> np.ndarray:
        """Which row has the code: one or none."""
        return self.codes == code.encode()

    def places(self, ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """Where those of the ids stand that are there, in the order in which they are named."""
        wanted = np.asarray(ids, dtype=np.int64)
        if not len(self) or not len(wanted):
            return np.zeros(0, np.int64)
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self) - 1)
        return at[self.ids[at] == wanted]

    def order(self, name: str) -> np.ndarray:
        """All places by a number, the smallest first, ties by id, what is not filled in last; reversed, it is the
        largest first with the newest id first."""
        if name not in self._orders:
            self._orders[name] = np.argsort(self.numbers[name], kind="stable")
        return self._orders[name]

    def counts(self, name: str, places: np.ndarray) -> dict[str, int]:
        """Value of a choice -> how many of the places have it."""
        words = self.words[name]
        found = np.bincount(self.choices[name].take(places), minlength=len(words))
        return {word: n for word, n in zip(words, found.tolist(), strict=True) if n}

    def counts_of(self, names: tuple[str, ...], places: np.ndarray) -> dict[str, dict[str, int]]:
        """`counts` for several choices with few values in one pass: the rows are counted by all of them at once."""
        if names not in self._joint:
            sizes, codes = [max(1, len(self.words[name])) for name in names], np.zeros(len(self), np.int64)
            for name, size in zip(names, sizes, strict=True):
                codes = codes * size + self.choices[name]
            self._joint[names] = codes, sizes
        codes, sizes = self._joint[names]
        cube = np.bincount(codes.take(places), minlength=int(np.prod(sizes))).reshape(sizes)
        found = {}
        for axis, name in enumerate(names):
            each = cube.sum(axis=tuple(other for other in range(len(names)) if other != axis)).tolist()
            found[name] = {word: n for word, n in zip(self.words[name], each, strict=False) if n}
        return found


def _encoded(values: Sequence[str | None], known: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Words as numbers, and the words by number; the first is none at all, new ones come after those known."""
    number: dict[str | None, int] = {word: n for n, word in enumerate(known or ("",))}
    for value in dict.fromkeys(values):
        number.setdefault(value or "", len(number))
    number[None] = number.get("", 0)
    codes = np.array(list(map(number.__getitem__, values)), dtype=np.int32)
    return codes, tuple(word for word in number if word is not None)


class Tally:
    """Counts of a selection's choices, each group's own condition left aside; `together` are counted in one pass."""

    def __init__(self, table: Table, selection: "Selection", together: tuple[str, ...]) -> None:
        self._table, self._selection, self._together = table, selection, together
        self._found: dict[tuple[str, str], dict[str, int]] = {}

    def counts(self, name: str, group: str = "") -> dict[str, int]:
        """Value of a choice -> how many rows have it, the condition of the group (the choice's own) left aside."""
        group = group or name
        key = name, group if group in self._selection.groups else ""
        if key not in self._found:
            places = self._selection.places(key[1])
            if name in self._together and not key[1]:
                for one, counted in self._table.counts_of(self._together, places).items():
                    self._found[one, ""] = counted
            else:
                self._found[key] = self._table.counts(name, places)
        return self._found[key]


class Selection:
    """The rows that meet groups of conditions (truths for every row), and for each group those that meet all the
    others: what its choices are counted from."""

    def __init__(self, size: int, groups: Mapping[str, np.ndarray]) -> None:
        self._size, self.groups = size, groups
        self._kept: dict[str, np.ndarray] = {}
        self._rows: dict[str, np.ndarray] = {}

    def rows(self, without: str = "") -> np.ndarray:
        """Which rows meet all groups, one of them left aside."""
        key = without if without in self.groups else ""
        if key not in self._rows:
            others = [one for name, one in self.groups.items() if name != key]
            self._rows[key] = reduce(np.logical_and, others) if others else np.ones(self._size, bool)
        return self._rows[key]

    def places(self, without: str = "") -> np.ndarray:
        """Where these rows stand, ascending."""
        key = without if without in self.groups else ""
        if key not in self._kept:
            self._kept[key] = np.flatnonzero(self.rows(key))
        return self._kept[key]

    def ordered(self, order: np.ndarray) -> np.ndarray:
        """Where the rows that meet everything stand, in the order of `order` (all places)."""
        return order[self.rows().take(order)]


def walked(order: np.ndarray, masks: Sequence[np.ndarray], low: int, high: int) -> np.ndarray:
    """The places `low` to `high` of what the masks let through, one mask after the other, each in the order (all
    places); without looking at more of the order than is needed."""
    found = []
    for mask in masks:
        total = int(np.count_nonzero(mask))
        if low < total and high > 0:
            found.append(_walked(order, mask, total, max(low, 0), min(high, total)))
        low, high = low - total, high - total
    return np.concatenate(found) if found else order[:0]


def _walked(order: np.ndarray, mask: np.ndarray, total: int, low: int, high: int) -> np.ndarray:
    if low > total - high:  # nearer the end
        return _walked(order[::-1], mask, total, total - high, total - low)[::-1]
    found, seen = [], 0
    for start in range(0, len(order), STEP):
        part = order[start:start + STEP]
        part = part[mask.take(part)]
        found.append(part[max(0, low - seen):max(0, high - seen)])
        seen += len(part)
        if seen >= high:
            break
    return np.concatenate(found) if found else order[:0]
