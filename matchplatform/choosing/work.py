"""The day's reminders of what a county leaves unanswered, each stored for itself, so that a run cut short goes on."""

import datetime as dt

from matchplatform.choosing.silence_operations import remind_of_bid, remind_of_call
from matchplatform.choosing.silence_queries import silent_bids, silent_calls
from matchplatform.core.clock import local
from matchplatform.core.errors import Refusal
from matchplatform.jobs.work import daily, one_by_one


def send_reminders(day: dt.date) -> tuple[int, int]:
    """Answers how many people were told, and with how many calls and bids it went wrong."""
    told, failed = one_by_one(silent_calls(day), lambda number: remind_of_call(number, day),
                              f"the reminder of call %s for {day} failed")
    more, failed_too = one_by_one(silent_bids(day), lambda number: remind_of_bid(number, day),
                                  f"the reminder of bid %s for {day} failed")
    return sum(told) + sum(more), failed + failed_too


@daily("silence", "催办征集和接单的每日提醒")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with some: then it is begun again for those alone."""
    told, failed = send_reminders(local(moment).date())
    if failed:
        raise Refusal(f"催办征集和接单：提醒了 {told} 人；有 {failed} 件没有办成，原因在运行日志里。")
