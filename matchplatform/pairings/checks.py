"""Eligibility as a pairing meets it on its way: when it is proposed, accepted, approved."""

import datetime as dt
from typing import Any

from matchplatform.catalog.queries import current_campaign, key_county_codes
from matchplatform.core.clock import now, today
from matchplatform.core.rules import Check, Verdict
from matchplatform.matching import eligibility
from matchplatform.needs.rules import STATES as NEED_STATES
from matchplatform.pairings.rules import HOLDING, confirmed_verdict, recommended_verdict

_ABLE = ("published", "matched", "closed")  # a need in these states can still be matched


def checks_of(need: Any, offering: Any, said_at: dt.datetime | None = None) -> list[Check]:
    """Every rule for a pair that is not yet a pairing, at the server's clock; whether the need was open is asked of
    the moment `said_at`, where the organization gave its word then."""
    return eligibility.checks(need, offering, current_campaign(), key_county_codes(), today(), said_at or now())


def case_checks(pairing: Any) -> list[Check]:
    """Every rule for a pairing under way.

    Once both sides agreed, its place in the capacity is reserved, and it came before the need's closing time: then
    these two rules ask whether that still stands, and the offering being paused for others does not hurt it.
    """
    rows = checks_of(pairing.need, pairing.offering)
    verdict = confirmed_verdict(pairing)
    if not verdict:
        rows = [Check("confirmed", "双方都看过最新内容", verdict), *rows]
    if pairing.needs_recommendation:
        rows.append(Check("recommended", "民政部门已推荐", recommended_verdict(pairing)))
    need, offering = pairing.need, pairing.offering
    if pairing.status not in HOLDING:
        if pairing.reserved_until is None:
            return rows
        kept = Check("capacity", "容量已留出", Verdict.yes("点单时留出 1 个，等社会组织答复"))
        return [kept if row.key == "capacity" else row for row in rows]
    held = {
        "capacity": Check("capacity", "容量已留出", Verdict.yes(
            f"已为这件结对留出 1 个，另有余量 {offering.capacity_left}，共 {offering.capacity} 个")),
        "need_open": Check("need_open", "需求仍然有效", Verdict.yes("截止以前双方已同意") if need.status in _ABLE
                           else Verdict.no(f"需求现在是“{NEED_STATES[need.status].label}”。",
                                           "请县里说明，或驳回这件结对。")),
        "offering_open": Check("offering_open", "供给报来时在架", Verdict.yes("双方同意时已核对")),
    }
    return [held.get(row.key, row) for row in rows]


# The word on a queue's red flag; the whole sentence stands in the case.
FLAGS = {
    "vetted": "没有入库", "abnormal": "异常名录", "dishonest": "失信名单", "penalty": "处罚期内",
    "report": "年报不合格", "level": "级别不符", "rating": "等级不够", "age": "登记不满三年", "staff": "专职不足",
    "area": "区域不含", "capacity": "容量不足", "offering_open": "供给不在架", "need_open": "需求已停",
    "confirmed": "等对方确认改动", "recommended": "待推荐",
}


def flag_of(check: Check) -> str:
    """级别不符: the short word for a rule that fails; an unlisted rule shows its name."""
    return FLAGS.get(check.key, check.name)


RELAY_WAIVES = ("need_open",)  # a need's closing time was for the first choice; what is left may be handed on later


def failures(rows: list[Check], waived: tuple[str, ...] = ()) -> list[Check]:
    """The rules that fail, in order, those with these keys left aside."""
    return [row for row in rows if not row.allowed and row.key not in waived]
