"""Reading rosters, and working out what a list would change."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.core.errors import NotFound
from matchplatform.core.paging import Page
from matchplatform.database import page_of
from matchplatform.extensions import db
from matchplatform.imports.rules import office_of
from matchplatform.organizations.models import Organization
from matchplatform.organizations.queries import within_reach
from matchplatform.organizations.rules import FIELD_NAMES, RATINGS, REPORTS, parties
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.rules import LIVE
from matchplatform.rosters import rules
from matchplatform.rosters.models import Roster, RosterRow
from matchplatform.rosters.reading import Said

_CHUNK = 500


@dataclass(frozen=True)
class RowFilter:
    """Which rows of a roster, as it stands in the URL."""

    state: str = ""
    page: int = 1


@dataclass(frozen=True)
class Proposal:
    """What becomes of one row."""

    number: int
    state: str
    code: str
    name: str
    organization_id: int | None = None
    note: str = ""
    before: str = "{}"
    after: str = "{}"


def own_roster(actor: Any, roster_id: int) -> Roster:
    """A roster of the actor's office. Raises NotFound."""
    found = db.session.scalar(sa.select(Roster).where(Roster.id == roster_id, Roster.office == office_of(actor)))
    if found is None:
        raise NotFound
    return found


def rosters(actor: Any, page: int, size: int = 20) -> Page[Roster]:
    """What the office brought in, the newest first."""
    return page_of(sa.select(Roster).where(Roster.office == office_of(actor)), (Roster.id.desc(),), page, size)


def same_file(actor: Any, topic: str, is_complete: bool, sha256: str) -> Roster | None:
    """The same file that still waits or stands, for whoever sends it again."""
    return db.session.scalar(sa.select(Roster).where(
        Roster.office == office_of(actor), Roster.topic == topic, Roster.is_complete == is_complete,
        Roster.sha256 == sha256, Roster.status.in_(("preview", "applied"))).order_by(Roster.id.desc()).limit(1))


def rows(roster: Roster, wanted: RowFilter, size: int = 50) -> Page[RosterRow]:
    """Rows of a roster, in the order in which they stand; whoever comes off the list first."""
    statement = sa.select(RosterRow).where(RosterRow.roster_id == roster.id)
    if wanted.state in rules.ROW_STATES:
        statement = statement.where(RosterRow.state == wanted.state)
    return page_of(statement, (RosterRow.number, RosterRow.id), wanted.page, size)


def row_counts(roster: Roster) -> dict[str, int]:
    """State -> how many rows."""
    return dict(db.session.execute(sa.select(RosterRow.state, sa.func.count()).where(
        RosterRow.roster_id == roster.id).group_by(RosterRow.state)).tuples().all())


def changing_rows(roster: Roster) -> list[RosterRow]:
    """The rows that change an organization, by its number: so everybody who changes several takes them in one order."""
    return list(db.session.scalars(sa.select(RosterRow).where(
        RosterRow.roster_id == roster.id, RosterRow.state.in_(rules.CHANGING)).order_by(RosterRow.organization_id)))


def kept_rows(roster: Roster) -> list[Said]:
    """What the sheet said, from the stored rows."""
    found = db.session.scalars(sa.select(RosterRow).where(RosterRow.roster_id == roster.id, RosterRow.number > 0)
                               .order_by(RosterRow.number, RosterRow.id))
    return [Said(one.number, one.code, one.name, one.after, one.note if one.state == "faulty" else "")
            for one in found]


def proposals(actor: Any, topic: str, is_complete: bool, said: Sequence[Said]) -> list[Proposal]:
    """What every row would do now, and, for a complete list, who comes off it."""
    by_code = _by(Organization.uscc, {one.code for one in said if one.code})
    by_name = _by(Organization.name, {one.name for one in said if one.name and not one.code})
    found = [_proposal(actor, topic, one, by_code.get(one.code, []) if one.code else by_name.get(one.name, []))
             for one in said]
    if is_complete:
        found = _removals(actor, topic, {one.organization_id for one in found}) + found
    return found


