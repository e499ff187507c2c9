"""Many offerings at once: writing drafts, putting them up, taking fresh drafts back; see needs.bulk_operations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from matchplatform.accounts.models import User
from matchplatform.audit.operations import Object, record_many
from matchplatform.catalog.operations import spend_codes
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.rules import Verdict
from matchplatform.extensions import db
from matchplatform.offerings import operations, queries, rules
from matchplatform.offerings.models import Offering
from matchplatform.offerings.snapshots import snapshot
from matchplatform.revisions.operations import keep, keep_firsts

_ATTEMPTS = 5


def create_offerings(actor: Any, wanted: Sequence[Mapping[str, Any]],
                     details: Sequence[dict[str, Any]]) -> list[Offering]:
    """New drafts of the actor's organization, in the order given; `details` goes into the audit, one an offering.

    Two with the same words are two. Raises Refusal when one of them breaks a rule; then none is written.
    """
    verdict = rules.can_draft(actor)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    for _ in range(_ATTEMPTS):
        try:
            with db.session.begin_nested():
                offerings = _written(actor, wanted)
                db.session.add_all(offerings)
                db.session.flush()
        except IntegrityError:  # somebody drew the same numbers
            continue
        break
    else:
        raise Conflict("同时填报的人太多，这次没有保存。", "请稍等几秒再试。")
    keep_firsts(actor, "offering", "create", "新建供给", [(one.code, snapshot(one), one.status) for one in offerings])
    record_many(actor, "create", "新建供给", "offering", [
        _object(one, {"from": "", "to": one.status, **detail})
        for one, detail in zip(offerings, details, strict=True)])
    return offerings


def _written(actor: Any, wanted: Sequence[Mapping[str, Any]]) -> list[Offering]:
    moment = clock.now()
    prefix, first = queries.next_code(clock.local(moment).year).rsplit("-", 1)
    offerings = []
    with db.session.no_autoflush:
        for number, values in enumerate(wanted, int(first)):
            offering = Offering(code=f"{prefix}-{number:04d}", organization_id=actor.organization_id, status="draft",
                                capacity=1, capacity_taken=0, created_by=actor.id, created_at=moment,
                                updated_at=moment)
            operations.fill(offering, values)
            offerings.append(offering)
    return offerings


def fill_drafts(actor: Any, codes: Sequence[str], choose: Callable[[Offering], Mapping[str, Any]],
                detail: dict[str, Any], reason: str) -> dict[str, list[str]]:
    """Put into each of these drafts that the actor may edit what `choose` answers for it as it stands now; answers
    code -> the names filled. See needs.bulk_operations.fill_drafts."""
    offerings = _held(codes)
    changed, moment = {}, clock.now()
    with db.session.no_autoflush:  # one change, one version
        for offering in offerings:
            if offering.status == "draft" and rules.can_edit(actor, offering):
                names = operations.fill(offering, choose(offering))
                if names:
                    offering.updated_at, changed[offering.code] = moment, names
    db.session.flush()
    filled = [one for one in offerings if one.code in changed]
    for offering in filled:
        keep(actor, "offering", offering.code, "fill", "一起填写", snapshot(offering), reason, status=offering.status)
    record_many(actor, "fill", "一起填写", "offering", [
        _object(one, {"from": "draft", "to": "draft", "changed": changed[one.code], **detail})
        for one in filled], reason)
    return changed


def _held(codes: Sequence[str]) -> Sequence[Offering]:
    """These offerings, held until the commit and read anew."""
    db.session.execute(sa.select(Offering.id).where(Offering.code.in_(codes)).order_by(Offering.id)
                       .with_for_update(key_share=True))
    return db.session.scalars(sa.select(Offering).where(Offering.code.in_(codes)).order_by(Offering.id)
                              .execution_options(populate_existing=True)).all()


def publish_verdict(actor: Any, offering: Offering) -> Verdict:
    """May this draft go up now? The same as for one: party, state, vetted organization, completeness, dates."""
    verdict = rules.LIFECYCLE.verdict("publish", offering.status, rules.parties(actor, offering))
    if not verdict:
        return verdict
    verdict = rules.can_publish(offering.organization, clock.today())
    if not verdict:
        return verdict
    missing = rules.completeness(offering)
    if missing:
        return Verdict.no(f"还没有填全：{'、'.join(one.label for one in missing)}。", "请打开它补齐。")
    if offering.ends_on is not None and offering.ends_on < clock.today():
        return Verdict.no("结束日期已经过去。", "请打开它更新起止日期。")
    return Verdict.yes()


def publish_offerings(actor: Any, codes: Sequence[str]) -> list[str]:
    """Put up those of these drafts that may go up now; answers their codes."""
    offerings = _held(codes)
    able = [one for one in offerings if publish_verdict(actor, one)]
    for offering in able:
        operations.act(actor, offering, "publish")
    return [one.code for one in able]


def remove_drafts(actor: Any, codes: Sequence[str], reason: str) -> int:
    """Take fresh drafts out of the library: whoever calls has made sure that nothing hangs on them."""
    offerings = db.session.scalars(sa.select(Offering).where(
        Offering.code.in_(codes), Offering.status == "draft").with_for_update(of=Offering).order_by(Offering.id)).all()
    record_many(actor, "discard", "撤销导入，删去草稿", "offering", [
        _object(one, {"from": one.status, "to": ""}) for one in offerings], reason)
    spend_codes(one.code for one in offerings)
    for offering in offerings:
        db.session.delete(offering)
    db.session.flush()
    return len(offerings)


def _object(offering: Offering, detail: dict[str, Any]) -> Object:
    return Object(offering.code, offering.title, None, offering.organization_id, detail)
