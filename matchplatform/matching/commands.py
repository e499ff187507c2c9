"""`flask --app wsgi match …`: rank files against each other, without any database content; keep and check the index."""

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from matchplatform.catalog.rules import PROVINCE
from matchplatform.catalog.seed import rows as seed_rows
from matchplatform.matching import batch, corpus
from matchplatform.matching.batch_commands import MOST_RESULTS, WORDS_ONLY, BadInput, shown, told
from matchplatform.matching.combination import Combination
from matchplatform.matching.encoders import EncoderUnavailable, Meaning, load, measured
from matchplatform.matching.index import Document, TextIndex
from matchplatform.matching.meaning import NEEDS, OFFERINGS, recipe, text_of
from matchplatform.matching.ranking import rank
from matchplatform.matching.ranking_file import BadLine, Record, read_records, write_ranking
from matchplatform.matching.store import StoreUnwritable
from matchplatform.matching.vectors import VectorCache, vectors_of

LIBRARIES = {"needs": "需求项目库", "offerings": "供给项目库"}

# What --context makes of a similarity: near beats far, and what cannot be done falls behind what can.
REACH = {"county": 1.0, "city": 0.98, "province": 0.96}
OUT_OF_REACH = 0.3


@click.group("match")
def match() -> None:
    """匹配：给需求和供给排序。"""


@match.command("rank")
@click.option("--needs", "needs_path", required=True, type=click.Path(path_type=Path), help="需求，每行一个 JSON。")
@click.option("--offerings", "offerings_path", required=True, type=click.Path(path_type=Path),
              help="供给，每行一个 JSON。")
@click.option("--top", "top", default=20, show_default=True, type=click.IntRange(1, MOST_RESULTS),
              help="每条取前几名。")
@click.option("--out", "out_path", required=True, type=click.Path(path_type=Path, dir_okay=False),
              help="结果文件：需求、供给、名次、分数，制表符分隔。")
@click.option("--reverse", is_flag=True, help="反过来：给每项供给排需求；供给写在第一列。")
@click.option("--context", is_flag=True, help="除文字外也看服务区域和容量。")
@click.option("--encoder", "encoder", default="default", show_default=True,
              help="比对意思用的模型：default 随平台安装的，off 只按字词，或一个模型目录。")
@click.option("--resume", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="做完一块就存进这个文件夹；中途停下后再执行同一条命令，接着做剩下的。不能和 --context 同用。")
@click.option("--restart", is_flag=True, help="丢掉 --resume 文件夹里原来的结果，从头做。")
def rank_files(needs_path: Path, offerings_path: Path, top: int, out_path: Path, reverse: bool, context: bool,
               encoder: str, folder: Path | None, restart: bool) -> None:
    """给每条需求排出最合适的供给（--reverse 时相反）。

    记录的字段：id、title、body、category，可以另有 county、area、capacity；title 和 category 可以没有。有一行读不懂，
    就报出文件和行号，什么都不写。
    """
    if (context and folder) or (restart and not folder):
        raise BadInput("--context 不能和 --resume 同用。" if folder else "--restart 要和 --resume 同用。")
    try:
        needs, offerings = read_records(needs_path), read_records(offerings_path)
    except BadLine as fault:
        raise BadInput(str(fault)) from None
    asking, asked = (offerings, needs) if reverse else (needs, offerings)
    try:
        with told(folder) if folder else nullcontext():
            work = _prepared(asking, asked, reverse, encoder, folder)
            rows = _kept(work, asking, asked, top, folder, restart) if folder else _ranked(
                work, asking, asked, top, reverse, context)
        count = write_ranking(out_path, rows)
    except OSError as error:
        raise BadInput(f"{out_path}：写不了（{error.strerror or error}）。") from None
    click.echo(f"{len(asking)} 条，每条取前 {min(top, len(asked))} 名，共 {count} 行，写入 {out_path}。")


@match.command("index")
@click.option("--check", is_flag=True, help="只核对已保存的索引，不重建。")
def keep_index(check: bool) -> None:
    """重建两个项目库的索引并保存，各进程随后自动换用；--check 逐字节核对已保存的索引，有损坏退出码 1。"""
    if check:
        damaged = corpus.damaged()
        for name in damaged:
            click.echo(f"{LIBRARIES[name]}的索引已损坏；运行中的进程会自动重建，也可以执行 match index。", err=True)
        if damaged:
            raise SystemExit(1)
        click.echo("已保存的索引完好。")
        return
    try:
        saved = corpus.save()
    except StoreUnwritable as error:
        raise click.ClickException(f"{error.filename}：写不了（{os.strerror(error.errno)}）。") from None
    click.echo(f"已保存{'、'.join(LIBRARIES[name] for name in saved)}的索引。" if saved else
               "没有设置 MATCH_INDEX_FOLDER 或当前的索引只放在内存里，没有保存。")


