"""Taking a list out: by everybody from the public lists, by those who work here from their desks."""

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from flask_login import current_user

from matchplatform.accounts.queries import unit_name
from matchplatform.core.errors import NotFound, Refusal
from matchplatform.exports import making, operations, queries, rules
from matchplatform.exports.reader import reader_of
from matchplatform.exports.shelves import SHELVES, Shelf
from matchplatform.exports.work import folder
from matchplatform.jobs.work import only_reading
from matchplatform.web import navigation
from matchplatform.web.access import public, signed_in

blueprint = Blueprint("exports", __name__)
navigation.lit["exports"] = lambda _actor: _list_of((request.view_args or {}).get("library", ""))
_MADE, _MOST_MADE = "exports", 12  # pages that stand on record, by their marks, in the person's own session


def _list_of(key: str) -> str:
    """The page of the list that a ledger or a chat's lines are made of."""
    return SHELVES[key].page if key in SHELVES else ""


def _public_shelf(key: str) -> Shelf:
    shelf = SHELVES.get(key)
    if shelf is None or shelf.roles:
        raise NotFound
    return shelf


def _desk_shelf(key: str) -> Shelf:
    shelf = SHELVES.get(key)
    if shelf is None or not shelf.roles or not shelf.is_open_to(reader_of(current_user)):
        raise NotFound
    return shelf


@blueprint.post("/exports")
@public
def make() -> Any:
    """A public list."""
    return _answer(_public_shelf(request.form.get("library", "")))


@blueprint.get("/exports/<library>/<wanted_format>")
@public
def page(library: str, wanted_format: str) -> str:
    """A public list as a page to print or to copy from; its filter stands in the address."""
    return _page(_public_shelf(library), wanted_format)


@blueprint.get("/desk/exports/<library>/<wanted_format>")
@signed_in
def page_desk(library: str, wanted_format: str) -> str:
    """A desk's list as such a page."""
    return _page(_desk_shelf(library), wanted_format)


@blueprint.post("/desk/exports")
@signed_in
def make_desk() -> Any:
    """A desk's list, for those who have that desk."""
    return _answer(_desk_shelf(request.form.get("library", "")))


def _answer(shelf: Shelf) -> Any:
    """What the person asked for, on record: the way to a page to print or to copy from, a file, or a job."""
    order = _order(shelf, request.form.get("format", ""), request.form.get("query", ""))
    operations.allow(order)
    if rules.is_job(order.format, len(order.ids)):
        operations.note(current_user, order)
        operations.ask(current_user, order, request.form.get("query", ""))
        flash(f"选中 {len(order.ids):,} 条，正在后台做表，做好了发消息告诉您。", "go")
        return redirect(url_for("exports.list"), 303)
    if order.format in _PAGES:
        operations.note(current_user, order)
        query = urlencode(parse_qsl(request.form.get("query", "").lstrip("?")))
        session[_MADE] = [*session.get(_MADE, ()), _mark(order, query)][-_MOST_MADE:]
        return redirect(_address(shelf, order.format, query), 303)
    if len(order.ids) > rules.AT_ONCE:
        made: Any = _while_it_is_read(order)
    else:
        with only_reading():  # made before anything is written: nobody waits for our lock meanwhile
            made = making.whole(order)
    operations.note(current_user, order)
    return _download(order, made)


def _address(shelf: Shelf, wanted_format: str, query: str) -> str:
    address = url_for("exports.page_desk" if shelf.roles else "exports.page", library=shelf.key,
                      wanted_format=wanted_format)
    return f"{address}?{query}" if query else address


def _mark(order: making.Order, query: str) -> str:
    """What the session keeps of a page that was put on record: whose, which list, which filter."""
    return hashlib.sha256(f"{order.reader.id} {order.shelf.key} {order.format} {query}".encode()).hexdigest()[:16]


def _page(shelf: Shelf, wanted_format: str) -> str:
    """The page itself where the person has put this export on record, else a button that does."""
    query = urlencode(parse_qsl(request.query_string.decode("utf-8", "replace")))
    if wanted_format not in _PAGES:
        raise NotFound
    order = _order(shelf, wanted_format, query)
    allowed = rules.can_export(order.format, len(order.ids), order.reader.is_authenticated)
    if not allowed or _mark(order, query) not in session.get(_MADE, ()):
        return _shown("exports/ask.html", order, query, allowed=allowed, word=rules.FORMATS[wanted_format].label)
    return _PAGES[wanted_format](order, query)


def _while_it_is_read(order: making.Order) -> Iterator[bytes]:
    """A long CSV, in a context of its own: the request has ended when most of it leaves."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def pieces() -> Iterator[bytes]:
        with app.app_context():
            yield from making.stream(order, only_reading)

    return pieces()


def _download(order: making.Order, made: Any) -> Response:
    answer = Response(made, mimetype=making.TYPES[order.suffix])
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(order.file_name)}"
    return answer


def _order(shelf: Shelf, wanted_format: str, query: str) -> making.Order:
    """The order with the numbers of everything that the filter selects; a chat's list is cut to what is read."""
    if wanted_format not in rules.FORMATS or (wanted_format == "wechat" and shelf.chat is None):
        raise Refusal("没有这种导出格式。", "请从“导出”菜单里选一种。")
    reader = reader_of(current_user)
    unit = unit_name(current_user) if reader.is_authenticated else current_app.config["SITE_NAME"]
    with only_reading():
        wanted = shelf.wanted(query)
        if wanted_format == "wechat":
            found = shelf.chat_ids(reader, wanted)
            ids, left_out = found[:rules.MOST_TOLD], len(found[rules.MOST_TOLD:])
        else:
            ids, left_out = shelf.ids(reader, wanted), 0
    return making.Order(shelf, reader, unit, wanted_format, wanted, ids, left_out)


def _shown(template: str, order: making.Order, query: str, **more: Any) -> str:
    back = url_for(order.shelf.page) + (f"?{query}" if query else "")
    return render_template(template, order=order, about=order.about(), back=back, query=query,
                           signatures=making.SIGNATURES, **more)


_PAGES = {
    "ledger": lambda order, query: _shown("exports/ledger.html", order, query, ledger=making.ledger(order)),
    "wechat": lambda order, query: _shown(
        "exports/wechat.html", order, query, chat=order.shelf.chat, messages=making.told(
            order, lambda one: url_for(order.shelf.chat.page, **order.shelf.chat.named(one), _external=True))),
}


@blueprint.get("/desk/exports")
@signed_in
def list() -> str:
    """What is being made for the reader and what he can fetch."""
    return render_template("exports/list.html", exports=queries.own_exports(current_user),
                           hours=rules.KEPT.total_seconds() // 3600)


@blueprint.get("/desk/exports/<int:export_id>")
@signed_in
def fetch(export_id: int) -> Any:
    """The finished file, to its owner only."""
    export = queries.own_export(current_user, export_id)
    path = folder() / export.file_name if export.file_name else None
    if path is None or not path.is_file():
        flash("这份导出还没有做好，请过一会儿再来。" if path is None else "这份文件已经清理，请重新导出。", "wait")
        return redirect(url_for("exports.list"))
    return send_file(path, mimetype=making.TYPES["xlsx"], as_attachment=True, download_name=export.title)
