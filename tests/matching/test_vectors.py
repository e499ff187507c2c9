"""A text is encoded once and its vector kept; what fails is said, never passed off as a vector."""

import multiprocessing as mp
import sqlite3
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchplatform.matching import vectors as module
from matchplatform.matching.vectors import VectorCache, digest_of, vectors_of

pytestmark = pytest.mark.once

TEXTS = [f"第{n}条：村里要办老年食堂" for n in range(150)]


class Letters:
    """An encoder for tests: a random direction for every text, always the same one."""

    name, dimensions = "letters-1", 64

    def __init__(self, wait=0.0):
        self.seen, self.calls, self._wait = [], 0, wait

    def encode(self, texts):
        self.calls += 1
        self.seen.extend(texts)
        time.sleep(self._wait)
        rows = np.stack([np.random.default_rng(list(digest_of(text))).standard_normal(self.dimensions)
                         for text in texts])
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Broken(Letters):
    """One that cannot do texts that hold a certain word, each in its own way."""

    def encode(self, texts):
        rows = super().encode(texts)
        for number, text in enumerate(texts):
            if "抛错" in text:
                raise RuntimeError("no model")
            if "非数" in text:
                rows[number, 3] = np.nan
            if "全零" in text:
                rows[number] = 0
            if "短了" in text:
                return rows[:, :5]
        return rows


@pytest.fixture
def cache(tmp_path):
    made = VectorCache(tmp_path / "index" / "vectors.db")
    yield made
    made.close()


def test_what_is_known_is_not_encoded_again_in_any_process(cache):
    encoder = Letters()
    first = vectors_of([*TEXTS, TEXTS[0]], encoder, cache)
    assert sorted(encoder.seen) == sorted(TEXTS)
    assert encoder.calls == 3
    assert first.rows.shape == (151, 64)
    assert first.rows.dtype == np.float32
    assert not first.failed.any()
    assert np.array_equal(first.rows[0], first.rows[150])
    again = vectors_of(TEXTS, encoder, cache)
    other = VectorCache(cache.path)
    read = vectors_of(TEXTS[::-1], encoder, other)
    other.close()
    assert encoder.calls == 3
    assert np.array_equal(again.rows, first.rows[:150])
    assert np.array_equal(read.rows[::-1], first.rows[:150])


def test_another_encoder_has_its_own_vectors(cache):
    encoder, other = Letters(), Letters()
    other.name = "letters-2"
    vectors_of(TEXTS[:3], encoder, cache)
    vectors_of(TEXTS[:3], other, cache)
    assert other.seen == TEXTS[:3]
    assert cache.get("letters-3", [digest_of(TEXTS[0])]) == {}


@given(st.integers(2, 600), st.integers(0, 2**32), st.booleans())
def test_rounding_moves_no_cosine_by_a_thousandth(dimensions, seed, spiky):
    made = np.random.default_rng(seed)
    rows = made.standard_cauchy((40, dimensions)) if spiky else made.standard_normal((40, dimensions))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    kept = np.stack([module._unpacked(module._packed(row)) for row in rows]).astype(np.float64)
    assert np.abs(rows @ rows.T - kept @ kept.T).max() < 1e-3
    assert np.abs(np.linalg.norm(kept, axis=1) - 1).max() < 1e-6


def test_each_text_is_encoded_once_under_threads(cache):
    encoder, answers = Letters(wait=0.02), {}

    def ask(number):
        answers[number] = vectors_of(TEXTS[number * 5:number * 5 + 60], encoder, cache)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(encoder.seen) == sorted(TEXTS[:95])
    alone = vectors_of(TEXTS, Letters(), VectorCache(None))
    for number, found in answers.items():
        assert not found.failed.any()
        assert np.array_equal(found.rows, alone.rows[number * 5:number * 5 + 60])
    assert cache.pending == {}


@pytest.mark.parametrize("fault", ["抛错", "非数", "全零", "短了"])
def test_a_text_that_cannot_be_encoded_is_marked_and_takes_no_other_along(cache, caplog, fault):
    texts = [*TEXTS[:70], f"这条{fault}", *TEXTS[70:]]
    for _ in range(2):
        found = vectors_of(texts, Broken(), cache)
        assert found.failed.tolist() == [text == f"这条{fault}" for text in texts]
        assert not found.rows[70].any()
        assert np.allclose(np.linalg.norm(found.rows[~found.failed], axis=1), 1)
        assert found.error
    assert caplog.text.count("encoder letters-1 failed") == 1


def test_a_broken_encoder_is_not_asked_for_every_text(cache, caplog):
    encoder = Broken()
    found = vectors_of([f"抛错{n}" for n in range(1000)], encoder, cache)
    assert found.failed.all()
    assert not found.rows.any()
    assert found.error == "RuntimeError: no model"
    assert encoder.calls <= 1 + module.AT_ONCE
    assert caplog.text.count("ranked by their words alone") == 1


