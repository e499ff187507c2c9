"""What everybody and the organizations see of a call: its page with questions and answers, and the reply."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog.queries import short_name
from matchplatform.choosing import call_operations, choice_operations, operations, queries, rules
from matchplatform.choosing.forms import ReplyForm
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.needs.queries import public_need
from matchplatform.offerings.queries import open_offerings_of
from matchplatform.web.access import public, requires
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.transaction import undo

blueprint = Blueprint("calls", __name__)


@blueprint.app_template_global("call_of")
def call_of(need: Any) -> Any:
    """The need's call, for the pages of the need."""
    return queries.call_of(need.id)


def readable_call(code: str) -> Any:
    """The call of a need that this reader may open. Raises NotFound."""
    need = public_need(code)
    if need.publicity != "public" and not current_user.is_authenticated:
        raise NotFound
    return queries.public_call(need)


@blueprint.get("/needs/<code>/call")
@public
def call(code: str) -> str:
    """What is asked for, until when, by what is chosen; the questions and answers."""
    found, moment = readable_call(code), clock.now()
    signed_in = current_user.is_authenticated
    may_answer = signed_in and "county" in rules.call_parties(current_user, found)
    return render_template(
        "choosing/call.html", call=found, need=found.need, short=short_name, number=queries.sent_count(found),
        clock_sentence=rules.clock_sentence(moment), said=rules.said, may_send=rules.send_verdict(found, moment),
        may_ask=rules.question_verdict(found, moment), questions=queries.questions_of(current_user, found),
        may_answer=may_answer and not rules.is_closed(found, moment),
        reply=queries.own_reply(current_user, found) if signed_in else None)


@blueprint.post("/needs/<code>/call/questions")
@requires("organization_member")
def ask(code: str) -> Any:
    """A public question; who asks stays hidden."""
    call_operations.ask(current_user, readable_call(code), clean_text(request.form.get("body"))[:500])
    flash("已提出，答复以后会告诉您。别人看得到问题，看不到是谁问的。", "go")
    return redirect(url_for("calls.call", code=code, _anchor="questions"), 303)


@blueprint.post("/needs/<code>/call/questions/<int:number>/answer")
@requires("county_officer")
def answer(code: str, number: int) -> Any:
    """The county's answer."""
    found = queries.desk_call(current_user, code)
    call_operations.answer(current_user, found, queries.question_of(found, number),
                           clean_text(request.form.get("answer"))[:1000])
    flash("已答复，所有人都能看到。", "go")
    return redirect(url_for("calls.call", code=code, _anchor="questions"), 303)


@blueprint.route("/desk/needs/<code>/reply", methods=["GET", "POST"])
@requires("organization_member")
def reply(code: str) -> Any:
    """应征书: kept as a draft, checked, sent; the same page shows what became of it."""
    found = readable_call(code)
    own, form = queries.own_reply(current_user, found), ReplyForm()
    offerings = open_offerings_of(current_user.organization_id)
    form.choice.choices = [(one.code, one.title) for one in offerings]
    if own is not None and request.method == "GET":
        form.show(own)
        form.choice.data = own.offering.code if own.offering else None
    form.lines.offer(found.need.lines)
    fault = None
    if request.method == "POST" and form.validate():
        picked = next((one for one in offerings if one.code == form.choice.data), None)
        try:
            return _store(found, own, {**form.values, "offering": picked}, version_of(form.version.data))
        except Refusal as refusal:
            fault = refusal
            own = None if isinstance(refusal, Conflict) else own
    return _reply_page(found, form, fault, offerings)


def _store(found: Any, own: Any, values: dict[str, Any], version: int | None) -> Any:
    """Keep, send or mend, as the pressed button says. What cannot be sent is kept as a draft where that is possible."""
    step, code = request.form.get("step", "save"), found.need.code
    if step == "mend" and own is not None:
        done = operations.act(current_user, own, "mend", values, version)
        flash(done.done, "go")
    elif step == "send":
        operations.send(current_user, found, values, version)
        flash(rules.LIFECYCLE.find("send", "draft").done, "go")
    else:
        operations.save_draft(current_user, found, values, version)
        flash("草稿已保存，随时可以回来接着填。还没有送出。", "go")
    return redirect(url_for("calls.reply", code=code), 303)


def _reply_page(found: Any, form: ReplyForm, fault: Refusal | None, offerings: list[Any]) -> Any:
    status, moment = 422 if fault or form.errors else 200, clock.now()
    if status != 200:
        undo()
    own = queries.own_reply(current_user, found)
    lost = own is not None and own.status == "not_chosen"
    return render_template(
        "choosing/reply.html", call=found, need=found.need, reply=own, form=form, fault=fault, short=short_name,
        offerings=offerings, clock_sentence=rules.clock_sentence(moment), said=rules.said,
        may_send=rules.send_verdict(found, moment), can_withdraw=own and rules.withdraw_verdict(found, moment),
        gaps=operations.gaps(own) if own is not None and own.status == "draft" and status == 200 else [],
        verbs=rules.LIFECYCLE.open_to(rules.reply_parties(current_user, own, found), own.status) if own else [],
        following=queries.next_needs(own) if lost else [], most=queries.most_pending()), status


@blueprint.post("/desk/replies/<code>/<verb>")
@requires("organization_member", "county_officer")
def reply_act(code: str, verb: str) -> Any:
    """withdraw and resume for the organization; fault, shortlist and unlist for the county."""
    found, version = queries.desk_reply(current_user, code), version_of(request.form.get("version"))
    if current_user.role == "organization_member":
        done, back = operations.act(current_user, found, verb, {}, version), "calls.reply"
    else:
        reason = clean_text(request.form.get("reason"))[:1000]
        done, back = choice_operations.act(current_user, found, verb, reason, version), "calls.desk"
    flash(done.done, "go")
    return redirect(url_for(back, code=found.call.need.code), 303)
