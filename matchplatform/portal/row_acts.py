"""The verbs that stand in a row of "我的待办", and what is to be read before one is used."""

from dataclasses import dataclass
from typing import Any

from matchplatform.core.clock import local
from matchplatform.core.money import in_wan
from matchplatform.core.rules import Transition
from matchplatform.needs import change_rules
from matchplatform.needs import rules as need_rules
from matchplatform.needs.snapshots import FIELDS
from matchplatform.pairings import rules as pairing_rules
from matchplatform.revisions.differences import differences
from matchplatform.revisions.reading import spoken

Fact = tuple[str, str]  # what it is, how it stands


@dataclass(frozen=True)
class Acts:
    """Rows of one transition table; `page` is (endpoint, arguments without the verb) that a form is sent to, `key`
    names the record in the form, `version` tells a stale page, `noun` stands behind the verb on the button."""

    rows: tuple[Transition, ...]
    page: tuple[str, dict[str, Any]]
    key: str
    version: int | None
    noun: str


def _among(rows: list[Transition], *verbs: str) -> tuple[Transition, ...]:
    return tuple(row for row in rows if row.verb in verbs)


def pairing_acts(actor: Any, pairing: Any, noun: str) -> Acts:
    """Agree or decline."""
    rows = pairing_rules.LIFECYCLE.open_to(pairing_rules.parties(actor, pairing), pairing.status)
    return Acts(_among(rows, "accept", "decline"), ("pairings.act", {"code": pairing.code}), pairing.code,
                pairing.version, f"这件{noun}")


def need_acts(actor: Any, need: Any) -> Acts:
    """Release or return."""
    rows = need_rules.LIFECYCLE.open_to(need_rules.parties(actor, need), need.status)
    return Acts(_among(rows, "publish", "return"), ("needs.act", {"code": need.code}), need.code, need.version,
                "这条需求")


def change_acts(actor: Any, need: Any, change: Any) -> Acts:
    """Release or return what changes a released need."""
    rows = change_rules.LIFECYCLE.open_to(change_rules.parties(actor, need, change), change.status)
    return Acts(_among(rows, "release", "refuse"), ("needs.change_act", {"code": need.code, "change_id": change.id}),
                f"{need.code}-{change.id}", None, "")


def need_facts(need: Any) -> tuple[Fact, ...]:
    """What a second person looks at first."""
    lines = "；".join(f"{one.item} {one.quantity:,} {one.unit}" for one in need.lines)
    gap = f"{in_wan(need.funds_gap_fen)} 万元" if need.funds_gap_fen else ""
    people = f"{need.beneficiaries:,} 人" if need.beneficiaries else ""
    closing = f"{local(need.closing_at):%Y-%m-%d %H:%M}" if need.closing_at else ""
    facts = (("内容", need.body), ("要什么", lines), ("资金缺口", gap), ("受益", people), ("接单截止", closing),
             ("公开范围", need_rules.PUBLICITY[need.publicity].label))
    return tuple((name, text) for name, text in facts if text)


def change_facts(change: Any) -> tuple[Fact, ...]:
    """Each changed field, before and after."""
    return tuple((one.label, f"{one.was or '空'} → {one.is_now or '空'}")
                 for one in differences(FIELDS, change.old_values, change.values, spoken()))
