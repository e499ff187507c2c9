"""The radar of an office: ratings, certificates, tax years, penalties and agreements that end or have run out."""

import io
from typing import Any

from flask import Blueprint, render_template, request, send_file
from flask_login import current_user

from matchplatform.accounts.queries import unit_name
from matchplatform.audit.operations import record
from matchplatform.core.clock import local, now, today
from matchplatform.exports.layout import About, Column
from matchplatform.exports.workbook import write_list
from matchplatform.organizations.radar_rules import AHEAD, CURES, THINGS
from matchplatform.organizations.rules import LEVELS
from matchplatform.pairings import radar_queries as queries
from matchplatform.pairings import radar_work as _work  # noqa: F401  (its daily job is registered where the page is)
from matchplatform.web.access import requires
from matchplatform.web.listing import read_arguments

blueprint = Blueprint("radar", __name__, url_prefix="/desk/organizations/radar")

MOST_ROWS = 20_000
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (Column("社会组织", lambda row: row.name), Column("登记级别", lambda row: LEVELS[row.level].label),
           Column("什么", queries.called), Column("到期", lambda row: row.ends_on, "day"),
           Column("还剩（天）", lambda row: (row.ends_on - today()).days, "number"),
           Column("怎么办", lambda row: CURES[row.thing]))


@blueprint.get("", endpoint="list")
@requires("province_officer", "city_officer")
def radar() -> str:
    """What ends within ninety days or has run out, of the organizations that the office looks after."""
    wanted = read_arguments(queries.RadarFilter, request.args)
    things, states = queries.counts(current_user, wanted)
    return render_template(
        "reports/radar.html", page=queries.endings(current_user, wanted), wanted=wanted, things=THINGS, levels=LEVELS,
        sorts=queries.SORTS, states=queries.STATES, thing_counts=things, state_counts=states, called=queries.called,
        ahead=AHEAD)


@blueprint.post("/export.xlsx", endpoint="export")
@requires("province_officer", "city_officer")
def radar_export() -> Any:
    """The whole list by its filter as a workbook; a logged act."""
    wanted = read_arguments(queries.RadarFilter, request.form)
    rows = queries.all_endings(current_user, wanted, MOST_ROWS)
    conditions = (("范围", queries.STATES[wanted.state]), ("什么", "、".join(
        THINGS[one].label for one in wanted.thing if one in THINGS) or "全部"), ("名称里有", wanted.q or "不限"))
    out = io.BytesIO()
    write_list(out, rows, COLUMNS, About("到期一览", unit_name(current_user), conditions, len(rows), local(now()),
                                         current_user.name))
    record(current_user, "export", "导出到期一览", "export", object_label="到期一览", detail={"rows": len(rows)})
    out.seek(0)
    return send_file(out, mimetype=SHEET_TYPE, as_attachment=True, download_name=f"到期一览-{today():%Y%m%d}.xlsx")