def _document(one: Record) -> Document:
    return Document(one.id, one.title, one.body, one.category)


def _vectors(records: Sequence[Record], meanings: Sequence[Meaning], side: str,
             cache: VectorCache) -> dict[str, np.ndarray]:
    """Each encoder's vectors of the records; raises BadInput when one fails."""
    found = {}
    texts = [text_of(_document(one)) for one in records]
    for one in meanings:
        made = vectors_of(texts, one.needs if side == NEEDS else one.offerings, cache)
        if made.error:
            raise BadInput(f"意思比对没有成功（{made.error}）。{WORDS_ONLY}")
        found[one.name] = made.rows
    return found


@dataclass(frozen=True)
class _Work:
    """An index over what is asked, the encoders' vectors of those who ask, and how both are combined."""

    index: TextIndex
    vectors: dict[str, np.ndarray]
    combination: Combination
    encoders: str


def _prepared(asking: Sequence[Record], asked: Sequence[Record], reverse: bool, setting: str,
              folder: Path | None) -> _Work:
    """What a ranking needs; vectors are kept in the folder, if there is one. Raises BadInput."""
    try:
        meanings = load(setting)
    except EncoderUnavailable as error:
        raise BadInput(f"{error}{WORDS_ONLY}") from None
    sides = (OFFERINGS, NEEDS) if reverse else (NEEDS, OFFERINGS)
    cache = VectorCache(folder / "vectors.sqlite3" if folder and meanings else None)
    vectors, theirs = (_vectors(records, meanings, side, cache)
                       for records, side in zip((asking, asked), sides, strict=True))
    cache.close()
    meanings = tuple(measured(one, vectors[one.name], theirs[one.name]) for one in meanings)
    index = TextIndex(*TextIndex.arrays_of([_document(one) for one in asked], meanings=theirs))
    return _Work(index, vectors, Combination(meanings), recipe(meanings))


def _kept(work: _Work, asking: Sequence[Record], asked: Sequence[Record], top: int, folder: Path,
          restart: bool) -> Iterator[tuple[str, str, int, float]]:
    """`_ranked` without context, block by block in a folder."""
    place = {one.id: number for number, one in enumerate(asking)}

    def vectors(some: Sequence[Document]) -> dict[str, np.ndarray]:
        return {name: rows[[place[one.id] for one in some]] for name, rows in work.vectors.items()}

    identity = batch.identity_of(batch.digest_of([_document(one) for one in asked]), work.combination, work.encoders)
    with shown(len(asking)) as progress:
        receipt = batch.run(work.index, [_document(one) for one in asking], top, folder, identity=identity,
                            vectors=vectors if work.vectors else None, combination=work.combination,
                            progress=progress, restart=restart)
    return batch.rows_of(receipt.ranking)


def _ranked(work: _Work, asking: Sequence[Record], asked: Sequence[Record], top: int, reverse: bool,
            context: bool) -> Iterator[tuple[str, str, int, float]]:
    codes = _region_codes() if context else {}
    by_id = {one.id: one for one in asked}
    for number, one in enumerate(asking):
        mine = {name: rows[number] for name, rows in work.vectors.items()} or None
        found = rank(work.index, work.combination, _document(one), mine, len(asked) if context else top)
        hits = [(hit.id, hit.text.probability) for hit in found]
        if context:
            hits = sorted(((other, value * (_fit(by_id[other], one, codes) if reverse
                                            else _fit(one, by_id[other], codes))) for other, value in hits),
                          key=lambda item: -item[1])[:top]
        for place, (other, value) in enumerate(hits, 1):
            yield one.id, other, place, value


def _region_codes() -> dict[str, tuple[str, str, str]]:
    """Name of a province, city or county -> (level, own code, city's code), from the seed file of the catalog."""
    found: dict[str, tuple[str, str, str]] = {"全省": ("province", PROVINCE, "")}
    for row in seed_rows("divisions.csv"):
        if row["level"] in ("province", "city", "county"):
            city = row["code"] if row["level"] == "city" else row["parent_code"]
            found[row["name"]] = (row["level"], row["code"], city)
    return found


def _fit(need: Record, offering: Record, codes: dict[str, tuple[str, str, str]]) -> float:
    """The factor on the similarity from served area and capacity; what a record leaves out counts as fitting."""
    factor = OUT_OF_REACH if offering.capacity == 0 else 1.0
    homes = [codes[name] for name in need.places if name in codes]
    areas = [codes[name] for name in offering.places if name in codes]
    if not homes or not areas:
        return factor
    served = {code for _, code, _ in areas}
    _, home, city = homes[0]
    if home in served:
        return factor * REACH["county"]
    if city in served:
        return factor * REACH["city"]
    return factor * (REACH["province"] if PROVINCE in served else OUT_OF_REACH)
