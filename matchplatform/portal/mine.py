"""我的待办: one page that says what waits for me, whom I wait for, and what happened."""

import datetime as dt

from flask import render_template, request
from flask_login import current_user

from matchplatform.core.clock import local, now, start_of_day, today
from matchplatform.notices.queries import recent
from matchplatform.portal.blueprint import blueprint
from matchplatform.portal.summary import summary_of
from matchplatform.portal.waiting import desk_of, todo_count
from matchplatform.web.access import signed_in
from matchplatform.web.navigation import badges

badges["todo"] = todo_count
NEWS = 12  # what happened since yesterday, at most

KINDS = {"bid": "接单", "order": "点单", "release": "放行", "need": "需求", "sign": "协议", "complete": "到期",
         "progress": "进展", "confirm": "确认改动", "organization": "入库", "offering": "供给", "approval": "审批",
         "vetting": "入库审核", "plan": "计划", "merger": "合并", "publication": "发布", "ask": "群众点单",
         "call": "征集"}


@blueprint.get("/mine")
@signed_in
def mine() -> str:
    """Everything of mine, filtered by kind."""
    desk = desk_of(current_user)
    kind = request.args.get("kind", "")
    counts = {key: sum(one.kind == key for one in desk.todo) for key in KINDS}
    shown = [one for one in desk.todo if not kind or one.kind == kind]
    pressing = sum(one.due_day is not None and one.due_day <= today() for one in desk.todo)
    return render_template("portal/mine.html", desk=desk, todo=shown, kind=kind, kinds=KINDS, counts=counts,
                           notices=recent(current_user, NEWS), summary=summary_of(current_user),
                           greeting=greeting(local(now()).hour), pressing=pressing,
                           since=start_of_day(today() - dt.timedelta(days=1)))


def greeting(hour: int) -> str:
    """What one says at this hour."""
    return "早上好" if 5 <= hour < 9 else "上午好" if 9 <= hour < 12 else "中午好" if 12 <= hour < 14 else \
        "下午好" if 14 <= hour < 18 else "晚上好"
