"""All questions against one library, in blocks that are kept as they are finished. Pure.

A folder holds one piece of work. `manifest.json` names it (a digest of everything that the result depends on),
`block-00000.tsv`, … hold the finished blocks: lines `question<TAB>found<TAB>rank<TAB>score`, and a last line with the
SHA-256 of these lines. A block is written beside its place, forced to the disk and renamed; after that it is never
touched again. So whatever ends a run, only whole blocks lie there, and the next run with the same work does the rest.
Its digest begins with the work's, so a block of other work is never taken for one of this. When all blocks are there,
`ranking.tsv` is put together from them.
"""

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from matchplatform.matching.combination import Combination
from matchplatform.matching.compiling import fingerprint
from matchplatform.matching.document import Document
from matchplatform.matching.index import TextIndex
from matchplatform.matching.ranking import LEXICAL, compared, rank
from matchplatform.matching.text import shipped_lists

BLOCK = 500          # questions
FORMAT = 1           # of the folder
SPARE = 8            # results beyond the last one, to see whether it is tied with the next
FOOTER = "#sha256\t"
MANIFEST, RANKING, LOCK = "manifest.json", "ranking.tsv", "lock"
_NAMES = r"block-\d{5,}\.tsv|ranking\.tsv|manifest\.json"
OWN = re.compile(rf"{_NAMES}|\.({_NAMES})\.part")   # what a run may remove

VectorsOf = Callable[[Sequence[Document]], Mapping[str, np.ndarray] | None]
Progress = Callable[[int, int], None]
Row = tuple[str, float]


class OtherWork(ValueError):
    """The folder holds other work, or what cannot be told; the sentence names the cure."""


class Occupied(RuntimeError):
    """Another run is at work in the folder."""


@dataclass(frozen=True)
class Receipt:
    """What lies in the folder after a run: questions, lines and blocks, how many of the blocks were there before (the
    broken ones among those that had to be made again), and the file with all of it."""

    questions: int
    rows: int
    blocks: int
    kept: int
    broken: int
    ranking: Path


def identity_of(library: str, combination: Combination, encoders: str = "") -> str:
    """A name for what the results depend on beside the questions and k: the library's content and statistics (named by
    the caller), the sources of meaning and their weights, the shipped lists and the engine's code."""
    figures = [(one.name, one.weight, one.mean, one.deviation) for one in combination.meanings]
    told = (FORMAT, library, encoders, figures, combination.slope, combination.middle, fingerprint(), shipped_lists())
    return sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def digest_of(documents: Sequence[Document]) -> str:
    """A digest of documents with all their parts, in their order."""
    made = sha256()
    for one in documents:
        made.update(repr((one.id, one.title, one.body, one.category, one.place)).encode("utf-8", "surrogatepass"))
    return made.hexdigest()


def run(index: TextIndex, questions: Sequence[Document], k: int, folder: Path, *, identity: str, block: int = BLOCK,
        vectors: VectorsOf | None = None, combination: Combination = LEXICAL, progress: Progress | None = None,
        called: Mapping[str, str] | None = None, restart: bool = False) -> Receipt:
    """The first k documents of the index for every question, as `rank` answers them, in a folder.

    `identity` names the library and how it is asked (`identity_of`); questions and k are added to it here. `vectors`
    gives some questions' unit vectors, by encoder (n, d), and is asked block by block. `called` says under which names
    documents are written where that is not their id. `progress` hears how many questions are done, of how many, after
    each one. `restart` throws away what earlier runs left in the folder. Work that goes on keeps the block size with
    which it was begun.

    Raises OtherWork, Occupied, and OSError where the folder cannot be written. Blocks that are done stay done.
    """
    names = called or {}
    if k < 1 or block < 1:
        raise ValueError(f"k and block are at least 1, not {k} and {block}")
    if any(c in one for one in [*(q.id for q in questions), *index.ids, *names.values()] for c in "\t\r\n"):
        raise ValueError("an id with a tab or a line end cannot stand in the result")
    folder.mkdir(parents=True, exist_ok=True)
    work = sha256(f"{identity}\n{digest_of(questions)}\n{k}\n{sorted(names.items())}".encode(
        "utf-8", "surrogatepass")).hexdigest()
    tell = progress or (lambda done, total: None)
    with _alone(folder):
        if restart:
            _clear(folder)
        block = _begun(folder, work, len(questions), block, k)
        parts = [questions[start:start + block] for start in range(0, len(questions), block)]
        paths = [_path(folder, number) for number in range(len(parts))]
        whole = [_content(path, work, number) is not None for number, path in enumerate(paths)]
        broken = sum(path.exists() for path, there in zip(paths, whole, strict=True) if not there)
        done = sum(len(part) for part, there in zip(parts, whole, strict=True) if there)
        tell(done, len(questions))
        for number, part in enumerate(parts):
            if whole[number]:
                continue
            lines: list[str] = []
            for question, hits in zip(part, _ranked(index, part, k, combination, vectors), strict=True):
                lines += [f"{question.id}\t{names.get(one, one)}\t{place}\t{value:.6g}\n"
                          for place, (one, value) in enumerate(hits, 1)]
                done += 1
                tell(done, len(questions))
            content = "".join(lines).encode("utf-8", "surrogatepass")
            _write(paths[number], [content, _footer(content, work, number)])
        rows = _put_together(folder, work, len(parts))
    return Receipt(len(questions), rows, len(parts), sum(whole), broken, folder / RANKING)


