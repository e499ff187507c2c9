"""The villager's pages: ordering, the number, following an order, and having the last word."""

import time
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from wtforms.fields.choices import SelectChoice

from matchplatform.catalog.queries import categories
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.extensions import csrf
from matchplatform.orders import guard, operations, places, queries, receipts, rules
from matchplatform.orders.forms import OrderForm
from matchplatform.orders.showing import TILES, card_of, matters
from matchplatform.web.access import public
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.transaction import keep_despite_refusal, only_asks

blueprint = Blueprint("orders", __name__)


@blueprint.app_template_global("askers_of")
def askers(need: Any) -> int:
    """How many villagers asked for what a need wants; a number only."""
    return queries.askers_of(need)


def _fresh_form() -> OrderForm:
    form = OrderForm()
    form.category_code.choices = [SelectChoice(one.code, one.name) for one in categories()]
    return form


def _page(form: OrderForm, chosen: places.Chosen, fault: Refusal | None = None, status: int = 200) -> Any:
    """The form with its lists; one whose signature is old gets a fresh one and a fresh sum."""
    known = guard.read_form(current_app.config["SECRET_KEY"], form.form.data or "")
    if known is None or (fault is not None and getattr(fault, "again", False)):
        known, form.form.data = guard.open_form(current_app.config["SECRET_KEY"])
        form.answer.data = ""
    return render_template(
        "orders/new.html", form=form, fault=fault, question=known.question, tiles=TILES,
        categories=matters(categories()),
        office=queries.office_near(chosen.township or None, chosen.county or None),
        **places.offer(form, chosen)), status


@blueprint.get("/order")
@public
def new() -> Any:
    """The form; a poster's address brings village or township along."""
    chosen = places.understood(request.args.get("county"), request.args.get("township"), request.args.get("village"))
    form = _fresh_form()
    form.category_code.data = request.args.get("category", "")
    return _page(form, chosen)


@blueprint.post("/order/place")
@csrf.exempt
@public
@only_asks
def place() -> Any:
    """The next drop-down, with everything that was typed: for whoever has no script, and for the script too."""
    form = _fresh_form()
    return _page(form, places.chosen_in(form))


@blueprint.post("/order")
@csrf.exempt
@public
def hand_in() -> Any:
    """An order. Whatever is wrong is said beside the field, and what was typed stays."""
    form = _fresh_form()
    asked, chosen = form.village_number, places.chosen_in(form)
    places.offer(form, chosen)
    known = guard.read_form(current_app.config["SECRET_KEY"], form.form.data or "")
    form.validate()
    fault = _machine(form, known)
    if not form.errors and fault is None:
        try:
            placed = operations.place_order(rules.RESIDENT, operations.Wanted(
                operations.place_now(form.township_code.data, places.kept(asked, form.village_number),
                                     form.village.data or ""),
                form.category_code.data, form.body.data, form.phone.data, form.name.data or "", known.number))
        except Refusal as refusal:
            return _page(form, chosen, refusal, 422)
        if placed.again and not _says_the_same(placed.order, form):
            return _page(form, chosen, _again("这一张表已经交过了，您又改了内容。",
                                              "要另外提一件事，请再按一次“交上去”。"), 422)
        remember(placed.order)
        return redirect(url_for("orders.done", again=1 if placed.again else None), 303)
    return _page(form, chosen, fault, 422)


def _says_the_same(order: Any, form: OrderForm) -> bool:
    """The same form twice is the same order; the same form with other words is somebody who went back and wrote on."""
    return (order.body, order.phone) == (form.body.data, form.phone.data)


def _again(reason: str, remedy: str) -> Refusal:
    """A refusal after which the form is a fresh one."""
    refusal = Refusal(reason, remedy)
    refusal.again = True  # type: ignore[attr-defined]
    return refusal


def _machine(form: OrderForm, known: guard.Form | None) -> Refusal | None:
    """What only machines do, told in a way that lets people go on."""
    if form.website.data:
        return Refusal("最下面那一格请空着。", "清空以后再交。")
    if known is None:
        return _again("这一页开得太久了，算一算换了一道题。", "您填的都还在，答一下新题再交。")
    if guard.is_too_fast(known):
        return Refusal("交得太快了。", "请再看一遍写得对不对，然后再按一次。")
    address = request.remote_addr or ""
    if operations.wrong_sums(address) >= rules.WRONG_SUMS_HOUR:
        return Refusal("算错的次数太多。", "请过一个小时再交，或者打乡镇的电话。")
    if guard.is_right(known, form.answer.data or ""):
        return None
    if form.answer.data:
        operations.count_try("answer", address)
        keep_despite_refusal()
    form.answer.errors = [*form.answer.errors, f"{known.question[:-1]}，请填一个数。" if not form.answer.data
                          else "没有算对。请再算一次，填一个数。"]
    return None


