"""Where the bytes lie: FILES_FOLDER, outside static, one file a row.

A file is written aside while it is looked at, and moved into its place in the transaction that writes its row. The
commit leaves it there; a rollback takes it away again. A process killed in between leaves a file that no row names;
`flask files sweep` finds it. No row ever names a file that is not there.
"""

import os
import secrets
import shlex
import subprocess
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app
from sqlalchemy import event

from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.files import rules
from matchplatform.files.inspection import Inspected, inspect
from matchplatform.files.naming import briefly

_ASIDE = "incoming"
_PREVIEW = ".jpg"
SCAN_SECONDS = 60


@dataclass(frozen=True)
class Upload:
    """A file that was looked at and lies aside, ready to be attached."""

    inspected: Inspected
    path: Path
    preview_path: Path | None


def folder() -> Path:
    """The folder of the setting, made when it is needed."""
    return Path(current_app.config["FILES_FOLDER"])


def path_of(stored_name: str) -> Path:
    """Where a stored file lies."""
    return folder() / stored_name[:2] / stored_name


def preview_of(stored_name: str) -> Path:
    """Where its small picture lies."""
    return folder() / stored_name[:2] / f"{stored_name}{_PREVIEW}"


def receive(sent_name: str | None, data: bytes, evidence: bool = False) -> Upload:
    """Look at a file and lay it aside. Raises Refusal with what is wrong with it."""
    inspected = inspect(sent_name, data, evidence)
    aside = folder() / _ASIDE / secrets.token_hex(16)
    aside.parent.mkdir(parents=True, exist_ok=True)
    upload = Upload(inspected, aside, aside.with_suffix(_PREVIEW) if inspected.preview else None)
    try:
        _write(upload.path, inspected.data)
        if upload.preview_path is not None:
            _write(upload.preview_path, inspected.preview)
        _scan(upload)
    except BaseException:
        discard(upload)
        raise
    return upload


def receive_all(sent: Iterable[tuple[str | None, BinaryIO]], evidence: bool) -> tuple[list[Upload], list[str]]:
    """Look at several files, one in memory at a time; answers the good ones and a sentence for each other."""
    uploads: list[Upload] = []
    faults: list[str] = []
    for number, (name, stream) in enumerate(sent, 1):
        if number > rules.MOST_FILES:
            faults.append(f"一次最多传 {rules.MOST_FILES} 个文件，多出来的没有收。")
            break
        try:
            uploads.append(receive(name, stream.read(rules.MOST_BYTES + 1), evidence))
        except Refusal as refusal:
            faults.append(refusal.sentence)
    return uploads, faults


def discard(upload: Upload) -> None:
    """Take away what lies aside; nothing when it has been attached."""
    for path in (upload.path, upload.preview_path):
        if path is not None:
            path.unlink(missing_ok=True)


def place(upload: Upload) -> str:
    """Move an upload into its place for the running transaction; answers its stored name, which is its alone."""
    name = f"{upload.inspected.sha256}-{secrets.token_hex(4)}"
    target = path_of(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    placed = db.session.info.setdefault("placed_files", [])
    for source, goal in ((upload.path, target), (upload.preview_path, preview_of(name))):
        if source is not None:
            placed.append(goal)
            os.replace(source, goal)
    _sync_folder(target.parent)
    return name


@event.listens_for(db.session, "after_commit")
def _keep_placed(session: Any) -> None:
    if not session.in_nested_transaction():
        session.info.pop("placed_files", None)


@event.listens_for(db.session, "after_transaction_end")
def _take_back(session: Any, transaction: Any) -> None:
    """What is still noted when a transaction ends was not committed."""
    if transaction.parent is None:
        for path in session.info.pop("placed_files", ()):
            path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _sync_folder(path: Path) -> None:
    """A moved file survives a power cut only when its folder has been written, too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _scan(upload: Upload) -> None:
    """Ask the virus scanner of the setting SCANNER_COMMAND: it gets the path and ends with 0 (clean) or 1 (infected).

    With any other ending, or none within a minute, nobody knows; then the file is not taken.
    """
    command = shlex.split(current_app.config["SCANNER_COMMAND"])
    if not command:
        return
    said = f"“{briefly(upload.inspected.name)}”"
    try:
        code = subprocess.run([*command, str(upload.path)], timeout=SCAN_SECONDS, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    except (OSError, subprocess.TimeoutExpired) as fault:
        current_app.logger.error("the virus scanner gave no answer: %s", fault)
        code = -1
    if code == 1:
        raise Refusal(f"{said}里发现病毒，没有收下。", "请先杀毒，再传干净的文件。")
    if code != 0:
        raise Refusal(f"{said}没有收下：杀毒程序这会儿没有应答。", "请过几分钟再传；一直这样的话，请告诉系统管理员。")


# ---- what nobody needs any more

def delete(stored_name: str) -> None:
    """Take a file and its small picture off the disk."""
    path_of(stored_name).unlink(missing_ok=True)
    preview_of(stored_name).unlink(missing_ok=True)


def sweep(known: Collection[str], older_than_seconds: float) -> tuple[int, int]:
    """Delete files that no row names and that are older; answers how many, and how many bytes that was."""
    before, count, size = time.time() - older_than_seconds, 0, 0
    for path in list(_all_files()):
        found = path.stat()
        is_known = path.parent.name != _ASIDE and path.name.removesuffix(_PREVIEW) in known
        if not is_known and found.st_mtime < before:
            path.unlink(missing_ok=True)
            count, size = count + 1, size + found.st_size
    return count, size


def _all_files() -> Iterator[Path]:
    for inner in folder().iterdir() if folder().is_dir() else ():
        if inner.is_dir() and (inner.name == _ASIDE or len(inner.name) == 2):
            yield from (path for path in inner.iterdir() if path.is_file())
