"""The public lists: needs, offerings, organizations, pairings. The whole state stands in the URL."""

from dataclasses import replace

from flask import render_template, request

from matchplatform.catalog.queries import current_campaign, key_county_codes
from matchplatform.matching.queries import search_needs, search_offerings
from matchplatform.needs import queries as need_queries
from matchplatform.needs.rules import AID_MODES
from matchplatform.offerings import queries as offering_queries
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
from matchplatform.web.listing import read_arguments

VIEWS = ("table", "cards", "map")
SORTS = {"approved": "最新批准", "moved": "最近有动静"}  # of pairings: scores and due dates are the desk's


@blueprint.get("/needs")
@public
def needs() -> str:
    """需求项目库."""
    wanted = read_arguments(need_queries.NeedFilter, request.args)
    ids = search_needs(wanted.q) if wanted.q else None
    view = request.args.get("view", "table")
    counties = queries.county_rows(need_queries.counts_by_county(wanted, ids)) if view == "map" else []
    return render_template("portal/needs.html", wanted=wanted, page=need_queries.public_needs(wanted, ids),
                           facets=need_queries.facets(wanted, ids),
                           hits=None if ids is None else len(ids), view=view if view in VIEWS else "table",
                           keys=key_county_codes(), sorts=need_queries.SORTS, aid_modes=AID_MODES,
                           marked=marker(wanted.q), open_needs=queries.open_need_count(),
                           counties=counties,
                           chart=queries.map_data(counties, url_with(view=None, county=None), "符合条件"))


@blueprint.get("/offerings")
@public
def offerings() -> str:
    """供给项目库."""
    wanted = read_arguments(offering_queries.OfferingFilter, request.args)
    ids = search_offerings(wanted.q) if wanted.q else None
    return render_template("portal/offerings.html", wanted=wanted,
                           page=offering_queries.public_offerings(wanted, ids),
                           facets=offering_queries.facets(wanted, ids), hits=None if ids is None else len(ids),
                           sorts=offering_queries.SORTS, costs=COST_MODELS,
                           marked=marker(wanted.q), open_offerings=queries.open_offering_count())


@blueprint.get("/organizations")
@public
def organizations() -> str:
    """The organizations that passed vetting."""
    wanted = read_arguments(organization_queries.OrganizationFilter, request.args)
    return render_template("portal/organizations.html", wanted=wanted,
                           page=organization_queries.public_organizations(wanted), rules=organization_rules,
                           sorts=organization_queries.SORTS, marked=marker(wanted.q))


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
