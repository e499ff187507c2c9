"""Batches: what a folder holds after any run, however it ended, and that it is what single rankings answer."""

import os
import random
import signal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from matchplatform.matching import batch, ranking
from matchplatform.matching.combination import Combination
from matchplatform.matching.encoders import Meaning
from matchplatform.matching.index import Document, TextIndex

WORDS = ("老年食堂", "送餐", "夏秋茶", "收购", "深加工", "村医", "培训", "直播", "带货", "垃圾", "分类", "冷库", "灶台",
         "冰箱", "桌椅", "留守", "儿童", "课后", "辅导", "法律", "咨询", "果树", "修剪", "道路", "绿化", "文艺", "演出")
TOP, BLOCK = 5, 10


def texts(count, seed, prefix):
    """Short texts, many of them alike, so that there are ties."""
    dice = random.Random(seed)
    return [Document(f"{prefix}{n:03d}", "".join(dice.choices(WORDS, k=dice.choice((1, 2, 5))))) for n in range(count)]


@pytest.fixture(scope="module")
def index():
    return TextIndex.build(texts(400, 1, "o"))


QUESTIONS = [*texts(42, 2, "n"), Document("blank", ""), Document("strange", "Ωmega"), Document("one", "茶")]


def run(index, folder, questions=QUESTIONS, **options):
    return batch.run(index, questions, options.pop("k", TOP), folder, identity=options.pop("identity", "library 1"),
                     block=options.pop("block", BLOCK), **options)


def expected(index, questions=QUESTIONS, k=TOP, combination=ranking.LEXICAL, vectors=None):
    lines = []
    for n, one in enumerate(questions):
        mine = None if vectors is None else {name: rows[n] for name, rows in vectors.items()}
        lines += [f"{one.id}\t{hit.id}\t{place}\t{hit.text.probability:.6g}\n"
                  for place, hit in enumerate(ranking.rank(index, combination, one, mine, k), 1)]
    return "".join(lines)


def blocks(folder):
    return sorted(folder.glob("block-*.tsv"))


@pytest.mark.parametrize("k", [1, TOP, 60, 1_000])
def test_the_ranking_is_that_of_single_questions(index, tmp_path, k):
    receipt = run(index, tmp_path, k=k)
    assert receipt.ranking.read_text("utf-8") == expected(index, k=k)
    assert receipt.rows == len(QUESTIONS) * min(k, index.size)
    assert (receipt.blocks, receipt.kept, receipt.broken) == (5, 0, 0)


def test_ordinary_questions_do_not_look_at_every_document(index, tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(batch, "rank", lambda *given: looked.append(given) or ranking.rank(*given))
    varied = [Document("n", "".join(WORDS[n::7])) for n in range(7)]
    run(index, tmp_path, varied)
    assert not looked


def test_results_too_near_to_be_told_apart_are_left_to_the_full_look(index, monkeypatch):
    """`rank` rounds: where the last one and the next are one to it, ids decide, and the search has not seen all."""
    near = [(f"o{n:03d}", 0.5 - n * 1e-13) for n in range(TOP + batch.SPARE, 0, -1)]
    monkeypatch.setattr(index, "top", lambda document, k: near)
    assert batch._by_words(index, QUESTIONS[0], TOP) is None
    apart = [*near[:-1], ("o000", 0.4)]
    monkeypatch.setattr(index, "top", lambda document, k: apart)
    first = sorted(one for one, _ in near[:-1])[:TOP]
    assert [one for one, _ in batch._by_words(index, QUESTIONS[0], TOP) or ()] == first


def test_meaning_is_compared_as_single_questions_do(tmp_path):
    """Among them a question without a vector, which goes by words alone."""
    dice = np.random.default_rng(4)
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in
            (dice.normal(size=(400, 16)), dice.normal(size=(len(QUESTIONS), 16)))]
    theirs, mine = (rows.astype(np.float32) for rows in unit)
    mine[3] = 0
    index = TextIndex(*TextIndex.arrays_of(texts(400, 1, "o"), meanings={"m": theirs}))
    combination = Combination([Meaning("m", "", None, None, 1.5, 0.0, 0.25)])
    place = {one.id: n for n, one in enumerate(QUESTIONS)}
    asked = []

    def vectors(some):
        asked.append(len(some))
        return {"m": mine[[place[one.id] for one in some]]}

    receipt = run(index, tmp_path, vectors=vectors, combination=combination)
    assert receipt.ranking.read_text("utf-8") == expected(index, combination=combination, vectors={"m": mine})
    assert receipt.ranking.read_text("utf-8") != expected(index)
    assert asked == [10, 10, 10, 10, 5]


