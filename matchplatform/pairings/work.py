"""The day's reminders of changes that nobody has answered: pairing by pairing, each stored for itself, so that a run
which was cut short goes on."""

import datetime as dt

from matchplatform.core.clock import local
from matchplatform.core.errors import Refusal
from matchplatform.jobs.work import daily, one_by_one
from matchplatform.pairings.confirmation_operations import remind
from matchplatform.pairings.confirmation_queries import unanswered


def send_reminders(day: dt.date) -> tuple[int, int]:
    """Remind every organization, or its county, whose day it is; answers how many people were told, and with how many
    pairings it went wrong."""
    told, failed = one_by_one(unanswered(), lambda pairing_id: remind(pairing_id, day),
                              f"the reminder of pairing %s for {day} failed")
    return sum(told), failed


@daily("confirmations", "请对方答复改动的每日提醒")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with some: then it is begun again for those alone."""
    told, failed = send_reminders(local(moment).date())
    if failed:
        raise Refusal(f"请对方答复改动：提醒了 {told} 人；有 {failed} 件没有办成，原因在运行日志里。")
