"""Commands of `flask --app wsgi`; may import anything."""

from importlib.util import find_spec

import click
from flask import Flask

from matchplatform.audit.queries import first_break
from matchplatform.catalog.seed import load_catalog
from matchplatform.extensions import db


@click.command("seed")
def seed() -> None:
    """载入行政区划、帮扶领域和行动；可以重复执行。"""
    counts = load_catalog()
    db.session.commit()
    click.echo(f"新增行政区划 {counts['regions']} 条、帮扶领域 {counts['categories']} 个、行动 {counts['campaigns']} 个。")


@click.command("verify-audit")
def verify_audit() -> None:
    """逐条核对审计链；发现第一处不符就停下，退出码 1。"""
    checked, broken = first_break()
    if broken is not None:
        click.echo(f"审计链在第 {broken} 条断开：前面 {checked} 条相符，这一条被改动或缺失。", err=True)
        raise SystemExit(1)
    click.echo(f"审计链完整，共 {checked} 条。")


def init_commands(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(seed)
    app.cli.add_command(verify_audit)
    if find_spec("matchplatform.matching.commands"):
        from matchplatform.matching.commands import match

        app.cli.add_command(match)
