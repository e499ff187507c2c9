"""The auditor's page: read only."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from matchplatform.audit import queries, rules
from matchplatform.web.access import requires
from matchplatform.web.listing import read_arguments

blueprint = Blueprint("audit", __name__, url_prefix="/desk/audit")


# Where a record's versions stand, by the kind of its rows; these pages lie tiers above.
_HISTORIES = {"need": ("needs.history", "code"), "offering": ("offerings.history", "code"),
              "organization": ("organizations.history", "organization_id")}


def _history_page(row: Any) -> str:
    """The page with the versions of what the row is about, or nothing."""
    page, argument = _HISTORIES.get(row.kind, ("", ""))
    if not page or not row.object_id or row.act == "discard" or (  # a discarded draft is gone, its page with it
            argument == "organization_id" and not row.object_id.isdecimal()):
        return ""
    return url_for(page, **{argument: row.object_id})


@blueprint.get("")
@requires("auditor")
def log() -> str:
    """Every act, filtered, newest first."""
    wanted = read_arguments(queries.AuditFilter, request.args)
    return render_template("audit/log.html", page=queries.rows(wanted), wanted=wanted, kinds=rules.KINDS,
                           results=rules.RESULTS, history_page=_history_page)
