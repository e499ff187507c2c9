"""Everything that puts weights of the score in force: fitted ones, and former ones again. Nothing is ever removed."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.exc import IntegrityError

from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.matching import rules, weights_queries
from matchplatform.matching.feedback import Fitted, Judged
from matchplatform.matching.models import RankingWeights
from matchplatform.matching.scoring import SHIPPED, Weights

_FASTER = ("别人刚刚换过匹配权重，这次没有保存。", "请看过现在的权重再办。")


def _refuse(verdict: Verdict) -> None:
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)


def adopt_weights(actor: Any, fitted: Fitted, judged: Judged, note: str = "") -> RankingWeights:
    """Put fitted weights in force; `actor` is None for the command.

    Raises Refusal with the sentence of the judgement where they are no better, Conflict where others than those that
    they were compared with are in force by now.
    """
    _refuse(rules.can_keep_weights(actor))
    _refuse(judged.verdict)
    current = weights_queries.newest()
    before = current.weights if current else SHIPPED
    if fitted.start != before:
        raise Conflict(*_FASTER)
    if fitted.weights == before:
        raise Refusal("学到的权重和现在的一样。", "不用换。")
    if current is None:  # so that the shipped ones can come back, whatever is shipped by then
        current = _put(1, SHIPPED, note="随平台安装的权重")
    row = _put(current.version + 1, fitted.weights, decisions=judged.decisions, accepted=judged.accepted,
               gain=judged.gain, error=judged.error, note=note.strip(), created_by=getattr(actor, "id", None))
    _log(actor, row, "adopt_weights", "采用学到的权重", "", before, {
        "decisions": judged.decisions, "accepted": judged.accepted, "needs": judged.needs, "gain": judged.gain,
        "error": judged.error})
    return row


def restore_weights(actor: Any, version: int, reason: str, seen: int | None = None) -> RankingWeights:
    """Put former weights in force again, as a new row. `seen` is the version that was in force on the actor's page.

    Raises NotFound for a version that never was, Refusal without a reason, Conflict when somebody was faster.
    """
    _refuse(rules.can_keep_weights(actor))
    former = weights_queries.weights_by_version(version)
    current = weights_queries.newest() or former
    if seen is not None and seen != current.version:
        raise Conflict(*_FASTER)
    _refuse(rules.restore_verdict(former.weights == current.weights, reason))
    row = _put(current.version + 1, former.weights, decisions=former.decisions, accepted=former.accepted,
               gain=former.gain, error=former.error, note=reason.strip()[:200], restored_from=former.id,
               created_by=getattr(actor, "id", None))
    _log(actor, row, "restore_weights", "恢复以前的权重", reason, current.weights, {"restored": former.version})
    return row


def _put(version: int, weights: Weights, **values: Any) -> RankingWeights:
    row = RankingWeights(version=version, created_at=clock.now(), **values,
                         **{name: round(value) for name, value in asdict(weights).items()})
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as error:  # the version stands already
        raise Conflict(*_FASTER) from error
    return row


def _log(actor: Any, row: RankingWeights, act: str, label: str, reason: str, before: Weights,
         more: dict[str, Any]) -> None:
    record(actor, act, label, "ranking", object_id=row.version, object_label=f"匹配权重第 {row.version} 版",
           reason=reason.strip(), detail={"before": asdict(before), "after": asdict(row.weights), **more})
