"""The day's release of places that orders keep longer than promised, each stored for itself."""

import datetime as dt

from matchplatform.core.errors import Refusal
from matchplatform.jobs.work import daily, one_by_one
from matchplatform.pairings.reservation_operations import expire
from matchplatform.pairings.reservation_queries import overdue_places


def release_places(moment: dt.datetime) -> tuple[int, int]:
    """Answers how many people were told, and with how many orders it went wrong."""
    told, failed = one_by_one(overdue_places(moment), lambda number: expire(number, moment),
                              f"the release of the place of pairing %s at {moment} failed")
    return sum(told), failed


@daily("reservations", "点单留容量到期放回")
def run(moment: dt.datetime) -> None:
    """Every morning. Raises Refusal when it went wrong with some: then it is begun again for those alone."""
    told, failed = release_places(moment)
    if failed:
        raise Refusal(f"点单留容量到期放回：告诉了 {told} 人；有 {failed} 件没有办成，原因在运行日志里。")
