"""`flask match weights`: the weights of the score in force, the former ones, and bringing one back."""

from dataclasses import asdict

import click

from matchplatform.core.clock import local
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.matching import rules, weights_queries
from matchplatform.matching.scoring import SHIPPED, Weights
from matchplatform.matching.weights_operations import restore_weights
from matchplatform.web.transaction import commit_or_conflict


def in_words(weights: Weights) -> str:
    """内容 62、领域 8、…"""
    return "、".join(f"{rules.PARTS[name].label} {value:g}" for name, value in asdict(weights).items())


@click.command("weights")
@click.option("--restore", "version", type=click.IntRange(1), help="恢复第几版；要同时写 --reason。")
@click.option("--reason", default="", help="恢复的理由，审计里会留下。")
def weights(version: int | None, reason: str) -> None:
    """列出匹配度各项的权重：现在的和以前的各版；--restore 恢复其中一版。"""
    if version is not None:
        _restore(version, reason)
        return
    rows = weights_queries.all_weights()
    if not rows:
        click.echo(f"现在用的是随平台安装的权重：{in_words(SHIPPED)}。还没有换过，可以用 match learn 从决定中学习。")
    versions = weights_queries.versions(rows)
    for place, row in enumerate(rows):
        told = [f"第 {row.version} 版{'（在用）' if place == 0 else ''}", f"{local(row.created_at):%Y-%m-%d %H:%M}",
                in_words(row.weights)]
        if row.decisions:
            told.append(f"从 {row.decisions} 件决定学到，改进 {row.gain:.4f} ± {row.error:.4f}")
        if row.restored_from is not None:
            told.append(f"由第 {versions[row.restored_from]} 版恢复")
        click.echo("  ".join([*told, *([row.note] if row.note else [])]))


def _restore(version: int, reason: str) -> None:
    try:
        row = restore_weights(None, version, reason)
        commit_or_conflict()
    except NotFound:
        raise click.ClickException(f"没有第 {version} 版权重，请用 match weights 看有哪些。") from None
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from None
    click.echo(f"已恢复第 {version} 版，现在是第 {row.version} 版：{in_words(row.weights)}。下一次匹配就按它算。")
