"""How a pairing goes, as a part of its page."""

from dataclasses import dataclass
from typing import Any

from matchplatform.core.rules import Verdict
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import parties_of
from matchplatform.pairings.rules import APPROVED, relay_verdict
from matchplatform.pairings.sections import Section, add_section
from matchplatform.tracking import queries, rules
from matchplatform.tracking.models import Complaint, ProgressReport, TrackingPlan, Visit

_SHOWN = 3  # of each kind on the pairing's page; the rest has pages of its own


@dataclass(frozen=True)
class Course:
    """What the part of the page shows."""

    plan: TrackingPlan | None
    standing: queries.Standing
    totals: queries.Totals
    reports: list[ProgressReport]
    names: dict[int, str]
    rhythms: Any
    relayed_from: list[Pairing]
    relayed_to: Pairing | None
    may_relay: Verdict


@dataclass(frozen=True)
class Contacts:
    """Visits and complaints, beside the page."""

    visits: list[Visit]
    complaints: list[Complaint]
    ways: Any


def course_of(actor: Any, pairing: Pairing) -> Course | None:
    """The course of what has been signed, and what came before it; nothing before the agreement."""
    former = queries.relayed_from(pairing)
    if pairing.signed_on is None and not former:
        return None
    plan, reports = queries.plan_of(pairing.id), queries.reports_of(pairing.id)
    return Course(plan, queries.standing_of(pairing), queries.totals_of(pairing.id), reports[:_SHOWN],
                  queries.people_of(reports[:_SHOWN]), rules.RHYTHMS, former, queries.relayed_to(pairing),
                  relay_verdict(pairing, parties_of(actor, pairing), None))


def contacts_of(_actor: Any, pairing: Pairing) -> Contacts | None:
    """From the approval on."""
    if pairing.status not in APPROVED:
        return None
    return Contacts(queries.visits_of(pairing.id)[:_SHOWN], queries.complaints_of(pairing.id)[:_SHOWN], rules.VISITS)


add_section(Section("tracking/_course.html", course_of, "main", 30))
add_section(Section("tracking/_contacts.html", contacts_of, "aside", 40))
