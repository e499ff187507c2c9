"""The libraries follow the database act by act."""

import contextlib
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchplatform.audit.operations import record
from matchplatform.catalog import operations as catalog
from matchplatform.catalog.queries import category
from matchplatform.core.errors import Refusal
from matchplatform.database import writing
from matchplatform.extensions import db
from matchplatform.matching import corpus, library
from matchplatform.matching.queries import search_needs, search_offerings
from matchplatform.needs import operations as needs
from matchplatform.offerings import operations as offerings
from matchplatform.organizations import operations as organizations
from tests import factories
from tests.matching.acts import WORDS, assert_as_the_database_has_it, both, publish
from tests.web.pages import statements


def test_an_act_puts_its_record_into_the_fresh_part_and_touches_no_other(people, followed):
    publish(people, "need", WORDS[0], 3)
    publish(people, "offering", WORDS[0], 3)
    first = both()
    need = publish(people, "need", WORDS[1])
    second = both()
    assert second[0].base is first[0].base
    assert set(second[0].changed) == {need.id}
    assert second[1].index is first[1].index
    needs.act(people.county_officer, need, "close", "已经办好")
    db.session.commit()
    closed = corpus.needs()  # it stays in the library, under another state
    assert closed.base is first[0].base
    assert set(closed.changed) == {need.id}
    assert closed.digest_of(need.id) != second[0].digest_of(need.id)
    assert str(need.id) in closed.index.ids
    assert corpus.needs().index is closed.index
    needs.act(people.county_officer, need, "withdraw", "不办了")
    db.session.commit()
    assert corpus.needs().index is not closed.index
    assert str(need.id) not in corpus.needs().index.ids
    assert_as_the_database_has_it()


def test_the_number_of_statements_does_not_grow_with_library_or_acts(people, followed, as_visitor, monkeypatch):
    monkeypatch.setattr(library, "LEAST_FRESH", 1_000)

    def counted(count):
        publish(people, "need", WORDS[2], count)
        as_visitor.get("/healthz")
        publish(people, "need", WORDS[3], count)
        publish(people, "offering", WORDS[3], count)
        return [statements(lambda: as_visitor.get("/healthz")) for _ in range(2)]

    few = counted(2)
    assert counted(30) == few
    assert few[0] - few[1] <= 2 + 4 + 2  # acts since, both sides' texts in two statements each, the catalogue


ACTS = st.tuples(st.sampled_from((
    "new need", "new offering", "close", "reopen", "withdraw need", "pause", "resume", "withdraw", "reinstate",
    "publish", "edit", "areas", "suspend", "reinstate organization", "roll back", "ask")),
    st.integers(0, 5), st.sampled_from(WORDS))


def _carry_out(people, kept, what, number, text):
    ours = kept["offering"][number % len(kept["offering"])]
    need = kept["need"][number % len(kept["need"])]
    officer, member = people.county_officer, people.organization_member
    if what == "new need":
        kept["need"].append(publish(people, "need", text))
    elif what == "new offering":
        kept["offering"].append(publish(people, "offering", text))
    elif what in ("close", "reopen", "withdraw need"):
        needs.act(officer, need, what.split()[0], "有变化")
    elif what in ("pause", "resume", "withdraw", "reinstate", "publish"):
        offerings.act(member, ours, what, "有变化")
    elif what in ("edit", "areas"):
        offerings.edit_offering(member, ours, {"title": text} if what == "edit" else
                                {"area_codes": ["420921", "422801"][:1 + number % 2]})
    elif what in ("suspend", "reinstate organization"):
        organizations.act(people.province_officer, factories.first_organization(), what.split()[0], "有变化")
    elif what == "roll back":
        offerings.edit_offering(member, ours, {"body": f"反悔的{text}"})
        both()
        db.session.rollback()
    else:
        both()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(ACTS, min_size=1, max_size=8))
def test_any_sequence_of_acts_gives_the_answers_of_a_fresh_build(people, followed, sequence):
    with contextlib.suppress(Refusal):  # the example before may have ended with a suspension
        organizations.act(people.province_officer, factories.first_organization(), "reinstate", "查清了")
    kept = {kind: [publish(people, kind, text) for text in WORDS[:2]] for kind in ("need", "offering")}
    for act in sequence:
        try:
            _carry_out(people, kept, *act)
            db.session.commit()
        except Refusal:
            db.session.rollback()
    assert_as_the_database_has_it()
    db.session.commit()


