"""What an approver sees of one pairing: both texts, rules, consents, what to mind, how it went before."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.models import User
from matchplatform.accounts.queries import names, unit_name
from matchplatform.catalog.queries import current_campaign, short_name
from matchplatform.core.clock import now, today
from matchplatform.core.rules import Check, Transition, Verdict
from matchplatform.extensions import db
from matchplatform.matching.corpus import need_words
from matchplatform.matching.explain import mark
from matchplatform.matching.queries import Match, match_of
from matchplatform.pairings import rules
from matchplatform.pairings.approval_queries import colleagues, pushed
from matchplatform.pairings.checks import case_checks
from matchplatform.pairings.delegation_queries import deputies_of
from matchplatform.pairings.models import Pairing, PairingEvent
from matchplatform.pairings.queries import MOVES, change_sentence, decided_sentence, last_move, parties_of, scope

RATING_HORIZON = dt.timedelta(days=90)
DECIDED = ("approved", "active", "suspended", "completed", "rejected", "terminated")


@dataclass(frozen=True)
class Part:
    """A part of the score as it stood on the day of the proposal."""

    label: str
    points: int
    full: int
    why: str


@dataclass(frozen=True)
class Consent:
    """One of the consents: 申请, 同意, or what is still awaited (`at` None)."""

    at: dt.datetime | None
    label: str
    text: str
    state: str  # done | now


@dataclass(frozen=True)
class Reminder:
    """Something to mind; `kind` is look (a person should weigh it), no (it forbids) or fine."""

    kind: str
    title: str
    text: str
    codes: tuple[str, ...] = ()  # pairings that it speaks of


@dataclass(frozen=True)
class Precedent:
    """How an earlier pairing of the same category went."""

    pairing: Pairing
    at: dt.datetime | None
    why: str


@dataclass(frozen=True)
class Case:
    """Everything beside the decision bar. `approvable` says whether 批准 would go through now, and why not."""

    pairing: Pairing
    match: Match
    need_text: list[tuple[str, int | None]]      # runs of text, each with the number of the term it is, or None
    offering_text: list[tuple[str, int | None]]
    parts: list[Part]
    checks: list[Check]
    consents: list[Consent]
    reminders: list[Reminder]
    precedents: list[Precedent]
    change: str
    decided: str
    approvable: Verdict
    may_decide: bool
    may_recommend: bool
    colleagues: list[User]   # to whom it may be handed over
    handler: str             # who has it in hand, and who stands in for him
    undo: list[Transition]   # the verb that takes the reader's own approval of today back

    @property
    def revocable(self) -> bool:
        return bool(self.undo)


def parts_of(pairing: Pairing) -> list[Part]:
    """The reasons as they were kept at the proposal."""
    return [Part(**one) for one in json.loads(pairing.reasons)]


def case_of(actor: Any, pairing: Pairing) -> Case:
    """Load one case for the desk."""
    rows, mine = case_checks(pairing), parties_of(actor, pairing)
    decided, recommends = "", "recommender" in mine and pairing.status in rules.ASKED
    if pairing.status != "accepted" and not recommends:
        move = last_move(pairing)
        decided = decided_sentence(actor, move) if move is not None else ""
    verdict = _approvable(actor, pairing, rows)
    match = match_of(pairing.need, pairing.offering)
    return Case(
        pairing, match, excerpt(mark(need_words(pairing.need), match.terms)),
        excerpt(mark(pairing.offering.body, match.terms)), parts_of(pairing), rows, _consents(actor, pairing),
        _reminders(actor, pairing), _precedents(actor, pairing), change_sentence(pairing, current_campaign()), decided,
        verdict, "approver" in mine and pairing.status == "accepted",
        recommends,
        colleagues(actor, pairing) if pairing.status == "accepted" and "office" in mine else [], _handler(pairing),
        _undo(pairing, mine))


def _undo(pairing: Pairing, mine: set[str]) -> list[Transition]:
    if pairing.approved_at is None or not rules.revoke_verdict(pairing.approved_at, now()):
        return []
    return [row for row in rules.LIFECYCLE.open_to(mine, pairing.status) if row.verb == "revoke"]


def _handler(pairing: Pairing) -> str:
    if pairing.handler_id is None:
        return ""
    name = names({pairing.handler_id}).get(pairing.handler_id, "")
    deputy = deputies_of({pairing.handler_id}).get(pairing.handler_id)
    return f"{name}（这几天由{deputy.name}代办）" if deputy is not None else name


def excerpt(runs: list[tuple[str, int | None]], around: int = 30, most: int = 260) -> list[tuple[str, int | None]]:
    """Marked text cut to what matters: all of it when short, else the marks with some words around each."""
    if sum(len(text) for text, _ in runs) <= most:
        return runs
    if not any(number for _, number in runs):
        return [("".join(text for text, _ in runs)[:most] + "……", None)]
    kept: list[tuple[str, int | None]] = []
    used = 0
    for i, (text, number) in enumerate(runs):
        if number is None:
            head = text[:around] if i else ""
            tail = text[-around:] if i < len(runs) - 1 else ""
            text = text if len(text) <= 2 * around else f"{head}……{tail}"
        kept.append((text, number))
        used += len(text)
        if used > most:
            kept.append(("……", None))
            break
    return kept


def _approvable(actor: Any, pairing: Pairing, rows: list[Check]) -> Verdict:
    verdict = rules.LIFECYCLE.verdict("approve", pairing.status, parties_of(actor, pairing))
    if not verdict:
        return verdict
    return next((row.verdict for row in rows if not row.allowed), Verdict.yes())


def _who(user: User | None, pairing: Pairing) -> str:
    if user is None:
        return "经办人"
    position = f"，{user.position}" if user.position else ""
    unit = pairing.organization.name if user.role == "organization_member" else unit_name(user)
    return f"{unit}（{user.name}{position}）"


def _consents(actor: Any, pairing: Pairing) -> list[Consent]:
    """The application and the answer with person and time; the last row is what is awaited."""
    wanted = {one for one in (pairing.proposed_by, pairing.accepted_by, pairing.recommended_by,
                              pairing.approver_id) if one}
    people = {user.id: user for user in db.session.scalars(sa.select(User).where(User.id.in_(wanted)))}
    bid = pairing.origin == "bid"
    rows = [Consent(pairing.proposed_at, "申请" if bid else "点单",
                    f"{_who(people.get(pairing.proposed_by), pairing)}{'自愿申请' if bid else '提出'}", "done")]
    if pairing.accepted_at is None:
        rows.append(Consent(None, "等对方答复", "县里还没有答复" if bid else "社会组织还没有答复", "now"))
    else:
        rows.append(Consent(pairing.accepted_at, "同意",
                            f"{_who(people.get(pairing.accepted_by), pairing)}同意，非提出人", "done"))
    if pairing.recommended_at is not None:
        rows.append(Consent(pairing.recommended_at, "推荐", _who(people.get(pairing.recommended_by), pairing), "done"))
        rows.sort(key=lambda row: (row.at is None, row.at or pairing.proposed_at))
    elif pairing.needs_recommendation and pairing.status in rules.ASKED:
        rows.append(Consent(None, "等推荐", "市（州）民政局还没有推荐", "now"))
    if pairing.approved_at is not None:
        rows.append(Consent(pairing.approved_at, "批准", _who(people.get(pairing.approver_id), pairing), "done"))
    elif pairing.status == "accepted" and rules.recommended_verdict(pairing):
        mine = "approver" in parties_of(actor, pairing)
        rows.append(Consent(None, "等您审批" if mine else "等审批", f"承诺 {rules.APPROVAL_DAYS} 个工作日", "now"))
    return rows


def _reminders(actor: Any, pairing: Pairing) -> list[Reminder]:
    rows = []
    organization, offering = pairing.organization, pairing.offering
    if actor.id in rules.makers(pairing):
        rows.append(Reminder("no", "这件是您经手的，不能由您审批",
                             "请另一位审批人办理：谁提出、谁同意、谁推荐，都不能自己批准。"))
    if pairing.origin == "order":
        pressed = rules.push_verdict(*pushed(pairing.county_code, pairing.organization_id))
        if not pressed:
            rows.append(Reminder("look", "请核实对方是自愿的", f"{pressed.reason}{pressed.remedy}"))
    others = db.session.execute(sa.select(Pairing.code, Pairing.need_id).where(
        Pairing.organization_id == pairing.organization_id, Pairing.county_code == pairing.county_code,
        Pairing.id != pairing.id, Pairing.status.in_(rules.LIVE)).order_by(Pairing.id)).all()
    if others:
        rows.append(Reminder("look", f"同一组织在{short_name(pairing.county_code)}已有 {len(others)} 件在办",
                             "不冲突，请看它是否忙得过来。", tuple(code for code, _ in others)))
    rivals = db.session.scalars(sa.select(Pairing.code).where(
        Pairing.need_id == pairing.need_id, Pairing.id != pairing.id, Pairing.status.in_(rules.LIVE))
        .order_by(Pairing.id)).all()
    if rivals:
        rows.append(Reminder("look", f"这条需求另有 {len(rivals)} 件结对在办",
                             "一条需求可以由几家一起办，请看内容是否重复。", tuple(rivals)))
    if pairing.status == "accepted":
        left = offering.capacity_left
        rows.append(Reminder("fine" if left else "look", f"容量 {offering.capacity} 个，批准后余 {left} 个",
                             "已为这件留出 1 个。" if left else "这是最后 1 个，批准后这项供给就约满了。"))
    ends = organization.rating_ends_on
    if organization.rating and ends is not None and ends - today() <= RATING_HORIZON:
        left_days = (ends - today()).days
        said = f"{ends.year}年{ends.month}月{ends.day}日"
        when = "已" if left_days < 0 else "将"
        rows.append(Reminder("look", f"评估等级 {organization.rating} {when}于{said}到期",
                             "请组织补评。" if left_days < 0 else "请提醒组织参加评估；到期不影响已签的协议。"))
    if not organization.rating:
        rows.append(Reminder("look", "这家组织还没有评估等级", "不是必须条件，请结合以往结对情况掌握。"))
    return rows


def _precedents(actor: Any, pairing: Pairing, limit: int = 5) -> list[Precedent]:
    """Decided pairings of the same category that the actor may see, of the same county first, then the newest."""
    found = list(db.session.scalars(sa.select(Pairing).where(
        scope(actor), Pairing.category_code == pairing.category_code, Pairing.status.in_(DECIDED),
        Pairing.id != pairing.id)
        .order_by((Pairing.county_code == pairing.county_code).desc(),
                  sa.func.coalesce(Pairing.ended_at, Pairing.approved_at).desc(), Pairing.id.desc()).limit(limit)))
    events: dict[int, PairingEvent] = {}
    for event in db.session.scalars(sa.select(PairingEvent).where(
            PairingEvent.pairing_id.in_([one.id for one in found]),
            PairingEvent.verb.in_(("approve", "reject", "object", "terminate", "complete", "reinstate")))
            .order_by(PairingEvent.id)):
        events[event.pairing_id] = event
    return [Precedent(one, events[one.id].at if one.id in events else one.ended_at or one.approved_at,
                      (events[one.id].reason if one.id in events else "") or one.status_reason) for one in found]


__all__ = ["MOVES", "Case", "case_of", "parts_of"]
