"""The law of residents' orders on one screen: who moves an order where, by when, and how many are too many."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Lifecycle, Transition, Verdict, transitions
from matchplatform.pairings.rules import UNDER_WAY

CHANNELS = Choices(Choice("web", "本人在网上填"), Choice("phone", "打电话说的"), Choice("visit", "当面说的"))
HEARD = Choices(*(one for one in CHANNELS if one.value != "web"))  # how an officer who enters it heard it
STARS = Choices(Choice("1", "很不满意"), Choice("2", "不满意"), Choice("3", "一般"), Choice("4", "满意"),
                Choice("5", "很满意"))

STATES = Choices(
    Choice("submitted", "已提交", "wait"), Choice("reviewing", "审核中", "info"), Choice("accepted", "已受理", "go"),
    Choice("serving", "服务中", "go"), Choice("delivered", "待确认", "wait"), Choice("confirmed", "已完成", "go"),
    Choice("rated", "已评价", "go"), Choice("returned", "已退回", "no"), Choice("withdrawn", "已撤回"),
)
DISPUTED = Choice("disputed", "没办好，退回县里", "no")  # shown for one that waits again; not stored
ON_NEED = ("accepted", "serving", "delivered", "confirmed", "rated")  # linked with a need
FOLLOWING = ("accepted", "serving", "delivered")                      # moved by what becomes of the need
WAITING = ("submitted", "reviewing")                                  # promised an answer
JOINABLE = (*WAITING, "accepted", "serving")                          # into these another may be put
STEPS = ("submitted", "reviewing", "accepted", "serving", "delivered", "confirmed", "rated")

LIFECYCLE = Lifecycle(STATES, "submitted", (
    *transitions("take", "我来核实", "desk", [("submitted", "reviewing")], tone="primary",
                 done="已在您手上。请打电话核实，再受理或退回。"),
    *transitions("put_back", "放回队列", "holder", [("reviewing", "submitted")],
                 done="已放回队列，别的同事可以接着办。"),
    *transitions("lapse", "超时退回队列", "clock", [("reviewing", "submitted")]),
    *transitions("accept", "受理", "holder", [("reviewing", "accepted")], tone="goal", done="已受理。"),
    *transitions("return", "退回", "holder", [("reviewing", "returned")], reason=True, tone="stop",
                 done="已退回，本人查单时会看到理由。", confirm="退回以后本人查单会看到理由。请先打电话说清楚。"),
    *transitions("reopen", "重新办理", "desk", [("returned", "submitted")], reason=True, done="已回到队列。"),
    # What becomes of the need moves its orders; nobody clicks these.
    *transitions("serve", "有组织来办", "pairing", [("accepted", "serving"), ("delivered", "serving")]),
    *transitions("unserve", "重新等组织", "pairing", [("serving", "accepted"), ("delivered", "accepted")]),
    *transitions("deliver", "组织办完", "pairing", [("accepted", "delivered"), ("serving", "delivered")]),
    *transitions("requeue", "随需求退回队列", "need", [(one, "submitted") for one in FOLLOWING], reason=True),
    # The villager himself, or somebody who did not handle it and read it back to him on the telephone.
    *transitions("confirm", "办好了", "resident listener", [("delivered", "confirmed")], tone="goal",
                 done="已确认办好。"),
    *transitions("dispute", "没有办好", "resident listener", [("delivered", "submitted")], reason=True, tone="stop",
                 done="已退回县里重新办，原话转给了经办人。"),
    *transitions("rate", "评价", "resident listener", [("confirmed", "rated")], tone="primary", done="谢谢您的评价。"),
    *transitions("withdraw", "撤回", "resident desk", [("submitted", "withdrawn"), ("reviewing", "withdrawn")],
                 tone="stop", done="已撤回，姓名、电话和写的话都删掉了。",
                 confirm="撤回以后，姓名、电话和写的话马上删掉，这个单号也查不到了。"),
))
SPOKEN = ("confirm", "dispute", "rate", "withdraw")  # an officer does these only for somebody who told him so
TOGETHER = ("take", "put_back", "lapse", "accept", "return", "reopen")  # what is joined goes along

# ---- promises, in days
PROMISED_DAYS = 3      # working days until somebody has called
HELD_DAYS = 2          # working days for which an order stays in one officer's hands
UNCONFIRMED_DAYS = 7   # after which the township is asked to call; nothing is ever confirmed by itself
KEPT_DAYS = 365        # after its end name, telephone and words are erased

# ---- how many are too many. One network address may stand for a whole village: the limits on it are wide.
ADDRESS_HOUR, ADDRESS_DAY = 10, 30      # orders from one network address
PHONE_DAY = 5                           # orders with one telephone number
TOWNSHIP_HOUR = 60                      # orders for one township from wherever: a thousand numbers are one flood
WRONG_SUMS_HOUR = 20                    # wrong answers to the arithmetic question from one address
FOLLOW_ADDRESS = 10                     # wrong numbers from one address in FOLLOW_MINUTES
FOLLOW_NUMBER = 5                       # wrong digits for one number in FOLLOW_HOUR
FOLLOW_MINUTES, FOLLOW_HOUR = dt.timedelta(minutes=15), dt.timedelta(hours=1)
SAME_WITHIN = dt.timedelta(days=1)      # the same words from the same telephone and village are the same order
TRIES_KEPT = dt.timedelta(days=2)
FASTEST_SECONDS = 3                     # nobody reads and fills the form faster
FORM_LIVES = dt.timedelta(hours=4)
LOOKING = dt.timedelta(minutes=30)      # how long a browser shows an order after its number was given

CONSENT_VERSION = "2026-11"
CONSENT_LINES = (
    "收什么：您的电话、称呼（可以不写）、哪个村、您写的话。不收身份证号，不收银行卡号。",
    "做什么用：乡镇和县里打电话核实、找组织来办、办完请您评价。不做别的用，不向社会公开。",
    "谁看得到：只有您那个乡镇和县里的经办人。看完整号码要写用途，每次都留记录。",
    "放多久：办完（或退回）一年以后，电话、称呼和您写的话自动删掉。",
    "反悔怎么办：受理以前，凭单号和电话后四位随时能撤回，撤回马上删掉。也可以打乡镇的电话撤回。",
)


@dataclass(frozen=True)
class Resident:
    """The villager who proved by number and digits that the order is his; nobody with an account."""

    id: None = None
    name: str = "群众本人"
    role: str = "resident"


RESIDENT = Resident()


class Order(Protocol):
    """The columns that the rules read."""

    status: str
    county_code: str
    township_code: str
    held_by: int | None
    held_until: dt.datetime | None
    handled_by: int | None
    disputed_at: dt.datetime | None
    joined_to_id: int | None


def parties(actor: Any, order: Order) -> set[str]:
    """What the actor is to this order: resident, desk, holder, listener.

    The desk are the county's officers and those of the township; what its villager called not done is for the county
    alone. A listener takes a villager's word by telephone; never who handled the order.
    """
    if actor.role == "resident":
        return {"resident"}
    county = actor.role == "county_officer" and actor.county_code == order.county_code
    township = actor.role == "township_officer" and actor.township_code == order.township_code
    mine: set[str] = set()
    if county or (township and order.disputed_at is None):
        mine.add("desk")
    if county or township:
        if order.held_by == actor.id:
            mine.add("holder")
        if order.handled_by != actor.id:
            mine.add("listener")
    return mine


def is_lapsed(order: Order, moment: dt.datetime) -> bool:
    """Did whoever has it in hand let the time pass? Then it is back in the queue, whatever is stored."""
    return order.status == "reviewing" and order.held_until is not None and moment > order.held_until


def shown_state(order: Order, moment: dt.datetime) -> Choice:
    """The state as people should read it."""
    if order.status == "submitted" or is_lapsed(order, moment):
        return DISPUTED if order.disputed_at is not None else STATES["submitted"]
    return STATES[order.status]


def open_verbs(actor: Any, order: Order) -> list[Transition]:
    """What the actor may do now; one that is joined to another is moved with that one, but its villager speaks for
    himself."""
    rows = LIFECYCLE.open_to(parties(actor, order), order.status)
    return [row for row in rows if order.joined_to_id is None or row.verb in SPOKEN]


def can_enter(actor: Any) -> Verdict:
    """Counties and townships enter orders for people who call or come by."""
    if actor.role in ("county_officer", "township_officer"):
        return Verdict.yes()
    return Verdict.no("代填点单由乡镇和县（市、区）农业农村局办理。")


def together_verdict(order: Order, verb: str) -> Verdict:
    """Orders that were put together are handled as one."""
    if order.joined_to_id is not None and verb not in SPOKEN:
        return Verdict.no("这张单已经合到另一张里，一起办。", "请打开合到的那一张办理；合错了先“拆开”。")
    return Verdict.yes()


def join_verdict(order: Any, other: Any) -> Verdict:
    """May `order` be put into `other`?"""
    if order.id == other.id:
        return Verdict.no("不能合到自己里面。", "请选另一张单。")
    if order.county_code != other.county_code:
        return Verdict.no("两张单不在一个县。", "只有本县的单能合在一起。")
    if other.joined_to_id is not None:
        return Verdict.no("那张单已经合到别的单里。", "请合到它所在的那一张。")
    if other.status not in JOINABLE:
        return Verdict.no(f"那张单现在是“{STATES[other.status].label}”，不能再合进去。", "请选还在办的单。")
    return Verdict.yes()


def target_of(statuses: Collection[str]) -> str:
    """Where a need's orders stand, given the states of all pairings on it: serving while one is at work or rests,
    delivered when one was completed and none is left at work, else accepted."""
    if set(UNDER_WAY) & set(statuses):
        return "serving"
    return "delivered" if "completed" in statuses else "accepted"


def verb_between(source: str, target: str) -> str:
    """The pairing's verb that leads from one state to the other. Raises LookupError where there is none."""
    for row in LIFECYCLE.table:
        if (row.source, row.target) == (source, target) and "pairing" in row.parties:
            return row.verb
    raise LookupError(f"no way from {source} to {target}")


def is_overdue(due_at: dt.datetime | None, moment: dt.datetime) -> bool:
    """Was an answer promised by now?"""
    return due_at is not None and moment > due_at


def stars_verdict(stars: int | None) -> Verdict:
    """A rating is one to five stars."""
    return Verdict.yes() if stars is not None and 1 <= stars <= 5 else Verdict.no("还没有打分。", "请在五个里选一个。")
