"""Who is told what about an agreement or an amendment. The side that must act gets something to do."""

from typing import Any

from matchplatform.agreements.rules import other_side
from matchplatform.notices.operations import tell
from matchplatform.pairings.messages import approvers, county_side, organization_side, title
from matchplatform.pairings.models import Pairing


def _people(pairing: Pairing, side: str) -> list[int]:
    return county_side(pairing) if side == "county" else organization_side(pairing)


def _send(actor: Any, pairing: Pairing, side: str, kind: str, head: str, body: str) -> None:
    tell(actor, _people(pairing, side), kind, f"{head}：{title(pairing)}", body, "pairing", pairing.code)


def saved(actor: Any, pairing: Pairing, side: str, what: str, dropped: bool) -> None:
    """The other side reads what was changed; where somebody had confirmed, he must confirm anew."""
    again = "改过以后，原来的确认不算数了，请看过再确认。" if dropped else ""
    _send(actor, pairing, other_side(side), "to_do" if dropped and side == "county" else "told", "协议改了",
          f"{actor.name}{what}。{again}")


def confirmed(actor: Any, pairing: Pairing) -> None:
    """The organization confirmed: the county's turn."""
    _send(actor, pairing, "county", "to_do", "请确认协议", "社会组织已经确认协议文本。请看过以后确认，确认了就签好了。")


def taken_back(actor: Any, pairing: Pairing) -> None:
    """The organization does not confirm after all."""
    _send(actor, pairing, "county", "told", "对方撤回了确认", "社会组织撤回了对协议文本的确认，请和对方商量。")


def amendment(actor: Any, pairing: Pairing, verb: str, side: str, what: str, reason: str) -> None:
    """An amendment was proposed, confirmed, declined or withdrawn; `side` proposed it."""
    match verb:
        case "propose":
            _send(actor, pairing, other_side(side), "to_do", "请答复补充协议", f"{what}。理由：{reason}")
        case "confirm":
            _send(actor, pairing, side, "good", "补充协议已生效", f"{what}。")
            tell(actor, approvers(pairing), "told", f"协议改了：{title(pairing)}", f"双方签了补充协议：{what}。",
                 "pairing", pairing.code)
        case "decline":
            _send(actor, pairing, side, "refused", "对方不同意补充协议", f"理由：{reason}")
        case "withdraw":
            _send(actor, pairing, other_side(side), "told", "对方撤回了补充协议", "不用再答复。")
        case other:
            raise ValueError(f"nobody is told of {other}")
