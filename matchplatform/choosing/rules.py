"""The law of calls and replies on one screen: what must be declared, when what is sealed, who moves what where."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from matchplatform.accounts.rules import may_write
from matchplatform.core.clock import SHANGHAI, local, workdays_later
from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions

KINDS = Choices(Choice("requirement", "必备条件"), Choice("criterion", "评分标准"))

CALL_STATES = Choices(Choice("open", "征集中", "go"), Choice("reviewing", "评审中", "wait"),
                      Choice("decided", "已选定", "go"), Choice("ended", "已结束", "no"))
CLOSED = Choice("closed", "已截止，待开启", "wait")  # shown, never stored
SHOWN_CALLS = Choices(CALL_STATES["open"], CLOSED, *(CALL_STATES[one] for one in ("reviewing", "decided", "ended")))
RUNNING = ("open", "reviewing")  # meanwhile nobody takes the need the short way

CALL_LIFECYCLE = Lifecycle(CALL_STATES, "open", (
    *transitions("open", "开启应征书", "county", [("open", "reviewing")], tone="primary",
                 confirm="开启以后，本县、市、省能看到全部应征书；谁在什么时候开启会留下记录。",
                 done="已开启应征书，可以核对、评分了。"),
    *transitions("decide", "选定", "county", [("reviewing", "decided")], tone="goal",
                 done="已选定，结对已报审批；没有选上的组织会收到理由。"),
    *transitions("end", "结束征集", "county need", [("open", "ended"), ("reviewing", "ended")], reason=True,
                 tone="stop",
                 confirm="结束后不再选，送出应征书的组织会看到理由；以后这条需求照平常的办法接单。",
                 done="已结束征集，各组织会看到理由。"),
))

STATES = Choices(
    Choice("draft", "草稿"), Choice("sent", "已送出", "wait"), Choice("faulty", "形式要改", "no"),
    Choice("shortlisted", "入围", "info"), Choice("chosen", "已选中", "go"), Choice("not_chosen", "没有选上", "no"),
    Choice("withdrawn", "已撤回"),
)
PENDING = ("sent", "faulty", "shortlisted")      # counted against the most that an organization may have waiting
JUDGED = ("sent", "shortlisted")                 # may be judged, scored and chosen
READABLE = (*PENDING, "chosen", "not_chosen")    # what the offices read once the call was opened

LIFECYCLE = Lifecycle(STATES, "draft", (
    *transitions("send", "送出应征书", "organization", [("draft", "sent"), ("sent", "sent")], tone="goal",
                 done="已送出，截止前谁也看不到内容；截止前可以改，也可以撤回。"),
    *transitions("resume", "重新填写", "organization", [("withdrawn", "draft")], done="已恢复为草稿，改好再送出。"),
    *transitions("withdraw", "撤回应征书", "organization", [(one, "withdrawn") for one in PENDING], tone="stop",
                 confirm="撤回后县里看不到这份应征书；截止前还可以重新填写。", done="已撤回，不影响以后应征和接单。"),
    *transitions("fault", "要求改正形式问题", "county", [("sent", "faulty")], reason=True, tone="stop",
                 done="已发给对方，24 小时内改正。"),
    *transitions("mend", "改正后送回", "organization", [("faulty", "sent")], tone="primary", done="已改正送回。"),
    *transitions("shortlist", "入围", "county", [("sent", "shortlisted")], tone="primary", done="已列入入围名单。"),
    *transitions("unlist", "移出入围", "county", [("shortlisted", "sent")], done="已移出入围名单。"),
    *transitions("choose", "选定", "choice", [("sent", "chosen"), ("shortlisted", "chosen")]),
    *transitions("pass_over", "没有选上", "choice", [(one, "not_chosen") for one in PENDING], reason=True),
))

COUNTER_STATES = Choices(Choice("open", "等县里答复", "wait"), Choice("accepted", "县里同意了", "go"),
                         Choice("declined", "县里没有同意", "no"), Choice("withdrawn", "已收回"))
COUNTER_LIFECYCLE = Lifecycle(COUNTER_STATES, "open", (
    *transitions("accept", "同意，就这样办", "county", [("open", "accepted")], tone="primary",
                 confirm="同意以后，结对按对方提的数量和金额报审批。", done="已同意，按新的条件报审批。"),
    *transitions("decline", "不同意", "county", [("open", "declined")], reason=True, tone="stop",
                 done="已答复不同意，对方仍然可以按原来的点单同意或谢绝。"),
    *transitions("withdraw", "收回", "organization", [("open", "withdrawn")],
                 done="已收回，可以按原来的点单答复，或另提。"),
))

WHOLE = 100            # the criteria's weights make 100 %
MOST_ITEMS = 12
MOST_CHOSEN = 10
MEND_HOURS = 24        # in which a formal fault may be mended
SILENT_DAYS = 5        # working days after which a silent county is reminded
CITY_DAYS = 3          # working days more, and its city is told
STEPS = Choices(Choice("county", "提醒县里"), Choice("city", "告知市里"))


class Call(Protocol):
    """The columns that the rules read."""

    status: str
    county_code: str
    closing_at: dt.datetime
    questions_until: dt.datetime
    opened_at: dt.datetime | None


class Reply(Protocol):
    """The columns that the rules read."""

    status: str
    organization_id: int
    mend_until: dt.datetime | None
    items: Sequence[Any]


def said(moment: dt.datetime) -> str:
    """12月3日 17:00:05, to the second: here a second decides."""
    at = local(moment)
    return f"{at.month}月{at.day}日 {at:%H:%M:%S}"


def clock_sentence(moment: dt.datetime) -> str:
    """Which clock decides, and what it shows."""
    return f"以服务器时间为准，现在是 {said(moment)}。"


def is_closed(call: Call, moment: dt.datetime) -> bool:
    """Is the closing moment over? What arrives within its second is still in time."""
    return moment >= call.closing_at + dt.timedelta(seconds=1)


def is_sealed(call: Call, moment: dt.datetime) -> bool:
    """May nobody but its organization read a reply? Until the closing moment is over and the county opened them; a call
    that was ended unopened stays sealed."""
    return call.opened_at is None or not is_closed(call, moment)


def shown_call(call: Call, moment: dt.datetime) -> Choice:
    """The state as people read it."""
    return CLOSED if call.status == "open" and is_closed(call, moment) else CALL_STATES[call.status]


def call_parties(actor: Any, call: Call) -> set[str]:
    """What somebody is to a call."""
    in_county = actor.role == "county_officer" and actor.county_code == call.county_code
    return {"county"} if in_county else set()


def reply_parties(actor: Any, reply: Reply, call: Call) -> set[str]:
    """What somebody is to a reply."""
    own = {"organization"} if may_write(actor, reply.organization_id) else set()
    return call_parties(actor, call) | own


def open_verdict(call: Call, moment: dt.datetime) -> Verdict:
    """Replies are opened after the closing moment, not a second before."""
    if is_closed(call, moment):
        return Verdict.yes()
    return Verdict.no(f"征集到 {said(call.closing_at)} 才截止，现在谁也不能开启应征书。", clock_sentence(moment))


def send_verdict(call: Call, moment: dt.datetime) -> Verdict:
    """The server's clock at this operation decides whether a reply came in time."""
    if call.status == "ended":
        return Verdict.no("县里已经结束这次征集。", "这条需求还在接单的，可以直接接单。")
    if is_closed(call, moment) or call.status != "open":
        return Verdict.no(f"征集已在 {said(call.closing_at)} 截止，这次没有送出。",
                          f"{clock_sentence(moment)}填的内容还在，没有人看到。")
    return Verdict.yes()


