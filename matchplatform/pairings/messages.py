"""Who is told what when a pairing moves. The side that must act next gets something to do, the others are told."""

import datetime as dt
from typing import Any

from matchplatform.accounts.queries import city_officers, county_officers, members, province_officers
from matchplatform.catalog.queries import city_of, short_name
from matchplatform.core.clock import local, today
from matchplatform.core.rules import Transition
from matchplatform.notices.operations import tell
from matchplatform.pairings import rules
from matchplatform.pairings.models import Pairing


def title(pairing: Pairing) -> str:
    """老人一天只做一顿饭 × 湖北社区公益基金会."""
    return f"{pairing.need.title} × {pairing.organization.name}"


def taken_words(pairing: Pairing) -> str:
    """餐桌椅 10 套、冰箱 1 台; empty where the need is taken as a whole."""
    return "、".join(f"{one.line.item} {one.quantity} {one.line.unit}" for one in pairing.lines)


def county_side(pairing: Pairing) -> list[int]:
    """Ids of the county's officers."""
    return county_officers(pairing.county_code)


def organization_side(pairing: Pairing) -> list[int]:
    """Ids of the organization's members."""
    return members(pairing.organization_id)


def approvers(pairing: Pairing) -> list[int]:
    """Ids of those whose office decides."""
    if pairing.approval_level == "province":
        return province_officers()
    city = city_of(pairing.county_code)
    return city_officers(city.code) if city else []


def recommenders(pairing: Pairing) -> list[int]:
    """Ids of those who should recommend: the city's office, and the province's where the city has nobody."""
    city = city_of(pairing.county_code)
    made = rules.makers(pairing)
    return [one for one in (city_officers(city.code) if city else []) if one not in made] or province_officers()


def _sides(pairing: Pairing) -> tuple[list[int], list[int]]:
    """(who proposed, who answers)."""
    county, organization = county_side(pairing), organization_side(pairing)
    return (organization, county) if pairing.origin == "bid" else (county, organization)


def _send(actor: Any, pairing: Pairing, who: list[int], kind: str, head: str, body: str) -> None:
    tell(actor, who, kind, head, body, "pairing", pairing.code)


def _decision_due(actor: Any, pairing: Pairing, body: str) -> None:
    """Both sides agreed: whoever is next of those who recommend and those who decide has something to do."""
    if rules.recommended_verdict(pairing):
        _send(actor, pairing, approvers(pairing), "to_do", f"待审批：{title(pairing)}", body)
    else:
        _send(actor, pairing, recommenders(pairing), "to_do", f"待推荐：{title(pairing)}", body)


def handed_over(actor: Any, pairing: Pairing, colleague: Any, before: int | None, note: str) -> None:
    """The colleague has something to do; whoever had it before is told."""
    name, who = title(pairing), getattr(actor, "name", "")
    if colleague is not None:
        _send(actor, pairing, [colleague.id], "to_do", f"{who}转给您审批：{name}",
              f"请在 {local(pairing.due_at):%m-%d %H:%M} 前答复。{note}")
    if before is not None:
        _send(actor, pairing, [before], "told", f"不用您再审：{name}",
              f"{who}已转给{colleague.name if colleague else '处里'}。{note}")


def proposed(actor: Any, pairing: Pairing) -> None:
    """The other side has something to answer."""
    need, organization = pairing.need, pairing.organization
    what = taken_words(pairing)
    what = f"{'接' if pairing.origin == 'bid' else '要'}：{what}。" if what else ""
    if pairing.origin == "bid":
        head = f"{organization.name}要接“{need.title}”"
        body = f"用供给“{pairing.offering.title}”，匹配度 {pairing.score} 分。请同意或谢绝。"
    else:
        head = f"{short_name(pairing.county_code)}点了“{pairing.offering.title}”"
        body = f"用在需求“{need.title}”上，匹配度 {pairing.score} 分。请同意或谢绝。"
    _send(actor, pairing, _sides(pairing)[1], "to_do", head, f"{body}{what}{pairing.message}")


