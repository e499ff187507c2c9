"""Commands that keep the folder of files tidy; every day it is done without them, see `upkeep`."""

import click

from matchplatform.core.size import in_words
from matchplatform.files import rules, upkeep


@click.group("files")
def files() -> None:
    """附件的文件夹。"""


@files.command("sweep")
def sweep() -> None:
    """删掉没有记录对应、放了一天以上的文件（进程被中断时留下的）；平时每天自动做一次。"""
    count, size = upkeep.sweep()
    click.echo(f"清掉没有记录对应的文件 {count} 个，共 {in_words(size)}。")


@files.command("purge")
@click.option("--days", default=rules.KEPT_DAYS, show_default=True, type=click.IntRange(1), help="移除多少天以后")
def purge(days: int) -> None:
    """从磁盘上删掉早已移除的附件；谁在什么时候移除的，记录仍然保留。平时每天自动做一次。"""
    click.echo(f"从磁盘上删掉已移除的附件 {upkeep.purge(days)} 个。")
