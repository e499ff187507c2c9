"""A record's history for its page: versions with what each changed, two compared, one as it stood at a moment."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from matchplatform.catalog.queries import category, place
from matchplatform.core import clock
from matchplatform.revisions import queries
from matchplatform.revisions.differences import Difference, Field, Names, Values, differences, shown
from matchplatform.revisions.models import Revision


def spoken() -> Names:
    """Places and categories as they are called now."""
    return Names(place, lambda code: found.name if (found := category(code)) is not None else code)


@dataclass(frozen=True)
class Asked:
    """What the URL asks of the page: `a` and `b` are version numbers to compare, `v` one to read, `at` a date as
    people write it."""

    a: int = 0
    b: int = 0
    v: int = 0
    at: str = ""


@dataclass(frozen=True)
class Step:
    """A version and what it changed in the one before that the reader may see; `changes` None for the first."""

    revision: Revision
    changes: list[Difference] | None


@dataclass(frozen=True)
class Standing:
    """The record at a moment: the version and every field as read; no version where nothing was to be seen."""

    moment: dt.datetime
    revision: Revision | None
    rows: list[tuple[Field, str]]


@dataclass(frozen=True)
class Chronicle:
    """Everything that the page shows; `fault` says what was wrong with the date."""

    steps: list[Step]
    compared: tuple[Revision, Revision, list[Difference]] | None
    standing: Standing | None
    fault: str


def chronicle(kind: str, code: str, fields: Sequence[Field], names: Names, asked: Asked,
              states: Collection[str] | None) -> Chronicle:
    """The history as somebody may read it: only versions that stood in one of `states` (None: all of them)."""
    visible = queries.versions(kind, code, states)
    known = {one.number: one for one in visible}
    compared, standing, fault = None, None, ""
    if asked.a in known and asked.b in known and asked.a != asked.b:
        old, new = known[min(asked.a, asked.b)], known[max(asked.a, asked.b)]
        compared = (old, new, differences(fields, old.values, new.values, names))
    if asked.v in known:
        standing = _standing(known[asked.v].at, known[asked.v], fields, names)
    elif asked.at:
        try:
            moment = clock.parse_moment(asked.at, default_time=dt.time(23, 59))
        except ValueError as error:
            fault = f"日期没有看懂。{error}。"
        else:
            # The minute that was asked for counts whole; what was not to be seen then is not to be seen now.
            stood = queries.as_of(kind, code, moment + dt.timedelta(seconds=59))
            standing = _standing(moment, known.get(stood.number) if stood else None, fields, names)
    return Chronicle(_steps(visible, fields, names), compared, standing, fault)


def _steps(visible: Sequence[Revision], fields: Sequence[Field], names: Names) -> list[Step]:
    """The newest first."""
    rows = [Step(one, None if i == 0 else differences(fields, visible[i - 1].values, one.values, names))
            for i, one in enumerate(visible)]
    return rows[::-1]


def _standing(moment: dt.datetime, stood: Revision | None, fields: Sequence[Field], names: Names) -> Standing:
    if stood is None:
        return Standing(moment, None, [])
    values = stood.values
    return Standing(moment, stood, [(one, shown(one, values.get(one.name), names)) for one in fields])


def public_steps(kind: str, code: str, fields: Sequence[Field], names: Names, states: Collection[str],
                 is_open: Callable[[Values], bool] = lambda values: True) -> list[Step]:
    """What the public may know was changed since the release, the newest first; only what stands on the public page
    and only between versions that were released and, by `is_open`, shown to this reader."""
    visible = [one for one in queries.versions(kind, code, states) if is_open(one.values)]
    told = [one for one in fields if one.is_public]
    return [step for step in _steps(visible, told, names) if step.changes]


def between(kind: str, code: str, first: int, fields: Sequence[Field], names: Names) -> list[Difference]:
    """What differs between a version and the newest."""
    rows, first = queries.versions(kind, code), max(first, 1)  # 0: before its history began, as in the first version
    before = next((one for one in rows if one.number == first), None)
    return differences(fields, before.values, rows[-1].values, names) if before is not None else []
