"""The history of an offering: its versions, two compared, and how it stood on a day."""

from flask import render_template, request
from flask_login import current_user

from matchplatform.offerings import queries, rules
from matchplatform.offerings.snapshots import FIELDS
from matchplatform.offerings.views import READERS, blueprint
from matchplatform.revisions.reading import Asked, chronicle, spoken
from matchplatform.web.access import requires
from matchplatform.web.listing import read_arguments


@blueprint.get("/<code>/history")
@requires(*READERS, "auditor")
def history(code: str) -> str:
    """Every version that the reader may see: its organization and the auditor all of them, the province what was up."""
    offering = queries.offering_with_history(current_user, code)
    asked = read_arguments(Asked, request.args)
    return render_template(
        "offerings/history.html", offering=offering, asked=asked, states=rules.STATES,
        chronicle=chronicle("offering", offering.code, FIELDS, spoken(), asked,
                            rules.readable_states(current_user, offering)))
