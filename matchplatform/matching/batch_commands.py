"""`flask match all`: every need of the database against every offering, in a folder, block by block."""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from flask import current_app

from matchplatform.extensions import db
from matchplatform.matching import batch, corpus, meaning
from matchplatform.matching.document import Document
from matchplatform.matching.encoders import EncoderUnavailable, load
from matchplatform.matching.ranking import LEXICAL
from matchplatform.needs.queries import need_texts
from matchplatform.offerings.queries import offering_texts

MOST_RESULTS = 10_000
WORDS_ONLY = "加 --encoder off 可以只按字词排序。"
PAUSE = 10.0      # seconds between two lines of progress where there is no terminal
INTERRUPTED = 130


class BadInput(click.ClickException):
    """Bad input ends with code 2, as bad options do."""

    exit_code = 2


@contextlib.contextmanager
def told(folder: Path) -> Iterator[None]:
    """What may end a run, as sentences that say how to go on; a folder that cannot be written is told at once."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        yield
    except batch.OtherWork as fault:
        raise BadInput(str(fault)) from None
    except batch.Occupied as fault:
        raise click.ClickException(str(fault)) from None
    except OSError as error:
        raise BadInput(f"{folder}：写不了（{error.strerror or error}）。已经做完的不会丢，排除原因后再执行同一条命令，"
                       "就接着做。") from None
    except KeyboardInterrupt:
        click.echo(f"\n已停下。做完的都在 {folder} 里，再执行同一条命令就接着做。", err=True)
        raise SystemExit(INTERRUPTED) from None


@contextlib.contextmanager
def shown(count: int) -> Iterator[Callable[[int, int], None]]:
    """A bar on the error output, or lines now and then where that is no terminal."""
    if sys.stderr.isatty():
        with click.progressbar(length=count, label="匹配", file=sys.stderr, show_pos=True) as bar:
            yield lambda done, total: bar.update(done - bar.pos)
        return
    last = [time.monotonic()]

    def line(done: int, total: int) -> None:
        if done == total or time.monotonic() - last[0] >= PAUSE:
            last[0] = time.monotonic()
            click.echo(f"已完成 {done} / {total} 条。", err=True)

    yield line


def summary(receipt: batch.Receipt) -> str:
    """What a run did, in one sentence or two."""
    kept = f"其中 {receipt.kept} 块是以前做好的，" if receipt.kept else ""
    broken = f"{receipt.broken} 块损坏，已重做，" if receipt.broken else ""
    return (f"{receipt.questions} 条，分 {receipt.blocks} 块，{kept}{broken}共 {receipt.rows} 行，写入 "
            f"{receipt.ranking}。")


@click.command("all")
@click.option("--top", "top", default=20, show_default=True, type=click.IntRange(1, MOST_RESULTS),
              help="每条需求取前几名。")
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="结果文件夹：做完一块存一块，最后合成 ranking.tsv（需求、供给、名次、分数，制表符分隔）。")
@click.option("--encoder", "encoder", default=None,
              help="比对意思用的模型：default 随平台安装的，off 只按字词，或一个模型目录。不写就按平台的设置。")
@click.option("--restart", is_flag=True, help="丢掉文件夹里原来的结果，从头做。")
def rank_all(top: int, folder: Path, encoder: str | None, restart: bool) -> None:
    """给需求项目库里的每条需求排出供给项目库里最合适的供给。

    中途停下（断电、被终止、Ctrl+C）后再执行同一条命令，就接着做剩下的。
    """
    with told(folder):
        _use(encoder)
        library = corpus.offerings()
        by_words = not meaning.meanings()
        combination = LEXICAL if by_words else corpus.combination()
        if library.index.size and not {one.name for one in meaning.meanings()} <= set(library.index.meanings):
            raise BadInput(f"供给的意思没有都算出来，请执行 match index 后再试。{WORDS_ONLY}")
        needs = [replace(corpus.need_entry(row).document, id=row.code) for row in need_texts()]
        codes = {str(row.id): row.code for row in offering_texts()}
        if not codes.keys() >= set(library.index.ids):
            raise click.ClickException("供给项目库刚刚有变动，请再执行一次。")
        db.session.rollback()  # a run may take hours: no transaction stays open
        lexicon = library.index.lexicon
        told_library = repr((library.content(), corpus.engine("offerings").recipe, lexicon.synonyms,
                             sorted(lexicon.stop_words)))
        with shown(len(needs)) as progress:
            receipt = batch.run(library.index, needs, top, folder, combination=combination, progress=progress,
                                identity=batch.identity_of(told_library, combination), called=codes, restart=restart,
                                vectors=None if by_words else _vectors)
    click.echo(summary(receipt))


def _use(encoder: str | None) -> None:
    """Let this process compare meaning by the encoder, where one is named; raises BadInput when it cannot be had.

    The stored index is left as it is, whatever encoder it was made with; by words alone none is needed.
    """
    setting = current_app.config["MATCH_ENCODER"] if encoder is None else encoder
    try:
        load(setting)
    except EncoderUnavailable as error:
        raise BadInput(f"{error}{WORDS_ONLY}") from None
    if setting != current_app.config["MATCH_ENCODER"]:
        current_app.config.update(MATCH_ENCODER=setting, MATCH_COMPACTION="never")
        if setting == "off":
            current_app.config["MATCH_INDEX_FOLDER"] = ""


def _vectors(needs: Sequence[Document]) -> dict[str, np.ndarray]:
    found = meaning.vectors(needs, meaning.NEEDS)
    if found is None:
        raise BadInput(f"意思比对没有成功。已经做完的不会丢；{WORDS_ONLY}")
    return dict(found)
