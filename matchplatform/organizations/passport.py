"""The eligibility passport: every rule with its verdict, and since when it has stood like that. Pure.

Since when is read from the record's versions and from the days that its own facts name: a rating that runs out changes
the verdict without anybody touching the record.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from matchplatform.core import clock
from matchplatform.core.rules import Check
from matchplatform.organizations import rules

_DAYS = ("rating_ends_on", "penalty_until", "founded_on")
_EMPTY: dict[str, Any] = {
    "registration_level": "province", "rating": "", "full_time_staff": 0, "report_year": None,
    "report_result": "missing", "is_abnormal": False, "is_dishonest": False, "rating_ends_on": None,
    "penalty_until": None, "founded_on": None}
YEARS = 3  # of the rule about age


@dataclass(frozen=True)
class Version:
    """A record as it stood from a moment on: its state and its fields as plain values (days as 2026-11-26)."""

    at: dt.datetime
    status: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """One rule as it is, and since when it has been so; None: for as long as there are records."""

    check: Check
    since: dt.datetime | None


def facts(version: Version) -> SimpleNamespace:
    """What the rules read, as it stood then; a field that the version does not know is empty."""
    found = {name: version.values.get(name, empty) for name, empty in _EMPTY.items()}
    for name in _DAYS:
        found[name] = dt.date.fromisoformat(found[name]) if found[name] else None
    return SimpleNamespace(status=version.status, **found)


def turning_days(one: Any) -> list[dt.date]:
    """The days on which a verdict may change by itself."""
    days = [day + dt.timedelta(days=1) for day in (one.rating_ends_on, one.penalty_until) if day is not None]
    ready = rules.after_years(one.founded_on, YEARS)
    return sorted([*days, ready] if ready is not None else days)


def moments(versions: Sequence[Version], now: dt.datetime) -> list[tuple[dt.datetime, SimpleNamespace]]:
    """Every moment at which a verdict may have changed, up to now, with the facts as they were from then on."""
    found = []
    for n, version in enumerate(versions):
        stood, ends = facts(version), versions[n + 1].at if n + 1 < len(versions) else now
        found.append((version.at, stood))
        for day in turning_days(stood):
            began = clock.start_of_day(day)
            if version.at < began < ends:
                found.append((began, stood))
    return found


def standings(present: Sequence[Check], versions: Sequence[Version], campaign: Any, now: dt.datetime,
              needs_province: bool) -> list[Standing]:
    """Each rule of today with the moment since when its verdict has been the same.

    The versions are the oldest first. A rule that an earlier moment did not ask (another campaign) is asked of it by
    today's campaign: nobody wrote down which presets were on.
    """
    passed: dict[str, list[tuple[dt.datetime, bool]]] = {}
    for at, stood in moments(versions, now):
        for check in rules.registry_checks(stood, campaign, clock.local(at).date(), needs_province):
            passed.setdefault(check.key, []).append((at, check.allowed))
    return [Standing(one, _since(passed.get(one.key, []), one.allowed)) for one in present]


def _since(history: Sequence[tuple[dt.datetime, bool]], allowed: bool) -> dt.datetime | None:
    since = None
    for at, was in reversed(history):
        if was != allowed:
            return since
        since = at
    return None
