"""`flask --app wsgi demo`."""

import click
from flask import current_app

from matchplatform.core.errors import Refusal
from matchplatform.demo.build import build_demo
from matchplatform.demo.cast import PASSWORD, SIGN_INS
from matchplatform.extensions import db
from matchplatform.matching import corpus


@click.command("demo")
def demo() -> None:
    """放入演示数据；已经有了就不动；数据库里有别的数据时拒绝。"""
    if current_app.config["ENVIRONMENT"] == "production":
        raise click.ClickException("生产环境不放演示数据：演示账号的密码人人知道。请换一个环境和数据库。")
    click.echo("正在核对演示数据，第一次放入约需一分钟……", err=True)
    try:
        built = build_demo()
    except Refusal as refusal:
        db.session.rollback()
        raise click.ClickException(refusal.sentence)
    db.session.commit()
    if built.fresh:
        click.echo("正在为两个项目库建立匹配索引……")
        corpus.save()
    click.echo(("演示数据已放入：" if built.fresh else "演示数据已在：")
               + f"社会组织 {built.organizations} 家、需求 {built.needs} 条、供给 {built.offerings} 项、"
                 f"结对 {built.pairings} 件，计入目标 {built.counted} 家。")
    click.echo(f"演示账号（密码都是 {PASSWORD}）：")
    width = max(len(username) for username, _ in SIGN_INS)
    for username, who in SIGN_INS:
        click.echo(f"  {username:<{width}}  {who}")