def question_verdict(call: Call, moment: dt.datetime) -> Verdict:
    """Questions come before their deadline, so that everybody can read the answers in time."""
    if call.status == "open" and moment <= call.questions_until:
        return Verdict.yes()
    return Verdict.no(f"提问已在 {said(call.questions_until)} 截止。", "可以看看已有的问答，或打需求联系人的电话。")


def times_verdict(closing_at: dt.datetime, questions_until: dt.datetime, need_closing_at: dt.datetime | None,
                  moment: dt.datetime) -> Verdict:
    """Now < last question < closing <= the need's own closing."""
    if closing_at <= moment:
        return Verdict.no("征集截止时间已经过去。", "请改到现在以后，给社会组织留出至少 5 个工作日。")
    if need_closing_at is not None and closing_at > need_closing_at:
        return Verdict.no(f"征集截止晚于需求的接单截止 {said(need_closing_at)}。", "请改到这个时间以前，或先改需求。")
    if not moment < questions_until < closing_at:
        return Verdict.no("提问截止要在现在以后、征集截止以前。", "通常比征集截止早两天，好让大家看到答复。")
    return Verdict.yes()


def items_verdict(requirements: Sequence[str], criteria: Sequence[tuple[str, int]]) -> Verdict:
    """What is declared: each thing once, and weights that make 100 %."""
    if not criteria:
        return Verdict.no("还没有写评分标准。", "至少写一项，权重合计 100%。")
    if len(requirements) > MOST_ITEMS or len(criteria) > MOST_ITEMS:
        return Verdict.no(f"必备条件和评分标准各不超过 {MOST_ITEMS} 项。", "请合并相近的几项。")
    for names in (list(requirements), [name for name, _ in criteria]):
        if len(set(names)) != len(names):
            return Verdict.no("有一项写了两遍。", "请删去一个。")
    if any(weight < 1 for _, weight in criteria):
        return Verdict.no("每项评分标准的权重要大于 0。", "不看的标准请删去。")
    total = sum(weight for _, weight in criteria)
    if total != WHOLE:
        what = f"少了 {WHOLE - total}" if total < WHOLE else f"多了 {total - WHOLE}"
        return Verdict.no(f"评分标准的权重合计是 {total}%，{what} 个百分点。", "请改到合计正好 100%。")
    return Verdict.yes()


