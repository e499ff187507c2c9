"""Reading results, each as far as the reader may see it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matchplatform.accounts.queries import names
from matchplatform.core.clock import local, now
from matchplatform.core.errors import NotFound
from matchplatform.database import last_number
from matchplatform.extensions import db
from matchplatform.needs.models import Need
from matchplatform.orders.models import Order
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import desk_pairing, parties_of
from matchplatform.pairings.rules import APPROVED
from matchplatform.publications.models import Publication
from matchplatform.results import rules
from matchplatform.results.models import CaseDraft, Certificate, ClosingReport, Evaluation
from matchplatform.tracking.models import Milestone, ProgressReport


def report_of(pairing_id: int) -> ClosingReport | None:
    """The closing report, whatever its state."""
    return db.session.get(ClosingReport, pairing_id)


def readable_report(actor: Any, pairing: Pairing) -> ClosingReport | None:
    """The closing report as far as it has been handed over: a draft is for its own side."""
    report = report_of(pairing.id)
    if report is None or (report.status == "draft" and report.side not in parties_of(actor, pairing)):
        return None
    return report


def evaluations_of(pairing_id: int) -> dict[str, Evaluation]:
    """Side -> its evaluation, whoever may see it."""
    return {one.side: one for one in db.session.scalars(
        sa.select(Evaluation).where(Evaluation.pairing_id == pairing_id))}


def shown_evaluations(pairing_id: int, mine: set[str] | None = None) -> dict[str, Evaluation]:
    """Those that the other side and the public see, and the reader's own."""
    found = evaluations_of(pairing_id)
    both, moment = len(found) == 2, now()
    return {side: one for side, one in found.items()
            if rules.is_shown(one, both, moment) or side in (mine or set())}


@dataclass(frozen=True)
class Villagers:
    """What villagers said of the need that was met: how many rated it, the mean of their stars, their words."""

    count: int
    mean: float
    words: list[tuple[int, str]]


def villagers_of(need_id: int) -> Villagers | None:
    """The ratings of the orders that the need came from; never mixed with those of the two sides."""
    rows = db.session.execute(sa.select(Order.stars, Order.rating_words).where(
        Order.need_id == need_id, Order.stars.is_not(None)).order_by(Order.id.desc())).all()
    if not rows:
        return None
    return Villagers(len(rows), round(sum(row.stars for row in rows) / len(rows), 1),
                     [(row.stars, row.rating_words) for row in rows if row.rating_words][:5])


def certificate_of(pairing_id: int) -> Certificate | None:
    """The valid certificate, or None."""
    return db.session.scalar(sa.select(Certificate).where(
        Certificate.pairing_id == pairing_id, Certificate.revoked_at.is_(None)))


def certificates_of(pairing_id: int) -> list[Certificate]:
    """All that were issued, the latest first."""
    return list(db.session.scalars(sa.select(Certificate).where(Certificate.pairing_id == pairing_id)
                                   .order_by(Certificate.id.desc())))


def certificate_by_code(code: str) -> Certificate | None:
    """The certificate with this verification code, revoked ones too."""
    return db.session.scalar(sa.select(Certificate).where(Certificate.code == code))


def next_number(year: int) -> str:
    """ZS2026-0001; two at once draw the same, the unique constraint tells them."""
    prefix = f"ZS{year}-"
    return f"{prefix}{last_number(Certificate.number, prefix) + 1:04d}"


def case_of(pairing_id: int) -> Publication | None:
    """The publication drafted from the pairing."""
    return db.session.scalar(sa.select(Publication).join(CaseDraft, CaseDraft.publication_id == Publication.id).where(
        CaseDraft.pairing_id == pairing_id))


def public_pairing(code: str) -> Pairing:
    """A pairing that everybody may know of: approved once, on a public need. Raises NotFound."""
    found = db.session.scalar(sa.select(Pairing).where(
        Pairing.code == code, Pairing.status.in_(APPROVED), Pairing.need.has(Need.publicity == "public")))
    if found is None:
        raise NotFound
    return found


def known_pairing(actor: Any, code: str) -> Pairing:
    """A pairing within the reader's reach, or one that everybody may know of. Raises NotFound."""
    if actor.is_authenticated:
        try:
            return desk_pairing(actor, code)
        except NotFound:
            pass
    return public_pairing(code)


@dataclass(frozen=True)
class Happened:
    """A dated step of the public timeline: no names of persons, no reasons."""

    on: dt.date
    text: str


def timeline_of(pairing: Pairing) -> list[Happened]:
    """What happened to a pairing as everybody may know it, the earliest first."""
    rows = [Happened(local(pairing.proposed_at).date(), "社会组织接单" if pairing.origin == "bid" else "县里点单")]
    consents = ((pairing.accepted_at, "双方同意"), (pairing.recommended_at, "民政部门推荐"),
                (pairing.approved_at, "审批部门批准结对"))
    # either of the first two may come before the other
    rows += [Happened(local(at).date(), text) for at, text in sorted((at, text) for at, text in consents if at)]
    if pairing.signed_on is not None:
        rows.append(Happened(pairing.signed_on, "签订协议，开始实施"))
    rows += [Happened(local(one.reported_at).date(), f"{one.span.label}的进展已报") for one in db.session.scalars(
        sa.select(ProgressReport).where(ProgressReport.pairing_id == pairing.id))]
    rows += [Happened(one.done_on, f"完成里程碑“{one.title}”") for one in db.session.scalars(
        sa.select(Milestone).where(Milestone.pairing_id == pairing.id, Milestone.done_on.is_not(None)))]
    if pairing.status == "completed":
        rows.append(Happened(local(pairing.completed_at).date(), "办成"))
    elif pairing.status == "terminated":
        rows.append(Happened(local(pairing.ended_at).date(), "终止"))
    report, certificate = report_of(pairing.id), certificate_of(pairing.id)
    if report is not None and report.status == "confirmed":
        rows.append(Happened(local(report.decided_at).date(), "结项报告经对方确认"))
    if certificate is not None:
        rows.append(Happened(local(certificate.issued_at).date(), f"发出贡献证书 {certificate.number}"))
    return sorted(rows, key=lambda one: one.on)


def people_of(*rows: Any) -> dict[int, str]:
    """Names of everybody who stands in these rows."""
    keys = ("written_by", "decided_by", "by", "reply_by", "issued_by", "revoked_by")
    return names({number for row in rows if row is not None for key in keys
                  if isinstance(number := getattr(row, key, None), int)})
