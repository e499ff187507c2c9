"""Changing a released need: small things at once, the rest when a second person releases it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.queries import county_officers, names, province_officers
from matchplatform.audit.operations import record
from matchplatform.catalog.queries import place, region
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.needs import change_rules, operations, queries
from matchplatform.needs import rules as need_rules
from matchplatform.needs.change_models import NeedChange
from matchplatform.needs.change_queries import moved_on, pending_change
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import LABELS, columns, emptied, plain, restored, snapshot
from matchplatform.notices.operations import tell

_LOOK = "请看最新内容再办。"


@dataclass(frozen=True)
class Outcome:
    """What became of a change: the fields that took effect at once, and what waits for a second person."""

    at_once: list[str]
    waiting: NeedChange | None


def altered(need: Need, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `values` would change, as (at once, waits for a second person); nothing is set."""
    present = columns(need)
    wanted = {name: emptied(name) if value is None or value == "" else value
              for name, value in values.items() if name in LABELS}
    changed = {name: value for name, value in wanted.items() if plain({name: value}) != plain({name: present[name]})}
    small = {name for name, value in changed.items() if change_rules.is_minor(name, present[name], value)}
    return ({name: value for name, value in changed.items() if name in small},
            {name: value for name, value in changed.items() if name not in small})


def propose_change(actor: Any, need: Need, values: Mapping[str, Any], reason: str,
                   version: int | None = None) -> Outcome:
    """Change a released need; what `values` does not name stays.

    Raises Refusal (nobody may, no reason, nothing changed, a field emptied), Conflict when the page was stale or
    another change waits already.
    """
    operations.hold(need)
    if version is not None and version != need.version:
        raise Conflict(queries.last_act_sentence(actor, need), f"您打开的是以前的内容，这次没有保存。{_LOOK}")
    demand(change_rules.can_change(actor, need))
    reason = reason.strip()
    if not reason:
        raise Refusal("还没有写为什么改。", "请在“为什么改”里写一句话，同事和已接单的组织会看到。")
    at_once, later = altered(need, values)
    if not at_once and not later:
        raise Refusal("内容没有变化。", "要改哪里，请先在表上改好。")
    _demand_sound(actor, need, {**at_once, **later})
    change = _propose(actor, need, later, reason) if later else None
    if at_once:
        operations.rewrite(actor, need, at_once, "小处改动", reason, binding=False)
    return Outcome(list(at_once), change)



def _demand_sound(actor: Any, need: Need, wanted: Mapping[str, Any]) -> None:
    """Said now rather than when a colleague releases it."""
    if wanted.get("township_code"):
        found = region(wanted["township_code"])
        if found is None or found.level != "township" or found.parent_code != need.county_code:
            raise Refusal("选的乡镇不在本县。", "请从本县的乡镇里选一个，全县的需求可以不选。")
    if wanted.get("closing_at") is not None:
        demand(need_rules.closing_verdict(wanted["closing_at"], clock.now()))
    operations.rehearse(need, wanted)


def _propose(actor: Any, need: Need, later: dict[str, Any], reason: str) -> NeedChange:
    _refuse_second(actor, need)
    before = {name: value for name, value in snapshot(need).items() if name in later}
    change = NeedChange(need_id=need.id, proposed_by=actor.id, at=clock.now(), reason=reason, status="pending",
                        before=_json(before), proposed=_json(plain(later)))
    try:
        with db.session.begin_nested():
            db.session.add(change)
            db.session.flush()
    except IntegrityError as error:
        _refuse_second(actor, need)
        raise Conflict("同事刚刚也提了改动，这次没有保存。", _LOOK) from error
    what = "、".join(LABELS[name] for name in later)
    _record(actor, need, "propose_change", "提出改动", reason, list(later))
    colleagues = [one for one in county_officers(need.county_code) if one != actor.id]
    said = "" if colleagues else "这个县没有另一位经办人，请省里放行。"
    _send(actor, need, colleagues or province_officers(), "to_do", "改动待放行",
          f"{place(need.township_code or need.county_code)}，{actor.name}要改{what}。理由：{reason}。{said}")
    db.session.flush()
    return change


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _refuse_second(actor: Any, need: Need) -> None:
    waiting = pending_change(need)
    if waiting is None:
        return
    at, mine = clock.local(waiting.at), waiting.proposed_by == actor.id
    who = "您" if mine else names({waiting.proposed_by}).get(waiting.proposed_by, "同事")
    raise Conflict(f"{who} {at.month}月{at.day}日 {at:%H:%M} 提的改动还在等放行，这次没有保存。",
                   "请先撤回那一次，再一起改。" if mine else "请先办完那一次，再提新的改动。")


