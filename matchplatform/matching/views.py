"""Ranked matches with their reasons: offerings for a need, needs for an offering. A person decides, not the list."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_login import current_user

from matchplatform.catalog.queries import city_of, key_county_codes
from matchplatform.core.clock import now, today
from matchplatform.matching import corpus, earlier, queries, writing
from matchplatform.needs.queries import desk_need
from matchplatform.needs.rules import can_edit as can_edit_need
from matchplatform.needs.rules import is_open as need_is_open
from matchplatform.offerings.queries import own_offering
from matchplatform.offerings.rules import COST_MODELS
from matchplatform.offerings.rules import can_edit as can_edit_offering
from matchplatform.offerings.rules import is_open as offering_is_open
from matchplatform.organizations.rules import KINDS, LEVELS
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text
from matchplatform.web.listing import read_arguments
from matchplatform.web.transaction import only_asks

blueprint = Blueprint("matching", __name__)
# For pages of the needs, which know no matching.
blueprint.add_app_template_global(earlier.needs_like, "needs_like")


def _typed() -> writing.Typed:
    """The words in the form of a need, as posted."""
    return writing.Typed(**{one: clean_text(request.form.get(one))[:5000] for one in (
        "title", "body", "category_code", "township_code", "code")})


@blueprint.app_template_global()
def beside_form(need: Any) -> writing.Beside:
    """What stands beside the form when the page opens: for what came back with faults, for the saved need, or nothing
    yet."""
    if request.method == "POST":
        return writing.beside_typed(current_user, _typed())
    return writing.beside_saved(current_user, need) if need else writing.Beside(False, [], [])


def _page(template: str, shown: queries.Shown, wanted: queries.MatchFilter, size: int, **values: Any) -> str:
    """The parts that both pages share; the picked match's texts carry the marks."""
    return render_template(template, shown=shown, wanted=wanted, size=size,
                           texts=queries.marked(shown.picked) if shown.picked else None, **values)


@blueprint.get("/desk/needs/<code>/matches")
@requires("county_officer", "township_officer", "city_officer", "province_officer")
def for_need(code: str) -> str:
    """The offerings that fit a need best; a draft may ask too. The need's own county may order from here."""
    need = desk_need(current_user, code)
    wanted = read_arguments(queries.MatchFilter, request.args)
    matches = queries.ranked_offerings(need)
    city = city_of(need.county_code)
    return _page("matching/for_need.html", queries.shown(matches, wanted, "offering"), wanted,
                 corpus.offerings().index.size, compared=queries.compared(matches), need=need,
                 open=need_is_open(need, now()),
                 may_order=current_user.role == "county_officer" and current_user.county_code == need.county_code,
                 may_edit=bool(can_edit_need(current_user, need)), city_code=city.code if city else "",
                 kinds=KINDS, levels=LEVELS, costs=COST_MODELS)


@blueprint.get("/desk/offerings/<code>/matches")
@requires("organization_member", "province_officer")
def for_offering(code: str) -> str:
    """The needs that an offering fits best; its organization may bid from here."""
    offering = own_offering(current_user, code)
    wanted = read_arguments(queries.MatchFilter, request.args)
    matches = queries.ranked_needs(offering)
    return _page("matching/for_offering.html", queries.shown(matches, wanted, "need"), wanted,
                 corpus.needs().index.size, compared=queries.compared(matches), offering=offering,
                 open=offering_is_open(offering, today()),
                 may_bid=current_user.role == "organization_member",
                 may_edit=bool(can_edit_offering(current_user, offering)), keys=key_county_codes())


@blueprint.post("/desk/needs/similar")
@requires("county_officer", "township_officer")
@only_asks
def similar() -> str:
    """A part of the page where a need is written: the county's needs of the last two years with the same purpose, and
    the offerings that could meet it."""
    typed = _typed()
    return render_template("matching/_beside.html", beside=writing.beside_typed(current_user, typed), again=True,
                           need=writing.edited(current_user, typed))
