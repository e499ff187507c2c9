"""The feeds are Atom, their addresses absolute, and a reader that has one already gets no second copy."""

import datetime as dt
from xml.etree import ElementTree

import pytest

from matchplatform.core.clock import now, today
from matchplatform.extensions import db
from matchplatform.publications.feed import ATOM
from tests import factories

A = f"{{{ATOM}}}"


def given(**values):
    """A document that every request sees."""
    made = factories.make_publication(**values)
    db.session.commit()
    return made


def entries(answer):
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    return ElementTree.fromstring(answer.data)


def test_a_feed_says_what_the_standard_wants(as_visitor, people):
    document = given(title="<办法> & “通知”（演示）")
    given(status="draft")
    given(released_at=now() + dt.timedelta(days=1))
    tree = entries(as_visitor.get("/publications/feed", base_url="https://pt.hubei.example/xiangcun/"))
    for name in ("id", "title", "updated", "author"):
        assert tree.find(f"{A}{name}") is not None
    own = {one.get("rel"): one.get("href") for one in tree.findall(f"{A}link")}
    assert own == {"self": "https://pt.hubei.example/xiangcun/publications/feed",
                   "alternate": "https://pt.hubei.example/xiangcun/publications"}
    entry, = tree.findall(f"{A}entry")
    assert entry.find(f"{A}title").text == document.title
    assert entry.find(f"{A}link").get("href") == f"https://pt.hubei.example/xiangcun/publications/{document.code}"
    assert entry.find(f"{A}id").text.startswith("urn:uuid:")
    for name in ("published", "updated"):
        assert dt.datetime.fromisoformat(entry.find(f"{A}{name}").text).tzinfo is not None
    assert tree.find(f"{A}updated").text == entry.find(f"{A}updated").text


def test_names_stay_when_the_address_changes(as_visitor, people):
    given()
    ids = {tuple(one.text for one in entries(as_visitor.get("/publications/feed", base_url=base)).iter(f"{A}id"))
           for base in ("https://a.example/", "https://b.example/sub/")}
    assert len(ids) == 1
    assert len(set(ids.pop())) == 2


def test_each_channel_has_its_own(as_visitor, people):
    plan = given(channel="plan", title="规划一份（演示）")
    given(channel="case")
    tree = entries(as_visitor.get("/publications/feed/plan"))
    assert [one.text for one in tree.iter(f"{A}title")][1:] == [plan.title]
    assert as_visitor.get("/publications/feed/gossip").status_code == 404
    assert entries(as_visitor.get("/publications/feed/notice")).findall(f"{A}entry") == []


@pytest.mark.parametrize("path", ["/publications/feed", "/publications/feed/policy"])
def test_who_has_it_already_is_told_so(as_visitor, people, path):
    given()
    db.session.commit()
    first = as_visitor.get(path)
    mark = first.headers["ETag"]
    again = as_visitor.get(path, headers={"If-None-Match": mark})
    assert (again.status_code, again.data) == (304, b"")
    assert as_visitor.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    given()
    db.session.commit()
    assert as_visitor.get(path, headers={"If-None-Match": mark}).status_code == 200


def test_a_new_version_and_an_abolition_are_news(as_visitor, people):
    first = given(title="旧的（演示）", released_at=now() - dt.timedelta(hours=20))
    given(title="别的（演示）", released_at=now() - dt.timedelta(hours=10))
    first.superseded_at = now() - dt.timedelta(hours=1)
    db.session.commit()
    titles = [one.text for one in entries(as_visitor.get("/publications/feed")).iter(f"{A}title")][1:]
    assert titles == ["旧的（演示）（已修订）", "别的（演示）"]
    given(title="废了的（演示）", status="abolished", issued_on=today())
    db.session.commit()
    titles = [one.text for one in entries(as_visitor.get("/publications/feed")).iter(f"{A}title")][1:]
    assert titles[0] == "废了的（演示）（已废止）"