# ---- the number, and following

def remember(order: Any) -> None:
    """This browser may see the order for a while."""
    session["order"] = {"id": order.id, "at": int(time.time())}


def _seen() -> Any:
    """The order that this browser may see now. Raises NotFound."""
    kept = session.get("order") or {}
    recent = 0 <= time.time() - kept.get("at", 0) <= rules.LOOKING.total_seconds()
    order = queries.order_by_id(kept.get("id")) if recent else None
    if order is None or order.erased_at is not None:
        raise NotFound
    return order


@blueprint.get("/order/done")
@public
def done() -> Any:
    """The number, large, and what happens next; only in the browser that sent the order, for half an hour."""
    try:
        order = _seen()
    except NotFound:
        flash("单号只在交单的那台手机上显示半个小时。有单号就在这里查；没记下来，请打乡镇的电话问。", "wait")
        return redirect(url_for("orders.follow"))
    return render_template("orders/done.html", order=order, number=receipts.grouped(order.receipt), card=card_of(order),
                           again="again" in request.args,
                           office=queries.office_near(order.township_code))


@blueprint.route("/order/follow", methods=["GET", "POST"])
@csrf.exempt
@public
def follow() -> Any:
    """Number and the telephone's last four digits; wrong ones learn nothing from each other."""
    typed, digits, fault, wrong = "", "", None, ""
    if request.method == "POST":
        typed, digits = clean_text(request.form.get("number"))[:60], clean_text(request.form.get("digits"))[:12]
        try:
            order = operations.look_up(receipts.parse_receipt(typed), digits)
        except ValueError as error:
            wrong = str(error)
        except Refusal as refusal:
            fault = refusal
        else:
            if order is not None:
                remember(order)
                return redirect(url_for("orders.standing"), 303)
            fault = Refusal("没有查到这张单。", "请核对单号和电话后四位。撤回了的单查不到；单号丢了，请打乡镇的电话。")
            keep_despite_refusal()
    return render_template("orders/follow.html", typed=typed, digits=digits, fault=fault,
                           wrong=wrong), 422 if fault or wrong else 200


@blueprint.get("/order/standing")
@public
def standing() -> Any:
    """How far it is, in masked data, and what its villager may do now."""
    try:
        order = _seen()
    except NotFound:
        flash("查单的时间到了，请再填一次单号和电话后四位。", "wait")
        return redirect(url_for("orders.follow"))
    return render_template("orders/standing.html", order=order, card=card_of(order), stars=rules.STARS,
                           verbs={row.verb: row for row in queries.standing_of(rules.RESIDENT, order)},
                           number=receipts.grouped(order.receipt), office=queries.office_near(order.township_code))


@blueprint.post("/order/standing/<verb>")
@public
def say(verb: str) -> Any:
    """The villager's word: done, not done, stars, or taken back."""
    order = _seen()
    version = version_of(request.form.get("version"))
    stars = version_of(request.form.get("stars"))
    words = clean_text(request.form.get("words"))[:2000]
    reason = clean_text(request.form.get("reason"))[:2000]
    done_row = operations.speak(rules.RESIDENT, order, verb, reason=reason, stars=stars, words=words, version=version)
    if verb == "confirm" and stars is not None:
        done_row = operations.speak(rules.RESIDENT, order, "rate", stars=stars, words=words)
    flash(done_row.done, "go")
    if verb == "withdraw":
        session.pop("order", None)
        return redirect(url_for("orders.new"), 303)
    return redirect(url_for("orders.standing"), 303)


@blueprint.post("/order/leave")
@public
def leave() -> Any:
    """On a telephone that others use too."""
    session.pop("order", None)
    flash("已经退出查单。", "go")
    return redirect(url_for("orders.follow"), 303)


@blueprint.get("/order/about")
@public
def about() -> str:
    """What is done with telephone and words."""
    return render_template("orders/about.html", lines=rules.CONSENT_LINES, version=rules.CONSENT_VERSION)
