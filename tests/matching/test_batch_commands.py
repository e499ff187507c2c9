"""`match all` and `match rank --resume`: batches from the shell, and what ends them."""

import io
import json
import signal
import subprocess
import sys
from itertools import groupby

import numpy as np
import pytest
from click.testing import CliRunner

from matchplatform.cli import match  # with the commands that are added there
from matchplatform.extensions import db
from matchplatform.matching import batch, batch_commands, corpus, meaning, ranking
from matchplatform.matching.vectors import Vectors
from tests import factories
from tests.matching import acts
from tests.matching.test_batch import QUESTIONS, blocks, texts


@pytest.fixture
def database(app, people):
    for kind in ("need", "offering"):
        for n, text in enumerate(acts.WORDS):
            acts.publish(people, kind, text, 1 + n % 2)
    factories.make_need(status="draft", title="没有发布的需求")
    db.session.commit()


def match_all(*options):
    return CliRunner().invoke(match, ["all", "--top", "3", *(str(one) for one in options)])


@pytest.mark.usefixtures("database")
def test_all_needs_are_ranked_as_their_pages_rank_them(tmp_path):
    done = match_all("--out", tmp_path)
    assert done.exit_code == 0, done.output
    rows = list(batch.rows_of(tmp_path / "ranking.tsv"))
    needs = {row.code: corpus.need_entry(row).document for row in corpus.need_texts()}
    codes = {str(row.id): row.code for row in corpus.offering_texts()}
    assert [code for code, _ in groupby(rows, key=lambda row: row[0])] == list(needs)
    for code, document in needs.items():
        wanted = ranking.rank(corpus.offerings().index, corpus.combination(), document, None, 3)
        assert [(found, round(value, 5)) for need, found, _, value in rows if need == code] == [
            (codes[hit.id], round(float(f"{hit.text.probability:.6g}"), 5)) for hit in wanted]
    assert f"{len(needs)} 条" in done.output
    assert "已完成 9 / 9 条" in done.stderr
    again = match_all("--out", tmp_path)
    assert again.exit_code == 0
    assert "1 块是以前做好的" in again.output


@pytest.mark.usefixtures("database")
def test_a_changed_library_is_other_work(people, tmp_path):
    assert match_all("--out", tmp_path).exit_code == 0
    acts.publish(people, "offering", "修水渠")
    refused = match_all("--out", tmp_path)
    assert refused.exit_code == 2
    assert "--restart" in refused.output
    assert match_all("--out", tmp_path, "--restart").exit_code == 0


