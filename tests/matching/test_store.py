"""A segment on disk is exactly what was written or is not used at all, whatever happened to it or to its writer."""

import contextlib
import json
import multiprocessing as mp
import os
import resource
import signal
import traceback

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from matchplatform.matching import store as module
from matchplatform.matching.store import SegmentStore, StoreUnwritable

pytestmark = pytest.mark.once

STAGES = ("locked", "begun", "half written", "written", "synced", "verified", "manifest written", "swapped",
          "cleared")
OLD = {"ids": np.arange(7, dtype=np.int64), "weights": np.linspace(0, 1, 5, dtype=np.float32),
       "names": np.array(["孝昌", "恩施"]), "none": np.zeros((0, 3), np.uint16)}
NEW = {"ids": np.arange(9, dtype=np.uint32).reshape(3, 3), "flags": np.array([True, False])}


def same(found, wanted):
    return found is not None and list(found.arrays) == list(wanted) and all(
        found.arrays[name].dtype == one.dtype and found.arrays[name].shape == one.shape
        and np.array_equal(found.arrays[name], one) for name, one in wanted.items())


@pytest.fixture
def kept(tmp_path):
    made = SegmentStore(tmp_path / "index", "needs", 3)
    made.write(OLD, {"mark": [1, "a"]})
    return made


def segment(store):
    return store.folder / json.loads((store.folder / "needs.current").read_text())["file"]


