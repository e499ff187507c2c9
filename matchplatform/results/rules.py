"""The law of results: who writes and confirms the closing report, who sees an evaluation when, what a certificate
is."""

import datetime as dt
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, Protocol

from matchplatform.core.rules import Choice, Choices, Lifecycle, Verdict, transitions

REPORT_STATES = Choices(Choice("draft", "草稿"), Choice("submitted", "待对方确认", "wait"),
                        Choice("returned", "退回补写", "no"), Choice("confirmed", "已确认", "go"))
SIDES = Choices(Choice("county", "县里"), Choice("organization", "社会组织"))
OTHER = {"county": "organization", "organization": "county"}
REPORTS = Lifecycle(REPORT_STATES, "draft", (
    *transitions("submit", "交对方确认", "author", [("draft", "submitted"), ("returned", "submitted")], tone="primary",
                 done="结项报告已交给对方确认。"),
    *transitions("confirm", "确认属实", "reader", [("submitted", "confirmed")], tone="primary",
                 confirm="确认以后不能再改，可以发贡献证书。", done="结项报告已确认。"),
    *transitions("return", "退回补写", "reader", [("submitted", "returned")], reason=True, tone="stop",
                 done="已退回，对方会看到理由。"),
    *transitions("recall", "收回修改", "author", [("submitted", "draft")], done="已收回，可以接着改。"),
    *transitions("reopen", "撤销确认", "office", [("confirmed", "returned")], reason=True, tone="stop",
                 done="已撤销确认，请写报告的一方补写。"),
))
REPORTABLE = ("active", "completed")
OPEN_DAYS = 14     # after which an evaluation is shown though the other side has not written
CHANGE_DAYS = 7    # in which an evaluation may be changed, as long as the other side does not see it
LOW = 2            # stars; so few and the office hears of it
GOOD = 4           # the county's stars from which on a case is drafted
LONGEST_REPLY = 300

# Crockford's base 32: no I, L, O, U; what is read for one of them is taken for 1 and 0.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH, GROUP = 12, 4
_ALIKE = str.maketrans("ILOＩＬＯ０１２３４５６７８９", "1101100123456789")


class Evaluation(Protocol):
    """The columns that the rules read."""

    side: str
    at: dt.datetime


def author_verdict(mine: set[str], status: str, side: str | None) -> Verdict:
    """May the reader write the closing report? Whoever began it goes on with it; `side` is None where nobody did."""
    if status not in REPORTABLE:
        return Verdict.no("在办或办成的结对才写结项报告。", "终止的结对，情况写在走访记录里。")
    if not mine & {"county", "organization"}:
        return Verdict.no("结项报告由社会组织或县里写。", "审批部门可以看。")
    if side is not None and side not in mine:
        return Verdict.no(f"结项报告由{SIDES[side].label}在写。", "写好交给您确认。")
    return Verdict.yes()


def rewrite_verdict(status: str | None) -> Verdict:
    """May a closing report in this state be written on; None: nobody has begun one?"""
    if status in (None, "draft", "returned"):
        return Verdict.yes()
    return Verdict.no(f"结项报告现在是“{REPORT_STATES[status or ''].label}”，不能改。",
                      "已交的先收回，退回的可以接着改。")


def report_parties(mine: set[str], side: str) -> set[str]:
    """author, reader (the other side), office: what somebody is to a report that `side` wrote."""
    found = set()
    if side in mine:
        found.add("author")
    if OTHER[side] in mine:
        found.add("reader")
    if "approver" in mine and not found:
        found.add("office")
    return found


def can_evaluate(mine: set[str], status: str) -> Verdict:
    """The two sides of what was completed evaluate each other."""
    if status != "completed":
        return Verdict.no("办成以后才能评价。", "先登记办成。")
    if not mine & {"county", "organization"}:
        return Verdict.no("由县里和社会组织互相评价。", "群众的评价从点单里来。")
    return Verdict.yes()


def is_shown(evaluation: Evaluation, both: bool, moment: dt.datetime) -> bool:
    """May the other side and the public see it? When both have written, or after OPEN_DAYS: nobody writes to please."""
    return both or moment >= evaluation.at + dt.timedelta(days=OPEN_DAYS)


def can_change(evaluation: Evaluation, both: bool, moment: dt.datetime) -> Verdict:
    """An evaluation is changed for a week, and not once the other side sees it."""
    if is_shown(evaluation, both, moment):
        return Verdict.no("对方已经看到这条评价，不能再改。", "要补充的，可以在对方的评价下面回复。")
    if moment > evaluation.at + dt.timedelta(days=CHANGE_DAYS):
        return Verdict.no("评价写下七天以后不能再改。", "要补充的，可以在对方的评价下面回复。")
    return Verdict.yes()


def stars_verdict(stars: int | None) -> Verdict:
    """One to five."""
    if stars is not None and 1 <= stars <= 5:
        return Verdict.yes()
    return Verdict.no("还没有打分。", "请在五个里选一个。")


def issue_verdict(status: str, report: str | None, valid: bool) -> Verdict:
    """A certificate is issued for what was completed and whose closing report the other side confirmed; one at a
    time."""
    if status != "completed":
        return Verdict.no("办成以后才发证书。", "请县里先登记办成。")
    if report != "confirmed":
        return Verdict.no("结项报告还没有确认。", "请双方先把结项报告写好、确认。")
    if valid:
        return Verdict.no("已经发过证书。", "要改，先作废原来的。")
    return Verdict.yes()


def case_verdict(role: str, status: str, stars: int | None, drafted: bool) -> Verdict:
    """A case is drafted once, by who publishes, from what was completed and well rated by its county."""
    if role not in ("province_officer", "city_officer"):
        return Verdict.no("案例由省民政厅和市（州）民政局起草。", "请联系他们。")
    if status != "completed":
        return Verdict.no("办成以后才写案例。")
    if drafted:
        return Verdict.no("已经起草过案例。", "请打开那一份接着改。")
    if stars is None or stars < GOOD:
        return Verdict.no(f"县里打了 {GOOD} 分以上的才起草案例。", "请县里先评价。")
    return Verdict.yes()


def new_code() -> str:
    """Twelve characters drawn by lot (60 bits): nobody guesses one, however often he tries."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def grouped(code: str) -> str:
    """7K3M-9QXT-20BC, as it is printed."""
    return "-".join(code[n:n + GROUP] for n in range(0, len(code), GROUP))


def parse_code(text: str) -> str:
    """The code as people type it: small letters, blanks, dashes, full width, I for 1 and O for 0.

    Raises ValueError with what is wrong; that a code is well formed says nothing about whether there is one.
    """
    code = re.sub(r"[\s\-—–·_]", "", text.upper().translate(_ALIKE))
    if not code:
        raise ValueError("验证码还没有填。证书右下角那 12 个字母和数字就是。")
    if len(code) != CODE_LENGTH:
        raise ValueError(f"验证码是 {CODE_LENGTH} 个字母和数字，您填了 {len(code)} 个。请对着证书再数一遍。")
    if set(code) - set(ALPHABET):
        raise ValueError("验证码里有不认得的字。请对着证书，四个一组再填一遍。")
    return code


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over a certificate's content in a canonical JSON, 64 hex digits."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True,
                                     separators=(",", ":")).encode()).hexdigest()
