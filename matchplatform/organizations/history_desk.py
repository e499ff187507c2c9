"""The history of an organization: its versions, two compared, and how it stood on a day."""

from flask import render_template, request
from flask_login import current_user

from matchplatform.organizations import queries, rules, vetting_queries, vetting_rules
from matchplatform.organizations.snapshots import FIELDS
from matchplatform.organizations.views import blueprint
from matchplatform.revisions.reading import Asked, chronicle, spoken
from matchplatform.web.access import requires
from matchplatform.web.listing import read_arguments


@blueprint.get("/desk/organizations/<int:organization_id>/history")
@requires("organization_member", "province_officer", "city_officer", "auditor")
def history(organization_id: int) -> str:
    """Every version that the reader may see: its members and the auditor all of them, whoever vets it what was
    handed in."""
    organization = queries.organization_with_history(current_user, organization_id)
    asked = read_arguments(Asked, request.args)
    past = vetting_queries.vettings_of(organization.id)
    return render_template(
        "organizations/history.html", organization=organization, asked=asked, states=rules.STATES,
        past=past, deciders=vetting_queries.decider_names(past), vetting_rules=vetting_rules, rules=rules,
        chronicle=chronicle("organization", str(organization.id), FIELDS, spoken(), asked,
                            rules.readable_states(current_user, organization)))
