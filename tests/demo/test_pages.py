"""Every page that a link leads to, as every role, on the demonstration: it answers, parses, and speaks Chinese."""

import re
from urllib.parse import urlsplit

import html5lib
import pytest

from matchplatform.demo.cast import PASSWORD

WHO = [None, "xiaochang", "xiaochang-xiang", "shequ", "xiaogan", "province", "sysadmin", "secadmin", "auditor"]
MOST = 110  # pages a role; each shape of URL is visited a few times

# Latin words; abbreviations in capitals (ICP, LOGO) are read by everybody.
FOREIGN = re.compile(r"[A-Za-z]*[a-z][A-Za-z]*")
EXPECTED = {"Excel", "Word", "hbsqjjh", "chen", "https"}  # an example of an account name and of an address


def shape(path: str) -> str:
    """The URL with its numbers and codes left out: one record's page is like the other's."""
    parts = urlsplit(path)
    keys = ",".join(sorted(set(re.findall(r"(\w+)=", parts.query))))
    return re.sub(r"[A-Z]{2}[\d-]+|\d+", "#", parts.path) + "?" + keys


def text_of(tree) -> str:
    """What a person reads, without scripts."""
    parts = []

    def walk(node):
        if not isinstance(node.tag, str) or node.tag.rpartition("}")[2] in ("script", "template", "svg", "style"):
            parts.append(node.tail or "")
            return
        parts.append(node.text or "")
        for child in node:
            walk(child)
        parts.append(node.tail or "")

    walk(tree)
    return " ".join(parts)


@pytest.mark.parametrize("username", WHO)
def test_every_linked_page(demo, username):
    client = demo.test_client()
    if username:
        client.post("/sign-in", data={"username": username, "password": PASSWORD})
    waiting, seen, shapes, faults, visited = ["/", "/mine"] if username else ["/"], set(), {}, [], 0
    while waiting and visited < MOST:
        path = waiting.pop(0)
        answer = client.get(path)
        visited += 1
        if answer.status_code in (301, 302, 303):
            target = answer.headers["Location"]
            if target not in seen:
                seen.add(target)
                waiting.append(target)
            continue
        if answer.status_code != 200:
            faults.append(f"{path}: {answer.status_code}")
            continue
        if answer.mimetype != "text/html":
            answer.close()
            continue
        page = answer.get_data(as_text=True)
        try:
            # html5lib is older than <template>, whose rows stand in no table
            tree = html5lib.HTMLParser(strict=True).parse(re.sub(r"<template>.*?</template>", "", page, flags=re.S))
        except html5lib.html5parser.ParseError as error:
            faults.append(f"{path}: {error}")
            continue
        words = set(FOREIGN.findall(re.sub(r"[A-Za-z0-9]*\d[A-Za-z0-9]*|[a-z]+@\S+|\.(?:png|pdf|xlsx)\b", " ",
                                         text_of(tree))))  # a file is called what its sender called it
        strange = {w for w in words - EXPECTED if len(w) > 2 and w.lower() not in ACCOUNTS}
        if strange and "/audit" not in path and "/users" not in path:
            faults.append(f"{path}: {sorted(strange)}")
        for href in re.findall(r'href="([^"]+)"', page):
            href = href.replace("&amp;", "&").partition("#")[0]
            if not href.startswith("/") or href.startswith("/static") or href in seen:
                continue
            seen.add(href)
            kind = shape(href)
            shapes[kind] = shapes.get(kind, 0) + 1
            if shapes[kind] <= 2:
                waiting.append(href)
    assert faults == []
    assert visited >= 8


ACCOUNTS = {"shequ", "xiaochang", "xiaogan", "province", "sysadmin", "secadmin", "auditor", "org"}