@pytest.mark.usefixtures("database")
def test_what_ends_a_run_is_told_with_how_to_go_on(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", "utf-8")
    unwritable = match_all("--out", tmp_path / "file" / "below")
    assert unwritable.exit_code == 2
    assert "写不了" in unwritable.output
    assert "接着做" in unwritable.output
    missing = match_all("--out", tmp_path / "out", "--encoder", tmp_path / "nowhere")
    assert missing.exit_code == 2
    assert "--encoder off" in missing.output
    assert not list((tmp_path / "out").glob("*.json"))
    monkeypatch.setattr(batch, "_reached", lambda stage: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell started behind ignores it
    try:
        stopped = match_all("--out", tmp_path / "out", "--encoder", "off")
    finally:
        signal.signal(signal.SIGINT, before)
    assert stopped.exit_code == 130
    assert "再执行同一条命令就接着做" in stopped.output
    monkeypatch.undo()
    with batch._alone(tmp_path / "out"):
        assert "另一个进程" in match_all("--out", tmp_path / "out").output
    assert match_all("--out", tmp_path / "out").exit_code == 0


@pytest.mark.usefixtures("database")
def test_a_failed_model_is_told_and_words_alone_need_none(app, tmp_path, monkeypatch):
    def broken(texts, encoder, cache):
        return Vectors(np.zeros((len(texts), encoder.dimensions), np.float32), np.ones(len(texts), bool), "broken")

    by_words = match_all("--out", tmp_path / "a")
    assert by_words.exit_code == 0
    monkeypatch.setattr(meaning, "vectors_of", broken)
    monkeypatch.setattr(meaning, "_failed_at", float("-inf"))
    for name, value in (("MATCH_ENCODER", "default"), ("MATCH_INDEX_FOLDER", str(tmp_path / "index")),
                        ("MATCH_COMPACTION", "never")):
        monkeypatch.setitem(app.config, name, value)
    corpus.forget()
    refused = match_all("--out", tmp_path / "b")
    assert refused.exit_code == 2
    assert "--encoder off" in refused.output
    corpus.forget()
    assert match_all("--out", tmp_path / "b", "--encoder", "off").exit_code == 0
    assert (tmp_path / "a" / "ranking.tsv").read_bytes() == (tmp_path / "b" / "ranking.tsv").read_bytes()
    assert not (tmp_path / "index").exists()


@pytest.mark.usefixtures("database")
def test_needs_whose_meaning_cannot_be_had_are_not_ranked_by_words_in_silence(app, tmp_path, monkeypatch):
    """The offerings have their vectors; the model fails at the needs."""
    monkeypatch.setitem(app.config, "MATCH_ENCODER", "default")
    corpus.forget()
    first = match_all("--out", tmp_path / "a")
    assert first.exit_code == 0, first.output
    vectors = meaning.vectors
    monkeypatch.setattr(meaning, "vectors", lambda some, side: None if side == meaning.NEEDS else vectors(some, side))
    refused = match_all("--out", tmp_path / "b")
    assert refused.exit_code == 2
    assert "--encoder off" in refused.output
    assert not blocks(tmp_path / "b")
    monkeypatch.undo()
    assert match_all("--out", tmp_path / "c").exit_code == 0
    corpus.forget()
    assert (tmp_path / "a" / "ranking.tsv").read_bytes() != (tmp_path / "c" / "ranking.tsv").read_bytes()


def test_an_empty_database_has_nothing_to_rank(app, tmp_path):
    done = match_all("--out", tmp_path)
    assert done.exit_code == 0
    assert done.stdout.startswith("0 条")
    assert (tmp_path / "ranking.tsv").read_bytes() == b""


def test_files_are_ranked_block_by_block_as_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "_reached", lambda stage: None)
    for name, some in (("needs", QUESTIONS[:20]), ("offerings", texts(60, 1, "o"))):
        (tmp_path / f"{name}.jsonl").write_text(
            "".join(json.dumps({"id": one.id, "body": one.title}) + "\n" for one in some), "utf-8")

    def ranked(out, *options):
        return CliRunner().invoke(match, ["rank", "--needs", str(tmp_path / "needs.jsonl"), "--offerings",
                                          str(tmp_path / "offerings.jsonl"), "--out", str(tmp_path / out), *options])

    kept = ("--resume", str(tmp_path / "kept"))
    assert ranked("whole.tsv").exit_code == 0
    for _ in range(2):
        done = ranked("kept.tsv", *kept)
        assert done.exit_code == 0, done.output
        assert (tmp_path / "kept.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    other = ranked("kept.tsv", *kept, "--encoder", "off")
    assert other.exit_code == 2
    assert "--restart" in other.output
    assert ranked("kept.tsv", *kept, "--encoder", "off", "--restart").exit_code == 0
    assert ranked("off.tsv", "--encoder", "off").exit_code == 0
    assert (tmp_path / "kept.tsv").read_bytes() == (tmp_path / "off.tsv").read_bytes()
    assert ranked("x.tsv", *kept, "--context").exit_code == ranked("x.tsv", "--restart").exit_code == 2
    assert not (tmp_path / "x.tsv").exists()


def test_a_pipe_gets_lines_and_a_terminal_a_bar(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    told = {}
    for kind in (io.StringIO, Terminal):
        monkeypatch.setattr("sys.stderr", kind())
        with batch_commands.shown(3) as progress:
            for done in range(4):
                progress(done, 3)
        told[kind] = sys.stderr.getvalue()
    assert told[io.StringIO] == "已完成 3 / 3 条。\n"
    assert "匹配" in told[Terminal]
    assert "3/3" in told[Terminal]


def test_the_command_stands_in_the_shell(repository, tmp_path):
    done = subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "match", "all", "--help"], cwd=repository,
                          capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0
    assert "ranking.tsv" in done.stdout
