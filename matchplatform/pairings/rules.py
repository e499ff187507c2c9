"""The law of pairings on one screen: who moves a pairing where, and what counts."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from matchplatform.accounts.rules import may_write
from matchplatform.core.clock import local, office_end_after
from matchplatform.core.money import in_wan
from matchplatform.core.rules import Choice, Choices, Lifecycle, Transition, Verdict, transitions

ORIGINS = Choices(Choice("bid", "接单"), Choice("order", "点单"))
DECIDERS = ("province_officer", "city_officer")  # roles of the offices that recommend and decide
APPROVERS = Choices(Choice("province", "省级审批"), Choice("city", "市级审批"))

STATES = Choices(
    Choice("proposed", "待对方答复", "wait"), Choice("accepted", "待审批", "wait"), Choice("approved", "已批准", "go"),
    Choice("active", "在办", "go"), Choice("suspended", "已暂停", "wait"), Choice("completed", "已办成", "go"),
    Choice("declined", "已谢绝", "no"), Choice("withdrawn", "已撤回"), Choice("rejected", "已驳回", "no"),
    Choice("terminated", "已终止", "no"),
)
CONFIRMING = Choice("confirming", "待确认改动", "wait")  # shown, never stored
SHOWN = Choices(*(one for state in STATES for one in ((state, CONFIRMING) if state.value == "accepted" else (state,))))
LIVE = ("proposed", "accepted", "approved", "active", "suspended")          # at most one per (need, organization)
APPROVED = ("approved", "active", "suspended", "completed", "terminated")   # an approver stands on record
COUNTED = ("approved", "active", "completed")                               # counts toward the goal
HOLDING = ("accepted", "approved", "active", "suspended")                   # takes one of the offering's capacity
AGREED = ("accepted", "approved", "active", "suspended", "completed")       # both sides said yes, and it stands
REFUSED = ("declined", "rejected")                             # the other side or the approver said no
ASKED = ("proposed", "accepted")       # a change is confirmed; approved ones have their agreement and are told
STOPPED = ("declined", "withdrawn", "rejected", "terminated")  # ended early: what was held comes free
SIGNED = ("active", "suspended", "completed")                  # the agreement's terms are on record
UNDER_WAY = ("active", "suspended")                            # its agreement runs
RELAYABLE = ("approved", *UNDER_WAY)                           # what is left may go on with another organization

LIFECYCLE = Lifecycle(STATES, "proposed", (
    *transitions("accept", "同意", "responder", [("proposed", "accepted")], tone="primary", done="已同意，报审批。"),
    *transitions("decline", "谢绝", "responder", [("proposed", "declined")], reason=True, tone="stop",
                 done="已谢绝，对方会看到理由。"),
    *transitions("withdraw", "撤回", "proposer", [("proposed", "withdrawn"), ("accepted", "withdrawn")], reason=True,
                 tone="stop", confirm="撤回后对方会收到消息；以后可以恢复。", done="已撤回。"),
    *transitions("approve", "批准结对", "approver", [("accepted", "approved")], tone="primary",
                 done="已批准，双方会收到消息，下一步签协议。"),
    *transitions("recommend", "推荐", "recommender", [("proposed", "proposed"), ("accepted", "accepted")],
                 tone="primary", done="已推荐，双方和审批部门都会看到。"),
    *transitions("unrecommend", "撤回推荐", "recommended", [("proposed", "proposed"), ("accepted", "accepted")],
                 reason=True, done="推荐已撤回；没有推荐就不能批准。"),
    *transitions("object", "不予推荐", "recommender", [("accepted", "rejected")], reason=True, tone="stop",
                 confirm="不予推荐，这件结对就到此为止，双方会看到理由；审批部门以后可以恢复。",
                 done="已登记不予推荐，双方会看到理由。"),
    *transitions("reject", "驳回", "approver", [("accepted", "rejected")], reason=True, tone="stop",
                 done="已驳回，双方会看到理由。"),
    *transitions("revoke", "撤销批准", "decider", [("approved", "accepted")], reason=True, tone="stop",
                 confirm="撤销后回到待审批，目标数也随着改回；双方会收到消息。",
                 done="批准已撤销，回到待审批，双方会看到理由。"),
    *transitions("sign", "登记协议", "county", [("approved", "active")], tone="goal",
                 done="协议已登记，结对开始实施。"),
    *transitions("complete", "办成", "county", [("active", "completed")], tone="primary",
                 confirm="登记为办成后，容量会空出来，需求转为“已办成”。", done="已登记为办成。"),
    # Work may rest. Whoever wants it rests it; that it goes on is not for the organization alone to say.
    *transitions("suspend", "暂停", "county organization approver", [("active", "suspended")], reason=True,
                 confirm="暂停期间不计入目标数，也不用报进展；容量和事项仍然留着，以后由县里或审批部门恢复实施。",
                 done="已暂停，各方会看到理由。"),
    *transitions("resume", "恢复实施", "county approver", [("suspended", "active")], reason=True, tone="primary",
                 done="已恢复实施，各方会收到消息。"),
    *transitions("terminate", "终止", "county organization approver",
                 [("approved", "terminated"), ("active", "terminated"), ("suspended", "terminated")], reason=True,
                 tone="stop",
                 confirm="终止后容量会空出来，这家组织可能不再计入目标数。", done="已终止，各方会看到理由。"),
    # What one side agreed to was changed by the other: it is asked again, and may leave without a reason and without
    # a mark against it. Until then nobody accepts or approves.
    *transitions("confirm", "继续（按新内容）", "confirmer", [("proposed", "proposed"), ("accepted", "accepted")],
                 tone="primary", done="已确认按新内容办，对方会收到消息。"),
    *transitions("retract", "不再办，撤回", "confirmer", [("proposed", "withdrawn"), ("accepted", "withdrawn")],
                 done="已撤回，不影响以后接单、点单。"),
    # An organization that does not answer would hold its lines for ever: after ANSWER_DAYS the county may end its bid.
    # It may come back; what was approved stays.
    *transitions("presume", "视为撤回", "kept_waiting", [("proposed", "withdrawn"), ("accepted", "withdrawn")],
                 reason=True, tone="stop", done="已视为撤回，对方会看到理由；占着的事项空出来了。",
                 confirm="对方没有在期限内答复需求的改动。视为撤回后，占着的事项会空出来，对方会收到消息，以后可以恢复。"),
    # The county takes the need itself back: what is not approved yet ends with it. Nobody has a button for this.
    *transitions("lapse", "随需求结束", "need", [("proposed", "declined"), ("accepted", "rejected")], reason=True),
    *transitions("reinstate", "恢复", "responder", [("declined", "proposed")], reason=True,
                 done="已恢复，回到待答复。"),
    *transitions("reinstate", "恢复", "proposer", [("withdrawn", "proposed")], reason=True,
                 done="已恢复，回到待答复。"),
    *transitions("reinstate", "恢复", "approver", [("rejected", "accepted"), ("terminated", "approved"),
                                                 ("completed", "active")], reason=True, done="已恢复。"),
))

APPROVAL_DAYS = 2  # working days promised to both sides
ANSWER_DAYS = 7  # in which an organization answers a changed need
REPLY_DAYS = 7   # in which a bid or an order should be answered; nothing ends by itself when they are over
SIGN_DAYS = 30   # in which an approved pairing should have its agreement
OUT_OF_SCALE = 100  # so many times more or less than was offered: 元 or 分 were probably typed as 万元
RESERVED_DAYS = 2  # working days for which an order keeps a place while the organization decides
REMINDERS = (3, 6)  # days after it was asked
DELEGATION_DAYS = 31  # an approver is away for a month at most; whoever leaves for longer gets a successor
PUSH_DAYS = 90   # within which an office's orders to one organization are looked at together
PUSH_FROM = 3    # so many of them look as if something were pressed on it
PUSH_COUNTIES = 4  # and orders from so many counties of one city as if somebody above had asked for them


def need_state(present: str, statuses: Collection[str], rest: bool) -> str:
    """The state of a need, given those of all its pairings and whether a `rest` of it is still wanted.

    Matched while somebody works on all of it, done when all of it was done and nothing is open any more, else open
    again; what its county closed, withdrew or gave up stays so.
    """
    if present not in ("published", "matched", "fulfilled", "closed"):
        return present
    reopened = "published" if present in ("matched", "fulfilled") else present
    if any(one in ("approved", *UNDER_WAY) for one in statuses):
        return reopened if rest else "matched"
    if "completed" in statuses and not rest:
        return present if any(one in LIVE for one in statuses) else "fulfilled"
    return reopened


class Pairing(Protocol):
    """The columns that the rules read."""

    status: str
    origin: str
    county_code: str
    organization_id: int
    approval_level: str
    proposed_by: int
    accepted_by: int | None
    needs_recommendation: bool
    recommended_by: int | None
    approver_id: int | None
    confirm_need_from: int | None
    confirm_offering_from: int | None


def makers(pairing: Pairing) -> set[int | None]:
    """Who proposed, accepted or recommended it: none of them decides."""
    return {pairing.proposed_by, pairing.accepted_by, pairing.recommended_by} - {None}


def decides(officer: Any, pairing: Pairing, city_code: str | None) -> bool:
    """Does this officer's office decide on the pairing?"""
    if pairing.approval_level == "province":
        return officer.role == "province_officer"
    return officer.role == "city_officer" and officer.city_code == city_code