def test_documents_put_in_and_taken_out_are_heeded(index, tmp_path):
    changed = index.fork()
    changed.put(Document("o900", "老年食堂送餐"))
    changed.remove("o007")
    assert run(changed, tmp_path).ranking.read_text("utf-8") == expected(changed)


KILLED = ["block-00000.tsv written", "block-00002.tsv written", "block-00002.tsv in its place", "manifest.json written",
          "manifest.json in its place", "ranking.tsv written", "ranking.tsv in its place"]


@pytest.mark.parametrize("stage", KILLED)
def test_a_killed_run_leaves_whole_blocks_and_the_next_one_does_the_rest(index, tmp_path, stage):
    child = os.fork()
    if child == 0:
        batch._reached = lambda reached: os.kill(os.getpid(), signal.SIGKILL) if reached == stage else None
        run(index, tmp_path)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    left = {path: path.stat().st_mtime_ns for path in blocks(tmp_path)}
    heard = []
    receipt = run(index, tmp_path, progress=lambda done, total: heard.append(done))
    assert receipt.kept == len(left)
    assert receipt.broken == 0
    assert heard[0] == BLOCK * min(len(left), 4) + 5 * (len(left) == 5)
    assert {path: path.stat().st_mtime_ns for path in left} == left
    assert receipt.ranking.read_text("utf-8") == expected(index)
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:40], lambda b: b + b"n\to\t1\t0.5\n",
                                    lambda b: b.replace(b"1", b"2", 1)])
def test_a_broken_block_is_made_again_and_no_other(index, tmp_path, damage):
    whole = run(index, tmp_path).ranking.read_bytes()
    victim, *others = blocks(tmp_path)[1:]
    content = victim.read_bytes()
    victim.write_bytes(damage(content))
    before = [path.stat().st_mtime_ns for path in others]
    receipt = run(index, tmp_path)
    assert (receipt.kept, receipt.broken) == (4, 1)
    assert victim.read_bytes() == content
    assert [path.stat().st_mtime_ns for path in others] == before
    assert receipt.ranking.read_bytes() == whole


def test_a_block_in_the_place_of_another_is_broken(index, tmp_path):
    run(index, tmp_path)
    first, second = blocks(tmp_path)[:2]
    first.write_bytes(second.read_bytes())
    assert run(index, tmp_path).broken == 1


OTHER = [{"identity": "library 2"}, {"k": TOP + 1}, {"questions": QUESTIONS[:-1]}, {"called": {"o001": "供给一"}}]


@pytest.mark.parametrize("other", OTHER)
def test_other_work_is_refused_and_takes_the_place_only_when_told_so(index, tmp_path, other):
    run(index, tmp_path)
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(batch.OtherWork, match="--restart"):
        run(index, tmp_path, **dict(other))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert run(index, tmp_path, restart=True, **dict(other)).kept == 0
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine"


def test_another_block_size_goes_on_with_the_one_begun_with(index, tmp_path):
    run(index, tmp_path)
    assert run(index, tmp_path, block=7).kept == 5


@pytest.mark.parametrize("manifest", [b"", b"{", b"[]", b"{}", b'{"work": "x", "block": "many"}', b"\xff", None])
def test_results_whose_manifest_is_lost_are_refused(index, tmp_path, manifest):
    run(index, tmp_path)
    path = tmp_path / "manifest.json"
    path.unlink() if manifest is None else path.write_bytes(manifest)
    with pytest.raises(batch.OtherWork, match="--restart"):
        run(index, tmp_path)
    assert run(index, tmp_path, restart=True).ranking.read_text("utf-8") == expected(index)


