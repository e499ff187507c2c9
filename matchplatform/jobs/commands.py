"""`flask jobs work`: the process that does background work."""

import logging

import click
from flask import current_app

from matchplatform.jobs.consumer import consume, consume_below


@click.group("jobs")
def jobs() -> None:
    """后台任务：大批导入、导出、每日摘要。"""


@jobs.command("work")
@click.option("--parent", type=int, hidden=True, help="随这个进程结束而结束")
@click.option("--verbose", is_flag=True, help="逐条写运行日志")
def work(parent: int | None, verbose: bool) -> None:
    """一直办理后台任务，直到收到结束信号；正在办的做完手头一批就停，下次接着办。"""
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING,
                        format="%(asctime)s %(name)s %(levelname)s %(message)s")
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.config["JOBS"] == "immediate":
        raise click.ClickException("JOBS=immediate 时任务在请求里办，不用这个进程。")
    if parent is not None:
        consume_below(app, parent)
    else:
        consume(app)
