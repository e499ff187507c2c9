"""Pairings from the two sides: bid, order, list, detail, agreement, and the verbs."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog.queries import categories, cities, counties, current_campaign, short_name
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.core.rules import Check
from matchplatform.matching.queries import Match, match_of
from matchplatform.needs.queries import desk_need, open_needs_of
from matchplatform.offerings.queries import open_offerings_of, public_offering
from matchplatform.pairings import confirmation_operations, operations, queries, reservation_work, rules, work  # noqa: F401  (register)
from matchplatform.pairings.approval_queries import pushed
from matchplatform.pairings.cases import parts_of
from matchplatform.pairings.checks import failures
from matchplatform.pairings.confirmation_queries import (
    answer_day,
    change_reasons,
    is_silent,
    open_changes,
    version_shown,
)
from matchplatform.pairings.forms import AgreementForm, OrderForm, ProposalForm
from matchplatform.pairings.sections import sections_of
from matchplatform.web.access import requires, safe_path
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments

blueprint = Blueprint("pairings", __name__)

DESK = ("county_officer", "organization_member", "city_officer", "province_officer")
MOST_CHOICES = 30
AMOUNTS = ("offered_funds_fen", "offered_in_kind_fen")


@blueprint.app_template_global()
def cure_link(check: Check, code: str) -> tuple[str, str] | None:
    """(label, href) of the page on which a member of the organization can mend what failed."""
    if check.key in ("area", "capacity", "offering_open"):
        return "去改这项供给", url_for("offerings.edit", code=code)
    if check.key == "need_open":
        return "看看其他需求", url_for("portal.needs")
    return "去看本组织资料", url_for("organizations.profile")


def _picked(matches: list[Match], wanted: str, code: Any) -> Match | None:
    """The chosen match, else the first that is eligible, else the first."""
    return next((m for m in matches if code(m) == wanted), None) or next(
        (m for m in matches if m.eligible), matches[0] if matches else None)


@blueprint.route("/desk/needs/<code>/bid", methods=["GET", "POST"])
@requires("organization_member")
def bid(code: str) -> Any:
    """接单: choose one of the own offerings, see every rule, say how."""
    need = desk_need(current_user, code)
    matches = sorted((match_of(need, one) for one in open_offerings_of(current_user.organization_id)),
                     key=lambda m: (not m.eligible, -m.score.total))[:MOST_CHOICES]
    form = ProposalForm()
    chosen = form.choice.data
    picked = _picked(matches, form.choice.data or request.args.get("offering", ""), lambda m: m.offering.code)
    form.choice.choices = [(m.offering.code, m.offering.title) for m in matches]
    form.choice.data = picked.offering.code if picked else None
    form.lines.offer(need.lines)
    form.seen.data = form.seen.data or str(version_shown(need))
    if picked and request.method == "GET":
        form.offered_funds_fen.data, form.offered_in_kind_fen.data = (picked.offering.funds_fen,
                                                                      picked.offering.in_kind_fen)
    live = queries.live_pairing(need.id, current_user.organization_id)

    def propose() -> Any:
        return operations.bid(current_user, need, picked.offering, form.values)

    return _proposal("pairings/bid.html", form, chosen, propose, need=need, matches=matches, picked=picked, live=live,
                     cures={c.key: cure_link(c, picked.offering.code) for c in failures(picked.checks)}
                     if picked else {})


@blueprint.route("/desk/offerings/<code>/order", methods=["GET", "POST"])
@requires("county_officer")
def order(code: str) -> Any:
    """点单: choose one of the county's open needs, see every rule, say what is hoped for."""
    offering = public_offering(code)
    matches = sorted((match_of(one, offering) for one in open_needs_of(current_user.county_code)),
                     key=lambda m: (not m.eligible, -m.score.total))[:MOST_CHOICES]
    form = OrderForm()
    chosen = form.choice.data
    picked = _picked(matches, form.choice.data or request.args.get("need", ""), lambda m: m.need.code)
    form.choice.choices = [(m.need.code, m.need.title) for m in matches]
    form.choice.data = picked.need.code if picked else None
    form.lines.offer(picked.need.lines if picked else ())
    form.seen.data = form.seen.data or str(version_shown(offering))
    live = queries.live_pairing(picked.need.id, offering.organization_id) if picked else None

    def propose() -> Any:
        return operations.order(current_user, offering, picked.need, form.values)

    # With this order it would be one more.
    orders, declined, near = pushed(current_user.county_code, offering.organization_id)
    pressed = rules.push_verdict(orders + 1, declined, near + (0 if orders else 1))
    return _proposal("pairings/order.html", form, chosen, propose, offering=offering, matches=matches, picked=picked,
                     live=live, pressed=None if pressed else pressed)


