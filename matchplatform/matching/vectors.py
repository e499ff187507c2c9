"""Vectors of texts, computed once and kept beside the index: an encoder takes milliseconds a text, reading does not.

The cache is a small SQLite file, shared by all processes. A vector is kept as float16 with a CRC-32 behind it:
over 60 million pairs of random unit vectors of 384 and 512 dimensions no cosine moved by more than 9e-5, and by 4e-4
where a few coordinates hold nearly all of the length; float32 would take twice the room for nothing. A vector that
was just computed is rounded the same way, so that a text has the same vector in the process that computed it and in
all that read it.

A cache that cannot be used never stops anybody: a damaged file is renamed away and started anew, one that cannot be
written is replaced by the process's memory; both are told in the log once.
"""

import contextlib
import hashlib
import logging
import os
import sqlite3
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from matchplatform.matching.text_encoder import legible

MOST = 500_000       # vectors in the file: half a gigabyte at 512 dimensions
MOST_IN_MEMORY = 20_000
SPARE = 0.9          # share of the limit that is kept when the oldest are removed
AT_ONCE = 64         # texts an encoder is given in one call
ASKED = 500          # digests in one statement
BUSY_SECONDS = 5.0
PATIENCE = 10.0      # seconds to wait for a text that another thread is encoding
LAYOUT = 1           # another number in the file: it is started anew
DAY = 86_400

_TABLE = """CREATE TABLE IF NOT EXISTS vectors (encoder TEXT NOT NULL, digest BLOB NOT NULL, used INTEGER NOT NULL,
            vector BLOB NOT NULL, UNIQUE (encoder, digest));
            CREATE INDEX IF NOT EXISTS by_use ON vectors (used);"""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_log = logging.getLogger(__name__)


class Encoder(Protocol):
    """What turns texts into vectors. `name` tells the model and its version; `encode` answers (n, dimensions)."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows, one a text."""


@dataclass(frozen=True)
class Vectors:
    """`rows` (n, dimensions) float32: unit rows, and zeros where `failed` (n,) is true; `error` says why the encoder
    failed, "" when it did not. A blank text has no meaning to encode: it is marked as failed without an error."""

    rows: np.ndarray
    failed: np.ndarray
    error: str = ""


