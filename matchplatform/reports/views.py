"""The steering board: the goal first, then where it is stuck. Every number links to its list."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog.queries import current_campaign
from matchplatform.catalog.rules import planned
from matchplatform.pairings.approval_queries import awaiting_count, due_today
from matchplatform.pairings.queries import goal_figures, headline, trend
from matchplatform.reports import queries
from matchplatform.web.access import requires

blueprint = Blueprint("reports", __name__, url_prefix="/desk/dashboard")

FIRST_COUNTIES = 12  # rows of the gap matrix before "all" is asked for


@blueprint.get("")
@requires("province_officer", "city_officer")
def dashboard() -> str:
    """The goal, the trend, the funnel, cities, the map and the gap matrix."""
    keys = queries.key_county_rows(current_user)
    whole = request.args.get("counties") == "all"
    most_gaps = sorted(keys, key=lambda r: (-r.total, r.code))
    everywhere = queries.county_rows(current_user)
    return render_template(
        "reports/dashboard.html", goal=goal_figures(), headline=headline(), funnel=queries.funnel(current_user),
        slow=queries.slow_to_sign(current_user), overdue=queries.overdue(current_user),
        awaiting=awaiting_count(current_user), due=due_today(current_user), cities=queries.city_rows(current_user),
        keys=keys, uncovered=[row for row in keys if not row.organizations], counties=everywhere,
        chart=map_data(everywhere), shown=keys if whole else most_gaps[:FIRST_COUNTIES], whole=whole,
        biggest=max((n for row in keys for n in row.waiting.values()), default=0), heat=queries.heat,
        categories=queries.matrix_categories(), **trend_data())


def trend_data() -> dict[str, Any]:
    """The trend as rows (day, actual, planned) for the table, and as the chart's data block."""
    campaign = current_campaign()
    if campaign is None:
        return {"trend": [], "trend_chart": None}
    rows = [(day, n, planned(campaign, day)) for day, n in trend(campaign)]
    # The chart begins where the count does; the table has the empty months before it too.
    begun = next((i for i, (_, n, _) in enumerate(rows) if n), 0)
    drawn = rows[max(0, begun - 1):]
    plan = [[day.isoformat(), p] for day, _, p in drawn]
    if rows and rows[-1][0] < campaign.ends_on:
        plan.append([campaign.ends_on.isoformat(), campaign.goal])
    return {"trend": rows, "trend_chart": {"actual": [[day.isoformat(), n] for day, n, _ in drawn], "plan": plan,
                                           "goal": campaign.goal}}


def map_data(rows: list[queries.CountyRow]) -> dict[str, Any]:
    """The map's data block; `href` takes a county's code."""
    return {"href": url_for("portal.needs", state="open") + "&county=",
            "counties": [{"code": r.code, "name": r.name, "value": r.open_needs, "key": r.is_key,
                          "pair": r.organizations} for r in rows]}