def parties(actor: Any, pairing: Pairing, city_code: str | None = None, lenders: Collection[Any] = ()) -> set[str]:
    """What the actor is to this pairing: county, organization, proposer, responder, recommender, recommended (he did),
    office (of those who decide), approver, decider (he did), confirmer where the other side changed what his side
    agreed to, and kept_waiting where the county waits for a bidder to confirm (its own order it may take back anyway).

    A bid is proposed by the organization and answered by the county, an order the other way round. Nobody approves
    what he proposed, accepted or recommended. `city_code` is the county's city, whose office recommends, and approves
    what is not for the province. `lenders` are officers who have delegated their decisions to the actor for these
    days: he decides where one of them may.
    """
    mine: set[str] = set()
    if actor.role == "county_officer" and actor.county_code == pairing.county_code:
        mine |= {"county", "responder" if pairing.origin == "bid" else "proposer"}
    if may_write(actor, pairing.organization_id):
        mine |= {"organization", "proposer" if pairing.origin == "bid" else "responder"}
    if ("organization" in mine and pairing.confirm_need_from is not None) or (
            "county" in mine and pairing.confirm_offering_from is not None):
        mine.add("confirmer")
    if "county" in mine and pairing.origin == "bid" and pairing.confirm_need_from is not None:
        mine.add("kept_waiting")
    civil_affairs = actor.role == "province_officer" or (actor.role == "city_officer" and actor.city_code == city_code)
    if (civil_affairs and pairing.needs_recommendation and pairing.recommended_by is None
            and actor.id not in makers(pairing)):
        mine.add("recommender")
    if civil_affairs and actor.id == pairing.recommended_by:
        mine.add("recommended")
    hands = [one.id for one in (actor, *lenders) if decides(one, pairing, city_code)]
    if hands:
        mine.add("office")
    if actor.id not in makers(pairing) and any(one not in makers(pairing) for one in hands):
        mine.add("approver")
    if hands and actor.id == pairing.approver_id:
        mine.add("decider")
    return mine


