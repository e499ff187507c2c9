"""Commands that keep the folder of files tidy."""

import datetime as dt

import click

from matchplatform.core.clock import now
from matchplatform.core.size import in_words
from matchplatform.extensions import db
from matchplatform.files import operations, queries, rules, storage
from matchplatform.web.transaction import commit_or_conflict

DAY = 24 * 3600


@click.group("files")
def files() -> None:
    """附件的文件夹。"""


@files.command("sweep")
def sweep() -> None:
    """删掉没有记录对应、放了一天以上的文件（进程被中断时留下的）；可以每天执行。"""
    names = queries.stored_names()
    db.session.rollback()
    count, size = storage.sweep(names, DAY)
    click.echo(f"清掉没有记录对应的文件 {count} 个，共 {in_words(size)}。")


@files.command("purge")
@click.option("--days", default=rules.KEPT_DAYS, show_default=True, type=click.IntRange(1), help="移除多少天以后")
def purge(days: int) -> None:
    """从磁盘上删掉早已移除的附件；谁在什么时候移除的，记录仍然保留。"""
    names = operations.purge(now() - dt.timedelta(days=days))
    commit_or_conflict()  # first the rows: a row never names a file that is gone
    for name in names:
        storage.delete(name)
    click.echo(f"从磁盘上删掉已移除的附件 {len(names)} 个。")
