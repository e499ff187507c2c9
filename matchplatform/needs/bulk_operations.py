"""Many needs at once: writing drafts, handing them in, taking fresh drafts back.

The same laws and the same rows in the audit and the history as one by one, but one draw of numbers, one walk along the
chain and one notice for all.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.models import User
from matchplatform.accounts.queries import province_officers
from matchplatform.audit.operations import Object, record_many
from matchplatform.catalog.operations import spend_codes
from matchplatform.catalog.queries import place
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.needs import operations, queries, rules
from matchplatform.needs.models import Need
from matchplatform.needs.snapshots import snapshot
from matchplatform.notices.operations import tell
from matchplatform.revisions.operations import keep, keep_firsts

_ATTEMPTS = 5


def create_needs(actor: Any, wanted: Sequence[Mapping[str, Any]], details: Sequence[dict[str, Any]]) -> list[Need]:
    """New drafts of the actor's county or township, in the order given; `details` goes into the audit, one a need.

    Unlike `create_need`, two with the same words are two: whoever calls has looked for doubles. Raises Refusal when
    one of them breaks a rule; then none is written.
    """
    verdict = rules.can_draft(actor)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    for _ in range(_ATTEMPTS):
        try:
            with db.session.begin_nested():
                needs = _written(actor, wanted)
                db.session.add_all(needs)
                db.session.flush()
        except IntegrityError:  # somebody drew the same numbers
            continue
        break
    else:
        raise Conflict("同时填报的人太多，这次没有保存。", "请稍等几秒再试。")
    keep_firsts(actor, "need", "create", "新建需求", [(one.code, snapshot(one), one.status) for one in needs])
    record_many(actor, "create", "新建需求", "need", [
        _object(one, {"from": "", "to": one.status, **detail}) for one, detail in zip(needs, details, strict=True)])
    return needs


def _written(actor: Any, wanted: Sequence[Mapping[str, Any]]) -> list[Need]:
    """The drafts with their numbers, not yet in the database."""
    moment = clock.now()
    needs, last = [], {}
    with db.session.no_autoflush:
        for values in wanted:
            county_code, township_code = operations.place_of(actor, values.get("township_code"))
            if county_code not in last:
                prefix, number = queries.next_code(county_code, clock.local(moment).year).rsplit("-", 1)
                last[county_code] = [prefix, int(number) - 1]
            last[county_code][1] += 1
            prefix, number = last[county_code]
            need = Need(code=f"{prefix}-{number:03d}", county_code=county_code, status="draft", created_by=actor.id,
                        created_at=moment, updated_at=moment)
            operations.fill(need, values, township_code)
            needs.append(need)
    return needs


def fill_drafts(actor: Any, codes: Sequence[str], choose: Callable[[Need], Mapping[str, Any]], detail: dict[str, Any],
                reason: str) -> dict[str, list[str]]:
    """Put into each of these drafts that the actor may edit what `choose` answers for it as it stands now; answers
    code -> the names filled.

    An act of its own: unlike an edit by hand it leaves the draft as its import made it. What is no draft any more, or
    no longer there, is left alone.
    """
    needs = _held(codes)
    changed, moment = {}, clock.now()
    with db.session.no_autoflush:  # one change, one version
        for need in needs:
            if need.status == "draft" and rules.can_edit(actor, need):
                names = operations.fill(need, choose(need), need.township_code)
                if names:
                    need.updated_at, changed[need.code] = moment, names
    db.session.flush()
    filled = [one for one in needs if one.code in changed]
    for need in filled:
        keep(actor, "need", need.code, "fill", "一起填写", snapshot(need), reason, status=need.status)
    record_many(actor, "fill", "一起填写", "need", [
        _object(one, {"from": "draft", "to": "draft", "changed": changed[one.code], **detail})
        for one in filled], reason)
    return changed


def _held(codes: Sequence[str]) -> Sequence[Need]:
    """These needs, held until the commit and read anew."""
    db.session.execute(sa.select(Need.id).where(Need.code.in_(codes)).order_by(Need.id)
                       .with_for_update(key_share=True))
    return db.session.scalars(sa.select(Need).where(Need.code.in_(codes)).order_by(Need.id).execution_options(
        populate_existing=True)).all()


def submit_verdict(actor: Any, need: Need) -> Verdict:
    """May this draft be handed in now? The same as for one: party, state, completeness, closing time."""
    verdict = rules.LIFECYCLE.verdict("submit", need.status, rules.parties(actor, need))
    if not verdict:
        return verdict
    missing = rules.completeness(need)
    if missing:
        return Verdict.no(f"还没有填全：{'、'.join(one.label for one in missing)}。", "请打开它补齐。")
    if need.closing_at is None:
        return Verdict.no("接单截止还没有填。", "请打开它补齐。")
    return rules.closing_verdict(need.closing_at, clock.now())


def submit_needs(actor: Any, codes: Sequence[str], reason: str) -> list[str]:
    """Hand in those of these drafts that may be handed in now; answers their codes."""
    needs = _held(codes)
    able = [one for one in needs if submit_verdict(actor, one)]
    moment = clock.now()
    with db.session.no_autoflush:
        for need in able:
            row = rules.LIFECYCLE.find("submit", need.status)
            need.submitted_by, need.submitted_at = actor.id, moment
            need.released_by = need.released_at = None
            need.status_reason, need.status = "", row.target if row is not None else need.status
    db.session.flush()
    for need in able:
        keep(actor, "need", need.code, "submit", "提交审核", snapshot(need), reason, status=need.status)
    record_many(actor, "submit", "提交审核", "need", [_object(one, {"from": "draft", "to": one.status})
                                                  for one in able], reason)
    return [one.code for one in able]


def tell_submitted(actor: Any, codes: Sequence[str]) -> None:
    """One notice to those who release them, however many there are."""
    if not codes:
        return
    first = db.session.scalars(sa.select(Need).where(Need.code == codes[0])).one()
    colleagues = [one for one in queries.releasers(first) if one != actor.id]
    said = "" if colleagues else "这个县没有另一位经办人，请省里放行。"
    tell(actor, colleagues or province_officers(), "to_do", f"待放行：{len(codes)} 条导入的需求",
         f"{place(first.county_code)}，{actor.name}一起提交，第一条是“{first.title}”。{said}", "need", first.code)


def remove_drafts(actor: Any, codes: Sequence[str], reason: str) -> int:
    """Take fresh drafts out of the library: whoever calls has made sure that nothing hangs on them.

    Their rows go; the audit and the history keep what they were, and their numbers are never given out again.
    """
    needs = db.session.scalars(sa.select(Need).where(Need.code.in_(codes), Need.status == "draft").with_for_update(
        of=Need).order_by(Need.id)).all()
    record_many(actor, "discard", "撤销导入，删去草稿", "need", [
        _object(one, {"from": one.status, "to": ""}) for one in needs], reason)
    spend_codes(one.code for one in needs)
    for need in needs:
        db.session.delete(need)
    db.session.flush()
    return len(needs)


def _object(need: Need, detail: dict[str, Any]) -> Object:
    return Object(need.code, need.title, need.county_code, None, detail)
