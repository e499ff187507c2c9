"""Posters: the page to choose and print, and the PDF."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog.queries import place, region, townships
from matchplatform.catalog.village_queries import village_now, villages_of
from matchplatform.core.errors import NotFound
from matchplatform.orders import poster, queries
from matchplatform.orders.desk import OFFICES
from matchplatform.orders.views import blueprint
from matchplatform.web.access import requires
from matchplatform.web.forms import version_of


def _wanted() -> tuple[Any, Any, poster.Poster | None]:
    """(township, village, the poster) of the address; a place outside the actor's reach is NotFound."""
    own = current_user.township_code
    found = village_now(version_of(request.args.get("village")))
    code = found.village.township_code if found.village is not None else request.args.get("township") or own
    township = region(code)
    if township is None:
        return None, None, None
    if township.level != "township" or (own and own != code) or (
            current_user.county_code and township.parent_code != current_user.county_code):
        raise NotFound
    village = found.village
    arguments = {"village": village.id} if village is not None else {"township": township.code}
    office = queries.office_near(township.code)
    return township, village, poster.Poster(
        place(township.parent_code)[-40:] + township.name + (village.name if village is not None else ""),
        url_for("orders.new", _external=True, **arguments), office.phone if office else "待填",
        office.hours if office else "")


@blueprint.get("/desk/orders/poster")
@requires(*OFFICES)
def posters() -> str:
    """Choose township and village, look at the poster, print or download it."""
    township, village, made = _wanted()
    county = current_user.county_code
    return render_template(
        "orders/poster.html", township=township, village=village, poster=made, steps=poster.STEPS,
        modules=poster.modules(made.address) if made else [], quiet=poster.QUIET, has_font=poster.font() is not None,
        no_font=(poster.NO_FONT, poster.NO_FONT_CURE), townships=townships(county) if county else [],
        villages=villages_of(township.code) if township is not None else [])


@blueprint.get("/desk/orders/poster.pdf")
@requires(*OFFICES)
def poster_pdf() -> Any:
    """One A4 page."""
    township, village, made = _wanted()
    if made is None:
        raise NotFound
    found = poster.pdf(made)
    if found is None:
        flash(f"{poster.NO_FONT}{poster.NO_FONT_CURE}", "wait")
        return redirect(url_for("orders.posters", **({"village": village.id} if village is not None else
                                                     {"township": township.code})))
    return Response(found, mimetype="application/pdf",
                    headers={"Content-Disposition": f"attachment; filename=poster-{township.code}.pdf"})
