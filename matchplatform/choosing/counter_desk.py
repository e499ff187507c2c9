"""The page on which an organization proposes other terms to an order, and the part of the pairing's page."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog.queries import short_name
from matchplatform.choosing import counter_operations, counter_queries, rules
from matchplatform.choosing.forms import CounterForm
from matchplatform.choosing.queries import reply_of_pairing
from matchplatform.choosing.views import blueprint
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.pairings.queries import desk_pairing, parties_of
from matchplatform.pairings.sections import Section, add_section
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.transaction import undo


@dataclass(frozen=True)
class Part:
    """What the pairing's page shows: what was proposed back, and what the reader may do."""

    counters: list[Any]
    may_propose: bool
    verbs: list[Any]
    reserved_until: Any


def load(actor: Any, pairing: Any) -> Part | None:
    """Nothing for a bid; for an order also until when its place is kept."""
    if pairing.origin != "order":
        return None
    counters, mine = counter_queries.counters_of(pairing), parties_of(actor, pairing)
    waits = next((one for one in counters if one.status == "open"), None)
    able = bool(rules.counter_verdict(pairing))
    part = Part(counters, able and "organization" in mine and waits is None,
                rules.COUNTER_LIFECYCLE.open_to(mine, "open") if waits is not None and able else [],
                pairing.reserved_until)
    return part if part.counters or part.may_propose or part.reserved_until else None


add_section(Section("choosing/_counter.html", load, place=20))
add_section(Section("choosing/_chosen.html", lambda actor, pairing: reply_of_pairing(pairing.id), "aside", place=20))


@blueprint.route("/desk/pairings/<code>/counter", methods=["GET", "POST"])
@requires("organization_member")
def counter(code: str) -> Any:
    """Which lines, how much, with which money and when instead."""
    pairing, form, fault = desk_pairing(current_user, code), CounterForm(), None
    if request.method == "GET":
        form.lines.keep(pairing.taken, pairing.need.lines)
        form.funds_fen.data, form.in_kind_fen.data = pairing.offered_funds_fen, pairing.offered_in_kind_fen
    form.lines.offer(pairing.need.lines)
    if form.validate_on_submit():
        try:
            counter_operations.propose(current_user, pairing, form.values, version_of(form.version.data))
        except Conflict:
            raise
        except Refusal as refusal:
            undo()
            fault = refusal
        else:
            flash("已发给县里，县里同意后按您提的条件报审批。", "go")
            return redirect(url_for("pairings.detail", code=code), 303)
    return (render_template("choosing/counter.html", pairing=pairing, form=form, fault=fault, short=short_name,
                            allowed=rules.counter_verdict(pairing)), 422 if fault or form.errors else 200)


@blueprint.post("/desk/pairings/<code>/counter/<int:number>/<verb>")
@requires("organization_member", "county_officer")
def counter_act(code: str, number: int, verb: str) -> Any:
    """The county's answer, or the organization's second thought."""
    found = counter_queries.counter_of(desk_pairing(current_user, code), number)
    done = counter_operations.act(current_user, found, verb, clean_text(request.form.get("reason"))[:1000],
                                  version_of(request.form.get("version")))
    flash(done.done, "go")
    return redirect(url_for("pairings.detail", code=code), 303)
