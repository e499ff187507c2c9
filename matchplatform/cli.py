"""Commands of `flask --app wsgi`, and the one daily job that no single feature can register; may import anything."""

from functools import partial

import click
from flask import Flask

from matchplatform.audit.queries import first_break
from matchplatform.catalog.seed import load_catalog, load_villages
from matchplatform.demo.commands import demo
from matchplatform.extensions import db
from matchplatform.files.commands import files
from matchplatform.files.upkeep import tidy
from matchplatform.jobs.commands import jobs
from matchplatform.jobs.work import daily
from matchplatform.matching.batch_commands import rank_all
from matchplatform.matching.commands import match
from matchplatform.matching.weights_commands import weights
from matchplatform.needs.models import Need
from matchplatform.needs.seed import load_templates
from matchplatform.needs.snapshots import snapshot as need_snapshot
from matchplatform.offerings.models import Offering
from matchplatform.offerings.snapshots import snapshot as offering_snapshot
from matchplatform.organizations.models import Organization
from matchplatform.organizations.snapshots import snapshot as organization_snapshot
from matchplatform.pairings.commands import learn
from matchplatform.revisions.operations import begin
from matchplatform.searches.commands import searches


@click.command("seed")
def seed() -> None:
    """载入行政区划、帮扶领域、行动和需求模板；可以重复执行。"""
    counts, templates = load_catalog(), load_templates()
    villages = load_villages()
    db.session.commit()
    click.echo(f"新增行政区划 {counts['regions']} 条、帮扶领域 {counts['categories']} 个、"
               f"行动 {counts['campaigns']} 个、需求模板 {templates} 个、村（社区）{villages} 个。")


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


@click.group("revisions")
def revisions() -> None:
    """每条记录的历史版本。"""


@revisions.command("start")
def start_revisions() -> None:
    """给还没有历史的需求、供给和社会组织留下第一个版本；可以重复执行。"""
    kept = 0
    for kind, model, code_of, snapshot in (
            ("need", Need, lambda one: one.code, need_snapshot),
            ("offering", Offering, lambda one: one.code, offering_snapshot),
            ("organization", Organization, lambda one: str(one.id), organization_snapshot)):
        for number in db.session.scalars(db.select(model.id).order_by(model.id)).all():
            record = db.session.get(model, number)
            kept += begin(kind, code_of(record), record.status, partial(snapshot, record)) is not None
            if number % 500 == 0:
                db.session.commit()
        db.session.commit()
    click.echo(f"留下了 {kept} 个第一版；其余记录已经有历史。")


@daily("files", "每天清理附件")
def tidy_files(_when: object) -> None:
    """Every day what `flask files purge` and `flask files sweep` do; here, because jobs and files are of one tier."""
    tidy()


def init_commands(app: Flask) -> None:
    """Register the commands."""
    for command in (rank_all, weights, learn):
        match.add_command(command)
    for command in (seed, verify_audit, open_first_account, demo, files, jobs, revisions, searches, match):
        app.cli.add_command(command)
