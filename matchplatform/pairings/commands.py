"""`flask match learn`: the weights of the score from what was decided about pairings."""

from collections.abc import Iterator
from dataclasses import asdict

import click

from matchplatform.core.errors import Refusal
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.matching import rules
from matchplatform.matching.feedback import Fitted, Judged, fit, judge
from matchplatform.matching.weights_operations import adopt_weights
from matchplatform.matching.weights_queries import current_weights
from matchplatform.pairings.decisions import Evidence, evidence
from matchplatform.web.transaction import commit_or_conflict


@click.command("learn")
@click.option("--adopt", is_flag=True, help="确有改进就采用；没有改进则不采用，退出码 1。")
@click.option("--note", default="", help="采用时留下的备注。")
def learn(adopt: bool, note: str) -> None:
    """从同意、谢绝和审批过的结对学习匹配度各项的权重；不加 --adopt 只看不改。"""
    found, start = evidence(), current_weights()
    db.session.rollback()  # nobody waits for the database while we reckon
    judged = judge(found.decisions, start)
    fitted = fit(found.decisions, start) if judged.gain is not None else None
    verdict = _verdict(judged, fitted)
    for line in _report(found, judged, fitted):
        click.echo(line)
    if not verdict or fitted is None:
        click.echo(f"结论：不采用。{verdict.reason}{verdict.remedy}")
        if adopt:
            raise SystemExit(1)
        return
    if not adopt:
        click.echo("结论：可以采用。加上 --adopt 再执行一次就换用，以前的权重会留着，可以恢复。")
        return
    try:
        row = adopt_weights(None, fitted, judged, note[:200])
        commit_or_conflict()
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from None
    click.echo(f"结论：已采用，现在是第 {row.version} 版。以前的权重都留着，可以用 match weights --restore 恢复。")


def _verdict(judged: Judged, fitted: Fitted | None) -> Verdict:
    if judged.verdict and fitted is not None and fitted.weights == fitted.start:
        return Verdict.no("用全部决定学到的权重和现在的一样。", "不用换。")
    return judged.verdict


def _report(found: Evidence, judged: Judged, fitted: Fitted | None) -> Iterator[str]:
    """What was found, left out, fitted, and what it is worth, line by line."""
    yield (f"结对 {found.found} 件，能看出合不合适的决定 {judged.decisions} 件：同意 {judged.accepted} 件，"
           f"谢绝 {judged.declined} 件，涉及 {judged.needs} 条需求。")
    if found.left_out:
        yield f"没有用上 {sum(found.left_out.values())} 件："
        yield from (f"  {why}：{number} 件" for why, number in found.left_out.items())
    if fitted is None:
        return
    before, after = asdict(fitted.start), asdict(fitted.weights)
    yield "权重（满分 100）　现在 → 学到的"
    for part in rules.PARTS:
        old, new = before[part.value], after[part.value]
        moved = f"（{new - old:+g}）" if new != old else ""
        yield f"  {part.label.ljust(4, '　')} {old:>4g} → {new:<3g}{moved}".rstrip()
    yield (f"交叉验证（按需求分 5 份，用没参加拟合的决定检验）：对数损失 {judged.loss_before:.4f} → "
           f"{judged.loss_after:.4f}，改进 {judged.gain:.4f} ± {judged.error:.4f}；"
           f"排序正确率 {judged.auc_before:.3f} → {judged.auc_after:.3f}。")
