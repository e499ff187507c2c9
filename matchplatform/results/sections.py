"""What came of a pairing, as parts of its page."""

from dataclasses import dataclass
from typing import Any

from matchplatform.core.clock import now
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import parties_of
from matchplatform.pairings.sections import Section, add_section
from matchplatform.publications.models import Publication
from matchplatform.results import queries, rules
from matchplatform.results.models import Certificate, ClosingReport, Evaluation


@dataclass(frozen=True)
class Results:
    """Closing report and evaluations, with what the reader may do."""

    report: ClosingReport | None
    may_write: bool
    verbs: list[Any]
    evaluations: dict[str, Evaluation]
    own: Evaluation | None
    may_evaluate: bool
    may_change: bool
    may_reply: str  # the side whose evaluation the reader may answer, or ""
    villagers: queries.Villagers | None
    names: dict[int, str]
    rules: Any


@dataclass(frozen=True)
class Papers:
    """Certificate and case, beside the page."""

    certificate: Certificate | None
    former: list[Certificate]
    may_issue: Any
    is_issuer: bool
    case: Publication | None
    may_draft: Any
    code: str


def results_of(actor: Any, pairing: Pairing) -> Results | None:
    """From the agreement on."""
    if pairing.status not in rules.REPORTABLE:
        return None
    mine = parties_of(actor, pairing)
    report, whole = queries.readable_report(actor, pairing), queries.report_of(pairing.id)
    side = "county" if "county" in mine else "organization" if "organization" in mine else ""
    every, shown = queries.evaluations_of(pairing.id), queries.shown_evaluations(pairing.id, mine)
    own, other = every.get(side), shown.get(rules.OTHER.get(side, ""))
    verbs = rules.REPORTS.open_to(rules.report_parties(mine, report.side), report.status) if report else []
    return Results(
        report, bool(rules.author_verdict(mine, pairing.status, whole.side if whole else None))
        and bool(rules.rewrite_verdict(whole.status if whole else None)), verbs, shown, own,
        bool(side) and pairing.status == "completed" and own is None,
        own is not None and bool(rules.can_change(own, len(every) == 2, now())),
        other.side if other is not None and other.reply_at is None else "", queries.villagers_of(pairing.need_id),
        queries.people_of(report, *shown.values()), rules)


def papers_of(actor: Any, pairing: Pairing) -> Papers | None:
    """When it was completed."""
    if pairing.status != "completed":
        return None
    report, rows = queries.report_of(pairing.id), queries.certificates_of(pairing.id)
    valid = next((one for one in rows if one.revoked_at is None), None)
    case, county = queries.case_of(pairing.id), queries.evaluations_of(pairing.id).get("county")
    return Papers(
        valid, [one for one in rows if one.revoked_at is not None],
        rules.issue_verdict(pairing.status, report.status if report else None, valid is not None),
        bool(parties_of(actor, pairing) & {"county", "approver"}), case,
        rules.case_verdict(actor.role, pairing.status, county.stars if county else None, case is not None),
        rules.grouped(valid.code) if valid else "")


add_section(Section("results/_results.html", results_of, "main", 40))
add_section(Section("results/_papers.html", papers_of, "aside", 30))
