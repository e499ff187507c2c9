"""The board: which pairings want somebody to look after them."""

import io
from typing import Any

from flask import Blueprint, render_template, request, send_file
from flask_login import current_user

from matchplatform.accounts.queries import unit_name
from matchplatform.audit.operations import record
from matchplatform.audit.remembering import Remembered
from matchplatform.catalog.queries import cities, counties, short_name
from matchplatform.core.clock import local, now, today
from matchplatform.exports.layout import About, Column
from matchplatform.exports.workbook import write_list
from matchplatform.pairings.views import DESK
from matchplatform.tracking import board_queries, rules
from matchplatform.web.access import requires
from matchplatform.web.listing import read_arguments
from matchplatform.web.navigation import badges

blueprint = Blueprint("board", __name__, url_prefix="/desk/tracking")

MOST_ROWS = 20_000
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SCOPES = {"any": "要过问的", "all": "全部在办"}

badges["tracking"] = Remembered(board_queries.troubled)


def troubles_said(row: board_queries.BoardRow) -> str:
    """停滞、进展没报."""
    return "、".join(rules.TROUBLES[one].label for one in row.troubles)


COLUMNS = (Column("结对编号", lambda row: row.pairing.code, size="code"),
           Column("县", lambda row: short_name(row.pairing.county_code)),
           Column("社会组织", lambda row: row.pairing.organization.name, size="m"),
           Column("需求", lambda row: row.pairing.need.title, size="l"),
           Column("状态", lambda row: row.pairing.state.label),
           Column("协议到期", lambda row: row.pairing.ends_on, "day"),
           Column("最近一次进展", lambda row: row.last_report_at, "moment"),
           Column("要过问的事", troubles_said, size="m"))


@blueprint.get("", endpoint="list")
@requires(*DESK)
def board() -> str:
    """Late, standing still, past a milestone, to be visited again, complained of."""
    wanted = read_arguments(board_queries.BoardFilter, request.args)
    city = current_user.city_code if current_user.role == "city_officer" else wanted.city
    return render_template(
        "reports/tracking.html", page=board_queries.board(current_user, wanted), wanted=wanted, troubles=rules.TROUBLES,
        scopes=SCOPES, counts=board_queries.trouble_counts(current_user, wanted), sorts=board_queries.SORTS,
        cities=cities() if current_user.role == "province_officer" else [],
        counties=counties(city) if current_user.role in ("city_officer", "province_officer") and city else [],
        short=short_name)


@blueprint.post("/export.xlsx", endpoint="export")
@requires(*DESK)
def board_export() -> Any:
    """The whole list by its filter as a workbook; a logged act."""
    wanted = read_arguments(board_queries.BoardFilter, request.form)
    rows = board_queries.whole_board(current_user, wanted, MOST_ROWS)
    said = SCOPES.get(wanted.trouble) or rules.TROUBLES[wanted.trouble].label
    out = io.BytesIO()
    write_list(out, rows, COLUMNS, About("结对进展一览", unit_name(current_user), (("范围", said),), len(rows),
                                         local(now()), current_user.name))
    record(current_user, "export", "导出结对进展一览", "export", object_label="结对进展一览",
           detail={"rows": len(rows)})
    out.seek(0)
    return send_file(out, mimetype=SHEET_TYPE, as_attachment=True, download_name=f"结对进展-{today():%Y%m%d}.xlsx")
