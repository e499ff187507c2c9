"""The models of meaning that ship: unit rows for whatever is asked, over threads and forks, and plain words when a
model cannot be had."""

import dataclasses
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import threadpoolctl

from matchplatform.matching import encoders
from matchplatform.matching.encoders import EncoderFailed, EncoderUnavailable, Meaning, load, measured
from matchplatform.matching.text_encoder import MOST_CHARACTERS, TextEncoder, legible
from matchplatform.matching.vectors import VectorCache, vectors_of

pytestmark = pytest.mark.once

NEED = "村里独居老人中午吃饭没人管，想请人来办助餐点"
MEALS = "为农村老人提供助餐、送餐服务"
RICE = "水稻病虫害统防统治"
WEB = [NEED, MEALS, RICE, "獨居老人中午吃飯沒人管", "👵🍚👍🏽", "a", "Chinese villages, 2024年", "一" * 300]


@pytest.fixture(scope="module")
def shipped():
    return {meaning.name: meaning for meaning in load("default")}


@pytest.fixture(scope="module", params=["use", "e5 needs", "e5 offerings"])
def encoder(request, shipped):
    name, _, role = request.param.partition(" ")
    return getattr(shipped[name], role or "needs")


def test_the_setting_says_which_models(shipped):
    assert load("off") == load(" off ") == ()
    assert list(shipped) == ["use", "e5"]
    assert [(m.mean, m.deviation) for m in shipped.values()] == [(0.254, 0.0885), (0.864, 0.01406)]
    assert all(meaning.weight > 0 for meaning in shipped.values())
    assert load("default") == tuple(shipped.values())  # loaded once a process


def test_every_text_has_a_unit_row_of_its_own_and_always_the_same(encoder):
    rows = encoder.encode(WEB)
    assert rows.shape == (len(WEB), encoder.dimensions)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.linalg.matrix_rank(rows @ rows.T, tol=1e-4) == len(WEB)
    assert np.array_equal(rows, encoder.encode(WEB))
    assert np.abs(rows - np.vstack([encoder.encode([text]) for text in WEB])).max() < 1e-3
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_a_need_is_nearer_to_what_it_asks_for_also_in_traditional_characters(shipped):
    for meaning in shipped.values():
        needs = meaning.needs.encode([NEED, "獨居老人中午吃飯沒人管，想請人來辦助餐點"])
        cosines = needs @ meaning.offerings.encode([MEALS, RICE]).T
        values = meaning.weight * (cosines - meaning.mean) / meaning.deviation
        assert (values[:, 0] > values[:, 1] + 0.5).all(), meaning.name
        assert (np.abs(values) < 15).all(), meaning.name


def test_roles_differ_where_the_model_has_two(shipped):
    use, e5 = shipped["use"], shipped["e5"]
    assert use.needs is use.offerings
    assert e5.needs.name != e5.offerings.name
    assert np.abs(e5.needs.encode([NEED]) - e5.offerings.encode([NEED])).max() > 1e-3
    assert "0.2.1" in use.needs.name
    assert "0.3.0" in e5.needs.name
    assert len({use.needs.name, e5.needs.name, e5.offerings.name}) == 3


def test_a_text_without_meaning_has_a_row_of_zeros(encoder):
    rows = encoder.encode(["", NEED, " \n\u3000", "\0\0", "\u200b\u200d", "\x07"])
    assert not rows[[0, 2, 3, 4, 5]].any()
    assert np.array_equal(rows[1:2], encoder.encode([NEED]))


def test_nul_and_half_characters_neither_end_a_text_nor_break_it(encoder):
    plain, nul, half = encoder.encode([NEED, f"{NEED[:3]}\0{NEED[3:]}\0", NEED + "\ud83d"])
    assert np.array_equal(plain, nul)
    assert np.isfinite(half).all()
    assert half @ plain > 0.8
    assert np.array_equal(encoder.encode(["好\ud83d\udc75"]), encoder.encode(["好👵"]))  # two halves are a whole


def test_a_hundred_thousand_characters_are_cut(encoder):
    """White space is cheap to encode: were the end read, it would move the vector."""
    alone, long, short = encoder.encode([NEED, NEED + " " * 100_000 + RICE * 5, NEED + " " * 100 + RICE * 5])
    assert long @ alone > 0.99
    assert short @ alone < 0.98
    assert len(legible("村" * 100_000, encoder._most)) == encoder._most <= MOST_CHARACTERS == 4_000


