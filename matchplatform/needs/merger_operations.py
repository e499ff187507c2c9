"""Everything that merges two needs: asking, agreeing, refusing, and taking it back."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.needs import merger_queries as queries
from matchplatform.needs import merger_rules as rules
from matchplatform.needs import operations
from matchplatform.needs import rules as need_rules
from matchplatform.needs.change_queries import pending_change
from matchplatform.needs.merger_models import NeedMerger
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import columns, plain, restored, snapshot
from matchplatform.notices.operations import tell
from matchplatform.revisions.operations import keep

_LOOK = "请看最新内容再办。"


def propose_merger(actor: Any, kept: Need, merged: Need, takes: Mapping[str, rules.Take], note: str = "") -> NeedMerger:
    """Ask that `merged` goes into `kept`. Who asks has agreed for what he speaks for; where nobody else is to be asked
    the merger is made at once. Raises Refusal, Conflict when one of the two stands in a proposal already.
    """
    _hold(kept, merged)
    sides = queries.side_of(kept), queries.side_of(merged)
    demand(rules.pair_verdict(kept.county_code, merged.county_code, *sides))
    demand(rules.can_propose(actor, kept.county_code, sides))
    demand(queries.foreseen_people(actor.id, kept.county_code, *sides))
    _demand_free(kept, merged)
    other = queries.open_merger_of(kept, merged)
    if other is not None:
        raise Conflict(f"{other.kept.code} 和 {other.merged.code} 已经有人提了合并，在等答复。", "请先看那一条提议。")
    mine, theirs = plain(columns(kept)), plain(columns(merged))
    missing = [one.label for one in rules.differing(mine, theirs) if one.name not in takes]
    if missing:
        raise Refusal(f"还没有选用哪一条的：{'、'.join(missing)}。", "每一处不同都选一下。")
    demand(rules.combined_verdict(rules.combined(mine, theirs, takes)))
    merger = NeedMerger(county_code=kept.county_code, kept_id=kept.id, merged_id=merged.id, status="proposed",
                        note=note.strip(), kept_print=rules.fingerprint(mine), merged_print=rules.fingerprint(theirs),
                        proposed_by=actor.id, proposed_at=clock.now())
    merger.takes = dict(takes)
    with db.session.begin_nested():  # what is refused on the way leaves no proposal behind
        db.session.add(merger)
        _flush()
        _log(actor, merger, "propose", "提出合并", note)
        if not _give_consent(actor, merger, *sides):
            _tell(actor, merger, sides, "to_do", "请看要不要合并",
                  f"{actor.name}提出把 {merged.code} 并入 {kept.code}，请您对照以后答复。{merger.note}")
        db.session.flush()
    return merger


def act(actor: Any, merger: NeedMerger, verb: str, reason: str = "", version: int | None = None) -> str:
    """Agree, refuse, withdraw or undo; answers what was done in words. Raises Refusal, Conflict."""
    _hold(merger.kept, merger.merged)
    held = sa.select(NeedMerger.id).where(NeedMerger.id == merger.id).with_for_update(key_share=True)
    db.session.execute(held)
    db.session.refresh(merger)
    reason = reason.strip()
    sides = queries.side_of(merger.kept), queries.side_of(merger.merged)
    mine = rules.parties(actor, merger, *sides)
    if merger.status != "proposed" and verb != "undo":
        raise Conflict(f"这次合并现在是“{merger.state.label}”。", _LOOK)
    if verb == "agree" and "author" in mine and "asked" not in mine:
        raise Conflict("您已经同意过了。", "等另一位填报人答复。")
    if version is not None and version != merger.version and verb == "undo":
        raise Conflict("这次合并刚刚有人办过。", _LOOK)
    demand(rules.LIFECYCLE.verdict(verb, merger.status, mine, reason))
    row = rules.LIFECYCLE.find(verb, merger.status)
    if row is None:
        raise RuntimeError(f"{verb} from {merger.status} passed the verdict without a row")
    if verb == "agree":
        with db.session.begin_nested():  # what is refused on the way leaves no consent behind
            merged = _give_consent(actor, merger, *sides)
            db.session.flush()
        return (f"两边都同意，{merger.merged.code} 已并入 {merger.kept.code}。" if merged
                else "已同意，等另一位填报人答复。")
    if verb == "undo":
        _undo(actor, merger, reason)
    _close(actor, merger, row, reason)
    _tell(actor, merger, sides, "refused" if verb == "refuse" else "told", f"合并{row.label}",
          f"{actor.name}办理。{f'理由：{reason}' if reason else ''}")
    db.session.flush()
    return row.done


# ---- consents

def _give_consent(actor: Any, merger: NeedMerger, kept: rules.Side, merged: rules.Side) -> bool:
    """Note the actor's word for each need that he speaks for; merge when both have been given. Answers whether."""
    moment, given = clock.now(), []
    if merger.kept_consent_by is None and rules.may_consent(actor, merger.county_code, kept):
        merger.kept_consent_by, merger.kept_consent_at = actor.id, moment
        given.append(kept.code)
    if merger.merged_consent_by is None and rules.may_consent(actor, merger.county_code, merged):
        merger.merged_consent_by, merger.merged_consent_at = actor.id, moment
        given.append(merged.code)
    if given:
        _log(actor, merger, "agree", "同意合并", detail={"for": given})
    if merger.kept_consent_by is None or merger.merged_consent_by is None:
        return False
    people = {one for one in (merger.proposed_by, merger.kept_consent_by, merger.merged_consent_by) if one}
    demand(rules.enough_people(people, queries.releasers_among(people, merger.county_code), kept, merged))
    _merge(actor, merger)
    row = rules.LIFECYCLE.find("agree", "proposed")
    if row is None:
        raise RuntimeError("the table has no row for agreeing")
    _close(actor, merger, row, "", said="合并完成")
    _tell(actor, merger, (kept, merged), "good", "已合并", f"{merged.code} 已并入 {kept.code}；原来的内容都在历史里。")
    return True


