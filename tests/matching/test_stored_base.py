"""All processes share one base of a library, whatever happens to it or to whoever builds it."""

import contextlib
import os
import signal
import threading

import pytest

from matchplatform.extensions import db
from matchplatform.matching import corpus, library
from matchplatform.matching.store import SegmentStore
from tests.matching.acts import WORDS, assert_as_the_database_has_it, both, identities, publish
from tests.matching.memory_index import ENGINE
from tests.matching.reader import Reader


@pytest.fixture
def url(app):
    return app.config["SQLALCHEMY_DATABASE_URI"]


def ask(reader, question):
    db.session.commit()
    return reader.ask(question)


def test_a_new_base_is_taken_over_by_every_process(people, followed, url, monkeypatch):
    publish(people, "need", WORDS[0], 3)
    publish(people, "offering", WORDS[0], 3)
    reader = Reader(url, simple=corpus.engine("needs") is ENGINE,
                    MATCH_INDEX_FOLDER=followed.config["MATCH_INDEX_FOLDER"])
    with contextlib.closing(reader):
        assert [base for base, _ in ask(reader, "base")] == [None, None]
        monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "at_once")
        both()
        first = identities()
        assert None not in first
        assert ask(reader, "base") == tuple((one, {}) for one in first)
        last = publish(people, "need", WORDS[1], 8)
        assert sorted(ask(reader, "夏秋茶")[0]) == list(range(last.id - 7, last.id + 1))
        assert len(ask(reader, "base")[0][1]) == 8
        last = publish(people, "need", WORDS[1])
        corpus._not_before.clear()
        corpus.needs()
        second = identities()
        assert second[0] != first[0]
        assert second[1] == first[1]
        assert ask(reader, "base") == tuple((one, {}) for one in second)
        assert last.id in ask(reader, "夏秋茶")[0]
        assert_as_the_database_has_it()
    corpus.forget()
    assert identities() == second


def test_a_killed_builder_leaves_the_old_base_valid(people, followed, monkeypatch):
    publish(people, "need", WORDS[0], 3)
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "at_once")
    corpus.needs()
    before = corpus.needs().base.identity
    publish(people, "need", WORDS[1], 9)
    child = os.fork()
    if child == 0:
        db.engine.dispose(close=False)
        SegmentStore._reached = lambda self, stage: stage == "verified" and os.kill(os.getpid(), signal.SIGKILL)
        corpus._not_before.clear()
        with contextlib.suppress(BaseException):
            corpus.needs()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    corpus.forget()
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "background")  # outside of requests: never
    assert corpus.needs().base.identity == before
    assert len(corpus.needs().changed) == 9
    assert_as_the_database_has_it()
    assert corpus.damaged() == []
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "at_once")
    both()
    after = identities()
    assert None not in after
    assert after[0] != before
    assert sum(one.suffix == ".segment" for one in corpus._store((url_of(), "needs")).folder.iterdir()) == 2


def url_of():
    return str(db.engine.url)


@pytest.mark.parametrize("damage", ["cut off", "of another history", "of another recipe"])
def test_a_stored_base_that_is_of_no_use_is_replaced(people, followed, monkeypatch, caplog, damage):
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "at_once")
    publish(people, "need", WORDS[0], 3)
    corpus.needs()
    before, store = corpus.needs().base, corpus._store((url_of(), "needs"))
    if damage == "cut off":
        path, = store.folder.glob("needs.*.segment")
        path.write_bytes(path.read_bytes()[:-64])
    else:
        arrays, meta = library.stored(before, corpus.engine("needs"))
        meta |= {"mark": [before.mark[0], "f" * 64]} if damage == "of another history" else {"recipe": "another"}
        store.write(arrays, meta)
    bad = store.identity()
    corpus.forget()
    opened = []
    monkeypatch.setattr(SegmentStore, "open", lambda self, really=SegmentStore.open: opened.append(1) or really(self))
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "never")
    for _ in range(3):
        assert corpus.needs().base.identity is None
        assert_as_the_database_has_it()
    assert len(opened) == 1
    assert "is not used" in caplog.text or "does not lead" in caplog.text
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "at_once")
    corpus.needs()
    assert corpus.needs().base.identity not in (None, bad)
    assert corpus.damaged() == []


def test_where_the_folder_cannot_be_written_the_index_stays_in_memory(people, followed, monkeypatch, caplog, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setitem(followed.config, "MATCH_INDEX_FOLDER", str(tmp_path / "file"))
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "at_once")
    publish(people, "need", WORDS[0], 3)
    for _ in range(3):
        corpus.needs()
    assert caplog.text.count("the needs index stays in each process's memory") == 1
    publish(people, "need", WORDS[1], 9)
    corpus._not_before.clear()
    corpus.needs()
    publish(people, "need", WORDS[2])
    assert len(corpus.needs().changed) == 1   # a new base all the same
    assert_as_the_database_has_it()


def test_without_a_folder_the_base_is_renewed_in_memory(people, followed, monkeypatch):
    monkeypatch.setitem(followed.config, "MATCH_INDEX_FOLDER", "")
    for mode in ("at_once", "never"):
        monkeypatch.setitem(followed.config, "MATCH_COMPACTION", mode)
        corpus.forget()
        corpus.needs()
        publish(people, "need", WORDS[1], 9 + len(corpus.needs().base.records))
        corpus.needs()
        assert dict(corpus.needs().changed) == {}
        assert_as_the_database_has_it()


def test_the_background_builds_with_a_session_of_its_own(people, followed, as_visitor, monkeypatch):
    publish(people, "need", WORDS[0], 3)
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "background")
    assert as_visitor.get("/healthz").status_code == 200
    for thread in threading.enumerate():
        if thread.name.endswith(" index"):
            thread.join(30)
    assert corpus._building == set()
    monkeypatch.setitem(followed.config, "MATCH_COMPACTION", "never")
    assert None not in identities()
    assert_as_the_database_has_it()


def test_two_databases_never_share_a_folder(followed):
    ours = corpus._store((url_of(), "needs")).folder
    assert ours.parent == (ours.parent.parent / "index")
    names = {corpus.folder_name(db.engine.url), *(corpus.folder_name(db.engine.url.set(**other)) for other in (
        {"database": "/elsewhere/test.db"}, {"host": "other"}, {"username": "other"}))}
    assert len(names) == 4
    assert corpus.folder_name(db.engine.url.set(password="secret")) == ours.name


# ---- the command

def test_the_command_saves_checks_and_says_what_it_cannot_do(people, followed, monkeypatch, tmp_path):
    runner = followed.test_cli_runner()
    publish(people, "need", WORDS[0], 3)
    saved = runner.invoke(args=["match", "index"])
    assert (saved.exit_code, saved.output) == (0, "已保存需求项目库、供给项目库的索引。\n")
    assert None not in identities()
    assert runner.invoke(args=["match", "index", "--check"]).output == "已保存的索引完好。\n"
    path, = (tmp_path / "index").rglob("needs.*.segment")
    path.write_bytes(path.read_bytes()[:-64])
    checked = runner.invoke(args=["match", "index", "--check"])
    assert checked.exit_code == 1
    assert "需求项目库的索引已损坏" in checked.output
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setitem(followed.config, "MATCH_INDEX_FOLDER", str(tmp_path / "file"))
    refused = runner.invoke(args=["match", "index"])
    assert refused.exit_code == 1
    assert "写不了" in refused.output
    monkeypatch.setitem(followed.config, "MATCH_INDEX_FOLDER", "")
    assert "没有保存" in runner.invoke(args=["match", "index"]).output
