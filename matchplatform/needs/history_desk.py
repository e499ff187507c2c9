"""The history of a need: its versions, two compared, and how it stood on a day."""

from flask import render_template, request
from flask_login import current_user

from matchplatform.needs import queries, rules
from matchplatform.needs.snapshots import FIELDS
from matchplatform.needs.views import READERS, blueprint
from matchplatform.revisions.reading import Asked, chronicle, spoken
from matchplatform.web.access import requires
from matchplatform.web.listing import read_arguments


@blueprint.get("/<code>/history")
@requires(*READERS, "auditor")
def history(code: str) -> str:
    """Every version that the reader may see: those who wrote it and the auditor all of them, others what was handed in
    or released."""
    need = queries.need_with_history(current_user, code)
    asked = read_arguments(Asked, request.args)
    return render_template(
        "needs/history.html", need=need, asked=asked, states=rules.STATES,
        chronicle=chronicle("need", need.code, FIELDS, spoken(), asked, rules.readable_states(current_user, need)))