def recommended_verdict(pairing: Pairing) -> Verdict:
    """The second of the three consents: nothing is approved that nobody of the civil affairs offices recommended."""
    if pairing.needs_recommendation and pairing.recommended_by is None:
        return Verdict.no("还没有推荐。", "请市（州）民政局先推荐；省厅没有经手这件的同志也可以推荐。")
    return Verdict.yes("已推荐" if pairing.needs_recommendation else "这次行动不要求推荐")


def revoke_verdict(approved_at: dt.datetime, moment: dt.datetime) -> Verdict:
    """An approval is taken back within the day on which it was given, before anybody builds on it."""
    if local(approved_at).date() == local(moment).date():
        return Verdict.yes()
    return Verdict.no("批准只能在当天 24:00 以前撤销。", "确实不该办的，请用“终止”，写明理由。")


def hand_over_verdict(status: str, mine: set[str], colleague: set[str] | None) -> Verdict:
    """May somebody who is `mine` to a pairing lay it into the hands of a colleague who is `colleague` to it (None:
    back to the office)?"""
    if "office" not in mine:
        return Verdict.no("只有审批部门能转交待审批的结对。", "请联系审批部门。")
    if status != "accepted":
        return Verdict.no(f"这件结对现在是“{STATES[status].label}”，不用转交。", "待审批的结对才有人经手。")
    if colleague is not None and "approver" not in colleague:
        return Verdict.no("这位同志不能审批这件结对。", "请选没有提出、同意、推荐过这件的审批人。")
    return Verdict.yes()


