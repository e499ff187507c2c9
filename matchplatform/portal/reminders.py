"""Every morning one notice to whoever has something due: what ends today or tomorrow, and what is late."""

import datetime as dt
from typing import Any

from matchplatform.accounts.queries import people_in, user_by_id
from matchplatform.core.clock import local
from matchplatform.core.errors import Refusal
from matchplatform.extensions import db
from matchplatform.jobs.work import daily, one_by_one
from matchplatform.notices.operations import tell
from matchplatform.notices.queries import was_told
from matchplatform.portal.waiting import BUILDERS, Todo, built

SUBJECT = "mine"
DAYS_LEFT = frozenset({1, 0, -1, -3, -7, -14, -30})  # tomorrow, today, and more and more rarely when it is late
NAMED = 5


def due_now(todo: list[Todo], day: dt.date) -> list[Todo]:
    """What is worth a word on this day, the most pressing first."""
    return [one for one in todo if one.due_day is not None and (one.due_day - day).days in DAYS_LEFT]


def sentence(todo: list[Todo], day: dt.date) -> str:
    """今天：审批…；迟了 3 天：…"""
    said = []
    for one in todo[:NAMED]:
        left = (one.due_day - day).days if one.due_day else 0
        said.append(f"{'明天到期' if left == 1 else '今天到期' if left == 0 else f'超期 {-left} 天'}：{one.title}")
    more = f"；另有 {len(todo) - NAMED} 件" if len(todo) > NAMED else ""
    return "；".join(said) + more + "。"


def remind(user_id: int, day: dt.date) -> int:
    """One notice a person a day, none when nothing is due; answers how many were told."""
    actor: Any = user_by_id(user_id)
    if was_told(user_id, SUBJECT, day.isoformat()):
        return 0
    due = due_now(built(actor).todo, day)
    if not due:
        return 0
    told = tell(None, [user_id], "to_do", f"有 {len(due)} 件事快到期或已超期", sentence(due, day), SUBJECT,
                day.isoformat())
    db.session.flush()
    return told


def send_reminders(day: dt.date) -> tuple[int, int]:
    """Everybody whose page says what waits; answers how many were told, and with how many people it went wrong."""
    told, failed = one_by_one(people_in(BUILDERS), lambda user_id: remind(user_id, day),
                              f"the reminder of user %s for {day} failed")
    return sum(told), failed


@daily("mine", "待办快到期的每日提醒")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with some: then it is begun again for those alone."""
    told, failed = send_reminders(local(moment).date())
    if failed:
        raise Refusal(f"待办提醒：告诉了 {told} 人；有 {failed} 人没有办成，原因在运行日志里。")
