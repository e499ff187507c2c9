"""A progress report as the owner of photos and papers: told to the files feature, a tier below."""

from typing import Any

from matchplatform.core.clock import today
from matchplatform.core.rules import Verdict
from matchplatform.files.rules import NOBODY, OWN, Owner, owners
from matchplatform.pairings.hold_operations import hold as hold_pairing
from matchplatform.pairings.queries import parties_of
from matchplatform.tracking import queries, rules
from matchplatform.tracking.models import ProgressReport
from matchplatform.tracking.photo_operations import remember


def reach(actor: Any, report: ProgressReport) -> str:
    """The three sides of the pairing work on it; nobody else sees it."""
    signed_in = getattr(actor, "is_authenticated", False)
    return OWN if signed_in and queries.is_within_reach(actor, report.pairing) else NOBODY


def can_attach(actor: Any, report: ProgressReport) -> Verdict:
    """The two sides, as long as the report may be mended."""
    return rules.can_write(parties_of(actor, report.pairing)) and rules.report_verdict(
        report.pairing, report.span, report.span.rhythm, today())


def hold(report: ProgressReport) -> None:
    """Nobody else adds to it meanwhile."""
    hold_pairing(report.pairing)


owners["progress"] = Owner("进展", queries.report_by_code, hold, reach, can_attach, publicity=("own",),
                           attached=remember)