def decide_change(actor: Any, need: Need, change: NeedChange, verb: str, reason: str = "") -> tuple[Transition, int]:
    """Release, refuse or withdraw a change; answers the table's row and how many pairings were told.

    Raises Refusal, Conflict when somebody was faster.
    """
    operations.hold(need)
    db.session.execute(sa.select(NeedChange.id).where(NeedChange.id == change.id).with_for_update(key_share=True))
    db.session.refresh(change)
    reason = reason.strip()
    if change.status != "pending" and verb in change_rules.LIFECYCLE.verbs:
        raise Conflict(_decided(actor, change), f"这次改动现在是“{change.state.label}”，{_LOOK}")
    demand(change_rules.LIFECYCLE.verdict(verb, change.status, change_rules.parties(actor, need, change), reason))
    row = change_rules.LIFECYCLE.find(verb, change.status)
    if row is None:
        raise RuntimeError(f"{verb} from {change.status} passed the verdict without a row")
    if verb == "release":
        _demand_releasable(actor, need, change)
    with db.session.no_autoflush:
        change.status, change.decided_by, change.decided_at, change.decision = (
            row.target, actor.id, clock.now(), reason)
    db.session.flush()
    told = _carry_out(actor, need, change, verb, reason)
    db.session.flush()
    return row, told


def _demand_releasable(actor: Any, need: Need, change: NeedChange) -> None:
    """Since it was proposed time went on and colleagues may have been at work: what was weighed then must still stand,
    and what comes in must still hold. Nothing is done where it does not."""
    moved = moved_on(need, change)
    if moved:
        raise Conflict(f"提出这次改动以后，“{'”“'.join(moved)}”又改过，这次没有放行。",
                       "请退回这次改动，请提出的人照现在的内容再提。")
    try:
        _demand_sound(actor, need, restored(change.values))
    except Conflict:
        raise
    except Refusal as refusal:
        raise Refusal(refusal.reason, f"{refusal.remedy}请退回这次改动，请提出的人改好再提。") from refusal


def _carry_out(actor: Any, need: Need, change: NeedChange, verb: str, reason: str) -> int:
    what = "、".join(LABELS[name] for name in LABELS if name in change.values)
    if verb == "release":
        told = operations.rewrite(actor, need, restored(change.values), "放行改动", change.reason, binding=True,
                                  proposer=names({change.proposed_by}).get(change.proposed_by, ""))
        _send(actor, need, [change.proposed_by], "good", "改动已放行",
              f"{actor.name}放行，公开页上已经是新内容：{what}。")
        return told
    if verb == "refuse":
        _record(actor, need, "refuse_change", "退回改动", reason, list(change.values))
        _send(actor, need, [change.proposed_by], "refused", "改动退回", f"{actor.name}退回：{what}。理由：{reason}")
    else:
        _record(actor, need, "withdraw_change", "撤回改动", reason, list(change.values))
        others = [one for one in county_officers(need.county_code) if one != actor.id]
        _send(actor, need, others or province_officers(), "told", "改动不用放行了", f"{actor.name}撤回了改动：{what}。")
    return 0


def _decided(actor: Any, change: NeedChange) -> str:
    who = "您" if change.decided_by == actor.id else names({change.decided_by or 0}).get(
        change.decided_by or 0, "平台")
    at = clock.local(change.decided_at or clock.now())
    return f"{who} {at:%H:%M} 已经办了这次改动。"


def _record(actor: Any, need: Need, act: str, label: str, reason: str, changed: list[str]) -> None:
    """What is asked and refused stands in the audit; a version is kept only of what takes effect."""
    record(actor, act, label, "need", object_id=need.code, object_label=need.title, county_code=need.county_code,
           reason=reason, detail={"changed": changed})


def _send(actor: Any, need: Need, who: list[int], kind: str, head: str, body: str) -> None:
    tell(actor, who, kind, f"{head}：{need.title}", body, "need", need.code)