def rows_of(ranking: Path) -> Iterator[tuple[str, str, int, float]]:
    """The lines of a ranking: question, found, rank, score."""
    with open(ranking, encoding="utf-8", errors="surrogatepass", newline="\n") as file:
        for line in file:
            question, found, place, value = line.rstrip("\n").split("\t")
            yield question, found, int(place), float(value)


# ---- the ranking

def _ranked(index: TextIndex, questions: Sequence[Document], k: int, combination: Combination,
            vectors: VectorsOf | None) -> Iterator[list[Row]]:
    """Each question's results with their probability, in the questions' order."""
    held = vectors(questions) if vectors is not None else None
    for number, question in enumerate(questions):
        mine = None if held is None else {name: rows[number] for name, rows in held.items()}
        found = None if compared(index, combination, mine) else _by_words(index, question, k)
        yield [(hit.id, hit.text.probability) for hit in rank(index, combination, question, mine, k)] \
            if found is None else found


def _by_words(index: TextIndex, document: Document, k: int) -> list[Row] | None:
    """What `rank` answers by words alone, from the engine's search, which does not look at everything; None where it
    cannot tell: fewer than k share a term with the question, or the last one may be tied with the next."""
    hits = index.top(document, k + SPARE)
    if len(hits) < min(k, index.size):
        return None
    values = LEXICAL.values(np.minimum(1.0, [value for _, value in hits]), {}).tolist() if hits else []
    if len(hits) == k + SPARE and values[k - 1] == values[-1]:
        return None
    ordered = sorted(zip(values, (one for one, _ in hits), strict=True), key=lambda item: (-item[0], item[1]))
    return [(one, LEXICAL.probability(value)) for value, one in ordered[:k]]


# ---- the folder

def _path(folder: Path, number: int) -> Path:
    return folder / f"block-{number:05d}.tsv"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one run in a folder, over all processes and threads; it ends with the process, however that ends."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Occupied(f"{folder}：另一个进程正在这个文件夹里匹配。等它结束，或者换一个文件夹。") from None
        yield
    finally:
        os.close(handle)


def _clear(folder: Path) -> None:
    """Remove what earlier runs left, the manifest last, and nothing else."""
    own = [one for one in folder.iterdir() if OWN.fullmatch(one.name)]
    for one in sorted(own, key=lambda path: path.name == MANIFEST):
        one.unlink()


def _begun(folder: Path, work: str, questions: int, block: int, k: int) -> int:
    """See that the folder is this work's or empty; answers the questions in a block. Raises OtherWork."""
    manifest = folder / MANIFEST
    cure = "加 --restart 丢掉原来的结果重新做，或者换一个文件夹。"
    if manifest.exists():
        try:
            said = json.loads(manifest.read_bytes())
            found, block = str(said["work"]), int(said["block"])
        except (ValueError, KeyError, TypeError):
            raise OtherWork(f"{manifest}：读不懂，不知道这些结果是哪次匹配的。{cure}") from None
        if found != work or block < 1:
            raise OtherWork(f"{folder}：里面是另一次匹配的结果（需求、供给、模型、名次数或程序版本不同）。{cure}")
        return block
    if any(OWN.fullmatch(one.name) and not one.name.startswith(".") for one in folder.iterdir()):
        raise OtherWork(f"{folder}：里面有结果，但没有 {MANIFEST}，不知道是哪次匹配的。{cure}")
    said = {"format": FORMAT, "work": work, "questions": questions, "block": block,
            "blocks": len(range(0, questions, block)), "top": k}
    _write(manifest, [json.dumps(said, indent=1).encode() + b"\n"])
    return block


def _footer(content: bytes, work: str, number: int) -> bytes:
    return f"{FOOTER}{sha256(f'{work} {number} '.encode() + content).hexdigest()}\n".encode()


def _content(path: Path, work: str, number: int) -> bytes | None:
    """A block's lines without the last; None when it is not there or not as it was written."""
    try:
        told = path.read_bytes()
    except FileNotFoundError:
        return None
    length = len(FOOTER) + 65
    content = told[:max(0, len(told) - length)]
    return content if told == content + _footer(content, work, number) else None


def _put_together(folder: Path, work: str, blocks: int) -> int:
    """Write the ranking; answers its lines."""
    rows = 0

    def parts() -> Iterator[bytes]:
        nonlocal rows
        for number in range(blocks):
            content = _content(_path(folder, number), work, number)
            if content is None:
                raise OtherWork(f"{_path(folder, number)}：刚写好就被改动了。再执行一次，这一块会重做。")
            rows += content.count(b"\n")
            yield content

    _write(folder / RANKING, parts())
    return rows


def _write(path: Path, parts: Sequence[bytes] | Iterator[bytes]) -> None:
    """The file whole or not at all: beside its place, forced to the disk, renamed."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with open(beside, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            _reached(f"{path.name} written")
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    _reached(f"{path.name} in its place")


def _reached(stage: str) -> None:
    """Called after every stage of a write; tests end the process here."""