def test_what_is_not_committed_is_seen_by_its_own_transaction_only(people, followed):
    need = publish(people, "need", WORDS[0])
    shared = corpus.needs()
    needs.act(people.county_officer, need, "withdraw", "不办了")
    assert search_needs("食堂") == []
    assert corpus.needs() is corpus.needs()
    assert list(corpus._kept.values()) == [shared]
    db.session.rollback()
    assert search_needs("食堂") == [need.id]
    assert corpus.needs() is shared


def test_a_fresh_process_in_the_middle_of_a_change_keeps_nothing_of_it(people, followed):
    need = publish(people, "need", WORDS[0])
    corpus.forget()
    offering = factories.make_offering(factories.first_organization(), title=WORDS[0])
    assert search_offerings("食堂") == [offering.id]
    db.session.rollback()
    assert corpus._kept == {}
    assert search_offerings("食堂") == []
    assert search_needs("食堂") == [need.id]


def test_a_request_in_an_older_snapshot_does_not_turn_the_library_back(people, followed, monkeypatch):
    publish(people, "need", WORDS[0])
    older = corpus.newest_mark(corpus.KINDS)
    publish(people, "need", WORDS[1])
    newer = corpus.needs()
    monkeypatch.setattr(corpus, "newest_mark", lambda kinds: older)
    assert corpus.needs() is newer
    monkeypatch.setattr(corpus, "SNAPSHOT", 0)   # it lasts: the database was brought back from a copy
    assert corpus.needs().mark == older


def test_threads_get_at_least_what_was_committed_before_they_asked(people, followed):
    publish(people, "need", WORDS[0])
    assert corpus.needs().index.size == 1
    committed, faults, ended = [corpus.newest_mark(corpus.KINDS)[0]], [], threading.Event()
    db.session.commit()

    def ask():
        writing.set(False)
        while not ended.is_set():
            with followed.test_request_context("/"):
                at_least = committed[0]
                found = corpus.needs()
                if found.mark[0] < at_least or found.index.size != 1 + len(found.changed):
                    faults.append((found.mark, at_least, found.index.size, len(found.changed)))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for one in threads:
        one.start()
    for _ in range(8):
        publish(people, "need", WORDS[1])
        committed[0] = corpus.newest_mark(corpus.KINDS)[0]
        db.session.commit()
    ended.set()
    for one in threads:
        one.join(30)
    assert faults == []
    assert len(corpus.needs().changed) == 8


@pytest.mark.parametrize("change", ["category", "words", "unknown need", "too many"])
def test_what_cannot_be_followed_is_built_anew(people, followed, monkeypatch, change):
    publish(people, "offering", WORDS[0], 3)
    before = corpus.offerings()
    if change == "category":
        catalog.rename_category(people.province_officer, category("elderly_care"), "银发服务")
    elif change == "words":
        record(people.province_officer, "add_words", "增加同义词", "lexicon", object_id=1)
    elif change == "unknown need":
        record(people.county_officer, "publish", "发布", "offering", object_id="GJ0000-0000")
    else:
        monkeypatch.setattr(library, "LEAST_FOLLOWED", 1)
        publish(people, "offering", WORDS[1], 2)
    db.session.commit()
    after = corpus.offerings()
    assert after.base is not before.base
    assert dict(after.changed) == {}
    assert_as_the_database_has_it()
    assert {one.document.category for one in corpus._SIDES["offerings"].all()} == {
        "银发服务" if change == "category" else "养老服务"}


def test_the_lines_of_a_need_are_found_and_read_in_one_statement(people, followed):
    need = factories.make_need(status="submitted", township_code=factories.TOWNSHIP)
    need.lines[0].item = "电子琴"
    needs.act(people.second_county_officer, need, "publish")
    plain = publish(people, "need", WORDS[0])
    db.session.commit()
    assert search_needs("电子琴") == [need.id]
    assert [one.document for one in corpus._SIDES["needs"].all()] == [corpus.need_document(one)
                                                                      for one in (need, plain)]
    offering = publish(people, "offering", WORDS[0])
    assert [one.document for one in corpus._SIDES["offerings"].all()] == [corpus.offering_document(offering)]
