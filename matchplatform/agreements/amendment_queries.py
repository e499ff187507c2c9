"""Reading amendments: what one changes, from what to what, and its text."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchplatform.accounts.queries import names
from matchplatform.agreements import queries, rules
from matchplatform.agreements.amendment_wording import Change, amendment_blocks
from matchplatform.agreements.models import Amendment
from matchplatform.agreements.wording import Block, amount, record_blocks
from matchplatform.core.clock import today, years_later
from matchplatform.core.money import in_wan
from matchplatform.core.rules import Transition, Verdict
from matchplatform.pairings.models import Pairing

_TERMS = (("starts_on", "开始日期"), ("ends_on", "截止日期"), ("funds_fen", "资金"), ("in_kind_fen", "物资折价"))


def present_terms(pairing: Pairing) -> dict[str, Any]:
    """Dates, amounts and quantities as plain values, as they stand."""
    return {"starts_on": pairing.starts_on.isoformat() if pairing.starts_on else None,
            "ends_on": pairing.ends_on.isoformat() if pairing.ends_on else None, "funds_fen": pairing.funds_fen,
            "in_kind_fen": pairing.in_kind_fen, "lines": {str(one): n for one, n in pairing.taken.items()}}


def changes_of(amendment: Amendment) -> list[Change]:
    """What it changes, each from what stood before (when it is in force) or stands now."""
    former = json.loads(amendment.former) if amendment.number else present_terms(amendment.pairing)
    found = []
    for name, label in _TERMS:
        value = getattr(amendment, name)
        if value is not None:
            found.append(Change(label, _said(former.get(name)), _said(value),
                                capitals=amount(value) if isinstance(value, int) else ""))
    known = {one.id: one for one in amendment.pairing.need.lines}
    for line_id, quantity in sorted(amendment.quantities.items()):
        line, before = known.get(line_id), former.get("lines", {}).get(str(line_id), 0)
        item, unit = (line.item, line.unit) if line else ("已经删去的事项", "")
        found.append(Change(item, f"{before:,} {unit}", f"{quantity:,} {unit}", is_line=True))
    return found


def _said(value: Any) -> str:
    if value is None:
        return "没有"
    if isinstance(value, int):
        return f"{in_wan(value)} 万元"
    day = value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    return f"{day.year}年{day.month}月{day.day}日"


def summary(amendment: Amendment) -> str:
    """截止日期改为 2028年1月1日，餐桌椅改为 8 套."""
    said = [f"{one.label}改为 {one.after}" for one in changes_of(amendment)]
    return "，".join([*said, *(["补充条款"] if amendment.text else [])])


def blocks_of(amendment: Amendment) -> list[Block]:
    """The text of the amendment."""
    pairing = amendment.pairing
    agreement = queries.agreement_of(pairing)
    content = agreement.values if agreement and agreement.sha256 else queries.first_content(pairing)
    number = amendment.number or queries.next_number(pairing)
    return amendment_blocks(content, queries.facts_of(pairing), number,
                            pairing.signed_on.isoformat() if pairing.signed_on else "",
                            changes_of(amendment), amendment.text, amendment.reason)


def record_of(row: "Row") -> list[Block]:
    """Who proposed and who confirmed it, to follow its text on paper; nothing before it is in force."""
    one = row.amendment
    if one.number is None or one.decided_at is None:
        return []
    sides = {"county": "甲方", "organization": "乙方"}
    return record_blocks([(row.who, sides[one.side], one.proposed_at, "提出"),
                          (row.decided, sides[rules.other_side(one.side)], one.decided_at, "同意，补充协议生效")])


def name_of(amendment: Amendment) -> str:
    """补充协议第 1 号; one that is not in force yet has none."""
    return f"补充协议第 {amendment.number} 号" if amendment.number else "补充协议（拟）"


@dataclass(frozen=True)
class Row:
    """An amendment as a list shows it."""

    amendment: Amendment
    name: str
    changes: list[Change]
    who: str
    decided: str


@dataclass(frozen=True)
class Amending:
    """A pairing's amendments for one reader."""

    rows: list[Row]
    open: Row | None
    verbs: list[Transition]
    may_propose: Verdict
    is_ending: bool
    last: dt.date | None

    @property
    def shown(self) -> bool:
        """Is there anything to show or to do?"""
        return bool(self.rows or self.may_propose or self.is_ending)


def _rows(found: Sequence[Amendment]) -> list[Row]:
    known = names({one for row in found for one in (row.proposed_by, row.decided_by) if one}) if found else {}
    return [Row(one, name_of(one), changes_of(one), known.get(one.proposed_by, ""), known.get(one.decided_by or 0, ""))
            for one in found]


def row_of(amendment: Amendment) -> Row:
    """One amendment as a list shows it."""
    return _rows([amendment])[0]


def amending_of(pairing: Pairing, mine: set[str]) -> Amending:
    """What was amended, what waits, and what the reader may do."""
    rows = _rows(queries.amendments_of(pairing))
    waiting = next((one for one in rows if one.amendment.status == "proposed"), None)
    verbs = rules.AMENDING.open_to(rules.amendment_parties(waiting.amendment, mine, pairing.status),
                                   "proposed") if waiting else []
    return Amending(rows, waiting, verbs, rules.amend_verdict(pairing.status, mine, waiting is not None),
                    rules.is_ending(pairing.status, pairing.ends_on, today()), pairing.ends_on)


def renewal_end(pairing: Pairing) -> dt.date:
    """A year after the present end, or after today where that has passed."""
    return years_later(max(pairing.ends_on or today(), today()), 1)