def moved(actor: Any, pairing: Pairing, row: Transition, reason: str) -> None:
    """Tell everybody whom the move concerns, but the actor."""
    proposer, responder = _sides(pairing)
    both = [*proposer, *responder]
    name, why = title(pairing), f"理由：{reason}" if reason else ""
    said = reason.strip()
    match row.verb:
        case "accept":
            due = f"{local(pairing.due_at):%m-%d %H:%M}"
            _decision_due(actor, pairing, f"双方已同意，请在 {due} 前答复。")
            ready = bool(rules.recommended_verdict(pairing))
            _send(actor, pairing, both, "good", f"对方已同意：{name}",
                  f"已报审批，{due} 前答复。" if ready else f"已报推荐，{due} 前答复；推荐以后审批。")
        case "decline":
            _send(actor, pairing, proposer, "refused", f"对方谢绝：{name}", f"{why}。可以看看相近的其他项目。")
        case "withdraw":
            _send(actor, pairing, responder, "told", f"对方撤回：{name}", why)
            if row.source == "accepted":
                _send(actor, pairing, approvers(pairing), "told", f"不用再审：{name}", f"提出的一方已撤回。{why}")
        case "recommend":
            _send(actor, pairing, both, "good", f"已推荐：{name}", said)
            if pairing.status == "accepted":
                _decision_due(actor, pairing, f"已推荐，请在 {local(pairing.due_at):%m-%d %H:%M} 前答复。{said}")
        case "unrecommend":
            _send(actor, pairing, [*both, *approvers(pairing)], "told", f"推荐已撤回：{name}", why)
        case "object":
            _send(actor, pairing, both, "refused", f"没有推荐：{name}", why)
            _send(actor, pairing, approvers(pairing), "told", f"没有推荐：{name}", why)
        case "revoke":
            _send(actor, pairing, both, "told", f"批准已撤销，重新审批：{name}", f"{why}。先不要签协议。")
            _send(actor, pairing, approvers(pairing), "told", f"批准已撤销：{name}", f"回到待审批。{why}")
        case "approve":
            opinion = f"审批意见：{said}" if said else ""
            _send(actor, pairing, county_side(pairing), "to_do", f"已批准，请签协议：{name}",
                  f"签好后在“登记协议”里填写日期和金额。{opinion}")
            _send(actor, pairing, organization_side(pairing), "good", f"已批准：{name}",
                  f"下一步和县里签协议。{opinion}")
        case "reject":
            _send(actor, pairing, both, "refused", f"没有批准：{name}", why)
        case "sign":
            _send(actor, pairing, organization_side(pairing), "good", f"协议已登记，开始实施：{name}",
                  f"期限 {pairing.starts_on} 至 {pairing.ends_on}。")
        case "complete":
            _send(actor, pairing, organization_side(pairing), "good", f"已办成：{name}",
                  "容量已空出来，可以接新的需求。")
        case "terminate":
            _send(actor, pairing, [*both, *approvers(pairing)], "told", f"已终止：{name}", why)
        case "suspend":
            _send(actor, pairing, [*both, *approvers(pairing)], "told", f"已暂停：{name}",
                  f"{why}。暂停期间不用报进展，由县里或审批部门恢复实施。")
        case "resume":
            _send(actor, pairing, [*both, *approvers(pairing)], "good", f"已恢复实施：{name}", why)
        case "lapse":
            _send(actor, pairing, both, "refused", f"县里不再办这条需求，这件结对结束：{name}",
                  f"{why}。可以看看相近的其他项目。")
            if row.source == "accepted":
                _send(actor, pairing, approvers(pairing), "told", f"不用再审：{name}", f"县里不再办这条需求。{why}")
        case "confirm":
            _send(actor, pairing, both, "good", f"对方确认按新内容办：{name}", "可以接着办了。")
            if pairing.status == "accepted" and rules.confirmed_verdict(pairing):
                _decision_due(actor, pairing, f"改动已确认，请在 {local(pairing.due_at):%m-%d %H:%M} 前答复。")
        case "retract":
            _send(actor, pairing, both, "told", f"对方因改动撤回：{name}", "内容改过，对方不再办。")
            if row.source == "accepted":
                _send(actor, pairing, approvers(pairing), "told", f"不用再审：{name}", "内容改过，有一方撤回。")
        case "presume":
            _send(actor, pairing, organization_side(pairing), "refused", f"没有答复改动，视为撤回：{name}",
                  f"{why}。不影响以后接单；还想办，可以在这件结对里“恢复”。")
            _send(actor, pairing, county_side(pairing), "told", f"已视为撤回：{name}", f"{actor.name}办理。{why}")
            if row.source == "accepted":
                _send(actor, pairing, approvers(pairing), "told", f"不用再审：{name}",
                      "社会组织没有答复改动，视为撤回。")
        case "reinstate":
            _reinstated(actor, pairing, row, why)
        case other:
            raise ValueError(f"nobody is told of {other}")