def digest_of(text: str) -> bytes:
    """SHA-256 of a text, 32 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _packed(vector: np.ndarray) -> bytes:
    raw = vector.astype("<f2").tobytes()
    return raw + zlib.crc32(raw).to_bytes(4, "little")


def _unpacked(blob: Any) -> np.ndarray | None:
    """The unit vector, float32; None when the bytes are not what was written."""
    if not isinstance(blob, bytes) or len(blob) < 6 or len(blob) % 2:
        return None
    raw = blob[:-4]
    if zlib.crc32(raw) != int.from_bytes(blob[-4:], "little"):
        return None
    vector = np.frombuffer(raw, "<f2").astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if np.isfinite(length) and length > 0 else None


class VectorCache:
    """Vectors by (encoder, SHA-256 of the text) in a file, or in memory only when there is no path.

    At most `most` vectors; beyond that those not used for the longest time go (use is noted by the day). For several
    threads and processes at once, also over a fork.
    """

    def __init__(self, path: Path | None, most: int = MOST) -> None:
        self.path, self._most = path, most
        self.lock = threading.RLock()
        self._memory: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        self._connection: sqlite3.Connection | None = None
        self._inherited: list[sqlite3.Connection] = []
        self._process = 0
        self._inode = 0
        # (process, encoder, digest) that a thread is encoding now; a forked process waits for no thread of its parent
        self.pending: dict[tuple[int, str, bytes], Future[np.ndarray | None]] = {}
        self._told: set[str] = set()

    def get(self, encoder: str, digests: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """The known ones among the digests: unit vectors (dimensions,) float32."""
        found: dict[bytes, np.ndarray] = {}
        with self.lock:
            for digest in digests:
                blob = self._memory.get((encoder, digest))
                vector = _unpacked(blob)
                if vector is not None:
                    self._memory.move_to_end((encoder, digest))
                    found[digest] = vector
            left = [one for one in dict.fromkeys(digests) if one not in found]
            for start in range(0, len(left), ASKED):
                found |= self._on_file(partial(_read, encoder=encoder, digests=left[start:start + ASKED])) or {}
        return found

    def put(self, encoder: str, items: Mapping[bytes, np.ndarray] | Iterable[tuple[bytes, np.ndarray]]) -> None:
        """Keep unit vectors by their digests; one that is there already is replaced."""
        pairs = items.items() if isinstance(items, Mapping) else items
        rows = [(digest, _packed(np.asarray(vector))) for digest, vector in pairs]
        with self.lock:
            if rows and self._on_file(lambda file: _write(file, encoder, rows, self._most)) is None:
                for digest, blob in rows:
                    self._memory[encoder, digest] = blob
                while len(self._memory) > min(self._most, MOST_IN_MEMORY):
                    self._memory.popitem(last=False)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self.lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def tell_once(self, sentence: str) -> None:
        """Put a warning in the log unless this process has said the same before."""
        with self.lock:
            if sentence in self._told:
                return
            self._told.add(sentence)
        _log.warning("%s", sentence)

    def _on_file(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """What the work answers, or None when the file is of no use now."""
        for attempt in range(4):
            if self.path is None:
                return None
            try:
                return work(self._opened(self.path))
            except sqlite3.DatabaseError as error:
                code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
                if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    if self._connection is None and attempt < 3:  # the change to WAL does not wait by itself
                        time.sleep(0.05 * 2 ** attempt)
                        continue
                    self.tell_once(f"vectors in {self.path} could not be used at once: {error}")
                    return None
                if code not in _DAMAGED or not self._put_aside(self.path, error):
                    self._give_up(error)
            except OSError as error:
                self._give_up(error)
        return None

    def _opened(self, path: Path) -> sqlite3.Connection:
        if self._connection is not None and self._process == os.getpid():
            return self._connection
        if self._connection is not None:  # of the parent, before a fork: closing it here would let go of its locks
            self._inherited.append(self._connection)
        path.parent.mkdir(parents=True, exist_ok=True)
        made = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
                made.execute(f"PRAGMA {pragma}")
            layout = made.execute("PRAGMA user_version").fetchone()[0]
            if layout not in (0, LAYOUT):
                damaged = sqlite3.DatabaseError(f"layout {layout}, wanted {LAYOUT}")
                damaged.sqlite_errorcode = sqlite3.SQLITE_NOTADB
                raise damaged
            made.executescript(_TABLE)
            if not layout:
                made.execute(f"PRAGMA user_version={LAYOUT}")
            self._inode = path.stat().st_ino
        except BaseException:
            self._inode = path.stat().st_ino if path.exists() else 0
            made.close()
            raise
        self._connection, self._process = made, os.getpid()
        return made

    def _put_aside(self, path: Path, error: Exception) -> bool:
        """Rename a damaged file away, unless another process has done so; False when that is not possible."""
        self.close()
        try:
            if path.exists() and path.stat().st_ino != self._inode:
                return True
            self.tell_once(f"vectors in {path} are damaged ({error}); they are put aside and computed anew")
            for suffix in ("-wal", "-shm", ""):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{path}{suffix}", f"{path}.damaged{suffix}")
        except OSError:
            return False
        return True

    def _give_up(self, error: Exception) -> None:
        self.tell_once(f"vectors in {self.path} cannot be used ({error}); they are kept in memory only")
        self.close()
        self.path = None


def _read(file: sqlite3.Connection, encoder: str, digests: Sequence[bytes]) -> dict[bytes, np.ndarray]:
    marks, today = ",".join("?" * len(digests)), int(time.time()) // DAY
    rows = file.execute(f"SELECT digest, vector, used FROM vectors WHERE encoder = ? AND digest IN ({marks})",
                        (encoder, *digests)).fetchall()
    found = {digest: vector for digest, blob, _ in rows if (vector := _unpacked(blob)) is not None}
    stale = [(today, encoder, digest) for digest, _, used in rows if used < today]
    if stale:
        with contextlib.suppress(sqlite3.OperationalError):  # read-only or busy: a note of use is no loss
            _together(file, lambda: file.executemany(
                "UPDATE vectors SET used = ? WHERE encoder = ? AND digest = ?", stale))
    return found


def _write(file: sqlite3.Connection, encoder: str, rows: Sequence[tuple[bytes, bytes]], most: int) -> int:
    today = int(time.time()) // DAY

    def work() -> None:
        file.executemany("INSERT OR REPLACE INTO vectors (encoder, digest, used, vector) VALUES (?, ?, ?, ?)",
                         [(encoder, digest, today, blob) for digest, blob in rows])
        count = file.execute("SELECT count(*) FROM vectors").fetchone()[0]
        if count > most:
            file.execute("DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors ORDER BY used, rowid LIMIT ?)",
                         (count - int(most * SPARE),))

    _together(file, work)
    return len(rows)


def _together(file: sqlite3.Connection, work: Callable[[], Any]) -> None:
    """In one transaction that has the write lock from its beginning."""
    file.execute("BEGIN IMMEDIATE")
    try:
        work()
        file.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            file.execute("ROLLBACK")
        raise


def vectors_of(texts: Sequence[str], encoder: Encoder, cache: VectorCache) -> Vectors:
    """The texts' vectors in their order; only what nobody has encoded yet is computed, `AT_ONCE` texts a call.

    A text is encoded once even when several threads ask for it at the same time: the others wait for the first. What
    an encoder cannot do is not kept, so it is tried again at the next call.
    """
    digests, process = [digest_of(text) for text in texts], os.getpid()
    distinct = {digest: text for digest, text in zip(digests, texts, strict=True) if legible(text)}
    known = cache.get(encoder.name, list(distinct))
    known = {digest: vector for digest, vector in known.items() if len(vector) == encoder.dimensions}
    with cache.lock:
        ours: dict[bytes, Future[np.ndarray | None]] = {}
        theirs: dict[bytes, Future[np.ndarray | None]] = {}
        for digest in distinct:
            if digest in known:
                continue
            waiting = cache.pending.get((process, encoder.name, digest))
            if waiting is None:
                ours[digest] = cache.pending[process, encoder.name, digest] = Future()
            else:
                theirs[digest] = waiting
    errors: list[str] = []
    try:
        # Between the look into the cache and the note above another thread may have finished a text.
        again = cache.get(encoder.name, list(ours)) if ours else {}
        made = {one: vector for one, vector in again.items() if len(vector) == encoder.dimensions}
        made |= _encoded([(one, distinct[one]) for one in ours if one not in made], encoder, cache, errors,
                         partial(_hand_over, ours))
        for digest, future in ours.items():
            if not future.done():
                future.set_result(made.get(digest))
        known |= made
    finally:
        with cache.lock:
            for digest, future in ours.items():
                cache.pending.pop((process, encoder.name, digest), None)
                if not future.done():
                    future.set_result(None)
    for digest, future in theirs.items():
        try:
            vector = future.result(timeout=PATIENCE)
        except TimeoutError:
            vector = None
        if vector is not None:
            known[digest] = vector
        elif not errors:
            errors.append("the encoder failed for another caller")
    rows = np.zeros((len(texts), encoder.dimensions), np.float32)
    failed = np.array([digest not in known for digest in digests], dtype=bool)
    for number, digest in enumerate(digests):
        if not failed[number]:
            rows[number] = known[digest]
    return Vectors(rows, failed, errors[0] if errors else "")


def _hand_over(ours: Mapping[bytes, Future[np.ndarray | None]], done: Mapping[bytes, np.ndarray]) -> None:
    """Give finished texts to whoever waits for them."""
    for digest, vector in done.items():
        ours[digest].set_result(vector)


def _encoded(wanted: Sequence[tuple[bytes, str]], encoder: Encoder, cache: VectorCache,
             errors: list[str], kept: Callable[[dict[bytes, np.ndarray]], Any]) -> dict[bytes, np.ndarray]:
    """Encode in batches, keep each batch and tell `kept`, for whom others may be waiting. A batch that fails is tried
    text by text, so that one bad text takes no other along; when none of them passes, the encoder itself is broken and
    the rest is not tried."""
    made: dict[bytes, np.ndarray] = {}
    for start in range(0, len(wanted), AT_ONCE):
        batch = wanted[start:start + AT_ONCE]
        fault = _take(batch, encoder, made)
        passed = not fault
        if fault:
            faults = [_take([one], encoder, made) for one in batch] if len(batch) > 1 else [fault]
            passed = not all(faults)
            errors.extend(one for one in faults if one)
        done = {one: made[one] for one, _ in batch if one in made}
        cache.put(encoder.name, done)
        kept(done)
        if not passed:
            break
    for fault in dict.fromkeys(errors):
        cache.tell_once(f"encoder {encoder.name} failed: {fault}; these texts are ranked by their words alone")
    return made


def _take(batch: Sequence[tuple[bytes, str]], encoder: Encoder, made: dict[bytes, np.ndarray]) -> str:
    """Add the batch's vectors as the cache would give them back; answers what was wrong, "" for nothing."""
    try:
        rows = np.asarray(encoder.encode([text for _, text in batch]), dtype=np.float32)
        if rows.shape != (len(batch), encoder.dimensions):
            return f"answered an array {rows.shape} instead of {(len(batch), encoder.dimensions)}"
        lengths = np.linalg.norm(rows, axis=1)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    fault = ""
    for (digest, _), row, length in zip(batch, rows, lengths, strict=True):
        vector = _unpacked(_packed(row / length)) if np.isfinite(length) and length > 0 else None
        if vector is None:
            fault = "answered a row of zeros or without a number"
        else:
            made[digest] = vector
    return fault