def in_child(work):
    """Run in a forked child; answers how it ended (negative: the signal)."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            try:
                work()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
        os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_what_is_opened_is_what_was_written_and_cannot_be_changed(kept):
    found = kept.open()
    assert same(found, OLD)
    assert found.meta == {"mark": [1, "a"]}
    assert found.identity == kept.identity()
    assert all(one.ctypes.data % module.ALIGNMENT == 0 for one in found.arrays.values() if one.size)
    for one in found.arrays.values():
        with pytest.raises(ValueError, match="read-only"):
            one[...] = 0
    assert kept.verify()


@given(st.dictionaries(st.text(max_size=5), hnp.arrays(
    st.sampled_from(("<i8", "<u4", "<f4", ">f8", "?", "<u2", "S3", "<U2")), hnp.array_shapes(min_dims=0, min_side=0)),
    max_size=4))
def test_arrays_of_every_shape_come_back(tmp_path_factory, arrays):
    made = SegmentStore(tmp_path_factory.mktemp("any"), "needs", 1)
    made.write(arrays, {})
    found = made.open()
    for name, one in arrays.items():
        assert found.arrays[name].dtype == one.dtype.newbyteorder("<")
        assert found.arrays[name].shape == one.shape
        np.testing.assert_array_equal(found.arrays[name], one)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("by", ["exit", "SIGKILL"])
def test_a_writer_that_dies_at_any_stage_leaves_a_whole_segment(kept, stage, by):
    before = kept.open()

    def write():
        def end(reached):
            if reached == stage:
                os._exit(7) if by == "exit" else os.kill(os.getpid(), signal.SIGKILL)

        kept._reached = end
        kept.write(NEW, {"mark": [2, "b"]})

    assert in_child(write) == (7 if by == "exit" else -signal.SIGKILL)
    swapped = STAGES.index(stage) >= STAGES.index("swapped")
    assert same(kept.open(), NEW if swapped else OLD)
    assert (kept.identity() != before.identity) is swapped
    assert kept.verify()
    assert same(before, OLD)
    kept.write(NEW, {})
    assert same(kept.open(), NEW)
    assert sorted(one.name for one in kept.folder.iterdir()) == sorted(
        ["needs.current", "needs.lock", segment(kept).name])


def test_a_reader_keeps_its_segment_while_it_is_replaced_and_deleted(kept):
    reader, path = kept.open(), segment(kept)
    for _ in range(3):
        kept.write(NEW, {})
    assert not path.exists()
    assert same(reader, OLD)
    assert same(kept.open(), NEW)


def test_an_open_that_meets_a_replacement_gets_the_new_segment(kept, monkeypatch):
    named, met = kept._named, []

    def replaced_meanwhile():
        path = named()
        if not met:
            met.append(path)
            SegmentStore(kept.folder, "needs", 3).write(NEW, {})
        return path

    monkeypatch.setattr(kept, "_named", replaced_meanwhile)
    assert same(kept.open(), NEW)


def test_every_write_has_an_identity_of_its_own(kept):
    seen = {kept.identity()}
    for _ in range(30):
        kept.write(OLD, {})
        seen.add(kept.identity())
    assert len(seen) == 31


def _write_many(folder, value):
    made = SegmentStore(folder, "needs", 3)
    for _ in range(15):
        made.write({"a": np.full(50_000, value), "b": np.full(3, value)}, {"value": value})


def test_two_writers_at_once_never_mix(tmp_path):
    context = mp.get_context("fork")
    writers = [context.Process(target=_write_many, args=(tmp_path, value)) for value in (1, 2)]
    for one in writers:
        one.start()
    made, opened = SegmentStore(tmp_path, "needs", 3), 0
    while any(one.is_alive() for one in writers):
        found = made.open()
        if found is not None:
            opened += 1
            assert {*found.arrays["a"].tolist(), *found.arrays["b"].tolist()} == {found.meta["value"]}
    assert [one.exitcode for one in writers] == [0, 0]
    assert opened
    assert made.verify()
    assert len(list(tmp_path.glob("*.segment"))) == 1


def test_the_lock_has_one_holder_and_ends_with_it(kept):
    with kept.lock(wait=False) as ours:
        assert ours
        with SegmentStore(kept.folder, "needs", 3).lock(wait=False) as second:
            assert not second
        kept.write(NEW, {})
    with kept.lock(wait=False) as again:
        assert again
    with SegmentStore(kept.folder, "offerings", 3).lock(wait=False) as other:
        assert other

    def die_as_holder():
        with kept.lock():
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(die_as_holder) == -signal.SIGKILL
    with kept.lock(wait=False) as after:
        assert after


def test_a_flip_of_any_byte_gives_nothing_or_the_exact_arrays(kept):
    path = segment(kept)
    whole, refused = path.read_bytes(), 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
        found = kept.open()
        assert found is None or same(found, OLD), place
        refused += found is None
    # All but the padding: the front without its spare bytes, the header, the arrays.
    assert refused == 48 + int.from_bytes(whole[8:16], "little") + sum(one.nbytes for one in OLD.values())


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_give_nothing_or_the_exact_arrays(kept, data):
    path = segment(kept)
    whole = path.read_bytes()
    changed = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=30)):
        changed[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    found = kept.open()
    path.write_bytes(whole)
    assert found is None or same(found, OLD)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(0, 2_000), more=st.binary(max_size=200))
def test_a_file_that_is_cut_or_longer_gives_nothing(kept, length, more):
    path = segment(kept)
    whole = path.read_bytes()
    path.write_bytes(whole[:length] + more)
    found = kept.open()
    path.write_bytes(whole)
    assert found is None or whole[:length] + more == whole


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_a_manifest_of_any_content_is_refused(kept, content):
    manifest = kept.folder / "needs.current"
    whole = manifest.read_bytes()
    for said in (content, whole[:len(content)], json.dumps({"file": content.hex()}).encode(), b"[" * 5_000):
        manifest.write_bytes(said)
        assert kept.open() is None
    manifest.write_bytes(whole)
    assert same(kept.open(), OLD)


def test_a_large_segment_is_sampled_at_open_and_read_whole_by_verify(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WHOLE", 0)
    made = SegmentStore(tmp_path, "needs", 3)
    made.write({"a": np.arange(1 << 20), "b": np.ones(3)}, {})
    path, = tmp_path.glob("*.segment")
    whole = path.read_bytes()
    assert sum(module._starts(1 << 23, 128)[-1:]) == (1 << 23) - module.BLOCK
    touched = bytearray(whole)
    touched[_first(whole, "a") + 5 * module.BLOCK] ^= 1   # between two sampled blocks
    path.write_bytes(touched)
    assert made.open() is not None
    assert not made.verify()
    for place in (_first(whole, "a"), _first(whole, "b") - module.ALIGNMENT - 1, _first(whole, "b") + 1):
        touched = bytearray(whole)
        touched[place] ^= 1
        path.write_bytes(touched)
        assert (made.open() is None) is (whole[place:place + 1] in content_of(whole, place))


def _header(whole):
    length = int.from_bytes(whole[8:16], "little")
    return json.loads(whole[64:64 + length])


def _first(whole, name):
    return next(one["offset"] for one in _header(whole)["arrays"] if one["name"] == name)


def content_of(whole, place):
    """The bytes of the array that holds the place; nothing between two arrays."""
    return next((whole[one["offset"]:one["offset"] + one["bytes"]] for one in _header(whole)["arrays"]
                 if one["offset"] <= place < one["offset"] + one["bytes"]), b"")


@pytest.mark.parametrize("content", [1_000, 30_000_000])
def test_the_bytes_read_at_open_do_not_grow_with_the_segment(tmp_path, monkeypatch, content):
    made = SegmentStore(tmp_path, "needs", 3)
    made.write({"a": np.zeros(content, np.uint8), "b": np.ones(content, np.uint8)}, {})
    read = []
    checked = module.zlib.crc32
    monkeypatch.setattr(module.zlib, "crc32", lambda part, crc: read.append(len(part)) or checked(part, crc))
    monkeypatch.setattr(module.hashlib, "sha256", lambda part, made=module.hashlib.sha256:
                        read.append(len(part)) or made(part))
    assert made.open() is not None
    assert 0 < sum(read) <= max(2 * content, module.SAMPLED * module.BLOCK) + 10_000
    assert sum(read) < 2_000_000


@pytest.mark.parametrize(("kind", "version"), [("needs", 4), ("offerings", 3)])
def test_another_version_or_kind_is_refused_with_its_reason(kept, caplog, kind, version):
    other = SegmentStore(kept.folder, kind, version)
    if kind != "needs":
        name = segment(kept).name.replace("needs", kind)
        segment(kept).rename(kept.folder / name)
        (kept.folder / f"{kind}.current").write_text(json.dumps({"file": name}))
    assert other.open() is None
    assert ("version 3, wanted 4" if version == 4 else "a segment of kind 'needs'") in caplog.text


def test_missing_and_unreadable_segments_are_refused(kept, caplog):
    path = segment(kept)
    path.unlink()
    assert kept.open() is None
    path.mkdir()
    assert kept.open() is None
    assert not kept.verify()
    assert "Is a directory" in caplog.text
    assert SegmentStore(kept.folder / "nowhere", "needs", 3).open() is None
    assert SegmentStore(kept.folder / "nowhere", "needs", 3).identity() is None


def test_a_full_disk_is_told_and_leaves_the_old_segment(kept):
    def write():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        with pytest.raises(StoreUnwritable, match="cannot be kept in this folder"):
            kept.write({"a": np.ones(1 << 20)}, {})

    assert in_child(write) == 0
    assert same(kept.open(), OLD)
    assert len(list(kept.folder.glob("*.segment"))) == 1


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("no folder")
    made = SegmentStore(tmp_path / "file" / "index", "needs", 3)
    with pytest.raises(StoreUnwritable, match="Not a directory"):
        made.write(OLD, {})
    with pytest.raises(StoreUnwritable), made.lock():
        pass
    assert made.open() is None


def test_a_disk_that_does_not_give_back_what_it_took_is_told(kept, monkeypatch):
    def spoil(stage):
        if stage == "synced":
            for path in kept.folder.glob("*.segment"):
                if path != segment(kept):
                    path.write_bytes(path.read_bytes()[:-100] + bytes(100))

    monkeypatch.setattr(kept, "_reached", spoil)
    with pytest.raises(StoreUnwritable, match="its content has changed"):
        kept.write({"a": np.ones(1000)}, {})
    assert same(kept.open(), OLD)


@pytest.mark.parametrize(("arrays", "meta"), [
    ({"a": np.array([None])}, {}), ({"a": np.zeros(2, [("x", "i4")])}, {}), ({}, {"rows": ["x" * 100] * 50_000})])
def test_what_cannot_lie_on_disk_is_refused_before_anything_is_changed(kept, arrays, meta):
    with pytest.raises(ValueError):
        kept.write(arrays, meta)
    assert same(kept.open(), OLD)
    assert len(list(kept.folder.glob("*.segment"))) == 1


def test_a_kind_is_a_plain_name(tmp_path):
    with pytest.raises(ValueError, match="a kind is"):
        SegmentStore(tmp_path, "../needs", 1)
