"""What of running pairings waits for somebody: late reports, what stands still, complaints to answer or to rule."""

from typing import Any

from matchplatform.core.clock import now, today
from matchplatform.pairings.queries import parties_of
from matchplatform.tracking import board_queries, rules
from matchplatform.tracking.board_queries import BoardFilter, BoardRow
from matchplatform.tracking.queries import complaints_of

MOST = 30  # the board behind the menu has all
Row = tuple[str, str, tuple[str, dict[str, Any]], str, Any]  # title, text, page, label, due


def course_rows(actor: Any) -> list[Row]:
    """A row for each pairing of one of the two sides that wants something of it; an office has one row for all, and one
    for each complaint that it may rule."""
    rows = board_queries.whole_board(actor, BoardFilter(), MOST)
    found = [one for row in rows if "complaint" in row.troubles for one in _complaints(actor, row)]
    if actor.role in ("province_officer", "city_officer"):
        running = [row for row in rows if {"stalled", "late", "milestone"} & set(row.troubles)]
        if running:
            found.append((f"{board_queries.troubled(actor)} 件结对要过问",
                          "进展没报、停滞、里程碑过期、该回访或有投诉。", ("board.list", {}), "看名单", None))
        return found
    return [*found, *(one for row in rows for one in _running(actor, row))]


def _running(actor: Any, row: BoardRow) -> list[Row]:
    pairing, said = row.pairing, "、".join(
        rules.TROUBLES[one].label for one in row.troubles if one in ("stalled", "late", "milestone"))
    if not said:
        return []
    if actor.role == "organization_member":
        late = "late" in row.troubles
        page = ("tracking.progress_new" if late else "pairings.detail", {"code": pairing.code})
        return [(f"{said}：{pairing.need.title}", "请报进展，或登记里程碑；做不下去的，请和县里商量暂停、接力。", page,
                 "去报" if late else "去看看", row.report_due_on if late else today())]
    return [(f"{said}：{pairing.need.title}", f"{pairing.organization.name}。请问问情况，可以暂停、终止或接力。",
             ("pairings.detail", {"code": pairing.code}), "去看看", None)]


def _complaints(actor: Any, row: BoardRow) -> list[Row]:
    mine, found = parties_of(actor, row.pairing), []
    for one in complaints_of(row.pairing.id):
        parties = rules.complaint_parties(mine, one.side, "approver" in mine)
        page = ("tracking.complaints", {"code": row.pairing.code})
        if one.status == "open" and "accused" in parties:
            found.append((f"答复投诉：{row.pairing.need.title}", one.body, page, "去答复", one.answer_by))
        elif "office" in parties and (one.status == "answered" or (one.status == "open" and one.answer_by < now())):
            found.append((f"裁定投诉：{row.pairing.need.title}", one.body, page, "去裁定", one.rule_by))
    return found
