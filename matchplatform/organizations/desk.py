"""The vetting desk: who waits, one organization beside what the registry says, and the decision."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.audit.queries import history
from matchplatform.catalog.queries import current_campaign, region
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.organizations import attachments as _attachments  # noqa: F401  (registers its owner)
from matchplatform.organizations import operations, queries, rules, vetting_queries, vetting_rules
from matchplatform.organizations.forms import RegistryForm, read_checklist
from matchplatform.organizations.views import blueprint
from matchplatform.web.access import requires
from matchplatform.web.forms import version_of
from matchplatform.web.listing import read_arguments
from matchplatform.web.navigation import badges
from matchplatform.web.transaction import undo

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
    return (render_template("organizations/review.html", form=form, fault=fault, **_shown(organization)),
            422 if fault or form.errors else 200)


@blueprint.post("/desk/vetting/<int:organization_id>/decide")
@requires(*VETTERS)
def decide(organization_id: int) -> Any:
    """Pass or return, by what was compared with the certificate; then the next case."""
    organization = queries.reviewable_organization(current_user, organization_id)
    verb, checklist = request.form.get("verb", ""), read_checklist(request.form)
    if verb not in vetting_rules.VERBS:
        raise NotFound
    try:
        done = operations.act(current_user, organization, verb, "", version_of(request.form.get("version")), checklist)
    except Conflict:
        raise
    except Refusal as refusal:  # said above the checklist, which stands as it was typed
        undo()
        organization = queries.reviewable_organization(current_user, organization_id)
        return render_template("organizations/review.html", form=RegistryForm(obj=organization, formdata=None),
                               fault=None, refused=refusal, **{**_shown(organization), "checklist": checklist}), 422
    flash(f"{organization.name}：{done.done}", "go")
    place = vetting_queries.place_of(current_user, organization.id)
    if place.next_id is None:
        return redirect(url_for("organizations.vetting"), 303)
    flash(f"还有 {place.total} 家等您审，这是下一家。", "info")
    return redirect(url_for("organizations.review", organization_id=place.next_id), 303)


def _shown(organization: Any) -> dict[str, Any]:
    """What stands around the registry form."""
    past = vetting_queries.vettings_of(organization.id)
    mine = rules.parties(current_user, organization)
    open_verbs = rules.LIFECYCLE.open_to(mine, organization.status)
    return {
        "organization": organization, "mine": mine, "rules": rules, "vetting_rules": vetting_rules,
        "verbs": [one for one in open_verbs if one.verb not in vetting_rules.VERBS],
        "may_decide": any(one.verb in vetting_rules.VERBS for one in open_verbs),
        "papers": vetting_queries.papers_of(organization), "checklist": vetting_rules.Checklist(),
        "past": past, "deciders": vetting_queries.decider_names(past),
        "place": vetting_queries.place_of(current_user, organization.id),
        "missing": vetting_queries.missing_to_submit(organization), "authority": region(organization.authority_code),
        "history": history("organization", organization.id),
        "checks": rules.registry_checks(organization, current_campaign(), clock.today(), needs_province=True),
        "due": rules.due_at(organization.submitted_at) if organization.status == "submitted" else None}
