"""How an immutable index segment lies on disk: named arrays behind a checked header, exchanged by one rename. Pure.

A segment is one file. Its first 64 bytes hold a magic number, the header's length and SHA-256; the header is JSON
(kind, version, meta, and of every array its dtype, shape, place and checksums); the arrays follow raw, each at a
multiple of 64 bytes, so that they are used where they lie. A small manifest names the segment in force. A writer
puts the new file beside the old one, forces it to the disk, reads it back whole, and only then renames a new manifest
over the old; the former segment stays valid until that moment and is deleted after it. Whoever still maps the deleted
file keeps its pages. What a killed writer left behind is removed by the next one.

Opening checks the header, the sizes and a sample of blocks (all of a small file), so its cost does not grow with the
segment; `verify` reads everything. Neither ever answers with doubtful content: the caller gets None and builds anew.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import logging
import math
import os
import re
import secrets
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

MAGIC = b"MPSEGM01"
ALIGNMENT = 64
BLOCK = 4096                 # bytes of a sampled block
SAMPLED = 256                # blocks checked at open, shared out among the arrays
WHOLE = 4 << 20              # a file of at most so many bytes is checked completely at open
LARGEST_HEADER = 4 << 20     # bytes; reading JSON takes some 10 ms a megabyte, and rows belong in arrays
STEP = 1 << 24               # bytes read or written at once
KINDS_OF_VALUE = "biufSU"    # numpy kinds that can lie raw on disk
_FRONT = struct.Struct("<8sQ32s16x")

Identity = tuple[int, int, int]  # inode, time of change in ns, size of the manifest

_log = logging.getLogger(__name__)


class StoreUnwritable(OSError):
    """The folder cannot be written (full, read-only, no permission); what was in force there still is."""


class _Refused(ValueError):
    """The file is not what it should be; the text says why."""


@dataclass(frozen=True)
class Opened:
    """A segment in use: arrays that are read-only views of one np.memmap (plain ndarrays, so that slicing them costs
    nothing extra), the meta as it was written, and the manifest's identity to compare with `SegmentStore.identity`."""

    arrays: Mapping[str, np.ndarray]
    meta: Mapping[str, Any]
    identity: Identity