def test_a_character_that_stands_for_eighteen_does_not_end_the_process(shipped):
    """In a process of its own: without the cure the C code writes over the heap and aborts."""
    script = ("from matchplatform.matching.encoders import _e5\n"
              "e5 = _e5()\n"
              "for text in ('\\ufdfa' * 40, '\\ufdfa' * 400, '\\ufdfb\\u33af\\u3316' * 60):\n"
              "    assert abs((e5.needs.encode([text]) ** 2).sum() - 1) < 1e-4\n"
              "print('done')")
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (found.returncode, found.stdout) == (0, "done\n"), found.stderr[-500:]


def test_spelling_such_characters_out_changes_no_vector(shipped):
    for text in ("老人\ufdfa", "㎯ 和 ㌖"):
        spelt = encoders._spelt_out(text)
        assert len(spelt) > len(text)
        assert np.array_equal(*shipped["e5"].needs.encode([text, spelt]))
    assert encoders._spelt_out(NEED + "，㈠①Ａ…½👵") == NEED + "，㈠①Ａ…½👵"


def test_one_text_is_not_taken_for_many(encoder):
    with pytest.raises(TypeError, match="sequence"):
        encoder.encode(NEED)


def test_vectors_of_the_shipped_models_are_kept(encoder, tmp_path):
    cache = VectorCache(tmp_path / "vectors.db")
    first = vectors_of([NEED, "", MEALS], encoder, cache)
    again = vectors_of([MEALS], encoder, cache)
    cache.close()
    assert (first.error, first.failed.tolist()) == ("", [False, True, False])
    assert np.array_equal(again.rows[0], first.rows[2])


