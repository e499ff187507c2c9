"""The files of `match rank`: records in, one JSON object a line; a ranking out, tab separated. Pure."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_CHARACTERS = 200_000  # of one line; a record beyond that is a mistake


class BadLine(ValueError):
    """A file that cannot be used; the sentence names the file, the line and the cure."""


@dataclass(frozen=True)
class Record:
    """A need or an offering of a file. `places` are county names of a need or served areas of an offering;
    `capacity` is what is left, None where the record does not say."""

    id: str
    title: str
    body: str
    category: str
    places: tuple[str, ...] = ()
    capacity: int | None = None


def _text(value: Any, name: str, where: str, needed: bool = False) -> str:
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise BadLine(f"{where}：{name} 要是文字{'' if needed else '，没有就省去'}。")
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        raise BadLine(f"{where}：{name} 里有残缺的字符，请按 UTF-8 重新保存。")
    return value


def _record(line: str, where: str) -> Record:
    if len(line) > MOST_CHARACTERS:
        raise BadLine(f"{where}：这一行超过 {MOST_CHARACTERS} 个字符，请核对是否缺了换行。")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine(f"{where}：不是 JSON，每行要是一个 {{…}}。") from None
    if not isinstance(value, dict):
        raise BadLine(f"{where}：要是一个 JSON 对象，例如 {{\"id\": \"A1\", \"body\": \"……\"}}。")
    key = _text(value.get("id"), "id", where, needed=True)
    if not key.strip() or any(c in key for c in "\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"):
        raise BadLine(f"{where}：id 不能是空的，也不能含制表符和换行。")
    places = [part.strip() for name in ("county", "area") for part in
              _text(value.get(name), name, where).replace("，", "、").replace(",", "、").split("、")]
    capacity = value.get("capacity")
    if capacity is not None and (isinstance(capacity, bool) or not isinstance(capacity, int) or capacity < 0):
        raise BadLine(f"{where}：capacity 要是 0 或正整数，没有就省去。")
    return Record(key, _text(value.get("title"), "title", where), _text(value.get("body"), "body", where, needed=True),
                  _text(value.get("category"), "category", where), tuple(part for part in places if part), capacity)


def read_records(path: Path) -> list[Record]:
    """Every record of a JSONL file in UTF-8 (with or without a byte order mark), in its order.

    Raises BadLine with file and line number: no UTF-8, not JSON, not an object, an id that is missing, empty, or
    there already, a body that is missing or no text, a blank line in between, a file without any record.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadLine(f"{path}：读不了（{error.strerror or error}）。") from None
    if lines and lines[0].startswith(b"\xef\xbb\xbf"):
        lines[0] = lines[0][3:]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise BadLine(f"{path}：第 1 行：文件是空的，至少要有一条记录。")
    records: list[Record] = []
    seen: dict[str, int] = {}
    for number, raw in enumerate(lines, 1):
        where = f"{path}：第 {number} 行"
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise BadLine(f"{where}：不是 UTF-8 编码，请另存为 UTF-8。") from None
        if not line.strip():
            raise BadLine(f"{where}：是空行，请删去。")
        one = _record(line, where)
        if one.id in seen:
            raise BadLine(f"{where}：id “{one.id}”在第 {seen[one.id]} 行已经有了。")
        seen[one.id] = number
        records.append(one)
    return records


def write_ranking(path: Path, rows: Iterable[tuple[str, str, int, float]]) -> int:
    """Write `first<TAB>second<TAB>rank<TAB>score` lines; answers how many.

    The file appears whole or not at all: it is written beside its place under another name and then renamed.
    Raises OSError.
    """
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    count = 0
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as out:
            for first, second, rank, value in rows:
                out.write(f"{first}\t{second}\t{rank}\t{value:.6g}\n")
                count += 1
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    return count


def _umask() -> int:
    """The process's mask for new files; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
