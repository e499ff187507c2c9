"""Everything that changes rosters: taking one in, applying it, giving it up, taking it back."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.imports.rules import office_of
from matchplatform.organizations.models import Organization
from matchplatform.organizations.operations import record_registry
from matchplatform.rosters import queries, rules
from matchplatform.rosters.models import Roster, RosterRow
from matchplatform.rosters.queries import Proposal
from matchplatform.rosters.reading import Said

_DAYS = ("rating_ends_on",)


def take_in(actor: Any, topic: str, is_complete: bool, file_name: str, sha256: str, basis: str, looked_on: dt.date,
            said: Sequence[Said]) -> tuple[Roster, bool]:
    """Keep a list with what it would change; answers it and whether it is new. The same file that still waits or
    stands is answered as it is: nothing is done twice. Raises Refusal."""
    demand(rules.may_update(actor))
    demand(rules.asked_verdict(topic, is_complete, basis))
    known = queries.same_file(actor, topic, is_complete, sha256)
    if known is not None:
        return known, False
    if looked_on > clock.today():
        raise Refusal("查询日期还没有到。", "请填查到这份名单的那一天。")
    roster = Roster(office=office_of(actor), topic=topic, is_complete=is_complete, file_name=file_name, sha256=sha256,
                    basis=basis.strip(), looked_on=looked_on, status="preview", owner_id=actor.id,
                    owner_name=actor.name, created_at=clock.now())
    db.session.add(roster)
    db.session.flush()
    _write(roster, queries.proposals(actor, topic, is_complete, said))
    _log(actor, roster, "upload_roster", "上传名单", detail=queries.row_counts(roster))
    return roster, True


def _write(roster: Roster, proposals: Sequence[Proposal]) -> None:
    db.session.execute(sa.delete(RosterRow).where(RosterRow.roster_id == roster.id))
    if proposals:
        db.session.execute(sa.insert(RosterRow), [
            {"roster_id": roster.id, "number": one.number, "state": one.state, "code": one.code[:18],
             "name": one.name[:100], "organization_id": one.organization_id, "note": one.note,
             "before_json": one.before, "after_json": one.after} for one in proposals])
    db.session.flush()


def apply(actor: Any, roster: Roster, version: int | None) -> int:
    """Change every organization that the list says something new of, in one transaction; answers how many, and 0 where
    something moved since the list was looked at: then the list is worked out anew, to be looked at again.

    Raises Refusal, Conflict on a stale page.
    """
    _hold(actor, roster, "apply", version)
    fresh = queries.proposals(actor, roster.topic, roster.is_complete, queries.kept_rows(roster))
    changes = queries.changing_rows(roster)
    if ({(one.organization_id, one.state, one.before, one.after) for one in fresh if one.state in rules.CHANGING}
            != {(one.organization_id, one.state, one.before_json, one.after_json) for one in changes}):
        _write(roster, fresh)
        return 0
    demand(rules.apply_verdict(len(changes)))
    for row in changes:
        organization = db.session.get(Organization, row.organization_id)
        record_registry(actor, organization, _values(row.after), roster.source)
        row.version_after = organization.version
    with db.session.no_autoflush:
        roster.status, roster.applied_at = "applied", clock.now()
    _log(actor, roster, "apply_roster", "按名单更新", roster.source, queries.row_counts(roster))
    return len(changes)


def discard(actor: Any, roster: Roster, version: int | None) -> None:
    """Give a list up before anything was changed."""
    _hold(actor, roster, "discard", version)
    roster.status = "discarded"
    _log(actor, roster, "discard_roster", "放弃名单")


def undo(actor: Any, roster: Roster, reason: str, version: int | None) -> int:
    """Put back what the list changed, all of it or nothing; answers how many. Raises Refusal while one of the
    organizations was changed since."""
    _hold(actor, roster, "undo", version, reason)
    changes = queries.changing_rows(roster)
    touched = queries.touched_since(roster)
    if touched:
        raise Refusal(f"有 {len(touched)} 家后来又改过，整批不能再撤销：{'、'.join(one.name for one in touched[:5])}。",
                      "请到各家的审核页单独更正。")
    for row in changes:
        organization = db.session.get(Organization, row.organization_id)
        record_registry(actor, organization, _values(row.before), f"撤销名单“{roster.file_name}”：{reason.strip()}")
    with db.session.no_autoflush:
        roster.status, roster.undone_at = "undone", clock.now()
    _log(actor, roster, "undo_roster", "撤销名单", reason.strip(), {"organizations": len(changes)})
    return len(changes)


def _values(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: dt.date.fromisoformat(value) if name in _DAYS and value else value for name, value in plain.items()}


def _hold(actor: Any, roster: Roster, verb: str, version: int | None, reason: str = "") -> None:
    """Hold the list and ask the rules; of two who act at once one comes second."""
    db.session.execute(sa.select(Roster.id).where(Roster.id == roster.id).with_for_update())
    db.session.refresh(roster)
    row = rules.LIFECYCLE.find(verb, roster.status)
    if row is None or (version is not None and version != roster.version):
        raise Conflict("这份名单别人刚刚办过，或者页面开得太久。", f"现在是“{roster.state.label}”，请看最新内容再办。")
    demand(rules.may_update(actor))
    demand(rules.LIFECYCLE.verdict(verb, roster.status, {"office"}, reason))


def _log(actor: Any, roster: Roster, act: str, label: str, reason: str = "", detail: Any = None) -> None:
    db.session.flush()
    record(actor, act, label, "import", object_id=f"roster-{roster.id}",
           object_label=f"{roster.subject} {roster.file_name}"[:200], reason=reason,
           detail=json.loads(json.dumps(detail or {})))
    db.session.flush()

