"""Home, the pages of records, the list behind the count, help, and the load balancer's question."""

from typing import Any

import sqlalchemy as sa
from flask import current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.audit.operations import record
from matchplatform.catalog.queries import categories, current_campaign, key_county_codes
from matchplatform.core.clock import now, start_of_day, today
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.extensions import db
from matchplatform.matching import corpus
from matchplatform.matching.queries import match_of, ranked_needs, similar_needs
from matchplatform.needs.change_queries import released_changes
from matchplatform.needs.merger_queries import successor
from matchplatform.needs.queries import desk_need, public_need
from matchplatform.needs.rules import AID_MODES, URGENCIES, has_residual, is_open
from matchplatform.offerings.queries import desk_offering, open_offerings_of, public_offering
from matchplatform.offerings.revision_queries import released_offering_changes
from matchplatform.offerings.rules import COST_MODELS
from matchplatform.organizations import rules as organization_rules
from matchplatform.organizations.queries import public_organization, visible_organization
from matchplatform.pairings.queries import goal_figures, headline, live_pairing
from matchplatform.portal import queries
from matchplatform.portal.blueprint import blueprint
from matchplatform.web.access import public, safe_path, signed_in
from matchplatform.web.forms import clean_text, version_of

HOT_WORDS = ("老年食堂", "教学点师资", "脐橙销路", "村医培训", "防返贫就业", "暑期托管")


@blueprint.get("/")
@public
def home() -> str:
    """The count, what is needed, what is offered, where."""
    category = request.args.get("category", "")
    campaign = current_campaign()
    rows = queries.county_rows()
    waiting = sorted((r for r in rows if r.is_key), key=lambda r: (-r.open_needs, r.code))
    return render_template(
        "portal/home.html", category=category, categories=queries.open_needs_by_category(),
        needs=queries.newest_needs(category), open_needs=queries.open_need_count(),
        fresh=queries.released_since(start_of_day(today())), offerings=queries.newest_offerings(),
        open_offerings=queries.open_offering_count(), hot=HOT_WORDS, headline=headline(), goal=goal_figures(),
        counties=rows, chart=queries.map_data(rows), waiting=waiting[:6],
        uncovered=[r for r in waiting if not r.organizations], campaign=campaign, costs=COST_MODELS,
        pairings=queries.latest_pairings())


@blueprint.get("/needs/<code>")
@public
def need(code: str) -> Any:
    """A released need; a member of an organization sees at once whether and how it may take it."""
    try:
        found = public_need(code)
    except NotFound:
        into = successor(code)
        if into is None:
            raise
        flash(f"{code} 和这条说的是同一件事，已经并入这条。", "wait")
        return redirect(url_for("portal.need", code=into))
    if found.publicity != "public" and not current_user.is_authenticated:
        flash("这条需求只给登录的单位和社会组织看，请先登录。", "wait")
        return redirect(url_for("accounts.sign_in", next=url_for("portal.need", code=code)))
    own, still_open = [], is_open(found, now())
    if current_user.is_authenticated and current_user.role == "organization_member":
        own = sorted((match_of(found, offering) for offering in open_offerings_of(current_user.organization_id)),
                     key=lambda m: (not m.eligible, -m.score.total))
        live = live_pairing(found.id, current_user.organization_id)
    else:
        live = None
    best = own[0] if own else None
    thin = best is not None and best.eligible and best.is_thin
    better = thin and any(m.eligible and not m.is_thin for m in ranked_needs(best.offering))
    return render_template("portal/need.html", need=found, steps=queries.need_steps(found), best=best, better=better,
                           live=live, is_key=found.county_code in key_county_codes(), aid_modes=AID_MODES,
                           urgencies=URGENCIES, may_bid=has_residual(found) if still_open else still_open,
                           similar=similar_needs(found, current_user.is_authenticated),
                           changed=released_changes(found, current_user.is_authenticated))


@blueprint.get("/offerings/<code>")
@public
def offering(code: str) -> str:
    """An offering with what is left of its capacity."""
    found = public_offering(code)
    own = current_user.is_authenticated and current_user.role == "organization_member" and \
        current_user.organization_id == found.organization_id
    return render_template("portal/offering.html", offering=found, own=own, costs=COST_MODELS,
                           changed=released_offering_changes(found))


@blueprint.get("/organizations/<int:organization_id>")
@public
def organization(organization_id: int) -> str:
    """An organization's public profile and its record."""
    found = public_organization(current_user, organization_id)
    return render_template("portal/organization.html", organization=found, rules=organization_rules,
                           rated=organization_rules.rating_is_valid(found, today()), costs=COST_MODELS,
                           category_names={one.code: one.name for one in categories()},
                           **queries.organization_record(found))


@blueprint.get("/help")
@public
def help() -> str:
    """How the platform is used, by role."""
    return render_template("portal/help.html")


@blueprint.post("/unmask")
@signed_in
def unmask() -> Any:
    """Show a whole telephone number: a logged act with a purpose."""
    kind, code, purpose = (clean_text(request.form.get(name)) for name in ("kind", "code", "purpose"))
    if len(purpose) < 4:
        raise Refusal("查看完整号码要写明用途。", "请至少写 4 个字，例如“商量送货时间”。")
    if kind == "need":
        found: Any = desk_need(current_user, code)
    elif kind == "offering":
        found = desk_offering(current_user, code)
    elif kind == "organization" and (number := version_of(code)) is not None:
        found = visible_organization(current_user, number)
    else:
        raise NotFound
    if not found.contact_phone:
        raise Refusal("对方没有留电话。")
    record(current_user, "unmask", "查看完整号码", "contact", object_id=code, reason=purpose,
           object_label=getattr(found, "title", None) or found.name,
           county_code=getattr(found, "county_code", None),
           organization_id=found.id if kind == "organization" else getattr(found, "organization_id", None))
    flash(f"{found.contact_name or '联系人'}：{found.contact_phone}。这次查看已留下记录。", "go")
    return redirect(safe_path(request.form.get("back") or request.referrer) or url_for("portal.home"), 303)


@blueprint.get("/healthz")
@public
def healthz() -> Any:
    """The database answers and the index is built; 503 otherwise."""
    try:
        db.session.execute(sa.select(1))
        sizes = {"needs": len(corpus.needs().index.ids), "offerings": len(corpus.offerings().index.ids)}
    except Exception as error:
        current_app.logger.exception("health check failed")
        return jsonify(status="unavailable", fault=type(error).__name__), 503
    return jsonify(status="ok", index=sizes, at=now().isoformat())