def lender_verdict(role: str) -> Verdict:
    """Has somebody of this role decisions to lend?"""
    if role in DECIDERS:
        return Verdict.yes()
    return Verdict.no("您没有审批可以委托。", "只有审批部门的同志能委托别人代办。")


def delegation_verdict(starts_on: dt.date, ends_on: dt.date, today: dt.date) -> Verdict:
    """From today or later, forward, for DELEGATION_DAYS at most, within the next year."""
    if starts_on < today:
        return Verdict.no("开始的日期已经过了。", "请从今天或以后的日期开始。")
    if (starts_on - today).days > 366:
        return Verdict.no("开始的日期在一年以后。", "请核对年份。")
    if ends_on < starts_on:
        return Verdict.no("结束的日期早于开始的日期。", "请核对起止日期。")
    if (ends_on - starts_on).days >= DELEGATION_DAYS:
        return Verdict.no(f"一次最多委托 {DELEGATION_DAYS} 天。", "时间更长的，请由管理员调整人员。")
    return Verdict.yes()


def push_verdict(orders: int, declined: int, counties: int) -> Verdict:
    """Does it look as if help were pressed on an organization? `orders` one county has sent it within PUSH_DAYS, of
    which it `declined` some; `counties` of one city have ordered from it in that time. A warning, never a bar."""
    if orders >= PUSH_FROM:
        said = f"，其中 {declined} 次被谢绝" if declined else ""
        return Verdict.no(f"这个县 {PUSH_DAYS} 天内向这家组织点单 {orders} 次{said}。",
                          "帮扶讲自愿，不搞摊派；请先打电话问对方愿不愿意、忙不忙得过来。")
    if counties >= PUSH_COUNTIES:
        return Verdict.no(f"同一个市（州）有 {counties} 个县 {PUSH_DAYS} 天内都向这家组织点单。",
                          "请核实不是统一布置的；帮扶讲自愿，不搞摊派。")
    return Verdict.yes()


def confirmed_verdict(pairing: Pairing) -> Verdict:
    """Do both sides know what they agree to? A changed need is confirmed by the organization, a changed offering by
    the county."""
    if pairing.confirm_need_from is not None:
        return Verdict.no("需求改过，等社会组织确认改动。", "社会组织在这件结对里选“继续（按新内容）”以后再办。")
    if pairing.confirm_offering_from is not None:
        return Verdict.no("供给改过，等县里确认改动。", "县里在这件结对里选“继续（按新内容）”以后再办。")
    return Verdict.yes()


def reply_by(proposed_at: dt.datetime) -> dt.date:
    """The day by which the other side should have answered a bid or an order."""
    return local(proposed_at).date() + dt.timedelta(days=REPLY_DAYS)


def due_after(moment: dt.datetime, days: int = APPROVAL_DAYS) -> dt.datetime:
    """So many working days later at 17:30 in Shanghai, as UTC."""
    return office_end_after(moment, days)


def sign_by(approved_at: dt.datetime) -> dt.date:
    """The day by which an approved pairing should have its agreement."""
    return local(approved_at).date() + dt.timedelta(days=SIGN_DAYS)


def answer_by(asked_on: dt.date) -> dt.date:
    """The last day on which an organization that was asked on that day may answer undisturbed."""
    return asked_on + dt.timedelta(days=ANSWER_DAYS)


def silence_verdict(asked_on: dt.date, today: dt.date) -> Verdict:
    """Has an organization been silent so long that the county may take its bid as withdrawn?"""
    last = answer_by(asked_on)
    if today > last:
        return Verdict.yes()
    return Verdict.no(f"社会组织可以在 {last.month}月{last.day}日 前答复改动。",
                      "过了这一天还没有答复，才能“视为撤回”；急的话，请先打电话问对方。")


def reminder_since(asked_on: dt.date, today: dt.date) -> dt.date | None:
    """The latest day on which something was due to be said: on each of REMINDERS to the organization, on the day after
    the last one to the county. None: not yet. Whoever has been told since then is not told again."""
    due = [day for day in (*REMINDERS, ANSWER_DAYS + 1) if asked_on + dt.timedelta(days=day) <= today]
    return asked_on + dt.timedelta(days=max(due)) if due else None


