"""The offices' side: the list of calls, declaring one, the comparison table, judging and choosing."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog.queries import categories, short_name
from matchplatform.choosing import call_operations, choice_operations, queries, rules, work  # noqa: F401  (registers)
from matchplatform.choosing.forms import CallForm
from matchplatform.choosing.views import blueprint
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, Refusal
from matchplatform.needs.queries import own_need
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments
from matchplatform.web.transaction import undo

OFFICES = ("county_officer", "city_officer", "province_officer")


@blueprint.get("/desk/calls")
@requires(*OFFICES, "organization_member")
def list() -> str:
    """The calls within reach; filtered and sorted by the URL."""
    wanted = read_arguments(queries.CallFilter, request.args)
    page = queries.desk_calls(current_user, wanted)
    return render_template(
        "choosing/list.html", page=page, wanted=wanted, states=rules.SHOWN_CALLS, sorts=queries.SORTS, said=rules.said,
        counts=queries.state_counts(current_user, wanted), numbers=queries.counts_of(page.items),
        own=queries.own_replies(current_user, page.items), categories=categories(), short=short_name)


@blueprint.route("/desk/needs/<code>/call/edit", methods=["GET", "POST"])
@requires("county_officer")
def edit(code: str) -> Any:
    """Declare the call of a need, or change it while nobody has replied."""
    need = own_need(current_user, code)
    call, form, fault = queries.call_of(need.id), CallForm(), None
    if call is not None and request.method == "GET":
        form.show(call)
    if form.validate_on_submit():
        try:
            if call is None:
                call_operations.declare(current_user, need, form.terms)
            else:
                call_operations.change(current_user, call, form.terms, version_of(form.version.data))
        except Conflict:
            raise
        except Refusal as refusal:
            undo()
            fault = refusal
        else:
            flash("征集已公开，社会组织可以送应征书了。" if call is None else "已改好。", "go")
            return redirect(url_for("calls.desk", code=code), 303)
    return (render_template("choosing/edit.html", need=need, call=call, form=form, fault=fault, said=rules.said,
                            clock_sentence=rules.clock_sentence(clock.now()), most=rules.MOST_ITEMS),
            422 if fault or form.errors else 200)


@blueprint.get("/desk/needs/<code>/call")
@requires(*OFFICES)
def desk(code: str) -> str:
    """Before closing the number alone; once opened, the replies side by side."""
    call, moment = queries.desk_call(current_user, code), clock.now()
    mine = rules.call_parties(current_user, call)
    verbs = [row for row in rules.CALL_LIFECYCLE.open_to(mine, call.status) if row.verb != "decide"
             and (row.verb != "open" or rules.open_verdict(call, moment))]
    return render_template(
        "choosing/desk.html", call=call, need=call.need, mine=mine, verbs=verbs, short=short_name, said=rules.said,
        replies=queries.replies_of(current_user, call), number=queries.sent_count(call),
        sealed=rules.is_sealed(call, moment), clock_sentence=rules.clock_sentence(moment),
        may_change="county" in mine and rules.change_verdict(call, queries.sent_count(call), moment),
        questions=queries.questions_of(current_user, call), judged=rules.JUDGED, met=rules.meets_requirements,
        reply_verbs=lambda one: rules.LIFECYCLE.open_to(mine, one.status) if call.status == "reviewing" else [],
        opener=queries.person(call.opened_by), decider=queries.person(call.decided_by))


@blueprint.post("/desk/needs/<code>/call/<verb>")
@requires("county_officer")
def act(code: str, verb: str) -> Any:
    """Open the replies, or end the call."""
    done = call_operations.act(current_user, queries.desk_call(current_user, code), verb,
                               clean_text(request.form.get("reason"))[:1000], version_of(request.form.get("version")))
    flash(done.done, "go")
    return redirect(url_for("calls.desk", code=code), 303)


@blueprint.post("/desk/needs/<code>/call/choice")
@requires("county_officer")
def decide(code: str) -> Any:
    """Choose one or several."""
    call = queries.desk_call(current_user, code)
    reasons = {key.removeprefix("reason-"): clean_text(text)[:1000] for key, text in request.form.items()
               if key.startswith("reason-")}
    chosen = choice_operations.choose(
        current_user, call, [clean_text(one)[:24] for one in request.form.getlist("choose")],
        clean_text(request.form.get("common"))[:1000], reasons, version_of(request.form.get("version")))
    codes = "、".join(one.pairing.code for one in chosen)
    flash(f"已选定 {len(chosen)} 家，结对 {codes} 已报审批；其他组织已收到理由。", "go")
    return redirect(url_for("calls.desk", code=code), 303)


@blueprint.post("/desk/replies/<code>/judgement")
@requires("county_officer")
def judge(code: str) -> Any:
    """Requirements and points of one reply."""
    reply = queries.desk_reply(current_user, code)
    passed, points = {}, {}
    for item in reply.call.items:
        text = clean_text(request.form.get(f"item-{item.id}"))
        if item.kind == "requirement":
            passed[item.id] = {"yes": True, "no": False}.get(text)
        elif text and not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise Refusal(f"“{item.text}”的评分“{text[:10]}”不是整数。", "请填 0—100 的整数，例如 85。")
        else:
            points[item.id] = int(text) if text else None
    choice_operations.judge(current_user, reply, passed, points, version_of(request.form.get("version")))
    flash(f"{reply.organization.name}的评审已保存。", "go")
    return redirect(url_for("calls.desk", code=reply.call.need.code, _anchor=code), 303)
