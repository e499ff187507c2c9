"""The day's reminders of what ends, organization by organization, each stored for itself."""

import datetime as dt

from matchplatform.core.clock import local
from matchplatform.core.errors import Refusal
from matchplatform.jobs.work import daily, one_by_one
from matchplatform.pairings.radar_operations import remind_of_endings
from matchplatform.pairings.radar_queries import organizations_ahead


def send_reminders(day: dt.date) -> tuple[int, int]:
    """Remind everybody whose day it is; answers how many notices went out, and with how many organizations it went
    wrong."""
    told, failed = one_by_one(organizations_ahead(day), lambda number: remind_of_endings(number, day),
                              f"the reminder of endings of organization %s for {day} failed")
    return sum(told), failed


@daily("endings", "到期的每日提醒")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with some: then it is begun again for those alone."""
    told, failed = send_reminders(local(moment).date())
    if failed:
        raise Refusal(f"到期提醒：发出 {told} 条；有 {failed} 家没有办成，原因在运行日志里。")