def change_verdict(call: Call, replies: int, moment: dt.datetime) -> Verdict:
    """What was declared stays as soon as somebody relied on it."""
    if call.status != "open" or is_closed(call, moment):
        return Verdict.no("征集已经截止，条件不能再改。")
    if replies:
        return Verdict.no(f"已经有 {replies} 份应征书送出，截止时间、条件和权重都不能再改。",
                          "确实要改，请写明理由结束这次征集。")
    return Verdict.yes()


def points_verdict(points: int) -> Verdict:
    """Each criterion is scored 0 to 100."""
    if 0 <= points <= 100:
        return Verdict.yes()
    return Verdict.no(f"评分要在 0—100 之间，不能是 {points}。", "请改成 0—100 的整数。")


def weighted_total(items: Iterable[Any]) -> float | None:
    """The reply's score of 100, None while a criterion has no points."""
    rows = [(one.item.weight, one.points) for one in items if one.item.kind == "criterion"]
    if not rows or any(points is None for _, points in rows):
        return None
    return round(sum(weight * points for weight, points in rows) / WHOLE, 1)


def meets_requirements(items: Iterable[Any]) -> bool | None:
    """True: all passed; False: one failed; None: not judged yet."""
    marks = [one.passed for one in items if one.item.kind == "requirement"]
    if any(mark is False for mark in marks):
        return False
    return None if any(mark is None for mark in marks) else True


def eligible_verdict(name: str, reply: Reply) -> Verdict:
    """May this reply be chosen?"""
    if reply.status not in JUDGED:
        return Verdict.no(f"{name}的应征书现在是“{STATES[reply.status].label}”，不能选。", "请刷新页面看最新状态。")
    met = meets_requirements(reply.items)
    if met is None:
        return Verdict.no(f"{name}的必备条件还没有核对完。", "请逐条选“符合”或“不符合”。")
    if not met:
        return Verdict.no(f"{name}有必备条件不符合，不能选。", "请核对，或选别的组织。")
    if weighted_total(reply.items) is None:
        return Verdict.no(f"{name}还有评分标准没有评。", "请逐项评 0—100 分。")
    return Verdict.yes()


def mend_verdict(reply: Reply, moment: dt.datetime) -> Verdict:
    """A fault is mended within its 24 hours."""
    if reply.mend_until is not None and moment > reply.mend_until:
        return Verdict.no(f"改正期已在 {said(reply.mend_until)} 结束。", clock_sentence(moment))
    return Verdict.yes()


def silent_since(moment: dt.datetime) -> dt.date:
    """The day on which a county that has not answered counts as silent."""
    return workdays_later(moment, SILENT_DAYS)


def step_due(moment: dt.datetime, today: dt.date) -> str:
    """Who is to be told today of something that waits since `moment`: "", county, city."""
    if today >= workdays_later(moment, SILENT_DAYS + CITY_DAYS):
        return "city"
    return "county" if today >= silent_since(moment) else ""


def withdraw_verdict(call: Call, moment: dt.datetime) -> Verdict:
    """Before closing at any time; afterwards once the county was silent five working days."""
    if not is_closed(call, moment) or call.status == "ended":
        return Verdict.yes()
    free = dt.datetime.combine(silent_since(call.closing_at), dt.time(), SHANGHAI)
    if moment >= free:
        return Verdict.yes()
    return Verdict.no("征集已经截止，县里正在评审，现在不能撤回。",
                      f"县里到 {free.month}月{free.day}日 还没有选定的话，可以撤回。")


def counter_verdict(pairing: Any) -> Verdict:
    """Other terms are proposed back to an order that still waits, once at a time."""
    if pairing.origin != "order":
        return Verdict.no("这不是县里的点单。", "自己接的单要改，请先撤回，再按新的数量接。")
    if pairing.status != "proposed":
        return Verdict.no("这次点单已经有了结果，不能再提别的条件。", "请看最新状态。")
    if pairing.confirm_need_from is not None or pairing.confirm_offering_from is not None:
        return Verdict.no("内容改过，还等一方确认。", "请先选“继续（按新内容）”，再提条件。")
    return Verdict.yes()
