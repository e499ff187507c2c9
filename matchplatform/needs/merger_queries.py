"""Reading mergers: for those who must agree, for the pages of both needs, and for whoever follows an old link."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.accounts.queries import county_officers, names, province_officers
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.needs import merger_rules as rules
from matchplatform.needs import queries
from matchplatform.needs.merger_models import NeedMerger
from matchplatform.needs.models import Need
from matchplatform.needs.rules import PUBLIC
from matchplatform.needs.snapshots import FIELDS, columns, plain
from matchplatform.revisions.differences import NONE, Names, shown

LONGEST_CHAIN = 8  # mergers of mergers


@dataclass(frozen=True)
class Compared:
    """One part of both needs as people read it, how it is put together and what comes out."""

    part: rules.Part
    kept: str
    merged: str
    take: rules.Take
    outcome: str


@dataclass(frozen=True)
class Consent:
    """Whose word it is for one of the two: who may give it, who gave it and when; `noted` says why it was another's."""

    side: rules.Side
    need: Need
    who: str
    given_by: str
    given_at: Any
    noted: str = ""


def merger_by_id(actor: Any, merger_id: int) -> NeedMerger:
    """A merger that concerns the actor: his county's, his township's, his own need's. Raises NotFound."""
    found = db.session.get(NeedMerger, merger_id)
    if found is None:
        raise NotFound
    township = actor.role == "township_officer" and actor.township_code in (found.kept.township_code,
                                                                            found.merged.township_code)
    own = actor.id in (found.proposed_by, found.kept.created_by, found.merged.created_by)
    if not (rules.in_county(actor, found.county_code) or township
            or (own and actor.role in ("county_officer", "township_officer"))):
        raise NotFound
    return found


def side_of(need: Need) -> rules.Side:
    """A need as the consents see it; an author whose account was closed, or who now serves elsewhere, is gone."""
    author = db.session.get(User, need.created_by) if need.created_by else None
    here = author is not None and author.enabled and (
        rules.in_county(author, need.county_code)
        or (author.role == "township_officer" and author.township_code == need.township_code))
    return rules.Side(need.code, need.status, need.township_code, author.id if here and author else None,
                      author.name if here and author else "")


def releasers_among(people: Collection[int], county_code: str) -> set[int]:
    """Who of these people may release a change of the county's needs: its officers, and the province's."""
    return set(people) & {*county_officers(county_code), *province_officers()}


def foreseen_people(proposer: int, county_code: str, kept: rules.Side, merged: rules.Side) -> Verdict:
    """Will there be people enough when both have agreed? Told before it is proposed, where it is known already from
    whom the two words will come."""
    if kept.author_id is None or merged.author_id is None:
        return Verdict.yes()
    people = {proposer, kept.author_id, merged.author_id}
    return rules.enough_people(people, releasers_among(people, county_code), kept, merged)


def open_merger_of(*needs: Need) -> NeedMerger | None:
    """A proposal in which one of the needs stands, on whichever side."""
    ids = [one.id for one in needs]
    return db.session.scalar(sa.select(NeedMerger).where(
        NeedMerger.status == "proposed", sa.or_(NeedMerger.kept_id.in_(ids), NeedMerger.merged_id.in_(ids)))
        .order_by(NeedMerger.id).limit(1))


def mergers_of(need: Need) -> list[NeedMerger]:
    """Every merger in which a need stands or stood, the latest first."""
    return list(db.session.scalars(sa.select(NeedMerger).where(
        sa.or_(NeedMerger.kept_id == need.id, NeedMerger.merged_id == need.id)).order_by(NeedMerger.id.desc())))


def asked_of(actor: Any, most: int = 20) -> list[NeedMerger]:
    """The proposals that wait for the actor's word, the oldest first."""
    if actor.role not in ("county_officer", "township_officer"):
        return []
    kept, merged = sa.orm.aliased(Need), sa.orm.aliased(Need)
    wanted = sa.select(NeedMerger).join(kept, NeedMerger.kept_id == kept.id).join(
        merged, NeedMerger.merged_id == merged.id).where(NeedMerger.status == "proposed", sa.or_(
            kept.created_by == actor.id, merged.created_by == actor.id,
            NeedMerger.county_code == actor.county_code)).order_by(NeedMerger.id).limit(5 * most)
    rows = [one for one in db.session.scalars(wanted)
            if "asked" in rules.parties(actor, one, side_of(one.kept), side_of(one.merged))]
    return rows[:most]


def other_need(actor: Any, text: str) -> Need | None:
    """The need that somebody names by its code, if he may read it; None when there is none."""
    code = text.strip().upper()
    if not code or len(code) > 24:
        return None
    try:
        return queries.desk_need(actor, code)
    except NotFound:
        return None


_SHOWN = {one.name: one for one in FIELDS}


def _read(part: rules.Part, values: rules.Values, say: Names) -> str:
    words = [shown(_SHOWN[name], values.get(name), say) for name in part.columns if name != "contact_phone"]
    return "，".join([one for one in words if one != NONE] or [NONE])


def compared(kept: Need, merged: Need, takes: dict[str, rules.Take] | None, say: Names) -> list[Compared]:
    """Every part in which the two differ, side by side; without `takes` as the platform would put it together."""
    mine, theirs = plain(columns(kept)), plain(columns(merged))
    parts = rules.differing(mine, theirs)
    used = {one.name: (takes or {}).get(one.name) or rules.usual(one, mine, theirs) for one in parts}
    outcome = rules.combined(mine, theirs, used)
    return [Compared(one, _read(one, mine, say), _read(one, theirs, say), used[one.name], _read(one, outcome, say))
            for one in parts]


def consents_of(merger: NeedMerger) -> list[Consent]:
    """The words for both needs."""
    people = names({one for one in (merger.kept_consent_by, merger.merged_consent_by) if one})
    rows = []
    for need, given, at in ((merger.kept, merger.kept_consent_by, merger.kept_consent_at),
                            (merger.merged, merger.merged_consent_by, merger.merged_consent_at)):
        side = side_of(need)
        noted = "" if side.author_id else "填报人已不在岗，由本县经办人答复"
        if given and merger.kept_consent_by == merger.merged_consent_by:
            noted = "两条由同一人答复"
        rows.append(Consent(side, need, side.author_name or "本县经办人", people.get(given, "") if given else "", at,
                            noted))
    return rows


def told_people(merger: NeedMerger, *sides: rules.Side) -> list[int]:
    """Ids of those who hear of a merger: both authors, the proposer; the county's officers where an author is gone."""
    people = {one.author_id for one in sides if one.author_id} | {merger.proposed_by} - {None}
    if any(one.author_id is None for one in sides):
        people |= set(county_officers(merger.county_code))
    return sorted(one for one in people if one)


def successor(code: str) -> str | None:
    """Where the public finds what a released need has become: the code of the released one that took it in."""
    found = db.session.execute(sa.select(Need.status, Need.merged_into_code, Need.released_at).where(
        Need.code == code)).first()
    if found is None or found.status != "merged" or found.released_at is None:
        return None
    for _ in range(LONGEST_CHAIN):
        found = db.session.execute(sa.select(Need.code, Need.status, Need.merged_into_code).where(
            Need.code == found.merged_into_code)).first()
        if found is None or found.status != "merged":
            break
    return found.code if found is not None and found.status in PUBLIC else None


def proposer_name(merger: NeedMerger) -> str:
    """Who asked for it."""
    return names({merger.proposed_by}).get(merger.proposed_by, "") if merger.proposed_by else ""
