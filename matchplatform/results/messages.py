"""Who is told what of results."""

from typing import Any

from matchplatform.core.rules import Transition
from matchplatform.notices.operations import tell
from matchplatform.pairings.messages import approvers, county_side, organization_side, title
from matchplatform.pairings.models import Pairing
from matchplatform.results import rules
from matchplatform.results.models import Certificate, ClosingReport, Evaluation


def _send(actor: Any, pairing: Pairing, who: list[int], kind: str, head: str, body: str) -> None:
    tell(actor, who, kind, f"{head}：{title(pairing)}", body, "pairing", pairing.code)


def _side(pairing: Pairing, side: str) -> list[int]:
    return county_side(pairing) if side == "county" else organization_side(pairing)


def report_moved(actor: Any, report: ClosingReport, row: Transition, reason: str) -> None:
    """The side whose turn it is has something to do."""
    pairing, author, reader = report.pairing, _side(report.pairing, report.side), _side(report.pairing,
                                                                                       rules.OTHER[report.side])
    if row.verb == "submit":
        _send(actor, pairing, reader, "to_do", "请确认结项报告", "属实就确认，有出入就退回并写明理由。")
    elif row.verb == "confirm":
        _send(actor, pairing, [*author, *reader], "good", "结项报告已确认", "可以发贡献证书、互相评价了。")
    elif row.verb == "recall":
        _send(actor, pairing, reader, "told", "结项报告先不用看", "对方收回修改。")
    else:
        _send(actor, pairing, author, "refused", "结项报告退回补写", f"理由：{reason}")


def evaluated(actor: Any, pairing: Pairing, evaluation: Evaluation, both: bool) -> None:
    """The other side is asked to write, too, without seeing it first; few stars are for the office to know."""
    other = _side(pairing, rules.OTHER[evaluation.side])
    if both:
        _send(actor, pairing, [*_side(pairing, evaluation.side), *other], "told", "双方都评价了",
              "现在可以看到对方的评价，可以回复一次。")
    elif evaluation.changed_at is None:
        _send(actor, pairing, other, "to_do", "请评价",
              f"对方已经评价。您也写了，或者过了 {rules.OPEN_DAYS} 天，双方才看得到。")
    if evaluation.stars <= rules.LOW:
        who = rules.SIDES[evaluation.side].label
        _send(actor, pairing, approvers(pairing), "told", f"{who}只打了 {evaluation.stars} 分", "请了解情况。")


def certificate_issued(actor: Any, certificate: Certificate) -> None:
    """The organization has its certificate."""
    pairing = certificate.pairing
    _send(actor, pairing, organization_side(pairing), "good", f"贡献证书 {certificate.number} 已发",
          "在这件结对里下载；扫上面的码，谁都能查真假。")


def certificate_revoked(actor: Any, certificate: Certificate) -> None:
    """It holds no more."""
    pairing = certificate.pairing
    _send(actor, pairing, organization_side(pairing), "refused", f"贡献证书 {certificate.number} 已作废",
          f"理由：{certificate.revoked_for}")
