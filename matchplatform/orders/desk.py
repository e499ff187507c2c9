"""The offices' desk: the queue, one order beside what is like it, the verbs, and entering for somebody who called."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from matchplatform.catalog.queries import categories, region
from matchplatform.core.clock import now
from matchplatform.core.errors import Refusal
from matchplatform.needs.queries import open_needs_of, own_need
from matchplatform.orders import desk_operations, desk_queries, operations, places, queries, rules, upkeep  # noqa: F401
from matchplatform.orders.forms import ProxyForm
from matchplatform.orders.showing import TILES, masked_name, matters
from matchplatform.orders.views import blueprint, remember
from matchplatform.orders.wording import title_of
from matchplatform.web.access import requires, safe_path
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments
from matchplatform.web.navigation import badges

OFFICES = ("county_officer", "township_officer")
badges["orders"] = desk_queries.waiting_count


@blueprint.get("/desk/orders")
@requires(*OFFICES)
def list() -> str:
    """The queue with its promises; filtered and sorted by the URL."""
    wanted = read_arguments(desk_queries.OrderFilter, request.args)
    page = desk_queries.desk_orders(current_user, wanted)
    return render_template(
        "orders/list.html", page=page, wanted=wanted, states=desk_queries.SHOWN, sorts=desk_queries.SORTS,
        counts=desk_queries.state_counts(current_user, wanted), late=desk_queries.late_count(current_user),
        joined=desk_queries.joined_counts(page.items), people=desk_queries.holder_names(page.items),
        categories=categories(), overdue=rules.is_overdue, moment=now(), waiting=rules.WAITING,
        office=queries.office_of(current_user.township_code or current_user.county_code),
        townships=desk_queries.township_choices(current_user.county_code) if current_user.county_code else [])


@blueprint.route("/desk/orders/new", methods=["GET", "POST"])
@requires(*OFFICES)
def enter() -> Any:
    """For somebody who called or came by; the officer reads it back before it counts."""
    form, fault = ProxyForm(), None
    form.category_code.choices = [SelectChoice(one.code, one.name) for one in categories()]
    own = current_user.township_code
    form.county_code.data = region(own).parent_code if own else current_user.county_code
    form.township_code.data = own or form.township_code.data or request.args.get("township", "")
    asked, chosen = form.village_number, places.chosen_in(form)
    shown = places.offer(form, chosen)
    asking = request.form.get("step") == "place"
    if request.method == "POST" and not asking and form.validate():
        try:
            placed = operations.place_order(current_user, operations.Wanted(
                operations.place_now(form.township_code.data, places.kept(asked, form.village_number),
                                     form.village.data or ""),
                form.category_code.data, form.body.data, form.phone.data, form.name.data or "",
                channel=form.channel.data))
        except Refusal as refusal:
            fault = refusal
        else:
            remember(placed.order)
            flash("这张单刚才已经收过，没有重复建。" if placed.again else
                  f"已收下，编号 {placed.order.code}。请把单号念给本人记下，或者打印出来交给本人。", "go")
            return redirect(url_for("orders.done"), 303)
    return render_template("orders/enter.html", form=form, fault=fault, tiles=TILES, lines=rules.CONSENT_LINES,
                           categories=matters(categories()), fixed=region(own),
                           **shown), 422 if fault or (form.errors and not asking) else 200


@blueprint.get("/desk/orders/<code>")
@requires(*OFFICES)
def detail(code: str) -> str:
    """One order: what its villager wants, what happened, what is like it, what may be done."""
    order = desk_queries.desk_order(current_user, code)
    mine = rules.parties(current_user, order)
    verbs = queries.standing_of(current_user, order)
    deciding = any(row.verb == "accept" for row in verbs)
    return render_template(
        "orders/detail.html", order=order, verbs=verbs, mine=mine, people=desk_queries.holder_names([order]),
        spoken=rules.SPOKEN, stars=rules.STARS, channels=rules.CHANNELS, lapsed=rules.is_lapsed(order, now()),
        overdue=rules.is_overdue(order.due_at, now()), waiting=rules.WAITING, name=masked_name(order.name),
        joined=queries.joined_to(order),
        root=queries.by_id(order.joined_to_id) if order.joined_to_id else None,
        likes=desk_queries.similar_orders(current_user, order) if deciding else [],
        needs=desk_queries.similar_needs(current_user, order) if deciding else [],
        others=open_needs_of(order.county_code) if deciding else [], suggestion=title_of(order.body))


@blueprint.post("/desk/orders/<code>/<verb>")
@requires(*OFFICES)
def act(code: str, verb: str) -> Any:
    """One move; the version tells a stale page."""
    order = desk_queries.desk_order(current_user, code)
    version = version_of(request.form.get("version"))
    reason = clean_text(request.form.get("reason"))[:2000]
    if verb == "accept":
        return _accept(order, version)
    if verb in rules.SPOKEN:
        done = operations.speak(current_user, order, verb, reason=reason, version=version,
                                stars=version_of(request.form.get("stars")), read_back="read_back" in request.form,
                                words=clean_text(request.form.get("words"))[:2000]).done
    else:
        done = _DESK[verb](order, reason, version) if verb in _DESK else None
    if done is None:
        raise Refusal("没有这个操作。", "请从页面上的按钮办理。")
    flash(done, "go")
    return redirect(safe_path(request.form.get("next")) or url_for("orders.detail", code=code), 303)


def _accept(order: Any, version: int | None) -> Any:
    """Into a need that is there, or as the draft of a new one."""
    code = clean_text(request.form.get("need"))[:24]
    if code:
        desk_operations.accept_into_need(current_user, order, own_need(current_user, code), version)
        flash(f"已受理，并入需求 {code}。本人查单时会看到。", "go")
        return redirect(url_for("orders.detail", code=order.code), 303)
    need = desk_operations.accept_as_need(current_user, order, clean_text(request.form.get("title"))[:200], version)
    flash(f"已受理，写成了需求草稿 {need.code}。请补齐再提交；号码已经去掉，请看看还有没有写到别人的私事。", "go")
    return redirect(url_for("needs.edit", code=need.code), 303)


def _join(order: Any, _reason: str, version: int | None) -> str:
    other = desk_queries.desk_order(current_user, clean_text(request.form.get("other"))[:24])
    desk_operations.join(current_user, order, other, version)
    return f"已合到 {other.code}，一起办；两个单号都还能查。"


def _split(order: Any, _reason: str, version: int | None) -> str:
    desk_operations.split(current_user, order, version)
    return "已拆开，各办各的。"


def _unmask(order: Any, _reason: str, _version: int | None) -> str:
    number = desk_operations.show_phone(current_user, order, clean_text(request.form.get("purpose")))
    return f"{order.name or '本人'}：{number}。这次查看已留下记录。"


_DESK = {
    "take": lambda order, _reason, version: desk_operations.take(current_user, order, version).done,
    "put_back": lambda order, _reason, version: desk_operations.put_back(current_user, order, version).done,
    "return": lambda order, reason, version: desk_operations.send_back(current_user, order, reason, version).done,
    "reopen": lambda order, reason, version: desk_operations.reopen(current_user, order, reason, version).done,
    "join": _join, "split": _split, "unmask": _unmask,
}


@blueprint.route("/desk/orders/office", methods=["GET", "POST"])
@requires(*OFFICES)
def office() -> Any:
    """The telephone that the poster, the form and the pages of following name."""
    code = current_user.township_code or current_user.county_code
    found, fault = queries.office_of(code), None
    typed = {"phone": found.phone, "hours": found.hours} if found else {"phone": "", "hours": ""}
    if request.method == "POST":
        typed = {name: clean_text(request.form.get(name))[:40] for name in typed}
        try:
            desk_operations.set_office(current_user, typed, version_of(request.form.get("version")))
        except Refusal as refusal:
            fault = refusal
        else:
            flash("电话已登记，点单页、查单页和海报上都用它。", "go")
            return redirect(safe_path(request.form.get("next")) or url_for("orders.list"), 303)
    return render_template("orders/office.html", typed=typed, fault=fault, office=found,
                           where=region(code).name), 422 if fault else 200
