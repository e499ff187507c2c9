"""Reading answers as strictly as a browser should not have to."""

import re
from unittest import mock

import html5lib

from matchplatform.extensions import db
from matchplatform.web.navigation import badges

_H = "{http://www.w3.org/1999/xhtml}"


def parsed(answer, status=200):
    """The tree of a page; every fault of the HTML fails, and so does anything that the CSP would block."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, re.sub(r"<[^>]+>", " ", text)[:600]
    # html5lib is older than <template>, whose rows stand in no table
    tree = html5lib.HTMLParser(strict=True).parse(re.sub(r"<template>.*?</template>", "", text, flags=re.S))
    seen = set()
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert "style" not in element.attrib, element.attrib
        assert not [name for name in element.attrib if name.startswith("on")], element.attrib
        if element.tag == f"{_H}script" and "src" not in element.attrib:
            assert element.get("type") == "application/json"
        number = element.get("id")
        assert number is None or number not in seen, f"id {number} stands twice"
        seen.add(number)
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            for one in (element.get(name) or "").split():
                assert f'id="{one}"' in text, f"{name} names {one}, which is not there"
    assert tree.find(f".//{_H}title").text.strip()
    return tree


def words(answer):
    """The page as people read it."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def links(tree):
    """Every address that the page names."""
    return [element.get(name) for element in tree.iter() for name in ("href", "src", "action", "formaction")
            if isinstance(element.tag, str) and element.get(name)]


def statements(work):
    """How many SQL statements the work takes, the menu's badges left out: they are counted when something happened, not
    with every page."""
    seen = []
    listen = lambda *args: seen.append(args[2])  # noqa: E731
    db.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        with mock.patch.dict(badges, {name: lambda actor: 0 for name in badges}):
            work()
    finally:
        db.event.remove(db.engine, "before_cursor_execute", listen)
    return len(seen)
