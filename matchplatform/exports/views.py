"""Taking a list out: by everybody from the public lists, by those who work here from their desks."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
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
from matchplatform.web.access import public, safe_path, signed_in

blueprint = Blueprint("exports", __name__)


@blueprint.post("/exports")
@public
def make() -> Any:
    """A public list."""
    shelf = SHELVES.get(request.form.get("library", ""))
    if shelf is None or shelf.roles:
        raise NotFound
    return _answer(shelf)


@blueprint.post("/desk/exports")
@signed_in
def make_desk() -> Any:
    """A desk's list, for those who have that desk."""
    shelf = SHELVES.get(request.form.get("library", ""))
    if shelf is None or not shelf.roles or not shelf.is_open_to(reader_of(current_user)):
        raise NotFound
    return _answer(shelf)


def _answer(shelf: Shelf) -> Any:
    """What the person asked for, on record: a page to print or to copy from, a file, or a job."""
    order = _order(shelf, request.form.get("format", ""), request.form.get("query", ""))
    operations.allow(order)
    if rules.is_job(order.format, len(order.ids)):
        operations.note(current_user, order)
        operations.ask(current_user, order, request.form.get("query", ""))
        flash(f"选中 {len(order.ids):,} 条，正在后台做表，做好了发消息告诉您。", "go")
        return redirect(url_for("exports.list"), 303)
    if len(order.ids) > rules.AT_ONCE:
        made: Any = _while_it_is_read(order)
    else:
        with only_reading():  # made before anything is written: nobody waits for our lock meanwhile
            made = _PAGES[order.format](order) if order.format in _PAGES else making.whole(order)
    operations.note(current_user, order)
    return made if order.format in _PAGES else _download(order, made)


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
    if wanted_format not in rules.FORMATS or (wanted_format == "wechat" and not shelf.open):
        raise Refusal("没有这种导出格式。", "请从“导出”菜单里选一种。")
    reader = reader_of(current_user)
    unit = unit_name(current_user) if reader.is_authenticated else current_app.config["SITE_NAME"]
    with only_reading():
        wanted = shelf.wanted(query)
        ids = (shelf.open_ids(reader, wanted)[:rules.MOST_TOLD] if wanted_format == "wechat"
               else shelf.ids(reader, wanted))
    return making.Order(shelf, reader, unit, wanted_format, wanted, ids)


def _shown(template: str, order: making.Order, **more: Any) -> str:
    back = safe_path(request.form.get("back")) or url_for(order.shelf.page)
    return render_template(template, order=order, about=order.about(), back=back,
                           query=request.form.get("query", ""), signatures=making.SIGNATURES, **more)


_PAGES = {
    "ledger": lambda order: _shown("exports/ledger.html", order, ledger=making.ledger(order)),
    "wechat": lambda order: _shown(
        "exports/wechat.html", order, cut=len(order.ids) >= rules.MOST_TOLD,
        messages=making.told(order, lambda code: url_for("portal.need", code=code, _external=True))),
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