def shown_state(pairing: Pairing) -> Choice:
    """The state as people read it: while one side must confirm what the other changed, that comes first."""
    return STATES[pairing.status] if pairing.status not in ASKED or confirmed_verdict(pairing) else CONFIRMING


def open_verbs(pairing: Pairing, mine: set[str], is_overdue: bool = False) -> list[Transition]:
    """The verbs to show: who must confirm first is not offered to agree or to withdraw with a reason meanwhile, nor is
    a bid taken as withdrawn before its answer `is_overdue`."""
    hidden = set() if is_overdue else {"presume"}
    if not recommended_verdict(pairing):
        hidden |= {"approve"}
    if not confirmed_verdict(pairing):
        hidden |= {"accept", "approve"} | ({"withdraw"} if "confirmer" in mine else set())
    return [row for row in LIFECYCLE.open_to(mine, pairing.status) if row.verb not in hidden]


def relay_verdict(pairing: Any, mine: set[str], organization_id: int | None) -> Verdict:
    """May the actor (see `parties`) hand what is left of a pairing on to this organization; None: to any?"""
    if "county" not in mine:
        return Verdict.no("接力由县里办理。", "请联系县农业农村局。")
    if pairing.status not in RELAYABLE:
        return Verdict.no(f"这件结对现在是“{STATES[pairing.status].label}”，不能接力。",
                          "已批准、在办或已暂停的结对才能交给别的组织。")
    if organization_id == pairing.organization_id:
        return Verdict.no("接力要交给另一家组织。", "请选别家的供给。")
    if pairing.lines and not pairing.outstanding:
        return Verdict.no("约定的都已经送到，没有要接力的。", "请登记办成。")
    return Verdict.yes()


def relay_need_verdict(status: str) -> Verdict:
    """May what is left of a pairing on such a need be handed on? Its closing time was for the first choice."""
    if status in ("published", "matched", "closed"):
        return Verdict.yes()
    return Verdict.no("这条需求已经不办了，不能接力。", "请先恢复、发布需求。")


def approval_level(registration_level: str, is_key_county: bool) -> str:
    """The province approves pairings with key counties and of province-level organizations; cities the others."""
    return "province" if is_key_county or registration_level in ("province", "nation") else "city"


def terms_verdict(signed_on: dt.date, starts_on: dt.date, ends_on: dt.date, approved_on: dt.date,
                  today: dt.date) -> Verdict:
    """An agreement is signed between its approval and today, and its term runs forward, at most ten years."""
    if signed_on < approved_on:
        return Verdict.no(f"签订日期早于批准日期 {approved_on:%Y-%m-%d}。", "请核对，批准以后才能签协议。")
    if signed_on > today:
        return Verdict.no("签订日期还没有到。", "请在签好协议的当天或以后登记。")
    return span_verdict(starts_on, ends_on)


def span_verdict(starts_on: dt.date, ends_on: dt.date) -> Verdict:
    """A term runs forward, at most ten years."""
    if ends_on <= starts_on:
        return Verdict.no("截止日期要晚于开始日期。", "请核对起止日期。")
    if (ends_on - starts_on).days > 3653:
        return Verdict.no("协议期限超过十年。", "请核对年份。")
    return Verdict.yes()


def scale_verdict(typed: Mapping[str, int | None], known: Mapping[str, int | None]) -> Verdict:
    """Are amounts (funds_fen, in_kind_fen) of the same order as what was offered or agreed? What was nothing, or is
    nothing now, raises no question."""
    for name, label in (("funds_fen", "资金"), ("in_kind_fen", "物资折价")):
        now, before = typed.get(name) or 0, known.get(name) or 0
        if now and before and (now >= before * OUT_OF_SCALE or now * OUT_OF_SCALE <= before):
            return Verdict.no(f"{label}您填的是 {in_wan(now)} 万元，原来说的是 {in_wan(before)} 万元，差了 100 倍以上。"
                              "是不是把元当成万元填了？", "请核对；确实没有写错，就勾选“数额没有写错”再交。")
    return Verdict.yes()