def _round_up(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _bytes_of(array: np.ndarray) -> memoryview:
    """A contiguous array as flat bytes, not copied."""
    return (array.reshape(-1).view(np.uint8) if array.nbytes else np.zeros(0, np.uint8)).data


def _starts(size: int, most: int) -> list[int]:
    """Where in `size` bytes the sampled blocks begin: at most `most`, evenly spread, first and last among them."""
    count = min(most, -(-size // BLOCK))
    if count * BLOCK >= size:
        return list(range(0, size, BLOCK))
    return [round(k * (size - BLOCK) / (count - 1)) for k in range(count)]


def _sample(content: memoryview, most: int) -> int:
    """CRC-32 over the sampled blocks of flat bytes."""
    crc = 0
    for start in _starts(len(content), most):
        crc = zlib.crc32(content[start:start + BLOCK], crc)
    return crc


def _digest(content: memoryview) -> str:
    """SHA-256 over flat bytes, hexadecimal."""
    made = hashlib.sha256()
    for start in range(0, len(content), STEP):
        made.update(content[start:start + STEP])
    return made.hexdigest()


def _laid_out(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays little-endian and contiguous. Raises ValueError for values that cannot lie raw on disk."""
    made = {}
    for name, given in arrays.items():
        one = np.asarray(given)
        if one.dtype.kind not in KINDS_OF_VALUE:
            raise ValueError(f"array {name!r}: values of type {one.dtype} cannot be stored")
        made[name] = np.require(one, one.dtype.newbyteorder("<"), "C")
    return made


class SegmentStore:
    """The segments of one kind (`needs`, `offerings`) in a folder; `version` is the layout's, another one is refused.

    Safe to use from several threads and processes: writers exclude each other by a lock file, readers need none.
    """

    def __init__(self, folder: Path, kind: str, version: int) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", kind):
            raise ValueError(f"a kind is lower-case letters, digits and dashes, not {kind!r}")
        self.folder, self.kind, self.version = Path(folder), kind, version
        self._manifest = self.folder / f"{kind}.current"
        self._pattern = re.compile(rf"{re.escape(kind)}\.[0-9a-f]{{16}}\.(segment|manifest)")
        self._holder: int | None = None  # thread that holds the lock

    # ---- reading

    def identity(self) -> Identity | None:
        """What tells one manifest from the next, by a single stat; None while there is none."""
        try:
            found = os.stat(self._manifest)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def open(self) -> Opened | None:
        """The segment in force, or None with the reason in the log (nothing at all is said of an empty folder)."""
        for _ in range(5):
            before = self.identity()
            if before is None and not self._manifest.exists():
                return None
            try:
                arrays, meta = self._load(self._named())
            except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
                if self.identity() != before:  # replaced and deleted while it was being opened
                    continue
                _log.warning("%s index in %s is not used: %s", self.kind, self.folder, error)
                return None
            if before is not None and self.identity() == before:
                return Opened(arrays, meta, before)
        _log.warning("%s index in %s is not used: it changes faster than it can be opened", self.kind, self.folder)
        return None

    def verify(self) -> bool:
        """Is the whole content of the segment in force as it was written? Reads all of it; False says why."""
        try:
            self._check_whole(self._named())
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            _log.warning("%s index in %s is damaged: %s", self.kind, self.folder, error)
            return False
        return True

    def _named(self) -> Path:
        said = json.loads(self._manifest.read_bytes())
        name = said.get("file") if isinstance(said, dict) else None
        if not isinstance(name, str) or not self._pattern.fullmatch(name):
            raise _Refused("the manifest names no segment of this kind")
        return self.folder / name

    def _header(self, file: BinaryIO, size: int) -> dict[str, Any]:
        front = file.read(_FRONT.size)
        if len(front) < _FRONT.size:
            raise _Refused("cut off before the header")
        magic, length, digest = _FRONT.unpack(front)
        if magic != MAGIC:
            raise _Refused("not a segment")
        if length > min(size, LARGEST_HEADER):
            raise _Refused("the header's length is out of range")
        text = file.read(length)
        if hashlib.sha256(front[:16] + text).digest() != digest:
            raise _Refused("the header's checksum does not fit")
        header: dict[str, Any] = json.loads(text)
        if header["kind"] != self.kind:
            raise _Refused(f"a segment of kind {header['kind']!r}")
        if header["version"] != self.version:
            raise _Refused(f"version {header['version']}, wanted {self.version}")
        if header["size"] != size:
            raise _Refused(f"{size} bytes long instead of {header['size']}")
        return header

    def _load(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            header = self._header(file, size)
            content = np.memmap(file, dtype=np.uint8, mode="r", shape=(size,))
        arrays = {}
        for entry in header["arrays"]:
            dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
            start, length = entry["offset"], entry["bytes"]
            if dtype.kind not in KINDS_OF_VALUE or length != math.prod(shape) * dtype.itemsize \
                    or start % ALIGNMENT or start + length > size:
                raise _Refused(f"array {entry['name']!r} does not fit its place")
            part = np.asarray(content)[start:start + length]
            if _sample(part.data, entry["blocks"]) != entry["sample"]:
                raise _Refused(f"array {entry['name']!r}: a checksum does not fit")
            made = part.view(dtype).reshape(shape) if length else np.zeros(shape, dtype)
            made.flags.writeable = False
            arrays[entry["name"]] = made
        return arrays, header["meta"]

    def _check_whole(self, path: Path) -> None:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            for entry in self._header(file, size)["arrays"]:
                file.seek(entry["offset"])
                made, left = hashlib.sha256(), entry["bytes"]
                while left and (read := file.read(min(left, STEP))):
                    made.update(read)
                    left -= len(read)
                if made.hexdigest() != entry["digest"]:
                    raise _Refused(f"array {entry['name']!r}: its content has changed")

    # ---- writing

    @contextlib.contextmanager
    def lock(self, wait: bool = True) -> Iterator[bool]:
        """Only one holder a folder and kind, over all processes and threads; with `wait=False` it answers False at
        once when somebody else is the holder. It ends with the process, however that ends.

        Raises StoreUnwritable where no lock file can be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / f"{self.kind}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            self._holder = threading.get_ident()
            try:
                yield True
            finally:
                self._holder = None
        finally:
            os.close(handle)

    def write(self, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
        """Make this the segment in force; waits for the lock unless the calling thread holds it.

        `meta` is JSON and small. Raises StoreUnwritable (full disk, read-only folder, or what was written does not
        read back), and ValueError for what cannot be stored; in every case the former segment stays in force.
        """
        if self._holder != threading.get_ident():
            with self.lock():
                self.write(arrays, meta)
            return
        self._reached("locked")
        self._clear_leftovers()
        path = self.folder / f"{self.kind}.{secrets.token_hex(8)}.segment"
        try:
            self._write_segment(path, _laid_out(arrays), meta)
            self._check_whole(path)
            self._reached("verified")
            self._swap(path)
        except (OSError, _Refused) as error:
            raise self._unwritable(error) from error
        finally:  # the former segment after success, the new one after a failure
            self._clear_leftovers()
        self._reached("cleared")

    def _write_segment(self, path: Path, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
        entries: list[dict[str, Any]] = []
        total = sum(one.nbytes for one in arrays.values())
        place = 0  # counted from the end of the header until that is known
        for name, one in arrays.items():
            content = _bytes_of(one)
            blocks = -(-one.nbytes // BLOCK) if total <= WHOLE else max(2, SAMPLED // len(arrays))
            entries.append({"name": name, "dtype": one.dtype.str, "shape": list(one.shape), "offset": place,
                            "bytes": one.nbytes, "blocks": blocks, "sample": _sample(content, blocks),
                            "digest": _digest(content)})
            place = _round_up(place + one.nbytes)
        text, first = self._header_text(entries, meta, place)
        front = _FRONT.pack(MAGIC, len(text), b"")[:16]
        with open(path, "xb") as file:
            file.write(_FRONT.pack(MAGIC, len(text), hashlib.sha256(front + text).digest()) + text)
            self._reached("begun")
            for number, (entry, one) in enumerate(zip(entries, arrays.values(), strict=True)):
                file.write(bytes(entry["offset"] - file.tell()))
                content = _bytes_of(one)
                for start in range(0, len(content), STEP):
                    file.write(content[start:start + STEP])
                if number == len(entries) // 2:
                    file.flush()
                    self._reached("half written")
            file.write(bytes(first + place - file.tell()))
            file.flush()
            self._reached("written")
            os.fsync(file.fileno())
        self._reached("synced")

    def _header_text(self, entries: Sequence[dict[str, Any]], meta: Mapping[str, Any],
                     length: int) -> tuple[bytes, int]:
        """The header with the arrays' final offsets, and where the first of them stands."""
        def text_at(first: int) -> bytes:
            moved = [{**entry, "offset": first + entry["offset"]} for entry in entries]
            return json.dumps({"kind": self.kind, "version": self.version, "size": first + length,
                               "meta": dict(meta), "arrays": moved}).encode()

        # Offsets in the text make it longer; room for the longest is left once and for all.
        first = _round_up(_FRONT.size + len(text_at(10 ** 15)))
        text = text_at(first)
        if len(text) > LARGEST_HEADER:
            raise ValueError(f"meta of {len(text)} bytes: what grows with the rows belongs in an array")
        for entry in entries:
            entry["offset"] += first
        return text, first

    def _swap(self, path: Path) -> None:
        """Name the segment in the manifest. Its time is set later than the former one's even if the clock is not:
        a file system may give the same inode again within one tick."""
        self._sync_folder()
        former = self.identity()
        moment = max(time.time_ns(), former[1] + 1 if former else 0)
        beside = path.with_suffix(".manifest")
        with open(beside, "xb") as file:
            file.write(json.dumps({"file": path.name}).encode())
            file.flush()
            os.utime(file.fileno(), ns=(moment, moment))
            os.fsync(file.fileno())
        self._reached("manifest written")
        os.replace(beside, self._manifest)
        self._reached("swapped")
        with contextlib.suppress(OSError):  # it is in force already; at worst a power failure brings the former back
            self._sync_folder()

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _clear_leftovers(self) -> None:
        """Remove every segment but the one in force; one that cannot be removed is left to the next writer."""
        try:
            kept = self._named().name
        except (FileNotFoundError, ValueError):
            kept = ""
        except OSError:  # a manifest that cannot be read today may be right tomorrow
            return
        with contextlib.suppress(OSError):
            for one in self.folder.iterdir():
                if self._pattern.fullmatch(one.name) and one.name != kept:
                    with contextlib.suppress(OSError):
                        one.unlink()

    def _unwritable(self, error: BaseException) -> StoreUnwritable:
        code = getattr(error, "errno", None) or errno.EIO
        told = getattr(error, "strerror", None) or str(error)
        return StoreUnwritable(code, f"the {self.kind} index cannot be kept in this folder: {told}", str(self.folder))

    def _reached(self, stage: str) -> None:
        """Called after every stage of a write; tests end the process here."""
