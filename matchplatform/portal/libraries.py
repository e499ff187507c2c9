"""The public lists: needs, offerings, organizations, pairings. The whole state stands in the URL."""

from flask import render_template, request
from flask_login import current_user

from matchplatform.catalog.queries import current_campaign, key_county_codes
from matchplatform.matching.queries import search_needs, search_offerings
from matchplatform.needs import queries as need_queries
from matchplatform.offerings import queries as offering_queries
from matchplatform.organizations import queries as organization_queries
from matchplatform.pairings import queries as pairing_queries
from matchplatform.portal.blueprint import blueprint
from matchplatform.web.access import public
from matchplatform.web.listing import read_arguments

VIEWS = ("table", "cards", "map")


@blueprint.get("/needs")
@public
def needs() -> str:
    """需求项目库."""
    wanted = read_arguments(need_queries.NeedFilter, request.args)
    ids = search_needs(wanted.q) if wanted.q else None
    view = request.args.get("view", "table")
    return render_template("portal/needs.html", wanted=wanted, page=need_queries.public_needs(wanted, ids),
                           facets=need_queries.facets(wanted, ids), view=view if view in VIEWS else "table",
                           keys=key_county_codes())


@blueprint.get("/offerings")
@public
def offerings() -> str:
    """供给项目库."""
    wanted = read_arguments(offering_queries.OfferingFilter, request.args)
    ids = search_offerings(wanted.q) if wanted.q else None
    return render_template("portal/offerings.html", wanted=wanted,
                           page=offering_queries.public_offerings(wanted, ids),
                           facets=offering_queries.facets(wanted, ids))


@blueprint.get("/organizations")
@public
def organizations() -> str:
    """The organizations that passed vetting."""
    wanted = read_arguments(organization_queries.OrganizationFilter, request.args)
    return render_template("portal/organizations.html", wanted=wanted,
                           page=organization_queries.public_organizations(wanted))


@blueprint.get("/pairings")
@public
def pairings() -> str:
    """Pairings that were approved."""
    wanted = read_arguments(pairing_queries.PairingFilter, request.args)
    return render_template("portal/pairings.html", wanted=wanted, page=pairing_queries.public_pairings(wanted),
                           campaign=current_campaign(), visitor=current_user)
