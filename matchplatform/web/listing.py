"""Lists keep their whole state in the URL: filters, sort and page are read from it into a frozen dataclass."""

import dataclasses
import types
import typing
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

T = TypeVar("T")
MAX_TEXT = 100


def read_arguments(kind: type[T], arguments: "MultiDict[str, str]") -> T:
    """Fill a filter dataclass from query arguments.

    tuple[str, …] takes every value of a repeated argument, int and bool are parsed, str is trimmed and cut at 100
    characters. What cannot be understood is left at its default: a mangled bookmark shows the plain list, no error.
    """
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for one in dataclasses.fields(kind):  # type: ignore[arg-type]
        if one.name not in arguments:
            continue
        hint = hints[one.name]
        if typing.get_origin(hint) in (types.UnionType, typing.Union):
            hint = next(a for a in typing.get_args(hint) if a is not type(None))
        if typing.get_origin(hint) is tuple:
            listed = [v.replace("\x00", "").strip()[:MAX_TEXT] for v in arguments.getlist(one.name)]
            values[one.name] = tuple(dict.fromkeys(v for v in listed if v))[:50]
        elif hint is bool:
            values[one.name] = arguments[one.name] in ("1", "true", "on")
        elif hint is int:
            text = arguments[one.name].strip()
            if text.isascii() and text.isdigit() and len(text) <= 9:
                values[one.name] = int(text)
        else:
            values[one.name] = arguments[one.name].replace("\x00", "").strip()[:MAX_TEXT]
    return kind(**values)


def written(wanted: Any) -> dict[str, list[str]]:
    """A filter as the query arguments that read it again; the page, and what is as it would be anyway, are left out."""
    plain = type(wanted)(q=wanted.q)
    values = {}
    for one in dataclasses.fields(wanted):
        value = getattr(wanted, one.name)
        if one.name != "page" and value and (one.name == "q" or value != getattr(plain, one.name)):
            values[one.name] = list(value) if isinstance(value, tuple) else ["1" if value is True else str(value)]
    return values
