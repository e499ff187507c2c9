"""Commands of `flask --app wsgi`; may import anything."""

import click
from flask import Flask

from matchplatform.audit.queries import first_break
from matchplatform.catalog.seed import load_catalog
from matchplatform.demo.commands import demo
from matchplatform.extensions import db
from matchplatform.matching.batch_commands import rank_all
from matchplatform.matching.commands import match
from matchplatform.matching.weights_commands import weights
from matchplatform.pairings.commands import learn


@click.command("seed")
def seed() -> None:
    """载入行政区划、帮扶领域和行动；可以重复执行。"""
    counts = load_catalog()
    db.session.commit()
    click.echo(f"新增行政区划 {counts['regions']} 条、帮扶领域 {counts['categories']} 个、"
               f"行动 {counts['campaigns']} 个。")


@click.command("verify-audit")
def verify_audit() -> None:
    """逐条核对审计链；发现第一处不符就停下，退出码 1。"""
    checked, broken = first_break()
    if broken is not None:
        click.echo(f"审计链在第 {broken} 条断开：前面 {checked} 条相符，这一条被改动或缺失。", err=True)
        raise SystemExit(1)
    click.echo(f"审计链完整，共 {checked} 条。")


@click.command("open-account")
@click.option("--username", required=True, help="登录用的账号名")
@click.option("--name", required=True, help="姓名")
@click.option("--role", default="system_admin", show_default=True,
              type=click.Choice(["system_admin", "security_admin", "auditor", "province_officer"]), help="角色")
def open_first_account(username: str, name: str, role: str) -> None:
    """开通第一个账号（系统管理员等）；初始密码只显示这一次，第一次登录必须改。"""
    from matchplatform.accounts.operations import initial_password, open_account
    from matchplatform.core.errors import Refusal

    password = initial_password()
    try:
        open_account(None, username=username, name=name, role=role, password=password)
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence)
    db.session.commit()
    click.echo(f"已开通 {username}，初始密码 {password} 。请当面交给本人，第一次登录要改。")


def init_commands(app: Flask) -> None:
    """Register the commands."""
    for command in (rank_all, weights, learn):
        match.add_command(command)
    for command in (seed, verify_audit, open_first_account, demo, match):
        app.cli.add_command(command)
