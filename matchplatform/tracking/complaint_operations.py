"""Complaints: filed by one side, answered by the other, ruled by the office."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from matchplatform.core.clock import now
from matchplatform.core.errors import Conflict, Refusal, demand
from matchplatform.core.rules import Transition
from matchplatform.extensions import db
from matchplatform.pairings.hold_operations import hold
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.operations import due_after
from matchplatform.pairings.queries import parties_of
from matchplatform.tracking import messages, rules
from matchplatform.tracking.models import Complaint
from matchplatform.tracking.operations import log, side_of

_FASTER = ("别人刚刚办理了这件投诉。", "请看最新内容再办。")


def complain(actor: Any, pairing: Pairing, body: str) -> Complaint:
    """File a complaint of the other side; one at a time a side. Raises Refusal, Conflict."""
    hold(pairing)
    mine = parties_of(actor, pairing)
    demand(rules.complain_verdict(pairing, mine))
    complaint = Complaint(pairing_id=pairing.id, side=side_of(mine), status="open", body=body, filed_by=actor.id,
                          filed_at=now(), answer_by=due_after(now(), rules.ANSWER_DAYS),
                          rule_by=due_after(now(), rules.RULING_DAYS))
    try:
        with db.session.begin_nested():
            db.session.add(complaint)
            db.session.flush()
    except IntegrityError as error:
        raise Conflict("本方已有一件投诉还没有办完。", "请等裁定，或撤回后再提。") from error
    db.session.refresh(complaint)
    log(actor, pairing, "complain", "投诉", body, complaint=complaint.id, side=complaint.side)
    messages.complained(actor, complaint)
    db.session.flush()
    return complaint


def parties_to(actor: Any, complaint: Complaint) -> set[str]:
    """What the actor is to the complaint."""
    mine = parties_of(actor, complaint.pairing)
    return rules.complaint_parties(mine, complaint.side, "approver" in mine)


def move(actor: Any, complaint: Complaint, verb: str, words: str, version: int | None = None,
         ruling: str = "") -> Transition:
    """Answer, rule (with `ruling`, one of rules.RULINGS) or withdraw a complaint. Raises Refusal, Conflict."""
    pairing = complaint.pairing
    hold(pairing)
    db.session.refresh(complaint)
    row = rules.COMPLAINTS.find(verb, complaint.status)
    known = any(one.verb == verb and one.parties & parties_to(actor, complaint) for one in rules.COMPLAINTS.table)
    if (version is not None and version != complaint.version) or (row is None and known):
        raise Conflict(*_FASTER)
    words = words.strip()
    demand(rules.COMPLAINTS.verdict(verb, complaint.status, parties_to(actor, complaint), words))
    if row is None:
        raise RuntimeError(f"{verb} from {complaint.status} passed the verdict without a row")
    if verb == "rule":
        demand(rules.ruling_verdict(complaint.status, complaint.answer_by, now()))
        if ruling not in rules.RULINGS:
            raise Refusal("没有选裁定的结果。", "请选投诉成立、部分成立或不成立。")
    _carry_out(actor, complaint, row, words, ruling)
    return row


def _carry_out(actor: Any, complaint: Complaint, row: Transition, words: str, ruling: str) -> None:
    with db.session.no_autoflush:
        if row.verb == "answer":
            complaint.answer, complaint.answered_by, complaint.answered_at = words, actor.id, now()
        else:
            complaint.ruling_words, complaint.closed_by, complaint.closed_at = words, actor.id, now()
            complaint.ruling = ruling if row.verb == "rule" else None
        complaint.status = row.target
    try:
        db.session.flush()
    except (StaleDataError, IntegrityError) as error:
        raise Conflict(*_FASTER) from error
    log(actor, complaint.pairing, f"complaint_{row.verb}", row.label, words, complaint=complaint.id, ruling=ruling)
    messages.complaint_moved(actor, complaint, row.verb)
    db.session.flush()
