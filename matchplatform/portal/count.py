"""结对数是怎么算的: the number toward the goal as of any day, the list behind it, and why one pairing counts or not."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask_login import current_user

from matchplatform.catalog.queries import campaign_by_id, counties, current_campaign, region
from matchplatform.catalog.rules import figure_day_verdict
from matchplatform.core.clock import parse_date, today
from matchplatform.core.errors import NotFound
from matchplatform.core.rules import Verdict
from matchplatform.pairings.models import Pairing
from matchplatform.pairings.queries import counted_organizations, goal_figures, why_counts
from matchplatform.portal.blueprint import blueprint
from matchplatform.results.queries import known_pairing
from matchplatform.web.access import public
from matchplatform.web.forms import clean_text


@dataclass(frozen=True)
class Asked:
    """What the visitor typed, and the sentence where it was no use."""

    typed: str
    fault: str = ""


@blueprint.get("/count")
@public
def count() -> str:
    """How the number is made: the definition and the organizations behind it, of one county or city if asked.

    `campaign` names an earlier one, whose final figure stays to be seen after the next has begun; `as_of` a day; and
    `pairing` the code of one of which somebody asks whether it counts.
    """
    number = request.args.get("campaign", "")
    campaign = campaign_by_id(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    campaign = campaign or current_campaign()
    typed = clean_text(request.args.get("as_of"))[:40]
    as_of, fault = _day(typed, campaign)
    goal = goal_figures(campaign, as_of)
    rows = counted_organizations(campaign, goal["as_of"]) if goal else []
    area = region(request.args.get("county") or request.args.get("city"))
    if area is not None:
        inside = {one.code for one in counties(area.code)} | {area.code}
        rows = [row for row in rows if any(one.county_code in inside for one in row.pairings)]
    code = clean_text(request.args.get("pairing"))[:40].upper()
    pairing, verdict = _answer(code, campaign, goal["as_of"] if goal else None)
    return render_template("portal/count.html", goal=goal, rows=rows, area=area, day=Asked(typed, fault),
                           code=code, pairing=pairing, verdict=verdict,
                           kept={name: request.args[name] for name in ("campaign", "county", "city")
                                 if request.args.get(name)})


def _day(typed: str, campaign: Any) -> tuple[dt.date | None, str]:
    """(the day asked for, nothing) or (None, why it cannot be had)."""
    if not typed or campaign is None:
        return None, ""
    try:
        day = parse_date(typed)
    except ValueError as error:
        return None, f"{error}。"
    verdict = figure_day_verdict(campaign, day, today())
    return (day, "") if verdict else (None, verdict.reason)


def _answer(code: str, campaign: Any, as_of: dt.date | None) -> tuple[Pairing | None, Verdict | None]:
    """The pairing asked about, where the visitor may know of it, and whether it counted on that day."""
    if not code:
        return None, None
    try:
        pairing = known_pairing(current_user, code)
    except NotFound:
        return None, Verdict.no(f"没有编号是“{code}”的公开结对。", "编号形如 JD2026-0001，请核对；"
                                "还没有批准的结对，只有办理它的人登录后能查。")
    return pairing, why_counts(pairing, campaign, as_of)
