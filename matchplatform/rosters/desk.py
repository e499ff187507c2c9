"""Updating many organizations from a list: choose the file, look at every row, confirm, take back."""

import hashlib
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from matchplatform.catalog.queries import short_name
from matchplatform.core import clock
from matchplatform.core.errors import Conflict, NotFound, Refusal
from matchplatform.imports.forms import file_name
from matchplatform.imports.reading import open_sheet
from matchplatform.imports.records import Context
from matchplatform.imports.sheets import SheetFault
from matchplatform.rosters import operations, queries, rules
from matchplatform.rosters.reading import read
from matchplatform.web.access import requires
from matchplatform.web.forms import clean_text, version_of
from matchplatform.web.listing import read_arguments
from matchplatform.web.transaction import let_go
from matchplatform.web.uploads import takes_files

blueprint = Blueprint("rosters", __name__, url_prefix="/desk/rosters")

OFFICES = ("province_officer", "city_officer")
_TOO_LARGE = f"名单最多 {rules.MOST_BYTES // 1024 // 1024} MB，这份没有收下。请删去图片和用不到的工作表再上传。"


@blueprint.route("", methods=["GET", "POST"])
@requires(*OFFICES)
@takes_files(rules.MOST_BYTES + 1024 * 1024, _TOO_LARGE)
def start() -> Any:
    """Choose the list and say what it is; below, what the office brought in before."""
    fault = ""
    if request.method == "POST":
        try:
            return _take_in()
        except SheetFault as found:
            fault = found.sentence
        except Conflict:
            raise
        except Refusal as refusal:
            fault = refusal.sentence
    wanted = read_arguments(queries.RowFilter, request.args)
    return (render_template("rosters/start.html", rules=rules, fault=fault, page=queries.rosters(
        current_user, wanted.page), sent=request.form, today=clock.today()), 422 if fault else 200)


def _take_in() -> Any:
    topic, is_complete = request.form.get("topic", ""), request.form.get("complete") == "1"
    basis = clean_text(request.form.get("basis")).replace("\n", " ")
    verdict = rules.asked_verdict(topic, is_complete, basis)
    if not verdict:
        raise Refusal(verdict.reason, verdict.remedy)
    try:
        looked_on = clock.parse_date(clean_text(request.form.get("looked_on"))[:40])
    except ValueError as doubt:
        raise Refusal(f"查询日期没有看懂：{doubt}") from None
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refusal("还没有选文件。", "请选一份 Excel 工作簿或 CSV。")
    name, data = file_name(sent.filename), sent.read(rules.MOST_BYTES + 1)
    let_go()  # reading a large workbook takes seconds
    said = read(open_sheet(data, name), topic, Context())
    roster, is_new = operations.take_in(current_user, topic, is_complete, name, hashlib.sha256(data).hexdigest(),
                                        basis, looked_on, said)
    if not is_new:
        flash(f"这份名单 {roster.owner_name} 已经上传过，没有重复办理。这里是那一次。", "wait")
    return redirect(url_for("rosters.detail", roster_id=roster.id), 303)


@blueprint.get("/<int:roster_id>")
@requires(*OFFICES)
def detail(roster_id: int) -> str:
    """Every row with what it would change or has changed; first of all who comes off a complete list."""
    roster = queries.own_roster(current_user, roster_id)
    wanted, counts = read_arguments(queries.RowFilter, request.args), queries.row_counts(roster)
    changes = sum(counts.get(one, 0) for one in rules.CHANGING)
    if not wanted.state:
        first = next((one.value for one in rules.ROW_STATES if counts.get(one.value)), "")
        wanted = queries.RowFilter(first, wanted.page)
    return render_template(
        "rosters/detail.html", roster=roster, page=queries.rows(roster, wanted), wanted=wanted, counts=counts,
        states=rules.ROW_STATES, changes=changes, may_apply=rules.apply_verdict(changes), worded=queries.worded,
        pairings=queries.live_pairings(roster), rules=rules, short=short_name,
        touched=queries.touched_since(roster) if roster.status == "applied" else [])


@blueprint.post("/<int:roster_id>/<verb>")
@requires(*OFFICES)
def act(roster_id: int, verb: str) -> Any:
    """Confirm, give up, take back."""
    roster = queries.own_roster(current_user, roster_id)
    version = version_of(request.form.get("version"))
    if verb == "apply":
        done = operations.apply(current_user, roster, version)
        flash(f"已更新 {done} 家，都收到了消息。" if done else
              "预览以后有组织的资料变了，清单已经重新核对。请再看一遍，再确认。", "go" if done else "wait")
    elif verb == "discard":
        operations.discard(current_user, roster, version)
        flash("已放弃，什么都没有改。", "go")
    elif verb == "undo":
        done = operations.undo(current_user, roster, clean_text(request.form.get("reason"))[:500], version)
        flash(f"已撤销，{done} 家都改回原来的样子。", "go")
    else:
        raise NotFound
    return redirect(url_for("rosters.detail", roster_id=roster.id), 303)