def _proposal(template: str, form: ProposalForm, chosen: str | None, propose: Any, **shown: Any) -> Any:
    """The common course of both forms: check again, refuse beside what was typed, or go to the new pairing.

    `chosen` is what was posted; where it cannot be had any more, nothing else is proposed in its place unasked.
    """
    fault = None
    gone = request.method == "POST" and "recheck" not in request.form and chosen != form.choice.data
    if gone and shown["picked"]:
        fault = Refusal("您选的那一项现在不能用了，这次没有报出。", "下面换成了另一项，请核对后再报。")
    elif request.method == "POST" and "recheck" not in request.form and form.validate() and shown["picked"]:
        try:
            pairing = propose()
        except Refusal as refusal:
            fault = refusal
            form.seen.data = str(version_shown(shown.get("need") or shown["offering"]))  # told once, then known
        else:
            flash(f"已报出，编号 {pairing.code}。对方收到了消息，答复后会告诉您。", "go")
            return redirect(url_for("pairings.detail", code=pairing.code), 303)
    status = 422 if fault or (form.errors and "recheck" not in request.form) else 200
    return render_template(template, form=form, fault=fault, short=short_name, **shown), status


@blueprint.get("/desk/pairings")
@requires(*DESK)
def list() -> str:
    """Everything within the actor's reach, filtered and sorted by the URL."""
    wanted = read_arguments(queries.PairingFilter, request.args)
    page = queries.desk_pairings(current_user, wanted)
    city = current_user.city_code if current_user.role == "city_officer" else wanted.city
    return render_template(
        "pairings/list.html", page=page, wanted=wanted, states=rules.SHOWN, origins=rules.ORIGINS,
        sorts=queries.SORTS, late=queries.LATE, counts=queries.state_counts(current_user, wanted),
        categories=categories(), cities=cities() if current_user.role == "province_officer" else [],
        counties=counties(city) if current_user.role in rules.DECIDERS and city else [],
        short=short_name)


@blueprint.get("/desk/pairings/<code>")
@requires(*DESK)
def detail(code: str) -> str:
    """One pairing: both sides, what happened, terms, and what the reader may do now."""
    pairing = queries.desk_pairing(current_user, code)
    mine, answer_by = queries.parties_of(current_user, pairing), answer_day(pairing)
    overdue = is_silent(pairing)
    return render_template(
        "pairings/detail.html", pairing=pairing, short=short_name,
        moves=queries.moves_of(pairing), parts=parts_of(pairing),
        verbs=rules.open_verbs(pairing, mine, overdue), mine=mine, open_changes=open_changes(pairing),
        answer_by=answer_by, overdue=overdue, reasons=change_reasons(pairing),
        sections=sections_of(current_user, pairing),
        recommended=rules.recommended_verdict(pairing), counts=queries.why_counts(pairing, current_campaign()))


@blueprint.post("/desk/pairings/<code>/<verb>")
@requires(*DESK)
def act(code: str, verb: str) -> Any:
    """One move; the version tells a stale page."""
    pairing = queries.desk_pairing(current_user, code)
    done = operations.act(current_user, pairing, verb, clean_text(request.form.get("reason"))[:2000],
                          version_of(request.form.get("version")))
    flash(done.done, "go")
    # A refusal leads back to `back`; after success the desk goes on to its queue (`next`).
    way_on = safe_path(request.form.get("next") or request.form.get("back"))
    return redirect(way_on or url_for("pairings.detail", code=code), 303)


@blueprint.route("/desk/pairings/<code>/sign", methods=["GET", "POST"])
@requires("county_officer")
def sign(code: str) -> Any:
    """Put the signed agreement's dates and amounts on record."""
    pairing = queries.desk_pairing(current_user, code)
    form = AgreementForm(obj=pairing if request.method == "GET" else None)
    if request.method == "GET":
        form.funds_fen.data = pairing.offered_funds_fen if pairing.funds_fen is None else pairing.funds_fen
        form.in_kind_fen.data = (pairing.offered_in_kind_fen if pairing.in_kind_fen is None
                                 else pairing.in_kind_fen)
    fault, offered = None, {"funds_fen": pairing.offered_funds_fen, "in_kind_fen": pairing.offered_in_kind_fen}
    scale = rules.scale_verdict(form.terms, offered)
    filled = form.validate_on_submit()
    if filled and not scale and not form.sure.data:
        fault = Refusal(scale.reason, scale.remedy)
    elif filled:
        try:
            done = operations.act(current_user, pairing, "sign", version=version_of(form.version.data),
                                  terms=form.terms)
        except Conflict:
            raise  # the page is stale: show the pairing as it is now, not this form
        except Refusal as refusal:
            fault = refusal
        else:
            flash(done.done, "go")
            return redirect(url_for("pairings.detail", code=code), 303)
    allowed = rules.LIFECYCLE.verdict("sign", pairing.status, queries.parties_of(current_user, pairing))
    return (render_template("pairings/sign.html", pairing=pairing, form=form, fault=fault, allowed=allowed,
                            asks=form.is_submitted() and not scale), 422 if fault or form.errors else 200)
