"""The auditor's page: read only."""

from flask import Blueprint, render_template, request

from matchplatform.audit import queries, rules
from matchplatform.web.access import requires
from matchplatform.web.listing import read_arguments

blueprint = Blueprint("audit", __name__, url_prefix="/desk/audit")


@blueprint.get("")
@requires("auditor")
def log() -> str:
    """Every act, filtered, newest first."""
    wanted = read_arguments(queries.AuditFilter, request.args)
    return render_template("audit/log.html", page=queries.rows(wanted), wanted=wanted, kinds=rules.KINDS,
                           results=rules.RESULTS)
