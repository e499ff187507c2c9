"""The day's reminders of changes that nobody has answered: pairing by pairing, each stored for itself, so that a run
which was cut short goes on."""

import datetime as dt

from matchplatform.core.clock import local
from matchplatform.jobs.work import daily, save
from matchplatform.pairings.confirmation_operations import remind
from matchplatform.pairings.confirmation_queries import unanswered


def send_reminders(day: dt.date) -> int:
    """Remind every organization, or its county, whose day it is; answers how many people were told."""
    told = 0
    for pairing_id in unanswered():
        told += remind(pairing_id, day)
        save()
    return told


@daily("confirmations", "请对方答复改动的每日提醒")
def run(moment: dt.datetime) -> None:
    """Every morning."""
    send_reminders(local(moment).date())
