"""Everything that changes a pairing: proposing, answering, deciding, signing, ending, undoing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.accounts.rules import may_write
from matchplatform.audit.operations import record
from matchplatform.catalog.queries import current_campaign, key_county_codes
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.matching.queries import match_of
from matchplatform.needs import line_operations as lines
from matchplatform.needs import operations as needs
from matchplatform.needs.models import Need
from matchplatform.needs.rules import is_open, take_verdict
from matchplatform.offerings import operations as offerings
from matchplatform.pairings import approval_operations as approval
from matchplatform.pairings import messages, queries, rules
from matchplatform.pairings.checks import RELAY_WAIVES, checks_of, failures
from matchplatform.pairings.confirmation_queries import asked_on, changed_meanwhile, version_at
from matchplatform.pairings.followers import followers
from matchplatform.pairings.models import Pairing, PairingEvent, PairingLine
from matchplatform.pairings.reservation_operations import keep_place, let_place_go, take_place
from matchplatform.pairings.rules import due_after
from matchplatform.pairings.settlement_operations import settle, take_lines
from matchplatform.revisions.differences import labels

_ATTEMPTS = 5  # two bids at once may draw the same number; the unique constraint tells, and we draw again
CLOSING = ("approve", "reinstate", "complete")  # moves that may end new bids on the need, or the matter
TERMS = ("signed_on", "starts_on", "ends_on", "funds_fen", "in_kind_fen")
_NOT_AGAIN = ("capacity", "offering_open", "need_open")  # taken by UPDATE, or settled when both sides agreed
_ABLE = ("published", "matched", "fulfilled", "closed")  # a need on which a pairing may come to life again
_FASTER = "别人刚刚办理了这件结对。"
_LOOK = "请看最新内容再办。"


@dataclass(frozen=True)
class Outcome:
    """What became of one item of a bulk decision; `sentence` says why when it was not approved."""

    pairing: Pairing
    approved: bool
    sentence: str


def bid(actor: Any, need: Need, offering: Any, values: dict[str, Any]) -> Pairing:
    """接单: an organization takes a need with one of its offerings.

    `values`: message, offered_funds_fen, offered_in_kind_fen, and `lines` (id of the need's line -> how much; left
    out: all that is still wanted), `said_at` (the word was given then, in a sealed reply: whether the need was open is
    asked of that moment). Raises Refusal with the first rule that fails and its cure, Conflict when the organization's
    bid on this need is alive already.
    """
    if not may_write(actor, offering.organization_id):
        raise Refusal("这项供给不是您的组织发布的。", "请从本组织的供给里选一项。")
    return _propose(actor, need, offering, "bid", values)


def order(actor: Any, offering: Any, need: Need, values: dict[str, Any], relayed: Pairing | None = None) -> Pairing:
    """点单: a county asks for an offering to meet one of its open needs. Values and errors as for `bid`.

    `relayed`: the ended pairing that the new one carries on; then the need's closing time does not matter.
    """
    if actor.role != "county_officer" or actor.county_code != need.county_code:
        raise Refusal("这条需求不是本县的。", "请从本县正在接单的需求里选一条。")
    return _propose(actor, need, offering, "order", values, relayed)


def _propose(actor: Any, need: Need, offering: Any, origin: str, values: dict[str, Any],
             relayed: Pairing | None = None) -> Pairing:
    _hold_need(need)
    if origin == "bid":
        followers.before_bid(actor, need)
    said_at = values.get("said_at")
    verdict = is_open(need, said_at or clock.now()) if relayed is None else rules.relay_need_verdict(need.status)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    _refuse_second(actor, need, offering.organization_id)
    changes = changed_meanwhile(need if origin == "bid" else offering, values.get("seen"))
    if changes:
        raise Conflict(f"您填写的时候，{'这条需求' if origin == 'bid' else '这项供给'}改过：{labels(changes)}。",
                       "请看过新内容再报，您填的都还在。")
    failed = failures(checks_of(need, offering, said_at), RELAY_WAIVES if relayed else ())
    if failed:
        raise Refusal(failed[0].reason, failed[0].remedy)
    taken = _taken(need, values.get("lines"))
    moment = clock.now()
    score, campaign = match_of(need, offering).score, current_campaign()
    for _ in range(_ATTEMPTS):
        pairing = Pairing(
            code=queries.next_code(clock.local(moment).year), need_id=need.id, offering_id=offering.id,
            organization_id=offering.organization_id, county_code=need.county_code,
            category_code=need.category_code, origin=origin, status="proposed",
            approval_level=rules.approval_level(offering.organization.registration_level,
                                                need.county_code in key_county_codes()),
            message=values.get("message") or "", offered_funds_fen=values.get("offered_funds_fen") or 0,
            offered_in_kind_fen=values.get("offered_in_kind_fen") or 0, score=score.total,
            reasons=json.dumps([{"label": part.label, "points": part.points, "full": part.full, "why": part.why}
                                for part in score.parts], ensure_ascii=False),
            proposed_by=actor.id, proposed_at=moment, relayed_from_id=relayed.id if relayed else None,
            needs_recommendation=campaign is not None and campaign.requires_recommendation)
        pairing.lines = [PairingLine(need_line_id=one, quantity=quantity) for one, quantity in taken.items()]
        try:
            with db.session.begin_nested():
                db.session.add(pairing)
                db.session.flush()
        except IntegrityError:
            _refuse_second(actor, need, offering.organization_id)  # the other one was committed meanwhile
            continue
        break
    else:
        raise Conflict("同时报来的人太多，这次没有保存。", "请稍等几秒再试。")
    db.session.refresh(pairing)
    if origin == "order":
        keep_place(pairing)
    log_move(actor, pairing, "propose", "接单" if origin == "bid" else "点单", "", pairing.message)
    if said_at is None:  # a reply was chosen already: nobody has to answer
        messages.proposed(actor, pairing)
    db.session.flush()
    return pairing


def _taken(need: Need, asked: dict[int, int] | None) -> dict[int, int]:
    """Line -> quantity of what is proposed; empty for a need without lines, which is taken as a whole."""
    if asked is None or not need.lines:
        return {one.id: one.residual for one in need.residual}
    known = {one.id: one for one in need.lines}
    if not asked or set(asked) - set(known):
        raise Refusal("还没有写接哪几项、接多少。", "请在“接哪几项”里至少填一项的数量。")
    for line_id, quantity in asked.items():
        verdict = take_verdict(known[line_id], quantity)
        if not verdict:
            raise Refusal(verdict.reason, verdict.remedy)
    return dict(asked)


def _hold_need(need: Need) -> None:
    """Nobody closes or withdraws the need between our look at it and the new pairing."""
    db.session.execute(sa.select(Need.id).where(Need.id == need.id).with_for_update(key_share=True))
    db.session.refresh(need)


def _refuse_second(actor: Any, need: Need, organization_id: int, except_id: int | None = None) -> None:
    """One live pairing per need and organization, whichever side began it."""
    alive = queries.live_pairing(need.id, organization_id)
    if alive is not None and alive.id != except_id:
        whose = "您的组织" if actor.role == "organization_member" else "这家组织"
        raise Conflict(f"{whose}和这条需求已经有一件结对 {alive.code}，现在是“{alive.state.label}”。",
                       "请在“结对”里接着办，不用再报。")


def act(actor: Any, pairing: Pairing, verb: str, reason: str = "", version: int | None = None,
        terms: dict[str, Any] | None = None) -> Transition:
    """Make one move of the lifecycle and everything that follows from it; answers the table's row.

    `terms` (for sign): agreement_number, signed_on, starts_on, ends_on, funds_fen, in_kind_fen; (for accept): said_at,
    as for `bid`. Raises Refusal with the rule that forbids it, Conflict when somebody else was faster (who and when is
    named).
    """
    _lock([pairing])
    mine = queries.parties_of(actor, pairing)
    _refuse_stale(actor, pairing, verb, mine, version)
    reason = reason.strip()
    verdict = rules.LIFECYCLE.verdict(verb, pairing.status, mine, reason)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    row = rules.LIFECYCLE.find(verb, pairing.status)
    if row is None:
        raise RuntimeError(f"{verb} from {pairing.status} passed the verdict without a row")
    _carry_out(actor, pairing, row, reason, terms or {})
    return row


def _carry_out(actor: Any, pairing: Pairing, row: Transition, reason: str, terms: dict[str, Any]) -> None:
    """The move itself, with its event, audit row and notices."""
    behalf = approval.lender_for(actor, pairing, row.verb)
    try:
        with db.session.no_autoflush:  # a half-made move must not meet the CHECK constraints
            _MOVES[row.verb](actor, pairing, row, terms)
            pairing.status_reason = reason
            pairing.status = row.target
        db.session.flush()
        settle(actor, pairing.need, row.verb in CLOSING)
    except (StaleDataError, IntegrityError):
        raise Conflict(_FASTER, _LOOK)
    log_move(actor, pairing, row.verb, row.label, row.source, reason, behalf)
    messages.moved(actor, pairing, row, reason)
    db.session.flush()
    followers.moved(actor, pairing.need)


def end_with_need(actor: Any, need: Need, reason: str) -> None:
    """The county takes a need back: what is not approved yet ends with it, and both sides are told why.

    Raises Refusal where a pairing was approved: somebody relies on it, so it is completed or ended first, by itself.
    """
    alive = queries.live_on(need.id)
    relied_on = [one.code for one in alive if one.status not in rules.ASKED]
    if relied_on:
        raise Refusal(f"这条需求有 {len(relied_on)} 件结对已批准或在办：{'、'.join(relied_on[:5])}。",
                      "请先到“结对”里逐件办成或终止，再撤回需求；只是不想再接新的，可以“关闭接单”。")
    for pairing in alive:
        row = rules.LIFECYCLE.find("lapse", pairing.status)
        if row is None:
            raise RuntimeError(f"a live pairing that is {pairing.status} cannot end with its need")
        _carry_out(actor, pairing, row, reason, {})
    followers.need_ended(actor, need, reason)


# Needs lie a tier below and may not ask us; they look here for what hangs on them.
needs.followers.hold = lambda need: queries.live_on(need.id)
needs.followers.end = end_with_need
needs.followers.named_lines = lambda need: queries.named_lines(need.id)


def approve_many(actor: Any, items: Sequence[tuple[Pairing, int | None]], opinion: str) -> list[Outcome]:
    """Approve several pairings; each stands or falls alone, in the order given.

    `items` are (pairing, the version that the approver saw). What is refused is answered with its sentence and
    leaves no trace; the others are approved.
    """
    _lock([pairing for pairing, _ in items])
    outcomes = []
    for pairing, version in items:
        try:
            with db.session.begin_nested():
                act(actor, pairing, "approve", opinion, version)
        except Refusal as refusal:
            outcomes.append(Outcome(pairing, False, refusal.sentence))
        else:
            outcomes.append(Outcome(pairing, True, "已批准。"))
    return outcomes


def _lock(pairings: Sequence[Pairing]) -> None:
    """Hold the rows, lowest number first, and read them anew: the second of two writers sees what the first did.

    SQLite has one writer at a time anyway and ignores FOR UPDATE.
    """
    ids = sorted(pairing.id for pairing in pairings)
    try:
        db.session.execute(sa.select(Pairing.id).where(Pairing.id.in_(ids)).order_by(Pairing.id)
                           .with_for_update(key_share=True))
        db.session.execute(sa.select(Need.id).where(Need.id.in_(sorted({p.need_id for p in pairings})))
                           .order_by(Need.id).with_for_update(key_share=True))
    except OperationalError as error:
        raise Conflict(_FASTER, _LOOK) from error
    for pairing in pairings:
        db.session.refresh(pairing)


def _refuse_stale(actor: Any, pairing: Pairing, verb: str, mine: set[str], version: int | None) -> None:
    """Tell who was faster: the page is old, or the verb was possible until somebody moved the pairing on."""
    old_page = version is not None and version != pairing.version
    could = any(one.verb == verb and one.parties & mine for one in rules.LIFECYCLE.table)
    passed = could and rules.LIFECYCLE.find(verb, pairing.status) is None
    if not (old_page or passed):
        return
    move = queries.last_move(pairing)
    if move is not None and move.event.verb != "propose":
        raise Conflict(queries.decided_sentence(actor, move), f"现在是“{pairing.state.label}”，{_LOOK}")
    if old_page:
        raise Conflict(_FASTER, _LOOK)


# What each verb does besides moving the status. Each gets (actor, pairing, row, terms) and runs before the flush.

def _accept(actor: Any, pairing: Pairing, _row: Transition, terms: dict[str, Any]) -> None:
    if actor.id == pairing.proposed_by:
        raise Refusal("这件结对是您自己提出的。", "请由对方答复。")
    demand(rules.confirmed_verdict(pairing))
    # Whether there is room is for the conditional UPDATE to say: between a look and a grasp somebody may come.
    waived = ("capacity", *(RELAY_WAIVES if pairing.relayed_from_id else ()))
    failed = failures(checks_of(pairing.need, pairing.offering, terms.get("said_at")), waived)
    if failed:
        raise Refusal(failed[0].reason, failed[0].remedy)
    take_place(pairing)
    take_lines(pairing)
    pairing.accepted_by, pairing.accepted_at = actor.id, clock.now()
    pairing.due_at = due_after(clock.now())


def _end_early(_actor: Any, pairing: Pairing, _row: Transition, _terms: dict[str, Any]) -> None:
    if pairing.status in rules.HOLDING:
        offerings.release_capacity(pairing.offering)
        lines.release_lines(pairing.need, pairing.outstanding)
    let_place_go(pairing)
    pairing.ended_at, pairing.due_at, pairing.handler_id = clock.now(), None, None


def _presume(actor: Any, pairing: Pairing, row: Transition, terms: dict[str, Any]) -> None:
    demand(rules.silence_verdict(asked_on(pairing), clock.today()))
    _end_early(actor, pairing, row, terms)


def _sign(_actor: Any, pairing: Pairing, _row: Transition, terms: dict[str, Any]) -> None:
    if any(terms.get(name) is None for name in TERMS):
        raise Refusal("协议的日期和金额还没有填全。", "请在“登记协议”页填写签订日期、起止日期、资金和物资折价。")
    verdict = rules.terms_verdict(terms["signed_on"], terms["starts_on"], terms["ends_on"],
                                  clock.local(pairing.approved_at).date(), clock.today())
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    for name in TERMS:
        setattr(pairing, name, terms[name])
    pairing.agreement_number = terms.get("agreement_number") or ""


def _confirm(actor: Any, pairing: Pairing, row: Transition, _terms: dict[str, Any]) -> None:
    if actor.role == "county_officer":
        pairing.confirm_offering_from = None
    else:
        for one in pairing.lines if row.target == "proposed" else ():
            verdict = take_verdict(one.line, one.quantity)
            if not verdict:
                raise Refusal(verdict.reason,
                              f"您报的是 {one.quantity} {one.line.unit}。请先撤回，再按现在的数量接单。")
        pairing.confirm_need_from = None
    if row.target == "accepted":
        pairing.due_at = due_after(clock.now())


def _complete(_actor: Any, pairing: Pairing, _row: Transition, _terms: dict[str, Any]) -> None:
    offerings.release_capacity(pairing.offering)
    lines.deliver_lines(pairing.need, pairing.outstanding)
    pairing.completed_at = pairing.ended_at = clock.now()


def _rest(_actor: Any, _pairing: Pairing, _row: Transition, _terms: dict[str, Any]) -> None:
    """Work rests or goes on: what is held stays held."""


def _reinstate(actor: Any, pairing: Pairing, row: Transition, _terms: dict[str, Any]) -> None:
    if row.target in ("approved", "active") and pairing.need.status not in _ABLE:
        raise Refusal(f"需求现在是“{pairing.need.state.label}”，不能恢复它的结对。", "请县里先恢复、发布需求。")
    if row.target in rules.LIVE:
        _refuse_second(actor, pairing.need, pairing.organization_id, except_id=pairing.id)
    if row.target == "approved":  # counts again at once, so the organization must still be one that may be approved
        failed = [one for one in failures(checks_of(pairing.need, pairing.offering)) if one.key not in _NOT_AGAIN]
        if failed:
            raise Refusal(f"现在不能恢复：{failed[0].reason}", failed[0].remedy)
    if row.target == "proposed":  # all consents are given anew
        pairing.accepted_by = pairing.accepted_at = pairing.recommended_by = pairing.recommended_at = None
    elif row.target in rules.HOLDING:
        offerings.take_capacity(pairing.offering)
        if row.source == "completed":
            lines.take_back_delivery(pairing.need, pairing.outstanding)
        else:
            take_lines(pairing)
    pairing.due_at = due_after(clock.now()) if row.target == "accepted" else None
    if row.target in rules.ASKED:
        _ask_what_changed(pairing)
    pairing.ended_at = pairing.completed_at = None


def _ask_what_changed(pairing: Pairing) -> None:
    """While the pairing was ended nobody was asked: what changed since then is to be confirmed now."""
    for one, column in ((pairing.need, "confirm_need_from"), (pairing.offering, "confirm_offering_from")):
        known = version_at(one, pairing.ended_at)
        if known and getattr(pairing, column) is None and changed_meanwhile(one, known):
            setattr(pairing, column, known)


_MOVES = {
    "accept": _accept, "decline": _end_early, "withdraw": _end_early, "approve": approval.approve, "reject": _end_early,
    "sign": _sign, "complete": _complete, "terminate": _end_early, "lapse": _end_early, "reinstate": _reinstate,
    "confirm": _confirm, "retract": _end_early, "presume": _presume, "suspend": _rest, "resume": _rest,
    "recommend": approval.recommend, "unrecommend": approval.unrecommend, "object": _end_early,
    "revoke": approval.revoke,
}


def log_move(actor: Any, pairing: Pairing, verb: str, label: str, source: str, reason: str,
             behalf: int | None = None) -> None:
    """One event and one audit row a move; `actor` None for the platform itself, `behalf` in whose place he acts."""
    db.session.add(PairingEvent(pairing_id=pairing.id, at=clock.now(), actor_id=getattr(actor, "id", None), verb=verb,
                                source=source, target=pairing.status, reason=reason, on_behalf_of=behalf))
    record(actor, verb, label, "pairing", object_id=pairing.code, object_label=messages.title(pairing),
           county_code=pairing.county_code, organization_id=pairing.organization_id, reason=reason,
           detail={"from": source, "to": pairing.status, "origin": pairing.origin, "need": pairing.need.code,
                   "offering": pairing.offering.code, "lines": {str(one): n for one, n in pairing.taken.items()},
                   **({"on_behalf_of": behalf} if behalf else {})})
