"""Everything that changes an agreement: saving a version, confirming, taking back, registering the signed copy."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.agreements import contents, messages, queries, rules
from matchplatform.agreements.models import Agreement, AgreementDraft
from matchplatform.agreements.wording import agreement_blocks, packed, text_hash
from matchplatform.audit.operations import record
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.extensions import db
from matchplatform.files.models import Attachment
from matchplatform.pairings import messages as pairing_messages
from matchplatform.pairings.hold_operations import hold
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.operations import act
from matchplatform.pairings.queries import parties_of
from matchplatform.pairings.rules import terms_verdict
from matchplatform.revisions.differences import Difference


def save(actor: Any, pairing: Pairing, values: dict[str, Any], seen: int | None) -> tuple[Agreement, bool]:
    """Save a version of the text; answers the agreement and whether anything changed. Confirmations are dropped.

    `seen` is the number of the version that the page showed, 0 for none. Raises Refusal, Conflict when somebody
    else saved.
    """
    hold(pairing)
    mine = parties_of(actor, pairing)
    demand(rules.edit_verdict(pairing.status, mine))
    agreement = _reopened(pairing)
    if seen != queries.newest_number(agreement):
        raise Conflict(f"{_last(agreement)}改了协议。", "您填的都还在；看过对方改了什么再保存，就按您填的为准。")
    content, side = contents.plain(values), rules.side_of(mine)
    before = agreement.values if agreement else {}
    blocks = agreement_blocks(content, queries.facts_of(pairing))
    if agreement and agreement.sha256 and content == before and text_hash(blocks) == agreement.sha256:
        return agreement, False
    dropped = bool(agreement and agreement.organization_hash)
    agreement = agreement or Agreement(pairing_id=pairing.id)
    _unconfirm(agreement)
    agreement.content, agreement.blocks, agreement.sha256 = packed(content), packed(blocks), text_hash(blocks)
    agreement.method, agreement.updated_at = "", clock.now()
    db.session.add(agreement)
    _flush()
    number = queries.newest_number(agreement) + 1
    db.session.add(AgreementDraft(agreement_id=agreement.id, number=number, at=clock.now(),
                                  actor_id=actor.id, actor_name=actor.name, side=side, sha256=agreement.sha256,
                                  content=agreement.content))
    what = _what(queries.changes_between(before, content)) if before else "拟了协议"
    _log(actor, pairing, "agreement_save", "拟改协议", what, agreement.sha256)
    messages.saved(actor, pairing, side, what, dropped)
    db.session.flush()
    return agreement, True


def confirm(actor: Any, pairing: Pairing, seen: str) -> bool:
    """Confirm the text with this hash. The organization's confirmation is put on record; the county's completes and
    signs (True). Raises Refusal with the rule, Conflict when the text is another one by now."""
    hold(pairing)
    mine = parties_of(actor, pairing)
    demand(rules.edit_verdict(pairing.status, mine))
    agreement, side = _reopened(pairing), rules.side_of(mine)
    if agreement and agreement.sha256 and seen != agreement.sha256:
        raise Conflict(f"{_last(agreement)}改了协议，您确认的不是现在这一版。", "请把现在这一版看一遍，再确认。")
    current = agreement is not None and queries.is_current(agreement)
    demand(rules.confirm_verdict(agreement, side, seen, current))
    if agreement is None:
        raise RuntimeError("the verdict let an agreement pass that is not there")
    terms = _terms(pairing, agreement)
    setattr(agreement, f"{side}_by", actor.id)
    setattr(agreement, f"{side}_at", clock.now())
    setattr(agreement, f"{side}_hash", agreement.sha256)
    _log(actor, pairing, "agreement_confirm", "确认协议", f"确认的文本 {agreement.sha256[:12]}", agreement.sha256)
    if side == "organization":
        _flush()
        messages.confirmed(actor, pairing)
        db.session.flush()
        return False
    _sign(actor, pairing, agreement, "both", agreement.sha256, terms)
    return True


def take_back(actor: Any, pairing: Pairing) -> None:
    """The organization does not confirm after all, as long as the county has not completed."""
    hold(pairing)
    demand(rules.edit_verdict(pairing.status, mine := parties_of(actor, pairing)))
    agreement = _reopened(pairing)
    if "organization" not in mine or agreement is None or not agreement.organization_hash:
        raise Conflict("没有可以撤回的确认。", "请看最新内容。")
    _unconfirm(agreement)
    _log(actor, pairing, "agreement_take_back", "撤回对协议的确认", "", agreement.sha256)
    messages.taken_back(actor, pairing)
    _flush()


def sign_copy(actor: Any, pairing: Pairing, copy: Attachment, terms: dict[str, Any]) -> None:
    """Register a signed paper that was sent in, with the dates and amounts that it names. Raises Refusal, Conflict."""
    hold(pairing)
    demand(rules.edit_verdict(pairing.status, parties_of(actor, pairing)))
    db.session.refresh(copy)
    if copy.removed_at is not None or copy.owner_kind != "agreement" or copy.owner_code != pairing.code:
        raise Conflict("选的这份文件已经不在了。", "请重新选。")
    present = queries.hash_on_disk(copy)
    if not present or present != copy.sha256:
        raise Refusal("这份文件和上传时的不一样，不能作为签好的协议。", "请重新上传签好的协议。")
    agreement = _reopened(pairing)
    if agreement is None:
        agreement = Agreement(pairing_id=pairing.id, content="{}", blocks="[]", sha256="")
        db.session.add(agreement)
        _flush()
    _unconfirm(agreement)
    agreement.file_id = copy.id
    _sign(actor, pairing, agreement, "copy", present, terms)


def _sign(actor: Any, pairing: Pairing, agreement: Agreement, method: str, sha256: str,
          terms: dict[str, Any]) -> None:
    """The pairing's own law decides; the row tells how."""
    agreement.method, agreement.signed_sha256 = method, sha256
    agreement.signed_at, agreement.signed_by, agreement.updated_at = clock.now(), actor.id, clock.now()
    act(actor, pairing, "sign", terms=terms)
    _flush()
    _log(actor, pairing, "agreement_sign", "签订协议", rules.METHODS[method].label, sha256)


