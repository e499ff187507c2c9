"""The eligibility passport: for the organization's own people, and for the office that looks after it."""

import datetime as dt
from typing import Any

from flask import render_template, url_for
from flask_login import current_user

from matchplatform.catalog.queries import current_campaign
from matchplatform.core import clock
from matchplatform.organizations import passport, queries, radar_rules, rules
from matchplatform.organizations.passport import Version
from matchplatform.organizations.views import blueprint
from matchplatform.revisions.queries import versions
from matchplatform.web.access import requires


@blueprint.get("/desk/organization/passport")
@requires("organization_member")
def passport_own() -> str:
    """Which rules the own organization passes, why not, how to mend it, since when."""
    return _page(queries.organization_of(current_user))


@blueprint.get("/desk/organizations/<int:organization_id>/passport")
@requires("province_officer", "city_officer")
def passport_of(organization_id: int) -> str:
    """The same of an organization that the office looks after."""
    return _page(queries.reviewable_organization(current_user, organization_id))


def _page(organization: Any) -> str:
    campaign, now, today = current_campaign(), clock.now(), clock.today()
    past = [Version(one.at, one.status, one.values) for one in versions("organization", organization.code)]
    parts = [(head, passport.standings(
        rules.registry_checks(organization, campaign, today, key), past, campaign, now, key))
        for head, key in (("和重点帮扶县结对", True), ("接其他县（市、区）的需求", False))]
    endings = radar_rules.endings(organization)
    return render_template(
        "organizations/passport.html", organization=organization, parts=parts, campaign=campaign, rules=rules,
        links=_links(organization), endings=endings, cures=radar_rules.CURES,
        ahead=today + dt.timedelta(days=radar_rules.AHEAD), own=current_user.role == "organization_member")


def _links(organization: Any) -> dict[str, tuple[str, str]]:
    """Where a rule that fails is mended: key → (address, label)."""
    if current_user.role != "organization_member":
        desk = url_for("organizations.review", organization_id=organization.id)
        return dict.fromkeys(("vetted",), (desk, "去审核")) | dict.fromkeys(
            ("abnormal", "dishonest", "penalty", "report", "rating"), (f"{desk}#registry", "去更新登记信息"))
    edit = url_for("organizations.edit")
    return {"vetted": (url_for("organizations.profile"), "去“本组织”办"),
            "age": (f"{edit}#founded_on", "去填成立日期"), "staff": (f"{edit}#full_time_staff", "去更新人数"),
            "level": (url_for("portal.needs"), "看需求项目库")}
