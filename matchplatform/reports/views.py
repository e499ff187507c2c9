"""The steering board: the goal first, then where it is stuck. Every number links to its list."""

from flask import Blueprint, render_template, request
from flask_login import current_user

from matchplatform.catalog.queries import current_campaign
from matchplatform.catalog.rules import has_ended, planned
from matchplatform.core.clock import today
from matchplatform.pairings.queries import awaiting_review, counted_organizations, headline, trend
from matchplatform.reports import queries
from matchplatform.web.access import requires

blueprint = Blueprint("reports", __name__, url_prefix="/desk/dashboard")


@blueprint.get("")
@requires("province_officer", "city_officer")
def dashboard() -> str:
    """The goal, the trend, the funnel, cities, the map and the gap matrix."""
    campaign = current_campaign()
    as_of = min(today(), campaign.ends_on) if campaign else today()
    keys = queries.key_county_rows(current_user)
    biggest = max((n for row in keys for n in row.waiting.values()), default=0)
    whole = request.args.get("counties") == "all"
    shown = keys if whole else sorted(keys, key=lambda r: (-r.total, r.code))[:12]
    line = trend(campaign) if campaign else []
    chart = {
        "actual": [[day.isoformat(), n] for day, n in line],
        "plan": [[day.isoformat(), planned(campaign, day)] for day, _ in line]
        + [[campaign.ends_on.isoformat(), campaign.goal]] if campaign else [],
        "goal": campaign.goal if campaign else 0,
    }
    return render_template(
        "reports/dashboard.html", campaign=campaign, as_of=as_of, ended=bool(campaign and has_ended(campaign, today())),
        total=len(counted_organizations(campaign, as_of)) if campaign else 0,
        planned=planned(campaign, as_of) if campaign else 0, headline=headline(), funnel=queries.funnel(current_user),
        slow=queries.slow_to_sign(current_user), overdue=queries.overdue(current_user),
        awaiting=len(awaiting_review(current_user, 1000)), cities=queries.city_rows(current_user), keys=keys,
        shown=shown, whole=whole, biggest=biggest, heat=queries.heat, categories=queries.matrix_categories(),
        trend=line, chart=chart)
