"""What templates may call: numbers, dates and URLs in the one form of the house."""

import datetime as dt
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request, url_for
from markupsafe import Markup

from matchplatform.core import clock, money, phone

WEEKDAYS = "一二三四五六日"


def _as_date(value: dt.date | dt.datetime) -> dt.date:
    return clock.local(value).date() if isinstance(value, dt.datetime) else value


def day(value: dt.date | dt.datetime | None) -> str:
    """2025年11月24日."""
    if value is None:
        return "待填"
    date = _as_date(value)
    return f"{date.year}年{date.month}月{date.day}日"


def short_day(value: dt.date | dt.datetime | None) -> str:
    """11-24, with the year in front when it is another year."""
    if value is None:
        return "—"
    date = _as_date(value)
    return f"{date:%m-%d}" if date.year == clock.today().year else f"{date:%Y-%m-%d}"


def moment(value: dt.datetime | None) -> str:
    """11-24 14:05, with the year in front when it is another year."""
    if value is None:
        return "—"
    local = clock.local(value)
    return f"{local:%m-%d %H:%M}" if local.year == clock.today().year else f"{local:%Y-%m-%d %H:%M}"


def weekday(value: dt.date) -> str:
    """星期二."""
    return f"星期{WEEKDAYS[value.weekday()]}"


def days_left(value: dt.date | dt.datetime | None) -> int | None:
    """Whole Shanghai days from today; 0 is today, negative is past."""
    return None if value is None else (_as_date(value) - clock.today()).days


def url_with(**changes: Any) -> str:
    """The present page with some query arguments changed (None removes); the page number starts anew."""
    asked = {key: values for key, values in request.args.to_dict(flat=False).items()
             if not key.startswith("_") and key != "endpoint"}  # url_for's own words: ?_scheme=… is not a filter
    arguments: dict[str, Any] = {**asked, **(request.view_args or {})}
    if "page" not in changes:
        arguments.pop("page", None)
    for key, value in changes.items():
        if value is None:
            arguments.pop(key, None)
        else:
            arguments[key] = value
    return url_for(request.endpoint or "portal.home", **arguments)


def url_without(key: str, value: str) -> str:
    """The present page with one value of a repeated argument removed."""
    rest = [v for v in request.args.getlist(key) if v != value]
    return url_with(**{key: rest or None})


@lru_cache(maxsize=256)
def _fingerprint(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def static_version(folder: str, filename: str) -> str | None:
    """What the file's address carries, so that browsers may keep it until it changes."""
    path = Path(folder) / filename
    try:
        return _fingerprint(path, path.stat().st_mtime_ns)
    except OSError:
        return None


def init_jinja(app: Flask) -> None:
    """Register filters and globals."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        wan=money.in_wan, yuan=money.in_yuan, day=day, short_day=short_day, moment=moment, weekday=weekday,
        days_left=days_left, phone_masked=phone.masked, count=lambda n: f"{n or 0:,}",
        lines=lambda text: Markup("<br>").join((text or "").split("\n")))
    app.jinja_env.globals.update(today=clock.today, now=clock.now, url_with=url_with, url_without=url_without)

    @app.context_processor
    def site() -> dict[str, Any]:
        return {"site": current_app.config["SITE"]}

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values and app.static_folder:
            values.setdefault("v", static_version(app.static_folder, values["filename"]))