def changed(actor: Any, pairing: Pairing, what: str, asked: bool, side: str, why: str = "") -> None:
    """The need (side "organization") or the offering (side "county") is no longer what this side agreed to."""
    name, subject = title(pairing), "需求" if side == "organization" else "供给"
    who = organization_side(pairing) if side == "organization" else county_side(pairing)
    said = f"改了：{what}。{why}。" if why else f"改了：{what}。"
    if not asked:
        _send(actor, pairing, who, "told", f"{subject}有改动：{name}", f"{said}不用您再确认。")
        return
    due = f"请在 {_said(rules.answer_by(today()))} 前答复。" if side == "organization" else ""
    _send(actor, pairing, who, "to_do", f"{subject}改了，请您确认：{name}",
          f"{said}看过以后选“继续（按新内容）”或“不再办，撤回”。{due}")
    if pairing.status == "accepted":
        _send(actor, pairing, approvers(pairing), "told", f"先不用审：{name}", f"{subject}改了{what}，等对方确认改动。")


def unanswered(pairing: Pairing, last: dt.date, overdue: bool) -> int:
    """The organization has not answered a changed need: it is reminded, and after the last day the county is told."""
    name, day, is_bid = title(pairing), _said(last), pairing.origin == "bid"
    if overdue:
        cure = "视为撤回" if is_bid else "撤回"
        return tell(None, county_side(pairing), "to_do", f"对方没有答复改动：{name}",
                    f"{day} 前没有答复。可以再等，也可以在这件结对里“{cure}”，把事项空出来。", "pairing", pairing.code)
    end = "到期没有答复，县里可以把这次接单视为撤回。" if is_bid else ""
    return tell(None, organization_side(pairing), "to_do", f"请答复需求的改动：{name}",
                f"请在 {day} 前选“继续（按新内容）”或“不再办，撤回”。{end}", "pairing", pairing.code)


def place_let_go(pairing: Pairing) -> int:
    """The organization did not decide in time: the place that was kept for the order is free again."""
    name = title(pairing)
    told = tell(None, organization_side(pairing), "to_do", f"留着的容量已放回，请尽快答复：{name}",
                f"{rules.RESERVED_DAYS} 个工作日没有答复，为这次点单留着的 1 个容量已经放回；有余量时仍然可以同意。",
                "pairing", pairing.code)
    return told + tell(None, county_side(pairing), "told", f"对方还没有答复，留着的容量已放回：{name}",
                       "点单仍然有效；也可以撤回，再点别家。", "pairing", pairing.code)


def _said(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"


def _reinstated(actor: Any, pairing: Pairing, row: Transition, why: str) -> None:
    name, (proposer, responder) = title(pairing), _sides(pairing)
    if row.target == "proposed":
        _send(actor, pairing, responder, "to_do", f"已恢复，请答复：{name}", why)
        _send(actor, pairing, proposer, "told", f"已恢复：{name}", f"回到待对方答复。{why}")
    elif row.target == "approved":
        _send(actor, pairing, county_side(pairing), "to_do", f"已恢复，请签协议：{name}", why)
        _send(actor, pairing, organization_side(pairing), "told", f"已恢复：{name}", f"回到“已批准”。{why}")
    else:
        if row.target == "accepted":
            _decision_due(actor, pairing, f"撤销驳回，重新审批。{why}")
        _send(actor, pairing, [*proposer, *responder], "told", f"已恢复：{name}",
              f"现在是“{pairing.state.label}”。{why}")
