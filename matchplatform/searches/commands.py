"""`flask --app wsgi searches digest`."""

import datetime as dt

import click

from matchplatform.core.clock import parse_date, today
from matchplatform.searches.work import send_digests


@click.group("searches")
def searches() -> None:
    """保存的搜索。"""


def _day(_context: click.Context, _option: click.Parameter, text: str | None) -> dt.date:
    try:
        return parse_date(text) if text else today()
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None


@searches.command("digest")
@click.option("--date", "day", callback=_day, help="按哪一天办（默认今天）；周一连同每周的一起办")
def digest(day: dt.date) -> None:
    """把保存的搜索里新出现的内容告诉各人；一个人一天只告诉一次，可以重复执行。"""
    sent = send_digests(day)
    click.echo(f"{day:%Y-%m-%d}：告诉了 {sent.people} 人，共 {sent.records} 条。" if sent.people
               else f"{day:%Y-%m-%d}：没有要告诉的新内容。")
    if sent.failed:
        raise click.ClickException(f"有 {sent.failed} 人没有办成，原因在运行日志里；排除后再执行，只办这几人。")