# ---- the content

def _merge(actor: Any, merger: NeedMerger) -> None:
    kept, merged = merger.kept, merger.merged
    sides = queries.side_of(kept), queries.side_of(merged)
    demand(rules.pair_verdict(kept.county_code, merged.county_code, *sides))
    _demand_free(kept, merged)
    mine, theirs = plain(columns(kept)), plain(columns(merged))
    for need, now, then in ((kept, mine, merger.kept_print), (merged, theirs, merger.merged_print)):
        if rules.fingerprint(now) != then:
            raise Conflict(f"提出合并以后，{need.code} 的内容改过。", "请撤回这次提议，按新内容重新提。")
    values = restored(rules.combined(mine, theirs, merger.takes))
    merger.former, merger.former_status = json.dumps(mine, ensure_ascii=False), merged.status
    with db.session.no_autoflush:
        changed = operations.fill(kept, values, values["township_code"])
        _demand_whole(kept)
        kept.updated_at = clock.now()
    _flush()
    merger.kept_version = kept.version
    _trace(actor, kept, "take_in", f"并入 {merged.code}", merger, {"changed": changed, "merged": merged.code})
    _move(actor, merged, "merge", f"并入 {kept.code}", merger, kept.code)


def _undo(actor: Any, merger: NeedMerger, reason: str) -> None:
    """Both as they were, as long as nobody has touched the kept one since."""
    kept, merged = merger.kept, merger.merged
    if kept.version != merger.kept_version or merged.status != "merged":
        raise Refusal(f"合并以后，{kept.code} 又改过或办过，不能再撤销。",
                      f"需要的话，照 {merged.code} 再写一条。")
    _demand_free(kept, merged)
    values = restored(json.loads(merger.former or "{}"))
    with db.session.no_autoflush:
        changed = operations.fill(kept, values, values["township_code"])
        kept.updated_at = clock.now()
    _flush()
    _trace(actor, kept, "give_back", f"撤销并入 {merged.code}", merger, {"changed": changed}, reason)
    _move(actor, merged, f"unmerge_{merger.former_status}", "撤销并入", merger, None, reason)


def _move(actor: Any, need: Need, verb: str, label: str, merger: NeedMerger, into: str | None,
          reason: str = "") -> None:
    demand(need_rules.LIFECYCLE.verdict(verb, need.status, {"merger"}))
    row = need_rules.LIFECYCLE.find(verb, need.status)
    if row is None:
        raise RuntimeError(f"{verb} from {need.status} passed the verdict without a row")
    with db.session.no_autoflush:
        need.merged_into_code = into
        need.status_reason = f"和 {into} 是同一件事，已经并入。" if into else ""
        need.status = row.target
    _flush()
    _trace(actor, need, verb, label, merger, {"from": row.source, "to": row.target}, reason)


def _demand_whole(kept: Need) -> None:
    """What was handed in or released must stay complete, and open."""
    if kept.status not in ("submitted", "published"):
        return
    missing = need_rules.completeness(kept)
    if missing:
        raise Refusal(f"合并后的需求不能空着：{'、'.join(one.label for one in missing)}。", "这几处请选填了的那一条。")
    if kept.closing_at is not None:
        demand(need_rules.closing_verdict(kept.closing_at, clock.now()))


# ---- holding, refusing

def _hold(one: Need, other: Need) -> None:
    """Both in the order of their numbers, so that two mergers never wait for each other."""
    for need in sorted((one, other), key=lambda need: need.id):
        operations.hold(need)


def _demand_free(*needs: Need) -> None:
    for need in needs:
        live = sum(operations.followers.concerned(need))
        demand(rules.free_verdict(need.code, live, sum(line.committed for line in need.lines),
                                   pending_change(need) is not None))


def _close(actor: Any, merger: NeedMerger, row: Transition, reason: str, said: str = "") -> None:
    merger.status, merger.reason = row.target, reason
    merger.decided_by, merger.decided_at = actor.id, clock.now()
    _flush()
    _log(actor, merger, "merge" if said else row.verb, said or row.label, reason)



def _flush() -> None:
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError):
        raise Conflict("别人刚刚改动了其中一条需求。", _LOOK)


# ---- traces and notices

def _trace(actor: Any, need: Need, verb: str, label: str, merger: NeedMerger, detail: dict[str, Any],
           reason: str = "") -> None:
    """A version and a line in the need's own history."""
    keep(actor, "need", need.code, verb, label, snapshot(need), reason or merger.note, status=need.status)
    record(actor, verb, label, "need", object_id=need.code, object_label=need.title, county_code=need.county_code,
           reason=reason, detail={"merger": merger.id, **detail})


def _log(actor: Any, merger: NeedMerger, verb: str, label: str, reason: str = "",
         detail: dict[str, Any] | None = None) -> None:
    record(actor, verb, label, "merger", object_id=merger.id,
           object_label=f"{merger.merged.code} 并入 {merger.kept.code}", county_code=merger.county_code, reason=reason,
           detail={"kept": merger.kept.code, "merged": merger.merged.code, **(detail or {})})


def _tell(actor: Any, merger: NeedMerger, sides: tuple[rules.Side, ...], kind: str, head: str, body: str) -> None:
    tell(actor, queries.told_people(merger, *sides), kind, f"{head}：{merger.kept.title}", body, "merger",
         str(merger.id))
