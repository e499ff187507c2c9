"""The vetting desk: who waits, one organization beside what the registry says, and the decision."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.audit.queries import history
from matchplatform.catalog.queries import current_campaign, region
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.organizations import operations, queries, rules
from matchplatform.organizations.forms import RegistryForm
from matchplatform.organizations.views import blueprint
from matchplatform.web.access import requires
from matchplatform.web.forms import version_of
from matchplatform.web.listing import read_arguments
from matchplatform.web.navigation import badges

VETTERS = ("province_officer", "city_officer")

badges["vetting"] = queries.vetting_count


@blueprint.get("/desk/vetting")
@requires(*VETTERS)
def vetting() -> str:
    """The office's organizations; those that wait first, with the day by which they were promised an answer."""
    wanted = read_arguments(queries.VettingFilter, request.args)
    page = queries.desk_organizations(current_user, wanted)
    return render_template(
        "organizations/vetting.html", page=page, wanted=wanted, states=rules.STATES, levels=rules.LEVELS,
        kinds=rules.KINDS, sorts=queries.VETTING_SORTS, counts=queries.state_counts(current_user, wanted),
        due={one.id: rules.due_at(one.submitted_at) for one in page.items if one.status == "submitted"})


@blueprint.route("/desk/vetting/<int:organization_id>", methods=["GET", "POST"])
@requires(*VETTERS)
def review(organization_id: int) -> Any:
    """Data as registered beside the registry's facts; POST saves those facts."""
    organization = queries.reviewable_organization(current_user, organization_id)
    form = RegistryForm(obj=organization if request.method == "GET" else None)
    fault = None
    if form.validate_on_submit():
        try:
            changed = operations.record_registry(current_user, organization, form.values, form.basis.data,
                                                 version_of(form.version.data))
        except Conflict:
            raise  # the page is stale: show the record as it is now, not this form
        except Refusal as refusal:
            fault = refusal
        else:
            flash(f"已保存：{'、'.join(changed)}。对方会收到消息。" if changed else "内容没有变化。",
                  "go" if changed else "info")
            return redirect(url_for("organizations.review", organization_id=organization_id), 303)
    return (render_template("organizations/review.html", organization=organization, form=form, fault=fault,
                            **_shown(organization)), 422 if fault or form.errors else 200)


def _shown(organization: Any) -> dict[str, Any]:
    """What stands around the registry form."""
    mine = rules.parties(current_user, organization)
    return {
        "verbs": rules.LIFECYCLE.open_to(mine, organization.status), "mine": mine, "rules": rules,
        "missing": rules.missing_fields(organization), "authority": region(organization.authority_code),
        "history": history("organization", organization.id),
        "checks": rules.registry_checks(organization, current_campaign(), clock.today(), needs_province=True),
        "due": rules.due_at(organization.submitted_at) if organization.status == "submitted" else None}