def test_what_waits_for_a_failing_encoder_is_told_so(cache):
    encoder, answers = Broken(wait=0.1), []
    threads = [threading.Thread(target=lambda: answers.append(vectors_of(["抛错"], encoder, cache)))
               for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert [(one.failed.tolist(), bool(one.error)) for one in answers] == [([True], True)] * 3


def test_blank_texts_are_marked_without_asking_the_encoder(cache):
    encoder = Letters()
    found = vectors_of(["", " \n", "食堂", "\ud800"], encoder, cache)
    assert found.failed.tolist() == [True, True, False, False]
    assert found.error == ""
    assert encoder.seen == ["食堂", "\ud800"]
    nothing = vectors_of([], encoder, cache)
    assert (nothing.rows.shape, nothing.failed.shape) == ((0, 64), (0,))


@pytest.mark.parametrize("content", [b"no database" * 1000, None])
def test_a_damaged_file_is_put_aside_and_started_anew(cache, caplog, content):
    before = vectors_of(TEXTS, Letters(), cache)
    cache.close()
    if content is None:
        whole = bytearray(cache.path.read_bytes())
        whole[4096:] = bytes(len(whole) - 4096)
        content = bytes(whole)
    cache.path.write_bytes(content)
    encoder = Letters()
    after = vectors_of(TEXTS, encoder, cache)
    assert sorted(encoder.seen) == sorted(TEXTS)
    assert np.array_equal(before.rows, after.rows)
    assert vectors_of(TEXTS, encoder, cache).failed.sum() == 0
    assert encoder.calls == 3
    assert (cache.path.parent / "vectors.db.damaged").read_bytes()[:1000] == content[:1000]
    assert "are damaged" in caplog.text


def test_a_damaged_row_counts_as_missing(cache):
    vectors_of(TEXTS[:2], Letters(), cache)
    with sqlite3.connect(cache.path) as file:
        blob = bytearray(file.execute("SELECT vector FROM vectors WHERE digest = ?",
                                      (digest_of(TEXTS[0]),)).fetchone()[0])
        blob[10] ^= 4
        file.execute("UPDATE vectors SET vector = ? WHERE digest = ?", (bytes(blob), digest_of(TEXTS[0])))
    file.close()
    encoder = Letters()
    vectors_of(TEXTS[:2], encoder, cache)
    assert encoder.seen == [TEXTS[0]]


def test_a_file_of_another_layout_is_put_aside(cache):
    vectors_of(TEXTS[:2], Letters(), cache)
    cache.close()
    with sqlite3.connect(cache.path) as file:
        file.execute("PRAGMA user_version=99")
    file.close()
    assert cache.get("letters-1", [digest_of(TEXTS[0])]) == {}
    assert (cache.path.parent / "vectors.db.damaged").exists()


def test_where_nothing_can_be_written_memory_serves(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    cache, encoder = VectorCache(tmp_path / "file" / "vectors.db"), Letters()
    for _ in range(2):
        assert not vectors_of(TEXTS, encoder, cache).failed.any()
    assert encoder.calls == 3
    assert caplog.text.count("kept in memory only") == 1


def test_the_oldest_in_use_go_beyond_the_limit(tmp_path):
    cache, encoder = VectorCache(tmp_path / "vectors.db", most=100), Letters()
    vectors_of(TEXTS[:100], encoder, cache)
    with sqlite3.connect(cache.path) as file:
        file.execute("UPDATE vectors SET used = used - 9")
    file.close()
    vectors_of(TEXTS[:10], encoder, cache)
    vectors_of(TEXTS[100:120], encoder, cache)
    left = cache.get(encoder.name, [digest_of(text) for text in TEXTS])
    assert len(left) == 90
    assert {digest_of(text) for text in (*TEXTS[:10], *TEXTS[100:120])} <= set(left)
    cache.close()


def test_memory_is_bounded_too():
    cache = VectorCache(None, most=50)
    vectors_of(TEXTS, Letters(), cache)
    assert len(cache.get("letters-1", [digest_of(text) for text in TEXTS])) == 50


def _encode_all(path, number):
    cache = VectorCache(path)
    for start in range(0, 150, 10):
        assert not vectors_of(TEXTS[start:start + 10], Letters(), cache).failed.any()
    cache.close()


def test_several_processes_share_a_file(cache):
    vectors_of(["打开"], Letters(), cache)   # an open connection crosses the fork
    context = mp.get_context("fork")
    others = [context.Process(target=_encode_all, args=(cache.path, n)) for n in range(3)]
    for one in others:
        one.start()
    for one in others:
        one.join(60)
    assert [one.exitcode for one in others] == [0, 0, 0]
    assert len(cache.get("letters-1", [digest_of(text) for text in TEXTS])) == 150