def _by(column: Any, values: Iterable[str]) -> dict[str, list[Organization]]:
    wanted, found = sorted(values), {}
    for start in range(0, len(wanted), _CHUNK):
        for one in db.session.scalars(sa.select(Organization).where(column.in_(wanted[start:start + _CHUNK]))):
            found.setdefault(getattr(one, column.key), []).append(one)
    return found


def facts(organization: Any, topic: str) -> dict[str, Any]:
    """What is known of an organization on the topic, as plain values."""
    values = {name: getattr(organization, name) for name in rules.FIELDS[topic]}
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}


def _proposal(actor: Any, topic: str, said: Said, found: Sequence[Organization]) -> Proposal:
    plain = json.dumps(said.values, ensure_ascii=False)
    if said.fault:
        return Proposal(said.number, "faulty", said.code, said.name, None, said.fault, after=plain)
    if not found:
        return Proposal(said.number, "unknown", said.code, said.name, None,
                        "本平台的社会组织里没有这个代码或名称。要更新的，先导入名册或请它入驻。", after=plain)
    if len(found) > 1:
        return Proposal(said.number, "faulty", said.code, said.name, None,
                        f"有 {len(found)} 家叫这个名字。请补上信用代码再上传。", after=plain)
    one = found[0]
    if "vetter" not in parties(actor, one):
        return Proposal(said.number, "outside", said.code, said.name or one.name, one.id,
                        "登记管理机关不归本单位管，请由对应的民政部门更新。", after=plain)
    before = facts(one, topic)
    note = f"表里写的是“{said.name}”，库里按代码是“{one.name}”，请核对。" if said.name and said.name != one.name else ""
    state = "change" if rules.difference(before, said.values) else "same"
    return Proposal(said.number, state, one.uscc if not said.code else said.code, said.name or one.name, one.id, note,
                    json.dumps(before, ensure_ascii=False), plain)


def _removals(actor: Any, topic: str, mentioned: set[int | None]) -> list[Proposal]:
    flag = rules.FLAGS[topic]
    on_it = db.session.scalars(sa.select(Organization).where(
        getattr(Organization, flag), within_reach(actor)).order_by(Organization.name, Organization.id))
    return [Proposal(0, "removal", one.uscc, one.name, one.id, "名单里没有，将移出。",
                     json.dumps({flag: True}), json.dumps({flag: False}))
            for one in on_it if one.id not in mentioned and "vetter" in parties(actor, one)]


def touched_since(roster: Roster) -> list[RosterRow]:
    """Rows of organizations that somebody changed after the roster was applied, or that are gone."""
    found = changing_rows(roster)
    versions = dict(db.session.execute(sa.select(Organization.id, Organization.version).where(
        Organization.id.in_([one.organization_id for one in found]))).tuples().all())
    return [one for one in found if versions.get(one.organization_id) != one.version_after]


def live_pairings(roster: Roster) -> list[Pairing]:
    """Pairings under way of those who come onto a list with this roster: staff look at them, nothing ends by
    itself."""
    if roster.topic not in rules.FLAGS:
        return []
    flagged = [one.organization_id for one in changing_rows(roster) if one.after.get(rules.FLAGS[roster.topic])]
    return list(db.session.scalars(sa.select(Pairing).where(
        Pairing.organization_id.in_(flagged), Pairing.status.in_(LIVE)).order_by(Pairing.code))) if flagged else []


def worded(topic: str, values: dict[str, Any]) -> str:
    """A row's facts in words: 在名录里, 4A，有效期至 2028-12-31, 2025 年度合格."""
    if topic in rules.FLAGS:
        return "" if rules.FLAGS[topic] not in values else "在名单里" if values[rules.FLAGS[topic]] else "不在名单里"
    if topic == "rating":
        if "rating" not in values:
            return ""
        ends = values.get("rating_ends_on")
        label = RATINGS[values["rating"]].label if values["rating"] in RATINGS else ""
        return label + (f"，有效期至 {ends}" if ends else "")
    if "report_result" not in values:
        return ""
    return f"{values['report_year'] or FIELD_NAMES['report_year'] + '待填'} {REPORTS[values['report_result']].label}"