def threads_now():
    return len(os.listdir("/proc/self/task"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted in Linux's /proc")
def test_encoding_leaves_no_threads_and_no_settings_behind(shipped, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = set(os.environ), [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
    counts = []

    def fresh():
        """A pool of threads belongs to the thread that called: a fresh one has none yet."""
        counts.append(threads_now())
        shipped["use"].needs.encode(WEB)
        encoders._e5.__wrapped__().needs.encode([NEED])
        counts.append(threads_now())

    thread = threading.Thread(target=fresh)
    thread.start()
    thread.join(60)
    assert counts[0] == counts[1]
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert before == (set(os.environ), [pool["num_threads"] for pool in threadpoolctl.threadpool_info()])


def test_threads_at_the_same_time_get_the_right_vectors(encoder):
    before = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
    alone = encoder.encode(WEB[:7])
    answers = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: encoder.encode([WEB[n]])})) for n in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert np.abs(np.vstack([answers[n] for n in range(7)]) - alone).max() < 1e-3
    assert before == [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_encodes_even_when_the_parent_was_encoding(shipped):
    wanted = [meaning.needs.encode([NEED]) for meaning in shipped.values()]
    stop = threading.Event()

    def busy(meaning):
        while not stop.is_set():
            meaning.offerings.encode([MEALS])

    threads = [threading.Thread(target=busy, args=(meaning,)) for meaning in shipped.values()]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.05)
        child = os.fork()
        if not child:
            try:
                rows = [meaning.needs.encode([NEED]) for meaning in shipped.values()]
                os._exit(0 if all(np.abs(a - b).max() < 1e-3 for a, b in zip(rows, wanted, strict=True)) else 3)
            finally:
                os._exit(4)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert exit_code(child, 30) == 0


def exit_code(child, seconds):
    """Of a forked process; it is ended when it takes longer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "did not end"


def refused(sentence):
    def make():
        raise EncoderUnavailable(sentence)
    return make


def test_what_can_be_had_is_taken_and_what_cannot_is_told(monkeypatch, shipped, caplog):
    monkeypatch.setattr(encoders, "_e5", refused("没有甲"))
    with caplog.at_level(logging.WARNING):
        assert [meaning.name for meaning in load("default")] == ["use"]
    assert [record.message for record in caplog.records] == ["没有甲"]
    monkeypatch.setattr(encoders, "_use", refused("没有乙"))
    with pytest.raises(EncoderUnavailable, match="没有乙；没有甲"):
        load("default")


@pytest.mark.parametrize("make", [encoders._use, encoders._e5])
def test_a_package_that_is_missing_or_broken_is_named_with_the_cure(monkeypatch, make):
    def gone(name):
        raise ImportError(f"No module named {name!r}")

    def broken(name):
        return type("Broken", (), {"USE": broken, "E5": broken})

    monkeypatch.setattr(encoders, "_lacking_instructions", lambda: [])
    monkeypatch.setattr(encoders.importlib, "import_module", gone)
    with pytest.raises(EncoderUnavailable, match=r"没有装好.*make setup"):
        make.__wrapped__()
    monkeypatch.setattr(encoders.importlib, "import_module", broken)
    with pytest.raises(EncoderUnavailable, match=r"打不开.*make setup"):
        make.__wrapped__()


def test_a_processor_that_lacks_the_instructions_is_found_before_it_dies_of_them(monkeypatch, tmp_path):
    told = tmp_path / "cpuinfo"
    monkeypatch.setattr(encoders.platform, "machine", lambda: "x86_64")
    told.write_text("processor : 0\nflags\t\t: fpu sse4_2 avx fma\n", encoding="utf-8")
    assert encoders._lacking_instructions(told) == ["avx2"]
    told.write_text("flags : avx2 fma\n", encoding="utf-8")
    assert encoders._lacking_instructions(told) == []
    assert encoders._lacking_instructions(tmp_path / "none") == []
    monkeypatch.setattr(encoders.platform, "machine", lambda: "aarch64")
    told.write_text("Features : asimd\n", encoding="utf-8")
    assert encoders._lacking_instructions(told) == []
    monkeypatch.setattr(encoders, "_lacking_instructions", lambda: ["avx2"])
    with pytest.raises(EncoderUnavailable, match="avx2"):
        encoders._e5.__wrapped__()


@pytest.mark.parametrize(("answer", "words"), [
    (np.ones((1, 5)), "形状"), (np.ones(8), "形状"), (np.full((1, 8), np.nan), "不是数"),
    (np.full((1, 8), np.inf), "不是数")])
def test_a_model_that_answers_nonsense_is_said(answer, words):
    with pytest.raises(EncoderFailed, match=words):
        TextEncoder("甲", 8, lambda texts: answer).encode([NEED])


def test_a_garbled_answer_of_the_c_code_is_not_taken_for_a_vector():
    run = encoders._in_one_thread(None, lambda texts: np.full((1, 384), 1e-3, np.float32))
    with pytest.raises(EncoderFailed, match="没有给出向量"):
        run([NEED])


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def unmeasured():
    encoder = TextEncoder("甲", 64, lambda texts: np.ones((len(texts), 64)))
    return Meaning("own", "自备", encoder, encoder, weight=1.5)


def test_a_model_is_measured_on_the_library(unmeasured):
    random = np.random.default_rng(7)
    needs, offerings = (unit(random.standard_normal((n, 64)) + 1.2) for n in (400, 3_000))
    got = measured(unmeasured, np.vstack([needs, np.zeros((50, 64))]), offerings)
    cosines = needs @ offerings.T
    assert got.mean == pytest.approx(cosines.mean(), abs=0.01)
    assert got.deviation == pytest.approx(cosines.std(), rel=0.05)
    assert got.weight == 1.5
    twins = measured(unmeasured, np.vstack([needs, offerings[:40]]), offerings)  # near duplicates hardly move it
    assert twins.deviation == pytest.approx(got.deviation, rel=0.05)


def test_figures_that_a_model_has_stay(shipped):
    rows = unit(np.ones((4, 512)))
    assert measured(shipped["use"], rows, rows) is shipped["use"]


@pytest.mark.parametrize(("needs", "offerings"), [(1, 1), (1, 3), (2, 0), (0, 3), (5, 5)])
def test_a_tiny_library_is_measured_without_wild_values(unmeasured, needs, offerings):
    random = np.random.default_rng(3)
    left, right = (unit(random.standard_normal((9, 64)) + 4)[:n] for n in (needs, offerings))
    got = measured(unmeasured, left, right)
    assert got.weight == 1.5
    assert 0.8 < got.mean < 1
    assert 0.005 < got.deviation < 0.05


def test_identical_texts_and_broken_rows_still_give_a_deviation(unmeasured):
    same = unit(np.ones((4, 64)))
    assert measured(unmeasured, same, same).deviation > 0
    holes = np.vstack([same, np.full((1, 64), np.nan)])
    assert measured(unmeasured, holes, same) == measured(unmeasured, same, same)


@pytest.mark.parametrize("rows", [np.zeros((0, 64)), np.zeros((3, 64)), np.zeros(0)])
def test_a_library_without_a_pair_gives_the_model_no_say(unmeasured, rows):
    got = measured(unmeasured, rows, unit(np.ones((1, 64))))
    assert (got.weight, got.mean, got.deviation) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("change", [
    {"weight": float("nan")}, {"weight": -1.0}, {"mean": 0.5}, {"mean": 0.5, "deviation": 0.0},
    {"mean": float("nan"), "deviation": 1.0}, {"mean": 0.5, "deviation": float("inf")}])
def test_weights_that_are_no_numbers_are_refused(unmeasured, change):
    with pytest.raises(ValueError, match="语义模型 own"):
        dataclasses.replace(unmeasured, **change)