def _terms(pairing: Pairing, agreement: Agreement) -> dict[str, Any]:
    """Dates and amounts of the text, looked at before anybody confirms them."""
    content = agreement.values
    missing = queries.incomplete(content)
    if missing:
        raise Refusal(f"协议还没有填全：{'、'.join(missing)}。", "请到“改协议”里补齐，再确认。")
    terms = {**contents.terms_of(content), "signed_on": clock.today()}
    demand(terms_verdict(terms["signed_on"], terms["starts_on"], terms["ends_on"],
                         clock.local(pairing.approved_at).date(), clock.today()))
    return terms


def _reopened(pairing: Pairing) -> Agreement | None:
    """The agreement, held; one signed before its pairing was ended and reinstated begins anew."""
    agreement = db.session.scalar(sa.select(Agreement).where(Agreement.pairing_id == pairing.id)
                                  .with_for_update(key_share=True, of=Agreement)
                                  .execution_options(populate_existing=True))
    if agreement is not None and agreement.method and pairing.status == "approved":
        agreement.method, agreement.signed_sha256 = "", ""
        agreement.signed_at = agreement.signed_by = agreement.file_id = None
        _unconfirm(agreement)
    return agreement


def _unconfirm(agreement: Agreement) -> None:
    agreement.organization_by = agreement.organization_at = agreement.county_by = agreement.county_at = None
    agreement.organization_hash = agreement.county_hash = ""


def _last(agreement: Agreement | None) -> str:
    """陈晓岚（社会组织）11月27日 10:05 已."""
    drafts = queries.drafts_of(agreement) if agreement else []
    if not drafts:
        return "别人已经"
    one, at = drafts[0], clock.local(drafts[0].at)
    return f"{one.actor_name}（{rules.SIDES[one.side].label}）{at.month}月{at.day}日 {at:%H:%M} 已"


def _what(changes: list[Difference]) -> str:
    said = [one.label for one in changes]
    if not said:
        return "按结对现在的内容重新存了协议"
    return f"改了{'、'.join(said[:6])}{f'等 {len(said)} 处' if len(said) > 6 else ''}"


def _flush() -> None:
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError) as error:
        raise Conflict("对方刚刚改了协议。", "请看最新内容再办。") from error


def _log(actor: Any, pairing: Pairing, verb: str, label: str, reason: str, sha256: str) -> None:
    record(actor, verb, label, "pairing", object_id=pairing.code, object_label=pairing_messages.title(pairing),
           county_code=pairing.county_code, organization_id=pairing.organization_id, reason=reason,
           detail={"sha256": sha256})