def test_what_the_results_depend_on_is_in_the_identity():
    def meanings(*weights):
        return Combination([Meaning(f"m{n}", "", None, None, weight, 0.0, 1.0) for n, weight in enumerate(weights)])

    found = [batch.identity_of(library, combination, encoders) for library, combination, encoders in (
        ("a", meanings(), ""), ("b", meanings(), ""), ("a", meanings(1), ""), ("a", meanings(2), ""),
        ("a", meanings(1), "m"))]
    assert len(set(found)) == len(found)
    assert batch.identity_of("a", meanings(1), "m") == found[-1]
    documents = [Document("1", "茶", "b"), Document("1", "", "茶b"), Document("1", "茶", "b", place="x")]
    assert len({batch.digest_of([one]) for one in documents}) == 3


def test_two_runs_at_once_are_refused(index, tmp_path):
    seen = []

    def meanwhile(done, total):
        if done == 15:
            with pytest.raises(batch.Occupied, match="另一个进程"):
                run(index, tmp_path)
            with pytest.raises(batch.Occupied, match="另一个进程"):
                run(index, tmp_path, restart=True)
            seen.append(done)

    receipt = run(index, tmp_path, progress=meanwhile)
    assert seen == [15]
    assert receipt.ranking.read_text("utf-8") == expected(index)


def test_progress_never_falls_and_ends_with_all(index, tmp_path):
    heard = []
    run(index, tmp_path, progress=lambda done, total: heard.append((done, total)))
    assert {total for _, total in heard} == {len(QUESTIONS)}
    assert all(b - a == 1 for (a, _), (b, _) in pairwise(heard))
    assert (heard[0][0], heard[-1][0]) == (0, len(QUESTIONS))


def test_an_empty_library_and_no_questions_are_no_fault(index, tmp_path):
    nothing = run(TextIndex.build([]), tmp_path / "a")
    assert (nothing.questions, nothing.rows, nothing.ranking.read_bytes()) == (len(QUESTIONS), 0, b"")
    nobody = run(index, tmp_path / "b", [])
    assert (nobody.blocks, nobody.rows, nobody.ranking.read_bytes()) == (0, 0, b"")


@pytest.mark.parametrize("fault", [{"questions": [Document("a\tb", "茶")]}, {"called": {"o001": "a\nb"}}, {"k": 0},
                                   {"block": 0}])
def test_what_would_garble_the_result_is_an_error(index, tmp_path, fault):
    with pytest.raises(ValueError, match=r"at least 1|tab"):
        run(index, tmp_path / "new", **dict(fault))
    assert not (tmp_path / "new").exists()


def test_a_full_disk_leaves_whole_blocks_and_no_others(index, tmp_path, monkeypatch):
    def full(stage):
        if stage == "block-00003.tsv written":
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(batch, "_reached", full)
        with pytest.raises(OSError, match="No space"):
            run(index, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "block-00000.tsv", "block-00001.tsv", "block-00002.tsv", "lock", "manifest.json"]
    assert run(index, tmp_path).kept == 3


def test_a_file_comes_to_its_place_only_by_a_rename(index, tmp_path, monkeypatch):
    def refuse(_beside, place):
        if "block" in str(place):
            raise OSError(5, "Input/output error")
        rename(_beside, place)

    rename = os.replace
    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="Input/output"):
        run(index, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "manifest.json"]


def test_a_restart_that_breaks_off_still_knows_whose_results_are_left(index, tmp_path, monkeypatch):
    run(index, tmp_path)
    unlink = Path.unlink

    def refuse(path):
        if path.name == "ranking.tsv":
            raise PermissionError(13, "Permission denied")
        unlink(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(PermissionError):
            run(index, tmp_path, restart=True)
    assert run(index, tmp_path).ranking.read_text("utf-8") == expected(index)
