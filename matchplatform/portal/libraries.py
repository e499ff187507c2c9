"""The public lists: needs, offerings, organizations, pairings. The whole state stands in the URL."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import render_template, request
from flask_login import current_user

from matchplatform.catalog.queries import current_campaign, key_county_codes
from matchplatform.core.typed import Field
from matchplatform.matching.finding import Found, find_needs, find_offerings, find_organizations, known
from matchplatform.needs import filters as need_filters
from matchplatform.needs.rules import AID_MODES
from matchplatform.offerings import filters as offering_filters
from matchplatform.offerings.rules import COST_MODELS
from matchplatform.organizations import queries as organization_queries
from matchplatform.organizations import rules as organization_rules
from matchplatform.pairings import queries as pairing_queries
from matchplatform.pairings import rules as pairing_rules
from matchplatform.portal import queries
from matchplatform.portal.blueprint import blueprint
from matchplatform.portal.marking import marker
from matchplatform.web.access import public
from matchplatform.web.jinja import url_with
from matchplatform.web.listing import read_arguments, written

VIEWS = ("table", "cards", "map")
SORTS = {"approved": "最新批准", "moved": "最近有动静"}  # of pairings: scores and due dates are the desk's


def _shown(wanted: Any, found: Found, fields: Sequence[Field], unit: str) -> dict[str, Any]:
    """What both libraries' pages want of an answer; the counties' rows only for the map."""
    view = request.args.get("view", "table")
    view = view if view in VIEWS else "table"
    rows = queries.county_rows(found.by_county) if view == "map" else []
    return {"wanted": wanted, "found": found, "page": found.page, "facets": found.facets, "view": view,
            "fields": {one.name: one for one in fields}, "marked": marker(wanted.q), "arguments": written(wanted),
            "counties": rows,
            "chart": queries.map_data(rows, url_with(view=None, county=None), "符合条件", unit) if rows else None}


@blueprint.get("/needs")
@public
def needs() -> str:
    """需求项目库."""
    wanted = known(read_arguments(need_filters.NeedFilter, request.args))
    return render_template("portal/needs.html", library="needs", sorts=need_filters.SORTS, aid_modes=AID_MODES,
                           keys=key_county_codes(),
                           **_shown(wanted, find_needs(wanted, current_user), need_filters.TYPED, "条"))


@blueprint.get("/offerings")
@public
def offerings() -> str:
    """供给项目库."""
    wanted = known(read_arguments(offering_filters.OfferingFilter, request.args))
    return render_template("portal/offerings.html", library="offerings", sorts=offering_filters.SORTS,
                           costs=COST_MODELS,
                           **_shown(wanted, find_offerings(wanted, current_user), offering_filters.TYPED, "项"))


@blueprint.get("/organizations")
@public
def organizations() -> str:
    """The organizations that passed vetting."""
    wanted = known(read_arguments(organization_queries.OrganizationFilter, request.args))
    found = find_organizations(wanted, current_user)
    return render_template("portal/organizations.html", wanted=wanted, library="organizations", page=found.page,
                           facets=found.facets, rules=organization_rules, sorts=organization_queries.SORTS,
                           marked=marker(wanted.q), arguments=written(wanted))


@blueprint.get("/pairings")
@public
def pairings() -> str:
    """Pairings that were approved."""
    wanted = read_arguments(pairing_queries.PairingFilter, request.args)
    if wanted.sort not in SORTS:
        wanted = replace(wanted, sort="approved")
    return render_template("portal/pairings.html", wanted=wanted, page=pairing_queries.public_pairings(wanted),
                           campaign=current_campaign(), sorts=SORTS,
                           states=[pairing_rules.STATES[one] for one in pairing_rules.COUNTED])
