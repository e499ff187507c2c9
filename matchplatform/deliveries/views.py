"""How somebody wants his notices, and what the platform could not send."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.accounts.queries import names
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.deliveries import channels, operations, queries, rules
from matchplatform.deliveries import work as _work  # noqa: F401  (jobs are registered where the pages are)
from matchplatform.notices.rules import KINDS
from matchplatform.web.access import requires, signed_in
from matchplatform.web.forms import clean_text
from matchplatform.web.listing import read_arguments
from matchplatform.web.transaction import keep_despite_refusal

blueprint = Blueprint("deliveries", __name__)

STAFF = ("province_officer", "system_admin")


def _page(fault: Refusal | None = None, typed: str = "", where: str = "") -> Any:
    """The settings as they are; `fault` stands beside the field of `where`."""
    found, chosen = queries.address_of(current_user.id), queries.choices_of([current_user.id])
    return render_template(
        "deliveries/settings.html", address=found, typed=typed, fault=fault, where=where, kinds=KINDS, rules=rules,
        open=[one.name for one in channels.open_channels()], masked=rules.masked,
        ways={(channel.value, kind.value): rules.way_of(
            channel.value, kind.value, chosen.get((current_user.id, channel.value, kind.value)))
            for channel in rules.CHANNELS for kind in KINDS},
        last=queries.last_of(current_user.id)), 422 if fault else 200


@blueprint.route("/notices/settings", methods=["GET", "POST"])
@signed_in
def settings() -> Any:
    """At once, once a day or not at all, by kind."""
    if request.method == "GET":
        return _page()
    chosen = {(channel.value, kind.value): request.form.get(f"{channel.value}-{kind.value}", "")
              for channel in rules.CHANNELS for kind in KINDS if f"{channel.value}-{kind.value}" in request.form}
    try:
        operations.choose(current_user, chosen)
    except Refusal as refusal:
        return _page(refusal, where="choices")
    flash("消息设置已保存。", "go")
    return redirect(url_for("deliveries.settings"), 303)


@blueprint.post("/notices/settings/address/<verb>")
@signed_in
def address(verb: str) -> Any:
    """Write the address, verify it, take it off."""
    typed = clean_text(request.form.get("address"))[:200]
    try:
        if verb == "set":
            operations.set_address(current_user, typed)
            flash("验证码已发到这个邮箱，请在 30 分钟里填上。", "go")
        elif verb == "verify":
            operations.verify_address(current_user, clean_text(request.form.get("code"))[:20])
            flash("邮箱已验证，以后的消息会发到这里。", "go")
        elif verb == "remove":
            operations.remove_address(current_user)
            flash("邮箱已去掉，以后不再发邮件。", "go")
        else:
            raise NotFound
    except Refusal as refusal:
        keep_despite_refusal()  # a wrong code counts
        return _page(refusal, typed, verb)
    return redirect(url_for("deliveries.settings"), 303)


@blueprint.get("/desk/deliveries")
@requires(*STAFF)
def unsent() -> str:
    """What could not be sent, and why."""
    wanted = read_arguments(queries.UnsentFilter, request.args)
    page = queries.unsent(wanted)
    return render_template(
        "deliveries/unsent.html", page=page, wanted=wanted, counts=queries.unsent_counts(), states=rules.STATES,
        shown=rules.UNSENT, channels=rules.CHANNELS, names=names({one.user_id for one in page.items}),
        open=[one.name for one in channels.open_channels()], since=queries.waiting_since())


@blueprint.post("/desk/deliveries/<int:number>/<verb>")
@requires(*STAFF)
def act(number: int, verb: str) -> Any:
    """Try again, or give up."""
    acts = {"retry": (operations.retry, "已重新排队，一两分钟里再发。"),
            "give-up": (operations.give_up, "不再重发。")}
    if verb not in acts:
        raise NotFound
    do, said = acts[verb]
    do(current_user, queries.delivery_by_id(number))
    flash(said, "go")
    return redirect(url_for("deliveries.unsent"), 303)
